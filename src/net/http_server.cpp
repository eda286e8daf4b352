#include "otto/net/http_server.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <unordered_map>

#include "otto/base/log.hpp"
#include "otto/net/listeners.hpp"

#include "http_session.hpp"

namespace otto::net {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kRefusals = 64;  // connections over the caps that are told so at the same time
constexpr milliseconds kFirstBackOff{100}, kMaxBackOff{1'000};

std::string address_text(const Socket& socket) {
  boost::system::error_code ec;
  const auto remote = socket.remote_endpoint(ec);
  if (ec) return {};
  auto address = remote.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  return address.to_string();
}

}  // namespace

std::optional<Response> HttpHandler::refuse(const Request&) { return std::nullopt; }

struct HttpServer::State {
  State(Loop& l, HttpHandler& handler, ServerLimits limits, TrustedProxies proxies)
      : loop{l},
        context{handler, limits, std::move(proxies), true},
        acceptor{l},
        back_off{l},
        group{l, "http"},
        refusals{l, "http-refusals", kRefusals} {}

  /// First a session, then perhaps the WebSocket that it has become. That may live for as long as a call, so nothing of
  /// the session stays behind it.
  struct Connection {
    std::string peer;
    std::unique_ptr<HttpSession> session;
    std::shared_ptr<WsWatch> socket;
    bool gives_way = false;

    void abort() {
      if (session) session->abort();
      if (socket) socket->kill();
    }
  };
  using Place = std::list<Connection>::iterator;

  Task<void> accept_loop();
  Task<void> serve(Place connection);
  void admit(Socket socket);
  bool make_room();
  void forget(Place connection);

  Loop& loop;
  SessionContext context;
  Acceptor acceptor;
  asio::steady_timer back_off;
  std::list<Connection> connections;
  std::unordered_map<std::string, std::size_t> per_address;
  rt::Group group, refusals;
};

HttpServer::HttpServer(Loop& loop, HttpHandler& handler, ServerLimits limits, TrustedProxies proxies)
    : state_{std::make_unique<State>(loop, handler, limits, std::move(proxies))} {}

HttpServer::~HttpServer() = default;

Result<std::uint16_t> HttpServer::listen(const std::string& host, std::uint16_t port, bool is_successor) {
  const auto failed = [&](const boost::system::error_code& why) {
    return Error{Errc::Config,
                 "Cannot listen on " + host + ":" + std::to_string(port) + ": " + why.message() + " (HOST, PORT)."};
  };
  if (port != 0 && !is_successor && listeners_on(port) > 0) return failed(asio::error::address_in_use);
  boost::system::error_code ec;
  Tcp::resolver resolver{state_->loop};
  const auto found = resolver.resolve(host, std::to_string(port), Tcp::resolver::passive, ec);
  if (ec || found.empty()) return failed(ec);
  const auto endpoint = found.begin()->endpoint();
  auto& acceptor = state_->acceptor;
  acceptor.open(endpoint.protocol(), ec);
  if (!ec) acceptor.set_option(asio::socket_base::reuse_address(true), ec);
  // The next process listens before this one has ended (leave its port with stop_listening()).
  if (!ec) acceptor.set_option(asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>{true}, ec);
  if (!ec) acceptor.bind(endpoint, ec);
  if (!ec) acceptor.listen(asio::socket_base::max_listen_connections, ec);
  if (ec) {
    boost::system::error_code ignored;
    acceptor.close(ignored);
    return failed(ec);
  }
  return acceptor.local_endpoint().port();
}

Task<void> HttpServer::run() { return state_->accept_loop(); }

Task<void> HttpServer::State::accept_loop() {
  auto pause = kFirstBackOff;
  while (acceptor.is_open() && context.accepting) {
    auto accepted = co_await acceptor.async_accept(rt::kNothrow);
    const auto ec = std::get<0>(accepted);
    if (!ec) {
      pause = kFirstBackOff;
      admit(std::move(std::get<1>(accepted)));
      continue;
    }
    if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor) break;
    if (ec == asio::error::connection_aborted) continue;
    // Out of descriptors or memory: the connections that are up go on, new ones wait in the kernel's queue.
    log::warn("http.accept_failed", {{"error", ec.message()}, {"retry_ms", std::int64_t{pause.count()}}});
    back_off.expires_after(pause);
    std::ignore = co_await back_off.async_wait(rt::kNothrow);
    pause = std::min(pause * 2, kMaxBackOff);
  }
}

void HttpServer::State::admit(Socket socket) {
  boost::system::error_code ec;
  socket.set_option(Tcp::no_delay(true), ec);
  auto peer = address_text(socket);
  auto& from_peer = per_address[peer];
  const bool has_room = connections.size() < context.limits.connections;
  const bool is_proxy = context.proxies && is_in(*context.proxies, peer);  // its connections are everybody's
  const bool has_many = !is_proxy && from_peer >= context.limits.connections_per_address;
  if (has_many || (!has_room && !make_room())) {
    if (from_peer == 0) per_address.erase(peer);
    log::debug("http.connection_refused", {{"peer", peer}, {"open", std::uint64_t{connections.size()}}});
    refusals.spawn("refuse", refuse_connection(std::move(socket)));
    return;
  }
  ++from_peer;
  auto session = std::make_unique<HttpSession>(std::move(socket), peer, context);
  connections.push_front(Connection{std::move(peer), std::move(session), nullptr});
  if (!group.spawn("session", serve(connections.begin()))) forget(connections.begin());
}

/// When every place is taken, whoever has waited longest without asking for anything gives way: connections that say
/// nothing, from however many addresses, keep nobody out who has something to say.
bool HttpServer::State::make_room() {
  const auto oldest = std::find_if(connections.rbegin(), connections.rend(), [](const Connection& connection) {
    return !connection.gives_way && connection.session && connection.session->waits_for_head();
  });
  if (oldest == connections.rend()) return false;
  oldest->gives_way = true;
  oldest->abort();
  return true;
}

Task<void> HttpServer::State::serve(Place connection) {
  struct Leaving {
    State& state;
    Place connection;
    ~Leaving() { state.forget(connection); }
  };
  const Leaving leaving{*this, connection};
  auto opened = co_await connection->session->run();
  connection->session.reset();
  if (!opened) co_return;
  connection->socket = opened->socket->watch();
  std::exception_ptr failure;
  try {
    co_await opened->serve(std::move(opened->socket));
  } catch (...) {  // wall
    failure = std::current_exception();
  }
  if (failure) log_failure("http.websocket_failed", opened->path, std::move(failure));
}

void HttpServer::State::forget(Place connection) {
  const std::string peer = std::move(connection->peer);
  connections.erase(connection);
  const auto from_peer = per_address.find(peer);
  if (from_peer != per_address.end() && --from_peer->second == 0) per_address.erase(from_peer);
}

void HttpServer::stop_listening() {
  auto& acceptor = state_->acceptor;
  boost::system::error_code ec;
  acceptor.non_blocking(true, ec);
  // What the kernel has queued for this socket would be reset with it.
  while (acceptor.is_open() && !ec) {
    Socket socket{state_->loop};
    acceptor.accept(socket, ec);
    if (!ec) state_->admit(std::move(socket));
  }
  acceptor.close(ec);
  state_->back_off.cancel();
}

std::uint16_t HttpServer::port() const {
  boost::system::error_code ec;
  const auto endpoint = state_->acceptor.local_endpoint(ec);
  return ec ? std::uint16_t{0} : endpoint.port();
}

void HttpServer::stop_accepting() {
  state_->context.accepting = false;
  stop_listening();
  for (auto& connection : state_->connections) {
    if (connection.session && connection.session->idle()) connection.abort();
  }
}

Task<void> HttpServer::stop() {
  stop_accepting();
  for (auto& connection : state_->connections) connection.abort();
  state_->group.stop();
  state_->refusals.stop();
  co_await state_->group.join();
  co_await state_->refusals.join();
}

std::size_t HttpServer::connections() const noexcept { return state_->connections.size(); }

}  // namespace otto::net
