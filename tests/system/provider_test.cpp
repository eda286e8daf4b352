// Providers that refuse, stumble, keep silent or contradict themselves: every contact still ends as it truly did, and
// nobody is called twice for one attempt.
#include "tests/system/world.hpp"

namespace otto::system_test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

int times_called(const World& world, int n) { return static_cast<int>(world.calls_to(phone(n)).size()); }

class Providers : public SystemTest {
 protected:
  /// The reconciler looks up a call of which nothing was heard for 90 s. These pass at once for what is stored now.
  /// Until no attempt is open; what the daemon itself still records of a call begins its silence anew.
  static void let_silence_pass(World& world) {
    wait_until(
        [&] {
          world.database().one(
              "UPDATE otto.attempt SET last_fact_at = last_fact_at - interval '2 minutes'"
              " WHERE closed_at IS NULL");
          return world.database().count("otto.attempt WHERE closed_at IS NULL") == 0;
        },
        seconds{20});
  }
};

TEST_F(Providers, CredentialsThatTwilioRefusesFailTheCampaignAndConsumeNobody) {
  World& world = make_world({{"default", "busy"}}, {{"TWILIO_AUTH_TOKEN", "0770wrong0770wrong0770wrong0770w"}});

  const std::string id = world.trigger(contacts(1, 3));
  const Json results = world.ended(id);

  EXPECT_EQ(results["status"], "FAILED");
  EXPECT_EQ(results["contactsCalled"], 0);
  EXPECT_EQ(results["contactsFailed"], 0);
  EXPECT_EQ(results["contactsRemaining"], 3);
  EXPECT_THAT(text_at(results, "failureReason"), HasSubstr("TWILIO_AUTH_TOKEN"));
  EXPECT_EQ(world.database().count("otto.contact WHERE state = 'due' AND attempts = 0"), 3);
  EXPECT_EQ(world.database().count("otto.attempt WHERE closed_at IS NULL"), 0);
  EXPECT_TRUE(world.seen("calls").empty());
}

TEST_F(Providers, ThePlansLimitOfConversationsIsKeptUnlessASettingNamesAnother) {
  const auto most_at_once = [this](const Json& agent, Settings settings, int talk_ms = 1500) {
    World& world = make_world({{"default", {{"persona", "hangs-up-early"}, {"talk_ms", talk_ms}}}, {"agent", agent}},
                              std::move(settings));
    world.trigger(contacts(1, 9));
    std::size_t most = 0;
    wait_until(
        [&] {
          const bool all_called = world.seen("calls").size() == 9;  // before the look: the last one counts too
          most = std::max(most, world.sandbox("/_sandbox/health").body["live"].get<std::size_t>());
          return all_called;
        },
        seconds{20});
    return std::pair{most, world.otto_log()};
  };

  const auto [free, free_log] = most_at_once({{"tier", "free"}}, {});
  EXPECT_EQ(free, 4u);
  EXPECT_THAT(free_log, HasSubstr("agent.limit"));
  EXPECT_EQ(most_at_once({{"tier", "free"}}, {{"ELEVENLABS_MAX_CONVERSATIONS", "6"}}).first, 6u);
  const auto [unknown, unknown_log] = most_at_once({{"subscription_status", 401}}, {}, 20'000);
  EXPECT_EQ(unknown, 9u);
  EXPECT_THAT(unknown_log, HasSubstr("agent.limit_unknown"));
  EXPECT_THAT(unknown_log, HasSubstr("user_read"));
}

TEST_F(Providers, WhateverBecomesOfACreateRequestThereIsOneCallAtMostAndItsTrueState) {
  const auto create = [](const char* mode) { return Json{{"persona", "busy"}, {"create", {mode}}}; };
  World& world = make_world(
      {{"numbers",
        {{phone(1), create("accept-reset")},
         {phone(2), create("accept-5xx")},
         {phone(3), create("accept-garbage")},
         {phone(4), create("accept-reset-headers")},
         {phone(5), create("accept-reset-body")},
         {phone(6), create("reject-reset")},
         {phone(7), create("reject-5xx")},
         {phone(8), {{"persona", "busy"}, {"create", {"429", "429"}}}},
         {phone(9), {{"persona", "busy"}, {"create", {{{"mode", "refuse"}, {"http", 400}, {"code", 21211}}}}}},
         {phone(10), {{"persona", {"busy", "no-answer"}}}},
         // Nothing but the line's list tells of these two.
         {phone(11), {{"persona", "busy"}, {"create", {"accept-reset"}}, {"webhooks", {{"lose", 1}}}}},
         {phone(12), {{"persona", "no-answer"}, {"create", {"accept-5xx"}}, {"webhooks", {{"lose", 1}}}}},
         // The line answers later than the phone is answered: its reports overtake the create's answer.
         {phone(13),
          {{"persona", "hangs-up-early"},
           {"talk_ms", 2500},
           {"create", {{{"mode", "ok"}, {"answer_delay_ms", 30'000}}}}}}}}});

  const std::string id = world.trigger(contacts(1, 13));
  const Json results = world.ended(id);

  EXPECT_THAT(world.differences(), IsEmpty());
  EXPECT_EQ(results["status"], "COMPLETED");
  EXPECT_EQ(results["contactsCompleted"].get<int>() + results["contactsFailed"].get<int>(), 13);
  EXPECT_EQ(results["contactsCompleted"], 1);
  for (const int n : {1, 2, 3, 4, 5, 8, 10, 11, 12, 13}) EXPECT_EQ(times_called(world, n), 1) << phone(n);
  for (const int n : {6, 7, 9}) {
    EXPECT_EQ(times_called(world, n), 0) << phone(n);
    EXPECT_EQ(
        world.database().count("otto.contact WHERE state = 'failed' AND attempts = 1 AND phone = '" + phone(n) + "'"),
        1)
        << phone(n);
  }
  EXPECT_EQ(world.row_of(phone(11))["status"], "BUSY");
  EXPECT_EQ(world.row_of(phone(12))["status"], "NO_ANSWER");
}

TEST_F(Providers, ReportsMayComeTwiceAndInAnyOrder) {
  World& world = make_world(Json::parse(R"({
    "mix": {"busy": 1, "no-answer": 1, "failed": 1, "hangs-up-early": 2, "voicemail": 1},
    "default": {"talk_ms": 2500, "webhooks": {"duplicate": 1, "delay_max_ms": 30000, "twiml_twice": true}}})"));

  const std::string id = world.trigger(contacts(1, 12));
  const Json results = world.ended(id);

  EXPECT_THAT(world.differences(), IsEmpty());
  EXPECT_THAT(world.violations(), IsEmpty());
  EXPECT_EQ(results["calls"].size(), 12U);
  EXPECT_EQ(world.seen("calls").size(), 12U);
  EXPECT_EQ(results["contactsCompleted"].get<int>() + results["contactsFailed"].get<int>(), 12);
}

TEST_F(Providers, WithoutASingleWebhookEveryCallIsStillSettled) {
  World& world = make_world(Json::parse(R"({
    "numbers": {"+14155550101": "voicemail", "+14155550102": {"persona": "hangs-up-early", "talk_ms": 1500},
                "+14155550103": "busy", "+14155550104": "no-answer"},
    "default": {"webhooks": {"lose": 1}}, "agent": {"first_message_ms": 1000, "turns": 0}})"));

  const std::string id = world.trigger(contacts(1, 4));
  ASSERT_TRUE(wait_until(
      [&] {
        const Json calls = world.seen("calls");
        return calls.size() == 4 && world.sandbox("/_sandbox/health").body["live"] == 0;
      },
      seconds{20}));
  let_silence_pass(world);
  const Json results = world.ended(id);

  EXPECT_EQ(results["status"], "COMPLETED");
  EXPECT_THAT(world.differences(), IsEmpty());
  EXPECT_EQ(world.row_of(phone(2))["outcome"], "HUMAN_ANSWERED");
  EXPECT_EQ(world.row_of(phone(3))["outcome"], "BUSY");
  EXPECT_EQ(world.row_of(phone(4))["outcome"], "NO_ANSWER");
}

TEST_F(Providers, AnAgentThatElevenLabsRefusesFailsTheCampaignBeforeAnybodyIsPhoned) {
  World& world = make_world({{"agent", {{"signed_url_status", 404}}}});

  const Json results = world.ended(world.trigger(contacts(1, 3)));

  EXPECT_EQ(results["status"], "FAILED");
  EXPECT_THAT(text_at(results, "failureReason"), HasSubstr("agent_sandbox"));
  EXPECT_EQ(results["contactsRemaining"], 3);
  EXPECT_TRUE(world.seen("calls").empty());
}

TEST_F(Providers, AContactThatTwilioRefusesIsListedWithTheReason) {
  World& world = make_world(Json::parse(R"({
    "numbers": {"+14155550101": {"persona": "busy", "create": [{"mode": "refuse", "http": 400, "code": 21217}]}},
    "default": "busy"})"));

  const std::string id = world.trigger(contacts(1, 2));
  const Json results = world.ended(id);
  const Finished shown = world.command({"campaign", "show", id});

  EXPECT_EQ(results["status"], "COMPLETED");
  ASSERT_EQ(results["uncalledContacts"].size(), 1U) << results;
  EXPECT_EQ(results["uncalledContacts"][0]["row"], 1);
  EXPECT_EQ(results["uncalledContacts"][0]["phone"], phone(1));
  EXPECT_THAT(text_at(results["uncalledContacts"][0], "reason"), HasSubstr("21217"));
  EXPECT_TRUE(world.results(id, "?limit=0")["uncalledContacts"].empty());
  EXPECT_THAT(shown.output, HasSubstr("not called: row 1, Customer 1, " + phone(1)));
}

TEST_F(Providers, AnAgentThatStumblesOnceIsAskedAgain) {
  World& world = make_world(Json::parse(R"({
    "default": {"persona": "hangs-up-early", "talk_ms": 3000},
    "agents": {"agent_sandbox": {"signed_url_status": 500, "times": 1},
               "agent_sandbox_pcm_16000": {"close_after_ms": 50, "first_audio_ms": 400, "times": 1}}})"));

  const std::string first = world.trigger(contacts(1, 1), {{"agentId", "agent_sandbox"}});
  const std::string second = world.trigger(contacts(2, 2), {{"agentId", "agent_sandbox_pcm_16000"}});
  EXPECT_EQ(world.ended(first)["contactsCompleted"], 1);
  EXPECT_EQ(world.ended(second)["contactsCompleted"], 1);

  EXPECT_THAT(world.differences(), IsEmpty());
  for (int n = 1; n <= 2; ++n) {
    EXPECT_EQ(world.row_of(phone(n))["outcome"], "HUMAN_ANSWERED");
    const Json call = world.calls_to(phone(n))[0];
    EXPECT_GT(call["callee"]["heardMs"].get<int>(), 500) << "nobody spoke to " << phone(n);
    EXPECT_TRUE(call["spoken"].empty()) << call["spoken"];
  }
}

TEST_F(Providers, AnAgentThatNeverComesIsApologizedForAndTheCallCountsAsFailed) {
  World& world = make_world(Json::parse(R"({
    "default": {"persona": "silent", "talk_ms": 30000},
    "agents": {"agent_sandbox": {"handshake_status": 403},
               "agent_sandbox_pcm_16000": {"close_after_ms": 50, "first_audio_ms": 400}}})"));

  const std::string first = world.trigger(contacts(1, 1), {{"agentId", "agent_sandbox"}});
  const std::string second = world.trigger(contacts(2, 2), {{"agentId", "agent_sandbox_pcm_16000"}});
  world.ended(first);
  world.ended(second);

  EXPECT_THAT(world.differences(), IsEmpty());
  for (int n = 1; n <= 2; ++n) {
    const Json row = world.row_of(phone(n));
    EXPECT_EQ(row["status"], "COMPLETED");
    EXPECT_EQ(row["outcome"], "FAILED");
    EXPECT_THAT(text_at(row, "notes"), HasSubstr("agent"));
    EXPECT_TRUE(text_at(row, "transcript").empty()) << row["transcript"];
    const Json call = world.calls_to(phone(n))[0];
    ASSERT_EQ(call["spoken"].size(), 1U);
    EXPECT_THAT(call["spoken"][0].get<std::string>(), HasSubstr("sorry"));
  }
}

}  // namespace
}  // namespace otto::system_test
