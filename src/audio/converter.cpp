#include "otto/audio/converter.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <vector>

#include "otto/audio/g711.hpp"

#include "audio/resampler.hpp"

namespace otto::audio {
namespace {

constexpr std::size_t kBlock = Resampler::kBlock;  // a long chunk goes through in blocks: small buffers, warm caches

std::size_t width_of(AudioEncoding encoding) noexcept { return encoding == AudioEncoding::Ulaw ? 1 : 2; }

std::int16_t little_endian(std::uint8_t low, std::uint8_t high) noexcept {
  return static_cast<std::int16_t>(static_cast<std::uint16_t>(low | high << 8));
}

std::uint8_t* write_pcm(std::span<const std::int16_t> samples, std::uint8_t* out) noexcept {
  for (const auto sample : samples) {
    const auto bits = static_cast<std::uint16_t>(sample);
    *out++ = static_cast<std::uint8_t>(bits & 0xFF);
    *out++ = static_cast<std::uint8_t>(bits >> 8);
  }
  return out;
}

}  // namespace

struct Converter::State {
  AudioFormat from, to;
  std::optional<Resampler> resampler;
  std::optional<std::uint8_t> half;  ///< the low byte of a sample whose other byte is still to come

  /// How many bytes come out of `count` further bytes at most.
  std::size_t most_out(std::size_t count) const noexcept {
    const std::size_t samples = count / width_of(from.encoding) + 1;
    const auto rate = static_cast<std::size_t>(to.sample_rate);
    return (samples * rate / static_cast<std::size_t>(from.sample_rate) + 1) * width_of(to.encoding);
  }

  /// Takes up to kBlock samples off the front of `chunk`; returns how many.
  std::size_t decode(std::span<const std::uint8_t>& chunk, std::int16_t* samples) noexcept {
    if (from.encoding == AudioEncoding::Ulaw) {
      const std::size_t count = std::min(chunk.size(), kBlock);
      ulaw_decode(chunk.first(count), {samples, count});
      chunk = chunk.subspan(count);
      return count;
    }
    std::size_t count = 0;
    if (half) {
      samples[count++] = little_endian(*half, chunk.front());
      half.reset();
      chunk = chunk.subspan(1);
    }
    const std::size_t whole = std::min(chunk.size() / 2, kBlock - count);
    const std::uint8_t* bytes = chunk.data();
    for (std::size_t i = 0; i < whole; ++i) samples[count + i] = little_endian(bytes[2 * i], bytes[2 * i + 1]);
    chunk = chunk.subspan(2 * whole);
    if (chunk.size() == 1) {
      half = chunk.front();
      chunk = {};
    }
    return count + whole;
  }

  /// Returns the end of what it has written.
  std::uint8_t* encode(std::span<const std::int16_t> samples, std::uint8_t* bytes) const noexcept {
    if (to.encoding == AudioEncoding::Pcm16) return write_pcm(samples, bytes);
    ulaw_encode(samples, {bytes, samples.size()});
    return bytes + samples.size();
  }

  void convert(std::span<const std::uint8_t> chunk, std::vector<std::uint8_t>& out) {
    std::array<std::int16_t, Resampler::kMaxOut> samples;
    out.resize(most_out(chunk.size()));
    std::uint8_t* end = out.data();
    while (!chunk.empty()) {
      std::size_t count = decode(chunk, resampler ? resampler->input() : samples.data());
      if (resampler) count = resampler->process(count, samples.data());
      end = encode({samples.data(), count}, end);
    }
    out.resize(static_cast<std::size_t>(end - out.data()));
  }
};

Converter::Converter(AudioFormat from, AudioFormat to) {
  if (from == to) return;
  state_ = std::make_unique<State>();
  state_->from = from;
  state_->to = to;
  if (from.sample_rate != to.sample_rate) {
    state_->resampler.emplace(filter_bank(from.sample_rate, to.sample_rate));
  }
}

Converter::~Converter() = default;
Converter::Converter(Converter&&) noexcept = default;
Converter& Converter::operator=(Converter&&) noexcept = default;

bool Converter::pass_through() const noexcept { return state_ == nullptr; }

std::span<const std::uint8_t> Converter::convert(std::span<const std::uint8_t> chunk) {
  if (pass_through()) return chunk;
  thread_local std::vector<std::uint8_t> out;
  state_->convert(chunk, out);
  return out;
}

Reach Converter::reach() const { return {state_.get(), sizeof(State)}; }

void Converter::reset() {
  if (pass_through()) return;
  state_->half.reset();
  if (state_->resampler) state_->resampler->reset();
}

}  // namespace otto::audio
