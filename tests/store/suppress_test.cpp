// The do-not-call list: what one entry ends, and that nothing is sent once it has returned.
#include <gmock/gmock.h>
#include <set>

#include "tests/store/fixture.hpp"

namespace otto::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class SuppressTest : public StoreTest {
 protected:
  ports::Suppressed suppress(const std::string& phone) { return must(store_.suppressions.suppress(entry(phone))); }
  static ports::Suppression entry(const std::string& phone) {
    ports::Suppression entry;
    entry.phone = phone;
    entry.reason = "asked by letter";
    entry.source = "api";
    entry.at = kNow;
    return entry;
  }
  std::string contact_state(const CampaignId& id) {
    return database().one("SELECT state || ': ' || coalesce(last_error, '') FROM otto.contact WHERE campaign_id = '" +
                          id.value + "'");
  }
};

const std::string kPhone = make_contact(0).phone;
constexpr auto kBarred = "failed: on the do-not-call list";

Fact opted_out(int second, const std::string& sid) {
  Fact fact = make_fact(FactKind::OptedOut, second, sid);
  fact.reason = "agent";
  return fact;
}

TEST_F(SuppressTest, ClosesWhatIsQueuedInEveryCampaignAndNothingElse) {
  const auto one = start_campaign(2), two = start_campaign(1);
  auto stopped = make_campaign();
  const CampaignId pending = stopped.id;
  must(store_.campaigns.create(std::move(stopped), make_contacts(1), std::nullopt, ""));

  const auto done = suppress(kPhone);

  EXPECT_TRUE(done.is_new);
  EXPECT_EQ(done.contacts_closed, 3);
  EXPECT_THAT(done.campaigns, UnorderedElementsAre(one, two, pending));
  EXPECT_EQ(contact_state(two), kBarred);
  EXPECT_EQ(contact_state(pending), kBarred);
  EXPECT_EQ(counters(one), (Counters{0, 0, 1}));
  EXPECT_EQ(counters(two), (Counters{0, 0, 1}));
  EXPECT_EQ(must_claim(one).contact.phone, make_contact(1).phone);
  EXPECT_FALSE(no_claim(two).next_due);
  EXPECT_TRUE(must(store_.campaigns.try_complete(two, kNow)));
}

TEST_F(SuppressTest, WithdrawsAnAttemptThatWasNotSent) {
  const auto id = start_campaign(1);
  const auto claimed = must_claim(id);

  const auto done = suppress(kPhone);

  EXPECT_EQ(done.contacts_closed, 1);
  EXPECT_EQ(database().count("otto.attempt"), 0);
  EXPECT_EQ(contact_state(id), kBarred);
  EXPECT_EQ(database().one("SELECT attempts FROM otto.contact"), "0");
  EXPECT_FALSE(must(store_.attempts.arm(claimed.attempt, kNow, kNow + seconds{12})));
}

TEST_F(SuppressTest, LeavesACallUnderWayToItsReportsButNeverDialsTheContactAgain) {
  auto campaign = make_campaign();
  campaign.settings.max_attempts = 3;
  const auto id = start_campaign(std::move(campaign), make_contacts(1));
  const auto claimed = place(id, 1);

  const auto done = suppress(kPhone);

  EXPECT_THAT(done.unanswered, ElementsAre(sid_of(1)));
  EXPECT_EQ(done.contacts_closed, 0);
  const auto ringing = record(claimed.attempt, {make_status(LegStatus::Ringing, 2, 1, sid_of(1))});
  EXPECT_TRUE(ringing.suppressed);
  record(claimed.attempt, {make_end(LegStatus::NoAnswer, 30, sid_of(1))});
  EXPECT_EQ(contact_state(id), kBarred);
  EXPECT_EQ(counters(id), (Counters{1, 0, 1}));
}

TEST_F(SuppressTest, AnAnsweredCallIsNotAmongThoseToBeEnded) {
  const auto id = start_campaign(1);
  const auto claimed = place(id, 1);
  record(claimed.attempt, {make_status(LegStatus::InProgress, 5, 2, sid_of(1))});

  EXPECT_THAT(suppress(kPhone).unanswered, IsEmpty());
}

TEST_F(SuppressTest, AClaimClosesAContactThatCameIntoTheQueueAfterwards) {
  suppress(kPhone);
  const auto id = start_campaign(2);

  EXPECT_EQ(must_claim(id).contact.phone, make_contact(1).phone);
  EXPECT_EQ(database().one("SELECT last_error FROM otto.contact WHERE state = 'failed'"), "on the do-not-call list");
  EXPECT_EQ(counters(id), (Counters{0, 0, 1}));
}

TEST_F(SuppressTest, ACalleesOptOutSuppressesInTheSameTransaction) {
  const auto one = start_campaign(1), two = start_campaign(1);
  const auto claimed = place(one, 1);
  record(claimed.attempt, {make_status(LegStatus::InProgress, 5, 2, sid_of(1))});

  const auto recorded = record(claimed.attempt, {opted_out(20, sid_of(1))});

  EXPECT_TRUE(recorded.suppressed);
  EXPECT_EQ(database().one("SELECT phone || ' ' || source || ' ' || campaign_id || ' ' || attempt_id "
                           "FROM otto.suppression"),
            kPhone + " agent " + one.value + " " + claimed.attempt.value);
  EXPECT_EQ(contact_state(two), kBarred);
  record(claimed.attempt, {make_end(LegStatus::Completed, 40, sid_of(1), 35)});
  EXPECT_EQ(contact_state(one), "completed: ");
  EXPECT_EQ(database().one(R"(SELECT "notes" FROM public."OutboundCall")"), "The callee asked not to be called again.");
}

TEST_F(SuppressTest, ARepeatedOptOutChangesNothing) {
  const auto id = start_campaign(1);
  const auto claimed = place(id, 1);
  record(claimed.attempt, {opted_out(20, sid_of(1))});
  must(store_.suppressions.lift(kPhone));

  record(claimed.attempt, {opted_out(20, sid_of(1))});

  EXPECT_EQ(database().count("otto.suppression"), 0) << "the fact was known: a list that people have corrected stands";
}

TEST_F(SuppressTest, AnAgreedCallbackMakesTheContactDueThenAlsoWithoutAttemptsLeft) {
  const auto id = start_campaign(1);
  const auto claimed = place(id, 1);
  Fact agreed = make_fact(FactKind::CallbackAgreed, 20, sid_of(1));
  agreed.callback_at = kNow + hours{20};
  record(claimed.attempt, {agreed});
  record(claimed.attempt, {make_end(LegStatus::Completed, 40, sid_of(1), 35)});

  EXPECT_EQ(no_claim(id, kNow + hours{19}).next_due, kNow + hours{20});
  EXPECT_FALSE(must(store_.campaigns.try_complete(id, kNow + hours{19})));
  EXPECT_EQ(must_claim(id, kNow + hours{20}).attempt_number, 2);
}

TEST_F(SuppressTest, AnOptOutOutlivesAnAgreedCallback) {
  const auto id = start_campaign(1);
  const auto claimed = place(id, 1);
  Fact agreed = make_fact(FactKind::CallbackAgreed, 20, sid_of(1));
  agreed.callback_at = kNow + hours{20};
  record(claimed.attempt, {agreed});
  record(claimed.attempt, {make_end(LegStatus::Completed, 40, sid_of(1), 35)});

  suppress(kPhone);

  EXPECT_EQ(contact_state(id), kBarred);
  EXPECT_FALSE(no_claim(id, kNow + hours{30}).next_due);
}

TEST_F(SuppressTest, TheListIsReadByPagesAndAnEntryCanBeLifted) {
  for (int n = 0; n < 5; ++n) suppress(make_contact(n).phone);
  EXPECT_FALSE(suppress(kPhone).is_new);

  const auto first = must(store_.suppressions.list_suppressed(3, ""));
  const auto second = must(store_.suppressions.list_suppressed(3, first.next_cursor));

  ASSERT_EQ(first.entries.size(), 3U);
  EXPECT_EQ(first.entries[0].phone, kPhone);
  EXPECT_EQ(first.entries[0].reason, "asked by letter");
  EXPECT_EQ(first.entries[0].at, kNow);
  EXPECT_EQ(second.entries.size(), 2U);
  EXPECT_EQ(second.next_cursor, "");
  EXPECT_EQ(error_of(store_.suppressions.list_suppressed(3, "'; DROP")).code, Errc::InvalidInput);
  EXPECT_TRUE(must(store_.suppressions.lift(kPhone)));
  EXPECT_FALSE(must(store_.suppressions.lift(kPhone)));
  EXPECT_THAT(must(store_.suppressions.suppressed_of({kPhone, make_contact(1).phone, make_contact(99).phone})),
              ElementsAre(make_contact(1).phone));
}

// ---- races --------------------------------------------------------------------------------------------------------

/// What the dialers and the opt-outs of one run have seen. `gone`: numbers whose suppress() has returned.
struct Race {
  std::set<std::string> gone;
  std::vector<std::string> armed;  ///< may be dialed from here on
  int late = 0;                    ///< armed although the opt-out had returned before the arm was asked for
  int claimed_late = 0;
  int running = 0;
};

Task<void> dial_all(ports::Store& store, CampaignId id, Race& race) {
  for (int idle = 0; idle < 3;) {
    ports::ClaimRequest request;
    request.campaign = id;
    request.instance = kMe;
    request.epoch = 1;
    request.from = "+14155550100";
    request.now = kNow;
    request.calls_per_second = 1'000'000;
    const auto gone_before_claim = race.gone;
    auto outcome = co_await store.attempts.claim(std::move(request));
    if (!outcome || !std::holds_alternative<ports::Claimed>(*outcome)) {
      ++idle;
      continue;
    }
    const auto claimed = std::get<ports::Claimed>(*outcome);
    if (gone_before_claim.contains(claimed.contact.phone)) ++race.claimed_late;
    const bool was_gone = race.gone.contains(claimed.contact.phone);
    auto armed = co_await store.attempts.arm(claimed.attempt, kNow, kNow + seconds{12});
    if (!armed || !*armed) continue;
    race.armed.push_back(claimed.contact.phone);
    if (was_gone) ++race.late;
  }
  --race.running;
}

Task<void> suppress_all(ports::Store& store, std::vector<std::string> phones, Race& race) {
  for (const std::string& phone : phones) {
    ports::Suppression entry;
    entry.phone = phone;
    entry.reason = "asked";
    entry.source = "api";
    entry.at = kNow;
    auto done = co_await store.suppressions.suppress(std::move(entry));
    EXPECT_TRUE(done) << (done ? "" : done.error().detail);
    race.gone.insert(phone);
  }
  --race.running;
}

TEST_F(SuppressTest, NothingIsDialedOnceTheOptOutHasReturned) {
  constexpr int kContacts = 90;
  std::vector<CampaignId> campaigns;
  for (int i = 0; i < 3; ++i) campaigns.push_back(start_campaign(kContacts));  // the same numbers
  store::Options options;
  options.url = database().url();
  options.connections = 4;
  const auto second = store::make_database(loop_, options);
  auto other = second->store();
  std::vector<std::string> odd, even;
  for (int n = kContacts - 1; n >= 0; --n) (n % 2 == 0 ? even : odd).push_back(make_contact(n).phone);
  Race race;
  const auto start = [&](Task<void> task) {
    ++race.running;
    boost::asio::co_spawn(loop_, std::move(task), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
  };
  for (const CampaignId& id : campaigns) {
    start(dial_all(store_, id, race));
    start(dial_all(other, id, race));
  }
  start(suppress_all(other, odd, race));
  start(suppress_all(store_, even, race));
  loop_.restart();
  while (race.running > 0) loop_.run_one();

  EXPECT_EQ(race.late, 0);
  EXPECT_EQ(race.claimed_late, 0);
  EXPECT_EQ(race.gone.size(), static_cast<std::size_t>(kContacts));
  // Every contact is either closed for good or belongs to the one attempt that was armed in time.
  EXPECT_EQ(database().count("otto.contact WHERE state = 'due'"), 0);
  EXPECT_EQ(database().count("otto.contact WHERE state = 'open'"), static_cast<int>(race.armed.size()));
  EXPECT_EQ(database().count("otto.attempt WHERE state = 'sending'"), static_cast<int>(race.armed.size()));
  for (const CampaignId& id : campaigns) counters(id);
  EXPECT_GT(race.armed.size(), 0U) << "the dialers came too late to race";
  EXPECT_LT(race.armed.size(), 90U) << "the opt-outs came too late to race";
  boost::asio::co_spawn(loop_, second->stop(), [](std::exception_ptr failure) { EXPECT_FALSE(failure); });
  loop_.restart();
  loop_.run();
}

}  // namespace
}  // namespace otto::test
