#include "client.hpp"

#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>

#include "otto/base/text.hpp"
#include "otto/net/http_client.hpp"
#include "otto/rt/group.hpp"

namespace otto::cli {

namespace {

constexpr std::size_t kMaxAnswer = 64 * 1024 * 1024;  // a page of 500 calls with their transcripts

Task<void> fetch(net::ClientRequest request, Result<net::Response>& answer) {
  auto result = co_await net::send_request(std::move(request));
  answer = std::move(result.response);
}

Task<void> sleep(milliseconds time) {
  rt::RealTimers timers;
  co_await timers.sleep_for(time);
}

void run(Task<void> task) {
  Loop loop{1};
  rt::Group group{loop, "cli"};
  group.spawn("command", std::move(task));
  loop.run();
}

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::string own_address(const Config& config) {
  const bool any = config.host == "0.0.0.0" || config.host == "::";
  const std::string host = any                                          ? "127.0.0.1"
                           : config.host.find(':') == std::string::npos ? config.host
                                                                        : "[" + config.host + "]";
  return "http://" + host + ":" + std::to_string(config.port);
}

}  // namespace

std::optional<Api> api_of_environment() {
  Api api{setting("OTTO_URL"), setting("OTTO_API_KEY")};
  if (api.base_url.empty() || api.key.empty()) return std::nullopt;
  while (api.base_url.ends_with('/')) api.base_url.pop_back();
  return api;
}

Api api_of(const Config& config) {
  Api api{setting("OTTO_URL"), setting("OTTO_API_KEY")};
  if (api.base_url.empty()) api.base_url = own_address(config);
  while (api.base_url.ends_with('/')) api.base_url.pop_back();
  if (api.key.empty()) api.key = config.api_keys.front();
  return api;
}

Result<net::Response> Client::send(std::string method, const std::string& path, std::string body,
                                   const std::string& range) const {
  net::ClientRequest request;
  request.method = std::move(method);
  request.url = api_.base_url + path;
  request.headers.set("X-API-Key", api_.key);
  request.max_body = kMaxAnswer;
  if (!range.empty()) request.headers.set("Range", range);
  if (!body.empty()) request.headers.set("Content-Type", "application/json");
  request.body = std::move(body);
  Result<net::Response> answer = Error{Errc::Internal, "no answer"};
  run(fetch(std::move(request), answer));
  return answer;
}

Reply Client::reply_of(const Result<net::Response>& answer) const {
  if (!answer) {
    std::string why = api_.base_url + " does not answer: " + answer.error().detail;
    if (answer.error().code == Errc::ConnectFailed) why += " Is `otto serve` running there?";
    return {0, error_document(to_string(answer.error().code), why)};
  }
  auto parsed = parse_json(answer->body);
  const bool is_ours = parsed && (answer->status < 300 || parsed->contains("error") || parsed->contains("services"));
  if (!is_ours)
    return {answer->status >= 300 ? answer->status : 502,
            error_document("not_otto", api_.base_url + " answered " + std::to_string(answer->status) +
                                           " with something that is not Otto's.")};
  return {answer->status, std::move(*parsed)};
}

Reply Client::request(std::string method, const std::string& path, std::string body) const {
  return reply_of(send(std::move(method), path, std::move(body)));
}

std::optional<Json> Client::ask(std::string method, const std::string& path, std::string body) const {
  Reply reply = request(std::move(method), path, std::move(body));
  if (reply.ok()) return std::move(reply.body);
  out.fail(reply.body);
  return std::nullopt;
}

bool Client::pages(const std::string& path, const std::function<void(const Json&)>& take) const {
  std::string cursor;
  do {
    const auto page = ask("GET", cursor.empty() ? path : path + "&cursor=" + percent_encode(cursor));
    if (!page) return false;
    take(*page);
    cursor = text_at(*page, "nextCursor");
  } while (!cursor.empty());
  return true;
}

bool Client::parts(const std::string& path, const std::function<void(const std::string&)>& take) const {
  std::uint64_t from = 0, total = 1;
  while (from < total) {
    const auto answer = send("GET", path, {}, "bytes=" + std::to_string(from) + "-");
    const bool is_part = answer && answer->status == 206 && !answer->body.empty();
    if (!is_part) {
      out.fail(reply_of(answer).body);
      return false;
    }
    take(answer->body);
    from += answer->body.size();
    const std::string_view range = answer->headers.get("Content-Range");
    const auto slash = range.rfind('/');
    const std::string_view whole = slash == std::string_view::npos ? std::string_view{} : range.substr(slash + 1);
    if (std::from_chars(whole.data(), whole.data() + whole.size(), total).ec != std::errc{}) total = from;
  }
  return true;
}

Result<std::string> read_input(const std::string& file) {
  if (file == "-") return std::string{std::istreambuf_iterator<char>(std::cin), {}};
  std::ifstream in{file, std::ios::binary};
  std::string text{std::istreambuf_iterator<char>(in), {}};
  if (!in) return Error{Errc::NotFound, file + " cannot be read."};
  return text;
}

void wait_for(milliseconds time) { run(sleep(time)); }

}  // namespace otto::cli
