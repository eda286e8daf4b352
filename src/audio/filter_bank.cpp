#include "audio/filter_bank.hpp"

#include <array>
#include <cmath>
#include <memory>
#include <mutex>
#include <numbers>
#include <numeric>
#include <stdexcept>

namespace otto::audio {
namespace {

// 32 samples of the lower rate, Kaiser's window with beta 6: flat to 0.85 and 63 dB down from 1.15 of that rate's
// half (3.4 and 4.6 kHz at 8 kHz), 2 ms of delay at 8 kHz. Telephone speech ends at 3.4 kHz and µ-law's own noise
// lies at -38 dB, so a longer filter would cost delay and give nothing.
constexpr std::size_t kSpan = 32;
constexpr double kBeta = 6;

constexpr std::array kRates{8000, 16000, 22050, 24000, 44100, 48000};

/// Modified Bessel function of order zero, by its power series.
double bessel_i0(double x) {
  double sum = 1;
  double term = 1;
  for (int k = 1; term > sum * 1e-12; ++k) {
    term *= (x / (2 * k)) * (x / (2 * k));
    sum += term;
  }
  return sum;
}

double sinc(double x) { return x == 0 ? 1 : std::sin(std::numbers::pi * x) / (std::numbers::pi * x); }

/// The prototype low pass at the rate `up` × input: `length` taps, cut off at half of the lower rate.
std::vector<double> make_prototype(std::size_t length, std::size_t wider) {
  std::vector<double> taps(length);
  const double centre = static_cast<double>(length - 1) / 2;
  for (std::size_t i = 0; i < length; ++i) {
    const double from_centre = static_cast<double>(i) - centre;
    const double edge = from_centre / centre;
    const double window = bessel_i0(kBeta * std::sqrt(std::max(0.0, 1 - edge * edge))) / bessel_i0(kBeta);
    taps[i] = window * sinc(from_centre / static_cast<double>(wider));
  }
  return taps;
}

FilterBank make_bank(int from_rate, int to_rate) {
  const auto divisor = static_cast<std::size_t>(std::gcd(from_rate, to_rate));
  FilterBank bank;
  bank.up = static_cast<std::size_t>(to_rate) / divisor;
  bank.down = static_cast<std::size_t>(from_rate) / divisor;
  const std::size_t wider = std::max(bank.up, bank.down);
  const std::vector<double> prototype = make_prototype(kSpan * wider, wider);
  const std::size_t used = (prototype.size() + bank.up - 1) / bank.up;
  bank.taps = (used + FilterBank::kLanes - 1) / FilterBank::kLanes * FilterBank::kLanes;
  bank.coefficients.assign(bank.up * bank.taps, 0);
  for (std::size_t phase = 0; phase < bank.up; ++phase) {
    double sum = 0;
    for (std::size_t i = phase; i < prototype.size(); i += bank.up) sum += prototype[i];
    float* const newest = bank.coefficients.data() + (phase + 1) * bank.taps - 1;
    for (std::size_t k = 0; phase + k * bank.up < prototype.size(); ++k) {
      *(newest - k) = static_cast<float>(prototype[phase + k * bank.up] / sum);  // every phase alike at 0 Hz
    }
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
