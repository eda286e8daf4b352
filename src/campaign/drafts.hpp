// Rows as they are given, by the meaning of their columns, before they are judged.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "otto/base/text.hpp"
#include "otto/model/campaign.hpp"
#include "otto/ports/sheet.hpp"
#include "otto/ports/sheet_columns.hpp"

#include "campaign/cells.hpp"

namespace otto::campaign {

using ports::SheetColumn;

/// A row as given, before it is judged.
struct Draft {
  int row = 0;
  std::string name, phone, email, status;
  Variables variables;
  std::string status_cell, last_called_cell, notes_cell;  ///< exactly as they stand there
};

/// Where each meaning stands, best header first.
class Columns {
 public:
  explicit Columns(const std::vector<std::string>& headers);

  bool has(SheetColumn column) const { return best_rank(column) >= 0; }
  /// The first non-blank cell of that meaning, on one line.
  template <class Cell>
  std::string find(SheetColumn column, const Cell& cell) const {
    for (auto at = places_.lower_bound({column, 0}); at != places_.end() && at->first.first == column; ++at)
      if (std::string text = one_line(cell(at->second)); !text.empty()) return text;
    return {};
  }
  const std::vector<std::string>& keys() const { return keys_; }  ///< by column; empty: not a variable
  /// The column of that meaning that counts.
  std::optional<std::size_t> place(SheetColumn column) const {
    const auto at = places_.lower_bound({column, 0});
    return at == places_.end() || at->first.first != column ? std::nullopt : std::optional{at->second};
  }

 private:
  int best_rank(SheetColumn column) const;  ///< -1: none
  std::multimap<std::pair<SheetColumn, int>, std::size_t> places_;
  std::vector<std::string> keys_;
};

/// `cell`: column index → text.
template <class Cell>
Draft read_draft(int row, const Columns& columns, const Cell& cell) {
  Draft draft;
  draft.row = row;
  draft.name = columns.find(SheetColumn::Name, cell);
  if (draft.name.empty())
    draft.name = columns.find(SheetColumn::FirstName, cell) + " " + columns.find(SheetColumn::LastName, cell);
  draft.name = clean_value(draft.name, 200);
  draft.phone = columns.find(SheetColumn::Phone, cell);
  draft.email = columns.find(SheetColumn::Email, cell);
  draft.status = columns.find(SheetColumn::Status, cell);
  const auto cell_of = [&](SheetColumn column) {
    const auto place = columns.place(column);
    return place ? std::string{cell(*place)} : std::string{};
  };
  draft.status_cell = cell_of(SheetColumn::Status);
  draft.last_called_cell = cell_of(SheetColumn::LastCalled);
  draft.notes_cell = cell_of(SheetColumn::Notes);
  for (std::size_t i = 0; i < columns.keys().size(); ++i) {
    if (columns.keys()[i].empty()) continue;
    std::string& value = draft.variables[columns.keys()[i]];
    if (value.empty()) value = clean_value(cell(i));
  }
  return draft;
}

/// Errors: no Phone column; a known column twice.
Result<std::vector<Draft>> read_drafts(const ports::SheetTable& table, const Columns& columns);

/// Enough to keep notes and typing errors out, not a judgement about RFC 5322.
bool is_email(std::string_view text);

enum class Final { No, Completed, DoNotCall };

Final final_status(std::string_view status);
NewContact make_contact(Draft&& draft, std::string phone);

}  // namespace otto::campaign
