// A real server on a free port whose handler notes what it was asked.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "otto/net/http_server.hpp"

#include "net_fixture.hpp"
#include "raw_peer.hpp"

namespace otto::net {

/// Answers "METHOD path body" unless a test says otherwise.
class NotingHandler : public HttpHandler {
 public:
  std::size_t max_body(const Request&) override { return body_limit; }
  std::optional<Response> refuse(const Request& head) override {
    return on_refuse ? on_refuse(head) : std::optional<Response>{};
  }
  Task<Response> handle(Request request) override {
    seen.push_back(request);
    if (on_handle) co_return co_await on_handle(std::move(request));
    co_return Response{200, "text/plain", request.method + " " + request.path + " " + request.body};
  }
  Task<Upgrade> upgrade(Request request) override {
    upgrades.push_back(request);
    Upgrade upgrade;
    if (on_upgrade) upgrade = on_upgrade(std::move(request));
    co_return upgrade;
  }

  std::size_t body_limit = 64;
  std::function<std::optional<Response>(const Request&)> on_refuse;
  std::function<Task<Response>(Request)> on_handle;
  std::function<Upgrade(Request)> on_upgrade;
  std::vector<Request> seen, upgrades;
};

class ServerTest : public NetTest {
 protected:
  ServerTest() {
    // Short enough for tests of lateness, long enough for a busy machine.
    limits.header_deadline = milliseconds{150};
    limits.body_deadline = milliseconds{150};
    limits.idle = milliseconds{150};
  }

  /// Starts the server, runs the scenario, stops the server.
  void serve(std::function<Task<void>()> scenario) { run(whole(std::move(scenario))); }

  Task<void> whole(std::function<Task<void>()> scenario) {
    rt::Group group{loop, "test"};
    server.emplace(loop, handler, limits, proxies);
    const auto bound = server->listen("127.0.0.1", 0);
    port = bound.value();
    group.spawn("accept", server->run());
    co_await scenario();
    co_await server->stop();
    co_await group.join();
    EXPECT_EQ(server->connections(), 0U);
    server.reset();
  }

  /// One connection: send everything, hear until the server closes.
  Task<std::string> exchange(std::string bytes) {
    RawPeer peer{loop};
    co_await peer.connect(port);
    co_await peer.send(bytes);
    co_return co_await peer.hear_all();
  }

  NotingHandler handler;
  ServerLimits limits;
  TrustedProxies proxies;
  std::optional<HttpServer> server;
  std::uint16_t port = 0;
};

}  // namespace otto::net
