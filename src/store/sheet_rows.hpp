// Contacts and rows of sheets as statements' parameters.
#pragma once

#include <string>
#include <vector>

#include "otto/ports/sheet_store.hpp"

#include "store/values.hpp"

namespace otto::store {

/// kInsertCells' second parameter.
std::string cells_to_jsonb(const std::vector<NewContact>& contacts);
ports::SheetContact sheet_contact_of(const Row& row);

}  // namespace otto::store
