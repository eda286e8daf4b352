// What is to be written into contacts' rows.
#include "otto/campaign/sheet_rows.hpp"

#include <algorithm>
#include <map>

#include "otto/base/text.hpp"

#include "campaign/sheet_matching.hpp"

namespace otto::campaign {

namespace {

constexpr std::size_t kMaxNotes = 4000;  // bytes; a cell takes 50,000 characters, a person reads less

/// Written by us, or nothing that could be lost.
bool may_write(const std::string& current, const std::string& wanted, const std::string& seen,
               const std::string* aimed) {
  return current.empty() || current == wanted || current == seen || (aimed != nullptr && current == *aimed);
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

}  // namespace otto::campaign
