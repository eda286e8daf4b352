// Listening in to a live call.
#include <array>

#include "call_fixture.hpp"

namespace otto::call {
namespace {

struct FakeEar final : Listener {
  Bytes callee, agent;
  int ends = 0;
  void on_sound(Side side, std::span<const std::uint8_t> ulaw) override {
    auto& heard = side == Side::Agent ? agent : callee;
    heard.insert(heard.end(), ulaw.begin(), ulaw.end());
  }
  void on_over() override { ++ends; }
};

const AttemptId kAttempt{"attempt-1"};

TEST_F(CallFixture, AListenerHearsBothSidesUntilTheCallEnds) {
  const auto callee = talk();
  FakeEar ear;
  ASSERT_TRUE(calls().listen(kAttempt, ear));

  const Bytes words(160, 0x55), answer(1600, 0x33);
  callee->speak(words);
  voice().speak(1, answer);
  run(milliseconds{400});
  EXPECT_EQ(ear.callee, words);
  EXPECT_EQ(ear.agent, answer);
  EXPECT_EQ(ear.ends, 0);
  callee->hang_up();
  run(milliseconds{20});

  EXPECT_EQ(ear.ends, 1);
  EXPECT_FALSE(calls().listen(kAttempt, ear)) << "the call is over";
}

TEST_F(CallFixture, WhoStopsListeningHearsNoMore) {
  const auto callee = talk();
  FakeEar ear, other;
  ASSERT_TRUE(calls().listen(kAttempt, ear));
  ASSERT_TRUE(calls().listen(kAttempt, other));
  calls().stop_listening(kAttempt, ear);

  callee->speak(Bytes(160, 0x55));
  run(milliseconds{20});

  EXPECT_TRUE(ear.callee.empty());
  EXPECT_EQ(other.callee.size(), 160u);
  calls().stop_listening(kAttempt, other);
  callee->hang_up();
  run(milliseconds{20});
  EXPECT_EQ(ear.ends + other.ends, 0);
}

TEST_F(CallFixture, EightMayListenAndOnlyToWhatIsLiveHere) {
  FakeEar ear;
  EXPECT_EQ(calls().listen(AttemptId{"elsewhere"}, ear).error().code, Errc::NotFound);
  calls().expect(context());
  run(milliseconds{20});
  EXPECT_EQ(calls().listen(kAttempt, ear).error().code, Errc::NotFound) << "it rings";
  talk();
  std::array<FakeEar, 8> ears;
  for (FakeEar& one : ears) EXPECT_TRUE(calls().listen(kAttempt, one));
  EXPECT_EQ(calls().listen(kAttempt, ear).error().code, Errc::Overloaded);
  for (FakeEar& one : ears) calls().stop_listening(kAttempt, one);
}

}  // namespace
}  // namespace otto::call
