#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otto/rt/group.hpp"
#include "otto/twilio/media.hpp"

#include "tests/twilio/fake_socket.hpp"
#include "tests/twilio/stream_wire.hpp"

namespace otto::twilio {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// An event as one word, to compare lists of them.
std::string word(const ports::LinkEvent& event) {
  if (const auto* audio = std::get_if<ports::LinkAudio>(&event))
    return "audio:" + std::string{audio->ulaw.begin(), audio->ulaw.end()} + "@" + std::to_string(audio->timestamp_ms);
  if (const auto* digit = std::get_if<ports::LinkDtmf>(&event)) return std::string{"dtmf:"} + digit->digit;
  if (const auto* mark_event = std::get_if<ports::LinkMark>(&event)) return "mark:" + mark_event->name;
  return "ended:" + std::get<ports::LinkEnded>(event).reason;
}

std::vector<std::string> events_of(const std::vector<std::string>& messages) {
  std::vector<std::string> events;
  for (const auto& text : messages) {
    const auto json = Json::parse(text);
    auto event = json.at("event").get<std::string>();
    if (event == "mark") event += ":" + json.at("mark").at("name").get<std::string>();
    events.push_back(event);
  }
  return events;
}

class MediaLinkTest : public testing::Test {
 protected:
  MediaLinkTest() : timers{loop, *parse_iso8601("2026-04-14T17:00:00Z")} {
    auto owned = std::make_unique<FakeSocket>(loop, log);
    socket = owned.get();
    unaccepted = std::move(owned);
    options.account_sid = kStreamAccount;
  }
  ~MediaLinkTest() override {
    if (link) close();
    tasks.stop();
    settle();
    EXPECT_EQ(tasks.size(), 0u);
    EXPECT_EQ(timers.sleeping(), 0u) << "a timer was left behind";
  }

  void settle() { timers.advance(milliseconds{0}); }
  void accept() {
    tasks.spawn("accept", accept_task());
    settle();
  }
  /// A link that has seen its start.
  void accept_started() {
    socket->says(connected());
    socket->says(start_json().dump());
    accept();
    ASSERT_TRUE(link) << error;
  }
  Task<void> accept_task() {
    auto accepted = co_await accept_media(loop, timers, std::move(unaccepted), options);
    if (accepted) {
      link = std::move(accepted->link);
      start = std::move(accepted->start);
    } else {
      error = to_string(accepted.error().code);
    }
  }
  /// Collects events from now on.
  void receive_all() {
    link->listen([this](const ports::LinkEvent& event) { seen.push_back(word(event)); });
    settle();
  }
  void close() {
    tasks.spawn("close", link->close());
    timers.advance(seconds{3});
  }
  bool send(std::size_t bytes) {
    const std::vector<std::uint8_t> audio(bytes, 0xFF);
    return link->send_audio(audio);
  }

  Loop loop;
  rt::VirtualTimers timers;
  SocketLog log;
  FakeSocket* socket = nullptr;
  std::unique_ptr<net::WebSocket> unaccepted;
  MediaOptions options;
  rt::Group tasks{loop, "test"};
  std::unique_ptr<ports::MediaLink> link;
  MediaStart start;
  std::string error;
  std::vector<std::string> seen;
};

TEST_F(MediaLinkTest, IsAcceptedWithItsParametersOnceTheStreamHasStarted) {
  accept_started();

  EXPECT_EQ(link->call_sid(), kStreamCall);
  EXPECT_EQ(start.stream_sid, kStreamSid);
  EXPECT_EQ(start.parameter("token"), "t-1");
  EXPECT_EQ(start.parameter("customerName"), "Ann");
}

TEST_F(MediaLinkTest, WaitsTenSecondsForTheStartAndNoLonger) {
  socket->says(connected());
  accept();
  timers.advance(milliseconds{9'999});
  EXPECT_EQ(error, "");

  timers.advance(milliseconds{1});
  EXPECT_EQ(error, "timed_out");
  EXPECT_TRUE(log.aborted);
}

TEST_F(MediaLinkTest, ChatterDoesNotPutTheStartOff) {
  accept();
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(error, "");
    socket->says(connected());
    timers.advance(milliseconds{1'000});
  }
  EXPECT_EQ(error, "timed_out");
}

TEST_F(MediaLinkTest, RefusesAnotherAccountAnotherFormatAndAStartWithoutNames) {
  const std::vector<std::pair<Json::json_pointer, Json>> changes{
      {Json::json_pointer{"/start/accountSid"}, "AC00000000000000000000000000000002"},
      {Json::json_pointer{"/start/mediaFormat/encoding"}, "audio/l16"},
      {Json::json_pointer{"/start/mediaFormat/sampleRate"}, 16000},
      {Json::json_pointer{"/start/mediaFormat/channels"}, 2},
      {Json::json_pointer{"/start/callSid"}, ""},
  };
  for (const auto& [pointer, value] : changes) {
    SocketLog its_log;
    auto its_socket = std::make_unique<FakeSocket>(loop, its_log);
    auto json = start_json();
    json[pointer] = value;
    its_socket->says(json.dump());
    unaccepted = std::move(its_socket);
    error.clear();
    accept();
    EXPECT_EQ(error, pointer.back() == "accountSid" ? "forbidden" : "protocol") << json.dump();
    EXPECT_EQ(its_log.close_code, 1000);
  }
}

TEST_F(MediaLinkTest, AStreamThatEndsBeforeItsStartIsNoLink) {
  socket->ends(Errc::Closed);
  accept();
  EXPECT_EQ(error, "closed");
}

TEST_F(MediaLinkTest, DeliversWhatTheCalleeDoesInOrder) {
  accept_started();
  link->send_mark("m-1");
  socket->says(media("abc", 57));
  socket->says(dtmf("7"));
  socket->says(mark("m-1"));
  socket->says(media("defg", 77));
  socket->says(stop());
  receive_all();

  EXPECT_THAT(seen, ElementsAre("audio:abc@57", "dtmf:7", "mark:m-1", "audio:defg@77", "ended:stop"));
}

TEST_F(MediaLinkTest, EndsOnce) {
  accept_started();
  socket->says(stop());
  socket->says(media("late", 1));
  socket->says(stop());
  receive_all();
  close();

  EXPECT_THAT(seen, ElementsAre("ended:stop"));
  EXPECT_FALSE(send(160));
}

TEST_F(MediaLinkTest, IgnoresOtherStreamsOtherTracksAndNonsense) {
  accept_started();
  socket->says(media("foreign", 1, "MZ00000000000000000000000000000002"));
  auto outbound = Json::parse(media("own voice", 2));
  outbound["media"]["track"] = "outbound";
  socket->says(outbound.dump());
  auto broken = Json::parse(media("x", 3));
  broken["media"]["payload"] = "not base64";
  socket->says(broken.dump());
  socket->says("{nonsense");
  socket->says("binary:" + media("x", 4));
  socket->says(R"({"event":"weather","streamSid":")" + kStreamSid + "\"}");
  socket->says(mark("never sent"));
  socket->says(media("ok", 5));
  socket->says(stop());
  receive_all();

  EXPECT_THAT(seen, ElementsAre("audio:ok@5", "ended:stop"));
}

TEST_F(MediaLinkTest, APeerThatTalksOnlyNonsenseIsLeft) {
  accept_started();
  for (int i = 0; i < 51; ++i) socket->says("nonsense");
  receive_all();

  EXPECT_THAT(seen, ElementsAre("ended:protocol"));
}

TEST_F(MediaLinkTest, TellsHowTheConnectionEnded) {
  const std::pair<Errc, const char*> cases[] = {{Errc::Closed, "ended:closed"},
                                                {Errc::ConnectionLost, "ended:lost"},
                                                {Errc::TooLarge, "ended:protocol"},
                                                {Errc::TimedOut, "ended:silent"}};
  for (const auto& [how, expected] : cases) {
    SocketLog its_log;
    auto its_socket = std::make_unique<FakeSocket>(loop, its_log);
    auto* raw = its_socket.get();
    raw->says(start_json().dump());
    unaccepted = std::move(its_socket);
    accept();
    raw->ends(how);
    seen.clear();
    receive_all();
    EXPECT_THAT(seen, ElementsAre(expected));
    close();
    link.reset();
  }
}

TEST_F(MediaLinkTest, TenSecondsOfSilenceEndIt) {
  accept_started();
  receive_all();
  timers.advance(milliseconds{9'000});
  socket->says(media("a", 1));
  timers.advance(milliseconds{9'999});
  EXPECT_THAT(seen, ElementsAre("audio:a@1"));

  timers.advance(milliseconds{1});
  EXPECT_THAT(seen, ElementsAre("audio:a@1", "ended:silent"));
}

TEST_F(MediaLinkTest, SendsAudioAndMarksInOrder) {
  accept_started();
  EXPECT_TRUE(send(160));
  link->send_mark("m-1");
  EXPECT_TRUE(send(37));
  EXPECT_TRUE(send(0));
  settle();

  EXPECT_THAT(events_of(log.written), ElementsAre("media", "mark:m-1", "media"));
  for (const auto& text : log.written) EXPECT_EQ(Json::parse(text).at("streamSid"), kStreamSid);
  EXPECT_EQ(crypto::base64_decode(Json::parse(log.written.at(2)).at("media").at("payload").get<std::string>())->size(),
            37u);
}

TEST_F(MediaLinkTest, HoldsTenSecondsOfUnsentAudioAndDropsTheRest) {
  accept_started();
  socket->takes_nothing();
  int taken = 0;
  for (int i = 0; i < 1'000; ++i) taken += send(160) ? 1 : 0;

  EXPECT_GE(taken, 500);
  EXPECT_LT(taken, 520);
}

TEST_F(MediaLinkTest, ClearDropsTheQueueFirstAndOvertakesIt) {
  accept_started();
  socket->takes_nothing();
  send(160);
  settle();
  for (int i = 0; i < 10; ++i) send(160);
  link->clear();
  EXPECT_TRUE(send(160));
  socket->takes_again();
  settle();

  EXPECT_THAT(events_of(log.written), ElementsAre("media", "clear", "media"));
}

TEST_F(MediaLinkTest, ClearIsSentEvenWhenNothingIsQueued) {
  accept_started();
  link->clear();
  settle();

  EXPECT_THAT(events_of(log.written), ElementsAre("clear"));
}

TEST_F(MediaLinkTest, AMarkThatClearCaughtInTheQueueComesBackAllTheSameAndOnce) {
  accept_started();
  link->send_mark("heard");
  settle();
  socket->takes_nothing();
  send(160);
  settle();
  send(160);
  link->send_mark("queued");
  link->clear();
  socket->takes_again();
  settle();
  EXPECT_THAT(events_of(log.written), ElementsAre("mark:heard", "media", "clear", "mark:heard", "mark:queued"));

  // Twilio echoes "heard" for the clear, then each mark behind it at once.
  for (const auto* name : {"heard", "heard", "queued"}) socket->says(mark(name));
  socket->says(stop());
  receive_all();
  EXPECT_THAT(seen, ElementsAre("mark:heard", "mark:queued", "ended:stop"));
}

TEST_F(MediaLinkTest, ClosesInOrderAndTwiceIsOnce) {
  accept_started();
  receive_all();
  send(160);
  link->clear();
  tasks.spawn("close", link->close());
  tasks.spawn("close", link->close());
  settle();

  EXPECT_EQ(tasks.size(), 0u);
  EXPECT_EQ(log.close_code, 1000);
  EXPECT_FALSE(log.aborted);
  EXPECT_THAT(seen, ElementsAre("ended:closed"));
  EXPECT_THAT(events_of(log.written), ElementsAre("clear")) << "control messages go out before the goodbye";
  EXPECT_FALSE(send(160));
}

TEST_F(MediaLinkTest, ClosesInTwoSecondsEvenWhenThePeerTakesNothing) {
  accept_started();
  socket->takes_nothing();
  link->clear();
  settle();
  tasks.spawn("close", link->close());
  timers.advance(milliseconds{2'000});

  EXPECT_EQ(tasks.size(), 0u);
  EXPECT_TRUE(log.aborted);
}

TEST_F(MediaLinkTest, ClosesToTheEndInATaskThatHasBeenCancelled) {
  accept_started();
  socket->takes_nothing();
  link->clear();
  rt::Group closers{loop, "closers"};
  closers.spawn("close", link->close());
  settle();
  closers.stop();
  closers.stop();
  timers.advance(milliseconds{2'000});

  EXPECT_EQ(closers.size(), 0u);
  EXPECT_EQ(log.close_code, 1000);
}

}  // namespace
}  // namespace otto::twilio
