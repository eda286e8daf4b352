// Somebody who is sent webhooks: n8n's Wait node, or the workflow that is an agent's tool.
#pragma once

#include <string>
#include <vector>

#include "otto/net/http_server.hpp"
#include "otto/rt/group.hpp"
#include "otto/rt/time.hpp"

#include "tests/system/waiting.hpp"

namespace otto::system_test {

/// Keeps what it is sent, and answers after `delay` with each of `statuses` in turn, then with 200; the body is always
/// `body`.
class Receiver final : public net::HttpHandler {
 public:
  explicit Receiver(std::vector<int> statuses = {}, std::string body = "{}", milliseconds delay = {})
      : statuses_{std::move(statuses)}, body_{std::move(body)}, delay_{delay}, server_{loop(), *this} {
    port_ = server_.listen("127.0.0.1", 0).value();
    tasks_.spawn("receiver", server_.run());
  }
  ~Receiver() override {
    run(server_.stop());
    run(tasks_.join());
  }

  std::size_t max_body(const net::Request&) override { return 1024 * 1024; }
  Task<net::Response> handle(net::Request request) override {
    const std::size_t nth = requests.size();
    requests.push_back(std::move(request));
    const int status = nth < statuses_.size() ? statuses_[nth] : 200;
    if (delay_.count() > 0) co_await timers_.sleep_for(delay_);
    co_return net::Response{status, "application/json", body_};
  }
  Task<Upgrade> upgrade(net::Request) override {
    Upgrade upgrade;
    upgrade.refuse = net::error_response(404, "not_found", "No sockets here.");
    co_return upgrade;
  }
  /// From now on with 200 alone.
  void recover() { statuses_.clear(); }
  std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }

  std::vector<net::Request> requests;

 private:
  std::vector<int> statuses_;
  std::string body_;
  milliseconds delay_;
  rt::RealTimers timers_;
  std::uint16_t port_ = 0;
  net::HttpServer server_;
  rt::Group tasks_{loop(), "receiver"};
};

}  // namespace otto::system_test
