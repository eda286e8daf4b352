// The agent's tools in a live call: answered exactly once, in time, and what they do to the call.
#include <gmock/gmock.h>

#include "otto/audio/dtmf.hpp"

#include "call_fixture.hpp"

namespace otto::call {
namespace {

using ::testing::_;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class CallTools : public CallFixture {
 protected:
  CallTools() {
    tools_.gate = [](const Contact&, const CampaignSettings&, TimePoint) { return ports::GateVerdict{}; };
    tools_.post = [this](std::string url, std::string id, std::string body) {
      return post(std::move(url), std::move(id), std::move(body));
    };
  }
  static ports::AttemptContext with_settings(const std::function<void(CampaignSettings&)>& set) {
    auto its = context();
    its.from = "+14155550100";
    set(its.settings);
    return its;
  }
  static ports::AttemptContext with_webhook() {
    return with_settings([](CampaignSettings& settings) { settings.tool_webhook_url = "https://n8n.example/tool"; });
  }
  static ports::AttemptContext with_transfer() {
    return with_settings([](CampaignSettings& settings) { settings.transfer_numbers = {{"sales", "+14155550190"}}; });
  }
  void call_tool(std::string tool, Json parameters = Json::object(), std::string id = "t1") {
    ports::AgentToolCall call;
    call.tool = std::move(tool);
    call.call_id = std::move(id);
    call.parameters = std::move(parameters);
    voice().send(std::move(call));
    run(milliseconds{20});
  }
  /// The line takes 5 s for the transfer, and meanwhile the conversation closes with `code`.
  void end_while_transferring(int code) {
    line_.transfer_delay = [this, code]() -> Task<void> {
      voice().end(code);
      co_await timers_.sleep_for(seconds{5});
    };
    call_tool("transfer_call");
    run(seconds{10});
  }
  const test::Voice::ToolResult& only_answer() {
    EXPECT_THAT(voice().tool_results, SizeIs(1));
    return voice().tool_results.at(0);
  }

  struct Posted {
    std::string url, id, body;
  };
  std::vector<Posted> posted_;
  milliseconds post_time_{100};
  Result<ports::HookAnswer> post_answer_ = json_answer(200, R"({"free": true})");
  static ports::HookAnswer json_answer(int status, std::string body) {
    ports::HookAnswer answer;
    answer.status = status;
    answer.body = std::move(body);
    return answer;
  }

 private:
  Task<Result<ports::HookAnswer>> post(std::string url, std::string id, std::string body) {
    posted_.push_back({std::move(url), std::move(id), std::move(body)});
    co_await timers_.sleep_for(post_time_);
    co_return post_answer_;
  }
};

TEST_F(CallTools, AnUnknownToolIsAnErrorWithASentence) {
  talk();
  call_tool("book_appointment");

  EXPECT_EQ(only_answer().call_id, "t1");
  EXPECT_TRUE(only_answer().is_error);
  EXPECT_EQ(only_answer().result, "There is no tool named book_appointment in this call.");
  EXPECT_THAT(posted_, IsEmpty());
}

TEST_F(CallTools, ARepeatedCallIsNeitherCarriedOutNorAnsweredTwice) {
  talk(with_webhook());
  call_tool("book_appointment");
  call_tool("book_appointment");
  run(seconds{1});
  call_tool("book_appointment");
  call_tool("do_not_call", Json::object(), "t2");
  call_tool("do_not_call", Json::object(), "t2");

  EXPECT_THAT(posted_, SizeIs(1));
  EXPECT_THAT(voice().tool_results, SizeIs(2));
  EXPECT_THAT(facts(FactKind::OptedOut), SizeIs(1));
}

TEST_F(CallTools, ACallThatExpectsNoResponseGetsNone) {
  talk();
  ports::AgentToolCall call;
  call.tool = "do_not_call";
  call.call_id = "t1";
  call.expects_response = false;
  voice().send(std::move(call));
  run(milliseconds{20});

  EXPECT_THAT(voice().tool_results, IsEmpty());
  EXPECT_THAT(facts(FactKind::OptedOut), SizeIs(1));
}

TEST_F(CallTools, AnAgentInALoopIsStopped) {
  talk();
  for (int n = 0; n < 203; ++n) call_tool("nonsense", Json::object(), "t" + std::to_string(n));

  EXPECT_THAT(voice().tool_results, SizeIs(203));
  EXPECT_THAT(voice().tool_results.back().result, HasSubstr("too many"));
}

// ---- what the timeline shows of them ------------------------------------------------------------------------------

TEST_F(CallTools, EachToolCallIsAFactWithItsAnswer) {
  talk(with_webhook());
  call_tool("book_appointment", {{"day", "Monday"}}, "t1");
  EXPECT_THAT(facts(FactKind::ToolUsed), IsEmpty()) << "not answered yet";
  run(seconds{1});
  call_tool("send_dtmf", {{"digits", "one"}}, "t2");
  call_tool("send_dtmf", {{"digits", "one"}}, "t2");

  const auto used = facts(FactKind::ToolUsed);
  ASSERT_THAT(used, SizeIs(2));
  EXPECT_EQ(used[0].reason, "book_appointment");
  EXPECT_EQ(used[0].asked, R"({"day":"Monday"})");
  EXPECT_EQ(used[0].evidence, R"({"free": true})");
  EXPECT_FALSE(used[0].is_error);
  EXPECT_EQ(used[1].reason, "send_dtmf");
  EXPECT_TRUE(used[1].is_error);
  EXPECT_NE(used[0].dedupe_key, used[1].dedupe_key);
}

TEST_F(CallTools, AToolOfTheAgentsOwnIsAFactAsWell) {
  talk();
  voice().send(ports::AgentToolDone{"search_knowledge", false});
  voice().send(ports::AgentToolDone{"search_knowledge", true});
  run(milliseconds{20});

  const auto used = facts(FactKind::ToolUsed);
  ASSERT_THAT(used, SizeIs(2));
  EXPECT_EQ(used[0].reason, "search_knowledge");
  EXPECT_TRUE(used[1].is_error);
  EXPECT_NE(used[0].dedupe_key, used[1].dedupe_key);
}

TEST_F(CallTools, EachPressedKeyIsAFact) {
  auto callee = talk();
  callee->press('4');
  callee->press('4');
  run(milliseconds{20});

  const auto pressed = facts(FactKind::KeyPressed);
  ASSERT_THAT(pressed, SizeIs(2));
  EXPECT_EQ(pressed[0].reason, "4");
  EXPECT_NE(pressed[0].dedupe_key, pressed[1].dedupe_key);
}

TEST_F(CallTools, SomebodyWhoLeansOnTheKeysFillsNoTable) {
  auto callee = talk();
  for (int n = 0; n < 500; ++n) callee->press('5');
  run(milliseconds{20});

  EXPECT_THAT(facts(FactKind::KeyPressed), SizeIs(200));
}

// ---- the campaign's webhook ---------------------------------------------------------------------------------------

TEST_F(CallTools, TheWebhooksAnswerIsTheToolsResult) {
  talk(with_webhook());
  call_tool("book_appointment", {{"day", "Monday"}});
  EXPECT_THAT(voice().tool_results, IsEmpty());
  run(milliseconds{200});

  EXPECT_EQ(only_answer().result, R"({"free": true})");
  EXPECT_FALSE(only_answer().is_error);
  ASSERT_THAT(posted_, SizeIs(1));
  EXPECT_EQ(posted_[0].url, "https://n8n.example/tool");
  EXPECT_EQ(posted_[0].id, "attempt-1_t1");
  EXPECT_EQ(Json::parse(posted_[0].body)["parameters"]["day"], "Monday");
}

TEST_F(CallTools, ALateWebhookIsAnsweredForAtTheDeadlineAndItsOwnAnswerDropped) {
  post_time_ = seconds{17};
  talk(with_webhook());
  call_tool("book_appointment");
  run(milliseconds{14'900});
  EXPECT_THAT(voice().tool_results, IsEmpty());
  run(milliseconds{150});
  EXPECT_EQ(only_answer().result, "The tool has not answered in time.");
  EXPECT_TRUE(only_answer().is_error);
  run(seconds{5});

  EXPECT_THAT(voice().tool_results, SizeIs(1));
}

TEST_F(CallTools, AFailingWebhookIsAnErrorWithASentence) {
  post_answer_ = Error{Errc::ConnectFailed, "nobody listens there."};
  talk(with_webhook());
  call_tool("book_appointment");
  run(milliseconds{200});

  EXPECT_EQ(only_answer().result, "The tool could not be reached: nobody listens there.");
  EXPECT_TRUE(only_answer().is_error);
}

TEST_F(CallTools, OnlySoManyWebhooksAreAskedAtATime) {
  post_time_ = seconds{1};
  talk(with_webhook());
  for (int n = 0; n < 5; ++n) call_tool("book_appointment", Json::object(), "t" + std::to_string(n));

  EXPECT_THAT(posted_, SizeIs(4));
  EXPECT_THAT(only_answer().result, HasSubstr("try again"));
  run(seconds{2});
  EXPECT_THAT(voice().tool_results, SizeIs(5));
}

TEST_F(CallTools, AnAnswerForAConversationThatIsGoneIsForNobody) {
  post_time_ = seconds{2};
  calls().answered(with_webhook());
  run(milliseconds{20});
  voice().ready();
  call_tool("book_appointment");
  voice().end(1006);
  run(milliseconds{100});
  ASSERT_THAT(agent_.voices, SizeIs(2));
  voice(1).ready();
  connect();
  run(seconds{4});

  EXPECT_THAT(voice(0).tool_results, IsEmpty());
  EXPECT_THAT(voice(1).tool_results, IsEmpty());
}

TEST_F(CallTools, AHangUpWhileTheWebhookWorksLeavesNothingBehind) {
  post_time_ = seconds{10};
  const auto callee = talk(with_webhook());
  call_tool("book_appointment");
  callee->hang_up();
  run(seconds{1});

  EXPECT_EQ(end_reason(), "callee_hung_up");
  EXPECT_EQ(calls().size(), 0u);
}

// ---- hang_up ------------------------------------------------------------------------------------------------------

TEST_F(CallTools, HangUpLetsTheGoodbyePlayOut) {
  const auto callee = talk();
  const Bytes goodbye(24'000, 9);  // 3 s
  voice().speak(1, goodbye);
  call_tool("hang_up");
  EXPECT_FALSE(only_answer().is_error);
  run(milliseconds{2800});
  EXPECT_THAT(line_.hung_up, IsEmpty());
  run(milliseconds{400});

  EXPECT_EQ(callee->heard, goodbye);
  EXPECT_THAT(line_.hung_up, ElementsAre("CA1"));
  EXPECT_EQ(end_reason(), "agent_ended");
}

TEST_F(CallTools, HangUpWaitsForAGoodbyeThatComesAfterIt) {
  const auto callee = talk();
  call_tool("hang_up");
  run(milliseconds{1500});
  EXPECT_THAT(line_.hung_up, IsEmpty());
  voice().speak(1, Bytes(8000, 9));
  run(milliseconds{1500});

  EXPECT_EQ(callee->heard, Bytes(8000, 9));
  EXPECT_THAT(line_.hung_up, ElementsAre("CA1"));
}

// ---- opt-out and callback -----------------------------------------------------------------------------------------

TEST_F(CallTools, DoNotCallIsReportedAndTheCallGoesOn) {
  talk();
  call_tool("do_not_call", {{"reason", "not interested"}});
  run(seconds{1});

  ASSERT_THAT(facts(FactKind::OptedOut), SizeIs(1));
  EXPECT_EQ(facts(FactKind::OptedOut)[0].reason, "agent");
  EXPECT_FALSE(only_answer().is_error);
  EXPECT_EQ(calls().active(), 1u);
}

TEST_F(CallTools, EachAgreedCallbackIsReported) {
  auto its = context();
  its.contact.zones = {"America/New_York"};
  talk(its);
  const auto tomorrow = format_iso8601(timers_.now() + hours{24});
  call_tool("schedule_callback", {{"time", tomorrow}}, "t1");
  call_tool("schedule_callback", {{"time", "never"}}, "t2");
  call_tool("schedule_callback", {{"time", format_iso8601(timers_.now() + hours{48})}}, "t3");

  const auto agreed = facts(FactKind::CallbackAgreed);
  ASSERT_THAT(agreed, SizeIs(2));
  EXPECT_EQ(agreed[0].callback_at, *parse_iso8601(tomorrow));
  EXPECT_NE(agreed[0].dedupe_key, agreed[1].dedupe_key);
  EXPECT_THAT(voice().tool_results[0].result, HasSubstr("is arranged for"));
  EXPECT_TRUE(voice().tool_results[1].is_error);
}

TEST_F(CallTools, TheOptOutKeySuppressesTellsTheCalleeAndEndsTheCall) {
  const auto callee = talk(with_settings([](CampaignSettings& settings) { settings.opt_out_key = '9'; }));
  voice().speak(1, Bytes(40'000, 9));
  run(seconds{1});
  callee->press('8');
  run(milliseconds{1700});
  EXPECT_THAT(voice().messages, ElementsAre("I pressed 8 on my telephone."));
  callee->press('9');
  run(milliseconds{50});

  ASSERT_THAT(facts(FactKind::OptedOut), SizeIs(1));
  EXPECT_EQ(facts(FactKind::OptedOut)[0].reason, "key");
  ASSERT_THAT(line_.said, SizeIs(1));
  EXPECT_EQ(line_.said[0].text, "You will not be called again. Goodbye.");
  EXPECT_EQ(end_reason(), "opted_out");
  EXPECT_EQ(callee->clears, 1) << "the agent is cut off";
  EXPECT_THAT(voice().messages, SizeIs(1));
}

TEST_F(CallTools, WithoutTheSettingNineIsAKeyLikeAnyOther) {
  const auto callee = talk();
  callee->press('9');
  run(milliseconds{1700});

  EXPECT_THAT(voice().messages, ElementsAre("I pressed 9 on my telephone."));
  EXPECT_THAT(facts(FactKind::OptedOut), IsEmpty());
}

// ---- keys ---------------------------------------------------------------------------------------------------------

TEST_F(CallTools, KeysOfOneNumberAreOneTurnOfTheCallee) {
  const auto callee = talk();
  for (const char key : {'4', '2', '0'}) {
    callee->press(key);
    run(milliseconds{1000});
  }
  EXPECT_THAT(voice().messages, IsEmpty()) << "more may follow";
  run(milliseconds{700});
  EXPECT_THAT(voice().messages, ElementsAre("I pressed 4 2 0 on my telephone."));

  callee->press('7');
  callee->press('#');
  run(milliseconds{150});
  EXPECT_THAT(voice().messages, ElementsAre(_, "I pressed 7 # on my telephone.")) << "# ends a number";
}

TEST_F(CallTools, KeysGoOutAsTonesAfterWhatTheAgentHasSaid) {
  const auto callee = talk();
  voice().speak(1, Bytes(1600, 9));
  call_tool("send_dtmf", {{"digits", "1w2"}});
  run(seconds{2});

  Bytes expected(1600, 9);
  const auto tones = audio::dtmf_ulaw("1w2");
  expected.insert(expected.end(), tones.begin(), tones.end());
  EXPECT_EQ(callee->heard, expected);
  EXPECT_FALSE(only_answer().is_error);
}

TEST_F(CallTools, AnInterruptionTakesNoKeyBack) {
  const auto callee = talk();
  voice().speak(1, Bytes(16'000, 9));
  call_tool("send_dtmf", {{"digits", "5"}});
  run(milliseconds{300});
  voice().send(ports::AgentInterruption{1});
  run(seconds{1});

  const auto tones = audio::dtmf_ulaw("5");
  ASSERT_GT(callee->heard.size(), tones.size());
  EXPECT_EQ(Bytes(callee->heard.end() - static_cast<std::ptrdiff_t>(tones.size()), callee->heard.end()), tones);
}

// ---- transfer -----------------------------------------------------------------------------------------------------

TEST_F(CallTools, ATransferIsAnsweredFirstAndTheAnnouncementHeardToItsEnd) {
  const auto callee = talk(with_transfer());
  const Bytes announcement(16'000, 9);  // 2 s
  voice().speak(1, announcement);
  call_tool("transfer_call", {{"destination", "sales"}});
  EXPECT_FALSE(only_answer().is_error);
  run(milliseconds{1700});
  EXPECT_THAT(line_.transferred, IsEmpty());
  run(milliseconds{500});

  ASSERT_THAT(line_.transferred, SizeIs(1));
  EXPECT_EQ(line_.transferred[0].call_sid, "CA1");
  EXPECT_EQ(line_.transferred[0].to, "+14155550190");
  EXPECT_EQ(line_.transferred[0].from, "+14155550100");
  EXPECT_EQ(line_.transferred[0].attempt.value, "attempt-1");
  EXPECT_EQ(callee->heard, announcement);
  EXPECT_EQ(end_reason(), "transferred");
  ASSERT_THAT(facts(FactKind::Transferred), SizeIs(1));
  EXPECT_EQ(facts(FactKind::Transferred)[0].reason, "+14155550190");
  EXPECT_THAT(line_.hung_up, IsEmpty()) << "the callee talks to somebody else now";
  EXPECT_THAT(line_.said, IsEmpty());
}

TEST_F(CallTools, AnEndlessAnnouncementIsCut) {
  talk(with_transfer());
  voice().speak(1, Bytes(400'000, 9));  // 50 s
  call_tool("transfer_call");
  run(milliseconds{14'900});
  EXPECT_THAT(line_.transferred, IsEmpty());
  run(milliseconds{200});

  EXPECT_THAT(line_.transferred, SizeIs(1));
}

TEST_F(CallTools, TheMediaMayEndBeforeTheLineHasAnswered) {
  const auto callee = talk(with_transfer());
  line_.while_transferring = [&] { callee->hang_up(); };
  call_tool("transfer_call");
  run(seconds{2});

  EXPECT_EQ(end_reason(), "transferred");
  EXPECT_THAT(line_.hung_up, IsEmpty());
}

TEST_F(CallTools, ACalleeWhoHangsUpDuringTheTransferHasHungUp) {
  const auto callee = talk(with_transfer());
  line_.while_transferring = [&] { callee->hang_up(); };
  line_.transfer_answers.emplace_back(Error{Errc::NotFound, "The call had ended before it could be transferred."});
  call_tool("transfer_call");
  run(seconds{2});

  EXPECT_EQ(end_reason(), "callee_hung_up");
  EXPECT_THAT(facts(FactKind::Transferred), IsEmpty());
}

TEST_F(CallTools, TheAgentsGoodbyeBeforeATransferEndsNothing) {
  const auto callee = talk(with_transfer());
  const Bytes announcement(1600, 9);  // 200 ms: it has been heard before the line is asked
  voice().speak(1, announcement);
  call_tool("transfer_call");
  voice().send(ports::AgentToolDone{"end_call"});
  voice().end(1000);
  run(seconds{3});

  EXPECT_EQ(callee->heard, announcement);
  EXPECT_THAT(line_.transferred, SizeIs(1));
  EXPECT_THAT(line_.hung_up, IsEmpty());
  EXPECT_EQ(end_reason(), "transferred");
}

TEST_F(CallTools, TheAgentsLossBeforeATransferEndsNothing) {
  talk(with_transfer());
  voice().speak(1, Bytes(8000, 9));
  run(milliseconds{100});
  call_tool("transfer_call");
  voice().end(1006);
  run(seconds{3});

  EXPECT_THAT(line_.transferred, SizeIs(1));
  EXPECT_THAT(line_.said, IsEmpty()) << "no apology: the callee is being connected";
  EXPECT_EQ(end_reason(), "transferred");
}

TEST_F(CallTools, TheAgentsGoodbyeDuringATransferEndsNothing) {
  talk(with_transfer());
  end_while_transferring(1000);
  EXPECT_EQ(end_reason(), "transferred");
  EXPECT_THAT(line_.hung_up, IsEmpty());
}

TEST_F(CallTools, TheAgentsLossDuringATransferEndsNothing) {
  talk(with_transfer());
  voice().speak(1, Bytes(800, 9));
  run(milliseconds{100});
  end_while_transferring(1006);
  EXPECT_EQ(end_reason(), "transferred");
  EXPECT_THAT(line_.said, IsEmpty());
}

TEST_F(CallTools, ATransferThatFailsBehindTheAgentsGoodbyeEndsTheCall) {
  talk(with_transfer());
  line_.transfer_answers.emplace_back(Error{Errc::ProviderRefused, "not that number"});
  end_while_transferring(1000);

  EXPECT_EQ(line_.hung_up, std::vector<std::string>{"CA1"});
  EXPECT_EQ(end_reason(), "agent_ended");
}

TEST_F(CallTools, AFailedTransferGivesTheCalleeBackToTheAgent) {
  const auto callee = talk(with_transfer());
  line_.transfer_answers.emplace_back(Error{Errc::ProviderRefused, "not that number"});
  call_tool("transfer_call");
  run(seconds{2});
  EXPECT_THAT(voice().contexts, ElementsAre(HasSubstr("transfer has failed")));
  callee->speak(Bytes(160, 3));
  call_tool("transfer_call", Json::object(), "t2");
  run(seconds{2});

  EXPECT_EQ(voice().heard, Bytes(160, 3)) << "the agent hears the callee all the time";
  EXPECT_THAT(line_.transferred, SizeIs(2));
  EXPECT_EQ(end_reason(), "transferred");
}

TEST_F(CallTools, ATransferToAnythingElseIsRefused) {
  talk(with_transfer());
  call_tool("transfer_call", {{"destination", "+19005550100"}});
  run(seconds{2});

  EXPECT_EQ(only_answer().result, "The destination must be one of: sales.");
  EXPECT_THAT(line_.transferred, IsEmpty());
}

TEST_F(CallTools, ASecondTransferDoesNotBeginWhileOneIsUnderWay) {
  talk(with_transfer());
  voice().speak(1, Bytes(16'000, 9));
  call_tool("transfer_call", Json::object(), "t1");
  call_tool("transfer_call", Json::object(), "t2");
  run(seconds{3});

  EXPECT_THAT(line_.transferred, SizeIs(1));
  EXPECT_THAT(voice().tool_results, SizeIs(2));
}

}  // namespace
}  // namespace otto::call
