// What makes a row a contact's, and what in its cells is Otto's.
#pragma once

#include <string>

#include "otto/campaign/sheet_rows.hpp"

namespace otto::campaign {

/// How many of the contact's other cells a row has, and how many it has that differ. Notes are Otto's to change.
struct Likeness {
  int same = 0, other = 0;
};
Likeness likeness(const SheetView::Row& row, const ports::SheetContact& contact);

/// Whether a row whose number is shared, or has been retyped, can be taken for the contact's at all.
bool resembles(const SheetView::Row& row, const ports::SheetContact& contact);

/// But for Notes.
bool same_content(const NewContact& a, const NewContact& b);

/// The person's part of what stands in Notes: all but the lines that Otto has written there.
std::string persons_notes(const std::string& current, const ports::SheetContact& contact);

/// What the row shows in one of the three columns.
const std::string& cell_of(const NewContact& contact, const SheetColumns& columns, std::size_t column);

}  // namespace otto::campaign
