// A WebSocket that is listened to instead of read, against a raw peer.
#include "otto/rt/mailbox.hpp"

#include "ws_server_fixture.hpp"

namespace otto::net {
namespace {

class WsListenTest : public WsServerTest, private WsListener {
 protected:
  WsListenTest() {
    handler.on_upgrade = [this](Request) {
      HttpHandler::Upgrade upgrade;
      upgrade.limits = ws_limits;
      upgrade.serve = [this](std::unique_ptr<WebSocket> socket) { return hold(std::move(socket)); };
      return upgrade;
    };
  }

  std::function<void(WebSocket&, std::string_view)> on_text;
  std::vector<std::string> texts;
  std::vector<Errc> ends;

 private:
  Task<void> hold(std::unique_ptr<WebSocket> socket) {
    socket_ = socket.get();
    socket->listen(*this);
    std::ignore = co_await is_over_.wait();
    co_await socket->close(1000, "");
    socket_ = nullptr;
  }
  void on_message(const WsMessage& message) override {
    EXPECT_GE(message.capacity, message.text.size() + 64);
    texts.emplace_back(message.text);
    if (on_text) on_text(*socket_, message.text);
  }
  void on_end(const Error& why) override {
    ends.push_back(why.code);
    is_over_.set();
  }

  WebSocket* socket_ = nullptr;
  rt::Event is_over_{loop};
};

using Texts = std::vector<std::string>;

TEST_F(WsListenTest, IsToldEveryMessageAndThenTheEndOnce) {
  with_peer([&](RawPeer& peer) -> Task<void> {
    std::string bytes;
    for (int i = 0; i < 100; ++i) bytes += encode(client_frame(1, std::to_string(i)));
    co_await peer.send(bytes + encode(client_frame(1, std::string(60'000, 'x'))) + encode(client_frame(1, "last")) +
                       encode(client_frame(8, close_payload(1000))) + encode(client_frame(1, "behind the close")));
    co_await peer.hear_all();
  });

  ASSERT_EQ(texts.size(), 102U);
  EXPECT_EQ(texts.at(99), "99");
  EXPECT_EQ(texts.at(100).size(), 60'000U);
  EXPECT_EQ(texts.back(), "last");
  EXPECT_EQ(ends, std::vector<Errc>{Errc::Closed});
}

TEST_F(WsListenTest, MayAnswerFromInsideAndTheAnswersGoOutInOrder) {
  on_text = [](WebSocket& socket, std::string_view text) {
    EXPECT_TRUE(socket.try_write("1: " + std::string{text}));
    EXPECT_TRUE(socket.try_write("2: " + std::string{text}));
  };
  with_peer([&](RawPeer& peer) -> Task<void> {
    co_await peer.send(encode(client_frame(1, "a")) + encode(client_frame(1, "b")));
    for (const auto* expected : {"1: a", "2: a", "1: b", "2: b"})
      EXPECT_EQ((co_await hear_frame(peer)).payload, expected);
    peer.close();
  });
}

TEST_F(WsListenTest, MayAbortFromInside) {
  on_text = [](WebSocket& socket, std::string_view) { socket.abort(); };
  with_peer([&](RawPeer& peer) -> Task<void> {
    co_await peer.send(encode(client_frame(1, "a")) + encode(client_frame(1, "b")));
    co_await peer.hear_all();
  });
  EXPECT_EQ(texts, Texts{"a"});
  EXPECT_EQ(ends, std::vector<Errc>{Errc::ConnectionLost});
}

TEST_F(WsListenTest, AListenerThatThrowsEndsItsOwnConnectionOnly) {
  on_text = [](WebSocket&, std::string_view) { throw std::runtime_error{"broken"}; };
  with_peer([&](RawPeer& peer) -> Task<void> {
    co_await peer.send(encode(client_frame(1, "a")));
    co_await peer.hear_all();
  });
  EXPECT_EQ(ends, std::vector<Errc>{Errc::Internal});
}

TEST_F(WsListenTest, TakesNoMoreThanItsHighWaterFromAWriterWhosePeerIsSlow) {
  std::size_t taken = 0;
  on_text = [&taken](WebSocket& socket, std::string_view) {
    const std::string text(10'000, 'x');
    while (socket.try_write(text)) ++taken;
  };
  with_peer([&](RawPeer& peer) -> Task<void> {
    co_await peer.send(encode(client_frame(1, "go")));
    for (int i = 0; i < 7; ++i) EXPECT_EQ((co_await hear_frame(peer)).payload.size(), 10'000U);
    peer.close();
  });
  EXPECT_EQ(taken, 7U) << "64 KiB, and the message that crosses them";
}

}  // namespace
}  // namespace otto::net
