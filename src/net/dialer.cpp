#include "dialer.hpp"

#include <algorithm>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <memory>
#include <vector>

#include "address.hpp"

namespace otto::net {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kMaxAddresses = 8;
constexpr milliseconds kAddressTime{2'500};  // for an address that does not answer while there are others

/// Asio's resolver thread cannot be interrupted, so the lookup owns itself: a caller whose deadline has passed leaves,
/// and the answer finds nobody.
struct Lookup {
  explicit Lookup(const LoopExecutor& executor) : resolver{executor}, done{executor} {
    done.expires_at(SteadyPoint::max());
  }
  Tcp::resolver resolver;
  asio::steady_timer done;
  boost::system::error_code ec = asio::error::would_block;
  std::vector<Tcp::endpoint> found;
};

std::string bare_host(const Url& url) {
  const bool bracketed = url.host.starts_with('[');
  return bracketed ? url.host.substr(1, url.host.size() - 2) : url.host;
}

LookupForTest& lookup_for_test() {
  static LookupForTest lookup;
  return lookup;
}

/// One address; with `limited`, for a part of the time only.
Task<boost::system::error_code> connect(Socket& socket, const Tcp::endpoint& endpoint, bool limited,
                                        Deadline& deadline) {
  Deadline attempt{socket.get_executor()};
  if (limited) attempt.arm(kAddressTime, [&socket] { close_quietly(socket); });
  deadline.on_expiry([&socket] { close_quietly(socket); });
  auto [ec] = co_await socket.async_connect(endpoint, rt::kNothrow);
  deadline.on_expiry(nullptr);
  if (attempt.expired()) co_return asio::error::timed_out;
  boost::system::error_code ignored;
  if (!ec) socket.set_option(Tcp::no_delay(true), ignored);
  co_return ec;
}

}  // namespace

Task<Result<std::vector<Tcp::endpoint>>> look_up(const Url& url, Deadline& deadline) {
  const auto host = bare_host(url);
  boost::system::error_code not_literal;
  const auto literal = asio::ip::make_address(host, not_literal);
  if (!not_literal) co_return std::vector<Tcp::endpoint>{Tcp::endpoint{literal, url.port}};
  if (lookup_for_test()) co_return lookup_for_test()(host, url.port);

  const auto executor = loop_executor(co_await asio::this_coro::executor);
  auto lookup = std::make_shared<Lookup>(executor);
  lookup->resolver.async_resolve(host, std::to_string(url.port), Tcp::resolver::numeric_service,
                                 [lookup](boost::system::error_code ec, const Tcp::resolver::results_type& results) {
                                   lookup->ec = ec;
                                   for (const auto& entry : results) {
                                     const auto endpoint = entry.endpoint();
                                     const bool known = std::find(lookup->found.begin(), lookup->found.end(),
                                                                  endpoint) != lookup->found.end();
                                     if (!known && lookup->found.size() < kMaxAddresses)
                                       lookup->found.push_back(endpoint);
                                   }
                                   lookup->done.cancel();
                                 });
  deadline.on_expiry([lookup] { lookup->done.cancel(); });
  boost::system::error_code stopped;
  while (lookup->ec == asio::error::would_block && !deadline.expired() && !stopped) {
    std::ignore = co_await lookup->done.async_wait(rt::kNothrow);
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) stopped = asio::error::operation_aborted;
  }
  deadline.on_expiry(nullptr);
  const auto ec = stopped ? stopped : lookup->ec;
  if (ec || deadline.expired())
    co_return classify(ec, deadline, Errc::ConnectFailed, "The host name " + url.host + " could not be resolved");
  if (lookup->found.empty()) co_return Error{Errc::ConnectFailed, "The host name " + url.host + " has no address."};
  co_return std::move(lookup->found);
}

void resolve_for_test(LookupForTest lookup) { lookup_for_test() = std::move(lookup); }

Error classify(const boost::system::error_code& ec, const Deadline& deadline, Errc otherwise, std::string sentence) {
  if (deadline.expired()) return Error{Errc::TimedOut, sentence + " in time."};
  if (ec == asio::error::operation_aborted) return Error{Errc::Cancelled, sentence + " before it was stopped."};
  return Error{otherwise, sentence + ": " + ec.message() + "."};
}

Task<Result<Socket>> dial(const Url& url, const AddressRule& rule, Deadline& deadline) {
  const auto executor = loop_executor(co_await asio::this_coro::executor);
  auto endpoints = co_await look_up(url, deadline);
  if (!endpoints) co_return endpoints.error();
  const bool any_address = !rule.public_only || (rule.allow_private && rule.allow_private(bare_host(url), url.port));
  for (const auto& endpoint : *endpoints) {
    if (any_address || is_public_address(endpoint.address())) continue;
    co_return Error{Errc::Forbidden, url.host + " leads to " + endpoint.address().to_string() +
                                         ", which is not a public address; only public targets may be named here."};
  }
  boost::system::error_code ec;
  for (std::size_t i = 0; i < endpoints->size() && !deadline.expired(); ++i) {
    Socket socket{executor};
    ec = co_await connect(socket, (*endpoints)[i], i + 1 < endpoints->size(), deadline);
    if (!ec && !deadline.expired()) co_return std::move(socket);
    if (ec == asio::error::operation_aborted) break;
  }
  co_return classify(ec, deadline, Errc::ConnectFailed,
                     url.host + ":" + std::to_string(url.port) + " could not be connected to");
}

}  // namespace otto::net
