// The one error type of the house: a code that a program decides by, and a sentence that a person can act on.
// What the world may do to us (network, provider, input, constraint) is an Error in a Result; an exception
// is a broken invariant.
#pragma once

#include <boost/assert/source_location.hpp>
#include <boost/system/result.hpp>
#include <cstdint>
#include <string>
#include <string_view>

namespace otto {

enum class Errc : std::uint8_t {
  Cancelled,            ///< we stopped it ourselves; never logged above debug
  TimedOut,             ///< a deadline of ours passed
  Closed,               ///< the other side, or our own shutdown, ended the connection in order
  ConnectFailed,        ///< DNS, TCP or TLS set-up failed: nothing of the request was sent
  ConnectionLost,       ///< the connection broke after something was sent
  Protocol,             ///< the peer sent something that its own protocol forbids
  TooLarge,             ///< over a documented limit
  Malformed,            ///< not parseable (HTTP 400)
  InvalidInput,         ///< parseable but wrong (HTTP 422)
  NotFound,             ///< HTTP 404
  Conflict,             ///< HTTP 409
  Unauthorized,         ///< no or wrong credentials (HTTP 401)
  Forbidden,            ///< known but not allowed (HTTP 403)
  RateLimited,          ///< HTTP 429
  ProviderRefused,      ///< a provider said no; the detail holds its words (HTTP 502)
  ProviderUnavailable,  ///< a provider is down or answers nonsense (HTTP 502)
  DatabaseUnavailable,  ///< HTTP 503
  DatabaseConflict,     ///< a constraint or a serialization failure
  Overloaded,           ///< a bounded queue is full (HTTP 503)
  Config,               ///< a setting is missing or wrong
  Internal,             ///< a broken invariant, seen at a wall (HTTP 500)
};

/// "timed_out", "invalid_input", …: the `code` of error bodies, logs and metrics.
std::string_view to_string(Errc code) noexcept;

struct Error {
  Errc code;
  std::string detail;  ///< one sentence, no secrets, personal data masked

  /// "No error": what Boost 1.81's result::error() makes of a result that holds a value.
  Error() : code{Errc::Internal} {}
  Error(Errc c, std::string sentence) : code{c}, detail{std::move(sentence)} {}
  friend bool operator==(const Error&, const Error&) = default;
};

/// Thrown only where a Result is read without having been checked; ends at a wall.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

template <class T = void>
using Result = boost::system::result<T, Error>;

}  // namespace otto
