#include <boost/asio/buffer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <span>

#include "otto/base/text.hpp"

#include "dialer.hpp"
#include "http_text.hpp"
#include "ws_key.hpp"
#include "ws_open.hpp"

namespace otto::net {

namespace http = boost::beast::http;

namespace {

constexpr std::size_t kReadChunk = 4 * 1024;
constexpr std::uint32_t kMaxHead = 16 * 1024;
constexpr std::size_t kMaxRefusal = 16 * 1024;  // of a refusal's body; its first words are told

/// The client's half of the opening handshake over a channel whose socket Asio still watches.
class Handshake {
 public:
  Handshake(Socket& socket, Channel& channel, const Url& url, Deadline& deadline)
      : socket_{socket}, channel_{channel}, url_{url}, deadline_{deadline} {}

  Task<Result<void>> run(const Headers& headers);
  /// What came behind the answer: the first frames.
  const std::string& rest() const noexcept { return in_; }

 private:
  Task<Result<void>> send(std::string head);
  Task<Result<void>> receive_answer(http::response_parser<http::string_body>& parser);
  Result<void> judge(const http::response<http::string_body>& answer) const;
  Error failed(Errc code, const std::string& why) const {
    return Error{code, "The WebSocket handshake with " + url_.host + " failed: " + why + "."};
  }
  Task<Result<void>> wait(Socket::wait_type what) {
    auto [ec] = co_await socket_.async_wait(what, rt::kNothrow);
    if (deadline_.expired())
      co_return Error{Errc::TimedOut, url_.host + " did not finish the WebSocket handshake in time."};
    if (ec) co_return failed(Errc::ConnectFailed, ec.message());
    co_return Result<void>{};
  }

  Socket& socket_;
  Channel& channel_;
  const Url& url_;
  Deadline& deadline_;
  const std::string key_ = crypto::base64_encode(crypto::random_bytes(16));
  std::string in_;
};

Error refused(const Url& url, unsigned status, std::string_view body) {
  std::string sentence = url.host + " refused the WebSocket: HTTP " + std::to_string(status);
  const auto start = truncate_utf8(trim(body), 300);
  if (!start.empty() && is_clean_utf8(start)) sentence.append(": ").append(start);
  return Error{Errc::ProviderRefused, std::move(sentence)};
}

Task<Result<void>> Handshake::run(const Headers& headers) {
  Headers fields = headers;
  fields.set("Upgrade", "websocket");
  fields.set("Sec-WebSocket-Key", key_);
  fields.set("Sec-WebSocket-Version", "13");
  if (auto sent = co_await send(format_request_head("GET", url_, fields, 0, "Upgrade")); !sent) co_return sent;
  http::response_parser<http::string_body> parser;
  parser.header_limit(kMaxHead);
  parser.body_limit(kMaxRefusal);
  if (auto answered = co_await receive_answer(parser); !answered) co_return answered;
  co_return judge(parser.get());
}

Task<Result<void>> Handshake::send(std::string head) {
  std::string_view left = head;
  while (!left.empty()) {
    const auto io = channel_.write(left);
    if (io.state == IoState::Done) {
      left.remove_prefix(io.bytes);
      continue;
    }
    if (io.state != IoState::WouldBlock) co_return failed(Errc::ConnectFailed, channel_.failure());
    if (auto ready = co_await wait(Socket::wait_write); !ready) co_return ready;
  }
  co_return Result<void>{};
}

/// A refusal's body is read as far as it comes; that it ends early or is long changes nothing.
Task<Result<void>> Handshake::receive_answer(http::response_parser<http::string_body>& parser) {
  parser.eager(true);
  bool is_over = false;
  while (!parser.is_done() && !is_over) {
    const auto had = in_.size();
    in_.resize(had + kReadChunk);
    const auto io = channel_.read(std::span{in_}.subspan(had));
    in_.resize(had + io.bytes);
    if (io.state == IoState::WouldBlock) {
      auto ready = co_await wait(Socket::wait_read);
      if (ready) continue;
      if (!parser.is_header_done()) co_return ready;
    }
    is_over = io.state != IoState::Done;
    boost::system::error_code ec;
    if (!in_.empty()) in_.erase(0, parser.put(boost::asio::buffer(in_), ec));
    const bool is_switched = parser.is_header_done() && parser.get().result_int() == 101;
    if (is_switched) co_return Result<void>{};
    if (ec && ec != http::error::need_more) {
      if (!parser.is_header_done()) co_return failed(Errc::Protocol, ec.message());
      is_over = true;
    }
  }
  if (!parser.is_header_done()) co_return failed(Errc::ConnectFailed, "the connection ended before the answer");
  co_return Result<void>{};
}

Result<void> Handshake::judge(const http::response<http::string_body>& answer) const {
  if (answer.result_int() != 101) return refused(url_, answer.result_int(), answer.body());
  const bool is_upgraded = has_token(answer[http::field::connection], "upgrade") &&
                           has_token(answer[http::field::upgrade], "websocket") &&
                           answer[http::field::sec_websocket_accept] == accept_key(key_);
  if (!is_upgraded) return failed(Errc::Protocol, "the answer 101 is not one to our request");
  // We asked for neither; a server that uses one all the same speaks another language (RFC 6455 §4.1).
  if (answer.count(http::field::sec_websocket_extensions) + answer.count(http::field::sec_websocket_protocol) > 0)
    return failed(Errc::Protocol, "the answer chose an extension or a subprotocol that was not offered");
  return {};
}

}  // namespace

Task<Result<std::unique_ptr<WebSocket>>> connect_websocket(WsConnect request) {
  auto parsed = parse_url(request.url);
  if (!parsed) co_return parsed.error();
  const Url url = std::move(*parsed);
  if (url.scheme != "ws" && url.scheme != "wss")
    co_return Error{Errc::InvalidInput, "The URL must begin with ws:// or wss://."};
  const auto executor = loop_executor(co_await boost::asio::this_coro::executor);
  Deadline deadline{executor};
  deadline.arm(request.timeout, nullptr);
  const AddressRule any_address;
  auto dialed = co_await dial(url, any_address, deadline);
  if (!dialed) co_return dialed.error();
  Socket socket = std::move(*dialed);
  deadline.on_expiry([&socket] { close_quietly(socket); });

  std::unique_ptr<Channel> channel;
  if (url.tls()) {
    auto opened = co_await open_tls_channel(socket, url, deadline);
    if (!opened) co_return opened.error();
    channel = std::move(*opened);
  } else {
    channel = make_tcp_channel(socket.native_handle());
  }
  Handshake handshake{socket, *channel, url, deadline};
  if (auto shaken = co_await handshake.run(request.headers); !shaken) co_return shaken.error();
  deadline.disarm();
  boost::system::error_code ec;
  const int descriptor = socket.release(ec);
  if (ec) co_return Error{Errc::ConnectFailed, "The WebSocket with " + url.host + " broke: " + ec.message() + "."};
  co_return std::make_unique<WsStream>(executor.context(), descriptor, std::move(channel), WsRole::Client,
                                       request.limits, handshake.rest());
}

}  // namespace otto::net
