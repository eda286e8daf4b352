// Real speech to the line and back, for every format of the agent.
#include <gtest/gtest.h>

#include "otto/audio/wav.hpp"

#include "tests/audio/signals.hpp"

namespace otto::audio {
namespace {

const std::string kData = OTTO_SOURCE_DIR "/tests/data/";

double signal_to_noise(std::span<const double> signal, std::span<const double> heard) {
  double noise = 0, power = 0;
  for (std::size_t i = 0; i < std::min(signal.size(), heard.size()); ++i) {
    noise += (heard[i] - signal[i]) * (heard[i] - signal[i]);
    power += signal[i] * signal[i];
  }
  return 10 * std::log10(power / noise);
}

/// At the best of the delays near 3 ms (two filters), in steps of a 48 kHz sample.
double best_signal_to_noise(std::span<const double> spoken, std::span<const double> heard) {
  const auto fine_spoken = convert(8000, 48000, spoken), fine_heard = convert(8000, 48000, heard);
  double best = 0;
  for (std::size_t delay = 140; delay <= 144; ++delay) {
    best = std::max(best, signal_to_noise(fine_spoken, std::span{fine_heard}.subspan(delay)));
  }
  return best;
}

class Speech : public testing::TestWithParam<AudioFormat> {};

TEST_P(Speech, OfTheAgentReachesTheLineWithNothingButUlawsNoise) {
  const auto wav = read_wav(kData + "agent-greeting-16k.wav").value();
  const Bytes agent = convert(wav.format, GetParam(), wav.data);

  const auto plain = samples_of(convert(GetParam(), pcm(8000), agent));
  const auto line = samples_of(convert(kUlaw, pcm(8000), convert(GetParam(), kUlaw, agent)));

  EXPECT_NEAR(static_cast<double>(line.size()), static_cast<double>(wav.data.size()) / 4, 2);
  EXPECT_GT(signal_to_noise(plain, line), 36);
  EXPECT_NEAR(decibels(rms(line) / rms(samples_of(wav.data))), 0, 1.5);  // what lies above 4 kHz is gone
}

TEST_P(Speech, OfTheCalleeComesBackFromTheAgentsFormatAsItWas) {
  const auto wav = read_wav(kData + "callee-answer-8k-ulaw.wav").value();

  const auto back = convert(GetParam(), kUlaw, convert(kUlaw, GetParam(), wav.data));

  EXPECT_NEAR(static_cast<double>(back.size()), static_cast<double>(wav.data.size()), 1);
  const auto spoken = samples_of(convert(kUlaw, pcm(8000), wav.data));
  const auto heard = samples_of(convert(kUlaw, pcm(8000), back));
  if (GetParam().sample_rate == 8000) {
    EXPECT_EQ(heard, spoken);
  } else {
    EXPECT_GT(best_signal_to_noise(spoken, heard), 30);  // µ-law was there twice
  }
}

INSTANTIATE_TEST_SUITE_P(Known, Speech, testing::ValuesIn(all_formats()),
                         [](const auto& info) { return to_string(info.param); });

}  // namespace
}  // namespace otto::audio
