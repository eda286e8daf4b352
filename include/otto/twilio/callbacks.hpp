// What Twilio reports by webhook, as facts. The signature has been checked before; here fields are read leniently:
// unknown ones are ignored, missing or odd ones leave the fact's field empty, since Twilio adds fields and values
// without notice. `Duration` (billed minutes) is never read.
#pragma once

#include <string>
#include <string_view>

#include "otto/base/clock.hpp"
#include "otto/base/text.hpp"
#include "otto/model/fact.hpp"

namespace otto::twilio {

struct Callback {
  std::string_view account_sid;   ///< ours: a callback of another account is refused
  std::string_view api_base_url;  ///< recordings elsewhere are never believed
  const FormFields& form;
  std::string_view body;               ///< raw, for the dedupe key
  std::string_view idempotency_token;  ///< the I-Twilio-Idempotency-Token header, or ""
  TimePoint now;                       ///< the fact's time where Twilio gives none
};

/// The CallSid of any callback. Malformed: none, or not a SID; Forbidden: another account's.
Result<std::string> callback_call_sid(const Callback& callback);

// Each answers callback_call_sid()'s errors.

/// A call progress event: kind Status.
Result<Fact> parse_status(const Callback& callback);
/// The verdict of asynchronous answering-machine detection: kind Amd.
Result<Fact> parse_amd(const Callback& callback);
/// A recording's state: kind Recording. The URL is our account's on our API host, or built from the RecordingSid.
Result<Fact> parse_recording(const Callback& callback);
/// The request for the answered call's TwiML: kind Answered.
Result<Fact> parse_twiml_request(const Callback& callback);
/// A stream's state: StreamStarted or StreamEnded. Malformed for an event that is neither.
Result<Fact> parse_stream_status(const Callback& callback);

}  // namespace otto::twilio
