// Whether what was written stands where it should, and what has strayed.
#include <algorithm>
#include <unordered_map>

#include "campaign/sheet_matching.hpp"

namespace otto::campaign {

namespace {

using Row = SheetView::Row;

ports::SheetContact as_contact(const Row& row) {
  ports::SheetContact contact;
  contact.name = row.contact.name;
  contact.email = row.contact.email;
  contact.variables = row.contact.variables;
  return contact;
}

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
    put_back(columns.status, &SheetRowText::status, row.is_final && !row.is_barred);
    put_back(columns.last_called, &SheetRowText::last_called, false);
    put_back(columns.notes, &SheetRowText::notes, false);
  }
  return cells;
}

}  // namespace otto::campaign
