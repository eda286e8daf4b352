// An HTTP peer that stands where api.twilio.com would: one connection per request, each treated as the script says.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "otto/base/text.hpp"

#include "tests/net/raw_peer.hpp"

namespace otto::twilio {

struct SeenRequest {
  std::string method, target, head, body;

  /// A header's value, or "".
  std::string header(std::string_view name) const {
    for (const auto& line : split(head, '\n')) {
      const auto colon = line.find(':');
      if (colon != std::string::npos && iequals(line.substr(0, colon), name))
        return std::string{trim(std::string_view{line}.substr(colon + 1))};
    }
    return {};
  }
  FormFields form() const { return *parse_form(body); }
};

/// What to do with one connection, once its request has been read.
using Step = std::function<Task<void>(net::RawPeer&)>;

inline Task<void> send_and_close(net::RawPeer& peer, std::string bytes) {
  co_await peer.send(bytes);
  peer.close();
}

inline Step answer(int status, std::string body, std::string more_headers = {}) {
  const auto bytes = "HTTP/1.1 " + std::to_string(status) +
                     " X\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
                     more_headers + "\r\n" + body;
  return [bytes](net::RawPeer& peer) { return send_and_close(peer, bytes); };
}

/// Announces the whole body and sends only its first `length` bytes.
inline Step answer_cut(int status, const std::string& body, std::size_t length) {
  const auto bytes = "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(body.size()) +
                     "\r\n\r\n" + body.substr(0, length);
  return [bytes](net::RawPeer& peer) { return send_and_close(peer, bytes); };
}

inline Task<void> reset_now(net::RawPeer& peer) {
  peer.reset();
  co_return;
}
inline Task<void> close_now(net::RawPeer& peer) {
  peer.close();
  co_return;
}
/// Never answers; ends when the other side does.
inline Task<void> say_nothing(net::RawPeer& peer) {
  while (co_await peer.hear()) {
  }
}

class ScriptedApi {
 public:
  explicit ScriptedApi(Loop& loop) : listener_{loop} {}

  std::string url() const { return "http://127.0.0.1:" + std::to_string(listener_.port()); }
  void then(Step step) { steps_.push_back(std::move(step)); }
  void then_reset_before_the_request() { reset_unread_ = true; }

  /// Serves as many connections as the script has steps.
  Task<void> serve() {
    for (auto& step : steps_) {
      auto peer = co_await listener_.accept();
      const bool whole = co_await read_request(*peer);
      if (whole) co_await step(*peer);
    }
    if (reset_unread_) {
      auto peer = co_await listener_.accept();
      peer->reset();
    }
    listener_.close();
  }

  const std::vector<SeenRequest>& seen() const { return seen_; }

 private:
  Task<bool> read_request(net::RawPeer& peer) {
    if (!co_await peer.hear_until("\r\n\r\n")) co_return false;
    SeenRequest request;
    const auto end = peer.heard().find("\r\n\r\n") + 4;
    request.head = co_await peer.take(end);
    const auto words = split(request.head.substr(0, request.head.find('\r')), ' ');
    request.method = words.at(0);
    request.target = words.at(1);
    const auto length = request.header("Content-Length");
    request.body = co_await peer.take(length.empty() ? 0 : std::stoul(length));
    seen_.push_back(std::move(request));
    co_return true;
  }

  net::RawListener listener_;
  std::vector<Step> steps_;
  std::vector<SeenRequest> seen_;
  bool reset_unread_ = false;
};

}  // namespace otto::twilio
