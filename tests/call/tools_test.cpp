// What each tool call asks for, and what is refused.
#include "otto/call/tools.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otto::call {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Tools : testing::Test {
  Tools() {
    context.contact.attempts = 1;
    context.contact.zones = {"America/New_York", "America/Chicago"};
    context.settings.transfer_numbers = {{"sales", "+14155550190"}, {"Service desk", "+14155550191"}};
    gate = [this](const Contact&, const CampaignSettings&, TimePoint at) {
      ports::GateVerdict verdict;
      verdict.may_dial = at >= opens;
      verdict.not_before = opens;
      return verdict;
    };
  }
  ToolPlan plan(std::string tool, Json parameters = Json::object()) const {
    ports::AgentToolCall call;
    call.tool = std::move(tool);
    call.call_id = "t1";
    call.parameters = std::move(parameters);
    return plan_tool(call, ToolSituation{context, gate, not_to, now});
  }
  std::string refusal(std::string tool, Json parameters = Json::object()) const {
    const auto planned = plan(std::move(tool), std::move(parameters));
    const auto* refused = std::get_if<ToolRefused>(&planned);
    return refused ? refused->sentence : "not refused";
  }
  TimePoint callback(std::string time) const {
    const auto planned = plan("schedule_callback", {{"time", std::move(time)}});
    const auto* asked = std::get_if<CallbackAsked>(&planned);
    return asked ? asked->at : TimePoint{};
  }
  static TimePoint at(std::string_view text) { return *parse_iso8601(text); }

  ports::AttemptContext context;
  CallingHoursGate gate;
  DestinationGate not_to;
  TimePoint now = at("2026-12-01T15:00:00Z"), opens;  // a Tuesday, 10:00 in New York
};

TEST_F(Tools, ACallbackIsReadInTheContactsZoneOrWithItsOffset) {
  EXPECT_EQ(callback("2026-12-02T15:30"), at("2026-12-02T20:30:00Z"));
  EXPECT_EQ(callback(" 2026-12-02 15:30:00 "), at("2026-12-02T20:30:00Z"));
  EXPECT_EQ(callback("2026-12-02T15:30:00-08:00"), at("2026-12-02T23:30:00Z"));
  context.settings.hours.timezone = "Europe/Berlin";
  EXPECT_EQ(callback("2026-12-02T15:30"), at("2026-12-02T14:30:00Z"));
}

TEST_F(Tools, ACallbackThatCannotBeIsRefusedWithTheTimeItIs) {
  const auto told = [this](std::string time) { return refusal("schedule_callback", {{"time", std::move(time)}}); };

  EXPECT_EQ(told("tomorrow at five"),
            "Give time as ISO 8601, such as 2026-12-01T15:30. It is now Tuesday, 2026-12-01 10:00 (America/New_York).");
  EXPECT_THAT(told("2026-12-01T10:00"), StartsWith("That time has passed"));
  EXPECT_THAT(told("2026-12-31T10:30"), StartsWith("A callback can be arranged for the next 30 days"));
  EXPECT_THAT(refusal("schedule_callback"), StartsWith("Give time"));
  EXPECT_THAT(refusal("schedule_callback", {{"time", 5}}), StartsWith("Give time"));
}

TEST_F(Tools, ACallbackIsMovedIntoCallingHours) {
  opens = at("2026-12-03T13:00:00Z");
  const auto planned = plan("schedule_callback", {{"time", "2026-12-02T23:00"}});

  EXPECT_EQ(std::get<CallbackAsked>(planned).at, opens);
  EXPECT_EQ(std::get<CallbackAsked>(planned).answer,
            "The callback is arranged for Thursday, 2026-12-03 08:00 (America/New_York). Calls are not allowed at the "
            "time asked for; tell the callee.");
}

TEST_F(Tools, CallbacksEndOnceTheyHaveBecomeManyInARow) {
  context.contact.attempts = 4;
  EXPECT_THAT(refusal("schedule_callback", {{"time", "2026-12-02T15:30"}}), HasSubstr("too many callbacks"));
}

TEST_F(Tools, ATransferGoesNowhereThatIsNotCalled) {
  not_to = [](const std::string& number) { return std::string{number == "+14155550190" ? "Too dear." : ""}; };

  EXPECT_EQ(refusal("transfer_call", {{"destination", "sales"}}), "Calls cannot be transferred to sales at present.");
  EXPECT_EQ(refusal("transfer_call", {{"destination", "Service desk"}}), "not refused");
  context.settings.transfer_numbers.erase("Service desk");
  EXPECT_EQ(refusal("transfer_call"), "Calls cannot be transferred to sales at present.")
      << "the only one needs no name";
}

TEST_F(Tools, ATransferTakesANameOfTheCampaignsAndNeverANumber) {
  const auto number = [this](Json parameters) {
    const auto planned = plan("transfer_call", std::move(parameters));
    const auto* asked = std::get_if<TransferAsked>(&planned);
    return asked ? asked->number : refusal("transfer_call");
  };

  EXPECT_EQ(number({{"destination", "Sales"}}), "+14155550190");
  EXPECT_EQ(number({{"destination", " service desk "}}), "+14155550191");
  for (const Json& wrong : {Json("+14155550190"), Json("+19005550100"), Json(""), Json(nullptr), Json(5)})
    EXPECT_EQ(number({{"destination", wrong}}), "The destination must be one of: Service desk, sales.");
  context.settings.transfer_numbers.erase("sales");
  EXPECT_EQ(number(Json::object()), "+14155550191") << "there is only one";
  context.settings.transfer_numbers.clear();
  EXPECT_EQ(number({{"destination", "sales"}}), "Calls cannot be transferred in this campaign.");
}

TEST_F(Tools, KeysAreKeys) {
  const auto planned = plan("send_dtmf", {{"digits", "1w23#"}});
  EXPECT_EQ(std::get<KeysAsked>(planned).keys, "1w23#");
  EXPECT_EQ(std::get<KeysAsked>(plan("send_dtmf", {{"digits", 42}})).keys, "42") << "models like numbers";
  EXPECT_THAT(refusal("send_dtmf", {{"digits", "one"}}), StartsWith("Give digits"));
  EXPECT_THAT(refusal("send_dtmf"), StartsWith("Give digits"));
}

TEST_F(Tools, AnythingElseIsTheWebhooksOrRefused) {
  EXPECT_EQ(refusal("book_appointment"), "There is no tool named book_appointment in this call.");
  context.settings.tool_webhook_url = "https://n8n.example.com/webhook/tool";
  EXPECT_TRUE(std::holds_alternative<ForwardAsked>(plan("book_appointment")));
  EXPECT_TRUE(std::holds_alternative<HangUpAsked>(plan("hang_up"))) << "ours stay ours";
  EXPECT_TRUE(std::holds_alternative<OptOutAsked>(plan("do_not_call")));
}

TEST_F(Tools, TheWebhookIsToldWhoAsksForWhat) {
  context.attempt = AttemptId{"a1"};
  context.campaign = CampaignId{"c1"};
  context.call.call_sid = "CA1";
  context.contact.name = "Maria";
  context.contact.phone = "+14155550101";
  context.contact.row = 3;
  context.contact.variables = {{"Vehicle", "RAV4"}};
  ports::AgentToolCall call;
  call.tool = "book_appointment";
  call.call_id = "t1";
  call.parameters = {{"day", "Monday"}};

  EXPECT_EQ(tool_request(call, context), (Json{{"tool", "book_appointment"},
                                               {"toolCallId", "t1"},
                                               {"parameters", {{"day", "Monday"}}},
                                               {"callId", "a1"},
                                               {"callSid", "CA1"},
                                               {"campaignId", "c1"},
                                               {"campaignType", "GENERAL"},
                                               {"contact",
                                                {{"row", 3},
                                                 {"name", "Maria"},
                                                 {"phone", "+14155550101"},
                                                 {"email", ""},
                                                 {"variables", {{"Vehicle", "RAV4"}}}}}}));
}

TEST_F(Tools, TheWebhooksAnswerIsHandedOnAsItsText) {
  const auto answer = [](int status, std::string body) {
    ports::HookAnswer answer;
    answer.status = status;
    answer.body = std::move(body);
    return read_tool_answer(answer);
  };

  EXPECT_EQ(answer(200, " {\"free\": [\"10:00\"]}\n").text, "{\"free\": [\"10:00\"]}");
  EXPECT_FALSE(answer(201, "[]").is_error);
  EXPECT_EQ(answer(404, "{}").text, "The tool failed with HTTP status 404.");
  EXPECT_TRUE(answer(404, "{}").is_error);
  EXPECT_EQ(answer(302, "{}").text, "The tool failed with HTTP status 302.");
  EXPECT_EQ(answer(200, "<html>").text, "The tool's answer is not JSON.");
  EXPECT_EQ(answer(200, "").text, "The tool's answer is not JSON.");
  EXPECT_EQ(answer(200, "\"" + std::string(17'000, 'x') + "\"").text, "The tool's answer is too long.");
  const auto lost = read_tool_answer(Error{Errc::Forbidden, "it names a private host."});
  EXPECT_EQ(lost.text, "The tool could not be reached: it names a private host.");
  EXPECT_TRUE(lost.is_error);
}

}  // namespace
}  // namespace otto::call
