#include "http_session.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <exception>

#include "otto/base/failpoint.hpp"
#include "otto/base/log.hpp"
#include "otto/crypto/digest.hpp"

#include "http_text.hpp"
#include "ws_open.hpp"

namespace otto::net {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr std::size_t kHeadChunk = 2 * 1024;  // a connection that waits for its next request keeps as much

constexpr Refusal kBadRequest{400, "bad_request", "The request is not well-formed HTTP/1.1."};
constexpr Refusal kTooSlow{408, "request_timeout", "The request did not arrive in time."};
constexpr Refusal kHeadTooLarge{431, "header_fields_too_large", "The request's header is larger than is taken."};
constexpr Refusal kBodyTooLarge{413, "body_too_large", "The request's body is larger than this path takes."};

Response failed() { return error_response(500, "internal", "Something went wrong inside; the log has the details."); }

Request make_request(const http::request<http::string_body>& message, const std::string& peer,
                     const TrustedProxies& proxies) {
  Request request;
  request.method = std::string{message.method_string()};
  request.target = std::string{message.target()};
  for (const auto& field : message) request.headers.add(std::string{field.name_string()}, std::string{field.value()});
  request.peer = client_of(peer, request.headers, proxies);
  std::string_view path = request.target;
  if (const auto scheme = path.find("://"); !path.starts_with('/') && scheme != std::string_view::npos) {
    const auto slash = path.find_first_of("/?", scheme + 3);
    path = slash == std::string_view::npos ? std::string_view{"/"} : path.substr(slash);
  }
  const auto mark = path.find('?');
  if (mark != std::string_view::npos) request.query = std::string{path.substr(mark + 1)};
  auto decoded = percent_decode(path.substr(0, mark));
  request.path = decoded ? std::move(*decoded) : std::string{path.substr(0, mark)};
  return request;
}

bool is_websocket_upgrade(const Request& request) {
  return request.method == "GET" && has_token(request.headers.get("Connection"), "upgrade") &&
         has_token(request.headers.get("Upgrade"), "websocket");
}

std::optional<Response> judge_handshake(const Headers& headers) {
  if (headers.get("Sec-WebSocket-Version") != "13") {
    auto answer = error_response(426, "websocket_version", "Only WebSocket version 13 is spoken here.");
    answer.headers.add("Sec-WebSocket-Version", "13");
    return answer;
  }
  const auto key = crypto::base64_decode(headers.get("Sec-WebSocket-Key"));
  if (!key || key->size() != 16) return error_response(400, "websocket_key", "Sec-WebSocket-Key is not 16 bytes.");
  return std::nullopt;
}

}  // namespace

void log_failure(std::string_view what, const std::string& path, std::exception_ptr failure) {
  std::string reason = "an exception that is not a std::exception";
  try {
    std::rethrow_exception(std::move(failure));
  } catch (const std::exception& e) {
    reason = e.what();
  } catch (...) {  // wall
  }
  log::error(what, {{"path", path}, {"error", reason}});
}

/// Beast's parser, fed by hand: the guard has judged the header, so nothing in it is ambiguous any more.
class HttpSession::Parser : public http::request_parser<http::string_body> {
 public:
  explicit Parser(std::size_t header_bytes) {
    header_limit(static_cast<std::uint32_t>(header_bytes + 1));
    body_limit(boost::none);  // counted by read_body: the limit is known only after the header
  }
};

HttpSession::HttpSession(Socket socket, std::string peer, const SessionContext& context)
    : socket_{std::move(socket)}, peer_{std::move(peer)}, context_{context}, deadline_{socket_.get_executor()} {}

void HttpSession::arm_cancel(milliseconds time) {
  deadline_.arm(time, [this] {
    boost::system::error_code ignored;
    socket_.cancel(ignored);
  });
}

Task<std::unique_ptr<OpenSocket>> HttpSession::run() {
  auto step = Step::KeepAlive;
  while (step == Step::KeepAlive) step = co_await serve_one();
  std::unique_ptr<OpenSocket> opened;
  if (step == Step::Upgrade) step = co_await serve_upgrade(std::move(*std::exchange(upgrading_, std::nullopt)), opened);
  if (step == Step::Linger) co_await linger();
  deadline_.disarm();
  close_quietly(socket_);
  co_return opened;
}

/// Appends what arrives; false at the end of the connection or of the deadline.
Task<bool> HttpSession::receive(std::size_t room) {
  if (deadline_.expired()) co_return false;
  const auto had = in_.size();
  in_.resize(had + room);
  auto [ec, count] = co_await socket_.async_read_some(asio::buffer(in_.data() + had, room), rt::kNothrow);
  in_.resize(had + count);
  co_return !ec && !deadline_.expired();
}

Task<bool> HttpSession::read_head(std::size_t& length) {
  const auto& limits = context_.limits;
  std::size_t scanned = 0;
  bool started = first_ || !in_.empty();
  bool skipped = false;
  arm_cancel(started ? limits.header_deadline : limits.idle);
  for (;;) {
    if (!skipped && in_.starts_with("\r\n")) {  // RFC 9112 §2.2: one empty line before a request is forgiven
      in_.erase(0, 2);
      scanned = 0;
      skipped = true;
    }
    switch (find_head(in_, limits.header_bytes, scanned, length)) {
      case HeadState::Complete:
        co_return true;
      case HeadState::Bad:
        co_await refuse(kBadRequest);
        co_return false;
      case HeadState::TooLarge:
        co_await refuse(kHeadTooLarge);
        co_return false;
      case HeadState::Incomplete:
        break;
    }
    idle_ = in_.empty();
    waits_for_head_ = true;
    const bool received = co_await receive(kHeadChunk);
    idle_ = waits_for_head_ = false;
    if (!received) {
      if (deadline_.expired() && !in_.empty()) co_await refuse(kTooSlow);
      co_return false;
    }
    if (!started) arm_cancel(limits.header_deadline);
    started = true;
  }
}

Task<HttpSession::Step> HttpSession::serve_one() {
  std::size_t length = 0;
  if (!co_await read_head(length)) co_return Step::Close;
  first_ = false;
  const std::string_view head{in_.data(), length};
  if (const auto refused = check_head(head, context_.limits.header_fields)) {
    co_await refuse(*refused);
    co_return Step::Close;
  }
  Parser parser{context_.limits.header_bytes};
  boost::system::error_code ec;
  parser.put(asio::buffer(head), ec);
  if (ec || !parser.is_header_done()) {
    co_await refuse(kBadRequest);
    co_return Step::Close;
  }
  in_.erase(0, length);
  auto request = make_request(parser.get(), peer_, context_.proxies);
  co_return co_await serve(std::move(request), parser);
}

/// What can be said from the header alone.
std::optional<Response> HttpSession::judge(const Request& head, const Parser& parser, std::size_t& limit) {
  try {
    if (auto refused = context_.handler.refuse(head)) return refused;
    limit = context_.handler.max_body(head);
  } catch (...) {  // wall
    log_failure("http.handler_failed", head.path, std::current_exception());
    return failed();
  }
  const auto announced = parser.content_length();
  if (announced && *announced > limit) return as_response(kBodyTooLarge);
  return std::nullopt;
}

Task<HttpSession::Step> HttpSession::serve(Request request, Parser& parser) {
  const bool has_body = !parser.is_done();
  if (is_websocket_upgrade(request) && parser.get().version() == 11) {
    if (has_body || !in_.empty()) {  // a client may not speak before our 101 (RFC 6455 §4.1)
      co_await refuse(kBadRequest);
      co_return Step::Close;
    }
    std::string{}.swap(in_);
    upgrading_ = std::move(request);
    co_return Step::Upgrade;
  }
  const bool wants_more = parser.keep_alive();
  const std::string last_segment = failpoint::hook != nullptr ? request.path.substr(request.path.rfind('/') + 1) : "";
  const bool with_body = request.method != "HEAD";
  std::size_t limit = 0;
  auto response = judge(request, parser, limit);
  const bool refused = response.has_value();
  if (!refused) {
    const bool expects = request.headers.has("Expect") && has_body && in_.empty() && parser.get().version() == 11;
    if (expects && !co_await send_bytes("HTTP/1.1 100 Continue\r\n\r\n", {})) co_return Step::Close;
    if (!co_await read_body(parser, limit)) co_return Step::Close;
    request.body = std::move(parser.get().body());
    deadline_.disarm();
    response = co_await answer(std::move(request));
  }
  if (response->status == kCutOff) {
    co_await cut_off(response->body);
    co_return Step::Close;
  }
  const bool unread = refused && has_body;
  const bool keep =
      wants_more && !unread && context_.accepting && !iequals(response->headers.get("Connection"), "close");
  if (response->stream && with_body) {
    const bool chunks = parser.get().version() == 11;
    if (!co_await send_stream(*response, keep && chunks, chunks) || !chunks) co_return Step::Close;
  } else if (!co_await send(*response, keep, with_body)) {
    co_return Step::Close;
  }
  failpoint::pass("after_ack", last_segment);
  if (unread) co_return Step::Linger;
  co_return keep ? Step::KeepAlive : Step::Close;
}

/// Takes the body in; false when it has answered why not, or the connection is gone.
Task<bool> HttpSession::read_body(Parser& parser, std::size_t limit) {
  arm_cancel(context_.limits.body_deadline);
  parser.eager(true);
  // Chunks of one byte take six on the wire; what is far beyond that is padding in chunk extensions or trailers.
  std::size_t wire_left = limit * 8 + 2 * kReadChunk;
  while (!parser.is_done()) {
    if (!in_.empty()) {
      boost::system::error_code ec;
      const auto used = parser.put(asio::buffer(in_), ec);
      in_.erase(0, used);
      const bool too_large = parser.get().body().size() > limit || used > wire_left || in_.size() > 2 * kReadChunk;
      if (too_large || (ec && ec != http::error::need_more)) {
        co_await refuse(too_large ? kBodyTooLarge : kBadRequest);
        co_return false;
      }
      wire_left -= used;
      if (parser.is_done()) break;
    }
    if (!co_await receive()) {
      if (deadline_.expired()) co_await refuse(kTooSlow);
      co_return false;
    }
  }
  co_return true;
}

Task<Response> HttpSession::answer(Request request) {
  const std::string path = request.path;
  std::exception_ptr failure;
  try {
    co_return co_await context_.handler.handle(std::move(request));
  } catch (...) {  // wall
    failure = std::current_exception();
  }
  log_failure("http.handler_failed", path, std::move(failure));
  co_return failed();
}

Task<HttpHandler::Upgrade> HttpSession::ask_upgrade(Request request) {
  const std::string path = request.path;
  HttpHandler::Upgrade upgrade;
  std::exception_ptr failure;
  try {
    co_return co_await context_.handler.upgrade(std::move(request));
  } catch (...) {  // wall
    failure = std::current_exception();
  }
  log_failure("http.handler_failed", path, std::move(failure));
  upgrade.refuse = failed();
  co_return upgrade;
}

Task<HttpSession::Step> HttpSession::serve_upgrade(Request request, std::unique_ptr<OpenSocket>& opened) {
  deadline_.disarm();
  HttpHandler::Upgrade upgrade;
  upgrade.refuse = judge_handshake(request.headers);
  if (!upgrade.refuse) upgrade = co_await ask_upgrade(request);
  if (!upgrade.refuse && !upgrade.serve) upgrade.refuse = failed();
  if (upgrade.refuse) {
    if (!co_await send(*upgrade.refuse, false, true)) co_return Step::Close;
    co_return Step::Linger;
  }
  auto socket = co_await accept_websocket(std::move(socket_), request, upgrade.limits);
  if (socket)  // else the peer left during the handshake
    opened =
        std::make_unique<OpenSocket>(OpenSocket{std::move(request.path), std::move(*socket), std::move(upgrade.serve)});
  co_return Step::Close;
}

}  // namespace otto::net
