#include "otto/base/error.hpp"

#include <stdexcept>

namespace otto {

std::string_view to_string(Errc code) noexcept {
  switch (code) {
    case Errc::Cancelled:
      return "cancelled";
    case Errc::TimedOut:
      return "timed_out";
    case Errc::Closed:
      return "closed";
    case Errc::ConnectFailed:
      return "connect_failed";
    case Errc::ConnectionLost:
      return "connection_lost";
    case Errc::Protocol:
      return "protocol";
    case Errc::TooLarge:
      return "too_large";
    case Errc::Malformed:
      return "malformed";
    case Errc::InvalidInput:
      return "invalid_input";
    case Errc::NotFound:
      return "not_found";
    case Errc::Conflict:
      return "conflict";
    case Errc::Unauthorized:
      return "unauthorized";
    case Errc::Forbidden:
      return "forbidden";
    case Errc::RateLimited:
      return "rate_limited";
    case Errc::ProviderRefused:
      return "provider_refused";
    case Errc::ProviderUnavailable:
      return "provider_unavailable";
    case Errc::DatabaseUnavailable:
      return "database_unavailable";
    case Errc::DatabaseConflict:
      return "database_conflict";
    case Errc::Overloaded:
      return "overloaded";
    case Errc::Config:
      return "config";
    case Errc::Internal:
      return "internal";
  }
  return "internal";
}

void throw_exception_from_error(const Error& error, const boost::source_location& where) {
  throw std::logic_error{"a result was read although it holds an error (" + std::string{to_string(error.code)} + ": " +
                         error.detail + ") at " + where.to_string()};
}

}  // namespace otto
