#include "otto/sheets/token_source.hpp"

#include <cstdlib>
#include <optional>
#include <utility>

#include "otto/base/json.hpp"
#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"
#include "otto/base/text.hpp"
#include "otto/net/http_client.hpp"

namespace otto::sheets {

namespace {

constexpr seconds kAskTime{10};
constexpr seconds kRenewBefore{300};  // as Google's own libraries do
constexpr seconds kNoticeable{30};    // a smaller difference of clocks explains nothing

std::string one_line(std::string_view text) {
  std::string line{truncate_utf8(trim(text), 200)};
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  return line;
}

/// Theirs minus ours, from the answer's Date header; zero when it has none.
seconds skew_of(const net::Response& response, TimePoint now) {
  std::string date{response.headers.get("Date")};
  if (date.ends_with("GMT")) date.replace(date.size() - 3, 3, "+0000");
  const auto theirs = parse_rfc2822(date);
  return theirs ? std::chrono::duration_cast<seconds>(*theirs - now) : seconds{0};
}

}  // namespace

Error token_refusal(int status, std::string_view body, const ServiceAccount& account, seconds skew) {
  const auto json = parse_json(body);
  const std::string code = json && json->is_object() ? one_line(text_at(*json, "error")) : std::string{};
  const std::string words = json && json->is_object() ? one_line(text_at(*json, "error_description")) : std::string{};
  const std::string said =
      " (" + std::to_string(status) + (code.empty() ? "" : " " + code) + (words.empty() ? "" : ": " + words) + ")";
  if (status == 429) return {Errc::RateLimited, "Google refuses more sign-ins for the moment" + said + "."};
  if (status >= 500 || code.empty())
    return {Errc::ProviderUnavailable, "Google's sign-in for service accounts is failing" + said + "."};
  const std::string lower = to_lower(words);
  if (code == "invalid_grant" && lower.find("timeframe") != std::string::npos) {
    const auto off = std::abs(skew.count());
    const std::string by = off < kNoticeable.count() ? ""
                                                     : ": it is " + std::to_string(off) + " seconds " +
                                                           (skew.count() < 0 ? "ahead of" : "behind") + " Google's";
    return {Errc::Config, "This machine's clock is wrong" + by + "; set it (NTP) and try again" + said + "."};
  }
  if (code == "invalid_grant" && lower.find("account") != std::string::npos)
    return {Errc::Unauthorized, "Google does not know the service account " + account.client_email +
                                    " any more; create a new one and put its key into GOOGLE_SHEETS_CREDENTIALS" +
                                    said + "."};
  if (code == "invalid_grant" || code == "invalid_client")
    return {
        Errc::Unauthorized,
        "Google refuses the key" +
            (account.private_key_id.empty() ? "" : " " + std::string{truncate_utf8(account.private_key_id, 8)} + "…") +
            " of the service account " + account.client_email +
            ": it has been deleted, has expired or is not this account's; create a new key and put it into "
            "GOOGLE_SHEETS_CREDENTIALS" +
            said + "."};
  return {Errc::Unauthorized, "Google refuses to sign in the service account " + account.client_email + said + "."};
}

struct TokenSource::Answer {
  Result<std::string> token = Error{Errc::Internal, "no answer"};
  seconds life{0}, skew{0};
  Answer() = default;
};

TokenSource::TokenSource(ServiceAccount account, Loop& loop, rt::Timers& timers)
    : account_{std::move(account)}, timers_{timers}, renewed_{loop} {}

Task<Result<std::string>> TokenSource::token() {
  while (token_.empty() || timers_.steady() >= good_until_) {
    if (renewing_) {
      if (!co_await renewed_.wait()) co_return Error{Errc::Cancelled, "The sign-in was given up."};
      continue;
    }
    auto renewal = co_await renew();
    if (!renewal) co_return renewal.error();
    break;  // however short its life: whoever asked for it gets it
  }
  co_return token_;
}

void TokenSource::drop(const std::string& token) {
  if (token_ == token) token_.clear();
}

Task<Result<void>> TokenSource::renew() {
  struct Busy {  // ends also when this task is cut off
    TokenSource& source;
    explicit Busy(TokenSource& s) : source{s} {
      source.renewing_ = true;
      source.renewed_.clear();
    }
    ~Busy() {
      source.renewing_ = false;
      source.renewed_.set();
    }
  } const busy{*this};
  auto answer = co_await ask(timers_.now() + clock_offset_);
  // A wrong clock is this machine's owner's business, but reading a sheet need not wait for it.
  if (!answer.token && answer.token.error().code == Errc::Config && std::chrono::abs(answer.skew) >= kNoticeable) {
    log::warn("sheets.clock_is_wrong", {{"seconds", std::int64_t{answer.skew.count()}}});
    clock_offset_ = answer.skew;
    auto corrected = co_await ask(timers_.now() + clock_offset_);
    if (corrected.token) answer = std::move(corrected);
  }
  if (!answer.token) {
    metrics::add("otto_provider_errors_total",
                 {{"provider", "google_sheets"}, {"class", std::string{to_string(answer.token.error().code)}}});
    co_return answer.token.error();
  }
  token_ = std::move(*answer.token);
  good_until_ = timers_.steady() + std::max(answer.life - kRenewBefore, answer.life / 2);
  co_return Result<void>{};
}

Task<TokenSource::Answer> TokenSource::ask(TimePoint now) {
  Answer answer;
  auto assertion = make_assertion(account_, now);
  if (!assertion) {
    answer.token = assertion.error();
    co_return answer;
  }
  net::ClientRequest request;
  request.method = "POST";
  request.url = account_.token_uri;
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  request.headers.add("Accept", "application/json");
  request.body =
      format_form({{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"}, {"assertion", *assertion}});
  request.timeout = kAskTime;
  request.max_body = 64 * 1024;
  net::ClientResult result = co_await net::send_request(std::move(request));
  if (!result.response) {
    const Error& error = result.response.error();
    const Errc code = error.code == Errc::TimedOut ? Errc::TimedOut : Errc::ProviderUnavailable;
    answer.token = Error{code, "Google's sign-in could not be reached: " + error.detail};
    co_return answer;
  }
  answer.skew = skew_of(*result.response, timers_.now());
  const auto json = parse_json(result.response->body);
  std::string token = json && json->is_object() ? text_at(*json, "access_token") : std::string{};
  if (result.response->status == 200 && !token.empty()) {
    answer.life = seconds{integer_at(*json, "expires_in").value_or(3600)};
    answer.token = std::move(token);
  } else {
    answer.token = token_refusal(result.response->status, result.response->body, account_, answer.skew);
  }
  co_return answer;
}

}  // namespace otto::sheets
