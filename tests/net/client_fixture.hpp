// Our HTTP client against a listener whose side of the talk is a script of the test.
#pragma once

#include <functional>
#include <optional>

#include "otto/net/http_client.hpp"

#include "net_fixture.hpp"
#include "raw_peer.hpp"

namespace otto::net {

class ClientTest : public NetTest {
 protected:
  using Script = std::function<Task<void>(RawPeer&)>;

  /// Sends the request to a listener that runs `script` for the first connection.
  ClientResult ask(ClientRequest request, Script script) {
    std::optional<ClientResult> result;
    run(talk(std::move(request), std::move(script), result));
    return std::move(result.value());
  }

  /// As above, answering `bytes` to whatever comes, and then closing.
  ClientResult answered(std::string bytes, ClientRequest request = {}) {
    return ask(std::move(request), [bytes](RawPeer& peer) -> Task<void> {
      co_await peer.hear_until("\r\n\r\n");
      co_await peer.send(bytes);
      peer.end_sending();
      co_await peer.hear_all();
    });
  }

  std::string host;     ///< in the URL, in the place of the listener's address
  std::string heard;    ///< what the listener's side has heard
  int connections = 0;  ///< how many it has accepted

 private:
  Task<void> talk(ClientRequest request, Script script, std::optional<ClientResult>& result) {
    RawListener listener{loop};
    if (request.url.empty()) request.url = listener.url("http", "/path?q=1");
    if (!host.empty()) request.url.replace(request.url.find("127.0.0.1"), 9, host);
    rt::Group group{loop, "test"};
    group.spawn("listener", listen(listener, script));
    result.emplace(co_await send_request(std::move(request)));
    listener.close();
    co_await group.join();
  }
  Task<void> listen(RawListener& listener, const Script& script) {
    auto accepted = co_await listener.try_accept();
    if (!accepted) co_return;
    ++connections;
    co_await script(*accepted);
    heard = accepted->heard();
  }
};

}  // namespace otto::net
