#include "findings.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "otto/base/plural.hpp"
#include "otto/base/text.hpp"
#include "otto/net/private_host.hpp"

namespace otto::cli {

namespace {

constexpr std::chrono::days kCertificateSoon{14};
constexpr double kLowBalance = 20;        // of whatever currency: some hours of calls
constexpr std::int64_t kLowCredits = 10;  // percent
constexpr milliseconds kSkewToLookAt{5'000}, kSkewThatFails{60'000};

Finding good(std::string what, std::string detail) { return {std::move(what), Level::Ok, std::move(detail)}; }
Finding warning(std::string what, std::string detail) { return {std::move(what), Level::Warning, std::move(detail)}; }
Finding bad(std::string what, std::string detail) { return {std::move(what), Level::Bad, std::move(detail)}; }

std::string host_of(const std::string& url) {
  const auto parsed = net::parse_url(url);
  return parsed ? parsed->host : url;
}

std::string code_of(const net::Response& answer) {
  const auto body = parse_json(answer.body);
  return body ? text_at(body->value("error", Json::object()), "code") : "";
}

bool is_gateway(int status) { return status == 502 || status == 503 || status == 504; }

std::string not_tried(const RoundTrip& trip) {
  return "not tried: no daemon answers at " + trip.local_address + ". Start `otto serve` and ask again";
}

/// Why a genuine signature was refused.
std::string why_refused(const RoundTrip& trip) {
  if (!trip.base_url_in_force.empty() && trip.base_url_in_force != trip.base_url)
    return "the daemon runs with BASE_URL=" + trip.base_url_in_force + ", these settings say " + trip.base_url +
           ": restart it, or mend the settings";
  return "the daemon refuses what is signed with TWILIO_AUTH_TOKEN for " + trip.base_url +
         ": either it runs with another token (restart it), or a proxy changes the path or the query on the way (it "
         "must pass both as they are)";
}

Finding judge_answer(const RoundTrip& trip, const net::Response& answer) {
  const std::string status = std::to_string(answer.status);
  if (answer.status == 403 && code_of(answer) == "bad_signature") return bad("webhooks", why_refused(trip));
  if (answer.status >= 300 && answer.status < 400)
    return bad("webhooks", trip.base_url + " leads on to " + mask_url(answer.headers.get("Location")) +
                               ", and Twilio's signature would no longer fit: name the final address in BASE_URL");
  if (is_gateway(answer.status) && code_of(answer).empty()) {
    if (!trip.is_here) return warning("webhooks", not_tried(trip));
    return bad("webhooks", "the proxy at " + trip.base_url + " answers " + status +
                               " although the daemon runs: lead it to " + trip.local_address);
  }
  if (answer.status == 503 && !code_of(answer).empty())  // the door stands before what is away
    return warning("webhooks",
                   "the signature is accepted, but the daemon is not ready (" + code_of(answer) + "): see its log");
  return bad("webhooks", trip.base_url + " answers " + status + " to webhooks: it is not Otto that answers there, or " +
                             "under another path. Lead BASE_URL to " + trip.local_address);
}

}  // namespace

Finding plain(std::string what, const Result<std::string>& result) {
  return result ? good(std::move(what), *result) : bad(std::move(what), result.error().detail);
}

Finding judge_address(const std::string& base_url, const Result<std::vector<net::HostAddress>>& found) {
  const std::string host = host_of(base_url);
  if (net::names_private_host(host))
    return good("address",
                host + " is this machine or its network: for a sandbox. Twilio needs a public https address");
  if (!found) return bad("address", found.error().detail + " Twilio cannot either: give " + host + " a DNS record");
  std::string list;
  for (const net::HostAddress& address : *found) list += (list.empty() ? "" : ", ") + address.text;
  const bool any_public = std::ranges::any_of(*found, [](const auto& address) { return address.is_public; });
  if (!any_public)
    return warning("address", host + " leads to " + list +
                                  ", which is not public: make sure that the rest of the world is led elsewhere");
  return good("address", host + " leads to " + list);
}

Finding judge_certificate(const Result<net::ServerCertificate>& shown, TimePoint now) {
  if (!shown && shown.error().code != Errc::Protocol)
    return warning("certificate", "not seen: " + shown.error().detail);
  if (!shown)
    return bad("certificate",
               shown.error().detail + " Twilio would refuse it as well: renew it, and serve it with its whole chain");
  const auto left = std::chrono::floor<std::chrono::days>(shown->ends - now);
  const std::string text = "by " + shown->issuer + ", valid for " + counted(left.count(), "more day", "more days");
  if (left < kCertificateSoon) return warning("certificate", text + ": see that it is renewed");
  return good("certificate", text);
}

Finding judge_webhooks(const RoundTrip& trip) {
  if (!trip.genuine) {
    if (!trip.is_here) return warning("webhooks", not_tried(trip));
    return bad("webhooks", trip.genuine.error().detail + " The daemon runs at " + trip.local_address +
                               ": lead BASE_URL there, and look at certificate, firewall and proxy");
  }
  if (trip.genuine->status != 204) return judge_answer(trip, *trip.genuine);
  if (!trip.forged)
    return bad("webhooks", "a webhook was taken, but the next one was not answered: " + trip.forged.error().detail);
  if (trip.forged->status != 403)
    return bad("webhooks", trip.base_url + " takes webhooks with a wrong signature (it answers " +
                               std::to_string(trip.forged->status) + "): it is not Otto that answers there");
  return good("webhooks", "what Twilio signs for " + trip.base_url + " is accepted, anything else is not");
}

Finding judge_media_stream(const Result<void>& opened, const std::string& base_url) {
  if (opened) return good("mediaStream", "a WebSocket passes through " + base_url);
  return bad("mediaStream", opened.error().detail + " Calls would be silent: let the proxy pass WebSockets (Upgrade)");
}

Finding judge_account(const Result<twilio::Account>& account) {
  if (!account) return bad("twilio", account.error().detail);
  if (account->status != "active" && !account->status.empty())
    return bad("twilio", "the account is " + account->status + ": see the Twilio console");
  if (account->is_trial)
    return warning("twilio", "the account is a trial: it calls verified numbers only and says so first. Upgrade it");
  return good("twilio", account->is_child ? "the subaccount is active" : "the account is active");
}

Finding judge_balance(const Result<std::optional<twilio::Balance>>& balance) {
  if (!balance) return warning("twilioBalance", "could not be read: " + balance.error().detail);
  if (!*balance) return good("twilioBalance", "is the parent account's");
  const std::string text = fmt::format("{:.2f} {}", (*balance)->amount, (*balance)->currency);
  if ((*balance)->amount <= 0) return bad("twilioBalance", text + ": no call is made until funds are added");
  if ((*balance)->amount < kLowBalance)
    return warning("twilioBalance", text + ": add funds, or turn auto-recharge on, before it runs out");
  return good("twilioBalance", text);
}

Finding judge_caller_ids(const std::vector<std::pair<std::string, Result<twilio::CallerIdKind>>>& numbers) {
  std::string fine;
  for (const auto& [number, kind] : numbers) {
    if (!kind) return bad("callerIds", number + " could not be looked up: " + kind.error().detail);
    if (*kind == twilio::CallerIdKind::Unknown)
      return bad("callerIds", number +
                                  " is neither a number of the account nor a verified caller id: buy or verify "
                                  "it in the Twilio console, or change TWILIO_OUTBOUND_NUMBER");
    if (*kind == twilio::CallerIdKind::OwnWithoutVoice)
      return bad("callerIds", number + " cannot make calls: choose one with the capability Voice");
    fine += (fine.empty() ? "" : ", ") + number + (*kind == twilio::CallerIdKind::Verified ? " (verified)" : "");
  }
  return good("callerIds", fine);
}

Finding judge_credits(const Result<elevenlabs::Subscription>& subscription) {
  constexpr const char* kWhat = "elevenlabsCredits";
  if (!subscription)
    return warning(kWhat, "could not be read, which calls do not need: " + subscription.error().detail);
  const elevenlabs::Subscription& plan = *subscription;
  const bool is_in_order =
      plan.status.empty() || plan.status == "active" || plan.status == "trialing" || plan.status == "free";
  if (!is_in_order) return bad(kWhat, "the subscription is " + plan.status + ": see ElevenLabs' billing page");
  const std::int64_t left = std::max<std::int64_t>(0, plan.limit - plan.used);
  std::string text = fmt::format("plan \"{}\", {} of {} credits left", plan.tier, left, plan.limit);
  if (plan.resets_at) text += ", new ones on " + format_iso8601(*plan.resets_at).substr(0, 10);
  if (plan.limit <= 0 || left * 100 >= plan.limit * kLowCredits) return good(kWhat, text);
  if (plan.may_exceed) return warning(kWhat, text + ": what goes beyond is billed by use");
  if (left == 0) return bad(kWhat, text + ": no agent answers until there are more. Take a larger plan");
  return warning(kWhat, text + ": take a larger plan, or allow billing by use, before they run out");
}

milliseconds least_skew(const ClockSample& sample) {
  using std::chrono::duration_cast;
  const auto most = duration_cast<milliseconds>(sample.received - sample.date);
  const auto least = duration_cast<milliseconds>(sample.sent - sample.date) - milliseconds{1000};
  return least > milliseconds{0} ? least : most < milliseconds{0} ? most : milliseconds{0};
}

Finding judge_clock(const std::vector<ClockSample>& samples) {
  if (samples.empty()) return warning("clock", "could not be compared with anybody's: no provider has told its time");
  const auto nearest = *std::ranges::min_element(
      samples, {}, [](const ClockSample& sample) { return std::chrono::abs(least_skew(sample)); });
  const milliseconds skew = least_skew(nearest);
  const auto text = fmt::format("{:.0f} s {} {}'s", std::chrono::duration<double>(std::chrono::abs(skew)).count(),
                                skew > milliseconds{0} ? "ahead of" : "behind", nearest.who);
  if (std::chrono::abs(skew) > kSkewThatFails)
    return bad("clock", text +
                            ": signatures fail and people are called at the wrong hour. Set it by NTP "
                            "(systemd-timesyncd, chrony)");
  if (std::chrono::abs(skew) > kSkewToLookAt)
    return warning("clock", text + ": let NTP set it (systemd-timesyncd, chrony)");
  return good("clock", "agrees with " + nearest.who + "'s");
}

}  // namespace otto::cli
