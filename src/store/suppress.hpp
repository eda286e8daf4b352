// What makes a number uncallable, for the verb and for a call's own opt-out.
#pragma once

#include "otto/ports/store.hpp"

#include "pqxx.hpp"

namespace otto::store {

/// otto.contact's last_error of a contact that is closed for it.
inline constexpr char kSuppressedReason[] = "on the do-not-call list";

/// Must come before any row lock of the same transaction: an opt-out waits here for claims and arms of the number, and
/// they must not wait for it.
void lock_number(pqxx::work& tx, const std::string& phone);
/// With the number locked. Afterwards takes locks in the order attempt, contact, campaign.
ports::Suppressed suppress(pqxx::work& tx, const ports::Suppression& entry);

}  // namespace otto::store
