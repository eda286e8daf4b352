#include "otto/net/http_client.hpp"

#include <array>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "otto/base/failpoint.hpp"

#include "dialer.hpp"
#include "http_text.hpp"
#include "tls.hpp"

namespace otto::net {

namespace asio = boost::asio;
namespace http = boost::beast::http;

namespace {

constexpr std::size_t kReadChunk = 16 * 1024;
constexpr std::uint32_t kHeaderLimit = 64 * 1024;

/// Collects one final answer from what arrives; interim answers (1xx) are passed over.
class AnswerReader {
 public:
  AnswerReader(bool bodiless, std::size_t max_body) : bodiless_{bodiless}, max_body_{max_body} { begin(); }

  /// Takes bytes in. An error ends it: Protocol, TooLarge.
  Result<void> take(std::string_view bytes) {
    unparsed_.append(bytes);
    while (!unparsed_.empty() && !done_) {
      boost::system::error_code ec;
      const auto used = parser_->put(asio::buffer(unparsed_), ec);
      unparsed_.erase(0, used);
      if (ec == http::error::need_more) ec = {};
      if (ec) return Error{Errc::Protocol, "The answer is not HTTP/1.1: " + ec.message() + "."};
      if (is_too_large())
        return Error{Errc::TooLarge, "The answer is larger than " + std::to_string(max_body_) + " bytes."};
      if (parser_->is_done()) finish_one();
      if (used == 0) break;
    }
    return {};
  }

  /// The peer ended its direction in order. True when that ends the answer.
  bool take_end() {
    boost::system::error_code ec;
    if (!done_ && parser_->got_some()) parser_->put_eof(ec);
    if (!done_ && parser_->is_done() && !ec) finish_one();
    return done_;
  }

  bool done() const noexcept { return done_; }
  bool started() const { return parser_->got_some(); }

  Response response() {
    auto& message = parser_->get();
    Response response;
    response.status = static_cast<int>(message.result_int());
    for (const auto& field : message)
      response.headers.add(std::string{field.name_string()}, std::string{field.value()});
    response.body = std::move(message.body());
    return response;
  }

 private:
  void begin() {
    parser_.emplace();
    parser_->eager(true);
    parser_->header_limit(kHeaderLimit);
    parser_->body_limit(boost::none);  // counted here, so that it holds for every kind of body
    parser_->skip(bodiless_);
  }
  void finish_one() {
    const auto status = parser_->get().result_int();
    const bool interim = status >= 100 && status < 200 && status != 101;
    if (!interim) {
      done_ = true;
    } else {
      begin();
    }
  }
  bool is_too_large() const {
    if (!parser_->is_header_done() || bodiless_) return false;
    const auto announced = parser_->content_length();
    return (announced && *announced > max_body_) || parser_->get().body().size() > max_body_;
  }

  bool bodiless_;
  std::size_t max_body_;
  std::optional<http::response_parser<http::string_body>> parser_;
  std::string unparsed_;
  bool done_ = false;
};

void pass_point(const ClientRequest& request, std::string_view name) {
  if (!request.points.empty()) failpoint::pass(request.points, name);
}

/// Writes the request and reads the answer. A write that fails may still have an answer behind it (a server that
/// refuses early), so that is read first.
template <class Stream>
Task<ClientResult> exchange(Stream& stream, const ClientRequest& request, const Url& url, Deadline& deadline) {
  const auto text = format_request_head(request.method, url, request.headers, request.body.size());
  pass_point(request, "connected");
  // No suspension between the question and the first byte: what may_send saw still holds.
  if (request.may_send && !request.may_send())
    co_return ClientResult{Error{Errc::Cancelled, "The request to " + url.host + " was withdrawn before it was sent."}};
  if (deadline.expired()) co_return ClientResult{Error{Errc::TimedOut, url.host + " could not be reached in time."}};
  pass_point(request, "before_first_byte");
  const std::array<asio::const_buffer, 2> buffers{asio::buffer(text), asio::buffer(request.body)};
  auto [write_ec, written] = co_await asio::async_write(stream, buffers, rt::kNothrow);
  pass_point(request, "after_last_byte");

  AnswerReader reader{request.method == "HEAD", request.max_body};
  std::string chunk(kReadChunk, '\0');
  boost::system::error_code ec;
  while (!reader.done() && !ec && !deadline.expired()) {
    auto [read_ec, count] = co_await stream.async_read_some(asio::buffer(chunk), rt::kNothrow);
    if (auto taken = reader.take(std::string_view{chunk}.substr(0, count)); !taken)
      co_return ClientResult{taken.error(), true};
    // TLS' stream_truncated is not an end: whoever cuts a connection must not be able to cut an answer.
    if (read_ec == asio::error::eof) reader.take_end();
    ec = read_ec;
  }
  if (reader.done()) {
    pass_point(request, "answered");
    co_return ClientResult{reader.response(), true};
  }
  if (write_ec) ec = write_ec;
  if (ec == asio::error::eof)
    co_return ClientResult{Error{Errc::ConnectionLost, url.host + (reader.started() ? " ended its answer too early."
                                                                                    : " closed without an answer.")},
                           true};
  co_return ClientResult{classify(ec, deadline, Errc::ConnectionLost, url.host + " did not answer"), true};
}

Task<ClientResult> exchange_tls(Socket socket, const ClientRequest& request, const Url& url, Deadline& deadline) {
  auto context = client_tls();
  if (!context) co_return ClientResult{context.error()};
  asio::ssl::stream<Socket> stream{std::move(socket), **context};
  if (auto prepared = prepare_tls(stream.native_handle(), url); !prepared) co_return ClientResult{prepared.error()};
  deadline.on_expiry([&stream] { close_quietly(stream.next_layer()); });
  auto [ec] = co_await stream.async_handshake(asio::ssl::stream_base::client, rt::kNothrow);
  if (ec || deadline.expired()) {
    if (deadline.expired() || ec == asio::error::operation_aborted)
      co_return ClientResult{classify(ec, deadline, Errc::ConnectFailed, "TLS with " + url.host + " was not set up")};
    co_return ClientResult{Error{Errc::ConnectFailed, "TLS with " + url.host + " was not set up: " +
                                                          tls_failure(stream.native_handle(), ec.message()) + "."}};
  }
  auto result = co_await exchange(stream, request, url, deadline);
  deadline.disarm();
  co_return result;
}

}  // namespace

Task<ClientResult> send_request(ClientRequest request) {
  auto parsed = parse_url(request.url);
  if (!parsed) co_return ClientResult{parsed.error()};
  const Url url = std::move(*parsed);
  if (url.scheme != "http" && url.scheme != "https")
    co_return ClientResult{Error{Errc::InvalidInput, "The URL must begin with http:// or https://."}};
  Deadline deadline{loop_executor(co_await asio::this_coro::executor)};
  deadline.arm(request.timeout, nullptr);
  AddressRule rule;
  rule.public_only = request.public_only;
  rule.allow_private = request.allow_private;
  auto dialed = co_await dial(url, rule, deadline);
  if (!dialed) co_return ClientResult{dialed.error()};
  Socket socket = std::move(*dialed);
  if (url.tls()) co_return co_await exchange_tls(std::move(socket), request, url, deadline);
  deadline.on_expiry([&socket] { close_quietly(socket); });
  auto result = co_await exchange(socket, request, url, deadline);
  deadline.disarm();
  co_return result;
}

}  // namespace otto::net
