// One call as the carrier knows it, and the shapes in which it tells about it: the Call and Recording resources and the
// webhooks' field sets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/base/json.hpp"
#include "otto/base/text.hpp"
#include "otto/sandbox/clips.hpp"
#include "otto/sandbox/create_request.hpp"
#include "otto/sandbox/scenario.hpp"

namespace otto::sandbox {

struct StreamStats {
  std::string stream_sid, url;
  std::uint64_t frames_sent = 0, messages_received = 0, bytes_received = 0, marks_returned = 0, clears = 0;
  std::int64_t first_audio_ms = -1;  ///< from `start` to the first media message
  std::int64_t max_buffered_ms = 0;  ///< of audio in the playout buffer
  std::int64_t underrun_ms = 0;      ///< silence between two media messages that belong together (under 400 ms apart)
  std::int64_t played_ms = 0;
  std::vector<std::int64_t> clears_after_us;  ///< from the agent's interruption message to the clear, per interruption
  int violations = 0;
  std::string ended_by;  ///< "peer", "call", "handshake"
  int close_code = 0;
};

/// The other end of a transfer.
struct DialedLeg {
  std::string sid, number, caller_id;
  std::string status;  ///< "completed", "busy", "no-answer", "failed" or "canceled", as the action is told
  int duration_s = 0;
};

struct StatusEvent {
  std::string status;
  TimePoint at;
};

struct CallRecord {
  std::string sid, account_sid, attempt;  ///< attempt: the UUID in the create request's URLs
  CreateRequest request;
  Plan plan;
  TimePoint created;
  std::optional<TimePoint> started, answered, ended;
  std::string status = "queued";  ///< as the REST API says it
  std::vector<StatusEvent> history;
  std::string answered_by, ended_by;
  int detection_ms = 0, duration_s = 0, sip_code = 0, sequence = 0;
  std::int64_t queue_ms = 0;
  bool create_answered = false;  ///< the answer to the create request has left

  std::string recording_sid, recording_status;
  int recording_s = 0;
  Ulaw callee_audio, otto_audio;  ///< the two channels since the answer

  std::vector<StreamStats> streams;
  std::vector<DialedLeg> dialed;
  std::string conversation_id;
  Json callee = Json::object();  ///< what the persona said and heard
  int twiml_requests = 0, webhooks_sent = 0, webhooks_refused = 0;
  std::vector<std::string> texts_spoken;   ///< <Say>, or what <Play> played
  std::vector<std::int64_t> spoken_at_ms;  ///< each one's begin, since the answer

  bool over() const noexcept { return ended.has_value(); }
};

/// "+14155550100" → "(415) 555-0100"
std::string format_number(const std::string& e164);
Json call_json(const CallRecord& call);
Json recording_json(const CallRecord& call);
/// Ground truth for tests: /_sandbox/calls.
Json truth_json(const CallRecord& call);

/// Fields of every voice webhook.
FormFields common_fields(const CallRecord& call, const std::string& call_status);
FormFields status_fields(const CallRecord& call, const std::string& event_status, TimePoint now);
FormFields amd_fields(const CallRecord& call);
FormFields recording_fields(const CallRecord& call, const std::string& api_base);

/// The first UUID in the URLs of the create request: the caller's own name for the attempt; "" when there is none.
std::string attempt_in(const CreateRequest& request);

/// Two channels of µ-law, the shorter one padded; or one channel when `right` is null.
std::string ulaw_wav(const Ulaw& left, const Ulaw* right);

}  // namespace otto::sandbox
