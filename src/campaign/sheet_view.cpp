// A sheet as a table of contacts' rows, and which of them is whose.
#include <algorithm>

#include "otto/phone/number.hpp"

#include "campaign/drafts.hpp"
#include "campaign/sheet_matching.hpp"

namespace otto::campaign {

namespace {

using Row = SheetView::Row;

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

Result<SheetView> SheetView::make(const ports::SheetTable& table, const ImportOptions& options) {
  const Columns columns{table.header};
  auto drafts = read_drafts(table, columns);
  if (!drafts) return drafts.error();
  SheetView view;
  view.columns_ = {columns.place(SheetColumn::Status), columns.place(SheetColumn::LastCalled),
                   columns.place(SheetColumn::Notes)};
  if (view.columns_.notes) view.notes_key_ = columns.keys()[*view.columns_.notes];
  view.rows_.reserve(drafts->size());
  for (Draft& draft : *drafts) {
    auto number = phone::parse_number(draft.phone, options.default_region);
    Row row;
    row.number = draft.row;
    const Final status = final_status(draft.status);
    row.is_final = status != Final::No;
    row.is_barred = status == Final::DoNotCall;
    row.contact = make_contact(std::move(draft), number ? std::move(*number) : std::string{});
    if (!row.contact.phone.empty()) view.by_phone_.emplace(row.contact.phone, view.rows_.size());
    view.by_name_.emplace(row.contact.name, view.rows_.size());
    view.rows_.push_back(std::move(row));
  }
  return view;
}

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

}  // namespace otto::campaign
