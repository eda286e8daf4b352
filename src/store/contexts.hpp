// Attempts with everything that a call needs to know about them, their state folded from their facts.
#pragma once

#include <vector>

#include "otto/ports/store.hpp"

#include "store/rows.hpp"
#include "store/transaction.hpp"

namespace otto::store {

/// What the two commits have written; all else follows from facts.
AttemptState protocol_state(std::string_view stored_state);

/// `rows` of a statement with OTTO_CONTEXT's columns; reads their facts, keeps their order.
std::vector<ports::AttemptContext> contexts_of(Transaction& tx, const Rows& rows);

}  // namespace otto::store
