// A conversation over real sockets: signed URL, handshake, messages, and the ways in which networks end them.
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <openssl/sha.h>

#include "otto/crypto/digest.hpp"
#include "otto/elevenlabs/protocol.hpp"

#include "tests/elevenlabs/fake_elevenlabs.hpp"
#include "tests/elevenlabs/samples.hpp"
#include "tests/fakes/event_queue.hpp"

namespace otto::elevenlabs {
namespace {

using namespace ports;
using Tcp = boost::asio::ip::tcp;

class AgentTest : public test::LoopbackTest {
 protected:
  AgentTest() {
    start.user_id = "attempt-1";
    start.variables["customerName"] = "Ana";
  }

  /// The client's side: everything that it receives until the end, then an orderly close.
  Task<void> talk(AgentTicket ticket) {
    auto agent = make_agent(settings, loop, timers);
    auto opened = co_await agent->open(std::move(ticket), start);
    if (!opened) {
      error = opened.error();
      co_return;
    }
    const auto conversation = std::move(*opened);
    otto::test::AgentEvents incoming{loop};
    conversation->listen(incoming.sink());
    while (!ended) {
      auto next = co_await incoming.next();
      const auto event = std::move(next.value());
      if (const auto* audio = std::get_if<AgentAudio>(&event)) audio_bytes += audio->bytes.size();
      if (std::holds_alternative<AgentReady>(event) && on_ready) on_ready(*conversation);
      if (const auto* end = std::get_if<AgentEnded>(&event)) ended = *end;
      ++events;
    }
    co_await conversation->close();
  }
  Task<void> prepare_and_talk() {
    auto agent = make_agent(settings, loop, timers);
    auto ticket = co_await agent->prepare("agent_1");
    if (!ticket) {
      error = ticket.error();
      co_return;
    }
    co_await talk(std::move(*ticket));
  }
  AgentTicket ticket_for(std::string url) {
    AgentTicket ticket;
    ticket.url = std::move(url);
    ticket.expires_at = timers.now() + minutes{14};
    return ticket;
  }

  ConversationStart start;
  std::function<void(Conversation&)> on_ready;
  std::optional<Error> error;
  std::optional<AgentEnded> ended;
  std::size_t events = 0, audio_bytes = 0;
};

TEST_F(AgentTest, ATicketHoldsTheUrlItsConversationAndItsTime) {
  Result<AgentTicket> ticket = Error{Errc::Internal, ""};
  const auto before = timers.now();
  run([&]() -> Task<void> {
    auto agent = make_agent(settings, loop, timers);
    ticket = co_await agent->prepare("agent_1");
  });

  ASSERT_TRUE(ticket.has_value());
  EXPECT_EQ(ticket->url, fake.signed_url());
  EXPECT_EQ(ticket->conversation_id, "conv_0123");
  EXPECT_EQ(ticket->agent_id, "agent_1");
  EXPECT_GE(ticket->expires_at, before + minutes{14});
  EXPECT_LE(ticket->expires_at, timers.now() + minutes{14});
}

TEST_F(AgentTest, ASignedUrlWithoutAConversationIdIsStillATicket) {
  fake.answers.assign(1, net::json_response(200, Json{{"signed_url", "ws://127.0.0.1:9/x?agent_id=a&token=t"}}));
  Result<AgentTicket> ticket = Error{Errc::Internal, ""};
  run([&]() -> Task<void> {
    auto agent = make_agent(settings, loop, timers);
    ticket = co_await agent->prepare("agent_1");
  });

  ASSERT_TRUE(ticket.has_value());
  EXPECT_EQ(ticket->conversation_id, "");
}

TEST_F(AgentTest, OnlyWebSocketUrlsAreTickets) {
  for (const auto* url : {"https://api.elevenlabs.io/x", "http://127.0.0.1/", "javascript:x", "wss://user:pw@host/"}) {
    fake.answers.assign(1, net::json_response(200, Json{{"signed_url", url}}));
    error.reset();
    run([&]() -> Task<void> { co_await prepare_and_talk(); });
    ASSERT_TRUE(error.has_value()) << url;
    EXPECT_EQ(error->code, Errc::ProviderUnavailable);
  }
}

TEST_F(AgentTest, PlainWebSocketsAreOnlyForPlainBases) {
  run([&]() -> Task<void> {
    settings.api_base_url = "https://api.elevenlabs.io";
    co_await talk(ticket_for(fake.signed_url()));
  });

  ASSERT_TRUE(error.has_value());
  EXPECT_NE(error->detail.find("wss://"), std::string::npos);
  EXPECT_TRUE(fake.opened.empty());
}

TEST_F(AgentTest, AnOldTicketIsRefusedBeforeAnythingIsSent) {
  run([&]() -> Task<void> {
    auto ticket = ticket_for(fake.signed_url());
    ticket.expires_at = timers.now() - milliseconds{1};
    co_await talk(std::move(ticket));
  });

  EXPECT_EQ(error->code, Errc::TimedOut);
  EXPECT_TRUE(fake.opened.empty());
}

TEST_F(AgentTest, AConversationFromTheFirstMessageToTheAgentsGoodbye) {
  const std::vector<std::uint8_t> frame(160, 0x7f);
  on_ready = [&](Conversation& conversation) { EXPECT_TRUE(conversation.send_audio(frame)); };
  fake.talk = [this](net::WebSocket& socket) -> Task<void> {
    co_await fake.hear(socket);
    co_await socket.write(test::kMetadata);
    co_await fake.hear(socket);
    co_await socket.write(test::kPing);
    co_await fake.hear(socket);
    co_await socket.write(R"({"type":"next_year"})");
    co_await socket.write(test::kAudio);
    co_await socket.close(1000, "");
  };
  run([&]() -> Task<void> { co_await prepare_and_talk(); });

  EXPECT_FALSE(error.has_value());
  ASSERT_EQ(fake.opened.size(), 1u);
  EXPECT_EQ("ws://127.0.0.1:" + std::to_string(fake.port) + fake.opened[0].target, fake.signed_url())
      << "the signed URL is used byte for byte";
  ASSERT_EQ(fake.heard.size(), 3u);
  EXPECT_EQ(fake.heard[0], format_start(start));
  EXPECT_EQ(fake.heard[1], test::format_audio(frame));
  EXPECT_EQ(fake.heard[2], format_pong(0));
  EXPECT_EQ(events, 3u);
  EXPECT_EQ(audio_bytes, 4u);
  EXPECT_EQ(ended->code, 1000);
}

TEST_F(AgentTest, OurCloseIsOrderly) {
  fake.talk = [this](net::WebSocket& socket) -> Task<void> {
    co_await socket.write(test::kMetadata);
    co_await fake.hear_all(socket);
  };
  run([&]() -> Task<void> {
    auto agent = make_agent(settings, loop, timers);
    auto opened = co_await agent->open(ticket_for(fake.signed_url()), start);
    const auto conversation = std::move(opened.value());
    otto::test::AgentEvents incoming{loop};
    conversation->listen(incoming.sink());
    std::ignore = co_await incoming.next();
    co_await conversation->close();
    co_await conversation->close();
  });

  EXPECT_EQ(fake.client_closed_with, 1000);
}

TEST_F(AgentTest, ARefusalAfterTheMetadataKeepsItsWords) {
  fake.talk = [this](net::WebSocket& socket) -> Task<void> {
    co_await fake.hear(socket);
    co_await socket.write(test::kMetadata);
    co_await socket.write(test::kError);
    co_await socket.close(1008, "Missing required dynamic variables in first mess");
  };
  run([&]() -> Task<void> { co_await prepare_and_talk(); });

  EXPECT_EQ(ended->code, 1008);
  EXPECT_EQ(ended->error_type, "missing_dynamic_variable");
  EXPECT_EQ(ended->reason, "Missing required dynamic variables in first message: {'x'}");
}

TEST_F(AgentTest, TwoMegabytesInOneMessageAreHeard) {
  fake.talk = [this](net::WebSocket& socket) -> Task<void> {
    co_await fake.hear(socket);
    co_await socket.write(test::kMetadata);
    const auto message = R"({"type":"audio","audio_event":{"event_id":1,"audio_base_64":")" +
                         crypto::base64_encode(std::string(2'000'000, 'x')) + R"("}})";
    co_await socket.write(message);
    co_await socket.close(1000, "");
  };
  run([&]() -> Task<void> { co_await prepare_and_talk(); });

  EXPECT_EQ(audio_bytes, 2'000'000u);
  EXPECT_EQ(ended->code, 1000);
}

TEST_F(AgentTest, SilenceEndsTheConversation) {
  settings.limits.silence = milliseconds{100};
  fake.talk = [this](net::WebSocket& socket) -> Task<void> {
    co_await socket.write(test::kMetadata);
    co_await fake.hear_all(socket);
  };
  run([&]() -> Task<void> { co_await prepare_and_talk(); });

  EXPECT_EQ(ended->code, 1006);
  EXPECT_EQ(ended->error_type, "silence");
}

TEST_F(AgentTest, ASilentServerAfterTheHandshakeIsNoConversation) {
  settings.limits.metadata = milliseconds{50};
  fake.talk = [this](net::WebSocket& socket) -> Task<void> { co_await fake.hear_all(socket); };
  run([&]() -> Task<void> { co_await prepare_and_talk(); });

  EXPECT_EQ(ended->error_type, "no_metadata");
  EXPECT_EQ(events, 1u);
}

TEST_F(AgentTest, RefusedHandshakesAreTold) {
  struct Case {
    int status;
    Errc code;
  };
  for (const auto& c :
       {Case{401, Errc::Unauthorized}, Case{403, Errc::Unauthorized}, Case{404, Errc::NotFound},
        Case{422, Errc::ProviderRefused}, Case{429, Errc::RateLimited}, Case{503, Errc::ProviderUnavailable}}) {
    fake.refuse_socket = net::json_response(c.status, Json{{"detail", "no"}});
    error.reset();
    run([&]() -> Task<void> { co_await prepare_and_talk(); });
    ASSERT_TRUE(error.has_value()) << c.status;
    EXPECT_EQ(error->code, c.code) << error->detail;
    EXPECT_EQ(error->detail.find("conversation_signature"), std::string::npos) << error->detail;
  }
}

TEST_F(AgentTest, NobodyBehindTheSignedUrlIsAConnectError) {
  run([&]() -> Task<void> { co_await talk(ticket_for("ws://127.0.0.1:1/x?conversation_signature=s")); });

  EXPECT_EQ(error->code, Errc::ConnectFailed);
  EXPECT_EQ(error->detail.find("conversation_signature"), std::string::npos);
}

TEST_F(AgentTest, AServerThatNeverAnswersTheHandshakeTimesOut) {
  settings.limits.connect = milliseconds{50};
  Tcp::acceptor acceptor{loop, Tcp::endpoint{boost::asio::ip::address_v4::loopback(), 0}};
  const auto port = std::to_string(acceptor.local_endpoint().port());
  run([&]() -> Task<void> { co_await talk(ticket_for("ws://127.0.0.1:" + port + "/")); });

  EXPECT_EQ(error->code, Errc::TimedOut);
}

/// Answers one handshake, says `then` (raw frames) and resets the connection.
Task<void> reset_after(Tcp::acceptor& acceptor, std::string then) {
  auto socket = co_await acceptor.async_accept(boost::asio::use_awaitable);
  std::string head;
  co_await boost::asio::async_read_until(socket, boost::asio::dynamic_buffer(head), "\r\n\r\n",
                                         boost::asio::use_awaitable);
  constexpr std::string_view kKey = "Sec-WebSocket-Key: ";
  const auto at = head.find(kKey) + kKey.size();
  const auto text = head.substr(at, head.find("\r\n", at) - at) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::string digest(20, '\0');
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(digest.data()));
  const auto answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
      crypto::base64_encode(digest) + "\r\n\r\n" + then;
  co_await boost::asio::async_write(socket, boost::asio::buffer(answer), boost::asio::use_awaitable);
  char start_frame[16];  // once the client has begun to speak, it has taken the handshake
  co_await socket.async_read_some(boost::asio::buffer(start_frame), boost::asio::use_awaitable);
  socket.set_option(boost::asio::socket_base::linger(true, 0));
  socket.close();
}

TEST_F(AgentTest, AResetInTheMiddleOfAFrameIsALostConversation) {
  Tcp::acceptor acceptor{loop, Tcp::endpoint{boost::asio::ip::address_v4::loopback(), 0}};
  const auto port = std::to_string(acceptor.local_endpoint().port());
  // A text frame that announces 100 bytes and brings 10.
  const auto half = std::string("\x81\x64", 2) + R"({"type":"a)";
  run([&]() -> Task<void> {
    rt::Group group{loop, "peer"};
    group.spawn("peer", reset_after(acceptor, half));
    co_await talk(ticket_for("ws://127.0.0.1:" + port + "/"));
    co_await group.join();
  });

  ASSERT_TRUE(ended.has_value());
  EXPECT_EQ(ended->code, 1006);
}

}  // namespace
}  // namespace otto::elevenlabs
