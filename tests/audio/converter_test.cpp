#include "otto/audio/converter.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <numbers>
#include <random>
#include <vector>

#include "otto/audio/wav.hpp"

namespace otto::audio {
namespace {

using Bytes = std::vector<std::uint8_t>;

constexpr AudioFormat kUlaw{AudioEncoding::Ulaw, 8000};
AudioFormat pcm(int rate) { return {AudioEncoding::Pcm16, rate}; }

std::vector<AudioFormat> all_formats() {
  return {kUlaw, pcm(8000), pcm(16000), pcm(22050), pcm(24000), pcm(44100), pcm(48000)};
}

Bytes bytes_of(const std::vector<double>& samples) {
  Bytes out;
  for (const double sample : samples) {
    const auto bits = static_cast<std::uint16_t>(static_cast<std::int16_t>(std::lround(sample)));
    out.push_back(static_cast<std::uint8_t>(bits & 0xFF));
    out.push_back(static_cast<std::uint8_t>(bits >> 8));
  }
  return out;
}

std::vector<double> samples_of(std::span<const std::uint8_t> bytes) {
  std::vector<double> out;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    out.push_back(static_cast<std::int16_t>(static_cast<std::uint16_t>(bytes[i] | bytes[i + 1] << 8)));
  }
  return out;
}

constexpr double kAmplitude = 16'000;

std::vector<double> tone(int rate, double hertz, std::size_t count) {
  std::vector<double> out(count);
  for (std::size_t i = 0; i < count; ++i) {
    out[i] = kAmplitude * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / rate + 0.3);
  }
  return out;
}

double rms(std::span<const double> samples) {
  double sum = 0;
  for (const double sample : samples) sum += sample * sample;
  return std::sqrt(sum / static_cast<double>(samples.size()));
}

double decibels(double ratio) { return 20 * std::log10(ratio); }

struct Fit {
  double level_db;     ///< of the tone, against what went in
  double residual_db;  ///< of everything else: images, aliases, noise
};

/// Least squares of a sine and a cosine of `hertz`.
Fit fit(std::span<const double> samples, int rate, double hertz) {
  double ss = 0, cc = 0, sc = 0, sx = 0, cx = 0;
  const auto angle = [&](std::size_t i) { return 2 * std::numbers::pi * hertz * static_cast<double>(i) / rate; };
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double s = std::sin(angle(i)), c = std::cos(angle(i));
    ss += s * s, cc += c * c, sc += s * c, sx += s * samples[i], cx += c * samples[i];
  }
  const double determinant = ss * cc - sc * sc;
  const double a = (sx * cc - cx * sc) / determinant, b = (cx * ss - sx * sc) / determinant;
  std::vector<double> rest(samples.begin(), samples.end());
  for (std::size_t i = 0; i < rest.size(); ++i) rest[i] -= a * std::sin(angle(i)) + b * std::cos(angle(i));
  return {decibels(std::hypot(a, b) / kAmplitude), decibels(rms(rest) * std::numbers::sqrt2 / kAmplitude)};
}

/// Half a second through a converter, without the first 20 ms, where the filter fills.
std::vector<double> settled_output(int from, int to, double hertz) {
  Converter converter{pcm(from), pcm(to)};
  auto out = samples_of(converter.convert(bytes_of(tone(from, hertz, static_cast<std::size_t>(from) / 2))));
  out.erase(out.begin(), out.begin() + to / 50);
  return out;
}

class Rates : public testing::TestWithParam<int> {};

TEST_P(Rates, TelephoneBandPassesFlatInBothDirectionsWithoutImages) {
  for (const auto [from, to] : {std::pair{8000, GetParam()}, std::pair{GetParam(), 8000}}) {
    for (const double hertz : {50.0, 200.0, 440.0, 1000.0, 1700.0, 2500.0, 3000.0, 3300.0, 3400.0}) {
      const Fit result = fit(settled_output(from, to, hertz), to, hertz);
      EXPECT_NEAR(result.level_db, 0, 0.5) << from << " to " << to << " at " << hertz;
      EXPECT_LT(result.residual_db, -60) << from << " to " << to << " at " << hertz;
    }
  }
}

TEST_P(Rates, WhatEightKilohertzCannotCarryIsSuppressedInsteadOfFolded) {
  for (double hertz = 4600; hertz < GetParam() / 2.0; hertz += 531) {
    const double level = decibels(rms(settled_output(GetParam(), 8000, hertz)) * std::numbers::sqrt2 / kAmplitude);
    EXPECT_LT(level, -60) << GetParam() << " at " << hertz;
  }
}

INSTANTIATE_TEST_SUITE_P(Known, Rates, testing::Values(16000, 22050, 24000, 44100, 48000),
                         [](const auto& info) { return std::to_string(info.param); });

TEST(Converter, AddsAtMostTwoMillisecondsBetweenEightAndSixteenKilohertz) {
  for (const auto [from, to] : {std::pair{8000, 16000}, std::pair{16000, 8000}}) {
    std::vector<double> impulse(static_cast<std::size_t>(from) / 10, 0);
    impulse[0] = 30'000;
    Converter converter{pcm(from), pcm(to)};
    const auto response = samples_of(converter.convert(bytes_of(impulse)));
    double weight = 0, moment = 0;
    for (std::size_t i = 0; i < response.size(); ++i) {
      weight += response[i];
      moment += response[i] * static_cast<double>(i) / to;
    }
    EXPECT_GT(moment / weight, 0.0018) << from;
    EXPECT_LE(moment / weight, 0.0020) << from;
  }
}

TEST(Converter, TheCutOfTheStreamDoesNotChangeAByte) {
  std::mt19937 random{7};
  Bytes input(20'001);
  for (auto& byte : input) byte = static_cast<std::uint8_t>(random());
  for (const auto from : all_formats()) {
    for (const auto to : all_formats()) {
      Converter whole{from, to};
      const auto all = whole.convert(input);
      const Bytes expected{all.begin(), all.end()};
      for (const std::size_t largest : {std::size_t{3}, std::size_t{321}, std::size_t{5000}}) {
        Converter pieces{from, to};
        Bytes got;
        for (std::size_t at = 0; at < input.size();) {
          const std::size_t count = std::min<std::size_t>(random() % (largest + 1), input.size() - at);
          const auto part = pieces.convert(std::span{input}.subspan(at, count));
          got.insert(got.end(), part.begin(), part.end());
          at += count;
        }
        ASSERT_TRUE(got == expected) << to_string(from) << " to " << to_string(to) << " in pieces up to " << largest;
      }
    }
  }
}

TEST(Converter, GivesAsMuchTimeAsItTook) {
  for (const auto from : all_formats()) {
    for (const auto to : all_formats()) {
      const std::size_t width_from = from.encoding == AudioEncoding::Pcm16 ? 2 : 1;
      const std::size_t width_to = to.encoding == AudioEncoding::Pcm16 ? 2 : 1;
      const auto frame = static_cast<std::size_t>(from.sample_rate) / 50;
      Converter converter{from, to};
      const Bytes silence(frame * width_from, from.encoding == AudioEncoding::Ulaw ? 0xFF : 0);
      std::size_t bytes = 0;
      for (int i = 0; i < 50; ++i) bytes += converter.convert(silence).size();
      EXPECT_EQ(bytes % width_to, 0u);
      const auto expected = static_cast<double>(frame * 50) * to.sample_rate / from.sample_rate;
      EXPECT_NEAR(static_cast<double>(bytes / width_to), expected, 1) << to_string(from) << " to " << to_string(to);
    }
  }
}

TEST(Converter, SilenceStaysSilence) {
  Converter up{kUlaw, pcm(16000)};
  for (const auto byte : up.convert(Bytes(160, 0xFF))) EXPECT_EQ(byte, 0);
  Converter down{pcm(16000), kUlaw};
  for (const auto byte : down.convert(Bytes(640, 0))) EXPECT_EQ(byte, 0xFF);
}

TEST(Converter, LoudInputIsLimitedInsteadOfWrapped) {
  std::vector<double> square;
  for (int i = 0; i < 1600; ++i) square.push_back(i / 20 % 2 ? 32767 : -32768);
  Converter converter{pcm(8000), pcm(16000)};
  const auto out = samples_of(converter.convert(bytes_of(square)));
  for (std::size_t i = 1; i < out.size(); ++i) ASSERT_LT(std::abs(out[i] - out[i - 1]), 50'000) << i;
}

TEST(Converter, EqualFormatsPassThroughByteForByte) {
  Converter converter{pcm(16000), pcm(16000)};
  const Bytes odd{1, 2, 3};
  const auto out = converter.convert(odd);
  EXPECT_TRUE(converter.pass_through());
  EXPECT_EQ(Bytes(out.begin(), out.end()), odd);
  EXPECT_FALSE((Converter{kUlaw, pcm(8000)}).pass_through());
}

TEST(Converter, ResetForgetsTheFilterAndTheHalfSample) {
  const Bytes noise{200, 90, 17, 99, 31, 120, 5};
  Converter used{pcm(16000), pcm(8000)};
  used.convert(noise);
  used.reset();
  Converter fresh{pcm(16000), pcm(8000)};
  const auto a = used.convert(noise);
  const auto b = fresh.convert(noise);
  EXPECT_EQ(Bytes(a.begin(), a.end()), Bytes(b.begin(), b.end()));
}

TEST(Converter, SettlesIntoOneBuffer) {
  Converter converter{kUlaw, pcm(16000)};
  const Bytes frame(160, 0x55);
  const auto* first = converter.convert(frame).data();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(converter.convert(frame).data(), first);
}

TEST(Converter, SpeechKeepsItsLevelOnTheWayToTheLineAndBack) {
  const auto wav = read_wav(OTTO_SOURCE_DIR "/tests/data/agent-greeting-16k.wav").value();
  Converter down{wav.format, kUlaw};
  const auto coded = down.convert(wav.data);
  const Bytes line{coded.begin(), coded.end()};
  Converter up{kUlaw, wav.format};
  const auto back = samples_of(up.convert(line));

  EXPECT_EQ(line.size(), wav.data.size() / 4);
  EXPECT_NEAR(decibels(rms(back) / rms(samples_of(wav.data))), 0, 1.5);  // what lies above 4 kHz is gone
}

TEST(Converter, AnUnknownRateIsABrokenInvariant) {
  EXPECT_THROW((Converter{pcm(11025), kUlaw}), std::invalid_argument);
}

}  // namespace
}  // namespace otto::audio
