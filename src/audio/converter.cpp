#include "otto/audio/converter.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "otto/audio/g711.hpp"

#include "audio/resampler.hpp"

namespace otto::audio {
namespace {

std::int16_t to_sample(float value) noexcept {
  const float limited = std::clamp(value, -32768.0f, 32767.0f);
  return static_cast<std::int16_t>(limited + (limited < 0 ? -0.5f : 0.5f));  // truncation makes this round to nearest
}

std::int16_t little_endian(std::uint8_t low, std::uint8_t high) noexcept {
  return static_cast<std::int16_t>(static_cast<std::uint16_t>(low | high << 8));
}

}  // namespace

struct Converter::State {
  AudioFormat from, to;
  std::optional<Resampler> resampler;
  std::optional<std::uint8_t> half;  ///< the low byte of a sample whose other byte is still to come
  std::vector<std::int16_t> samples;
  std::vector<float> filtered;
  std::vector<std::uint8_t> out;

  /// Into `samples`.
  void decode(std::span<const std::uint8_t> chunk) {
    if (from.encoding == AudioEncoding::Ulaw) {
      samples.resize(chunk.size());
      ulaw_decode(chunk, samples);
      return;
    }
    samples.clear();
    samples.reserve(chunk.size() / 2 + 1);
    std::size_t i = 0;
    if (half && !chunk.empty()) {
      samples.push_back(little_endian(*half, chunk[i++]));
      half.reset();
    }
    for (; i + 1 < chunk.size(); i += 2) samples.push_back(little_endian(chunk[i], chunk[i + 1]));
    if (i < chunk.size()) half = chunk[i];
  }

  /// `samples` at the rate of `from` to `samples` at the rate of `to`.
  void resample() {
    float* input = resampler->prepare(samples.size());
    for (const auto sample : samples) *input++ = sample;
    resampler->process(filtered);
    samples.resize(filtered.size());
    std::transform(filtered.begin(), filtered.end(), samples.begin(), to_sample);
  }

  /// `samples` into `out`.
  void encode() {
    if (to.encoding == AudioEncoding::Ulaw) {
      out.resize(samples.size());
      ulaw_encode(samples, out);
      return;
    }
    out.resize(samples.size() * 2);
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const auto bits = static_cast<std::uint16_t>(samples[i]);
      out[2 * i] = static_cast<std::uint8_t>(bits & 0xFF);
      out[2 * i + 1] = static_cast<std::uint8_t>(bits >> 8);
    }
  }
};

Converter::Converter(AudioFormat from, AudioFormat to) : state_{std::make_unique<State>()} {
  state_->from = from;
  state_->to = to;
  if (from.sample_rate != to.sample_rate) {
    state_->resampler.emplace(filter_bank(from.sample_rate, to.sample_rate));
  }
}

Converter::~Converter() = default;
Converter::Converter(Converter&&) noexcept = default;
Converter& Converter::operator=(Converter&&) noexcept = default;

bool Converter::pass_through() const noexcept { return state_->from == state_->to; }

std::span<const std::uint8_t> Converter::convert(std::span<const std::uint8_t> chunk) {
  State& state = *state_;
  if (pass_through()) {
    state.out.assign(chunk.begin(), chunk.end());
    return state.out;
  }
  state.decode(chunk);
  if (state.resampler) state.resample();
  state.encode();
  return state.out;
}

void Converter::reset() {
  state_->half.reset();
  if (state_->resampler) state_->resampler->reset();
}

}  // namespace otto::audio
