// What people's edits make of the contacts that are due.
#include <algorithm>
#include <set>

#include "otto/dial/place.hpp"

#include "campaign/cells.hpp"
#include "campaign/sheet_matching.hpp"

namespace otto::campaign {

namespace {

using Row = SheetView::Row;

/// By now the cell may hold Otto's own as well, which the agent has no use for.
void give_persons_notes(NewContact& row, const std::string& key, const ports::SheetContact& contact) {
  const auto at = row.variables.find(key);
  if (at != row.variables.end()) at->second = clean_value(persons_notes(row.sheet_notes, contact));
}

}  // namespace

ports::SheetEdits find_edits(const SheetView& view, const std::vector<ports::SheetContact>& due,
                             const std::vector<std::string>& known, const EditOptions& options, TimePoint now) {
  ports::SheetEdits edits;
  std::set<int> used;
  const std::set<std::string, std::less<>> has_contact{known.begin(), known.end()};
  for (const ports::SheetContact& contact : due) {
    const auto with_number = view.with_phone(contact.phone);
    const auto barred = std::ranges::find_if(with_number, [](const Row* row) { return row->is_barred; });
    if (barred != with_number.end()) {
      used.insert((*barred)->number);
      edits.drops.push_back({contact.id, "The sheet says DO_NOT_CALL."});
      continue;
    }
    const FoundRow found = find_row(view, contact);
    if (found.row == nullptr) {
      if (found.is_ambiguous) continue;  // it is there, only unclear where
      if (contact.missing_since && now - *contact.missing_since >= options.absent_before_drop)
        edits.drops.push_back({contact.id, "The row was deleted from the sheet."});
      else
        edits.absent.push_back(contact.id);
      continue;
    }
    used.insert(found.row->number);
    const std::string& status = found.row->contact.sheet_status;
    const bool is_ours = status == contact.seen.status || (contact.aimed && status == contact.aimed->status);
    if (found.row->is_final && !is_ours) {
      edits.drops.push_back({contact.id, "The sheet says COMPLETED."});
      continue;
    }
    if (contact.missing_since) edits.back.push_back(contact.id);
    NewContact row = found.row->contact;
    if (row.phone != contact.phone && (row.phone.empty() || has_contact.contains(row.phone))) continue;
    give_persons_notes(row, view.notes_key(), contact);
    if (row.name == contact.name && row.phone == contact.phone && row.email == contact.email &&
        row.variables == contact.variables)
      continue;
    row.zones = dial::place_of(row.phone, row.variables).zones;
    edits.changes.push_back({contact.id, std::move(row)});
  }
  if (!options.follow) return edits;
  std::set<std::string> added;
  for (const Row& row : view.rows()) {
    if (row.is_final || row.contact.phone.empty() || used.contains(row.number) ||
        has_contact.contains(row.contact.phone) ||
        (options.changed != nullptr && !options.changed->contains(row.contact.phone)))
      continue;
    const auto with_number = view.with_phone(row.contact.phone);
    if (std::ranges::any_of(with_number, [](const Row* other) { return other->is_barred; })) continue;
    if (!added.insert(row.contact.phone).second) continue;
    NewContact contact = row.contact;
    contact.zones = dial::place_of(contact.phone, contact.variables).zones;
    contact.is_shared = with_number.size() > 1;
    edits.added.push_back(std::move(contact));
  }
  return edits;
}

}  // namespace otto::campaign
