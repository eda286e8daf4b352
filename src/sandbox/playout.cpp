#include "otto/sandbox/playout.hpp"

#include <algorithm>
#include <utility>

#include "otto/audio/g711.hpp"

namespace otto::sandbox {

bool Playout::push(std::span<const std::uint8_t> ulaw) {
  const auto fits = std::min(ulaw.size(), kBound - buffered());
  if (read_ > 64 * 1024) {  // the played part is given back now and then, not at every frame
    audio_.erase(audio_.begin(), audio_.begin() + static_cast<std::ptrdiff_t>(read_));
    read_ = 0;
  }
  audio_.insert(audio_.end(), ulaw.begin(), ulaw.begin() + static_cast<std::ptrdiff_t>(fits));
  return fits == ulaw.size();
}

void Playout::mark(std::string name) {
  waiting_.push_back(Mark{played_ + buffered(), std::move(name)});
  settle();
}

void Playout::clear() {
  audio_.clear();
  read_ = 0;
  for (auto& mark : waiting_) due_.push_back(std::move(mark.name));
  waiting_.clear();
}

std::size_t Playout::play(std::span<std::uint8_t> out) {
  const auto count = std::min(out.size(), buffered());
  const auto silence = std::ranges::copy(std::span{audio_}.subspan(read_, count), out.begin()).out;
  std::fill(silence, out.end(), audio::kUlawSilence);
  read_ += count;
  played_ += count;
  settle();
  return count;
}

void Playout::settle() {
  while (!waiting_.empty() && waiting_.front().at <= played_) {
    due_.push_back(std::move(waiting_.front().name));
    waiting_.pop_front();
  }
}

std::vector<std::string> Playout::take_marks() { return std::exchange(due_, {}); }

}  // namespace otto::sandbox
