// Answers that are made while they are sent, over real sockets.
#include <algorithm>
#include <sys/socket.h>

#include "otto/rt/mailbox.hpp"

#include "server_fixture.hpp"

namespace otto::net {
namespace {

const std::string kGet = "GET /s HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string kLastGet = "GET /s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";

class HttpStreamTest : public ServerTest {
 protected:
  /// Every request is answered with this stream.
  void answer_with(std::function<Task<bool>(BodyWriter&)> stream) {
    handler.on_handle = [stream = std::move(stream)](Request) -> Task<Response> {
      Response response{200, "text/plain", ""};
      response.stream = stream;
      co_return response;
    };
  }
  /// One byte, and no more until it is ended.
  void answer_without_end(bool& ended) {
    answer_with([&](BodyWriter& to) -> Task<bool> {
      co_await to.write("x");
      rt::Event never{loop};
      co_await never.wait();
      ended = true;
      co_return true;
    });
  }
  void answer_with_two_pieces() {
    answer_with([](BodyWriter& to) -> Task<bool> {
      co_await to.write("hello ");
      co_await to.write("");
      co_return co_await to.write("world");
    });
  }
};

TEST_F(HttpStreamTest, GoesOutInChunksAsItIsMade) {
  answer_with_two_pieces();
  serve([&]() -> Task<void> {
    const auto heard = co_await exchange(kLastGet);
    EXPECT_NE(heard.find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos) << heard;
    EXPECT_EQ(heard.find("Content-Length"), std::string::npos) << heard;
    EXPECT_TRUE(heard.ends_with("\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n")) << heard;
  });
}

TEST_F(HttpStreamTest, EachPieceArrivesBeforeTheNextIsMade) {
  rt::Event next{loop};
  answer_with([&](BodyWriter& to) -> Task<bool> {
    co_await to.write("first");
    co_await next.wait();
    co_return co_await to.write("second");
  });
  serve([&]() -> Task<void> {
    RawPeer peer{loop};
    co_await peer.connect(port);
    co_await peer.send(kGet);
    EXPECT_TRUE(co_await peer.hear_until("5\r\nfirst\r\n"));
    EXPECT_EQ(peer.heard().find("second"), std::string::npos);
    next.set();
    EXPECT_TRUE(co_await peer.hear_until("6\r\nsecond\r\n0\r\n\r\n"));
    peer.close();
  });
}

TEST_F(HttpStreamTest, TheConnectionGoesOnWithThePipelinedRequest) {
  answer_with_two_pieces();
  serve([&]() -> Task<void> {
    const auto heard = co_await exchange(kGet + kGet + kLastGet);
    EXPECT_EQ(statuses(heard), (std::vector<int>{200, 200, 200})) << heard;
    EXPECT_TRUE(heard.ends_with("0\r\n\r\n"));
  });
  EXPECT_EQ(handler.seen.size(), 3U);
}

TEST_F(HttpStreamTest, AHeadGetsTheHeadAlone) {
  bool ran = false;
  answer_with([&](BodyWriter&) -> Task<bool> {
    ran = true;
    co_return true;
  });
  serve([&]() -> Task<void> {
    const auto heard = co_await exchange("HEAD /s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    EXPECT_TRUE(heard.ends_with("\r\n\r\n")) << heard;
    EXPECT_NE(heard.find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos) << heard;
  });
  EXPECT_FALSE(ran);
}

TEST_F(HttpStreamTest, AnOldClientReadsToTheEndOfTheConnection) {
  answer_with_two_pieces();
  serve([&]() -> Task<void> {
    const auto heard = co_await exchange("GET /s HTTP/1.0\r\nHost: h\r\n\r\n");
    EXPECT_EQ(heard.find("Transfer-Encoding"), std::string::npos) << heard;
    EXPECT_NE(heard.find("\r\nConnection: close\r\n"), std::string::npos) << heard;
    EXPECT_TRUE(heard.ends_with("\r\n\r\nhello world")) << heard;
  });
}

TEST_F(HttpStreamTest, WhatIsNotWholeIsSeenToBeCutOff) {
  int kind = 0;
  answer_with([&](BodyWriter& to) -> Task<bool> {
    co_await to.write("half");
    if (++kind == 1) co_return false;
    throw std::runtime_error{"broken"};
  });
  serve([&]() -> Task<void> {
    for (int i = 0; i < 2; ++i) {
      const auto heard = co_await exchange(kGet);
      EXPECT_TRUE(heard.ends_with("4\r\nhalf\r\n")) << heard;
    }
  });
}

TEST_F(HttpStreamTest, EndsWhenThePeerLeaves) {
  for (const bool resets : {false, true}) {
    bool ended = false;
    answer_without_end(ended);
    serve([&]() -> Task<void> {
      RawPeer peer{loop};
      co_await peer.connect(port);
      co_await peer.send(kGet);
      EXPECT_TRUE(co_await peer.hear_until("1\r\nx\r\n"));
      if (resets)
        peer.reset();
      else
        peer.close();
      while (server->connections() > 0) co_await timers.sleep_for(milliseconds{1});
      EXPECT_TRUE(ended);
    });
  }
}

TEST_F(HttpStreamTest, EndsWhenTheServerStops) {
  bool ended = false;
  RawPeer peer{loop};
  answer_without_end(ended);
  serve([&]() -> Task<void> {
    co_await peer.connect(port);
    co_await peer.send(kGet);
    EXPECT_TRUE(co_await peer.hear_until("1\r\nx\r\n"));
  });
  EXPECT_TRUE(ended);
  run([&]() -> Task<void> {
    const auto heard = co_await peer.hear_all();
    EXPECT_EQ(heard.find("0\r\n\r\n"), std::string::npos) << heard;
  }());
}

TEST_F(HttpStreamTest, AReaderThatStopsReadingIsCutOffByTheWriteDeadline) {
  limits.write_deadline = milliseconds{150};
  const std::string piece(256 * 1024, 'x');
  std::size_t written = 0;
  bool refused = false;
  answer_with([&](BodyWriter& to) -> Task<bool> {
    while (co_await to.write(piece)) written += piece.size();
    refused = true;
    co_return true;
  });
  serve([&]() -> Task<void> {
    RawPeer peer{loop};
    co_await peer.connect(port);
    co_await peer.send(kGet);
    while (server->connections() > 0) co_await timers.sleep_for(milliseconds{5});
    peer.close();
  });
  EXPECT_TRUE(refused);
  EXPECT_LT(written, 64U * 1024 * 1024) << "what the kernel takes is bounded";
}

TEST_F(HttpStreamTest, ASlowReaderGetsAllOfIt) {
  limits.write_deadline = milliseconds{2000};
  constexpr std::size_t kPieces = 40, kPiece = 200 * 1024;  // more than the kernel buffers
  answer_with([&](BodyWriter& to) -> Task<bool> {
    for (std::size_t i = 0; i < kPieces; ++i) {
      const std::string piece(kPiece, static_cast<char>('a' + i % 26));
      if (!co_await to.write(piece)) co_return false;
    }
    co_return true;
  });
  serve([&]() -> Task<void> {
    RawPeer peer{loop};
    co_await peer.connect(port);
    co_await peer.send(kLastGet);
    co_await timers.sleep_for(milliseconds{300});
    const auto heard = co_await peer.hear_all();
    EXPECT_TRUE(heard.ends_with("\r\n0\r\n\r\n"));
    EXPECT_EQ(
        static_cast<std::size_t>(std::ranges::count_if(
            heard.substr(heard.find("\r\n\r\n")), [](char c) { return c >= 'a' && c <= 'z'; })) >= kPieces * kPiece,
        true);
  });
}

TEST_F(HttpStreamTest, APeerThatFloodsUsIsNotBufferedWithoutBound) {
  rt::Event end{loop};
  answer_with([&](BodyWriter& to) -> Task<bool> {
    co_await to.write("x");
    co_await end.wait();
    co_return true;
  });
  serve([&]() -> Task<void> {
    RawPeer peer{loop};
    co_await peer.connect(port);
    co_await peer.send(kGet);
    EXPECT_TRUE(co_await peer.hear_until("1\r\nx\r\n"));
    const int send_buffer = 4096;
    ::setsockopt(peer.socket().native_handle(), SOL_SOCKET, SO_SNDBUF, &send_buffer, sizeof send_buffer);
    peer.socket().non_blocking(true);
    const std::string flood(64 * 1024, ' ');
    std::size_t taken = 0;
    boost::system::error_code ec;
    for (int quiet = 0; quiet < 20;) {
      const auto sent = peer.socket().write_some(boost::asio::buffer(flood), ec);
      taken += sent;
      quiet = sent > 0 ? 0 : quiet + 1;
      co_await timers.sleep_for(milliseconds{2});
    }
    EXPECT_LT(taken, 16U * 1024 * 1024);
    end.set();
    peer.reset();
  });
}

}  // namespace
}  // namespace otto::net
