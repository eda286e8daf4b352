// A server whose WebSockets echo, and a peer that forms its frames by hand.
#pragma once

#include "otto/net/websocket.hpp"

#include "server_fixture.hpp"
#include "ws_peer.hpp"

namespace otto::net {

class WsServerTest : public ServerTest {
 protected:
  WsServerTest() {
    handler.on_upgrade = [this](Request) {
      HttpHandler::Upgrade upgrade;
      upgrade.limits = ws_limits;
      upgrade.serve = [this](std::unique_ptr<WebSocket> socket) { return echo(std::move(socket)); };
      return upgrade;
    };
  }

  /// Echoes until the end and notes how it came.
  Task<void> echo(std::unique_ptr<WebSocket> socket) {
    for (;;) {
      auto message = co_await socket->read();
      if (!message) {
        ended = message.error();
        break;
      }
      ++messages;
      binary = message->binary;
      EXPECT_GE(message->capacity, message->text.size() + 64);
      if (message->text == "please close") {
        co_await socket->close(4001, "as you wish");
        break;
      }
      if (message->text == "please abort") {
        socket->abort();
        continue;
      }
      const std::string copy{message->text};
      if (!co_await socket->write(copy)) break;
    }
    code = socket->close_code();
    reason = socket->close_reason();
  }

  void with_peer(std::function<Task<void>(RawPeer&)> scenario) {
    serve([&]() -> Task<void> {
      RawPeer peer{loop};
      co_await open(peer);
      co_await scenario(peer);
    });
  }
  Task<void> open(RawPeer& peer) {
    co_await peer.connect(port);
    co_await peer.send(upgrade_request());
    EXPECT_TRUE(co_await peer.hear_until("\r\n\r\n"));
    EXPECT_TRUE(peer.heard().starts_with("HTTP/1.1 101 ")) << peer.heard();
    peer.heard().clear();
  }

  WsLimits ws_limits;
  int messages = 0;
  bool binary = false;
  std::optional<Error> ended;
  std::uint16_t code = 0;
  std::string reason;
};

}  // namespace otto::net
