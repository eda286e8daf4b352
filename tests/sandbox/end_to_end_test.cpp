#include <algorithm>

#include "tests/sandbox/world_fixture.hpp"

namespace otto::sandbox::test {
namespace {

using EndToEnd = WorldFixture;
using Strings = std::vector<std::string>;

TEST_F(EndToEnd, ACallIsReportedFromQueueToRecording) {
  const Json scenario{{"numbers", {{kTo, {{"persona", "hangs-up-early"}, {"talk_ms", 1600}}}}}};
  play(scenario, [&]() -> Task<void> {
    const auto sid = co_await create(create_form());
    co_await over(sid);

    EXPECT_EQ(otto->values("/status", "CallStatus"), (Strings{"initiated", "ringing", "in-progress", "completed"}));
    EXPECT_EQ(otto->values("/status", "SequenceNumber"), (Strings{"0", "1", "2", "3"}));
    EXPECT_EQ(otto->values("/status", "CallDuration").back(), "2");
    EXPECT_EQ(otto->values("/status", "Duration").back(), "1");
    EXPECT_EQ(otto->values("/twiml", "CallStatus"), (Strings{"in-progress"}));
    EXPECT_EQ(otto->values("/recording", "RecordingChannels"), (Strings{"2"}));
    EXPECT_TRUE(otto->values("/end", "CallSid").empty()) << "the callee hung up";
    EXPECT_EQ(otto->started["start"]["callSid"], sid);
    EXPECT_EQ(otto->started["start"]["customParameters"]["token"], "t1");
    EXPECT_EQ(otto->started["sequenceNumber"], "1");
    EXPECT_GT(otto->frames, 60);
    EXPECT_EQ(call(sid).attempt, kAttempt);
    EXPECT_EQ(call(sid).ended_by, "callee");
    EXPECT_GT(call(sid).callee["heardMs"], 300) << "its own hello came back";
    EXPECT_EQ(violations(), "[]");
    EXPECT_EQ(otto->wrong_signatures, 0);

    const auto media = co_await request("GET", account() + "/Recordings/" + call(sid).recording_sid + ".wav");
    EXPECT_EQ(media.response->status, 200);
    EXPECT_GT(media.response->body.size(), 2UL * 8000 * 3 / 2);
    const std::string recording = account() + "/Recordings/" + call(sid).recording_sid;
    EXPECT_EQ((co_await request("DELETE", recording + ".json")).response->status, 204);
    EXPECT_EQ((co_await request("GET", recording + ".wav")).response->status, 404);
    EXPECT_EQ((co_await request("DELETE", recording + ".json")).response->status, 404);
  });
}

TEST_F(EndToEnd, AConversationWithAnInterruptionEndsWithTheAgentsGoodbye) {
  const Json scenario{{"numbers", {{kTo, {{"persona", "interrupts"}, {"turns", 1}}}}}, {"agent", {{"turns", 1}}}};
  play(scenario, [&]() -> Task<void> {
    const auto target = "/v1/convai/conversation/get-signed-url?agent_id=agent_sandbox&include_conversation_id=true";
    const auto signed_url = co_await request("GET", target);
    otto->agent_url = text_at(Json::parse(signed_url.response->body), "signed_url");
    otto->agent_start = {{"type", "conversation_initiation_client_data"},
                         {"user_id", kAttempt},
                         {"dynamic_variables", {{"customerName", "Maria"}}}};
    otto->media = Media::Bridge;
    const auto sid = co_await create(create_form());
    co_await over(sid);

    const auto& record = call(sid);
    EXPECT_EQ(violations(), "[]");
    EXPECT_EQ(record.answered_by, "human");
    EXPECT_EQ(record.callee["interruptions"], 1);
    EXPECT_EQ(record.streams.at(0).clears, 1U);
    EXPECT_EQ(record.streams.at(0).ended_by, "peer");
    EXPECT_EQ(otto->marks, Strings{"bye"});
    EXPECT_EQ(otto->values("/end", "CallSid"), Strings{sid}) << "the Connect action";
    EXPECT_EQ(record.ended_by, "twiml");
    const auto talk = sandbox->agents().find(record.conversation_id);
    EXPECT_TRUE(talk);
    EXPECT_EQ(talk->call_sid, sid);
    EXPECT_EQ(talk->close_code, 1000);
    EXPECT_EQ(talk->user_turns, 1);
    EXPECT_EQ(talk->interruptions, 1U);
    EXPECT_EQ(talk->transcript.at(0).original, "Hello Maria, this is Otto. Do you have a minute?");
    EXPECT_EQ(talk->transcript.at(1).message, "Yes, this is me. Tomorrow morning works, thank you for calling.");
    EXPECT_GE(talk->pongs, 2U);
    const Strings events{"conversation_initiation_metadata",
                         "agent_response",
                         "interruption",
                         "agent_response_correction",
                         "user_transcript",
                         "agent_response",
                         "agent_tool_request",
                         "agent_tool_response"};
    EXPECT_EQ(otto->agent_events, events);
  });
}

TEST_F(EndToEnd, AnUnansweredPingEndsTheConversation) {
  const Json scenario{{"numbers", {{kTo, {{"persona", "silent"}, {"talk_ms", 20'000}}}}}, {"agent", {{"turns", 1}}}};
  play(scenario, [&]() -> Task<void> {
    const auto target = "/v1/convai/conversation/get-signed-url?agent_id=agent_sandbox&include_conversation_id=true";
    const auto signed_url = co_await request("GET", target);
    otto->agent_url = text_at(Json::parse(signed_url.response->body), "signed_url");
    otto->agent_start = {{"type", "conversation_initiation_client_data"}, {"user_id", kAttempt}};
    otto->media = Media::Bridge;
    otto->answers_pings = false;
    const auto sid = co_await create(create_form());
    co_await over(sid);

    const auto talk = sandbox->agents().find(call(sid).conversation_id);
    EXPECT_TRUE(talk);
    EXPECT_EQ(talk->pongs, 0U);
    EXPECT_EQ(talk->close_code, 1002);
    EXPECT_LT(talk->ms, 6000);
    EXPECT_NE(violations().find("was not answered within"), std::string::npos) << violations();
  });
}

TEST_F(EndToEnd, TonesPassBothWaysAndAreKept) {
  const Json scenario{{"numbers", {{kTo, {{"persona", "tone"}, {"talk_ms", 1500}}}}}, {"agent", {{"mode", "tone"}}}};
  play(scenario, [&]() -> Task<void> {
    const auto target = "/v1/convai/conversation/get-signed-url?agent_id=agent_sandbox&include_conversation_id=true";
    const auto signed_url = co_await request("GET", target);
    otto->agent_url = text_at(Json::parse(signed_url.response->body), "signed_url");
    otto->agent_start = {{"type", "conversation_initiation_client_data"}, {"user_id", kAttempt}};
    otto->media = Media::Bridge;
    const auto sid = co_await create(create_form());
    co_await over(sid);

    const auto tone = encode_ulaw(make_tone(1000, 8000, 0, 8));
    const auto& line = call(sid).otto_audio;
    const auto heard = static_cast<std::size_t>(
        std::count_if(line.begin(), line.end(), [](std::uint8_t code) { return code != 0xFF; }));
    EXPECT_GT(heard, 6000U) << "most of 1.5 s";
    const auto talk = sandbox->agents().find(call(sid).conversation_id);
    EXPECT_TRUE(std::search(talk->heard.begin(), talk->heard.end(), tone.begin(), tone.end()) != talk->heard.end());
    const auto wav = co_await request("GET", "/_sandbox/conversations/" + talk->id + "/heard.wav");
    EXPECT_EQ(wav.response->status, 200);
    EXPECT_TRUE(wav.response->body.starts_with("RIFF"));
    EXPECT_EQ(violations(), "[]");
  });
}

TEST_F(EndToEnd, NobodyPicksUpEndsAreToldApart) {
  struct Case {
    std::string persona, status, sip;
    Strings statuses;
  };
  const std::vector<Case> cases{{"busy", "busy", "486", {"initiated", "busy"}},
                                {"no-answer", "no-answer", "487", {"initiated", "ringing", "no-answer"}},
                                {"failed", "failed", "404", {"initiated", "failed"}}};
  for (const auto& expected : cases) {
    told = false;
    loop.restart();
    const Json scenario{{"numbers", {{kTo, {{"persona", expected.persona}, {"sip_code", 404}}}}}};
    play(scenario, [&]() -> Task<void> {
      const auto sid = co_await create(create_form());
      co_await over(sid);
      co_await timers.sleep_for(milliseconds{50});

      EXPECT_EQ(otto->values("/status", "CallStatus"), expected.statuses);
      EXPECT_EQ(otto->values("/status", "SipResponseCode").back(), expected.sip);
      EXPECT_TRUE(otto->values("/twiml", "CallSid").empty());
      EXPECT_EQ(call_json(call(sid))["duration"], nullptr);
    });
  }
}

TEST_F(EndToEnd, BadMediaMessagesAreReportedOnce) {
  const Json scenario{{"numbers", {{kTo, {{"persona", "hangs-up-early"}, {"talk_ms", 1000}}}}}};
  play(scenario, [&]() -> Task<void> {
    otto->media = Media::Break;
    otto->break_with = {R"({"event":"media","streamSid":"$SID","media":{"payload":"/////w==","track":"outbound"}})",
                        R"({"event":"media","streamSid":"MZ0","media":{"payload":"/////w=="}})",
                        R"({"event":"mark","streamSid":"$SID","mark":{"name":"m1"}})"};
    const auto sid = co_await create(create_form());
    co_await over(sid);

    const auto& list = sandbox->world().ledger.violations();
    EXPECT_EQ(list.size(), 1U) << violations();
    EXPECT_EQ(list[0]["code"], 31951);
    EXPECT_EQ(otto->marks, Strings{"m1"}) << "a good message after bad ones still counts";
  });
}

TEST_F(EndToEnd, CreateFaultsPlaceOrRefuseAsNamed) {
  const Json faults{"accept-reset",   "accept-reset-headers", "accept-reset-body", "accept-5xx",
                    "accept-garbage", "reject-reset",         "reject-5xx",        "429"};
  const Json scenario{{"numbers", {{kTo, {{"persona", "busy"}, {"create", faults}}}}}};
  play(scenario, [&]() -> Task<void> {
    std::vector<int> statuses;
    std::vector<std::size_t> placed;
    for (std::size_t i = 0; i < faults.size(); ++i) {
      co_await create(create_form());
      statuses.push_back(last_status);
      placed.push_back(sandbox->carrier().calls().size());
    }
    EXPECT_EQ(statuses, (std::vector<int>{0, 0, 0, 503, 201, 0, 503, 429}));
    EXPECT_EQ(placed, (std::vector<std::size_t>{1, 2, 3, 4, 5, 5, 5, 5}));
    const auto sid = co_await create(create_form());
    EXPECT_EQ(last_status, 201) << "the list of faults is used up";
    co_await over(sid);
  });
}

TEST_F(EndToEnd, ARedirectTakesTheLineFromTheStream) {
  const Json scenario{{"numbers", {{kTo, {{"persona", "silent"}, {"talk_ms", 20'000}}}}}};
  play(scenario, [&]() -> Task<void> {
    const auto sid = co_await create(create_form());
    while (otto->frames < 10) co_await timers.sleep_for(milliseconds{10});
    const FormFields form{{"Twiml", "<Response><Say>Hello machine</Say><Hangup/></Response>"}};
    const auto answer = co_await request("POST", account() + "/Calls/" + sid + ".json", form);
    EXPECT_EQ(answer.response->status, 200);
    co_await over(sid);

    EXPECT_EQ(call(sid).texts_spoken, Strings{"Hello machine"});
    EXPECT_EQ(call(sid).streams.at(0).ended_by, "call");
    EXPECT_EQ(call(sid).ended_by, "twiml");
    EXPECT_EQ(violations(), "[]");
    const auto late = co_await request("POST", account() + "/Calls/" + sid + ".json", {{"Status", "completed"}});
    EXPECT_EQ(late.response->status, 400);
    EXPECT_EQ(Json::parse(late.response->body)["code"], 21220);
  });
}

}  // namespace
}  // namespace otto::sandbox::test
