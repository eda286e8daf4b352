// Signals for the tests of the converter, and how what came out of it is measured.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "otto/audio/converter.hpp"
#include "otto/base/audio_format.hpp"

namespace otto::audio {

using Bytes = std::vector<std::uint8_t>;

inline constexpr AudioFormat kUlaw{AudioEncoding::Ulaw, 8000};
inline AudioFormat pcm(int rate) { return {AudioEncoding::Pcm16, rate}; }

/// Every format that an agent may be set to.
inline std::vector<AudioFormat> all_formats() {
  return {kUlaw, pcm(8000), pcm(16000), pcm(22050), pcm(24000), pcm(44100), pcm(48000)};
}

inline std::size_t width_of(AudioFormat format) { return format.encoding == AudioEncoding::Pcm16 ? 2 : 1; }

inline Bytes bytes_of(std::span<const double> samples) {
  Bytes out;
  out.reserve(samples.size() * 2);
  for (const double sample : samples) {
    const auto bits = static_cast<std::uint16_t>(static_cast<std::int16_t>(std::lround(sample)));
    out.push_back(static_cast<std::uint8_t>(bits & 0xFF));
    out.push_back(static_cast<std::uint8_t>(bits >> 8));
  }
  return out;
}

inline std::vector<double> samples_of(std::span<const std::uint8_t> bytes) {
  std::vector<double> out;
  out.reserve(bytes.size() / 2);
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) {
    out.push_back(static_cast<std::int16_t>(static_cast<std::uint16_t>(bytes[i] | bytes[i + 1] << 8)));
  }
  return out;
}

/// In one piece through a converter of its own.
inline Bytes convert(AudioFormat from, AudioFormat to, std::span<const std::uint8_t> bytes) {
  Converter converter{from, to};
  const auto out = converter.convert(bytes);
  return {out.begin(), out.end()};
}

inline std::vector<double> convert(int from, int to, std::span<const double> samples) {
  return samples_of(convert(pcm(from), pcm(to), bytes_of(samples)));
}

inline Bytes noise(std::size_t size, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  Bytes bytes((size + 7) / 8 * 8);
  for (std::size_t i = 0; i < bytes.size(); i += 8) {
    const std::uint64_t word = random();
    for (std::size_t k = 0; k < 8; ++k) bytes[i + k] = static_cast<std::uint8_t>(word >> (8 * k));
  }
  bytes.resize(size);
  return bytes;
}

inline std::vector<double> tone(int rate, double hertz, double amplitude, double seconds) {
  std::vector<double> out(static_cast<std::size_t>(rate * seconds));
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = amplitude * std::sin(2 * std::numbers::pi * hertz * static_cast<double>(i) / rate + 0.3);
  }
  return out;
}

inline double rms(std::span<const double> samples) {
  double sum = 0;
  for (const double sample : samples) sum += sample * sample;
  return std::sqrt(sum / static_cast<double>(samples.size()));
}

inline double decibels(double ratio) { return 20 * std::log10(ratio); }

struct Fit {
  double amplitude;  ///< of the tone
  double residual;   ///< RMS of everything else: images, aliases, noise
};

/// Least squares of a sine and a cosine of `hertz`.
inline Fit fit(std::span<const double> samples, int rate, double hertz) {
  std::vector<double> sine(samples.size()), cosine(samples.size());
  double ss = 0, cc = 0, sc = 0, sx = 0, cx = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double angle = 2 * std::numbers::pi * hertz * static_cast<double>(i) / rate;
    const double s = sine[i] = std::sin(angle), c = cosine[i] = std::cos(angle), x = samples[i];
    ss += s * s, cc += c * c, sc += s * c, sx += s * x, cx += c * x;
  }
  const double determinant = ss * cc - sc * sc;
  const double a = (sx * cc - cx * sc) / determinant, b = (cx * ss - sx * sc) / determinant;
  double rest = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double left = samples[i] - a * sine[i] - b * cosine[i];
    rest += left * left;
  }
  return {std::hypot(a, b), std::sqrt(rest / static_cast<double>(samples.size()))};
}

}  // namespace otto::audio
