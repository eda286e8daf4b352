#include "otto/audio/dtmf.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

#include "otto/audio/g711.hpp"

namespace otto::audio {

namespace {

constexpr int kRate = 8000;
constexpr std::size_t kToneSamples = 960, kGapSamples = 640;  // 120 ms and 80 ms
constexpr std::size_t kShortWait = 4000, kLongWait = 8000;
constexpr int kRampSamples = 16;  // 2 ms: a tone that begins at full level clicks
constexpr std::size_t kMaxKeys = 64;

constexpr std::string_view kKeypad = "123A456B789C*0#D";  // row by row
constexpr std::array kRows{697.0, 770.0, 852.0, 941.0};
constexpr std::array kColumns{1209.0, 1336.0, 1477.0, 1633.0};
/// About -11 and -9 dBm0: the higher tone is the louder one by 2 dB, as lines attenuate it more.
constexpr double kRowLevel = 6400, kColumnLevel = 8060;

std::array<std::uint8_t, kToneSamples> tone_of(std::size_t key) {
  std::array<std::uint8_t, kToneSamples> codes{};
  const double row = 2 * std::numbers::pi * kRows[key / 4] / kRate;
  const double column = 2 * std::numbers::pi * kColumns[key % 4] / kRate;
  for (std::size_t i = 0; i < kToneSamples; ++i) {
    const auto edge = static_cast<double>(std::min(i, kToneSamples - 1 - i)) / kRampSamples;
    const auto at = static_cast<double>(i);
    const double sample = kRowLevel * std::sin(row * at) + kColumnLevel * std::sin(column * at);
    codes[i] = ulaw_encode(static_cast<std::int16_t>(std::lround(sample * std::min(1.0, edge))));
  }
  return codes;
}

}  // namespace

bool is_dtmf(std::string_view keys) noexcept {
  return !keys.empty() && keys.size() <= kMaxKeys && std::ranges::all_of(keys, [](char key) {
    return key == 'w' || key == 'W' || kKeypad.find(key) != std::string_view::npos;
  });
}

std::vector<std::uint8_t> dtmf_ulaw(std::string_view keys) {
  std::vector<std::uint8_t> codes;
  if (!is_dtmf(keys)) return codes;
  const auto wait = [&codes](std::size_t samples) { codes.insert(codes.end(), samples, kUlawSilence); };
  for (const char key : keys) {
    if (key == 'w' || key == 'W') {
      wait(key == 'w' ? kShortWait : kLongWait);
      continue;
    }
    const auto tone = tone_of(kKeypad.find(key));
    codes.insert(codes.end(), tone.begin(), tone.end());
    wait(kGapSamples);
  }
  return codes;
}

}  // namespace otto::audio
