#include "campaign/sheet_matching.hpp"

#include <algorithm>

#include "otto/ports/sheet_columns.hpp"

namespace otto::campaign {

namespace {

bool is_notes(const std::string& key) { return ports::column_meaning(key).column == ports::SheetColumn::Notes; }

/// What Otto added to `kept`.
std::string_view ottos_part(std::string_view notes, std::string_view kept) {
  if (!notes.starts_with(kept)) return {};
  notes.remove_prefix(kept.size());
  return notes.starts_with('\n') ? notes.substr(1) : notes;
}

}  // namespace

Likeness likeness(const SheetView::Row& row, const ports::SheetContact& contact) {
  Likeness like;
  const auto compare = [&like](const std::string& a, const std::string& b) {
    if (a.empty() && b.empty()) return;
    ++(a == b ? like.same : like.other);
  };
  compare(row.contact.name, contact.name);
  compare(row.contact.email, contact.email);
  for (const auto& [key, value] : contact.variables) {
    if (is_notes(key)) continue;
    const auto at = row.contact.variables.find(key);
    compare(at == row.contact.variables.end() ? std::string{} : at->second, value);
  }
  return like;
}

bool resembles(const SheetView::Row& row, const ports::SheetContact& contact) {
  const Likeness like = likeness(row, contact);
  return like.same > 0 && (row.contact.name == contact.name || like.same > like.other);
}

bool same_content(const NewContact& a, const NewContact& b) {
  if (a.phone != b.phone || a.name != b.name || a.email != b.email) return false;
  return std::ranges::all_of(a.variables, [&](const auto& entry) {
    if (is_notes(entry.first)) return true;
    const auto at = b.variables.find(entry.first);
    return (at == b.variables.end() ? std::string{} : at->second) == entry.second;
  });
}

std::string persons_notes(const std::string& current, const ports::SheetContact& contact) {
  if (current == contact.seen.notes || (contact.aimed && current == contact.aimed->notes)) return contact.kept_notes;
  std::string notes = current;
  for (const SheetRowText* ours : {&contact.seen, contact.aimed ? &*contact.aimed : nullptr}) {
    const std::string_view part = ours == nullptr ? "" : ottos_part(ours->notes, contact.kept_notes);
    const auto at = part.empty() ? std::string::npos : notes.find(part);
    if (at == std::string::npos) continue;
    const auto end = at + part.size();
    const bool is_first = at == 0, is_last = end == notes.size();
    if ((!is_first && notes[at - 1] != '\n') || (!is_last && notes[end] != '\n')) continue;  // edited by a person
    notes.erase(is_first ? 0 : at - 1, part.size() + (is_first && is_last ? 0 : 1));
  }
  return notes;
}

const std::string& cell_of(const NewContact& contact, const SheetColumns& columns, std::size_t column) {
  if (column == columns.status) return contact.sheet_status;
  if (column == columns.last_called) return contact.sheet_last_called;
  return contact.sheet_notes;
}

}  // namespace otto::campaign
