#include <gmock/gmock.h>

#include "tests/store/fixture.hpp"

namespace otto::test {
namespace {

using CampaignTest = StoreTest;
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(CampaignTest, KeepsEverythingItWasCreatedWith) {
  auto campaign = make_campaign();
  campaign.dealership_id = "D-1";
  campaign.sheet_id = "sheet_1";
  campaign.sheet_tab = "Tab";
  campaign.callback_url = "https://n8n.example.com/webhook-waiting/7?signature=abc%20d";
  campaign.scheduled_time = kNow + milliseconds{123};
  campaign.settings.voicemail = VoicemailAction::Message;
  campaign.settings.voicemail_message = "Hello {{customerName}} \"äöü\"";
  campaign.settings_as_given = {{"voicemail", {{"action", "message"}}}};
  const CampaignId id = campaign.id;
  const auto settings = campaign.settings;

  must(store_.campaigns.create(std::move(campaign), make_contacts(3), std::nullopt, ""));

  const auto loaded = must(store_.campaigns.load(id));
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->name, "Spring service");
  EXPECT_EQ(loaded->type, CampaignType::ServiceFollowup);
  EXPECT_EQ(loaded->status, CampaignStatus::Pending);
  EXPECT_EQ(loaded->settings, settings);
  EXPECT_EQ(loaded->dealership_id, "D-1");
  EXPECT_EQ(loaded->sheet_id, "sheet_1");
  EXPECT_EQ(loaded->callback_url, "https://n8n.example.com/webhook-waiting/7?signature=abc%20d");
  EXPECT_EQ(loaded->scheduled_time, kNow + milliseconds{123});
  EXPECT_EQ(loaded->total_contacts, 3);
  EXPECT_EQ(database().one(R"(SELECT "settings"->'voicemail'->>'action' FROM public."OutboundCampaign")"), "message");
}

TEST_F(CampaignTest, WritesSqlNullForSettingsThatWereNotGiven) {
  must(store_.campaigns.create(make_campaign(), {}, std::nullopt, ""));

  EXPECT_EQ(database().one(R"(SELECT "settings" IS NULL FROM public."OutboundCampaign")"), "t");
}

TEST_F(CampaignTest, StoresContactsWithEveryAwkwardCharacter) {
  auto contacts = make_contacts(2);
  contacts[0].name = "Tab\there, \\N, \"quote\", 'single', new\nline, {brace}";
  contacts[0].variables = {{"a,b", "x\\y\"z{}"}};
  contacts[0].zones = {"America/Argentina/Buenos_Aires", "odd \"zone\\"};
  contacts[1].name = std::string{"nul\0byte \xff end", 15};
  const auto id = start_campaign(make_campaign(), contacts);

  const auto first = must_claim(id);
  const auto second = must_claim(id);

  EXPECT_EQ(first.contact.name, contacts[0].name);
  EXPECT_EQ(first.contact.variables, contacts[0].variables);
  EXPECT_EQ(first.contact.zones, contacts[0].zones);
  EXPECT_EQ(second.contact.name, "nulbyte  end");
}

TEST_F(CampaignTest, RefusesOneNumberTwiceInACampaign) {
  auto contacts = make_contacts(1);
  contacts.push_back(contacts[0]);

  const Error error = error_of(store_.campaigns.create(make_campaign(), contacts, std::nullopt, ""));

  EXPECT_EQ(error.code, Errc::DatabaseConflict);
  EXPECT_THAT(error.detail, HasSubstr("contact_number"));
  EXPECT_THAT(error.detail, testing::Not(HasSubstr("5550"))) << "no telephone number in a message";
  EXPECT_EQ(database().count(R"(public."OutboundCampaign")"), 0);
}

TEST_F(CampaignTest, RunsWhatIsRunningOrWhoseTimeHasCome) {
  auto now = make_campaign();
  auto past = make_campaign();
  past.scheduled_time = kNow - seconds{1};
  auto future = make_campaign();
  future.scheduled_time = kNow + seconds{1};
  std::vector<std::string> due{now.id.value, past.id.value};
  for (auto* campaign : {&now, &past, &future})
    must(store_.campaigns.create(std::move(*campaign), {}, std::nullopt, ""));
  const auto running = start_campaign(1);
  due.push_back(running.value);
  const auto stopped = start_campaign(1);
  must(store_.campaigns.stop(stopped, kNow));
  database().sql(R"(INSERT INTO public."OutboundCampaign" ("id", "name", "type", "status")
    VALUES ('foreign', 'Of another program', 'GENERAL', 'RUNNING'))");

  std::vector<std::string> found;
  for (const Campaign& campaign : must(store_.campaigns.runnable(kNow))) found.push_back(campaign.id.value);

  EXPECT_THAT(found, testing::UnorderedElementsAreArray(due));
  EXPECT_EQ(must(store_.campaigns.count_running()), 1);
}

TEST_F(CampaignTest, StartsOnce) {
  auto campaign = make_campaign();
  const CampaignId id = campaign.id;
  must(store_.campaigns.create(std::move(campaign), {}, std::nullopt, ""));

  EXPECT_TRUE(must(store_.campaigns.start(id, kNow)));
  EXPECT_FALSE(must(store_.campaigns.start(id, kNow + hours{1})));

  EXPECT_EQ(must(store_.campaigns.load(id))->started_at, kNow);
}

TEST_F(CampaignTest, StopsAndSaysWhichCallsAreLive) {
  const auto id = start_campaign(4);
  place(id, 1);
  send(id);
  const auto intended = must_claim(id);

  const auto stopped = must(store_.campaigns.stop(id, kNow));
  const auto again = must(store_.campaigns.stop(id, kNow + hours{1}));

  EXPECT_EQ(stopped.status, CampaignStatus::Stopped);
  EXPECT_EQ(stopped.active_calls, 2) << "one placed, one that may be being placed now";
  EXPECT_THAT(stopped.live_call_sids, ElementsAre(sid_of(1)));
  EXPECT_EQ(again.active_calls, 2);
  EXPECT_EQ(status(id), "STOPPED");
  EXPECT_EQ(must(store_.campaigns.load(id))->completed_at, kNow);
  EXPECT_FALSE(must(store_.attempts.load(intended.attempt))) << "the intended attempt was withdrawn";
  EXPECT_EQ(database().count("otto.contact WHERE state = 'due' AND attempts = 0"), 2);
}

TEST_F(CampaignTest, NamesUnansweredCallsFirstWhenItStops) {
  const auto id = start_campaign(2);
  const auto answered = place(id, 1);
  place(id, 2);
  record(answered.attempt, {make_fact(FactKind::Answered, 5, sid_of(1))});

  EXPECT_THAT(must(store_.campaigns.stop(id, kNow)).live_call_sids, ElementsAre(sid_of(2), sid_of(1)));
}

TEST_F(CampaignTest, RefusesToStopWhatIsNotThereOrHasEndedByItself) {
  EXPECT_EQ(error_of(store_.campaigns.stop(CampaignId{"nobody"}, kNow)).code, Errc::NotFound);
  const auto id = start_campaign(0);
  EXPECT_TRUE(must(store_.campaigns.try_complete(id, kNow)));

  const Error error = error_of(store_.campaigns.stop(id, kNow));

  EXPECT_EQ(error.code, Errc::Conflict);
  EXPECT_THAT(error.detail, HasSubstr("COMPLETED"));
}

TEST_F(CampaignTest, CompletesOnceEveryContactIsSettled) {
  const auto id = start_campaign(2);
  const auto first = place(id, 1);
  record(first.attempt, {make_end(LegStatus::Completed, 30, sid_of(1), 20)});
  EXPECT_FALSE(must(store_.campaigns.try_complete(id, kNow))) << "one is due";
  const auto second = place(id, 2);
  EXPECT_FALSE(must(store_.campaigns.try_complete(id, kNow))) << "one is open";
  record(second.attempt, {make_end(LegStatus::Busy, 30, sid_of(2))});

  EXPECT_TRUE(must(store_.campaigns.try_complete(id, kNow + minutes{1})));
  EXPECT_FALSE(must(store_.campaigns.try_complete(id, kNow + minutes{2})));

  EXPECT_EQ(status(id), "COMPLETED");
  EXPECT_EQ(must(store_.campaigns.load(id))->completed_at, kNow + minutes{1});
  EXPECT_EQ(counters(id), (StoreTest::Counters{2, 1, 1}));
}

TEST_F(CampaignTest, FailsWithItsReason) {
  const auto id = start_campaign(1);
  must_claim(id);

  must(store_.campaigns.fail(id, "The line refused the caller id.", kNow));
  must(store_.campaigns.fail(id, "again", kNow));

  EXPECT_EQ(status(id), "FAILED");
  EXPECT_EQ(must(store_.campaigns.load(id))->failure_reason, "The line refused the caller id.");
  EXPECT_EQ(database().count("otto.attempt"), 0);
}

TEST_F(CampaignTest, QueuesTheCallbackOnceForEachKindOfEnd) {
  const auto with_callback = [this] {
    auto campaign = make_campaign();
    campaign.callback_url = "https://example.com/hook";
    return start_campaign(std::move(campaign), {});
  };
  const auto completed = with_callback();
  const auto stopped = with_callback();
  const auto failed = with_callback();
  start_campaign(1);  // without a callback

  must(store_.campaigns.try_complete(completed, kNow));
  must(store_.campaigns.stop(stopped, kNow));
  must(store_.campaigns.stop(stopped, kNow));
  must(store_.campaigns.fail(failed, "why", kNow));

  EXPECT_EQ(database().count("otto.hook_outbox"), 3);
}

ports::Idempotency key(const std::string& name, const std::string& request) {
  ports::Idempotency idempotency;
  idempotency.key_hash = name;
  idempotency.request_hash = request;
  return idempotency;
}

TEST_F(CampaignTest, AnswersARepeatedTriggerWithTheFirstAnswer) {
  EXPECT_FALSE(must(store_.campaigns.create(make_campaign(), make_contacts(1), key("k", "r1"), "first answer")));

  const auto repeat = must(store_.campaigns.create(make_campaign(), make_contacts(1), key("k", "r2"), "second answer"));

  ASSERT_TRUE(repeat);
  EXPECT_EQ(repeat->request_hash, "r1");
  EXPECT_EQ(repeat->body, "first answer");
  EXPECT_EQ(must(store_.campaigns.find_answer("k"))->body, "first answer");
  EXPECT_FALSE(must(store_.campaigns.find_answer("other")));
  EXPECT_EQ(database().count(R"(public."OutboundCampaign")"), 1);
}

TEST_F(CampaignTest, ForgetsAnswersAfterAWeek) {
  must(store_.campaigns.create(make_campaign(), {}, key("k", "r"), "old"));
  database().sql("UPDATE otto.idempotency SET created_at = now() - interval '8 days'");

  EXPECT_FALSE(must(store_.campaigns.create(make_campaign(), {}, key("k", "r"), "new")));
}

Task<void> trigger(ports::CampaignStore& campaigns, int& created, int& running) {
  auto campaign = make_campaign();
  auto contacts = make_contacts(200);
  auto idempotency = key("same", "request");
  const std::string answer = campaign.id.value;
  auto stored = co_await campaigns.create(std::move(campaign), std::move(contacts), std::move(idempotency), answer);
  EXPECT_TRUE(stored) << (stored ? "" : stored.error().detail);
  if (stored && !*stored) ++created;
  --running;
}

TEST_F(CampaignTest, CreatesOneCampaignForManyTriggersAtOnce) {
  int created = 0;
  int running = 40;
  for (int i = 0; i < 40; ++i) {
    boost::asio::co_spawn(loop_, trigger(store_.campaigns, created, running), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
  }
  loop_.restart();
  while (running > 0) loop_.run_one();

  EXPECT_EQ(created, 1);
  EXPECT_EQ(database().count(R"(public."OutboundCampaign")"), 1);
  EXPECT_EQ(database().count("otto.contact"), 200);
}

TEST_F(CampaignTest, TakesSixtyThousandContactsInOneTrigger) {
  auto contacts = make_contacts(60'000);
  const auto id = start_campaign(make_campaign(), std::move(contacts));

  EXPECT_EQ(database().count("otto.contact"), 60'000);
  EXPECT_EQ(must_claim(id).contact.row, 2);
}

TEST_F(CampaignTest, ShowsResultsPageByPage) {
  const auto id = start_campaign(5);
  for (int n = 1; n <= 5; ++n) {
    const auto claimed = place(id, n);
    if (n <= 3) record(claimed.attempt, {make_end(LegStatus::Completed, 30, sid_of(n), 20)});
    if (n == 4) record(claimed.attempt, {make_end(LegStatus::NoAnswer, 30, sid_of(n))});
  }

  std::vector<std::string> sids;
  std::string cursor;
  int pages = 0;
  do {
    const auto page = must(store_.campaigns.results(id, 2, cursor));
    for (const auto& call : page.calls) sids.push_back(call.call_sid);
    cursor = page.next_cursor;
    ++pages;
  } while (!cursor.empty());
  const auto summary = must(store_.campaigns.results(id, 0, ""));

  EXPECT_EQ(pages, 3);
  EXPECT_THAT(sids, ElementsAre(sid_of(1), sid_of(2), sid_of(3), sid_of(4), sid_of(5)));
  EXPECT_EQ(summary.remaining, 1);
  EXPECT_TRUE(summary.calls.empty());
  EXPECT_EQ(summary.outcomes, (std::map<std::string, int>{{"HUMAN_ANSWERED", 3}, {"NO_ANSWER", 1}}));
  EXPECT_EQ(summary.campaign.contacts_called, 5);
}

TEST_F(CampaignTest, GivesAnExactPageNoFurtherCursor) {
  const auto id = start_campaign(2);
  place(id, 1);
  place(id, 2);

  EXPECT_EQ(must(store_.campaigns.results(id, 2, "")).next_cursor, "");
}

TEST_F(CampaignTest, ShowsCallsWithEveryFieldOfTheirTable) {
  database().sql(R"(INSERT INTO public."OutboundCampaign" ("id", "name", "type") VALUES ('old', 'Old', 'GENERAL');
    INSERT INTO public."OutboundCall" VALUES ('c1', 'CA1', 'Ann', '+14155550101', 'a@example.com', 'COMPLETED',
      'OUTBOUND', '2026-02-02 02:40:00.5', '2026-02-02 02:40:05', '2026-02-02 02:41:00', 55, 'human', 'https://r', 'RE1',
      50, 'Agent: Hi', 'HUMAN_ANSWERED', 'note', 'old'))");

  const auto results = must(store_.campaigns.results(CampaignId{"old"}, 10, ""));

  ASSERT_EQ(results.calls.size(), 1U);
  const auto& call = results.calls[0];
  EXPECT_EQ(call.id, "c1");
  EXPECT_EQ(call.customer_email, "a@example.com");
  EXPECT_EQ(call.direction, "OUTBOUND");
  EXPECT_EQ(call.initiated_at, kNow + milliseconds{500});
  EXPECT_EQ(call.answered_at, kNow + seconds{5});
  EXPECT_EQ(call.completed_at, kNow + seconds{60});
  EXPECT_EQ(call.duration, 55);
  EXPECT_EQ(call.answered_by, "human");
  EXPECT_EQ(call.recording_url, "https://r");
  EXPECT_EQ(call.recording_sid, "RE1");
  EXPECT_EQ(call.recording_duration, 50);
  EXPECT_EQ(call.transcript, "Agent: Hi");
  EXPECT_EQ(call.outcome, "HUMAN_ANSWERED");
  EXPECT_EQ(call.notes, "note");
  EXPECT_EQ(call.campaign_id, "old");
}

TEST_F(CampaignTest, RefusesWhatIsNoCursorAndNoCampaign) {
  EXPECT_EQ(error_of(store_.campaigns.results(CampaignId{"x"}, 10, "'; --")).code, Errc::InvalidInput);
  EXPECT_EQ(error_of(store_.campaigns.results(CampaignId{"x"}, 10, "")).code, Errc::NotFound);
  EXPECT_FALSE(must(store_.campaigns.load(CampaignId{std::string{"a\0b", 3}})));
}

}  // namespace
}  // namespace otto::test
