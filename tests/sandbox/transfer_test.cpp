// <Dial> as the carrier carries it out, and the tools of the agents' provider.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otto/sandbox/carrier.hpp"
#include "otto/sandbox/scenario.hpp"
#include "otto/sandbox/twiml.hpp"

#include "tests/sandbox/world_fixture.hpp"

namespace otto::sandbox::test {
namespace {

using ::testing::HasSubstr;

TEST(Twiml, ADialHoldsOneNumberAndItsAttributesOnly) {
  const auto problems = [](const std::string& dial) {
    std::string all;
    for (const auto& problem : parse_twiml("<Response>" + dial + "<Hangup/></Response>", "https://x.example/").problems)
      all += std::to_string(problem.code) + " ";
    return all;
  };

  const auto read = parse_twiml(
      R"(<Response><Dial callerId="+14155550100" timeout="20" timeLimit="60" action="/end"><Number>+14155550190</Number>
         </Dial><Hangup/></Response>)",
      "https://x.example/twiml");

  EXPECT_TRUE(read.problems.empty());
  ASSERT_EQ(read.verbs.size(), 2U);
  EXPECT_EQ(read.verbs[0].number, "+14155550190");
  EXPECT_EQ(read.verbs[0].caller_id, "+14155550100");
  EXPECT_EQ(read.verbs[0].seconds, 20);
  EXPECT_EQ(read.verbs[0].time_limit_s, 60);
  EXPECT_EQ(read.verbs[0].action, "https://x.example/end");
  EXPECT_EQ(problems("<Dial><Number>555-0190</Number></Dial>"), "13223 ");
  EXPECT_EQ(problems("<Dial/>"), "13223 ");
  EXPECT_EQ(problems("<Dial callerId=\"otto\"><Number>+14155550190</Number></Dial>"), "13214 ");
  EXPECT_EQ(problems("<Dial callerID=\"+14155550100\"><Number>+14155550190</Number></Dial>"), "12200 ");
  EXPECT_EQ(problems("<Dial><Number>+14155550190</Number><Client>x</Client></Dial>"), "12200 ");
}

struct Transfer : WorldFixture {
  /// A call that is put through to +14155550190 once it talks; what its record says of the other end.
  std::string put_through(const Json& other, const std::string& caller_id = "+14155550100") {
    std::string told;
    const Json talker{{"persona", "answers"}, {"ring_ms", 1000}};
    play({{"numbers", {{kTo, talker}, {"+14155550190", other}}}}, [&]() -> Task<void> {
      auto form = create_form();
      const auto sid = co_await create(std::move(form));
      while (call(sid).streams.empty() && call(sid).status != "in-progress")
        co_await timers.sleep_for(milliseconds{10});
      co_await timers.sleep_for(milliseconds{100});
      const std::string twiml = "<Response><Dial callerId=\"" + caller_id + "\" timeout=\"10\" action=\"" + otto->base +
                                "/end?attempt=" + kAttempt +
                                "\"><Number>+14155550190</Number></Dial><Hangup/></Response>";
      FormFields update{{"Twiml", twiml}, {"TimeLimit", "600"}};
      auto answer = co_await request("POST", account() + "/Calls/" + sid + ".json", std::move(update));
      EXPECT_EQ(answer.response->status, 200);
      co_await over(sid);
      const auto& legs = call(sid).dialed;
      told = legs.empty() ? "nobody was dialed" : legs[0].number + " " + legs[0].caller_id + " " + legs[0].status;
      statuses = otto->values("/end", "DialCallStatus");
    });
    return told;
  }
  std::vector<std::string> statuses;
};

TEST_F(Transfer, TheOtherAnswersAndTheActionIsToldHowItEnded) {
  EXPECT_EQ(put_through({{"persona", "answers"}, {"ring_ms", 1000}}), "+14155550190 +14155550100 completed");
  EXPECT_EQ(statuses, std::vector<std::string>{"completed"});
  EXPECT_EQ(violations(), "[]");
}

TEST_F(Transfer, TheOtherIsBusy) {
  EXPECT_EQ(put_through("busy"), "+14155550190 +14155550100 busy");
  EXPECT_EQ(statuses, std::vector<std::string>{"busy"});
}

TEST_F(Transfer, NobodyAnswersInTime) {
  EXPECT_EQ(put_through({{"persona", "answers"}, {"ring_ms", 30'000}}), "+14155550190 +14155550100 no-answer");
}

TEST_F(Transfer, AForeignCallerIdIsAViolation) {
  put_through("answers", "+14155550177");
  EXPECT_THAT(violations(), HasSubstr("13214"));
}

TEST(ToolCues, AreReadStrictly) {
  const auto scenario = parse_scenario(
      {{"agent",
        {{"tools",
          {{{"name", "do_not_call"}}, {{"name", "x"}, {"parameters", {{"a", 1}}}, {"turn", 2}, {"twice", true}}}}}}});
  ASSERT_TRUE(scenario) << scenario.error().detail;
  ASSERT_EQ(scenario->agent.tools.size(), 2U);
  EXPECT_EQ(scenario->agent.tools[1].parameters["a"], 1);
  EXPECT_TRUE(scenario->agent.tools[1].twice);
  EXPECT_FALSE(parse_scenario({{"agent", {{"tools", {{{"nome", "x"}}}}}}}));
  EXPECT_FALSE(parse_scenario({{"agent", {{"tools", "x"}}}}));
}

}  // namespace
}  // namespace otto::sandbox::test
