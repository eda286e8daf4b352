// The agent: whoever holds the conversation. No vendor word appears here.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "otto/base/audio_format.hpp"
#include "otto/base/clock.hpp"
#include "otto/base/error.hpp"
#include "otto/base/json.hpp"
#include "otto/base/reach.hpp"
#include "otto/model/campaign.hpp"
#include "otto/rt/task.hpp"

namespace otto::ports {

/// The right to hold one conversation, fetched before the callee answers. Secret: never logged whole.
struct AgentTicket {
  std::string agent_id, url;
  std::string conversation_id;  ///< may be empty: then it comes with AgentReady
  TimePoint expires_at;

  AgentTicket() = default;
};

struct ConversationStart {
  Variables variables;
  std::string user_id;  ///< our attempt id, echoed in the provider's records
  ConversationStart() = default;
};

struct AgentReady {
  std::string conversation_id;
  AudioFormat output, input;
};  ///< output: what the agent speaks
struct AgentAudio {
  std::span<const std::uint8_t> bytes;
  std::int64_t event_id = 0;
};  ///< in the output format; valid until the sink returns
struct AgentInterruption {
  std::int64_t event_id = 0;
};  ///< the callee spoke over all audio up to this id
struct UserTranscript {
  std::string text;
  std::int64_t event_id = 0;
};
struct AgentResponse {
  std::string text;
  std::int64_t event_id = 0;
};
struct AgentCorrection {
  std::string original, corrected;
  std::int64_t event_id = 0;
};
struct AgentToolCall {
  std::string tool, call_id;
  Json parameters;
  bool expects_response = true;  ///< false: the agent has gone on already, a result would be for nobody
};  ///< answer once, within 20 s
struct AgentToolDone {
  std::string tool;
  bool is_error = false;
};  ///< a tool of the provider's own ran ("end_call", …)
struct AgentEnded {
  int code = 0;
  std::string reason, error_type;
};  ///< always the last event; code as on the wire, 1006: lost
using AgentEvent = std::variant<AgentReady, AgentAudio, AgentInterruption, UserTranscript, AgentResponse,
                                AgentCorrection, AgentToolCall, AgentToolDone, AgentEnded>;

using AgentSink = std::function<void(const AgentEvent&)>;

/// One conversation. The senders never suspend. Pings are answered inside.
class Conversation {
 public:
  virtual ~Conversation() = default;
  /// Once, and soon after open(). From here on every event goes to `sink`, on the loop and never from inside a call to
  /// the conversation; AgentEnded last, also after close().
  virtual void listen(AgentSink sink) = 0;
  /// In the format that AgentReady.input named. False: the queue is full or it has ended; dropped and counted.
  virtual bool send_audio(std::span<const std::uint8_t> bytes) = 0;
  virtual void send_context(std::string text) = 0;  ///< told to the agent without interrupting it; it does not answer
  virtual void send_user_message(std::string text) = 0;  ///< as if the callee had said it: the agent answers
  virtual void send_tool_result(std::string call_id, std::string result, bool is_error) = 0;
  virtual Reach reach() const { return {}; }  ///< what a sender touches
  virtual void expect(const Reach&) {}        ///< what the sink touches for each event: to be asked for ahead
  /// Orderly; at most 2 s; idempotent.
  virtual Task<void> close() = 0;
};

struct ConversationDetails {
  std::string status;  ///< "initiated", "in-progress", "processing", "done", "failed"
  std::string summary, termination_reason;
  std::optional<int> duration_seconds;
};

/// What a campaign asks of an agent beyond what every call needs.
struct AgentNeeds {
  seconds max_call_duration{600};
  std::vector<std::string> variables;  ///< that its contacts have
  AgentNeeds() = default;
};
struct AgentCheck {
  std::string name;
  AudioFormat output, input;
  std::vector<std::string> problems;  ///< sentences: what the agent's configuration lacks for our calls
};

class Agent {
 public:
  virtual ~Agent() = default;
  /// 5 s. NotFound: no such agent; Unauthorized; ProviderRefused (quota); RateLimited; ProviderUnavailable; TimedOut.
  virtual Task<Result<AgentTicket>> prepare(std::string agent_id) = 0;
  /// Connects and sends the start message first; 5 s. The conversation's first event is AgentReady (or AgentEnded).
  virtual Task<Result<std::unique_ptr<Conversation>>> open(AgentTicket ticket, ConversationStart start) = 0;
  virtual Task<Result<ConversationDetails>> fetch(std::string conversation_id) = 0;
  virtual Task<Result<AgentCheck>> check(std::string agent_id, AgentNeeds needs) = 0;
  /// Conversations at once that the account's plan includes. NotFound: the plan says nothing; others as for check().
  virtual Task<Result<int>> max_conversations() = 0;
};

}  // namespace otto::ports
