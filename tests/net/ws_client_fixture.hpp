// Our WebSocket client against a server whose side of the talk is a script of the test.
#pragma once

#include "otto/net/websocket.hpp"

#include "server_fixture.hpp"
#include "test_ca.hpp"
#include "ws_peer.hpp"

namespace otto::net {

using Opened = Result<std::unique_ptr<WebSocket>>;

class WsClientTest : public ServerTest {
 protected:
  using Server = std::function<Task<void>(RawPeer&)>;
  using Client = std::function<Task<void>(Opened)>;

  WsClientTest() { trusted_ca(); }

  /// Connects to a raw server that runs `server_side` from the first byte on.
  void talk(Server server_side, Client client_side, WsConnect request = {}) {
    const auto scenario = [&]() -> Task<void> {
      RawListener listener{loop};
      rt::Group group{loop, "test"};
      group.spawn("server", raw_server(listener, server_side));
      if (request.url.empty()) request.url = listener.url("ws", "/path?secret=s");
      co_await client_side(co_await connect_websocket(request));
      listener.close();
      co_await group.join();
    };
    run(scenario());
  }
  /// The same after a good handshake.
  void talk_open(Server server_side, std::function<Task<void>(WebSocket&)> client_side, WsLimits ws_limits = {}) {
    WsConnect request;
    request.limits = ws_limits;
    talk(
        [&](RawPeer& peer) -> Task<void> {
          co_await peer.hear_until("\r\n\r\n");
          const auto answer = upgrade_answer(peer.heard());
          peer.heard().clear();
          co_await peer.send(answer);
          co_await server_side(peer);
        },
        [&](Opened opened) -> Task<void> {
          EXPECT_TRUE(opened) << opened.error().detail;
          if (opened) co_await client_side(**opened);
        },
        request);
  }
  Error refusal(std::string answer) {
    std::optional<Error> error;
    talk(
        [&](RawPeer& peer) -> Task<void> {
          co_await peer.hear_until("\r\n\r\n");
          co_await peer.send(answer);
          peer.end_sending();
          co_await peer.hear_all();
        },
        [&](Opened opened) -> Task<void> {
          if (!opened) error = opened.error();
          co_return;
        });
    return error.value();
  }

 private:
  static Task<void> raw_server(RawListener& listener, const Server& server_side) {
    auto peer = co_await listener.try_accept();
    if (peer) co_await server_side(*peer);
  }
};

}  // namespace otto::net
