#include "otto/call/playout.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "otto/audio/g711.hpp"

namespace otto::call {

namespace {

constexpr std::size_t kFrame = audio::kFrameBytes;
constexpr auto kByteTime = std::chrono::microseconds{125};
/// Two ticks of the pacer: with less than this in the line's buffer a rest of a frame cannot wait any longer.
constexpr auto kRunningDry = milliseconds{40};
/// The line plays a little later than we think (network, jitter buffer): so long after its estimated end audio may
/// still be heard and is worth a clear, provided that nothing newer would be lost by it.
constexpr auto kLineDelay = milliseconds{500};
constexpr std::string_view kMarkPrefix = "otto-";

constexpr SteadyPoint::duration time_of(std::size_t bytes) { return kByteTime * static_cast<std::int64_t>(bytes); }
constexpr std::size_t bytes_in(SteadyPoint::duration time) {
  return time <= SteadyPoint::duration::zero() ? 0 : static_cast<std::size_t>(time / kByteTime);
}

}  // namespace

Playout::Playout(PlayoutOptions options) : options_{options}, history_(bytes_in(options.lead) + 2 * kFrame) {}

Pushed Playout::push(std::int64_t event_id, std::span<const std::uint8_t> ulaw) {
  if (event_id <= interrupted_) return Pushed::Interrupted;
  if (ulaw.empty()) return Pushed::Queued;
  if (queued_ + ulaw.size() > options_.max_bytes) return Pushed::Full;
  queue_.emplace_back(Chunk{event_id, {ulaw.begin(), ulaw.end()}, 0});
  queued_ += ulaw.size();
  return Pushed::Queued;
}

Playout::Cut Playout::interrupt(std::int64_t event_id, SteadyPoint now) {
  interrupted_ = std::max(interrupted_, event_id);
  Cut cut;
  std::erase_if(queue_, [&](const Chunk& chunk) {
    if (chunk.event_id > interrupted_) return false;
    cut.dropped += chunk.bytes.size() - chunk.begin;
    return true;
  });
  queued_ -= cut.dropped;
  cut.clear = needs_clear(now);
  if (!cut.clear) return cut;
  queue_again(now);
  forget_line(now);
  return cut;
}

Playout::Cut Playout::drop_all(SteadyPoint now) {
  Cut cut{.clear = line_end_ + kLineDelay > now && !sent_.empty(), .dropped = queued_};
  queue_.clear();
  queued_ = 0;
  forget_line(now);
  return cut;
}

void Playout::forget_line(SteadyPoint now) {
  sent_.clear();
  has_sent_ = false;
  line_end_ = now;
  ++generation_;
}

std::span<const std::uint8_t> Playout::take(SteadyPoint now) {
  thread_local std::vector<std::uint8_t> out;
  forget_played(now);
  out.clear();
  const auto start = std::max(line_end_, now);
  const auto ahead = start - now;
  if (queued_ == 0 || ahead >= options_.lead) return out;

  const std::size_t room = bytes_in(options_.lead - ahead) / kFrame * kFrame;
  if (room < std::min(queued_, bytes_in(options_.piece))) return out;
  move_out(std::min(room, queued_ / kFrame * kFrame), start, out);
  const bool rest_must_go = queued_ > 0 && queued_ < kFrame && ahead + time_of(out.size()) < kRunningDry;
  if (rest_must_go && room >= out.size() + kFrame) {
    move_out(queued_, start + time_of(out.size()), out);
    out.resize((out.size() + kFrame - 1) / kFrame * kFrame, audio::kUlawSilence);
  }
  if (!out.empty()) line_end_ = start + time_of(out.size());
  return out;
}

void Playout::move_out(std::size_t bytes, SteadyPoint plays_at, std::vector<std::uint8_t>& out) {
  while (bytes > 0) {
    Chunk& chunk = queue_.front();
    const std::size_t size = std::min(bytes, chunk.bytes.size() - chunk.begin);
    const std::span piece{chunk.bytes.data() + chunk.begin, size};
    sent_.push_back(Sent{chunk.event_id, plays_at, plays_at + time_of(size), written_, size});
    has_sent_ = true;
    remember(piece);
    out.insert(out.end(), piece.begin(), piece.end());
    plays_at += time_of(size);
    chunk.begin += size;
    queued_ -= size;
    bytes -= size;
    if (chunk.begin == chunk.bytes.size()) queue_.pop_front();
  }
}

void Playout::remember(std::span<const std::uint8_t> piece) {
  while (!piece.empty()) {
    const std::size_t at = written_ % history_.size();
    const std::size_t size = std::min(piece.size(), history_.size() - at);
    std::copy_n(piece.begin(), size, history_.begin() + static_cast<std::ptrdiff_t>(at));
    piece = piece.subspan(size);
    written_ += size;
  }
}

void Playout::forget_played(SteadyPoint now) {
  while (!sent_.empty() && sent_.front().until + kLineDelay <= now) sent_.pop_front();
}

bool Playout::needs_clear(SteadyPoint now) const {
  const auto is_newer = [this](const Sent& sent) { return sent.event_id > interrupted_; };
  // When the line has heard what it was sent is an estimate, and a network that stands still makes it wrong by seconds.
  // A clear by which nothing newer is lost costs nothing.
  if (std::ranges::none_of(sent_, is_newer)) return has_sent_;
  return std::ranges::any_of(sent_, [&](const Sent& sent) { return !is_newer(sent) && sent.until > now; });
}

void Playout::queue_again(SteadyPoint now) {
  std::vector<Chunk> again;
  for (const Sent& sent : sent_) {
    if (sent.event_id <= interrupted_ || sent.until <= now) continue;
    const std::size_t heard = std::min(sent.size, bytes_in(now - sent.from));
    if (again.empty() || again.back().event_id != sent.event_id) again.push_back(Chunk{sent.event_id, {}, 0});
    for (std::size_t i = heard; i < sent.size; ++i)
      again.back().bytes.push_back(history_[(sent.offset + i) % history_.size()]);
    queued_ += sent.size - heard;
  }
  queue_.insert(queue_.begin(), std::make_move_iterator(again.begin()), std::make_move_iterator(again.end()));
}

std::string Playout::make_mark() {
  return std::string{kMarkPrefix} + std::to_string(generation_) + "-" + std::to_string(++marks_);
}

MarkEcho Playout::on_mark(std::string_view name) const {
  if (!name.starts_with(kMarkPrefix)) return MarkEcho::Foreign;
  name.remove_prefix(kMarkPrefix.size());
  std::uint64_t generation = 0;
  const auto [end, failure] = std::from_chars(name.data(), name.data() + name.size(), generation);
  if (failure != std::errc{} || end == name.data() + name.size() || *end != '-') return MarkEcho::Foreign;
  return generation == generation_ ? MarkEcho::Played : MarkEcho::Discarded;
}

milliseconds Playout::remaining(SteadyPoint now) const {
  const auto left = std::max(line_end_ - now, SteadyPoint::duration::zero()) + time_of(queued_);
  return std::chrono::ceil<milliseconds>(left);
}

}  // namespace otto::call
