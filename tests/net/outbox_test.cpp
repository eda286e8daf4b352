#include <boost/asio/steady_timer.hpp>
#include <deque>

#include "otto/net/websocket.hpp"
#include "otto/rt/mailbox.hpp"

#include "net_fixture.hpp"

namespace otto::net {
namespace {

/// Takes one message at a time, when the test lets it.
class SlowSocket final : public WebSocket {
 public:
  explicit SlowSocket(Loop& loop) : gate{loop} {}
  Task<Result<WsMessage>> read() override { co_return Error{Errc::Closed, "never read."}; }
  void listen(WsListener&) override {}
  bool try_write_binary(std::string_view) override { return false; }
  bool try_write(std::string_view text) override {
    if (!keeps_up) return false;
    written.emplace_back(text);
    return true;
  }
  Task<Result<void>> write(std::string_view text) override {
    while (allowed == 0 && !aborted) {
      gate.clear();
      if (!co_await gate.wait()) abort();  // as a real one: a cancelled write ends the connection
    }
    if (aborted) co_return Error{Errc::ConnectionLost, "aborted."};
    --allowed;
    written.emplace_back(text);
    co_return Result<void>{};
  }
  Task<void> close(std::uint16_t, std::string) override { co_return; }
  void abort() override {
    aborted = true;
    gate.set();
  }
  std::uint16_t close_code() const override { return 1006; }
  std::string close_reason() const override { return {}; }

  void allow(int messages) {
    allowed += messages;
    gate.set();
  }

  rt::Event gate;
  int allowed = 0;
  bool aborted = false, keeps_up = false;
  std::vector<std::string> written;
};

class OutboxTest : public NetTest {
 protected:
  using Texts = std::vector<std::string>;

  /// `scenario` runs beside the outbox's writer; the writer must end by itself afterwards.
  void beside_writer(std::function<Task<void>()> scenario) {
    const auto whole = [&]() -> Task<void> {
      rt::Group group{loop, "test"};
      writers = &group;
      if (std::exchange(is_waiting, false)) begin();
      co_await settle();
      co_await scenario();
      co_await group.join();
      writers = nullptr;
    };
    run(whole());
  }
  Task<void> settle() { co_await timers.sleep_for(milliseconds{1}); }

  void begin() {
    if (writers == nullptr) {
      is_waiting = true;
    } else {
      writers->spawn("writer", outbox.run());
    }
  }

  rt::Group* writers = nullptr;
  bool is_waiting = false;
  SlowSocket socket{loop};
  Outbox outbox{socket, [this] { begin(); }, 10, 3};
};

TEST_F(OutboxTest, WritesInOrderWithControlFirst) {
  beside_writer([&]() -> Task<void> {
    EXPECT_TRUE(outbox.media("m1"));  // the writer is at this one already when the others come
    co_await settle();
    EXPECT_TRUE(outbox.media("m2"));
    outbox.ordered("mark");
    EXPECT_TRUE(outbox.media("m3"));
    outbox.control("clear");
    socket.allow(5);
    outbox.finish();
  });
  EXPECT_EQ(socket.written, (Texts{"m1", "clear", "m2", "mark", "m3"}));
}

TEST_F(OutboxTest, QueuesNothingWhileThePeerKeepsUp) {
  socket.keeps_up = true;
  EXPECT_TRUE(outbox.media("longer than the bound"));
  outbox.ordered("mark");
  outbox.control("clear");
  EXPECT_EQ(outbox.media_bytes(), 0U);
  EXPECT_EQ(socket.written, (Texts{"longer than the bound", "mark", "clear"}));
}

TEST_F(OutboxTest, NothingOvertakesWhatIsQueued) {
  EXPECT_TRUE(outbox.media("m1"));
  socket.keeps_up = true;
  EXPECT_TRUE(outbox.media("m2"));
  outbox.control("clear");
  EXPECT_TRUE(socket.written.empty());
  beside_writer([&]() -> Task<void> {
    EXPECT_TRUE(outbox.media("m3"));  // the writer is in the middle of a message
    socket.allow(4);
    outbox.finish();
    co_return;
  });
  EXPECT_EQ(socket.written, (Texts{"clear", "m1", "m2", "m3"}));
}

TEST_F(OutboxTest, RefusesMediaOverItsBoundExactly) {
  EXPECT_TRUE(outbox.media("12345"));
  EXPECT_TRUE(outbox.media("67890"));
  EXPECT_EQ(outbox.media_bytes(), 10U);
  EXPECT_FALSE(outbox.media("x"));
  EXPECT_TRUE(outbox.media(""));
  EXPECT_EQ(outbox.drop_media(), 10U);
  EXPECT_EQ(outbox.media_bytes(), 0U);
  EXPECT_TRUE(outbox.media("0123456789"));
}

TEST_F(OutboxTest, DroppingMediaKeepsControl) {
  outbox.control("clear");
  outbox.ordered("mark");
  EXPECT_TRUE(outbox.media("m"));
  EXPECT_EQ(outbox.drop_media(), 5U);
  socket.allow(9);
  outbox.finish();
  beside_writer([]() -> Task<void> { co_return; });
  EXPECT_EQ(socket.written, (Texts{"clear"}));
}

TEST_F(OutboxTest, OrderedMessagesAreTakenOverTheMediaBound) {
  EXPECT_TRUE(outbox.media("0123456789"));
  outbox.ordered("mark");
  EXPECT_EQ(outbox.media_bytes(), 14U);
  EXPECT_FALSE(outbox.media("x"));
  EXPECT_FALSE(socket.aborted);
}

TEST_F(OutboxTest, TooManyMessagesThatMustNotBeDroppedAbortTheSocket) {
  outbox.control("1");
  outbox.ordered("2");
  outbox.control("3");
  EXPECT_FALSE(socket.aborted);
  outbox.control("4");
  EXPECT_TRUE(socket.aborted);
  EXPECT_FALSE(outbox.media("x"));
}

TEST_F(OutboxTest, EndsWhenAWriteFails) {
  beside_writer([&]() -> Task<void> {
    EXPECT_TRUE(outbox.media("m1"));
    co_await settle();
    socket.abort();
    co_await settle();
    EXPECT_FALSE(outbox.media("m2"));
    outbox.control("ignored");
  });
  EXPECT_TRUE(socket.written.empty());
}

TEST_F(OutboxTest, FinishWritesWhatIsQueuedAndTakesNoMoreMedia) {
  beside_writer([&]() -> Task<void> {
    EXPECT_TRUE(outbox.media("m1"));
    outbox.finish();
    EXPECT_FALSE(outbox.media("m2"));
    outbox.control("goodbye");
    socket.allow(2);
    co_return;
  });
  EXPECT_EQ(socket.written, (Texts{"m1", "goodbye"}));
}

TEST_F(OutboxTest, WritesOnWhenThePeerFallsBehindAgain) {
  beside_writer([&]() -> Task<void> {
    EXPECT_TRUE(outbox.media("m1"));
    socket.allow(1);
    co_await settle();
    EXPECT_EQ(writers->size(), 0U);
    socket.keeps_up = true;
    EXPECT_TRUE(outbox.media("m2"));
    socket.keeps_up = false;
    EXPECT_TRUE(outbox.media("m3"));  // the writer is at this one already
    EXPECT_TRUE(outbox.media("m4"));
    outbox.control("clear");
    socket.allow(3);
  });
  EXPECT_EQ(socket.written, (Texts{"m1", "m2", "m3", "clear", "m4"}));
}

TEST_F(OutboxTest, AStoppedWriterEnds) {
  const auto scenario = [&]() -> Task<void> {
    rt::Group group{loop, "test"};
    writers = &group;
    EXPECT_TRUE(outbox.media("m1"));
    co_await settle();
    group.stop();
    co_await group.join();
    EXPECT_FALSE(outbox.media("late"));
  };
  run(scenario());
}

}  // namespace
}  // namespace otto::net
