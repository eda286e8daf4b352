// The audit table: pages from the newest on, filters, and one row a minute for what is only looked at.
#include "tests/store/fixture.hpp"

namespace otto::test {
namespace {

struct AuditStoreTest : StoreTest {
  AuditStoreTest() { database().sql("TRUNCATE otto.audit"); }
  ports::AuditStore& audit = otto_->audit();
  TimePoint at = kNow;

  void note(std::string action, std::string target = "c1", bool is_look = false) {
    ports::AuditEntry entry;
    entry.at = at;
    entry.who = "key:01234567";
    entry.action = std::move(action);
    entry.target = std::move(target);
    entry.status = 200;
    entry.is_look = is_look;
    must(audit.note(std::move(entry)));
  }
  ports::AuditPage page(std::string action, int limit = 100, std::string cursor = {}) {
    ports::AuditAsk ask;
    ask.action = std::move(action);
    ask.limit = limit;
    ask.cursor = std::move(cursor);
    return must(audit.entries(std::move(ask)));
  }
};

TEST_F(AuditStoreTest, PagesAreKeyedAndFiltered) {
  note("campaign.stop", "c1");
  note("call.listen", "call1");
  note("campaign.pause", "c2");

  const auto first = page("", 2);
  ASSERT_EQ(first.entries.size(), 2u);
  EXPECT_EQ(first.entries[0].action, "campaign.pause");
  EXPECT_EQ(first.entries[0].at, at);
  note("session.sign_in", "");
  const auto rest = page("", 2, first.next_cursor);
  ASSERT_EQ(rest.entries.size(), 1u);
  EXPECT_EQ(rest.entries[0].target, "c1");
  EXPECT_EQ(rest.next_cursor, "");
  EXPECT_EQ(page("campaign.").entries.size(), 2u);
  EXPECT_EQ(page("campaign.stop").entries.size(), 1u);
  EXPECT_EQ(page("campaign").entries.size(), 0u);
  ports::AuditAsk wrong;
  wrong.cursor = "1; DROP TABLE";
  EXPECT_EQ(error_of(audit.entries(wrong)).code, Errc::InvalidInput);
}

TEST_F(AuditStoreTest, TheSameLookWithinAMinuteIsOneRow) {
  note("recording.play", "call1", true);
  note("recording.play", "call1", true);
  note("recording.play", "call2", true);
  at += seconds{61};
  note("recording.play", "call1", true);
  note("campaign.pause", "c1");
  note("campaign.pause", "c1");

  EXPECT_EQ(page("recording.play").entries.size(), 3u);
  EXPECT_EQ(page("campaign.pause").entries.size(), 2u) << "a change is a change";
}

}  // namespace
}  // namespace otto::test
