// Builders for facts, shared by the room's tests.
#pragma once

#include <string>

#include "otto/model/fact.hpp"
#include "otto/model/state.hpp"

namespace otto::test {

inline const TimePoint kStart{seconds{1'770'000'000}};
inline const std::string kSid = "CA00000000000000000000000000000001";

inline Fact make_fact(FactKind kind, int second, std::string key = {}) {
  Fact fact{kind};
  fact.at = kStart + seconds{second};
  fact.dedupe_key = key.empty() ? std::string{to_string(kind)} + std::to_string(second) : std::move(key);
  return fact;
}

inline Fact on_call(FactKind kind, int second) {
  Fact fact = make_fact(kind, second);
  fact.call_sid = kSid;
  return fact;
}

inline Fact make_status(LegStatus status, int second, int sequence) {
  Fact fact = on_call(FactKind::Status, second);
  fact.status = status;
  fact.sequence = sequence;
  fact.dedupe_key = kSid + ":status:" + std::to_string(sequence);
  return fact;
}

inline Fact make_end(LegStatus status, int second, int sequence, int duration = 0, int sip = 200) {
  Fact fact = make_status(status, second, sequence);
  fact.duration_seconds = duration;
  fact.sip_code = sip;
  return fact;
}

inline Fact make_fetched(LegStatus status, int second, int duration) {
  Fact fact = on_call(FactKind::Fetched, second);
  fact.status = status;
  fact.duration_seconds = duration;
  return fact;
}

inline Fact make_amd(AnsweredBy who, int second) {
  Fact fact = on_call(FactKind::Amd, second);
  fact.answered_by = who;
  return fact;
}

inline Fact make_recording(const std::string& status, int second, int length = 40) {
  Fact fact = on_call(FactKind::Recording, second);
  fact.dedupe_key = "recording:" + status;
  fact.recording_status = status;
  fact.recording_sid = "RE00000000000000000000000000000001";
  if (status != "absent") fact.recording_url = "https://api.twilio.com/recordings/1";
  fact.recording_seconds = length;
  return fact;
}

inline Fact make_conversation_end(int second, const std::string& reason, int user_turns, int agent_turns) {
  Fact fact = on_call(FactKind::ConversationEnded, second);
  fact.conversation_id = "conv_1";
  fact.reason = reason;
  fact.user_turns = user_turns;
  fact.agent_turns = agent_turns;
  return fact;
}

inline Fact with_reason(Fact fact, std::string reason) {
  fact.reason = std::move(reason);
  return fact;
}

}  // namespace otto::test
