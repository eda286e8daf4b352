#include "bench/bridge/frames.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "otto/audio/g711.hpp"

namespace otto::bench {

namespace {

/// Host byte order: sender and receiver are this program.
struct Stamp {
  Way way;
  std::uint32_t call, number, spare;
  std::int64_t due;
};
static_assert(sizeof(Stamp) == 24);

constexpr std::size_t kRing = 1024;  // frames under way in one direction of a call: 20 s

Stamp stamp_of(const std::uint8_t* frame) {
  Stamp stamp;
  std::memcpy(&stamp, frame, sizeof stamp);
  return stamp;
}

}  // namespace

/// A multiple of 50 Hz fits a frame exactly, so the tone has no seam; amplitudes make 60 pitches into 840 voices.
Voice::Voice(Way way, std::uint32_t call) {
  const double pitch = 300 + 50.0 * (call % 60);
  const double amplitude = 4000 + 1500.0 * (call / 60 % 14);
  for (std::size_t i = 0; i < kFrameBytes; ++i) {
    const double phase = 2 * std::numbers::pi * pitch * static_cast<double>(i) / 8000;
    bytes_[i] = audio::ulaw_encode(static_cast<std::int16_t>(std::lround(amplitude * std::sin(phase))));
  }
  const Stamp stamp{way, call, 0, 0, 0};
  std::memcpy(bytes_.data(), &stamp, sizeof stamp);
}

std::span<const std::uint8_t> Voice::frame(std::uint32_t number, std::int64_t due) {
  std::memcpy(bytes_.data() + offsetof(Stamp, number), &number, sizeof number);
  std::memcpy(bytes_.data() + offsetof(Stamp, due), &due, sizeof due);
  return bytes_;
}

void Meter::sent(std::int64_t due, bool is_converted) {
  if (is_converted) {
    if (due_.empty()) due_.resize(kRing);
    due_[sent_ % kRing] = due;
  }
  ++sent_;
  ++all_.sent;
}

void Meter::arrived(std::int64_t due, std::int64_t now) {
  ++all_.frames;
  if (due >= all_.window_from && due < all_.window_to) all_.latency.add(std::max<std::int64_t>(0, now - due));
}

void Meter::feed(std::span<const std::uint8_t> bytes, std::int64_t now) {
  while (!bytes.empty()) {
    const auto size = std::min(bytes.size(), kFrameBytes - have_);
    std::memcpy(part_.data() + have_, bytes.data(), size);
    have_ += size;
    bytes = bytes.subspan(size);
    if (have_ < kFrameBytes) return;
    have_ = 0;
    judge(now);
  }
}

void Meter::judge(std::int64_t now) {
  const auto stamp = stamp_of(part_.data());
  const auto expected = stamp_of(expected_.bytes_.data());
  if (stamp.way != expected.way) return seek();
  if (stamp.call != expected.call) {
    ++all_.foreign;
    return;
  }
  constexpr auto kTone = sizeof(Stamp);
  if (std::memcmp(part_.data() + kTone, expected_.bytes_.data() + kTone, kFrameBytes - kTone) != 0) ++all_.damaged;
  if (stamp.number < seen_) {
    ++all_.reordered;
    return;
  }
  if (!forgiven_) all_.lost += stamp.number - seen_;
  forgiven_ = false;
  seen_ = stamp.number + 1;
  arrived(stamp.due, now);
}

void Meter::seek() {
  if (!forgiven_) ++all_.damaged;
  const auto way = stamp_of(expected_.bytes_.data()).way;
  for (std::size_t i = 1; i + sizeof way <= kFrameBytes; ++i) {
    if (std::memcmp(part_.data() + i, &way, sizeof way) != 0) continue;
    have_ = kFrameBytes - i;
    std::memmove(part_.data(), part_.data() + i, have_);
    return;
  }
}

void Meter::count(std::size_t bytes, std::size_t frame_bytes, std::int64_t now) {
  bytes_ += bytes;
  const auto whole = (bytes_ + frame_bytes / 10) / frame_bytes;
  for (; seen_ < whole && seen_ < sent_; ++seen_) arrived(due_[seen_ % kRing], now);
}

void Meter::finish(bool is_converted) {
  const std::uint32_t held = is_converted ? 1 : 0;  // the last one may be in a converter
  if (!forgiven_ && sent_ > seen_ + held) all_.lost += sent_ - seen_;
}

Json Arrivals::json() const {
  return {{"latency_ms", latency.json()}, {"sent", sent},       {"frames", frames},  {"lost", lost},
          {"reordered", reordered},       {"foreign", foreign}, {"damaged", damaged}};
}

}  // namespace otto::bench
