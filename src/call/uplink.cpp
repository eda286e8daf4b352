#include "uplink.hpp"

#include <algorithm>
#include <utility>

namespace otto::call {

namespace {
constexpr std::size_t kBytesPerMs = 8;
constexpr std::ptrdiff_t kFlushBytes = 1600;  // 200 ms per 20 ms frame fed
}  // namespace

Uplink::Uplink(milliseconds keep) : max_kept_{static_cast<std::size_t>(keep.count()) * kBytesPerMs} {}

void Uplink::feed(std::span<const std::uint8_t> ulaw) {
  if (closed_) return;
  if (sink_ && kept_.empty()) return send(ulaw);
  kept_.insert(kept_.end(), ulaw.begin(), ulaw.end());
  if (kept_.size() > max_kept_) {
    const auto surplus = static_cast<std::ptrdiff_t>(kept_.size() - max_kept_);
    kept_.erase(kept_.begin(), kept_.begin() + surplus);
    dropped_ += static_cast<std::size_t>(surplus);
  }
  flush();
}

void Uplink::flush() {
  if (!sink_ || closed_ || kept_.empty()) return;
  const auto size = std::min(std::ssize(kept_), kFlushBytes);
  const std::vector<std::uint8_t> piece{kept_.begin(), kept_.begin() + size};  // the sink may close or pause us
  kept_.erase(kept_.begin(), kept_.begin() + size);
  if (kept_.empty()) kept_ = std::vector<std::uint8_t>{};  // `= {}` would keep its memory
  send(piece);
}

void Uplink::send(std::span<const std::uint8_t> ulaw) {
  const auto bytes = converter_->convert(ulaw);
  if (!bytes.empty()) sink_(bytes);
}

void Uplink::open(AudioFormat format, Sink sink) {
  if (closed_) return;
  converter_.emplace(AudioFormat{}, format);
  sink_ = std::move(sink);
  flush();
}

void Uplink::pause() { sink_ = nullptr; }

void Uplink::close() {
  closed_ = true;
  sink_ = nullptr;
  kept_ = std::vector<std::uint8_t>{};
}

}  // namespace otto::call
