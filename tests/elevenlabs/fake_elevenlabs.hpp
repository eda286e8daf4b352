// ElevenLabs on loopback: a real HTTP server whose answers and conversations a test scripts.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <functional>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <vector>

#include "otto/base/log.hpp"
#include "otto/elevenlabs/agent.hpp"
#include "otto/net/http_server.hpp"
#include "otto/rt/group.hpp"

namespace otto::elevenlabs::test {

class FakeElevenLabs final : public net::HttpHandler {
 public:
  std::size_t max_body(const net::Request&) override { return 1 << 20; }
  Task<net::Response> handle(net::Request request) override {
    asked.push_back(request);
    if (on_rest) co_return co_await on_rest(std::move(request));
    if (!answers.empty()) {
      auto answer = std::move(answers.front());
      answers.erase(answers.begin());
      co_return answer;
    }
    co_return net::json_response(200, Json{{"signed_url", signed_url()}});
  }
  Task<Upgrade> upgrade(net::Request request) override {
    opened.push_back(request);
    Upgrade upgrade;
    upgrade.limits.max_message = 8 << 20;
    upgrade.refuse = refuse_socket;
    upgrade.serve = [this](std::unique_ptr<net::WebSocket> socket) { return serve(std::move(socket)); };
    co_return upgrade;
  }
  std::string signed_url() const {
    return "ws://127.0.0.1:" + std::to_string(port) +
           "/v1/convai/conversation?agent_id=agent_1&conversation_id=conv_0123&conversation_signature=s%2Fx%3D";
  }

  std::uint16_t port = 0;
  std::vector<net::Response> answers;  ///< for the REST requests to come, in order; then a signed URL each
  std::function<Task<net::Response>(net::Request)> on_rest;
  std::optional<net::Response> refuse_socket;
  std::function<Task<void>(net::WebSocket&)> talk;  ///< the conversation; the socket ends with it
  std::vector<net::Request> asked, opened;
  std::vector<std::string> heard;  ///< what the client sent, by hear()
  std::uint16_t client_closed_with = 0;

  /// The client's next message into `heard`; false at the end.
  Task<bool> hear(net::WebSocket& socket) {
    const auto message = co_await socket.read();
    if (message) {
      heard.emplace_back(message->text);
      co_return true;
    }
    client_closed_with = socket.close_code();
    co_return false;
  }
  Task<void> hear_all(net::WebSocket& socket) {
    while (co_await hear(socket)) {
    }
  }

 private:
  Task<void> serve(std::unique_ptr<net::WebSocket> socket) {
    if (talk) co_await talk(*socket);
  }
};

class LoopbackTest : public ::testing::Test {
 protected:
  LoopbackTest() { log::start(log::Level::Off, log::Format::Text); }

  /// Starts the server, runs the scenario within ten seconds, stops the server; nothing may be left behind.
  void run(std::function<Task<void>()> scenario) {
    std::optional<std::exception_ptr> ended;
    boost::asio::co_spawn(loop, whole(std::move(scenario)), [&ended](std::exception_ptr failure) { ended = failure; });
    loop.restart();
    while (!ended && loop.run_one_for(seconds{10}) > 0) {
    }
    ASSERT_TRUE(ended.has_value()) << "the scenario hangs";
    if (*ended) std::rethrow_exception(*ended);
    loop.restart();
    loop.run_for(seconds{10});
    EXPECT_TRUE(loop.stopped()) << "an operation was left behind";
  }
  Task<void> whole(std::function<Task<void>()> scenario) {
    rt::Group group{loop, "test"};
    net::HttpServer server{loop, fake};
    fake.port = server.listen("127.0.0.1", 0).value();
    settings.api_key = "xi-secret";
    settings.api_base_url = "http://127.0.0.1:" + std::to_string(fake.port) + "/";
    group.spawn("server", server.run());
    co_await scenario();
    co_await server.stop();
    co_await group.join();
  }

  Loop loop;
  rt::RealTimers timers;
  FakeElevenLabs fake;
  Settings settings;
};

}  // namespace otto::elevenlabs::test
