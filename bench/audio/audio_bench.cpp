// What a 20 ms frame of one call costs, one way: µ-law, each pair of formats, base64. The column "CPU" counts.
#include <benchmark/benchmark.h>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "otto/audio/converter.hpp"
#include "otto/audio/g711.hpp"
#include "otto/base/audio_format.hpp"
#include "otto/crypto/digest.hpp"

namespace {

using otto::AudioEncoding;
using otto::AudioFormat;

std::size_t frame_bytes(AudioFormat format) {
  return static_cast<std::size_t>(format.sample_rate) / 50 * (format.encoding == AudioEncoding::Ulaw ? 1 : 2);
}

std::vector<std::uint8_t> noise(std::size_t size) {
  std::mt19937 random{1};
  std::vector<std::uint8_t> bytes(size);
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
  return bytes;
}

void ulaw_decode(benchmark::State& state) {
  const auto codes = noise(otto::audio::kFrameBytes);
  std::vector<std::int16_t> samples(codes.size());
  for (auto _ : state) {
    otto::audio::ulaw_decode(codes, samples);
    benchmark::DoNotOptimize(samples.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(ulaw_decode);

void ulaw_encode(benchmark::State& state) {
  std::vector<std::int16_t> samples(otto::audio::kFrameBytes);
  otto::audio::ulaw_decode(noise(samples.size()), samples);
  std::vector<std::uint8_t> codes(samples.size());
  for (auto _ : state) {
    otto::audio::ulaw_encode(samples, codes);
    benchmark::DoNotOptimize(codes.data());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(ulaw_encode);

void convert(benchmark::State& state, AudioFormat from, AudioFormat to) {
  const auto frame = noise(frame_bytes(from));
  otto::audio::Converter converter{from, to};
  for (auto _ : state) {
    benchmark::DoNotOptimize(converter.convert(frame).data());
    benchmark::ClobberMemory();
  }
}

void base64_encode(benchmark::State& state, AudioFormat format) {
  const auto frame = noise(frame_bytes(format));
  std::string text;
  for (auto _ : state) {
    text.clear();
    otto::crypto::base64_append(text, frame);
    benchmark::DoNotOptimize(text.data());
    benchmark::ClobberMemory();
  }
}

void base64_decode(benchmark::State& state, AudioFormat format) {
  std::string text;
  otto::crypto::base64_append(text, noise(frame_bytes(format)));
  std::vector<std::uint8_t> frame;
  for (auto _ : state) {
    benchmark::DoNotOptimize(otto::crypto::base64_decode_into(text, frame));
    benchmark::ClobberMemory();
  }
}

}  // namespace

int main(int argc, char** argv) {
  const AudioFormat line;
  for (const char* name : {"ulaw_8000", "pcm_8000", "pcm_16000", "pcm_22050", "pcm_24000", "pcm_44100", "pcm_48000"}) {
    const AudioFormat agent = *otto::parse_audio_format(name);
    benchmark::RegisterBenchmark((std::string{"to_line/"} + name).c_str(), convert, agent, line);
    benchmark::RegisterBenchmark((std::string{"to_agent/"} + name).c_str(), convert, line, agent);
    benchmark::RegisterBenchmark((std::string{"base64_encode/"} + name).c_str(), base64_encode, agent);
    benchmark::RegisterBenchmark((std::string{"base64_decode/"} + name).c_str(), base64_decode, agent);
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
}
