#include "audio/resampler.hpp"

#include <algorithm>
#include <array>

namespace otto::audio {
namespace {

// Eight sums instead of one: the compiler may not reorder a float sum, so it vectorises only what is written apart.
// The order is the same for every output, hence the bytes do not depend on how the stream was cut.
float dot(std::span<const float> coefficients, const float* samples) noexcept {
  constexpr std::size_t kLanes = FilterBank::kLanes;
  std::array<float, kLanes> sums{};
  for (std::size_t i = 0; i < coefficients.size(); i += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      sums[lane] += coefficients.data()[i + lane] * samples[i + lane];
    }
  }
  return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

}  // namespace

Resampler::Resampler(const FilterBank& bank) : bank_{&bank} { reset(); }

void Resampler::reset() {
  input_.assign(bank_->taps - 1, 0);
  phase_ = 0;
  skip_ = 0;
}

float* Resampler::prepare(std::size_t count) {
  input_.resize(bank_->taps - 1 + count);
  return input_.data() + bank_->taps - 1;
}

void Resampler::process(std::vector<float>& out) {
  const std::size_t history = bank_->taps - 1;
  const std::size_t count = input_.size() - history;
  const std::size_t up = bank_->up;
  const std::size_t whole = bank_->down / up;
  const std::size_t rest = bank_->down % up;
  out.resize(count * up / bank_->down + 1);
  float* next = out.data();
  std::size_t phase = phase_;
  std::size_t skip = skip_;
  while (skip < count) {
    *next++ = dot(bank_->phase(phase), input_.data() + skip);
    phase += rest;
    skip += whole;
    if (phase >= up) {
      phase -= up;
      ++skip;
    }
  }
  out.resize(static_cast<std::size_t>(next - out.data()));
  phase_ = phase;
  skip_ = skip - count;
  std::copy(input_.end() - static_cast<std::ptrdiff_t>(history), input_.end(), input_.begin());
  input_.resize(history);
}

}  // namespace otto::audio
