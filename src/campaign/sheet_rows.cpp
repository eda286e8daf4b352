#include "otto/campaign/sheet_rows.hpp"

#include <algorithm>
#include <set>

#include "otto/base/text.hpp"
#include "otto/phone/number.hpp"
#include "otto/ports/sheet_columns.hpp"

#include "campaign/cells.hpp"

namespace otto::campaign {

namespace {

using Row = SheetView::Row;

constexpr std::size_t kMaxNotes = 4000;  // bytes; a cell takes 50,000 characters, a person reads less

bool is_notes(const std::string& key) { return ports::column_meaning(key).column == ports::SheetColumn::Notes; }

/// How many of the contact's other cells a row has, and how many it has that differ. Notes are Otto's to change.
struct Likeness {
  int same = 0, other = 0;
};
Likeness likeness(const Row& row, const ports::SheetContact& contact) {
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

/// Whether a row whose number is shared, or has been retyped, can be taken for the contact's at all.
bool resembles(const Row& row, const ports::SheetContact& contact) {
  const Likeness like = likeness(row, contact);
  return like.same > 0 && (row.contact.name == contact.name || like.same > like.other);
}

ports::SheetContact as_contact(const Row& row) {
  ports::SheetContact contact;
  contact.name = row.contact.name;
  contact.email = row.contact.email;
  contact.variables = row.contact.variables;
  return contact;
}

bool same_content(const NewContact& a, const NewContact& b) {
  if (a.phone != b.phone || a.name != b.name || a.email != b.email) return false;
  return std::ranges::all_of(a.variables, [&](const auto& entry) {
    if (is_notes(entry.first)) return true;
    const auto at = b.variables.find(entry.first);
    return (at == b.variables.end() ? std::string{} : at->second) == entry.second;
  });
}

/// Everything else is as it was, down to what we have seen in its cells: the number has been retyped.
const Row* find_retyped(const SheetView& view, const ports::SheetContact& contact) {
  const Row* found = nullptr;
  for (const Row* row : view.with_name(contact.name)) {
    const Likeness like = likeness(*row, contact);
    if (like.other > 0 || like.same < 2) continue;
    const bool is_ours = row->contact.sheet_status == contact.seen.status ||
                         (contact.aimed && row->contact.sheet_status == contact.aimed->status);
    if (!is_ours) continue;
    if (found != nullptr) return nullptr;
    found = row;
  }
  return found;
}

}  // namespace

const Row* SheetView::at(int number) const {
  const auto found = std::ranges::lower_bound(rows_, number, {}, &Row::number);
  return found == rows_.end() || found->number != number ? nullptr : &*found;
}

std::vector<const Row*> SheetView::found_in(const Index& index, const std::string& key) const {
  std::vector<const Row*> rows;
  const auto [first, last] = index.equal_range(key);
  for (auto at = first; at != last; ++at) rows.push_back(&rows_[at->second]);
  return rows;
}

FoundRow find_row(const SheetView& view, const ports::SheetContact& contact) {
  FoundRow found;
  auto rows = view.with_phone(contact.phone);
  found.is_shared = contact.is_shared || rows.size() > 1;
  if (rows.empty()) {
    found.row = find_retyped(view, contact);
    return found;
  }
  if (!found.is_shared) {
    // One typing error may be put right, but a row of which nothing else is left is somebody else's.
    const Likeness like = likeness(*rows.front(), contact);
    if (like.same > 0 || like.other < 2) found.row = rows.front();
    return found;
  }
  std::erase_if(rows, [&](const Row* row) { return !resembles(*row, contact); });
  if (rows.empty()) return found;
  const auto better = [&](const Row* a, const Row* b) {
    const Likeness x = likeness(*a, contact), y = likeness(*b, contact);
    return x.same - x.other > y.same - y.other;
  };
  std::ranges::sort(
      rows, [&](const Row* a, const Row* b) { return better(a, b) || (!better(b, a) && a->number < b->number); });
  found.row = rows.front();
  if (rows.size() == 1 || better(rows[0], rows[1])) return found;
  // Equally likely. One person twice may as well have it in the first of both; two people may not.
  found.is_ambiguous = !same_content(rows[0]->contact, rows[1]->contact);
  if (found.is_ambiguous) {
    found.row = nullptr;
    return found;
  }
  for (const Row* row : rows)  // rather the one that has been written to before
    if (!better(rows[0], row) && !contact.seen.status.empty() && row->contact.sheet_status == contact.seen.status)
      found.row = row;
  return found;
}

namespace {

/// Written by us, or nothing that could be lost.
bool may_write(const std::string& current, const std::string& wanted, const std::string& seen,
               const std::string* aimed) {
  return current.empty() || current == wanted || current == seen || (aimed != nullptr && current == *aimed);
}

/// What Otto added to `kept`.
std::string_view ottos_part(std::string_view notes, std::string_view kept) {
  if (!notes.starts_with(kept)) return {};
  notes.remove_prefix(kept.size());
  return notes.starts_with('\n') ? notes.substr(1) : notes;
}

/// The person's part of what stands in Notes: all but the lines that Otto has written there.
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

class Decider {
 public:
  Decider(const SheetView& view, const ports::SheetContact& contact) : view_{view}, contact_{contact} {}

  RowDecision run() {
    const FoundRow found = find_row(view_, contact_);
    ports::SheetSettled& settled = decision_.settled;
    settled.id = contact_.id;
    settled.seen = contact_.seen;
    settled.kept_notes = contact_.kept_notes;
    settled.version = contact_.version;
    settled.is_shared = found.is_shared;
    if (found.row == nullptr) {
      settled.is_missing = true;
      settled.remark = found.is_ambiguous
                           ? "Several rows have this number and cannot be told apart; nothing was written."
                           : "The row is not in the sheet any more; nothing was written.";
      return std::move(decision_);
    }
    decision_.row = found.row->number;
    const NewContact& row = found.row->contact;
    decision_.text = {row.sheet_status, row.sheet_last_called, row.sheet_notes};
    const SheetColumns& columns = view_.columns();
    const SheetRowText& wanted = contact_.wanted;
    const std::string* aimed_status = contact_.aimed ? &contact_.aimed->status : nullptr;
    const std::string* aimed_called = contact_.aimed ? &contact_.aimed->last_called : nullptr;
    std::string notes = wanted.notes;
    if (columns.status && !wanted.status.empty()) {
      // Whatever a person has typed over our Status stays, DO_NOT_CALL above all.
      const bool says_so = found.row->is_barred && wanted.status == "DO_NOT_CALL";  // in a person's spelling
      const bool free =
          !found.row->is_barred && may_write(row.sheet_status, wanted.status, contact_.seen.status, aimed_status);
      decision_.text.status = free ? wanted.status : row.sheet_status;
      if (says_so) settled.seen.status = row.sheet_status;
      if (!free && !says_so) notes = wanted.status + (notes.empty() ? "" : ": " + notes);
      if (!free && !says_so) settled.remark = "Status was changed by hand and is kept; Otto's is in Notes.";
      put(columns.status, row.sheet_status, decision_.text.status);
      if (free) settled.seen.status = wanted.status;
    }
    if (columns.last_called && !wanted.last_called.empty()) {
      const bool free = may_write(row.sheet_last_called, wanted.last_called, contact_.seen.last_called, aimed_called);
      decision_.text.last_called = free ? wanted.last_called : row.sheet_last_called;
      if (!free && settled.remark.empty()) settled.remark = "Last Called was changed by hand and is kept.";
      put(columns.last_called, row.sheet_last_called, decision_.text.last_called);
      if (free) settled.seen.last_called = wanted.last_called;
    }
    if (columns.notes) write_notes(row.sheet_notes, notes);
    // Last Called goes with whatever is written: its milliseconds are what a text is known by in a row that it was not
    // meant for.
    const bool has_called =
        std::ranges::any_of(decision_.cells, [&](const auto& cell) { return cell.column == columns.last_called; });
    if (columns.last_called && !decision_.cells.empty() && !has_called && !decision_.text.last_called.empty())
      decision_.cells.push_back({decision_.row, *columns.last_called, decision_.text.last_called});
    settled.is_written = true;
    return std::move(decision_);
  }

 private:
  void write_notes(const std::string& current, const std::string& notes) {
    const std::string kept = persons_notes(current, contact_);
    std::string text = current;
    if (!notes.empty()) {
      text = kept.empty() ? notes : kept + "\n" + notes;
      // The person's words are never cut for ours.
      if (text.size() > kMaxNotes) text = truncate_utf8(text, std::max(kMaxNotes, kept.size()));
    }
    decision_.text.notes = text;
    put(view_.columns().notes, current, text);
    decision_.settled.seen.notes = text;
    decision_.settled.kept_notes = kept;
  }

  void put(std::optional<std::size_t> column, const std::string& current, const std::string& text) {
    if (current != text) decision_.cells.push_back({decision_.row, *column, text});
  }

  const SheetView& view_;
  const ports::SheetContact& contact_;
  RowDecision decision_;
};

const std::string& cell_of(const NewContact& contact, const SheetColumns& columns, std::size_t column) {
  if (column == columns.status) return contact.sheet_status;
  if (column == columns.last_called) return contact.sheet_last_called;
  return contact.sheet_notes;
}

/// By now the cell may hold Otto's own as well, which the agent has no use for.
void give_persons_notes(NewContact& row, const std::string& key, const ports::SheetContact& contact) {
  const auto at = row.variables.find(key);
  if (at != row.variables.end()) at->second = clean_value(persons_notes(row.sheet_notes, contact));
}

}  // namespace

std::vector<RowDecision> decide_rows(const SheetView& view, const std::vector<ports::SheetContact>& contacts) {
  std::vector<RowDecision> decisions;
  std::map<int, std::size_t> taken;  // row → decision
  for (const ports::SheetContact& contact : contacts) {
    decisions.push_back(Decider{view, contact}.run());
    RowDecision& mine = decisions.back();
    if (mine.row == 0) continue;
    const auto [first, is_new] = taken.emplace(mine.row, decisions.size() - 1);
    if (is_new) continue;
    // One row that two contacts claim is neither's.
    for (RowDecision* decision : {&mine, &decisions[first->second]}) {
      decision->cells.clear();
      decision->settled.is_written = false;
      decision->settled.is_missing = true;
      decision->settled.remark = "Another contact's row cannot be told from this one's; nothing was written.";
    }
  }
  return decisions;
}

namespace {

/// Finds texts that stand in rows which they were not meant for, wherever those have moved since.
class Verifier {
 public:
  Verifier(const SheetView& before, const SheetView& after, const std::vector<RowDecision>& decisions,
           const std::vector<ports::SheetContact>& contacts)
      : before_{before}, after_{after}, decisions_{decisions} {
    for (std::size_t i = 0; i < decisions.size(); ++i) {
      const FoundRow found = find_row(after, contacts[i]);
      if (found.row != nullptr && decisions[i].row != 0) owner_.emplace(found.row->number, i);
      for (const ports::SheetCell& cell : decisions[i].cells)
        if (cell.column == after.columns().last_called || cell.column == after.columns().notes)
          by_text_.emplace(cell.text, i);
    }
  }

  Verdict run() {
    Verdict verdict;
    verdict.confirmed.assign(decisions_.size(), false);
    for (const auto& [number, i] : owner_) verdict.confirmed[i] = is_right(*after_.at(number), decisions_[i].text);
    for (const Row& row : after_.rows()) {
      const auto owner = owner_.find(row.number);
      if (owner != owner_.end() && verdict.confirmed[owner->second]) continue;
      if (const auto stray = stray_of(row, owner)) {
        for (const ports::SheetCell& cell : decisions_[*stray].cells) {
          const std::string right = right_text(row, owner, cell.column);
          if (right != cell.text) verdict.repairs.push_back({row.number, cell.column, right});
        }
      }
    }
    return verdict;
  }

 private:
  using Owners = std::unordered_map<int, std::size_t>;

  bool is_right(const Row& row, const SheetRowText& text) const {
    const SheetColumns& columns = after_.columns();
    return (!columns.status || row.contact.sheet_status == text.status) &&
           (!columns.last_called || row.contact.sheet_last_called == text.last_called) &&
           (!columns.notes || row.contact.sheet_notes == text.notes);
  }

  bool shows(const Row& row, std::size_t decision) const {
    return std::ranges::all_of(decisions_[decision].cells, [&](const ports::SheetCell& cell) {
      return cell_of(row.contact, after_.columns(), cell.column) == cell.text;
    });
  }

  /// The decision of another contact whose text this row shows. A bare Status is too common a word to tell by: it
  /// counts only where it was written.
  std::optional<std::size_t> stray_of(const Row& row, Owners::const_iterator owner) const {
    const auto is_stray = [&](std::size_t i) {
      return !decisions_[i].cells.empty() && (owner == owner_.end() || owner->second != i) && shows(row, i);
    };
    for (const std::string* text : {&row.contact.sheet_last_called, &row.contact.sheet_notes}) {
      const auto [first, last] = by_text_.equal_range(*text);
      for (auto at = first; at != last; ++at)
        if (is_stray(at->second)) return at->second;
    }
    for (std::size_t i = 0; i < decisions_.size(); ++i)
      if (decisions_[i].row == row.number && is_stray(i)) return i;
    return std::nullopt;
  }

  /// What the row should show in that column, or had before.
  std::string right_text(const Row& row, Owners::const_iterator owner, std::size_t column) const {
    const SheetColumns& columns = after_.columns();
    if (owner != owner_.end()) {
      const SheetRowText& text = decisions_[owner->second].text;
      return column == columns.status ? text.status : (column == columns.last_called ? text.last_called : text.notes);
    }
    const auto same_number = before_.with_phone(row.contact.phone);
    for (const Row* old : same_number) {
      const bool is_it = same_content(old->contact, row.contact) ||
                         (same_number.size() == 1 && likeness(*old, as_contact(row)).same > 0);  // a cell was edited
      if (is_it) return cell_of(old->contact, before_.columns(), column);
    }
    return {};
  }

  const SheetView& before_;
  const SheetView& after_;
  const std::vector<RowDecision>& decisions_;
  Owners owner_;  ///< row → the decision whose contact it is
  std::unordered_multimap<std::string, std::size_t> by_text_;
};

}  // namespace

Verdict verify_rows(const SheetView& before, const SheetView& after, const std::vector<RowDecision>& decisions,
                    const std::vector<ports::SheetContact>& contacts) {
  return Verifier{before, after, decisions, contacts}.run();
}

std::vector<Stray> find_strays(const SheetView& view, const std::vector<ports::SheetContact>& aimed) {
  std::unordered_multimap<std::string, std::size_t> by_called;
  for (std::size_t i = 0; i < aimed.size(); ++i)
    if (aimed[i].aimed && !aimed[i].aimed->last_called.empty()) by_called.emplace(aimed[i].aimed->last_called, i);
  std::vector<Stray> strays;
  if (by_called.empty()) return strays;
  for (const Row& row : view.rows()) {
    const auto [first, last] = by_called.equal_range(row.contact.sheet_last_called);
    for (auto at = first; at != last; ++at) {
      const ports::SheetContact& contact = aimed[at->second];
      const Row* own = find_row(view, contact).row;
      const bool is_own = own != nullptr && own->number == row.number;
      if (!is_own && !(row.contact.phone == contact.phone && resembles(row, contact)))
        strays.push_back({row.number, at->second, row.contact.phone});
    }
  }
  return strays;
}

std::vector<ports::SheetCell> clear_strays(const SheetView& view, const std::vector<ports::SheetContact>& aimed,
                                           const std::vector<Stray>& strays,
                                           const std::vector<ports::SheetContact>& owners) {
  std::vector<ports::SheetCell> cells;
  const SheetColumns& columns = view.columns();
  for (const Stray& stray : strays) {
    const Row& row = *view.at(stray.row);
    const auto owner = std::ranges::find_if(owners, [&](const ports::SheetContact& contact) {
      return contact.phone == stray.phone && find_row(view, contact).row == &row;
    });
    const auto put_back = [&](std::optional<std::size_t> column, std::string SheetRowText::* part, bool stays) {
      const std::string& text = (*aimed[stray.aim].aimed).*part;
      if (!column || text.empty() || cell_of(row.contact, columns, *column) != text) return;
      std::string right;
      if (owner != owners.end()) {
        if (text == owner->wanted.*part || (owner->aimed && text == (*owner->aimed).*part)) return;
        right = owner->seen.*part;
      } else if (stays) {
        return;
      }
      if (right != text) cells.push_back({stray.row, *column, std::move(right)});
    };
    put_back(columns.status, &SheetRowText::status, row.is_final);
    put_back(columns.last_called, &SheetRowText::last_called, false);
    put_back(columns.notes, &SheetRowText::notes, false);
  }
  return cells;
}

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
    row.zones = phone::zones_of(row.phone);
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
    contact.zones = phone::zones_of(contact.phone);
    contact.is_shared = with_number.size() > 1;
    edits.added.push_back(std::move(contact));
  }
  return edits;
}

}  // namespace otto::campaign
