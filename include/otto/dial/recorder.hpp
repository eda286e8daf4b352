// The one door through which facts reach the store, and what follows at once from a new state: a duplicate call is
// ended, a closed attempt frees its live call and wakes its campaign. While the store is away they go into the journal,
// and from there into the store, in their order, once it is back.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "otto/crypto/text_seal.hpp"
#include "otto/dial/journal_record.hpp"
#include "otto/model/fact.hpp"
#include "otto/ports/journal.hpp"
#include "otto/ports/line.hpp"
#include "otto/ports/store.hpp"
#include "otto/rt/group.hpp"
#include "otto/rt/time.hpp"

namespace otto::dial {

/// Whether the store could not be asked, rather than that it has refused.
inline bool is_away(const Error& error) noexcept {
  return error.code == Errc::DatabaseUnavailable || error.code == Errc::Overloaded;
}

class Recorder {
 public:
  struct Deps {
    Loop& loop;
    rt::Timers& timers;
    ports::AttemptStore& attempts;
    ports::Line& line;
    ports::Journal& journal;
    crypto::TextSeal seal{};  ///< of what people say, before it is kept anywhere
  };
  explicit Recorder(const Deps& deps);

  /// Called on the loop after each record that changed something; set once, at start.
  std::function<void(const AttemptId&, const ports::Recorded&)> on_change;

  /// One transaction; while the store is away, a record in the journal (`Recorded::journalled`). DatabaseUnavailable,
  /// when the journal refuses as well, is the caller's to handle (a webhook answers 503 and is sent again).
  Task<Result<ports::Recorded>> record(AttemptId id, std::vector<Fact> facts);
  /// As record(), for somebody who is waiting at the telephone: after `patience` it goes on by itself, and
  /// `Recorded::journalled` says that nothing is known yet. A second call found then is ended all the same. What
  /// neither store nor journal has taken goes on as record_surely().
  Task<Result<ports::Recorded>> record_soon(AttemptId id, std::vector<Fact> facts, milliseconds patience);
  /// Tries until store or journal takes it, the store refuses it for good, or the recorder stops: for facts that nobody
  /// will repeat.
  Task<void> record_surely(AttemptId id, std::vector<Fact> facts);
  /// A call's turns so far, or all of them: only the latter go into the journal.
  Task<void> save_turns(AttemptId id, std::vector<ports::Turn> turns, bool final);

  /// Hands over what the journal holds, until stop_replay(). No call is to be begun before it is empty: an opt-out may
  /// be in it.
  Task<void> replay();
  void stop_replay() { replay_stops_ = true; }
  bool is_caught_up() const noexcept { return deps_.journal.empty(); }
  /// Why facts could not be kept if the store went away now.
  std::optional<Error> journal_failure() const { return deps_.journal.failure(); }

  /// Hangs all of them up in the background, sixteen at once, the first ones first.
  void end_calls(std::vector<std::string> call_sids);

  /// Waits for hang-ups under way; ends record_surely()'s retries.
  Task<void> stop();

 private:
  struct Soon;
  Task<void> record_into(std::shared_ptr<Soon> soon, AttemptId id, std::vector<Fact> facts);
  Task<Result<ports::Recorded>> record_at(AttemptId id, std::vector<Fact> facts, TimePoint received_at);
  Task<Result<void>> hand_over(JournalRecord record);
  Task<void> give_up(std::string text, Error why);
  Task<std::size_t> hand_over_all(std::vector<std::string> records);
  Task<void> end_duplicate(AttemptId id, std::string call_sid);
  Task<void> end_suppressed(AttemptId id, std::string call_sid);
  Task<void> hang_up_all(std::vector<std::string> call_sids);
  Task<void> hang_up(const std::string& call_sid);
  Deps deps_;
  bool replay_stops_ = false;
  int refusals_ = 0;  ///< of the record at the journal's front
  rt::Group group_;
};

}  // namespace otto::dial
