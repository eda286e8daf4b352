#include "otto/hooks/event_dispatcher.hpp"

#include <algorithm>
#include <deque>
#include <gmock/gmock.h>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "otto/base/json.hpp"
#include "otto/hooks/signature.hpp"

namespace otto::hooks {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

const TimePoint kStart = TimePoint{} + 1'764'000'000s;

/// The outbox with its statements' semantics, in memory.
struct FakeEventStore final : ports::EventStore {
  struct Queue {
    std::string url;
    std::int64_t last_sequence = 0;
    int failures = 0;
    std::optional<TimePoint> due;
    std::vector<ports::PendingEvent> pending;
    std::map<std::string, std::string> dead;  ///< id and reason
  };
  std::map<std::string, Queue> queues;
  bool is_down = false;

  void queue(const std::string& campaign, TimePoint now) {
    Queue& q = queues[campaign];
    q.url = "https://receiver.example/" + campaign + "?token=SECRET";
    ports::PendingEvent event;
    event.sequence = ++q.last_sequence;
    event.id = campaign + "-" + std::to_string(event.sequence);
    event.type = "call.ended";
    event.data = R"({"n":)" + std::to_string(event.sequence) + "}";
    event.at = event.queued_at = now;
    q.pending.push_back(std::move(event));
    if (!q.due) q.due = now;
  }
  static Error down() { return {Errc::DatabaseUnavailable, "The database is away."}; }

  Task<Result<std::vector<ports::EventQueue>>> take_queues(int limit, seconds hold, TimePoint now) override {
    if (is_down) co_return down();
    std::vector<ports::EventQueue> due;
    for (auto& [campaign, q] : queues) {
      if (!q.due || *q.due > now || static_cast<int>(due.size()) == limit) continue;
      q.due = now + hold;
      due.push_back({CampaignId{campaign}, q.url, q.failures});
    }
    co_return due;
  }
  Task<Result<ports::EventFront>> front(CampaignId campaign, int limit) override {
    if (is_down) co_return down();
    const Queue& q = queues[campaign.value];
    ports::EventFront front;
    front.last_sequence = q.last_sequence;
    front.events = q.pending;
    front.events.resize(std::min(front.events.size(), static_cast<std::size_t>(limit)));
    co_return front;
  }
  Task<Result<void>> sent(CampaignId campaign, std::string id) override {
    if (is_down) co_return down();
    std::erase_if(queues[campaign.value].pending, [&](const auto& event) { return event.id == id; });
    queues[campaign.value].failures = 0;
    co_return Result<void>{};
  }
  Task<Result<void>> postpone(CampaignId campaign, std::string id, TimePoint next, std::string) override {
    if (is_down) co_return down();
    Queue& q = queues[campaign.value];
    ++q.failures;
    q.due = next;
    for (auto& event : q.pending) event.tries += event.id == id ? 1 : 0;
    co_return Result<void>{};
  }
  Task<Result<void>> bury(CampaignId campaign, std::string id, std::string reason, bool all, TimePoint) override {
    if (is_down) co_return down();
    Queue& q = queues[campaign.value];
    std::erase_if(q.pending, [&](const auto& event) {
      if (!all && event.id != id) return false;
      q.dead[event.id] = reason;
      return true;
    });
    co_return Result<void>{};
  }
  Task<Result<void>> release(CampaignId campaign, std::int64_t last_sequence, TimePoint now) override {
    if (is_down) co_return down();
    Queue& q = queues[campaign.value];
    q.due = q.last_sequence == last_sequence ? std::nullopt : std::optional{now};
    co_return Result<void>{};
  }
  Task<Result<ports::DeadLetterPage>> dead_letters(CampaignId, int, std::string) override {
    co_return ports::DeadLetterPage{};
  }
  Task<Result<int>> replay(std::string, CampaignId, TimePoint) override { co_return 0; }
};

struct FakeSender final : ports::HookSender {
  rt::Timers& timers;
  std::function<Result<ports::HookAnswer>()> answer = [] { return status(200); };
  milliseconds takes{0};
  std::vector<ports::HookRequest> requests;
  std::vector<TimePoint> times;
  std::map<std::string, int> open;
  int most_open_of_one = 0;

  explicit FakeSender(rt::Timers& t) : timers{t} {}
  static Result<ports::HookAnswer> status(int code) {
    ports::HookAnswer reply;
    reply.status = code;
    return reply;
  }
  Task<Result<ports::HookAnswer>> post(ports::HookRequest request) override {
    const std::string url = request.url;
    requests.push_back(std::move(request));
    times.push_back(timers.now());
    most_open_of_one = std::max(most_open_of_one, ++open[url]);
    if (takes > 0ms) co_await timers.sleep_for(takes);
    --open[url];
    co_return answer();
  }
  std::vector<std::string> ids() const {
    std::vector<std::string> list;
    for (const auto& request : requests)
      for (const auto& [name, value] : request.headers)
        if (name == "webhook-id") list.push_back(value);
    return list;
  }
};

struct EventDispatcherTest : testing::Test {
  Loop loop{1};
  rt::VirtualTimers timers{loop, kStart};
  rt::Group group{loop, "test"};
  FakeEventStore store;
  FakeSender sender{timers};
  std::vector<std::unique_ptr<EventDispatcher>> dispatchers;

  EventDispatcher& start() {
    EventDispatcher::Options options;
    options.key = "k";
    dispatchers.push_back(std::make_unique<EventDispatcher>(
        EventDispatcher::Deps{loop, timers, store, sender, [] { return 0.5; }}, options));
    group.spawn("dispatcher", dispatchers.back()->run());
    timers.advance(0ms);
    return *dispatchers.back();
  }
  void queue(const std::string& campaign, int count) {
    for (int i = 0; i < count; ++i) store.queue(campaign, timers.now());
  }
  ~EventDispatcherTest() override {
    for (const auto& dispatcher : dispatchers) dispatcher->stop();
    timers.advance(30s);
    EXPECT_EQ(group.size(), 0u) << "a dispatcher was left running";
  }
};

TEST_F(EventDispatcherTest, EventsGoOutSignedInOrderAndTheQueueRests) {
  queue("a", 3);
  start();

  EXPECT_THAT(sender.ids(), ElementsAre("a-1", "a-2", "a-3"));
  const ports::HookRequest& first = sender.requests[0];
  EXPECT_EQ(first.url, "https://receiver.example/a?token=SECRET");
  EXPECT_EQ(parse_json(first.body).value(), (Json{{"type", "call.ended"},
                                                  {"timestamp", "2025-11-24T16:00:00.000Z"},
                                                  {"campaignId", "a"},
                                                  {"sequence", 1},
                                                  {"data", {{"n", 1}}}}));
  EXPECT_EQ(first.headers.back().second, sign("k", "a-1", 1'764'000'000, first.body));
  EXPECT_FALSE(store.queues["a"].due) << "nothing is pending";
  queue("a", 1);
  timers.advance(2s);
  EXPECT_EQ(sender.ids().back(), "a-4");
}

TEST_F(EventDispatcherTest, AnEventThatIsNotTakenHoldsBackThoseBehindItAndNoOtherCampaigns) {
  queue("a", 2);
  queue("b", 1);
  int failing = 3;
  sender.answer = [&] { return FakeSender::status(failing-- > 0 ? 503 : 200); };
  sender.takes = 1ms;
  start();
  timers.advance(60s);

  std::vector<std::string> of_a = sender.ids();
  std::erase(of_a, "b-1");
  EXPECT_TRUE(std::ranges::is_sorted(of_a));
  EXPECT_EQ(of_a.back(), "a-2");
  EXPECT_THAT(store.queues["a"].pending, IsEmpty());
  EXPECT_THAT(store.queues["b"].pending, IsEmpty());
  EXPECT_EQ(store.queues["a"].failures, 0);
  EXPECT_EQ(sender.most_open_of_one, 1);
}

TEST_F(EventDispatcherTest, AReceiverThatStaysAwayGetsFewerAndFewerPostsAndADayLaterAllAreDeadLetters) {
  queue("a", 200);
  sender.answer = [] { return Error{Errc::ConnectFailed, "receiver.example refused the connection."}; };
  start();
  timers.advance(23h);
  EXPECT_THAT(store.queues["a"].dead, IsEmpty());
  EXPECT_LT(sender.requests.size(), 20u);
  timers.advance(4h);

  EXPECT_THAT(store.queues["a"].pending, IsEmpty());
  EXPECT_THAT(store.queues["a"].dead, SizeIs(200));
  EXPECT_EQ(store.queues["a"].dead["a-200"], "receiver.example refused the connection.");
}

TEST_F(EventDispatcherTest, AnAddressThatIsGoneBuriesItsWholeQueueWithOnePost) {
  queue("a", 50);
  sender.answer = [] { return FakeSender::status(410); };
  start();
  EXPECT_THAT(sender.requests, SizeIs(1));
  EXPECT_THAT(store.queues["a"].dead, SizeIs(50));
  queue("a", 1);
  timers.advance(2s);
  EXPECT_THAT(store.queues["a"].dead, SizeIs(51)) << "what comes later is not held back";
  EXPECT_FALSE(store.queues["a"].due);
}

TEST_F(EventDispatcherTest, AnEventThatIsRefusedForGoodIsADeadLetterAndTheNextGoesOut) {
  queue("a", 2);
  bool first = true;
  sender.answer = [&] { return FakeSender::status(std::exchange(first, false) ? 403 : 200); };
  start();
  EXPECT_THAT(store.queues["a"].dead, SizeIs(1));
  EXPECT_THAT(sender.ids(), ElementsAre("a-1", "a-2"));
}

TEST_F(EventDispatcherTest, NothingIsSentInTheHoldsLastSeconds) {
  queue("a", 10);
  sender.takes = 15s;
  start();
  start();  // a second instance
  timers.advance(10min);

  EXPECT_EQ(sender.most_open_of_one, 1);
  EXPECT_THAT(sender.ids(), SizeIs(10)) << "each once";
  EXPECT_THAT(store.queues["a"].pending, IsEmpty());
}

TEST_F(EventDispatcherTest, WithoutTheStoreADeliveryIsMadeAgainWithTheSameId) {
  queue("a", 1);
  sender.answer = [&] {
    store.is_down = sender.requests.size() == 1;
    return FakeSender::status(200);
  };
  start();
  timers.advance(5s);
  store.is_down = false;
  timers.advance(2min);
  EXPECT_THAT(sender.ids(), ElementsAre("a-1", "a-1"));
  EXPECT_THAT(store.queues["a"].pending, IsEmpty());
}

/// Whatever the receiver, the store and the instances do: per campaign the first sight of each event comes in order,
/// and each is either taken or a dead letter in the end.
TEST_F(EventDispatcherTest, OrderHoldsWhateverGoesWrong) {
  std::mt19937 dice{20'261'125};
  std::map<std::string, std::set<std::string>> taken;
  sender.answer = [&]() -> Result<ports::HookAnswer> {
    switch (dice() % 8) {
      case 0:
        return FakeSender::status(500);
      case 1:
        return Error{Errc::TimedOut, "no answer"};
      case 2:
        return FakeSender::status(429);
      default:
        return FakeSender::status(200);
    }
  };
  sender.takes = 700ms;
  start();
  start();
  for (int step = 0; step < 400; ++step) {
    queue(std::string(1, static_cast<char>('a' + dice() % 3)), static_cast<int>(dice() % 3));
    store.is_down = dice() % 10 == 0;
    timers.advance(milliseconds{dice() % 3000});
  }
  store.is_down = false;
  timers.advance(20h);

  std::map<std::string, std::int64_t> last;
  std::set<std::string> seen;
  for (const std::string& id : sender.ids()) {
    if (!seen.insert(id).second) continue;
    const std::int64_t sequence = std::stoll(id.substr(2));
    EXPECT_EQ(sequence, last[id.substr(0, 1)] + 1) << id;
    last[id.substr(0, 1)] = sequence;
  }
  for (const auto& [campaign, q] : store.queues) {
    EXPECT_THAT(q.pending, IsEmpty());
    EXPECT_EQ(last[campaign], q.last_sequence) << "none is lost";
  }
  EXPECT_EQ(sender.most_open_of_one, 1);
}

}  // namespace
}  // namespace otto::hooks
