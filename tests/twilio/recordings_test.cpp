// Recordings' media as Twilio serves it: ranges, redirects, refusals.
#include "otto/twilio/recordings.hpp"

#include "tests/twilio/line_fixture.hpp"

namespace otto::twilio {
namespace {

const std::string kRecording = "RE00000000000000000000000000000001";
const std::string kPath = "/2010-04-01/Accounts/" + kAccount + "/Recordings/" + kRecording;

struct RecordingsTest : LineTest {
  Result<ports::SoundPart> fetch(std::uint64_t from, std::uint64_t count,
                                 ports::SoundFormat format = ports::SoundFormat::Compressed,
                                 std::string sid = kRecording) {
    Result<ports::SoundPart> part = Error{Errc::Internal, "not asked"};
    ports::SoundAsk ask;
    ask.recording = std::move(sid);
    ask.format = format;
    ask.from = from;
    ask.count = count;
    run([](RecordingsTest& t, ports::SoundAsk a, Result<ports::SoundPart>& p) -> Task<void> {
      rt::Group group{t.loop, "test"};
      group.spawn("api", t.api.serve());
      const auto recordings = make_recordings(t.settings);
      p = co_await recordings->fetch(std::move(a));
      group.stop();
      co_await group.join();
    }(*this, std::move(ask), part));
    return part;
  }
  Result<void> remove(std::string sid) {
    Result<void> removed;
    run([](RecordingsTest& t, std::string recording, Result<void>& r) -> Task<void> {
      rt::Group group{t.loop, "test"};
      group.spawn("api", t.api.serve());
      const auto recordings = make_recordings(t.settings);
      r = co_await recordings->remove(std::move(recording));
      group.stop();
      co_await group.join();
    }(*this, std::move(sid), removed));
    return removed;
  }
};

TEST_F(RecordingsTest, IsRemovedOnceAndForGood) {
  api.then(answer(204, ""));
  EXPECT_TRUE(remove(kRecording));
  EXPECT_EQ(api.seen()[0].method, "DELETE");
  EXPECT_EQ(api.seen()[0].target, kPath + ".json");
  EXPECT_TRUE(api.seen()[0].header("Authorization").starts_with("Basic "));
}

TEST_F(RecordingsTest, OneThatIsNotThereAnyMoreIsRemoved) {
  api.then(answer(404, R"({"code": 20404, "message": "not found", "status": 404})"));
  EXPECT_TRUE(remove(kRecording)) << "it is gone: that is all that is wanted";
}

TEST_F(RecordingsTest, ARemovalThatTwilioDoesNotConfirmHasFailed) {
  api.then(answer(503, "busy"));
  EXPECT_FALSE(remove(kRecording));
}

TEST_F(RecordingsTest, NothingIsAskedForWhatIsNoNameOfTwilios) {
  EXPECT_TRUE(remove("../Calls/CA1"));
  EXPECT_TRUE(api.seen().empty());
}

TEST_F(RecordingsTest, ARangeIsAskedForWithOurCredentialsAndPassedOn) {
  api.then(answer(206, "2345", "Content-Range: bytes 2-5/10\r\n"));

  const auto part = fetch(2, 4);

  ASSERT_TRUE(part) << part.error().detail;
  EXPECT_EQ(part->bytes, "2345");
  EXPECT_EQ(part->total, 10u);
  EXPECT_EQ(api.seen()[0].target, kPath + ".mp3");
  EXPECT_EQ(api.seen()[0].header("Range"), "bytes=2-5");
  EXPECT_TRUE(api.seen()[0].header("Authorization").starts_with("Basic "));
}

TEST_F(RecordingsTest, MediaThatKnowsNoRangesIsCutHere) {
  api.then(answer(200, "0123456789"));

  const auto part = fetch(2, 4);

  ASSERT_TRUE(part);
  EXPECT_EQ(part->bytes, "2345");
  EXPECT_EQ(part->total, 10u);
}

TEST_F(RecordingsTest, BehindTheEndThereIsNothing) {
  api.then(answer(200, "0123456789"));
  EXPECT_EQ(fetch(10, 4).error().code, Errc::InvalidInput);
}

TEST_F(RecordingsTest, TwoChannelsAreAskedForAndOneIsTakenWhereThereIsOne) {
  api.then(answer(400, error_json(16113, 400)));
  api.then(answer(206, "mono", "Content-Range: bytes 0-3/4\r\n"));

  const auto part = fetch(0, 4, ports::SoundFormat::Wav);

  ASSERT_TRUE(part);
  EXPECT_EQ(part->bytes, "mono");
  EXPECT_EQ(api.seen()[0].target, kPath + ".wav?RequestedChannels=2");
  EXPECT_EQ(api.seen()[1].target, kPath + ".wav");
}

TEST_F(RecordingsTest, OurCredentialsFollowNoRedirectAndPlainHttpIsNotFollowedAtAll) {
  api.then(answer(307, "", "Location: http://storage.example/x\r\n"));

  EXPECT_EQ(fetch(0, 4).error().code, Errc::Protocol);
  EXPECT_EQ(api.seen().size(), 1u);
}

TEST_F(RecordingsTest, RefusalsAreTold) {
  api.then(answer(404, error_json(20404, 404)));
  EXPECT_EQ(fetch(0, 4).error().code, Errc::NotFound);
}

TEST_F(RecordingsTest, WrongCredentialsAreTold) {
  api.then(answer(401, error_json(20003, 401)));
  EXPECT_EQ(fetch(0, 4).error().code, Errc::Unauthorized);
}

TEST_F(RecordingsTest, ARangeThatWasNotAskedForIsNotPassedOn) {
  api.then(answer(206, "0123456789", "Content-Range: bytes 0-9/10\r\n"));
  EXPECT_EQ(fetch(2, 4).error().code, Errc::ProviderUnavailable);
}

TEST_F(RecordingsTest, OnlyARecordingsOwnNameGoesIntoTheAddress) {
  for (const char* sid : {"", "RE1", "../Calls", "CA00000000000000000000000000000001"})
    EXPECT_EQ(fetch(0, 4, ports::SoundFormat::Wav, sid).error().code, Errc::NotFound) << sid;
}

}  // namespace
}  // namespace otto::twilio
