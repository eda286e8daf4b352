// Transcripts that are encrypted where they are kept: every reader gets the words, and the tables hold none.
#include <gmock/gmock.h>

#include "tests/store/fixture.hpp"

namespace otto::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kKey(32, 'k');

class SealedTest : public StoreTest {
 protected:
  SealedTest() {
    store::Options options;
    options.url = database().url();
    options.seal = crypto::TextSeal{{kKey}};
    sealed_ = store::make_database(loop_, std::move(options));
  }
  void TearDown() override {
    run_on(loop_, [](store::Database& one) -> Task<int> {
      co_await one.stop();
      co_return 0;
    }(*sealed_));
  }
  /// As the recorder saves them.
  ports::Claimed talk(const CampaignId& id) {
    const auto claimed = place(id, 1);
    record(claimed.attempt,
           {make_fact(FactKind::Answered, 5, sid_of(1)), make_fact(FactKind::StreamStarted, 6, sid_of(1))});
    const crypto::TextSeal seal{{kKey}};
    ports::Turn agent, customer;
    agent.number = 0;
    agent.text = seal.close("Canary, and");
    agent.original = seal.close("Canary, and a nest");
    customer.number = 1;
    customer.role = ports::Turn::Role::Customer;
    customer.text = seal.close("No nest");
    agent.at = customer.at = kNow + seconds{9};
    must(store_.attempts.save_turns(claimed.attempt, {agent, customer}, true));
    return claimed;
  }
  std::unique_ptr<store::Database> sealed_;
};

constexpr std::string_view kWords = "Agent: Canary, and\nCustomer: No nest";

TEST_F(SealedTest, EveryReaderGetsTheWordsAndTheTablesHoldNone) {
  const auto id = start_campaign(make_campaign(), {make_contact(0)});
  const auto claimed = talk(id);

  for (const char* table : {"otto.transcript_turn", "public.\"OutboundCall\"", "otto.call_fact"})
    EXPECT_THAT(database().one(std::string{"SELECT string_agg(t::text, ' ') FROM "} + table + " t"),
                Not(HasSubstr("nest")))
        << table;
  auto store = sealed_->store();
  EXPECT_EQ(must(store.campaigns.results(id, 10, "")).calls.at(0).transcript, kWords);
  const auto report = must(store.attempts.report(sid_of(1)));
  ASSERT_TRUE(report);
  EXPECT_EQ(report->call.transcript, kWords);
  const auto detail = must(sealed_->views().call(sid_of(1)));
  ASSERT_EQ(detail.turns.size(), 2u);
  EXPECT_EQ(detail.turns[0].original, "Canary, and a nest");
  EXPECT_EQ(detail.turns[1].text, "No nest");
  const auto live = must(sealed_->views().live({}));
  ASSERT_EQ(live.turns.size(), 2u);
  EXPECT_EQ(live.turns[0].turn.text, "Canary, and");
  const auto context = must(store.attempts.load(claimed.attempt));
  ASSERT_TRUE(context);
  ASSERT_EQ(context->last_turns.size(), 2u) << "for an instance that takes the call over";
  EXPECT_EQ(context->last_turns[1].text, "No nest");
  const auto person = must(sealed_->people().export_person(make_contact(0).phone));
  EXPECT_EQ(person["calls"][0]["transcript"], kWords);
  EXPECT_EQ(person["calls"][0]["turns"][0]["original"], "Canary, and a nest");
  EXPECT_EQ(person["calls"][0]["turns"][1]["text"], "No nest");
  EXPECT_TRUE(person["calls"][0]["turns"][1]["original"].is_null());
}

TEST_F(SealedTest, WithoutTheKeyAReaderIsToldWhichOneIsMissing) {
  const auto id = start_campaign(make_campaign(), {make_contact(0)});
  talk(id);

  EXPECT_THAT(must(store_.campaigns.results(id, 10, "")).calls.at(0).transcript.value_or(""),
              HasSubstr("Agent: (encrypted with the key "));
}

}  // namespace
}  // namespace otto::test
