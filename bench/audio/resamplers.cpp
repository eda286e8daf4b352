// Otto's resampler beside the well-kept libraries (Debian: libsoxr-dev libspeexdsp-dev libsamplerate0-dev), between 8
// kHz and another rate, 16-bit samples in 20 ms frames: CPU, delay, and what happens to tones. Prints rows of Markdown.
//   bench_resamplers [RATE…]
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <numbers>
#include <samplerate.h>
#include <soxr.h>
#include <speex/speex_resampler.h>
#include <string>
#include <vector>

#include "otto/audio/converter.hpp"

namespace {

using Samples = std::vector<std::int16_t>;
using Stream = std::function<void(const Samples& in, Samples& out)>;  ///< replaces `out`
using Maker = std::function<Stream(int from, int to)>;

std::size_t room(const Samples& in, int from, int to) {
  return in.size() * static_cast<std::size_t>(to) / static_cast<std::size_t>(from) + 8192;
}

Stream make_otto(int from, int to) {
  using otto::AudioEncoding;
  auto converter = std::make_shared<otto::audio::Converter>(otto::AudioFormat{AudioEncoding::Pcm16, from},
                                                            otto::AudioFormat{AudioEncoding::Pcm16, to});
  return [converter](const Samples& in, Samples& out) {
    const auto bytes =
        converter->convert({reinterpret_cast<const std::uint8_t*>(in.data()), in.size() * sizeof(std::int16_t)});
    const auto* begin = reinterpret_cast<const std::int16_t*>(bytes.data());
    out.assign(begin, begin + bytes.size() / sizeof(std::int16_t));
  };
}

Maker make_soxr(const soxr_quality_spec_t& quality, bool is_hasty = false) {
  return [=](int from, int to) -> Stream {
    const auto io = soxr_io_spec(SOXR_INT16_I, SOXR_INT16_I);
    auto runtime = soxr_runtime_spec(1);
    if (is_hasty) runtime.log2_min_dft_size = 8;  // its smallest block
    const std::shared_ptr<soxr> soxr{soxr_create(from, to, 1, nullptr, &io, &quality, &runtime), soxr_delete};
    return [=](const Samples& in, Samples& out) {
      out.resize(room(in, from, to));
      std::size_t used = 0, made = 0;
      soxr_process(soxr.get(), in.data(), in.size(), &used, out.data(), out.size(), &made);
      out.resize(made);
    };
  };
}

/// As short a filter as our bands allow.
soxr_quality_spec_t short_soxr() {
  auto quality = soxr_quality_spec(SOXR_16_BITQ, 0);
  quality.passband_end = 0.85;
  quality.stopband_begin = 1.15;
  return quality;
}

Maker make_speex(int quality) {
  return [quality](int from, int to) -> Stream {
    const auto rate = [](int hz) { return static_cast<unsigned>(hz); };
    const std::shared_ptr<SpeexResamplerState> speex{speex_resampler_init(1, rate(from), rate(to), quality, nullptr),
                                                     speex_resampler_destroy};
    return [=](const Samples& in, Samples& out) {
      out.resize(room(in, from, to));
      auto used = static_cast<unsigned>(in.size()), made = static_cast<unsigned>(out.size());
      speex_resampler_process_int(speex.get(), 0, in.data(), &used, out.data(), &made);
      out.resize(made);
    };
  };
}

Maker make_samplerate(int kind) {
  return [kind](int from, int to) -> Stream {
    int error = 0;
    const std::shared_ptr<SRC_STATE> src{src_new(kind, 1, &error), src_delete};
    return [=, in_float = std::vector<float>{}, out_float = std::vector<float>{}](const Samples& in,
                                                                                  Samples& out) mutable {
      in_float.resize(in.size());
      out_float.resize(room(in, from, to));
      src_short_to_float_array(in.data(), in_float.data(), static_cast<int>(in.size()));
      SRC_DATA data{};
      data.data_in = in_float.data();
      data.data_out = out_float.data();
      data.input_frames = static_cast<long>(in.size());
      data.output_frames = static_cast<long>(out_float.size());
      data.src_ratio = static_cast<double>(to) / from;
      src_process(src.get(), &data);
      out.resize(static_cast<std::size_t>(data.output_frames_gen));
      src_float_to_short_array(out_float.data(), out.data(), static_cast<int>(out.size()));
    };
  };
}

/// All of `in` through a fresh stream in 20 ms frames. `held` becomes the longest time by which the output's end lay
/// behind the input's, in seconds.
Samples run(const Maker& maker, int from, int to, const Samples& in, double& held) {
  const Stream stream = maker(from, to);
  const auto frame = static_cast<std::ptrdiff_t>(from / 50);
  Samples all, out;
  held = 0;
  for (auto at = in.begin(); in.end() - at >= frame; at += frame) {
    stream({at, at + frame}, out);
    all.insert(all.end(), out.begin(), out.end());
    const double taken = static_cast<double>(at + frame - in.begin()) / from;
    held = std::max(held, taken - static_cast<double>(all.size()) / to);
  }
  return all;
}

constexpr double kAmplitude = 16'000;

Samples tone(int rate, double hertz) {
  Samples out(static_cast<std::size_t>(rate));
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double angle = 2 * std::numbers::pi * hertz * static_cast<double>(i) / rate;
    out[i] = static_cast<std::int16_t>(std::lround(kAmplitude * std::sin(angle)));
  }
  return out;
}

double decibels(double ratio) { return 20 * std::log10(std::max(ratio, 1e-9)); }

struct Level {
  double tone, rest;  ///< dB
};

/// Of the tone at `hertz` and of everything else, in the middle of a second.
Level measure(const Samples& samples, int rate, double hertz) {
  const auto begin = samples.size() / 4, end = begin + static_cast<std::size_t>(rate) / 2;  // whole periods
  double sine = 0, cosine = 0, all = 0;
  for (std::size_t i = begin; i < end && i < samples.size(); ++i) {
    const double angle = 2 * std::numbers::pi * hertz * static_cast<double>(i) / rate;
    sine += samples[i] * std::sin(angle);
    cosine += samples[i] * std::cos(angle);
    all += static_cast<double>(samples[i]) * samples[i];
  }
  const auto half = static_cast<double>(end - begin) / 2;
  const double amplitude = std::hypot(sine, cosine) / half;
  const double rest = std::sqrt(std::max(0.0, all / half - amplitude * amplitude));
  return {decibels(amplitude / kAmplitude), decibels(rest / kAmplitude)};
}

struct Quality {
  double lowest = 0, highest = 0;  ///< dB, 200 to 3400 Hz
  double image = -200;             ///< dB, worst of 200 to 3400 Hz
  double alias = -200;             ///< dB, worst above 4600 Hz
};

Quality judge(const Maker& maker, int from, int to) {
  Quality quality;
  double held = 0;
  for (double hertz = 200; hertz <= 3400; hertz += 100) {
    const Level level = measure(run(maker, from, to, tone(from, hertz), held), to, hertz);
    quality.lowest = std::min(quality.lowest, level.tone);
    quality.highest = std::max(quality.highest, level.tone);
    quality.image = std::max(quality.image, level.rest);
  }
  for (double hertz = 4600; hertz < from / 2.0; hertz += 306) {
    const Samples out = run(maker, from, to, tone(from, hertz), held);
    const Level level = measure(out, to, std::fmod(hertz, to));
    quality.alias = std::max({quality.alias, level.tone, level.rest});
  }
  return quality;
}

/// Of an impulse, in ms: how far its middle lies behind, and what is held back on top.
double delay_ms(const Maker& maker, int from, int to) {
  Samples in(static_cast<std::size_t>(from));
  const auto at = static_cast<std::size_t>(from) / 2;
  in[at] = 16'000;
  double held = 0, weight = 0, moment = 0;
  const Samples out = run(maker, from, to, in, held);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const double power = static_cast<double>(out[i]) * out[i];
    weight += power;
    moment += power * static_cast<double>(i) / to;
  }
  return 1000 * (moment / weight - static_cast<double>(at) / from + held);
}

/// CPU of a frame of loud noise, in ns: the least of ten averages.
double cost_ns(const Maker& maker, int from, int to) {
  const Stream stream = maker(from, to);
  Samples in(static_cast<std::size_t>(from) / 50), out;
  for (auto& sample : in) sample = static_cast<std::int16_t>(std::rand() % 20'000 - 10'000);
  constexpr int kFrames = 2000;
  double least = 1e9;
  for (int round = 0; round < 10; ++round) {
    const auto start = std::clock();
    for (int i = 0; i < kFrames; ++i) stream(in, out);
    least = std::min(least, 1e9 * static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC / kFrames);
  }
  return least;
}

}  // namespace

int main(int argc, char** argv) {
  const std::pair<const char*, Maker> makers[] = {
      {"Otto", make_otto},
      {"soxr QQ", make_soxr(soxr_quality_spec(SOXR_QQ, 0))},
      {"soxr LQ", make_soxr(soxr_quality_spec(SOXR_LQ, 0))},
      {"soxr MQ", make_soxr(soxr_quality_spec(SOXR_MQ, 0))},
      {"soxr HQ", make_soxr(soxr_quality_spec(SOXR_HQ, 0))},
      {"soxr, our bands, shortest blocks", make_soxr(short_soxr(), true)},
      {"speexdsp 0", make_speex(0)},
      {"speexdsp 3", make_speex(3)},
      {"speexdsp 4", make_speex(4)},
      {"speexdsp 5", make_speex(5)},
      {"speexdsp 10", make_speex(10)},
      {"libsamplerate fastest", make_samplerate(SRC_SINC_FASTEST)},
      {"libsamplerate medium", make_samplerate(SRC_SINC_MEDIUM_QUALITY)},
  };
  std::vector<int> rates;
  for (int i = 1; i < argc; ++i) rates.push_back(std::atoi(argv[i]));
  if (rates.empty()) rates = {16'000, 44'100, 48'000};
  for (const int rate : rates) {
    std::printf(
        "\n%d Hz\n\n| resampler | to the agent, ns | to the line, ns | delay, ms | 200 to 3400 Hz, dB | image, dB | "
        "alias, dB |\n"
        "| --- | --- | --- | --- | --- | --- | --- |\n",
        rate);
    for (const auto& [name, maker] : makers) {
      const Quality up = judge(maker, 8000, rate), down = judge(maker, rate, 8000);
      std::printf("| %s | %.0f | %.0f | %.2f / %.2f | %+.2f to %+.2f | %.0f | %.0f |\n", name,
                  cost_ns(maker, 8000, rate), cost_ns(maker, rate, 8000), delay_ms(maker, 8000, rate),
                  delay_ms(maker, rate, 8000), std::min(up.lowest, down.lowest), std::max(up.highest, down.highest),
                  std::max(up.image, down.image), down.alias);
      std::fflush(stdout);
    }
  }
}
