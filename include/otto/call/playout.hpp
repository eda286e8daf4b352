// The agent's speech on its way to the callee. Speech arrives much faster than it is spoken; this queue hands it to
// the line at the speed of speech with a small lead, so that a barge-in can take back nearly all of it and the agent's
// idea of what was heard stays true. Pure over the steady clock: it sends nothing and waits for nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "otto/base/clock.hpp"

namespace otto::call {

struct PlayoutOptions {
  milliseconds lead{200};   ///< at most this much audio waits in the line's own buffer
  milliseconds piece{100};  ///< what there is more of goes out in pieces of no less, for a message has its price
  std::size_t max_bytes = 2'000'000;  ///< about 250 s; beyond it the newest audio is dropped
  PlayoutOptions() = default;
};

/// What became of pushed audio.
enum class Pushed : std::uint8_t { Queued, Interrupted, Full };
/// What a mark that the line has sent back means.
enum class MarkEcho : std::uint8_t { Played, Discarded, Foreign };

/// 8 kHz µ-law throughout: one byte is 125 µs, 160 bytes are one frame of 20 ms.
class Playout {
 public:
  explicit Playout(PlayoutOptions options = {});

  /// Audio of an event that was interrupted before is dropped; so is audio beyond the bound.
  Pushed push(std::int64_t event_id, std::span<const std::uint8_t> ulaw);

  struct Cut {
    bool clear = false;       ///< the line must drop its buffer before anything else is sent
    std::size_t dropped = 0;  ///< bytes taken back from the queue
  };
  /// Interruption N: everything with an id ≤ N is void. Newer audio that the clear would lose is queued again, first.
  Cut interrupt(std::int64_t event_id, SteadyPoint now);
  /// Voids whatever is queued or buffered; audio pushed later plays.
  Cut drop_all(SteadyPoint now);

  /// What has to be sent now: whole frames up to the lead, by the piece. A rest shorter than a frame waits for more
  /// audio until the line is about to run dry and is then filled up with silence (the end of a turn). Valid until the
  /// next take() of any playout: their buffer is one, so that it stays warm.
  std::span<const std::uint8_t> take(SteadyPoint now);

  /// A new mark's name; it belongs to what was taken since the last clear.
  std::string make_mark();
  /// Marks made before the last clear come back by the clear and do not mean that their audio was heard.
  MarkEcho on_mark(std::string_view name) const;

  bool empty() const noexcept { return queued_ == 0; }  ///< everything has been taken
  std::size_t queued_bytes() const noexcept { return queued_; }
  bool is_playing(SteadyPoint now) const noexcept { return line_end_ > now; }
  milliseconds remaining(SteadyPoint now) const;  ///< until the last byte has been heard, by our estimate
  const PlayoutOptions& options() const noexcept { return options_; }
  std::int64_t last_interrupted() const noexcept { return interrupted_; }

 private:
  struct Chunk {
    std::int64_t event_id;
    std::vector<std::uint8_t> bytes;
    std::size_t begin;
  };
  struct Sent {
    std::int64_t event_id;
    SteadyPoint from, until;  ///< when the line plays it, if it started at once
    std::uint64_t offset;     ///< in history_
    std::size_t size;
  };
  void move_out(std::size_t bytes, SteadyPoint plays_at, std::vector<std::uint8_t>& out);
  void remember(std::span<const std::uint8_t> piece);
  void forget_played(SteadyPoint now);
  void forget_line(SteadyPoint now);
  bool needs_clear(SteadyPoint now) const;
  void queue_again(SteadyPoint now);

  PlayoutOptions options_;
  std::deque<Chunk> queue_;
  std::size_t queued_ = 0;
  std::deque<Sent> sent_;
  std::vector<std::uint8_t> history_;  ///< the bytes sent last, as a ring; holds at least the lead
  std::uint64_t written_ = 0;
  bool has_sent_ = false;          ///< since the last clear
  SteadyPoint line_end_{};         ///< when the line runs dry
  std::int64_t interrupted_ = -1;  ///< running maximum; -1 so that event 0 plays
  std::uint64_t generation_ = 0, marks_ = 0;
};

}  // namespace otto::call
