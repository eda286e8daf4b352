// The media link over a real WebSocket on loopback, both ends ours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otto/rt/mailbox.hpp"
#include "otto/twilio/media.hpp"

#include "tests/net/server_fixture.hpp"
#include "tests/twilio/stream_wire.hpp"

namespace otto::twilio {
namespace {

using testing::ElementsAre;

class MediaSocketTest : public net::ServerTest {
 protected:
  MediaSocketTest() {
    handler.on_upgrade = [this](const net::Request&) {
      net::HttpHandler::Upgrade upgrade;
      upgrade.serve = [this](std::unique_ptr<net::WebSocket> socket) { return answer_call(std::move(socket)); };
      return upgrade;
    };
  }

  /// Our side: echoes each frame back, answers a key with a clear and a mark, closes when the mark has come back.
  Task<void> answer_call(std::unique_ptr<net::WebSocket> socket) {
    MediaOptions options;
    options.account_sid = kStreamAccount;
    auto accepted = co_await accept_media(loop, timers, std::move(socket), std::move(options));
    if (!accepted) {
      end = accepted.error().detail;
      co_return;
    }
    auto& link = *accepted->link;
    link.listen([this, &link](const ports::LinkEvent& event) {
      if (const auto* audio = std::get_if<ports::LinkAudio>(&event)) {
        ++frames;
        link.send_audio(audio->ulaw);
      } else if (std::holds_alternative<ports::LinkDtmf>(event)) {
        link.clear();
        link.send_mark("bye");
      } else if (end.empty()) {
        const auto* ended = std::get_if<ports::LinkEnded>(&event);
        end = ended != nullptr ? ended->reason : "marked";
        is_over.set();
      }
    });
    std::ignore = co_await is_over.wait();
    co_await link.close();
    finished.set();
  }

  Task<std::unique_ptr<net::WebSocket>> dial() {
    net::WsConnect request;
    request.url = "ws://127.0.0.1:" + std::to_string(port) + "/api/twilio/outbound/media-stream";
    auto socket = co_await net::connect_websocket(std::move(request));
    co_return std::move(socket.value());
  }
  static Task<void> say(net::WebSocket& socket, std::string text) {
    const auto written = co_await socket.write(text);
    EXPECT_TRUE(written);
  }
  static Task<Json> hear(net::WebSocket& socket) {
    const auto message = co_await socket.read();
    co_return message ? Json::parse(message->text) : Json(std::string{to_string(message.error().code)});
  }

  std::string end;
  int frames = 0;
  rt::Event finished{loop}, is_over{loop};
};

TEST_F(MediaSocketTest, CarriesACallFromStartToGoodbye) {
  serve([this]() -> Task<void> {
    const auto socket = co_await dial();
    co_await say(*socket, connected());
    co_await say(*socket, start_json().dump());
    for (int i = 0; i < 100; ++i) {
      const std::string audio(160, static_cast<char>(i));
      co_await say(*socket, media(audio, 20 * i));
      const auto echoed = co_await hear(*socket);
      EXPECT_EQ(echoed.at("media").at("payload"), crypto::base64_encode(audio));
      EXPECT_EQ(echoed.size(), 3u) << "Twilio drops messages with more fields than it documents";
    }
    co_await say(*socket, dtmf("#"));
    const auto cleared = co_await hear(*socket);
    EXPECT_EQ(cleared.at("event"), "clear");
    const auto marked = co_await hear(*socket);
    EXPECT_EQ(marked.at("mark").at("name"), "bye");
    co_await say(*socket, mark("bye"));
    const auto ended = co_await hear(*socket);
    EXPECT_EQ(ended, "closed");
    EXPECT_EQ(socket->close_code(), 1000);
    co_await socket->close(1000, "");
  });
  EXPECT_EQ(end, "marked");
  EXPECT_EQ(frames, 100);
}

TEST_F(MediaSocketTest, EndsWhenTwilioStops) {
  serve([this]() -> Task<void> {
    const auto socket = co_await dial();
    co_await say(*socket, connected());
    co_await say(*socket, start_json().dump());
    co_await say(*socket, stop());
    const auto ended = co_await hear(*socket);
    EXPECT_EQ(ended, "closed");
    co_await socket->close(1000, "");
  });
  EXPECT_EQ(end, "stop");
}

TEST_F(MediaSocketTest, EndsWhenTheConnectionBreaks) {
  serve([this]() -> Task<void> {
    const auto socket = co_await dial();
    co_await say(*socket, connected());
    co_await say(*socket, start_json().dump());
    socket->abort();
    std::ignore = co_await finished.wait();
  });
  EXPECT_EQ(end, "lost");
}

TEST_F(MediaSocketTest, RefusesAnotherAccountsStream) {
  serve([this]() -> Task<void> {
    const auto socket = co_await dial();
    auto foreign = start_json();
    foreign["start"]["accountSid"] = "AC00000000000000000000000000000002";
    co_await say(*socket, foreign.dump());
    const auto ended = co_await hear(*socket);
    EXPECT_EQ(ended, "closed");
    co_await socket->close(1000, "");
  });
  EXPECT_EQ(end, "A media stream of another Twilio account was refused.");
}

TEST_F(MediaSocketTest, TakesAMessageLargerThanOneFrame) {
  serve([this]() -> Task<void> {
    const auto socket = co_await dial();
    co_await say(*socket, start_json().dump());
    const std::string second(8000, 'x');
    co_await say(*socket, media(second, 20));
    const auto echoed = co_await hear(*socket);
    EXPECT_EQ(echoed.at("media").at("payload"), crypto::base64_encode(second));
    co_await say(*socket, stop());
    const auto ended = co_await hear(*socket);
    EXPECT_EQ(ended, "closed");
    co_await socket->close(1000, "");
  });
  EXPECT_EQ(end, "stop");
}

}  // namespace
}  // namespace otto::twilio
