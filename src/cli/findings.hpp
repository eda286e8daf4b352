// What the doctor makes of what it has seen: pure judgements, each with what to do about it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "otto/elevenlabs/subscription.hpp"
#include "otto/net/message.hpp"
#include "otto/net/probe.hpp"
#include "otto/twilio/account.hpp"

namespace otto::cli {

enum class Level : std::uint8_t {
  Ok,
  Warning,  ///< calls can be made; somebody should look at it
  Bad,
};

struct Finding {
  std::string what;
  Level level = Level::Ok;
  std::string detail;  ///< what was found, and with anything but Ok what to do
};

/// The result's sentence, as it is.
Finding plain(std::string what, const Result<std::string>& result);

/// Whether strangers find the host of BASE_URL.
Finding judge_address(const std::string& base_url, const Result<std::vector<net::HostAddress>>& found);
/// Expired certificates fail the handshake; this one warns two weeks ahead.
Finding judge_certificate(const Result<net::ServerCertificate>& shown, TimePoint now);

/// A webhook as Twilio would send it, to BASE_URL: signed, and once more with a signature that is none.
struct RoundTrip {
  Result<net::Response> genuine = Error{Errc::Internal, "not tried"};
  Result<net::Response> forged = Error{Errc::Internal, "not tried"};
  bool is_here = true;            ///< a daemon answers at HOST and PORT of this machine
  std::string local_address;      ///< where that is
  std::string base_url;           ///< ours
  std::string base_url_in_force;  ///< the daemon's, as it says itself; empty: it does not tell
};
Finding judge_webhooks(const RoundTrip& trip);
/// The media stream's WebSocket through BASE_URL, where webhooks pass.
Finding judge_media_stream(const Result<void>& opened, const std::string& base_url);

Finding judge_account(const Result<twilio::Account>& account);
Finding judge_balance(const Result<std::optional<twilio::Balance>>& balance);
Finding judge_caller_ids(const std::vector<std::pair<std::string, Result<twilio::CallerIdKind>>>& numbers);
Finding judge_credits(const Result<elevenlabs::Subscription>& subscription);

/// When a provider's answer was made, by its Date header, and when we asked and heard.
struct ClockSample {
  std::string who;
  TimePoint sent, received, date;
};
/// How far our clock is ahead (negative: behind), as little as the sample allows: of the other's second and of the way
/// nothing is known.
milliseconds least_skew(const ClockSample& sample);
/// Over 5 s is worth a look, over a minute makes providers refuse what is signed with a time. The nearest of several
/// counts: a provider's clock may be wrong too.
Finding judge_clock(const std::vector<ClockSample>& samples);

}  // namespace otto::cli
