#include "audio/filter_bank.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <memory>
#include <mutex>
#include <numbers>
#include <numeric>
#include <stdexcept>
#include <string>
#include <utility>

namespace otto::audio {
namespace {

// Made by script/filter-shape: 24 samples of the lower rate long, so 1.5 ms of delay at 8 kHz; flat within 0.04 dB to
// 0.85 of that rate's half and 77 dB down from 1.15 of it (3.4 and 4.6 kHz at 8 kHz), 67 dB with rounded taps.
// Telephone speech ends at 3.4 kHz and µ-law's own noise lies at -38 dB, so a longer filter would cost delay and give
// nothing.
constexpr std::array kShape{1.0003042, 0.9990811, 1.0015017, 0.9979638, 1.0025033, 0.9971168, 1.0031510,
                            0.9967405, 1.0030375, 0.9986209, 0.9611951, 0.5760638, 0.1270711, 0.0032767};

constexpr std::array kRates{8000, 16000, 22050, 24000, 44100, 48000};

/// The low pass at `at`, -1 to 1 from its one end to the other: the sum of kShape[k] · cos((k + ½)π·at).
double low_pass(double at) {
  const double half = std::cos(std::numbers::pi * at / 2);
  const double twice_whole = 2 * std::cos(std::numbers::pi * at);
  double sum = 0, before = half, now = half;  // cos(-x/2), cos(x/2); the next one is 2·cos(x)·now - before
  for (const double weight : kShape) {
    sum += weight * now;
    before = std::exchange(now, twice_whole * now - before);
  }
  return sum;
}

/// The low pass at the rate `up` × input. It is kSpan samples of the lower rate long, each `wider` of these.
std::vector<double> make_prototype(std::size_t wider) {
  std::vector<double> taps(FilterBank::kSpan * wider);
  const double half_length = static_cast<double>(taps.size()) / 2;
  for (std::size_t i = 0; i < taps.size(); ++i) taps[i] = low_pass((static_cast<double>(i) + 0.5) / half_length - 1);
  return taps;
}

/// Writes one phase's taps, the newest input's first and backwards from `newest`. Rounding the running sum instead of
/// each tap keeps the sum exact: what is constant stays so in every phase, no tone comes of the phases' difference.
void write_phase(const std::vector<double>& prototype, std::size_t phase, const FilterBank& bank,
                 std::int16_t* newest) {
  double whole = 0;
  for (std::size_t i = phase; i < prototype.size(); i += bank.up) whole += prototype[i];
  double sum = 0;
  long written = 0;
  for (std::size_t i = phase; i < prototype.size(); i += bank.up) {
    sum += prototype[i];
    const long until = std::lround(std::ldexp(sum / whole, bank.shift));
    *newest-- = static_cast<std::int16_t>(until - std::exchange(written, until));
  }
}

FilterBank make_bank(int from_rate, int to_rate) {
  const auto divisor = static_cast<std::size_t>(std::gcd(from_rate, to_rate));
  FilterBank bank;
  bank.up = static_cast<std::size_t>(to_rate) / divisor;
  bank.down = static_cast<std::size_t>(from_rate) / divisor;
  // The finest at which the loudest input cannot overflow a sum of 32 bits.
  bank.shift = bank.down > bank.up ? 15 : 14;
  const std::vector<double> prototype = make_prototype(std::max(bank.up, bank.down));
  const std::size_t used = (prototype.size() + bank.up - 1) / bank.up;
  bank.taps = (used + FilterBank::kSpan - 1) / FilterBank::kSpan * FilterBank::kSpan;
  bank.coefficients.assign(bank.up * bank.taps, 0);
  for (std::size_t phase = 0; phase < bank.up; ++phase) {
    write_phase(prototype, phase, bank, bank.coefficients.data() + (phase + 1) * bank.taps - 1);
  }
  return bank;
}

std::size_t index_of(int rate) {
  for (std::size_t i = 0; i < kRates.size(); ++i) {
    if (kRates[i] == rate) return i;
  }
  throw std::invalid_argument{"no filter for the sample rate " + std::to_string(rate)};
}

}  // namespace

const FilterBank& filter_bank(int from_rate, int to_rate) {
  struct Slot {
    std::once_flag once;
    std::unique_ptr<const FilterBank> bank;
  };
  static std::array<Slot, kRates.size() * kRates.size()> slots;
  Slot& slot = slots[index_of(from_rate) * kRates.size() + index_of(to_rate)];
  std::call_once(slot.once, [&] { slot.bank = std::make_unique<const FilterBank>(make_bank(from_rate, to_rate)); });
  return *slot.bank;
}

}  // namespace otto::audio
