// Whoever or whatever picks up: the outcome that is stored, and what was heard at the other end.
#include "tests/system/world.hpp"

namespace otto::system_test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

const Json kTown = Json::parse(R"({
  "numbers": {"+14155550101": {"persona": "answers", "turns": 1},
              "+14155550102": {"persona": "hangs-up-early", "talk_ms": 2600},
              "+14155550103": "voicemail", "+14155550104": "fax", "+14155550105": "busy",
              "+14155550106": "no-answer", "+14155550107": {"persona": "failed", "sip_code": 603},
              "+14155550108": {"persona": "rejects", "refuse_code": 21217},
              "+14155550109": {"persona": "tone", "talk_ms": 3000}, "+14155550110": "screening",
              "+14155550111": {"persona": "interrupts", "turns": 1}, "+14155550112": "silent",
              "+14155550113": "voicemail", "+14155550114": "voicemail", "+14155550115": "voicemail"},
  "agents": {"agent_sandbox": {"turns": 1, "first_message_ms": 1500},
             "agent_sandbox_pcm_16000": {"turns": 1}}
})");

struct Expected {
  int number;
  const char *status, *outcome;
};

class Personas : public SystemTest {};

TEST_F(Personas, EachHasItsOutcome) {
  World& world = make_world(kTown);

  // All at once: the longest of them, a voicemail greeting and what follows it, decides how long this takes.
  const std::string day = world.trigger(contacts(1, 10));
  const std::string talkers = world.trigger(contacts(11, 11), {{"agentId", "agent_sandbox_pcm_16000"}});
  const std::string patience = world.trigger(contacts(12, 12), {{"maxCallDuration", 4}});
  const Json message{{"action", "message"}, {"message", "Hello {{customerName}}, please call us back."}};
  const std::string messages = world.trigger(contacts(13, 13), {{"voicemail", message}});
  const std::string agents = world.trigger(contacts(14, 14), {{"voicemail", {{"action", "agent"}}}});
  const std::string hasty = world.trigger(contacts(15, 15), {{"callScreening", "ignore"}});
  const Json results = world.ended(day);
  for (const std::string& id : {talkers, patience, messages, agents, hasty})
    EXPECT_EQ(world.ended(id)["contactsCompleted"], 1);

  EXPECT_THAT(world.differences(), IsEmpty());
  EXPECT_THAT(world.violations(), IsEmpty());
  for (const Expected& expected : std::initializer_list<Expected>{{1, "COMPLETED", "HUMAN_ANSWERED"},
                                                                  {2, "COMPLETED", "HUMAN_ANSWERED"},
                                                                  {3, "COMPLETED", "VOICEMAIL"},
                                                                  {4, "COMPLETED", "FAILED"},
                                                                  {5, "BUSY", "BUSY"},
                                                                  {6, "NO_ANSWER", "NO_ANSWER"},
                                                                  {7, "FAILED", "FAILED"},
                                                                  {9, "COMPLETED", "HUMAN_ANSWERED"},
                                                                  {10, "COMPLETED", "VOICEMAIL"},
                                                                  {11, "COMPLETED", "HUMAN_ANSWERED"},
                                                                  {12, "COMPLETED", "HUMAN_ANSWERED"},
                                                                  {13, "COMPLETED", "VOICEMAIL"},
                                                                  {14, "COMPLETED", "VOICEMAIL"},
                                                                  {15, "COMPLETED", "VOICEMAIL"}}) {
    const Json row = world.row_of(phone(expected.number));
    EXPECT_EQ(text_at(row, "status"), expected.status) << phone(expected.number) << " " << row;
    EXPECT_EQ(text_at(row, "outcome"), expected.outcome) << phone(expected.number) << " " << row;
  }
  EXPECT_EQ(results["contactsCompleted"].get<int>() + results["contactsFailed"].get<int>(), 10);

  // The refused create left no call, and so no row.
  EXPECT_TRUE(world.calls_to(phone(8)).empty());
  EXPECT_TRUE(world.row_of(phone(8)).is_null());
  EXPECT_THAT(text_at(world.row_of(phone(4)), "notes"), HasSubstr("fax"));
  EXPECT_THAT(text_at(world.row_of(phone(7)), "notes"), HasSubstr("603"));

  const Json answers = world.calls_to(phone(1))[0];
  EXPECT_EQ(answers["callee"]["answers"], 1);
  EXPECT_EQ(answers["endedBy"], "api");
  EXPECT_GE(answers["streams"][0]["marksReturned"].get<int>(), 1) << "the goodbye was not waited for";

  // The agent was cut off at once: what it had not said by then was thrown away.
  const Json interrupts = world.calls_to(phone(11))[0];
  EXPECT_EQ(interrupts["callee"]["interruptions"], 1);
  EXPECT_GE(interrupts["streams"][0]["clears"].get<int>(), 1);
  EXPECT_LE(interrupts["streams"][0]["maxBufferedMs"].get<int>(), 400);
  EXPECT_THAT(text_at(world.row_of(phone(11)), "transcript"), HasSubstr("...")) << "the interrupted turn is not cut";

  const Json silent = world.row_of(phone(12));
  EXPECT_GE(silent["duration"].get<int>(), 4);
  EXPECT_LE(silent["duration"].get<int>(), 5);

  // Hung up on before the greeting was over: at the verdict, or when it has not turned out to be a screener.
  EXPECT_LE(world.row_of(phone(15))["duration"].get<int>(), 4);
  EXPECT_LE(world.row_of(phone(3))["duration"].get<int>(), 12);
  EXPECT_THAT(text_at(world.row_of(phone(3)), "notes"), HasSubstr("machine_start"));

  // The line calls a screener a machine; it is answered all the same.
  EXPECT_EQ(world.row_of(phone(10))["answeredBy"], "machine_start");
  EXPECT_THAT(text_at(world.row_of(phone(10)), "notes"), HasSubstr("nobody came to the phone"));

  // A message only after the beep.
  const Json left = world.calls_to(phone(13))[0];
  ASSERT_EQ(left["spoken"].size(), 1U);
  EXPECT_EQ(left["spoken"][0], "Hello Customer 13, please call us back.");
  EXPECT_EQ(left["answeredBy"], "machine_end_beep");
  EXPECT_GE(left["callee"]["messageMs"].get<int>(), 1000);
  EXPECT_GE(world.calls_to(phone(14))[0]["callee"]["heardMs"].get<int>(), 1000);
}

}  // namespace
}  // namespace otto::system_test
