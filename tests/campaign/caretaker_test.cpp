// What has had its time goes; a recording is removed at the line until the line has said so.
#include "otto/campaign/caretaker.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otto/rt/group.hpp"

#include "tests/fakes/fake_people.hpp"

namespace otto::campaign {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class FakeLine final : public ports::Recordings {
 public:
  std::vector<std::string> removed;
  std::optional<Error> failure;
  Task<Result<ports::SoundPart>> fetch(ports::SoundAsk) override { co_return Error{Errc::NotFound, "none"}; }
  rt::Timers* slow = nullptr;  ///< an answer takes a minute
  Task<Result<void>> remove(std::string recording) override {
    if (slow != nullptr) co_await slow->sleep_for(minutes{1});
    if (failure) co_return *failure;
    removed.push_back(std::move(recording));
    co_return Result<void>{};
  }
};

struct CaretakerTest : testing::Test {
  Loop loop{1};
  rt::VirtualTimers timers{loop, TimePoint{seconds{1'790'000'000}}};
  fakes::FakePeople people;
  FakeLine line;
  rt::Group group{loop, "test"};
  std::optional<Caretaker> caretaker;

  void start(Retention retention) {
    Caretaker::Options options;
    options.retention = retention;
    caretaker.emplace(Caretaker::Deps{timers, people, line}, options);
    group.spawn("caretaker", caretaker->run());
    run(seconds{1});
  }
  void run(milliseconds time) {
    timers.advance(time);
    loop.restart();
    loop.poll();
  }
  void TearDown() override {
    group.stop();
    run(minutes{1});
    EXPECT_EQ(group.size(), 0u);
  }
};

TEST_F(CaretakerTest, WithoutALimitNothingIsPurged) {
  people.due[ports::Perishable::Contacts] = 5;
  people.audit_due = 7;
  start({});
  run(hours{3});
  EXPECT_THAT(people.purges, IsEmpty());
  EXPECT_EQ(people.audit_due, 7);
}

TEST_F(CaretakerTest, EachKindGoesWhenItsTimeHasComeInBatchesAndAgainEveryHour) {
  people.due[ports::Perishable::Transcripts] = 450;
  people.audit_due = 450;
  start({.recordings = 0, .transcripts = 30, .contacts = 0, .audit = 10});
  run(minutes{1});

  EXPECT_EQ(people.due[ports::Perishable::Transcripts], 0);
  EXPECT_EQ(people.audit_due, 0);
  EXPECT_EQ(people.purges.size(), 4u) << "200, 200, 50, and none";
  EXPECT_THAT(people.purges, Not(Contains(ports::Perishable::Recordings)));
  EXPECT_LE(people.ended_before.at(0), timers.now() - hours{24} * 30);
  people.due[ports::Perishable::Transcripts] = 1;
  run(minutes{30});
  EXPECT_EQ(people.due[ports::Perishable::Transcripts], 1);
  for (int minute = 0; minute < 40; ++minute) run(minutes{1});
  EXPECT_EQ(people.due[ports::Perishable::Transcripts], 0);
}

TEST_F(CaretakerTest, ARecordingIsTriedUntilTheLineHasRemovedIt) {
  people.removals["RE1"] = {};
  line.failure = Error{Errc::ProviderUnavailable, "Twilio is down"};
  start({});
  EXPECT_EQ(people.removals["RE1"].reason, "Twilio is down");
  EXPECT_EQ(people.removals["RE1"].tries, 1);
  for (int n = 0; n < 20; ++n) run(seconds{10});
  EXPECT_EQ(people.removals["RE1"].tries, 3) << "after a minute, and after two more";
  line.failure.reset();
  for (int n = 0; n < 40; ++n) run(seconds{10});
  EXPECT_THAT(line.removed, ElementsAre("RE1"));
  EXPECT_THAT(people.removals, IsEmpty());
}

TEST_F(CaretakerTest, AStoreThatIsAwayIsAskedAgain) {
  people.refusal = Error{Errc::DatabaseUnavailable, "away"};
  people.due[ports::Perishable::Contacts] = 1;
  people.removals["RE1"] = {};
  start({.recordings = 0, .transcripts = 0, .contacts = 1, .audit = 0});
  people.refusal.reset();
  for (int n = 0; n < 70; ++n) run(minutes{1});
  EXPECT_THAT(line.removed, ElementsAre("RE1"));
  EXPECT_EQ(people.due[ports::Perishable::Contacts], 0);
}

TEST_F(CaretakerTest, ACancellationEndsItAtOnceWhateverItIsAt) {
  people.removals["RE1"] = {};
  people.removals["RE2"] = {};
  people.due[ports::Perishable::Contacts] = 10'000;
  people.audit_due = 10'000;
  line.slow = &timers;
  start({.recordings = 1, .transcripts = 1, .contacts = 1, .audit = 1});
  ASSERT_EQ(group.size(), 1u);
  group.stop();
  loop.restart();
  loop.poll();
  EXPECT_EQ(group.size(), 0u) << "in the middle of a removal";
  EXPECT_EQ(people.purges.size(), 0u);
}

TEST_F(CaretakerTest, APurgeIsCancelledBetweenTwoBatches) {
  people.due[ports::Perishable::Contacts] = 10'000;
  people.audit_due = 10'000;
  start({.recordings = 1, .transcripts = 1, .contacts = 1, .audit = 1});
  group.stop();
  loop.restart();
  loop.poll();
  EXPECT_EQ(group.size(), 0u);
  EXPECT_GT(people.due[ports::Perishable::Contacts], 8'000);
  EXPECT_EQ(people.audit_due, 10'000);
}

TEST(RemovalWait, GrowsToSixHours) {
  EXPECT_EQ(removal_wait(1), minutes{1});
  EXPECT_EQ(removal_wait(2), minutes{2});
  EXPECT_EQ(removal_wait(100), hours{6});
}

}  // namespace
}  // namespace otto::campaign
