#include "otto/call/playout.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <gtest/gtest.h>
#include <random>

namespace otto::call {
namespace {

using Bytes = std::vector<std::uint8_t>;
constexpr SteadyPoint kStart{};

Bytes bytes(std::size_t size, std::uint8_t value = 1) { return Bytes(size, value); }
Bytes taken(Playout& playout, SteadyPoint now) {
  const auto out = playout.take(now);
  return {out.begin(), out.end()};
}
/// Takes every 20 ms for `time`; all that came out.
Bytes taken_over(Playout& playout, SteadyPoint& now, milliseconds time) {
  Bytes all;
  for (const auto until = now + time; now < until; now += milliseconds{20}) {
    const auto out = playout.take(now);
    all.insert(all.end(), out.begin(), out.end());
  }
  return all;
}

TEST(Playout, SendsTheLeadAtOnceAndThenByThePiece) {
  Playout playout;
  playout.push(1, bytes(8000));

  EXPECT_EQ(taken(playout, kStart).size(), 1600u);
  EXPECT_TRUE(taken(playout, kStart).empty());
  EXPECT_EQ(taken(playout, kStart + milliseconds{80}).size(), 0u) << "half the lead is still to be played";
  EXPECT_EQ(taken(playout, kStart + milliseconds{100}).size(), 800u);
  EXPECT_EQ(taken(playout, kStart + milliseconds{220}).size(), 960u) << "a late tick sends what has become due";
}

TEST(Playout, TheLastOfATurnGoesOutAsSoonAsItFits) {
  Playout playout;
  playout.push(1, bytes(1600 + 160));

  EXPECT_EQ(taken(playout, kStart).size(), 1600u);
  EXPECT_EQ(taken(playout, kStart + milliseconds{20}).size(), 160u);
}

TEST(Playout, CatchesUpAfterALateTickWithoutExceedingTheLead) {
  Playout playout;
  playout.push(1, bytes(16'000));
  taken(playout, kStart);

  EXPECT_EQ(taken(playout, kStart + milliseconds{130}).size(), 960u);  // whole frames only
  EXPECT_EQ(taken(playout, kStart + milliseconds{900}).size(), 1600u);
}

TEST(Playout, EventZeroPlays) {
  Playout playout;
  EXPECT_EQ(playout.push(0, bytes(160)), Pushed::Queued);
  EXPECT_EQ(taken(playout, kStart).size(), 160u);
}

TEST(Playout, ARestWaitsForMoreAudioUntilTheLineIsAboutToRunDry) {
  Playout playout;
  playout.push(1, bytes(1000));

  EXPECT_EQ(taken(playout, kStart).size(), 960u);
  EXPECT_TRUE(taken(playout, kStart + milliseconds{60}).empty());
  playout.push(1, bytes(120));
  EXPECT_EQ(taken(playout, kStart + milliseconds{60}).size(), 160u);
  EXPECT_TRUE(playout.empty());
}

TEST(Playout, TheRestOfATurnIsFilledUpWithSilence) {
  Playout playout;
  playout.push(1, bytes(1000, 7));
  auto now = kStart;

  const auto all = taken_over(playout, now, milliseconds{300});

  ASSERT_EQ(all.size(), 1120u);
  EXPECT_TRUE(std::all_of(all.begin(), all.begin() + 1000, [](auto b) { return b == 7; }));
  EXPECT_TRUE(std::all_of(all.begin() + 1000, all.end(), [](auto b) { return b == 0xFF; }));
}

TEST(Playout, AnInterruptionAtTheSameIdDropsThatEvent) {
  Playout playout;
  playout.push(1, bytes(4000, 1));
  playout.push(2, bytes(4000, 2));
  taken(playout, kStart);

  const auto cut = playout.interrupt(2, kStart + milliseconds{50});

  EXPECT_TRUE(cut.clear);
  EXPECT_EQ(cut.dropped, 6400u);
  EXPECT_TRUE(playout.empty());
  EXPECT_EQ(playout.push(2, bytes(160)), Pushed::Interrupted);
  EXPECT_EQ(playout.push(1, bytes(160)), Pushed::Interrupted);
  EXPECT_EQ(playout.push(3, bytes(160)), Pushed::Queued);
}

TEST(Playout, ALateInterruptionOfSpeechHeardLongAgoClearsNothing) {
  Playout playout;
  auto now = kStart;
  playout.push(1, bytes(800, 1));
  taken_over(playout, now, milliseconds{1000});
  playout.push(2, bytes(4000, 2));
  taken(playout, now);

  const auto cut = playout.interrupt(1, now + milliseconds{100});

  EXPECT_FALSE(cut.clear);
  EXPECT_EQ(cut.dropped, 0u);
  EXPECT_EQ(playout.queued_bytes(), 2400u);
}

TEST(Playout, AnInterruptionRightAfterTheLastWordStillClearsForTheLinePlaysLaterThanWeThink) {
  Playout playout;
  playout.push(1, bytes(800, 1));
  taken(playout, kStart);

  EXPECT_TRUE(playout.interrupt(1, kStart + milliseconds{200}).clear);
  EXPECT_FALSE(playout.interrupt(1, kStart + milliseconds{200}).clear);  // nothing is left to clear
}

TEST(Playout, AnInterruptionLongAfterTheLastWordClearsTooForTheLineMayHaveStoodStill) {
  Playout playout;
  playout.push(1, bytes(800, 1));
  taken(playout, kStart);

  taken(playout, kStart + seconds{3});  // the pacer's turns: by the estimate all of it has been heard
  EXPECT_TRUE(playout.interrupt(1, kStart + seconds{3}).clear);
  EXPECT_FALSE(playout.interrupt(1, kStart + seconds{3}).clear);  // nothing was sent since
}

TEST(Playout, NewerAudioThatAClearWouldLoseIsSentAgain) {
  Playout playout;
  playout.push(1, bytes(800, 1));
  playout.push(2, bytes(1600, 2));
  ASSERT_EQ(taken(playout, kStart).size(), 1600u);  // 100 ms of each are in the line's buffer

  const auto now = kStart + milliseconds{60};
  const auto cut = playout.interrupt(1, now);

  EXPECT_TRUE(cut.clear);
  EXPECT_EQ(taken(playout, now), bytes(1600, 2));
}

TEST(Playout, OfAFrameThatHoldsTwoEventsOnlyTheNewerPartIsSentAgain) {
  Playout playout;
  playout.push(1, bytes(100, 1));
  playout.push(2, bytes(60, 2));
  ASSERT_EQ(taken(playout, kStart).size(), 160u);

  playout.interrupt(1, kStart);
  const auto again = taken(playout, kStart);

  ASSERT_EQ(again.size(), 160u);
  EXPECT_EQ(std::count(again.begin(), again.end(), 2), 60);
  EXPECT_EQ(std::count(again.begin(), again.end(), 1), 0);
}

TEST(Playout, MarksOfAnEarlierGenerationMeanDiscarded) {
  Playout playout;
  playout.push(1, bytes(800));
  taken(playout, kStart);
  const auto before = playout.make_mark();
  EXPECT_EQ(playout.on_mark(before), MarkEcho::Played);

  playout.interrupt(1, kStart);

  EXPECT_EQ(playout.on_mark(before), MarkEcho::Discarded);
  EXPECT_EQ(playout.on_mark(playout.make_mark()), MarkEcho::Played);
  for (const auto* name : {"", "otto-", "otto-x", "otto-1", "somebody-else"})
    EXPECT_EQ(playout.on_mark(name), MarkEcho::Foreign) << name;
}

TEST(Playout, BeyondItsBoundTheNewestAudioIsDropped) {
  PlayoutOptions options;
  options.max_bytes = 1000;
  Playout playout{options};

  EXPECT_EQ(playout.push(1, bytes(600, 1)), Pushed::Queued);
  EXPECT_EQ(playout.push(2, bytes(600, 2)), Pushed::Full);
  EXPECT_EQ(playout.push(3, bytes(400, 3)), Pushed::Queued);
  EXPECT_EQ(playout.queued_bytes(), 1000u);
}

TEST(Playout, RemainingTimeCountsTheQueueAndTheLine) {
  Playout playout;
  playout.push(1, bytes(8000));
  EXPECT_EQ(playout.remaining(kStart), milliseconds{1000});
  taken(playout, kStart);
  EXPECT_EQ(playout.remaining(kStart + milliseconds{100}), milliseconds{900});
  EXPECT_EQ(playout.drop_all(kStart + milliseconds{100}).dropped, 6400u);
  EXPECT_EQ(playout.remaining(kStart + milliseconds{100}), milliseconds{0});
}

/// The line's buffer, exact to the byte; values are event ids.
class LineModel {
 public:
  void advance(SteadyPoint now) {
    while (!buffer_.empty() && cursor_ + std::chrono::microseconds{125} <= now) {
      played.push_back(buffer_.front());
      buffer_.pop_front();
      cursor_ += std::chrono::microseconds{125};
    }
    if (buffer_.empty()) cursor_ = std::max(cursor_, now);
  }
  void send(std::span<const std::uint8_t> audio) { buffer_.insert(buffer_.end(), audio.begin(), audio.end()); }
  void clear(SteadyPoint now) {
    buffer_.clear();
    cursor_ = now;
  }
  std::size_t buffered() const { return buffer_.size(); }
  Bytes played;

 private:
  std::deque<std::uint8_t> buffer_;
  SteadyPoint cursor_{};
};

TEST(PlayoutProperty, NeverReordersNeverExceedsTheLeadAndNeverPlaysWhatWasInterrupted) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    std::mt19937 random{seed};
    const auto draw = [&](int low, int high) { return std::uniform_int_distribution{low, high}(random); };
    Playout playout;
    LineModel line;
    SteadyPoint now{};
    std::uint8_t id = 1;
    std::array<std::size_t, 256> accepted{};  // bytes by event id

    for (int step = 0; step < 400; ++step) {
      line.advance(now);
      switch (draw(0, 9)) {
        case 0:
          if (id < 200) id = static_cast<std::uint8_t>(id + draw(0, 2));
          [[fallthrough]];
        case 1: {
          const Bytes burst(static_cast<std::size_t>(draw(1, 1500)), id);
          if (playout.push(id, burst) == Pushed::Queued) accepted[id] += burst.size();
          break;
        }
        case 2:
          if (seed % 3 != 0 && draw(0, 3) == 0) {
            const int n = std::max(0, id - draw(0, 3));
            const auto cut = playout.interrupt(n, now);
            if (cut.clear) line.clear(now);
            const auto played_before = line.played.size();
            line.advance(now + milliseconds{600});
            const auto stale = std::count_if(line.played.begin() + static_cast<std::ptrdiff_t>(played_before),
                                             line.played.end(), [&](auto b) { return b <= n; });
            ASSERT_EQ(stale, 0) << "seed " << seed << ": played what was interrupted";
            now += milliseconds{600};
          }
          break;
        default:
          break;
      }
      const auto out = playout.take(now);
      ASSERT_EQ(out.size() % 160, 0u);
      line.send(out);
      ASSERT_LE(line.buffered(), 1600u) << "seed " << seed;
      now += milliseconds{draw(0, 20) == 0 ? draw(0, 700) : draw(0, 25)};
    }
    for (int i = 0; i < 200'000 && (!playout.empty() || line.buffered() > 0); ++i) {
      now += milliseconds{20};
      line.advance(now);
      line.send(playout.take(now));
    }

    Bytes speech;
    std::copy_if(line.played.begin(), line.played.end(), std::back_inserter(speech), [](auto b) { return b != 0xFF; });
    ASSERT_TRUE(std::is_sorted(speech.begin(), speech.end())) << "seed " << seed;
    std::array<std::size_t, 256> heard{};
    for (const auto event : speech) ++heard[event];
    for (int event = 0; event < 255; ++event) {
      const auto played = heard[static_cast<std::size_t>(event)];
      const auto pushed = accepted[static_cast<std::size_t>(event)];
      if (event > playout.last_interrupted()) {
        ASSERT_EQ(played, pushed) << "seed " << seed << ": something of event " << event << " was lost or came twice";
      } else {
        ASSERT_LE(played, pushed) << "seed " << seed << ": something of event " << event << " came twice";
      }
    }
  }
}

}  // namespace
}  // namespace otto::call
