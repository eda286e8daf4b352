#include "otto/hooks/policy.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "otto/base/text.hpp"

namespace otto::hooks {

namespace {

using ports::HookAnswer;

constexpr std::array<seconds, 6> kFirstWaits{seconds{2}, seconds{5}, seconds{15}, minutes{1}, minutes{5}, minutes{30}};
constexpr seconds kLaterWait = hours{2};
constexpr int kLastTry = 18;      // 36 min of first waits and 11 later ones: 22 h 36 min
constexpr int kLastBriefTry = 6;  // after 6 min 22 s
constexpr hours kEventPatience{24};
constexpr std::size_t kExcerpt = 160;

bool says(const HookAnswer& answer, std::string_view words) { return answer.body.find(words) != std::string::npos; }

bool is_html(const HookAnswer& answer) {
  return to_lower(answer.content_type).starts_with("text/html") || trim(answer.body).starts_with('<');
}

std::string told(std::string_view meaning, const HookAnswer& answer) {
  std::string text{meaning};
  text += " (" + std::to_string(answer.status);
  const std::string_view body = trim(answer.body);
  if (!body.empty()) text += ": " + std::string{truncate_utf8(body, kExcerpt)};
  return text + ")";
}

Judgement judge_conflict(const HookAnswer& answer) {
  // "The execution "7" has finished already." · "… has finished with error." · "… is running already."
  if (says(answer, "finished with error"))
    return {Verdict::GiveUp, told("the waiting workflow has failed meanwhile", answer)};
  if (says(answer, "has finished")) return {Verdict::Delivered, told("it had been delivered before", answer)};
  if (says(answer, "is running")) return {Verdict::Retry, told("the workflow has not reached its Wait node", answer)};
  return {Verdict::Retry, told("the receiver reports a conflict", answer)};
}

Judgement judge_not_found(const HookAnswer& answer) {
  if (says(answer, "matching path/method"))
    return {Verdict::GiveUp, told("the waiting workflow expects another method or path", answer)};
  // n8n answers so for some seconds after its start, although its health check says ok.
  if (is_html(answer) || says(answer, "Cannot POST"))
    return {Verdict::Retry, told("the receiver does not know the address, as n8n while it starts", answer)};
  if (says(answer, "does not exist"))
    return {Verdict::RetryBriefly, told("the receiver knows no such execution", answer)};
  return {Verdict::RetryBriefly, told("the receiver does not know the address", answer)};
}

Judgement judge_answer(const HookAnswer& answer) {
  const int status = answer.status;
  if (status >= 200 && status < 300) return {Verdict::Delivered, told("delivered", answer)};
  if (status >= 300 && status < 400)
    return {Verdict::RetryBriefly, told("the receiver redirects; webhooks do not follow, give the final URL", answer)};
  switch (status) {
    case 401:
      return {Verdict::GiveUp, told("the receiver refuses the URL's token or credentials", answer)};
    case 403:
      return {Verdict::GiveUp, told("the receiver forbids the request", answer)};
    case 404:
      return judge_not_found(answer);
    case 408:
    case 425:
    case 429:
      return {Verdict::Retry, told("the receiver asks to come back later", answer)};
    case 409:
      return judge_conflict(answer);
    case 410:
      return {Verdict::GiveUp, told("the receiver says that the address is gone", answer), true};
    default:
      break;
  }
  if (status >= 400 && status < 500) return {Verdict::RetryBriefly, told("the receiver refuses the request", answer)};
  return {Verdict::Retry, told("the receiver has failed", answer)};
}

bool is_retried(Verdict verdict) { return verdict == Verdict::Retry || verdict == Verdict::RetryBriefly; }

/// After the `tries`-th failure.
milliseconds spread_wait(int tries, double dice, seconds retry_after) {
  const auto index = static_cast<std::size_t>(std::max(tries, 1) - 1);
  const milliseconds base = index < kFirstWaits.size() ? kFirstWaits[index] : kLaterWait;
  const auto spread = milliseconds{static_cast<std::int64_t>(static_cast<double>(base.count()) * (0.8 + 0.4 * dice))};
  return std::max<milliseconds>(spread, std::min(retry_after, kLaterWait));
}

/// Without the brackets of an IPv6 literal.
std::string_view bare_host(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) return host.substr(1, host.size() - 2);
  return host;
}

}  // namespace

Judgement judge(const Result<HookAnswer>& answer) {
  if (answer) return judge_answer(*answer);
  switch (answer.error().code) {
    // Neither the URL nor our allow-list changes while the campaign's row waits.
    case Errc::Forbidden:
    case Errc::InvalidInput:
      return {Verdict::GiveUp, answer.error().detail};
    default:
      return {Verdict::Retry, answer.error().detail};
  }
}

std::optional<milliseconds> wait_after(int tries, Verdict verdict, double dice, seconds retry_after) {
  if (!is_retried(verdict)) return std::nullopt;
  if (tries >= (verdict == Verdict::RetryBriefly ? kLastBriefTry : kLastTry)) return std::nullopt;
  return spread_wait(tries, dice, retry_after);
}

std::optional<milliseconds> event_wait(int failures, int tries, TimePoint::duration age, Verdict verdict, double dice,
                                       seconds retry_after) {
  if (!is_retried(verdict) || age >= kEventPatience) return std::nullopt;
  if (verdict == Verdict::RetryBriefly && tries >= kLastBriefTry) return std::nullopt;
  return spread_wait(failures + 1, dice, retry_after);
}

bool is_allowed_host(const std::vector<std::string>& allowed, const std::string& host, std::uint16_t port) {
  const std::string name{bare_host(host)};
  const std::string suffix = ":" + std::to_string(port);
  return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& entry) {
    std::string_view text = trim(entry);
    if (iequals(bare_host(text), name)) return true;
    if (!text.ends_with(suffix)) return false;
    text.remove_suffix(suffix.size());
    return iequals(bare_host(text), name);
  });
}

}  // namespace otto::hooks
