// What the two people of a call hear.
#include <cmath>
#include <numbers>

#include "otto/audio/g711.hpp"

#include "call_fixture.hpp"

namespace otto::call {
namespace {

constexpr AudioFormat kUlaw{};
constexpr AudioFormat kPcm16k{AudioEncoding::Pcm16, 16'000};

Bytes pattern(std::size_t size, unsigned seed = 0) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>((i * 31 + seed) % 251);
  return bytes;
}

/// A sine of 1 kHz at -12 dBFS in the given format.
Bytes tone(AudioFormat format, double seconds_long) {
  Bytes bytes;
  const auto samples = static_cast<std::size_t>(format.sample_rate * seconds_long);
  for (std::size_t i = 0; i < samples; ++i) {
    const auto sample = static_cast<std::int16_t>(
        std::lround(8231 * std::sin(2 * std::numbers::pi * 1000 * static_cast<double>(i) / format.sample_rate)));
    if (format.encoding == AudioEncoding::Ulaw) {
      bytes.push_back(audio::ulaw_encode(sample));
    } else {
      bytes.push_back(static_cast<std::uint8_t>(sample & 0xFF));
      bytes.push_back(static_cast<std::uint8_t>((sample >> 8) & 0xFF));
    }
  }
  return bytes;
}

struct Tone {
  double hertz = 0, level = 0, length = 0;  ///< dBFS, seconds
};
/// Frequency by zero crossings, level by RMS, both over the middle; length of what is not silent.
Tone measure(const Bytes& bytes, AudioFormat format) {
  std::vector<double> samples;
  if (format.encoding == AudioEncoding::Ulaw) {
    for (const auto code : bytes) samples.push_back(audio::ulaw_decode(code));
  } else {
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
      samples.push_back(static_cast<std::int16_t>(bytes[i] | (bytes[i + 1] << 8)));
  }
  const auto loud = [](double sample) { return std::abs(sample) > 1000; };
  const auto first = std::find_if(samples.begin(), samples.end(), loud) - samples.begin();
  const auto last = samples.rend() - std::find_if(samples.rbegin(), samples.rend(), loud);
  if (first >= last) return {};
  const auto from = static_cast<std::size_t>(first + (last - first) / 10);
  const auto to = static_cast<std::size_t>(last - (last - first) / 10);
  double energy = 0;
  int crossings = 0;
  for (std::size_t i = from; i < to; ++i) {
    energy += samples[i] * samples[i];
    if ((samples[i] >= 0) != (samples[i + 1] >= 0)) ++crossings;
  }
  const auto span = static_cast<double>(to - from);
  return {.hertz = crossings / 2.0 / (span / format.sample_rate),
          .level = 20 * std::log10(std::sqrt(energy / span) / 32768),
          .length = static_cast<double>(last - first) / format.sample_rate};
}

class CallAudio : public CallFixture {};

TEST_F(CallAudio, TheAgentsFirstWordsWaitForTheStream) {
  calls().answered(context());
  run(milliseconds{100});
  voice().ready();
  const auto words = pattern(16'000);
  voice().speak(1, words);
  run(seconds{3});

  const auto callee = connect();
  run(seconds{3});

  EXPECT_EQ(callee->heard, words);
}

TEST_F(CallAudio, TheCalleesFirstWordsWaitForTheAgent) {
  agent_.open_time = milliseconds{1500};
  calls().answered(context());
  const auto callee = connect();
  const auto words = pattern(16'000);
  for (std::size_t at = 0; at < words.size(); at += 160) {
    callee->speak(
        {words.begin() + static_cast<std::ptrdiff_t>(at), words.begin() + static_cast<std::ptrdiff_t>(at) + 160});
    run(milliseconds{20});
    if (at == 14'400) voice().ready();  // 1.8 s after the first word
  }
  run(milliseconds{200});

  EXPECT_EQ(voice().heard, words);
  EXPECT_LE(*std::ranges::max_element(voice().sizes), 1600u);
}

TEST_F(CallAudio, OfALongWaitForTheAgentTheLastThreeSecondsAreKept) {
  agent_.open_time = milliseconds{4900};
  calls().answered(context());
  const auto callee = connect();
  const auto words = pattern(36'800);
  for (std::size_t at = 0; at < words.size(); at += 160) {
    callee->speak(
        {words.begin() + static_cast<std::ptrdiff_t>(at), words.begin() + static_cast<std::ptrdiff_t>(at) + 160});
    run(milliseconds{20});
  }
  run(milliseconds{400});
  voice().ready();
  run(milliseconds{400});

  EXPECT_EQ(voice().heard, Bytes(words.end() - 24'000, words.end()));
}

TEST_F(CallAudio, UlawPassesUntouchedBothWays) {
  const auto callee = talk();
  const auto words = pattern(8000, 3), answer = pattern(4001, 9);
  voice().speak(1, words);
  callee->speak(answer);
  run(seconds{2});

  EXPECT_EQ(callee->heard, words);
  EXPECT_EQ(voice().heard, answer);
}

TEST_F(CallAudio, TheLineNeverGetsMoreThanTheLeadAhead) {
  const auto callee = talk();
  voice().speak(1, pattern(80'000));
  run(seconds{5});
  voice().speak(2, pattern(80'000));
  run(seconds{20});

  EXPECT_EQ(callee->heard.size(), 160'000u);
  EXPECT_LE(callee->most_buffered, 1600u);
}

class CallTone : public testing::TestWithParam<AudioFormat>, public World {};

TEST_P(CallTone, AToneFromTheAgentKeepsFrequencyLevelAndLength) {
  const auto callee = talk(context(), GetParam(), GetParam());
  const auto sound = tone(GetParam(), 2);
  // In uneven pieces, as speech comes.
  for (std::size_t at = 0, size = 1; at < sound.size(); at += size, size = size * 3 % 9001 + 1) {
    size = std::min(size, sound.size() - at);
    voice().speak(
        1, {sound.begin() + static_cast<std::ptrdiff_t>(at), sound.begin() + static_cast<std::ptrdiff_t>(at + size)});
  }
  voice().end(1000);
  run(seconds{4});

  const auto heard = measure(callee->heard, kUlaw);
  EXPECT_NEAR(heard.hertz, 1000, 2);
  EXPECT_NEAR(heard.level, measure(sound, GetParam()).level, 0.5);
  EXPECT_NEAR(heard.length, 2, 0.02);
}

TEST_P(CallTone, AToneFromTheCalleeKeepsFrequencyLevelAndLength) {
  const auto callee = talk(context(), GetParam(), GetParam());
  auto sound = tone(kUlaw, 2);
  sound.resize(sound.size() + 800, audio::kUlawSilence);
  for (std::size_t at = 0; at < sound.size(); at += 160) {
    callee->speak(
        {sound.begin() + static_cast<std::ptrdiff_t>(at), sound.begin() + static_cast<std::ptrdiff_t>(at) + 160});
    run(milliseconds{20});
  }

  const auto heard = measure(voice().heard, GetParam());
  EXPECT_NEAR(heard.hertz, 1000, 2);
  EXPECT_NEAR(heard.level, measure(sound, kUlaw).level, 0.5);
  EXPECT_NEAR(heard.length, 2, 0.02);
}

INSTANTIATE_TEST_SUITE_P(Formats, CallTone, testing::Values(kUlaw, kPcm16k, AudioFormat{AudioEncoding::Pcm16, 24'000}));

TEST_F(CallAudio, AnInterruptionSilencesTheAgentAtOnce) {
  const auto callee = talk();
  voice().speak(1, pattern(40'000));
  run(seconds{1});
  voice().send(ports::AgentInterruption{1});
  run(milliseconds{10});
  const auto heard_then = callee->heard.size();
  voice().speak(1, pattern(8000));  // a straggler of the same response
  run(seconds{2});

  EXPECT_EQ(callee->clears, 1);
  EXPECT_LE(callee->heard.size(), heard_then + 80);
  voice().speak(2, Bytes(1600, 0xFD));
  run(seconds{1});
  EXPECT_EQ(std::ranges::count(callee->heard, 0xFD), 1600);
}

TEST_F(CallAudio, AnInterruptionOfOlderSpeechLeavesTheNewerAlone) {
  const auto callee = talk();
  voice().speak(1, pattern(800));
  run(seconds{2});
  voice().speak(2, Bytes(8000, 0xFD));
  run(milliseconds{500});
  voice().send(ports::AgentInterruption{1});
  run(seconds{2});

  EXPECT_EQ(callee->clears, 0);
  EXPECT_EQ(std::ranges::count(callee->heard, 0xFD), 8000);
}

TEST_F(CallAudio, AnInterruptionBetweenTwoResponsesPlaysTheSecondOne) {
  const auto callee = talk();
  voice().speak(1, Bytes(400, 1));
  voice().speak(2, Bytes(8000, 2));
  run(milliseconds{20});  // both are in the line's buffer
  voice().send(ports::AgentInterruption{1});
  run(seconds{2});

  EXPECT_EQ(callee->clears, 1);
  EXPECT_EQ(std::ranges::count(callee->heard, 2), 8000);
  EXPECT_LE(std::ranges::count(callee->heard, 1), 240);
}

TEST_F(CallAudio, BeyondTheBoundOfThePlayoutTheAgentsSpeechIsDropped) {
  calls().answered(context());
  run(milliseconds{20});
  voice().ready();
  for (int i = 0; i < 30; ++i) voice().speak(1, Bytes(100'000, 1));
  const auto callee = connect();
  run(seconds{300});

  EXPECT_EQ(callee->heard.size(), 2'000'000u);
}

}  // namespace
}  // namespace otto::call
