#include "otto/hooks/dispatcher.hpp"

#include <algorithm>
#include <deque>
#include <gtest/gtest.h>
#include <map>
#include <string>
#include <vector>

#include "otto/base/log.hpp"
#include "otto/hooks/signature.hpp"

namespace otto::hooks {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart = TimePoint{} + 1'764'000'000s;
const std::string kUrl = "https://n8n.example/webhook-waiting/7?signature=SECRET%2f&x=a+b";

/// One row of the outbox table.
struct HookRow {
  ports::DueHook hook;
  TimePoint due, held_until;
  std::string state = "due", reason;
};

struct FakeHookStore final : ports::HookStore {
  std::map<std::string, HookRow> rows;
  bool is_down = false;
  int takes = 0;

  void add(std::string id, std::string url = kUrl) {
    HookRow row;
    row.hook.id = id;
    row.hook.campaign = CampaignId{"campaign-of-" + id};
    row.hook.url = std::move(url);
    rows[id] = row;
  }
  Error down() const { return {Errc::DatabaseUnavailable, "The database is away."}; }

  Task<Result<std::vector<ports::DueHook>>> take_due(int limit, seconds hold, TimePoint now) override {
    ++takes;
    if (is_down) co_return down();
    std::vector<ports::DueHook> due;
    for (auto& [id, row] : rows) {
      if (row.state != "due" || row.due > now || row.held_until > now) continue;
      if (static_cast<int>(due.size()) == limit) break;
      row.held_until = now + hold;
      due.push_back(row.hook);
    }
    co_return due;
  }
  Task<Result<void>> delivered(std::string id, TimePoint) override { co_return settle(id, "delivered", ""); }
  Task<Result<void>> retry(std::string id, TimePoint next, std::string reason) override {
    auto done = settle(id, "due", std::move(reason));
    if (done) {
      rows[id].due = next;
      rows[id].held_until = TimePoint{};
      ++rows[id].hook.tries;
    }
    co_return done;
  }
  Task<Result<void>> give_up(std::string id, std::string reason, TimePoint) override {
    co_return settle(id, "given_up", std::move(reason));
  }
  Result<void> settle(const std::string& id, const std::string& state, std::string reason) {
    if (is_down) return down();
    rows[id].state = state;
    rows[id].reason = std::move(reason);
    return {};
  }
};

/// Only results() is asked for.
struct FakeCampaigns final : ports::CampaignStore {
  std::optional<Error> failure;

  Task<Result<ports::CampaignResults>> results(CampaignId id, int limit, std::string) override {
    EXPECT_EQ(limit, 0);
    if (failure) co_return *failure;
    ports::CampaignResults results;
    results.campaign.id = id;
    results.campaign.total_contacts = 3;
    co_return results;
  }
  Error unused() const { return {Errc::Internal, "not part of this test"}; }
  Task<Result<std::optional<ports::StoredAnswer>>> find_answer(std::string) override { co_return unused(); }
  Task<Result<std::optional<ports::StoredAnswer>>> create(NewCampaign, std::vector<NewContact>,
                                                          std::optional<ports::Idempotency>, std::string) override {
    co_return unused();
  }
  Task<Result<std::optional<Campaign>>> load(CampaignId) override { co_return unused(); }
  Task<Result<std::vector<Campaign>>> runnable(TimePoint) override { co_return unused(); }
  Task<Result<bool>> start(CampaignId, TimePoint) override { co_return unused(); }
  Task<Result<bool>> hold(CampaignId, CampaignHold, std::string, TimePoint) override { co_return false; }
  Task<Result<bool>> resume(CampaignId, TimePoint) override { co_return false; }
  Task<Result<CampaignSettings>> change(CampaignId, Change, Json, TimePoint) override { co_return CampaignSettings{}; }
  Task<Result<ports::CampaignState>> state(CampaignId, TimePoint) override { co_return ports::CampaignState{}; }
  Task<Result<ports::ContactDecision>> decision(CampaignId, std::string) override {
    co_return ports::ContactDecision{};
  }
  Task<Result<ports::Stopped>> stop(CampaignId, TimePoint) override { co_return unused(); }
  Task<Result<void>> fail(CampaignId, std::string, TimePoint) override { co_return unused(); }
  Task<Result<bool>> try_complete(CampaignId, TimePoint) override { co_return unused(); }
  Task<Result<int>> count_running() override { co_return unused(); }
};

struct FakeSender final : ports::HookSender {
  rt::Timers& timers;
  std::deque<Result<ports::HookAnswer>> answers;  ///< the last one stays
  milliseconds takes{0};
  std::vector<ports::HookRequest> requests;
  std::vector<TimePoint> times;
  int open = 0, most_open = 0;

  explicit FakeSender(rt::Timers& t) : timers{t} {}
  void answer(int status, std::string body = {}, seconds retry_after = 0s) {
    ports::HookAnswer reply;
    reply.status = status;
    reply.body = std::move(body);
    reply.retry_after = retry_after;
    answers.push_back(std::move(reply));
  }
  Task<Result<ports::HookAnswer>> post(ports::HookRequest request) override {
    requests.push_back(std::move(request));
    times.push_back(timers.now());
    most_open = std::max(most_open, ++open);
    if (takes > 0ms) co_await timers.sleep_for(takes);
    --open;
    auto reply = answers.front();
    if (answers.size() > 1) answers.pop_front();
    co_return reply;
  }
};

std::vector<std::string> log_lines;

struct DispatcherTest : testing::Test {
  Loop loop{1};
  rt::VirtualTimers timers{loop, kStart};
  rt::Group group{loop, "test"};
  FakeHookStore store;
  FakeCampaigns campaigns;
  FakeSender sender{timers};
  std::optional<Dispatcher> dispatcher;

  DispatcherTest() {
    log_lines.clear();
    log::capture_for_test([](std::string_view line) { log_lines.emplace_back(line); });
  }
  void start(milliseconds poll = 1s) {
    Dispatcher::Options options;
    options.key = "k";
    options.poll = poll;
    const auto describe = [](const ports::CampaignResults& results) {
      return Json{{"success", true},           {"campaignId", results.campaign.id.value},
                  {"totalContacts", 3},        {"calls", Json::array({1, 2})},
                  {"nextCursor", "somewhere"}, {"next", "https://otto.example/next"}};
    };
    dispatcher.emplace(Dispatcher::Deps{loop, timers, store, campaigns, sender, describe, [] { return 0.5; }}, options);
    group.spawn("dispatcher", dispatcher->run());
    timers.advance(0ms);
  }
  ~DispatcherTest() override {
    if (dispatcher) {
      dispatcher->stop();
      timers.advance(20s);
    }
    EXPECT_EQ(group.size(), 0u) << "the dispatcher was left running";
    log::capture_for_test(nullptr);
  }
};

std::string header(const ports::HookRequest& request, const std::string& name) {
  for (const auto& [key, value] : request.headers)
    if (key == name) return value;
  return {};
}

TEST_F(DispatcherTest, ADueWebhookIsPostedAtOnceSignedAndWithTheUrlByteForByte) {
  store.add("hook-1");
  sender.answer(200, R"({"message":"Workflow was started"})");

  start();

  ASSERT_EQ(sender.requests.size(), 1u);
  const ports::HookRequest& request = sender.requests[0];
  EXPECT_EQ(request.url, kUrl);
  EXPECT_EQ(header(request, "Content-Type"), "application/json");
  EXPECT_EQ(header(request, "webhook-id"), "hook-1");
  EXPECT_EQ(header(request, "webhook-timestamp"), "1764000000");
  EXPECT_EQ(header(request, "webhook-signature"), sign("k", "hook-1", 1764000000, request.body));
  EXPECT_EQ(
      parse_json(request.body).value(),
      (Json{
          {"event", "campaign.ended"}, {"success", true}, {"campaignId", "campaign-of-hook-1"}, {"totalContacts", 3}}));
  EXPECT_EQ(store.rows["hook-1"].state, "delivered");
}

TEST_F(DispatcherTest, ANotYetWaitingWorkflowIsCalledAgainUntilItTakesIt) {
  store.add("hook-1");
  sender.answer(409, "The execution \"7\" is running already.");
  sender.answers.push_back(Error{Errc::ConnectFailed, "n8n.example refused the connection."});
  sender.answer(404, "<html>Cannot POST /webhook-waiting/7</html>");
  sender.answer(200);

  start();
  timers.advance(30s);

  ASSERT_EQ(sender.times.size(), 4u);
  const std::vector<milliseconds> expected{0s, 2s, 7s, 22s};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_GE(sender.times[i] - kStart, expected[i]);
    EXPECT_LE(sender.times[i] - kStart, expected[i] + 3s) << "each wait may grow by one poll";
    EXPECT_EQ(header(sender.requests[i], "webhook-id"), "hook-1") << "the receiver drops repeats by this id";
  }
  EXPECT_NE(header(sender.requests[0], "webhook-timestamp"), header(sender.requests[3], "webhook-timestamp"));
  EXPECT_EQ(store.rows["hook-1"].state, "delivered");
}

TEST_F(DispatcherTest, AFinishedExecutionCountsAsDelivered) {
  store.add("hook-1");
  sender.answer(409, "The execution \"7\" has finished already.");
  start();
  EXPECT_EQ(store.rows["hook-1"].state, "delivered");
}

TEST_F(DispatcherTest, ABadTokenIsGivenUpAtOnceWithAReason) {
  store.add("hook-1");
  sender.answer(401, R"({"error":"Invalid token"})");

  start(1min);
  timers.advance(1h);

  EXPECT_EQ(sender.requests.size(), 1u);
  EXPECT_EQ(store.rows["hook-1"].state, "given_up");
  EXPECT_NE(store.rows["hook-1"].reason.find("Invalid token"), std::string::npos);
}

TEST_F(DispatcherTest, AReceiverThatNeverComesBackIsGivenUpAfterAboutADay) {
  store.add("hook-1");
  sender.answer(503);

  start(1min);
  timers.advance(20h);
  EXPECT_EQ(store.rows["hook-1"].state, "due");
  timers.advance(8h);

  EXPECT_EQ(store.rows["hook-1"].state, "given_up");
  EXPECT_EQ(sender.requests.size(), 18u);
}

TEST_F(DispatcherTest, RetryAfterIsObeyed) {
  store.add("hook-1");
  sender.answer(429, "slow down", 120s);
  sender.answer(200);

  start();
  timers.advance(119s);
  EXPECT_EQ(sender.requests.size(), 1u);
  timers.advance(3s);
  EXPECT_EQ(sender.requests.size(), 2u);
}

TEST_F(DispatcherTest, TheUrlsQueryIsNeverLogged) {
  store.add("hook-1");
  sender.answer(500);
  sender.answer(401);

  start();
  timers.advance(10s);

  bool told = false;
  for (const std::string& line : log_lines) {
    EXPECT_EQ(line.find("SECRET"), std::string::npos) << line;
    told = told || line.find("n8n.example/webhook-waiting/7") != std::string::npos;
  }
  EXPECT_TRUE(told);
}

TEST_F(DispatcherTest, WakeMakesItLookBeforeTheNextPoll) {
  start();
  timers.advance(100ms);
  store.add("hook-1");
  sender.answer(200);

  dispatcher->wake();
  timers.advance(0ms);

  EXPECT_EQ(sender.requests.size(), 1u);
}

TEST_F(DispatcherTest, ASlowReceiverHoldsUpNobodyAndNoMoreThanEightAreOpen) {
  for (int i = 0; i < 20; ++i) store.add("hook-" + std::to_string(100 + i));
  sender.answer(200);
  sender.takes = 10s;

  start();
  timers.advance(5s);
  EXPECT_EQ(sender.requests.size(), 8u);
  timers.advance(26s);

  EXPECT_EQ(sender.most_open, 8);
  EXPECT_EQ(sender.requests.size(), 20u) << "each was posted once";
  for (const auto& [id, row] : store.rows) EXPECT_EQ(row.state, "delivered") << id;
}

TEST_F(DispatcherTest, WithoutTheDatabaseNothingIsPostedAndWorkGoesOnAfterwards) {
  store.add("hook-1");
  sender.answer(200);
  store.is_down = true;

  start();
  timers.advance(10s);
  EXPECT_TRUE(sender.requests.empty());
  EXPECT_LE(store.takes, 12) << "it must poll, not spin";
  store.is_down = false;
  timers.advance(1s);

  EXPECT_EQ(store.rows["hook-1"].state, "delivered");
}

TEST_F(DispatcherTest, ADeliveryThatCouldNotBeRecordedIsMadeAgainWithTheSameId) {
  store.add("hook-1");
  sender.answer(200);
  sender.takes = 1s;

  start();
  store.is_down = true;
  timers.advance(5s);
  store.is_down = false;
  timers.advance(70s);

  ASSERT_EQ(sender.requests.size(), 2u);
  EXPECT_EQ(header(sender.requests[0], "webhook-id"), header(sender.requests[1], "webhook-id"));
  EXPECT_EQ(store.rows["hook-1"].state, "delivered");
}

TEST_F(DispatcherTest, AVanishedCampaignIsGivenUpAndAnUnreadableOneIsTriedLater) {
  store.add("hook-1");
  sender.answer(200);
  campaigns.failure.emplace(Errc::DatabaseUnavailable, "The database is away.");

  start();
  EXPECT_EQ(store.rows["hook-1"].state, "due");
  campaigns.failure.emplace(Errc::NotFound, "No such campaign.");
  timers.advance(70s);

  EXPECT_EQ(store.rows["hook-1"].state, "given_up");
  EXPECT_TRUE(sender.requests.empty());
}

TEST_F(DispatcherTest, StopLetsAPostUnderWayEnd) {
  store.add("hook-1");
  sender.answer(200);
  sender.takes = 10s;
  start();

  dispatcher->stop();
  timers.advance(9s);
  EXPECT_EQ(group.size(), 1u);
  timers.advance(2s);

  EXPECT_EQ(group.size(), 0u);
  EXPECT_EQ(store.rows["hook-1"].state, "delivered");
}

}  // namespace
}  // namespace otto::hooks
