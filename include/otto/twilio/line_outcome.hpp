// What the answer to `POST Calls` means, as a pure function: placed, surely not placed, or ambiguous. A create has no
// idempotency key, so everything that is not surely the one or the other is Ambiguous and is never sent again.
// Twilio's error codes, whom each concerns and what a person can do about it are data (error_codes()).
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "otto/base/clock.hpp"
#include "otto/base/error.hpp"
#include "otto/ports/line.hpp"

namespace otto::twilio {

struct ErrorCode {
  int code;
  ports::RefusalScope scope;
  bool may_retry;           ///< refused unprocessed for a passing reason: Throttled instead of Refused
  std::string_view advice;  ///< what happened and what to do, without a full stop
};
/// Sorted by code.
std::span<const ErrorCode> error_codes() noexcept;
const ErrorCode* find_error_code(int code) noexcept;

/// Twilio's error body, as far as it could be read.
struct ErrorBody {
  std::optional<int> code;
  std::string message;  ///< Twilio's own words, phone numbers masked, at most 300 bytes
};
/// nullopt when the body is not a JSON object.
std::optional<ErrorBody> parse_error_body(std::string_view body);

/// "<advice> (Twilio error 21211: The 'To' number … is not valid)."; `status` stands in where the body tells nothing.
std::string error_sentence(std::string_view advice, const std::optional<ErrorBody>& body, int status);

/// What came back for a create request.
struct CreateAnswer {
  bool sent_any = false;       ///< whether a byte of the request may have left us
  std::optional<Error> error;  ///< no whole answer
  int status = 0;              ///< otherwise its HTTP status, body and Retry-After
  std::string body, retry_after;
  std::string to;  ///< whom the request named
  TimePoint now;

  CreateAnswer() = default;
};
ports::PlaceResult classify(const CreateAnswer& answer);

}  // namespace otto::twilio
