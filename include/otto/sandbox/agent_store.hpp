// The agents' provider without its sockets: agents as configured by REST, signed URLs, conversations and their records.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "otto/base/audio_format.hpp"
#include "otto/base/clock.hpp"
#include "otto/base/json.hpp"
#include "otto/sandbox/scenario.hpp"

namespace otto::sandbox {

/// An agent's body with the provider's defaults filled in, as GET shows it.
Json complete_agent(Json body, const std::string& agent_id);
/// The one that the demo uses: µ-law both ways, end_call, all the events that a telephone bridge needs.
Json default_agent(const std::string& format);
/// RFC 7396, as PATCH merges.
void merge_patch(Json& target, const Json& patch);
/// Names used as {{name}} in the agent's texts, and in its tools' ("tool_texts"), without a placeholder.
std::vector<std::string> required_variables(const Json& agent);
std::string fill_in(std::string text, const Json& variables);
AudioFormat format_of(const Json& agent, bool output);
bool sends_event(const Json& agent, std::string_view event);

struct Transcript {
  std::string role, message;
  std::int64_t at_ms = 0;
  bool interrupted = false;
  std::string original;
};

struct ConversationRecord {
  std::string id, agent_id, status = "initiated";
  TimePoint minted;
  std::optional<TimePoint> started, ended;
  AudioFormat output, input;
  Json init = Json::object();  ///< the start message as it came
  std::vector<Transcript> transcript;
  std::string termination_reason, error_type, call_sid;
  int close_code = 0;
  std::string close_reason;
  bool closed_by_us = false;
  // What the wire showed.
  std::uint64_t bytes_in = 0, chunks_in = 0, bytes_out = 0, audio_events = 0, pings = 0, pongs = 0, interruptions = 0;
  std::int64_t first_audio_in_ms = -1, max_gap_in_ms = 0, pong_max_ms = 0, ms = 0;
  int user_turns = 0, agent_turns = 0;
  std::vector<std::uint8_t> heard;  ///< in the input format
  Json contexts = Json::array();    ///< contextual_update texts
  Json tools = Json::array();       ///< client tool calls and their results
};
/// The GET …/conversations/{id} model.
Json conversation_json(const ConversationRecord& record, TimePoint now);
/// /_sandbox/conversations.
Json truth_json(const ConversationRecord& record);

/// The start message judged. `refuse` closes with 1008.
struct InitVerdict {
  bool refuse = false;
  std::string error_type, message;
};
InitVerdict judge_init(const Json& message, const Json& agent);

}  // namespace otto::sandbox
