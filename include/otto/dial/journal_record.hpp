// What the journal keeps while the store is away: the arguments of a verb that would have been called. Pure.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/base/error.hpp"
#include "otto/base/ids.hpp"
#include "otto/model/fact.hpp"
#include "otto/ports/store.hpp"

namespace otto::dial {

struct JournalledFacts {
  AttemptId attempt;
  std::vector<Fact> facts;
  TimePoint received_at;  ///< what follows from them (when a contact is due again, say) is counted from here
};
struct JournalledTurns {  ///< the final ones: a call's transcript
  AttemptId attempt;
  std::vector<ports::Turn> turns;
};
using JournalRecord = std::variant<JournalledFacts, JournalledTurns>;

std::string write_journal_record(const JournalRecord& record);
/// Malformed: it is none, or one of a version that is not known.
Result<JournalRecord> read_journal_record(std::string_view text);

}  // namespace otto::dial
