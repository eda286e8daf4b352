#include "otto/sandbox/scenario.hpp"

#include <gtest/gtest.h>
#include <map>
#include <set>

#include "otto/sandbox/dice.hpp"

namespace otto::sandbox {
namespace {

std::string number(int i) { return "+1415555" + std::to_string(10'000 + i).substr(1); }

TEST(Scenario, TheSameSeedGivesEveryNumberTheSamePlanInAnyOrder) {
  Scenario scenario;
  scenario.seed = 42;
  std::map<std::string, Persona> forward;
  for (int i = 0; i < 500; ++i) forward[number(i)] = plan_call(scenario, number(i), 0).persona;
  for (int i = 499; i >= 0; --i) {
    const auto plan = plan_call(scenario, number(i), 0);
    EXPECT_EQ(plan.persona, forward[number(i)]);
    EXPECT_EQ(plan.ring, plan_call(scenario, number(i), 0).ring);
  }
  scenario.seed = 43;
  int changed = 0;
  for (int i = 0; i < 500; ++i) changed += plan_call(scenario, number(i), 0).persona != forward[number(i)];
  EXPECT_GT(changed, 200);
}

TEST(Scenario, TheMixIsKeptOverManyNumbers) {
  Scenario scenario;
  scenario.mix = {{Persona::Answers, 3}, {Persona::Busy, 1}};
  int busy = 0;
  for (int i = 0; i < 4000; ++i) busy += plan_call(scenario, number(i), 0).persona == Persona::Busy;
  EXPECT_NEAR(busy, 1000, 120);
}

TEST(Scenario, ANumbersPersonasFollowItsCallsAndTheLastRepeats) {
  const Json json{{"numbers", {{"+14155550101", {{"persona", {"busy", "no-answer", "answers"}}}}}}};
  const auto scenario = parse_scenario(json).value();

  EXPECT_EQ(plan_call(scenario, "+14155550101", 0).persona, Persona::Busy);
  EXPECT_EQ(plan_call(scenario, "+14155550101", 1).persona, Persona::NoAnswer);
  EXPECT_EQ(plan_call(scenario, "+14155550101", 2).persona, Persona::Answers);
  EXPECT_EQ(plan_call(scenario, "+14155550101", 9).persona, Persona::Answers);
}

TEST(Scenario, NumbersStartFromTheDefault) {
  const Json json{{"default", {{"ring_ms", 100}, {"webhooks", {{"lose", 0.5}}}}},
                  {"numbers", {{"+1", {{"turns", 1}}}, {"+2", "busy"}}},
                  {"agent", {{"turns", 5}}},
                  {"agents", {{"a", {{"mode", "tone"}}}}}};
  const auto scenario = parse_scenario(json).value();

  EXPECT_EQ(scenario.rule("+1").ring, milliseconds{100});
  EXPECT_EQ(scenario.rule("+1").webhooks.lose, 0.5);
  EXPECT_EQ(scenario.rule("+2").personas, std::vector<Persona>{Persona::Busy});
  EXPECT_EQ(scenario.rule("+3").ring, milliseconds{100});
  EXPECT_EQ(scenario.agent_rule("a").turns, 5);
  EXPECT_EQ(scenario.agent_rule("a").mode, AgentMode::Tone);
  EXPECT_EQ(scenario.agent_rule("b").mode, AgentMode::Speech);
}

TEST(Scenario, MisspeltFaultsAreRefusedWithTheirPath) {
  const std::vector<std::pair<const char*, const char*>> wrong{
      {R"({"number":{}})", "number"},
      {R"({"default":{"webhooks":{"loose":1}}})", "default.webhooks.loose"},
      {R"({"default":{"webhooks":{"lose":2}}})", "default.webhooks.lose"},
      {R"({"numbers":{"+1":"anwsers"}})", "numbers.+1.persona"},
      {R"({"numbers":{"+1":{"create":["accept-rst"]}}})", "numbers.+1.create.mode"},
      {R"({"numbers":{"+1":7}})", "numbers.+1"},
      {R"({"agent":{"mode":"sing"}})", "agent.mode"},
      {R"({"mix":{"answers":-1}})", "mix.answers"},
      {R"({"carrier":{"list_lag":1}})", "carrier.list_lag"}};
  for (const auto& entry : wrong) {
    const auto scenario = parse_scenario(Json::parse(entry.first));
    ASSERT_FALSE(scenario) << entry.first;
    EXPECT_NE(scenario.error().detail.find(entry.second), std::string::npos) << scenario.error().detail;
  }
}

TEST(Scenario, TheDemosFileIsValid) {
  const auto scenario = read_scenario(OTTO_SOURCE_DIR "/config/sandbox.json");
  EXPECT_TRUE(scenario) << scenario.error().detail;
}

TEST(Dice, RollsDependOnTheKeyOnly) {
  const Dice dice{1};
  EXPECT_EQ(dice.bits("a"), Dice{1}.bits("a"));
  EXPECT_NE(dice.bits("a"), dice.bits("b"));
  EXPECT_NE(dice.bits("a"), Dice{2}.bits("a"));
  std::set<std::int64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto roll = dice.between(std::to_string(i), -2, 3);
    EXPECT_GE(roll, -2);
    EXPECT_LE(roll, 3);
    seen.insert(roll);
  }
  EXPECT_EQ(seen.size(), 6U);
}

TEST(IdMaker, SidsHaveTheProvidersShapeAndDoNotRepeat) {
  IdMaker ids{5};
  std::set<std::string> seen;
  for (int i = 0; i < 2000; ++i) {
    const auto sid = ids.sid("CA");
    EXPECT_EQ(sid.size(), 34U);
    EXPECT_EQ(sid.find_first_not_of("0123456789abcdef", 2), std::string::npos);
    EXPECT_TRUE(seen.insert(sid).second);
  }
  EXPECT_NE(IdMaker{6}.sid("CA"), IdMaker{5}.sid("CA"));
}

}  // namespace
}  // namespace otto::sandbox
