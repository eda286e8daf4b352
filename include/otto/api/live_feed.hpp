// What goes on, as server-sent events: one feeder per instance looks at the store once a second while somebody reads,
// and everybody reads from one ring. Calls and turns of other instances come by the same rows.
#pragma once

#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "otto/api/doors.hpp"
#include "otto/api/view_answers.hpp"
#include "otto/net/message.hpp"
#include "otto/ports/views.hpp"
#include "otto/rt/mailbox.hpp"
#include "otto/rt/time.hpp"

namespace otto::api {

/// The last events, each with an id that no other ring has given: whoever comes back with one goes on behind it.
class EventRing {
 public:
  EventRing(std::string name, std::size_t bound) : name_{std::move(name)}, bound_{bound} {}
  /// `data` is one line.
  void push(std::string_view event, std::string_view data);
  /// How many have been pushed in all.
  std::uint64_t last() const noexcept { return first_ + frames_.size(); }
  /// The position of a Last-Event-ID; nullopt: not one of ours, or too long ago.
  std::optional<std::uint64_t> position_of(std::string_view id) const;
  std::string id_at(std::uint64_t position) const { return name_ + "-" + std::to_string(position); }
  /// The frames behind `position`, which moves along; about `max_bytes` at most, and at least one if there is one.
  std::string read(std::uint64_t& position, std::size_t max_bytes) const;

 private:
  std::string name_;
  std::size_t bound_;
  std::uint64_t first_ = 0;  ///< frames that have fallen out at the front
  std::deque<std::string> frames_;
};

/// One event's text as it goes over the wire.
std::string sse_frame(std::string_view event, std::string_view id, std::string_view data);

class LiveFeed {
 public:
  struct Options {
    milliseconds poll{1000};
    milliseconds heartbeat{15'000};
    seconds recheck{60};         ///< of a reader's session, at least
    seconds forget{30};          ///< without a reader: what was seen is dropped, and everybody begins anew
    seconds linger{30};          ///< an ended call is looked at for so long: its recording comes late
    std::size_t ring = 10'000;   ///< events that a reader may come back to
    std::size_t behind = 1'000;  ///< a reader that is so far behind is cut off, and comes back
    std::size_t readers = 64;
    Options() = default;
  };
  struct Deps {
    Loop& loop;
    rt::Timers& timers;
    ports::Views& views;
    const Doors& doors;
    IsHere is_here;
  };

  LiveFeed(Deps deps, Options options);
  LiveFeed(const LiveFeed&) = delete;
  /// Feeds while somebody reads; ends by cancellation.
  Task<void> run();
  /// The stream for one reader; 503 when there are too many.
  net::Response open(const net::Request& request, Caller caller);
  std::size_t readers() const noexcept { return readers_.size(); }

 private:
  struct Reader {
    explicit Reader(Loop& loop) : bell{loop, 1} {}
    rt::Mailbox<int> bell;
    std::optional<std::uint64_t> position;  ///< none: it waits for a snapshot
  };
  struct SeenCall {
    std::string shown;
    std::optional<AttemptId> attempt;
    std::map<int, std::string> turns;  ///< the last few, by number: a turn may be corrected
    std::optional<SteadyPoint> ended_at;
  };

  Task<bool> serve(std::string last_id, Caller caller, net::BodyWriter& to);
  Task<bool> write_news(Reader& reader, net::BodyWriter& to);
  Task<void> look();
  void take(const ports::LiveView& view);
  void take_campaign(const ports::CampaignLine& line);
  void take_call(const ports::CallLine& line);
  void take_turn(const ports::TurnLine& line);
  void forget_ended();
  void forget_all();
  ports::LiveAsk question() const;
  std::string snapshot() const;
  /// Whether the store was looked at not longer ago than that.
  bool is_known_for(milliseconds time) const;

  Deps deps_;
  Options options_;
  EventRing ring_;
  std::list<Reader*> readers_;
  rt::Event wanted_;
  SteadyPoint looked_at_{};
  bool has_looked_ = false;
  std::map<std::string, std::string> campaigns_;  ///< active ones as they were shown last, by id
  std::map<std::string, SeenCall> calls_;         ///< live and just ended ones, by id
};

}  // namespace otto::api
