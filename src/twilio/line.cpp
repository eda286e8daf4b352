#include "otto/twilio/line.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "otto/base/failpoint.hpp"
#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"
#include "otto/net/http_client.hpp"
#include "otto/twilio/line_outcome.hpp"
#include "otto/twilio/rest.hpp"
#include "otto/twilio/sid.hpp"
#include "otto/twilio/twiml.hpp"

#include "rest_access.hpp"

namespace otto::twilio {

namespace {

constexpr milliseconds kFirstBackoff{100};  // doubles with each try
constexpr int kMaxTries = 4;
constexpr std::size_t kMaxAnswer = 4 * 1024 * 1024;
constexpr int kMaxPages = 20;  // of 100 calls, newest first

/// Which failures may be followed by another try.
enum class Retry : std::uint8_t {
  Repeatable,  ///< everything passing: the request may arrive twice without harm
  Unsent,      ///< only what surely was not done: 429 and nothing sent
};

bool is_passing(const net::ClientResult& result, Retry retry) {
  if (!result.response) {
    const Errc code = result.response.error().code;
    if (code == Errc::InvalidInput || code == Errc::Cancelled) return false;
    return retry == Retry::Repeatable || !result.sent_any;
  }
  const int status = result.response->status;
  return status == 429 || (retry == Retry::Repeatable && status >= 500);
}

std::string_view error_class(int status) {
  if (status < 400) return "unreadable";
  if (status == 429) return "throttled";
  return status >= 500 ? "server" : "refused";
}

/// Twilio's word that the call is over, gone, or was never there: for a hang-up all the same.
bool has_ended(int status, const std::string& body) {
  const auto error = parse_error_body(body);
  if (!error) return false;
  return error->code ? *error->code == 21220 || *error->code == 20404 : status == 404;
}

class RestLine final : public ports::Line {
 public:
  RestLine(LineSettings settings, rt::Timers& timers)
      : settings_{std::move(settings)},
        timers_{timers},
        account_url_{account_url_of(settings_)},
        authorization_{authorization_of(settings_)},
        has_key_{has_api_key(settings_)} {}

  Task<ports::PlaceResult> place(ports::PlaceRequest request) override;
  Task<Result<void>> hang_up(std::string call_sid) override;
  Task<Result<void>> say_and_hang_up(std::string call_sid, std::string text) override;
  Task<Result<void>> play_and_hang_up(std::string call_sid, std::string url) override;
  Task<Result<void>> transfer(ports::TransferRequest request) override;
  Task<Result<ports::LineCall>> fetch(std::string call_sid) override;
  Task<Result<std::vector<ports::LineCall>>> list(std::string to, std::string from) override;
  Task<Result<std::vector<ports::LineRecording>>> recordings(std::string call_sid) override;
  Task<Result<std::string>> check() override;

 private:
  net::ClientRequest make_request(std::string method, std::string url) const;
  net::ClientRequest make_post(std::string url, const FormFields& form) const;
  Task<Result<net::Response>> send(net::ClientRequest request, Retry retry);
  Task<Result<Json>> get(std::string url);
  /// Gives a live call another document.
  Task<Result<void>> redirect(std::string call_sid, std::string document, FormFields further);
  /// The call's URL with `suffix`, or an error for what is not a call SID.
  Result<std::string> call_url(std::string_view call_sid, std::string_view suffix) const;

  LineSettings settings_;
  rt::Timers& timers_;
  std::string account_url_, authorization_;
  bool has_key_;
};

net::ClientRequest RestLine::make_request(std::string method, std::string url) const {
  net::ClientRequest request;
  request.method = std::move(method);
  request.url = std::move(url);
  request.headers.add("Authorization", authorization_);
  request.headers.add("Accept", "application/json");
  request.headers.add("Accept-Charset", "utf-8");
  request.timeout = settings_.request_deadline;
  request.max_body = kMaxAnswer;
  return request;
}

net::ClientRequest RestLine::make_post(std::string url, const FormFields& form) const {
  auto request = make_request("POST", std::move(url));
  request.headers.add("Content-Type", "application/x-www-form-urlencoded");
  request.body = format_form(form);
  return request;
}

Result<std::string> RestLine::call_url(std::string_view call_sid, std::string_view suffix) const {
  if (!is_sid("CA", call_sid)) return Error{Errc::InvalidInput, "The call's SID is not one of Twilio's."};
  return account_url_ + "/Calls/" + std::string{call_sid} + std::string{suffix};
}

Task<Result<net::Response>> RestLine::send(net::ClientRequest request, Retry retry) {
  milliseconds backoff = kFirstBackoff;
  for (int tries = 1;; ++tries) {
    auto attempt = request;
    auto result = co_await net::send_request(std::move(attempt));
    const bool answered = result.response.has_value();
    if (!answered || result.response->status >= 400) {
      const auto failure = answered ? error_class(result.response->status) : to_string(result.response.error().code);
      metrics::add("otto_provider_errors_total", {{"provider", "twilio"}, {"class", std::string{failure}}});
    }
    if (!is_passing(result, retry) || tries == kMaxTries) co_return std::move(result.response);
    co_await timers_.sleep_for(backoff);
    backoff *= 2;
    const auto state = co_await boost::asio::this_coro::cancellation_state;
    if (state.cancelled() != boost::asio::cancellation_type::none)
      co_return Error{Errc::Cancelled, "The request to Twilio was given up."};
  }
}

Task<Result<Json>> RestLine::get(std::string url) {
  auto request = make_request("GET", std::move(url));
  auto response = co_await send(std::move(request), Retry::Repeatable);
  if (!response) co_return response.error();
  if (response->status != 200) co_return to_error(response->status, response->body);
  auto json = parse_json(response->body);
  if (!json) co_return Error{Errc::ProviderUnavailable, "Twilio's answer could not be read: " + json.error().detail};
  co_return std::move(*json);
}

Task<ports::PlaceResult> RestLine::place(ports::PlaceRequest request) {
  const auto form = create_call_form(request, settings_.base_url);
  auto post = make_post(account_url_ + "/Calls.json", form);
  post.timeout = settings_.create_deadline;
  post.may_send = std::move(request.may_send);
  post.points = "create";
  failpoint::pass("create", "before_connect");
  auto sent = co_await net::send_request(std::move(post));

  CreateAnswer answer;
  answer.sent_any = sent.sent_any;
  answer.to = std::move(request.to);
  answer.now = timers_.now();
  if (!sent.response) {
    answer.error = sent.response.error();
  } else {
    answer.status = sent.response->status;
    answer.retry_after = sent.response->headers.get("Retry-After");
    answer.body = std::move(sent.response->body);
  }
  auto result = classify(answer);
  failpoint::pass("create", "parsed");
  if (result.verdict != ports::PlaceVerdict::Placed) {
    const auto failure = answer.error ? to_string(answer.error->code) : error_class(answer.status);
    metrics::add("otto_provider_errors_total", {{"provider", "twilio"}, {"class", std::string{failure}}});
  }
  log::debug("twilio.create", {{"attempt", request.attempt.value}, {"status", answer.status}});
  co_return result;
}

Task<Result<void>> RestLine::hang_up(std::string call_sid) {
  auto url = call_url(call_sid, ".json");
  if (!url) co_return url.error();
  const FormFields form{{"Status", "completed"}};
  auto request = make_post(std::move(*url), form);
  auto response = co_await send(std::move(request), Retry::Repeatable);
  if (!response) co_return response.error();
  if (response->status == 200 || has_ended(response->status, response->body)) co_return Result<void>{};
  co_return to_error(response->status, response->body);
}

Task<Result<void>> RestLine::say_and_hang_up(std::string call_sid, std::string text) {
  auto document = twilio::say_and_hang_up(text, settings_.voice, settings_.language);
  return redirect(std::move(call_sid), std::move(document), {});
}

Task<Result<void>> RestLine::play_and_hang_up(std::string call_sid, std::string sound_url) {
  auto document = twilio::play_and_hang_up(sound_url);
  return redirect(std::move(call_sid), std::move(document), {});
}

Task<Result<void>> RestLine::transfer(ports::TransferRequest transfer) {
  DialNumber dial;
  dial.number = std::move(transfer.to);
  dial.caller_id = std::move(transfer.from);
  dial.timeout_seconds = static_cast<int>(transfer.ring_timeout.count());
  dial.action_url = settings_.base_url + "/api/twilio/outbound/stream-end?attempt=" + transfer.attempt.value;
  auto document = dial_number(dial);
  // The campaign's longest duration was for the agent's conversation; the people's has the line's own limit.
  FormFields further{{"TimeLimit", std::to_string(dial.time_limit_seconds)}};
  return redirect(std::move(transfer.call_sid), std::move(document), std::move(further));
}

Task<Result<void>> RestLine::redirect(std::string call_sid, std::string document, FormFields further) {
  auto url = call_url(call_sid, ".json");
  if (!url) co_return url.error();
  const auto twiml = without_declaration(document);
  if (twiml.size() > kMaxTwimlParameterBytes) {
    co_return Error{Errc::TooLarge,
                    "The message is too long to be spoken: Twilio takes 4000 characters of TwiML, this is " +
                        std::to_string(twiml.size()) + "."};
  }
  FormFields form{{"Twiml", std::string{twiml}}};
  form.insert(form.end(), further.begin(), further.end());
  auto request = make_post(std::move(*url), form);
  auto response = co_await send(std::move(request), Retry::Unsent);
  if (!response) co_return response.error();
  if (response->status == 200) co_return Result<void>{};
  if (has_ended(response->status, response->body))
    co_return Error{Errc::NotFound, "The call had ended before it could be told what to do."};
  co_return to_error(response->status, response->body);
}

Task<Result<ports::LineCall>> RestLine::fetch(std::string call_sid) {
  auto url = call_url(call_sid, ".json");
  if (!url) co_return url.error();
  auto json = co_await get(std::move(*url));
  if (!json) co_return json.error();
  co_return parse_call(*json);
}

Task<Result<std::vector<ports::LineCall>>> RestLine::list(std::string to, std::string from) {
  // No StartTime filter: it would hide queued calls, which have none.
  std::string url =
      account_url_ + "/Calls.json?To=" + percent_encode(to) + "&From=" + percent_encode(from) + "&PageSize=100";
  std::vector<ports::LineCall> calls;
  for (int page = 0; page < kMaxPages && !url.empty(); ++page) {
    auto json = co_await get(std::move(url));
    if (!json) co_return json.error();
    auto more = parse_call_page(*json);
    if (!more) co_return more.error();
    std::move(more->begin(), more->end(), std::back_inserter(calls));
    url = text_at(*json, "next_page_uri");
    if (url.empty()) break;
    // Our credentials go where they belong: only a path on the API's own host is followed.
    if (!url.starts_with('/') || url.starts_with("//"))
      co_return Error{Errc::Protocol, "Twilio's list of calls continues on another host; it was not followed."};
    url.insert(0, settings_.api_base_url);
  }
  std::sort(calls.begin(), calls.end(), [](const ports::LineCall& a, const ports::LineCall& b) {
    return a.created_at.value_or(TimePoint{}) > b.created_at.value_or(TimePoint{});
  });
  co_return calls;
}

Task<Result<std::vector<ports::LineRecording>>> RestLine::recordings(std::string call_sid) {
  auto url = call_url(call_sid, "/Recordings.json");
  if (!url) co_return url.error();
  auto json = co_await get(std::move(*url));
  if (!json) co_return json.error();
  co_return parse_recordings(*json, account_url_ + "/Recordings/");
}

Task<Result<std::string>> RestLine::check() {
  // A standard API key may not read the account; a list of numbers shows as well that it works.
  std::string url = has_key_ ? account_url_ + "/IncomingPhoneNumbers.json?PageSize=1" : account_url_ + ".json";
  auto json = co_await get(std::move(url));
  if (!json) co_return json.error();
  if (!json->is_object()) co_return Error{Errc::ProviderUnavailable, "Twilio's answer is not a JSON object."};
  if (has_key_) co_return std::string{"the API key works"};
  // Of the account only these two are read: the JSON also holds the auth token.
  const auto status = text_at(*json, "status");
  const auto type = text_at(*json, "type");
  if (status != "active" && !status.empty())
    co_return Error{Errc::ProviderRefused, "The Twilio account is " + status + ": see the Twilio console."};
  if (type == "Trial") co_return std::string{"the account is active, but a trial: it calls verified numbers only"};
  co_return std::string{"the account is active"};
}

}  // namespace

std::unique_ptr<ports::Line> make_line(LineSettings settings, rt::Timers& timers) {
  return std::make_unique<RestLine>(std::move(settings), timers);
}

}  // namespace otto::twilio
