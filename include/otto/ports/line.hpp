// The line: whoever carries our calls. No vendor word appears here.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/base/ids.hpp"
#include "otto/base/reach.hpp"
#include "otto/model/campaign.hpp"
#include "otto/model/fact.hpp"
#include "otto/rt/task.hpp"

namespace otto::ports {

struct PlaceRequest {
  AttemptId attempt;     ///< travels in every callback URL
  std::string to, from;  ///< E.164
  bool record = true;
  bool wait_for_machine_end = false;  ///< a message will be left: report a machine only when its greeting has ended
  seconds ring_timeout{30};
  seconds time_limit{600};
  std::function<bool()> may_send;  ///< asked once the connection stands, right before the first byte; false: NotSent

  PlaceRequest() = default;
};

enum class PlaceVerdict : std::uint8_t {
  Placed,     ///< call_sid is set
  NotSent,    ///< nothing of the request left us: may be tried again
  Throttled,  ///< refused unprocessed: may be tried again after retry_after
  Refused,    ///< definitely not placed, for good
  Ambiguous,  ///< nobody knows: never send again, find out
};
/// Whom a refusal concerns.
enum class RefusalScope : std::uint8_t { Contact, Country, CallerId, Campaign, Account };

struct PlaceResult {
  PlaceVerdict verdict = PlaceVerdict::Ambiguous;
  std::string call_sid;
  RefusalScope scope = RefusalScope::Contact;
  std::string error_code;  ///< the provider's number, or empty
  std::string message;     ///< one sentence
  milliseconds retry_after{0};

  PlaceResult() = default;
};

/// One call as the line's API shows it.
struct LineCall {
  std::string call_sid, to, from, direction;
  LegStatus status = LegStatus::Queued;
  std::optional<TimePoint> created_at, started_at, ended_at;
  std::optional<int> duration_seconds;
  std::optional<AnsweredBy> answered_by;
};

struct LineRecording {
  std::string sid, url, status;
  std::optional<int> duration_seconds;
};

/// Connects a live call's callee with somebody else.
struct TransferRequest {
  std::string call_sid;
  AttemptId attempt;     ///< for what the line asks us when the other number does not answer
  std::string to, from;  ///< E.164; from: the caller id that the other sees
  seconds ring_timeout{30};

  TransferRequest() = default;
};

class Line {
 public:
  virtual ~Line() = default;
  /// Never throws and never retries by itself; ends within 12 s.
  virtual Task<PlaceResult> place(PlaceRequest request) = 0;
  /// Ends the call in whatever state it is; already ended counts as done.
  virtual Task<Result<void>> hang_up(std::string call_sid) = 0;
  /// Speaks `text` to the callee and hangs up; replaces whatever the call was doing. NotFound: it has ended.
  virtual Task<Result<void>> say_and_hang_up(std::string call_sid, std::string text) = 0;
  /// The same with the sound at `url`, which the line fetches itself.
  virtual Task<Result<void>> play_and_hang_up(std::string call_sid, std::string url) = 0;
  /// Takes the callee out of the media, whose link then ends, and rings `to`; the line hangs up when the two are
  /// through. NotFound: the call has ended.
  virtual Task<Result<void>> transfer(TransferRequest request) = 0;
  /// NotFound when the line does not know the SID.
  virtual Task<Result<LineCall>> fetch(std::string call_sid) = 0;
  /// All outbound calls from `from` to `to` that the line remembers, newest first, queued ones included.
  virtual Task<Result<std::vector<LineCall>>> list(std::string to, std::string from) = 0;
  virtual Task<Result<std::vector<LineRecording>>> recordings(std::string call_sid) = 0;
  /// Whether our credentials work, for health checks; Unauthorized, ProviderUnavailable, …
  virtual Task<Result<std::string>> check() = 0;
};

// ---- the media of one live call -------------------------------------------------------------------------------

struct LinkAudio {
  std::span<const std::uint8_t> ulaw;  ///< 8 kHz mono µ-law, usually 160 bytes; valid until the sink returns
  std::int64_t timestamp_ms = 0;       ///< since the stream's start
};
struct LinkDtmf {
  char digit = 0;
};
struct LinkMark {
  std::string name;
};
struct LinkEnded {
  std::string reason;
};  ///< "stop", "closed", "silent" …; always the last event
using LinkEvent = std::variant<LinkAudio, LinkDtmf, LinkMark, LinkEnded>;
using LinkSink = std::function<void(const LinkEvent&)>;

/// Two-way audio with the callee. The senders never suspend (bounded queues inside).
class MediaLink {
 public:
  virtual ~MediaLink() = default;
  virtual const std::string& call_sid() const = 0;
  /// Once. From here on every event goes to `sink`, on the loop and never from inside a call to the link; what came
  /// earlier has waited in the network. A sink per frame instead of a coroutine: fifty of them a second and call.
  virtual void listen(LinkSink sink) = 0;
  /// Any length of 8 kHz µ-law. False: the queue is full or the link has ended; the audio is dropped and counted.
  virtual bool send_audio(std::span<const std::uint8_t> ulaw) = 0;
  virtual void send_mark(std::string_view name) = 0;  ///< comes back as LinkMark once what was sent before has played
  virtual void clear() = 0;                           ///< drops what the line has buffered; its marks come back at once
  virtual Reach reach() const { return {}; }          ///< what a sender touches
  virtual void expect(const Reach&) {}                ///< what the sink touches for each event: to be asked for ahead
  /// Orderly; at most 2 s; idempotent.
  virtual Task<void> close() = 0;
};

}  // namespace otto::ports
