// The ring of events, and the feed that a page follows.
#include "otto/api/live_feed.hpp"

#include <cstdio>
#include <ctime>

#include "tests/api/api_fixture.hpp"

namespace otto::api {
namespace {

TEST(EventRing, GivesWhatCameBehindAnId) {
  EventRing ring{"r", 3};
  ring.push("a", "1");
  ring.push("b", "2");

  auto position = ring.position_of("r-1");
  ASSERT_TRUE(position);
  EXPECT_EQ(ring.read(*position, 1000), "event: b\nid: r-2\ndata: 2\n\n");
  EXPECT_EQ(*position, 2u);
  EXPECT_EQ(ring.read(*position, 1000), "");
}

TEST(EventRing, KnowsNeitherWhatFellOutNorWhatItNeverGave) {
  EventRing ring{"r", 3};
  for (int i = 1; i <= 5; ++i) ring.push("e", std::to_string(i));

  EXPECT_FALSE(ring.position_of("r-1"));
  EXPECT_TRUE(ring.position_of("r-2")) << "its successors are all there";
  EXPECT_TRUE(ring.position_of("r-5"));
  for (const char* odd : {"", "r", "r-", "r-6", "r-x", "q-3", "r-3x", "rr-3", "r--3", "r-99999999999999999999"})
    EXPECT_FALSE(ring.position_of(odd)) << odd;
}

TEST(EventRing, AReadIsBoundedAndGoesOn) {
  EventRing ring{"r", 100};
  for (int i = 0; i < 50; ++i) ring.push("e", std::string(90, 'x'));
  std::uint64_t position = 0;
  std::size_t frames = 0, reads = 0;
  for (std::string text; !(text = ring.read(position, 1000)).empty(); ++reads) {
    EXPECT_LT(text.size(), 1200u);
    frames += static_cast<std::size_t>(std::ranges::count(text, '\n')) / 4;
  }
  EXPECT_EQ(frames, 50u);
  EXPECT_GE(reads, 5u);
}

struct LiveFeedTest : ApiTest {
  LiveFeed::Options options = [] {
    LiveFeed::Options o;
    o.heartbeat = milliseconds{100};  // by the wall: the mailbox knows no other clock
    return o;
  }();
  LiveFeed feed{{loop, timers, views, doors, [](const AttemptId&) { return true; }}, options};
  rt::Group feeding{loop, "feed"};

  struct Page final : net::BodyWriter {
    std::string text;
    bool is_open = true, ended = false;
    std::optional<bool> whole;
    Task<bool> write(std::string_view piece) override {
      text += piece;
      co_return is_open;
    }
    std::size_t count(std::string_view event) const {
      std::size_t n = 0;
      const std::string line = "event: " + std::string{event} + "\n";
      for (auto at = text.find(line); at != std::string::npos; at = text.find(line, at + 1)) ++n;
      return n;
    }
    std::string last_id() const {
      const auto at = text.rfind("\nid: ");
      return at == std::string::npos ? "" : text.substr(at + 5, text.find('\n', at + 5) - at - 5);
    }
  };
  std::list<Page> pages;
  std::list<rt::Group> readers;

  Page& open(const std::string& last_id = {}, Caller caller = Caller{"key:x", Role::View, ""}) {
    auto request = make("GET", "/api/events");
    if (!last_id.empty()) request.headers.add("Last-Event-ID", last_id);
    Page& page = pages.emplace_back();
    auto response = feed.open(request, std::move(caller));
    EXPECT_EQ(response.status, 200);
    readers.emplace_back(loop, "reader").spawn("page", [](net::Response r, Page& p) -> Task<void> {
      p.whole = co_await r.stream(p);
      p.ended = true;
    }(std::move(response), page));
    settle();
    return page;
  }
  void settle(milliseconds time = milliseconds{0}) { timers.advance(time); }
  void start() {
    feeding.spawn("run", feed.run());
    settle();
  }
  void TearDown() override {
    for (auto& reader : readers) reader.stop();
    feeding.stop();
    settle(seconds{2});
    EXPECT_EQ(feed.readers(), 0u);
    ApiTest::TearDown();
  }

  ports::CampaignLine campaign(const std::string& id, int called = 0) {
    ports::CampaignLine line;
    line.id = CampaignId{id};
    line.status = CampaignStatus::Running;
    line.contacts_called = called;
    return line;
  }
  ports::CallLine call(const std::string& id, std::string state = "in_progress") {
    ports::CallLine line;
    line.id = id;
    line.attempt = AttemptId{"attempt-" + id};
    line.attempt_state = std::move(state);
    return line;
  }
  ports::TurnLine turn(const std::string& call, int number, std::string text) {
    ports::TurnLine line;
    line.call_id = call;
    line.turn.number = number;
    line.turn.text = std::move(text);
    return line;
  }
};

TEST_F(LiveFeedTest, NobodyAsksTheStoreWhileNobodyReads) {
  start();
  settle(minutes{5});
  EXPECT_TRUE(views.live_asks.empty());
}

TEST_F(LiveFeedTest, APageBeginsWithASnapshotAndThenSeesWhatChanges) {
  views.live_view.campaigns = {campaign("c1")};
  views.live_view.calls = {call("k1", "ringing")};
  start();
  Page& page = open();
  settle(seconds{1});

  EXPECT_TRUE(page.text.starts_with("retry: 2000\n\n")) << page.text;
  ASSERT_EQ(page.count("snapshot"), 1u) << page.text;
  EXPECT_NE(page.text.find(R"("campaignId":"c1")"), std::string::npos);
  EXPECT_NE(page.text.find(R"("isHere":true)"), std::string::npos);
  EXPECT_EQ(page.count("campaign") + page.count("call"), 0u) << "it is in the snapshot";

  settle(seconds{3});
  EXPECT_EQ(page.count("campaign") + page.count("call") + page.count("turn"), 0u) << "nothing has changed";
  views.live_view.campaigns = {campaign("c1", 1), campaign("c2")};
  views.live_view.calls[0] = call("k1");
  views.live_view.turns = {turn("k1", 0, "Hello"), turn("k1", 1, "Hi")};
  settle(seconds{1});
  EXPECT_EQ(page.count("campaign"), 2u);
  EXPECT_EQ(page.count("call"), 1u);
  EXPECT_EQ(page.count("turn"), 2u);
  settle(seconds{2});
  EXPECT_EQ(page.count("turn"), 2u) << "a turn is told once";
  views.live_view.turns[1] = turn("k1", 1, "Hi there");
  settle(seconds{1});
  EXPECT_EQ(page.count("turn"), 3u) << "and again when it was corrected";
}

TEST_F(LiveFeedTest, WhenNothingHappensAPageHearsThatTheFeedIsThere) {
  start();
  Page& page = open();
  settle(seconds{1});
  for (int n = 0; n < 1000 && page.count("alive") == 0; ++n) {
    loop.restart();
    loop.run_one_for(seconds{1});
  }
  EXPECT_GE(page.count("alive"), 1u);
}

/// Calls that talk: each says a turn every ten seconds, and its row changes as often.
TEST_F(LiveFeedTest, FiveHundredLiveCallsCostLittle) {
  for (int i = 0; i < 500; ++i) views.live_view.calls.push_back(call("k" + std::to_string(i)));
  start();
  for (int n = 0; n < 10; ++n) open();
  settle(seconds{1});
  std::clock_t used = 0;  // by the process: what else the machine does is no matter
  constexpr int kLooks = 30;
  for (int second = 0; second < kLooks; ++second) {
    views.live_view.turns.clear();
    for (int i = second % 10; i < 500; i += 10) {
      const std::string id = "k" + std::to_string(i);
      views.live_view.calls[static_cast<std::size_t>(i)].duration = second + 1;
      views.live_view.turns.push_back(turn(id, second, std::string(120, 'w')));
    }
    const auto began = std::clock();
    settle(seconds{1});
    used += std::clock() - began;
  }
  const double each = 1000.0 * static_cast<double>(used) / CLOCKS_PER_SEC / kLooks;
  std::printf("a look at 500 live calls, 50 of them changed, for 10 readers: %.2f ms\n", each);
  EXPECT_EQ(pages.front().count("turn"), 50u * kLooks);
  EXPECT_LT(each, 200);
}

TEST_F(LiveFeedTest, WhatEndsIsToldOnceAndAskedForUntilItsRecordingIsThere) {
  views.live_view.campaigns = {campaign("c1")};
  views.live_view.calls = {call("k1")};
  start();
  Page& page = open();
  settle(seconds{1});

  views.live_view.campaigns[0].status = CampaignStatus::Completed;
  views.live_view.calls[0] = call("k1", "completed");
  settle(seconds{1});
  EXPECT_EQ(page.count("campaign"), 1u);
  EXPECT_EQ(page.count("call"), 1u);
  views.live_view.campaigns.clear();
  settle(seconds{1});
  EXPECT_EQ(views.live_asks.back().calls, std::vector<std::string>{"k1"});
  EXPECT_TRUE(views.live_asks.back().campaigns.empty());
  views.live_view.calls[0].has_recording = true;
  settle(seconds{1});
  EXPECT_EQ(page.count("call"), 2u);
  settle(seconds{20});
  EXPECT_EQ(page.count("call"), 2u);
  views.live_view.calls.clear();  // the store tells of it only as long as it is asked
  settle(seconds{20});
  EXPECT_TRUE(views.live_asks.back().calls.empty());

  Page& late = open();
  settle(seconds{1});
  EXPECT_NE(late.text.find(R"({"campaigns":[],"calls":[]})"), std::string::npos) << late.text;
}

TEST_F(LiveFeedTest, APageThatWasCutOffGoesOnWhereItWas) {
  views.live_view.campaigns = {campaign("c1")};
  start();
  Page& first = open();
  Page& other = open();
  settle(seconds{1});
  readers.front().stop();
  settle();
  EXPECT_TRUE(first.ended);
  views.live_view.campaigns[0] = campaign("c1", 7);
  settle(seconds{1});

  Page& back = open(first.last_id());
  EXPECT_EQ(back.count("snapshot"), 0u) << back.text;
  EXPECT_EQ(back.count("campaign"), 1u) << back.text;
  EXPECT_EQ(back.last_id(), other.last_id());

  Page& stranger = open("elsewhere-12");
  EXPECT_EQ(stranger.count("snapshot"), 1u) << stranger.text;
}

TEST_F(LiveFeedTest, AfterALongQuietEverybodyBeginsAnew) {
  views.live_view.campaigns = {campaign("c1")};
  start();
  Page& first = open();
  settle(seconds{1});
  const auto id = first.last_id();
  readers.front().stop();
  settle(minutes{2});

  Page& back = open(id);
  settle(seconds{1});
  EXPECT_EQ(back.count("snapshot"), 1u) << back.text;
  EXPECT_EQ(feed.readers(), 1u);
}

TEST_F(LiveFeedTest, WhileTheStoreIsAwayPagesWaitAndThenCatchUp) {
  views.live_view.campaigns = {campaign("c1")};
  start();
  Page& page = open();
  settle(seconds{1});
  views.failure = Error{Errc::DatabaseUnavailable, "away"};
  settle(seconds{10});
  views.failure.reset();
  views.live_view.campaigns[0] = campaign("c1", 3);
  settle(seconds{1});

  EXPECT_EQ(page.count("campaign"), 1u);
  EXPECT_FALSE(page.ended);
}

TEST_F(LiveFeedTest, ASignedOutPageIsClosed) {
  Session session;
  session.role = Role::View;
  session.id = "00112233445566778899aabbccddeeff";
  session.signed_in = session.last_used = timers.now();
  const SessionTokens tokens{{kPassword}, {kViewPassword}, kKey, kCheap};
  views.live_view.campaigns = {campaign("c1")};
  start();
  Page& page = open({}, Caller{"view:00112233", Role::View, tokens.make(session)});
  settle(seconds{50});
  EXPECT_FALSE(page.ended);
  settle(kSessionIdle + 2 * options.recheck);  // heartbeats go by the wall, and any of them may have looked
  views.live_view.campaigns[0] = campaign("c1", 1);
  settle(seconds{1});

  EXPECT_TRUE(page.ended) << "the session has expired";
}

TEST_F(LiveFeedTest, ReadersAreBounded) {
  start();
  for (int i = 0; i < 64; ++i) open();
  EXPECT_EQ(feed.open(make("GET", "/api/events"), Caller{}).status, 503);
}

TEST_F(LiveFeedTest, AReaderThatIsFarBehindIsCutOff) {
  start();
  views.live_view.campaigns = {campaign("c1")};
  open();
  settle(seconds{1});
  const auto id = pages.front().last_id();
  for (int round = 0; round < 12; ++round) {
    views.live_view.campaigns.clear();
    for (int i = 0; i < 100; ++i) views.live_view.campaigns.push_back(campaign("c" + std::to_string(i), round + 1));
    settle(seconds{1});
  }
  Page& back = open(id);
  EXPECT_TRUE(back.ended);
  EXPECT_EQ(back.whole, false);
}

}  // namespace
}  // namespace otto::api
