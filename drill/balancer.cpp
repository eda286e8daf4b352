#include "drill/balancer.hpp"

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <list>
#include <set>
#include <string>
#include <vector>

#include "otto/rt/group.hpp"
#include "otto/rt/task.hpp"

#include "tests/system/waiting.hpp"

namespace otto::drill {

namespace asio = boost::asio;
using system_test::loop;
using Tcp = asio::ip::tcp;
using Socket = Tcp::socket;

namespace {

Task<void> pump(Socket& from, Socket& to) {
  std::array<char, 16 * 1024> chunk;
  for (;;) {
    auto [read_ec, count] = co_await from.async_read_some(asio::buffer(chunk), rt::kNothrow);
    if (read_ec) co_return;
    auto [write_ec, written] = co_await asio::async_write(to, asio::buffer(chunk.data(), count), rt::kNothrow);
    if (write_ec) co_return;
  }
}

/// A connection that its owner's death has reset is reset on this side too: nothing is made to look orderly.
void reset(Socket& socket) {
  boost::system::error_code ignored;
  socket.set_option(asio::socket_base::linger{true, 0}, ignored);
  socket.close(ignored);
}

}  // namespace

struct Balancer::State {
  State() : acceptor{loop(), Tcp::endpoint{asio::ip::make_address_v4("127.0.0.1"), 0}} {}

  Task<void> accept() {
    while (!tasks.stopping()) {
      auto [ec, socket] = co_await acceptor.async_accept(rt::kNothrow);
      if (ec == asio::error::operation_aborted) co_return;
      if (!ec) tasks.spawn("connection", carry(std::move(socket)));
    }
  }

  static Task<bool> connect(Socket& server, std::uint16_t port) {
    boost::system::error_code ignored;
    server.close(ignored);
    const Tcp::endpoint there{asio::ip::make_address_v4("127.0.0.1"), port};
    auto [ec] = co_await server.async_connect(there, rt::kNothrow);
    co_return !ec;
  }

  Task<bool> connect_to_next(Socket& server) {
    for (std::size_t tries = 0; tries < backends.size(); ++tries) {
      const auto port = backends[next++ % backends.size()];
      if (!resting.contains(port) && co_await connect(server, port)) co_return true;
    }
    co_return false;
  }

  Task<void> carry(Socket client) {
    Socket server{loop()};
    std::string head;  // read to choose by, and passed on
    std::uint16_t chosen = 0;
    if (choice) {
      auto [ec, count] =
          co_await asio::async_read_until(client, asio::dynamic_buffer(head, 64 * 1024), "\r\n", rt::kNothrow);
      if (ec) co_return;
      chosen = choice(std::string_view{head}.substr(0, head.find('\r')));
    }
    const bool connected = chosen != 0 ? co_await connect(server, chosen) : co_await connect_to_next(server);
    if (!connected) co_return reset(client);
    boost::system::error_code ignored;
    client.set_option(Tcp::no_delay{true}, ignored);
    server.set_option(Tcp::no_delay{true}, ignored);
    const auto open = connections.insert(connections.end(), Connection{&client, &server});
    co_await carry_on(client, server, head);
    connections.erase(open);
  }

  Task<void> carry_on(Socket& client, Socket& server, const std::string& head) {
    boost::system::error_code ignored;
    auto [head_ec, head_size] = co_await asio::async_write(server, asio::buffer(head), rt::kNothrow);
    if (head_ec) co_return reset(client);
    auto there = pump(client, server);
    auto back = pump(server, client);
    const int first = co_await rt::first_of(std::move(there), std::move(back));
    if (first == 1) {
      client.shutdown(Tcp::socket::shutdown_both, ignored);
    } else {
      reset(server);
    }
  }

  struct Connection {
    Socket *client, *server;
  };
  Tcp::acceptor acceptor;
  std::list<Connection> connections;
  std::vector<std::uint16_t> backends;
  std::set<std::uint16_t> resting;
  Choice choice;
  std::size_t next = 0;
  rt::Group tasks{loop(), "balancer"};
};

Balancer::Balancer() : state_{std::make_unique<State>()} { state_->tasks.spawn("accept", state_->accept()); }

Balancer::~Balancer() {
  state_->tasks.stop();
  state_->acceptor.close();
  system_test::run(state_->tasks.join());
}

std::uint16_t Balancer::port() const noexcept { return state_->acceptor.local_endpoint().port(); }
void Balancer::serve(std::vector<std::uint16_t> backends) { state_->backends = std::move(backends); }
void Balancer::choose(Choice choice) { state_->choice = std::move(choice); }
bool Balancer::is_idle() const noexcept { return state_->connections.empty(); }
void Balancer::give_up(std::uint16_t backend) {
  set_ready(backend, false);
  boost::system::error_code ignored;
  for (const State::Connection& open : state_->connections) {
    const auto there = open.server->remote_endpoint(ignored);
    if (ignored || there.port() != backend) continue;
    reset(*open.client);
    reset(*open.server);
  }
}
void Balancer::set_ready(std::uint16_t backend, bool ready) {
  if (ready) {
    state_->resting.erase(backend);
  } else {
    state_->resting.insert(backend);
  }
}

}  // namespace otto::drill
