// The coroutine toolkit: owners, races, mailboxes, virtual time, offload.
#include <gtest/gtest.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "otto/base/metrics.hpp"
#include "otto/rt/group.hpp"
#include "otto/rt/mailbox.hpp"
#include "otto/rt/offload.hpp"
#include "otto/rt/persist.hpp"
#include "otto/rt/time.hpp"

namespace otto::rt {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart = TimePoint{} + 1'700'000'000s;

struct RtTest : testing::Test {
  Loop loop{1};
  VirtualTimers timers{loop, kStart};
  Group group{loop, "test"};

  void run() {
    loop.restart();
    loop.run();
  }
  ~RtTest() override { EXPECT_EQ(group.size(), 0u) << "a task was left running"; }
};

Task<void> sleeper(Timers& timers, milliseconds time, std::vector<std::string>& log, std::string name) {
  co_await timers.sleep_for(time);
  log.push_back(name);
}

TEST_F(RtTest, SleepersWakeInTheOrderOfTheirTimes) {
  std::vector<std::string> log;
  group.spawn("b", sleeper(timers, 2s, log, "b"));
  group.spawn("a", sleeper(timers, 1s, log, "a"));
  group.spawn("c", sleeper(timers, 3s, log, "c"));

  timers.advance(2500ms);

  EXPECT_EQ(log, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(timers.now(), kStart + 2500ms);
  timers.advance(1s);
  EXPECT_EQ(log.back(), "c");
  EXPECT_EQ(timers.sleeping(), 0u);
}

TEST_F(RtTest, ASleepThatIsOverYieldsOnceAndGoesOn) {
  std::vector<std::string> log;
  group.spawn("now", sleeper(timers, 0ms, log, "now"));

  timers.advance(0ms);

  EXPECT_EQ(log.size(), 1u);
}

Task<void> until_stopped(Group& group, Timers& timers, int& rounds, std::string& after) {
  while (!group.stopping()) {
    co_await timers.sleep_for(1s);
    ++rounds;
  }
  co_await timers.sleep_for(10ms);  // clean-up may wait after a cancellation
  after = "cleaned up";
}

TEST_F(RtTest, StopEndsASleepAndLeavesTimeToCleanUp) {
  int rounds = 0;
  std::string after;
  group.spawn("loop", until_stopped(group, timers, rounds, after));
  timers.advance(3500ms);
  EXPECT_EQ(rounds, 3);

  group.stop();
  timers.advance(0ms);
  EXPECT_EQ(after, "");
  timers.advance(10ms);

  EXPECT_EQ(after, "cleaned up");
  std::vector<std::string> log;
  EXPECT_FALSE(group.spawn("late", sleeper(timers, 1s, log, "x"))) << "a stopping group takes no task";
}

Task<void> thrower() {
  throw std::runtime_error("broken");
  co_return;
}

Task<void> joiner(Group& other, bool& joined) {
  co_await other.join();
  joined = true;
}

Task<void> until_set(Event& event) { co_await event.wait(); }

TEST_F(RtTest, TasksThatFailAreCountedByTheirKindAndNotByWhoseTheyAre) {
  Group engine{loop, "engine"};
  for (const char* name : {"attempt 7f3a", "attempt 91bc"}) engine.spawn(name, thrower());

  run();

  EXPECT_NE(metrics::text().find("otto_task_failures_total{task=\"engine/attempt\"} 2"), std::string::npos);
  EXPECT_EQ(metrics::text().find("7f3a"), std::string::npos) << "a series for each task is never freed";
}

/// Seen by AddressSanitizer: what stops such a task must not reach for it after its end.
TEST_F(RtTest, AStopFromOutsideTheLoopMeetsTasksThatAreAboutToEnd) {
  Event event{loop};
  for (int i = 0; i < 8; ++i) group.spawn("waits", until_set(event));
  loop.restart();
  loop.poll();
  event.set();  // each of them ends with the loop's next turns

  group.stop();
  run();

  EXPECT_EQ(group.size(), 0U);
}

/// How many of `count` were under way at most; each takes as many seconds as its number.
struct Counted {
  Timers& timers;
  std::size_t now = 0, most = 0;
  std::vector<std::size_t> ended{};
  Task<void> act(std::size_t number) {
    most = std::max(most, ++now);
    co_await timers.sleep_for(1s * static_cast<int>(number));
    --now;
    ended.push_back(number);
  }
};

TEST_F(RtTest, OfManyAFewAreDoneAtOnceInTheirOrder) {
  Counted counted{timers};
  std::function<Task<void>(std::size_t)> act = [&](std::size_t number) { return counted.act(number); };
  group.spawn("all", for_each(loop, "each", 5, 2, act));

  timers.advance(5s);
  EXPECT_EQ(counted.ended, (std::vector<std::size_t>{0, 1, 2, 3}));
  EXPECT_EQ(counted.most, 2u);
  EXPECT_EQ(group.size(), 1u);
  timers.advance(1s);
  EXPECT_EQ(counted.ended.size(), 5u);
  EXPECT_EQ(group.size(), 0u);
}

TEST_F(RtTest, WhoIsStoppedEndsThoseUnderWayAndBeginsNoOther) {
  Counted counted{timers};
  std::function<Task<void>(std::size_t)> act = [&](std::size_t number) { return counted.act(100 + number); };
  group.spawn("all", for_each(loop, "each", 50, 8, act));
  timers.advance(1s);

  group.stop();
  timers.advance(0ms);

  EXPECT_EQ(counted.ended.size(), 8u);
  EXPECT_EQ(group.size(), 0u);
}

TEST_F(RtTest, AnExceptionEndsOneTaskAndNotItsSiblings) {
  std::vector<std::string> log;
  Group inner{loop, "inner"};
  bool joined = false;
  inner.spawn("bad", thrower());
  inner.spawn("good", sleeper(timers, 1s, log, "good"));
  group.spawn("join", joiner(inner, joined));

  timers.advance(0ms);
  EXPECT_FALSE(joined);
  timers.advance(1s);

  EXPECT_EQ(log, std::vector<std::string>{"good"});
  EXPECT_TRUE(joined);
}

Task<void> stubborn(Timers& timers, bool& ended) {
  co_await timers.sleep_for(1s);  // ended early by the stop
  co_await timers.sleep_for(5s);  // and then it tidies up
  ended = true;
}

TEST_F(RtTest, ACancelledTaskStillWaitsForItsChildren) {
  Group inner{loop, "inner"};
  bool ended = false, joined = false;
  inner.spawn("child", stubborn(timers, ended));
  group.spawn("join", joiner(inner, joined));
  timers.advance(0ms);

  group.stop();
  inner.stop();
  timers.advance(1s);
  EXPECT_FALSE(joined);
  timers.advance(5s);

  EXPECT_TRUE(ended);
  EXPECT_TRUE(joined);
}

TEST_F(RtTest, AGroupTakesNoMoreThanItsCap) {
  std::vector<std::string> log;
  Group capped{loop, "capped", 1};
  EXPECT_TRUE(capped.spawn("a", sleeper(timers, 1s, log, "a")));
  EXPECT_FALSE(capped.spawn("b", sleeper(timers, 1s, log, "b")));

  timers.advance(1s);

  EXPECT_TRUE(capped.spawn("c", sleeper(timers, 1s, log, "c")));
  timers.advance(1s);
  EXPECT_EQ(log, (std::vector<std::string>{"a", "c"}));
}

Task<void> race(Timers& timers, milliseconds a, milliseconds b, std::vector<std::string>& log, int& winner) {
  winner = co_await first_of(sleeper(timers, a, log, "a"), sleeper(timers, b, log, "b"));
}

TEST_F(RtTest, TheFirstToEndWinsAndTheOtherIsCancelledAtOnce) {
  std::vector<std::string> log;
  int winner = -1;
  group.spawn("race", race(timers, 5s, 1s, log, winner));

  timers.advance(1s);

  EXPECT_EQ(winner, 1);
  EXPECT_EQ(timers.sleeping(), 0u) << "the loser still sleeps";
}

TEST_F(RtTest, ABranchThatThrowsCountsAsEnded) {
  std::vector<std::string> log;
  int winner = -1;
  auto both = [](Timers& t, std::vector<std::string>& l, int& w) -> Task<void> {
    w = co_await first_of(sleeper(t, 5s, l, "a"), thrower());
  };
  group.spawn("race", both(timers, log, winner));

  timers.advance(0ms);

  EXPECT_EQ(winner, 1);
}

TEST_F(RtTest, StoppingTheGroupEndsBothSidesOfARace) {
  std::vector<std::string> log;
  int winner = -1;
  group.spawn("race", race(timers, 5s, 9s, log, winner));
  timers.advance(1s);

  group.stop();
  timers.advance(0ms);

  EXPECT_NE(winner, -1);
  EXPECT_EQ(timers.sleeping(), 0u);
}

Task<void> consume(Mailbox<int>& box, std::vector<int>& seen) {
  for (;;) {
    auto item = co_await box.pop();
    if (!item) break;
    seen.push_back(*item);
  }
  seen.push_back(-1);
}

TEST_F(RtTest, AMailboxRefusesBeyondItsBoundAndDrainsAfterClose) {
  Mailbox<int> box{loop, 2};
  std::vector<int> seen;
  EXPECT_TRUE(box.push(1));
  EXPECT_TRUE(box.push(2));
  EXPECT_FALSE(box.push(3));
  box.push_last(4);
  EXPECT_FALSE(box.push(5)) << "closed";

  group.spawn("consumer", consume(box, seen));
  run();

  EXPECT_EQ(seen, (std::vector<int>{1, 2, 4, -1}));
}

TEST_F(RtTest, APushWakesTheWaitingConsumerAndCloseEndsIt) {
  Mailbox<int> box{loop, 8};
  std::vector<int> seen;
  group.spawn("consumer", consume(box, seen));
  loop.poll();

  box.push(7);
  loop.poll();
  EXPECT_EQ(seen, std::vector<int>{7});
  box.close();
  run();

  EXPECT_EQ(seen, (std::vector<int>{7, -1}));
}

TEST_F(RtTest, ATimedPopGivesUpAndLosesNothing) {
  Mailbox<int> box{loop, 8};
  std::optional<int> first{1}, second;
  auto twice = [](Mailbox<int>& b, std::optional<int>& x, std::optional<int>& y) -> Task<void> {
    x = co_await b.pop(1ms);
    b.push(5);
    y = co_await b.pop(1ms);
  };
  group.spawn("twice", twice(box, first, second));
  run();

  EXPECT_EQ(first, std::nullopt);
  EXPECT_EQ(second, 5);
}

TEST_F(RtTest, StoppingTheGroupEndsAPop) {
  Mailbox<int> box{loop, 8};
  std::vector<int> seen;
  group.spawn("consumer", consume(box, seen));
  loop.poll();

  group.stop();
  run();

  EXPECT_EQ(seen, std::vector<int>{-1});
}

TEST_F(RtTest, AnEventWakesEveryWaiter) {
  Event event{loop};
  int woken = 0;
  auto wait = [](Event& e, int& n) -> Task<void> {
    if (co_await e.wait()) ++n;
  };
  group.spawn("a", wait(event, woken));
  group.spawn("b", wait(event, woken));
  loop.poll();
  EXPECT_EQ(woken, 0);

  event.set();
  run();

  EXPECT_EQ(woken, 2);
}

Task<void> offload_many(boost::asio::thread_pool& pool, int& sum, int& failures) {
  const auto home = std::this_thread::get_id();
  for (int i = 0; i < 500; ++i) {
    std::string text = "a payload that lives on the heap " + std::to_string(i);
    auto job = [text, i]() -> int {
      if (i % 7 == 0) throw std::runtime_error("bad " + text);
      return static_cast<int>(text.size());
    };
    try {
      sum += co_await offload(pool, std::move(job));
    } catch (const std::runtime_error&) {
      ++failures;
    }
    EXPECT_EQ(std::this_thread::get_id(), home);
  }
}

TEST_F(RtTest, OffloadBringsValuesAndExceptionsBackToTheLoop) {
  boost::asio::thread_pool pool{4};
  int sum = 0, failures = 0;
  group.spawn("offload", offload_many(pool, sum, failures));
  run();
  pool.join();

  EXPECT_EQ(failures, 72);
  EXPECT_GT(sum, 428 * 33);
}

TEST_F(RtTest, APersistentTaskIsMadeAgainAfterAnExceptionAndNotAfterItsEnd) {
  int made = 0;
  const auto work = [](Timers& clock, int nth) -> Task<void> {
    co_await clock.sleep_for(10ms);
    if (nth < 3) throw std::runtime_error{"broken"};
  };
  group.spawn("persist", persist(timers, "work", [&] { return work(timers, ++made); }));

  timers.advance(900ms);
  EXPECT_EQ(made, 1);
  timers.advance(1min);

  EXPECT_EQ(made, 3);
  EXPECT_EQ(group.size(), 0U);
}

TEST_F(RtTest, APersistentTaskThatIsCancelledInItsPauseIsNotMadeAgain) {
  int made = 0;
  const auto work = []() -> Task<void> {
    throw std::runtime_error{"broken"};
    co_return;
  };
  group.spawn("persist", persist(timers, "work", [&] { return ++made, work(); }));
  timers.advance(100ms);

  group.stop();
  timers.advance(1min);

  EXPECT_EQ(made, 1);
}

}  // namespace
}  // namespace otto::rt
