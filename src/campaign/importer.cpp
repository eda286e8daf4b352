#include "otto/campaign/importer.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "otto/base/text.hpp"
#include "otto/campaign/sheet_rows.hpp"
#include "otto/phone/number.hpp"
#include "otto/ports/sheet_columns.hpp"

#include "campaign/cells.hpp"

namespace otto::campaign {

namespace {

using ports::SheetColumn;

constexpr std::size_t kMaxName = 200, kMaxKey = 100, kMaxKeys = 200;  // bytes

/// A row as given, before it is judged.
struct Draft {
  int row = 0;
  std::string name, phone, email, status;
  Variables variables;
  std::string status_cell, last_called_cell, notes_cell;  ///< exactly as they stand there
};

// ---- cleaning ---------------------------------------------------------------------------------------------------

/// The variable's name; empty when the header names none.
std::string variable_key(std::string_view header) {
  std::string key = one_line(header);
  std::erase_if(key, [](char c) { return c == '{' || c == '}'; });
  key = std::string{trim(truncate_utf8(trim(key), kMaxKey))};
  std::replace(key.begin(), key.end(), ' ', '_');
  const std::string lower = to_lower(key);
  if (lower.starts_with("system__") || lower.starts_with("secret__")) key.clear();
  return key;
}

/// Enough to keep notes and typing errors out, not a judgement about RFC 5322.
bool is_email(std::string_view text) {
  const auto at = text.find('@');
  if (at == 0 || at == std::string_view::npos || text.size() > 254) return false;
  const std::string_view domain = text.substr(at + 1);
  const auto dot = domain.find('.');
  return dot != std::string_view::npos && dot != 0 && !domain.ends_with('.') &&
         text.find_first_of(" ,;<>\"()", 0) == std::string_view::npos && domain.find('@') == std::string_view::npos &&
         domain.find("..") == std::string_view::npos;
}

// ---- judging ----------------------------------------------------------------------------------------------------

enum class Final { No, Completed, DoNotCall };

Final final_status(std::string_view status) {
  const std::string word = ports::normal_header(status);
  if (word == "completed") return Final::Completed;
  if (word == "donotcall" || word == "dontcall" || word == "dnc") return Final::DoNotCall;
  return Final::No;
}

NewContact make_contact(Draft&& draft, std::string phone) {
  NewContact contact;
  contact.row = draft.row;
  contact.name = std::move(draft.name);
  contact.phone = std::move(phone);
  if (is_email(draft.email)) contact.email = std::move(draft.email);
  contact.variables = std::move(draft.variables);
  contact.sheet_status = std::move(draft.status_cell);
  contact.sheet_last_called = std::move(draft.last_called_cell);
  contact.sheet_notes = std::move(draft.notes_cell);
  return contact;
}

ImportReport judge(std::vector<Draft> drafts, const ImportOptions& options) {
  std::vector<Result<std::string>> numbers;
  numbers.reserve(drafts.size());
  std::map<std::string, int> barred;  // number → the row that says DO_NOT_CALL
  std::map<std::string, int> rows_of;
  for (const Draft& draft : drafts) {
    numbers.push_back(phone::parse_number(draft.phone, options.default_region));
    if (!numbers.back()) continue;
    ++rows_of[*numbers.back()];
    if (final_status(draft.status) == Final::DoNotCall) barred.emplace(*numbers.back(), draft.row);
  }

  ImportReport report;
  std::map<std::string, int> taken;
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    Draft& draft = drafts[i];
    const auto skip = [&](std::string reason) {
      report.skipped.push_back({draft.row, std::string{truncate_utf8(draft.phone, 64)}, std::move(reason)});
    };
    const Final status = final_status(draft.status);
    if (status != Final::No) {
      skip(status == Final::Completed ? "The status is COMPLETED." : "The status is DO_NOT_CALL.");
    } else if (!numbers[i]) {
      skip(numbers[i].error().detail);
    } else if (const auto bar = barred.find(*numbers[i]); bar != barred.end()) {
      skip("Row " + std::to_string(bar->second) + " says DO_NOT_CALL for this number.");
    } else if (const auto [first, is_new] = taken.emplace(*numbers[i], draft.row); !is_new) {
      skip("It has the same number as row " + std::to_string(first->second) + ".");
    } else {
      if (!draft.email.empty() && !is_email(draft.email))
        report.warnings.push_back({draft.row, *numbers[i],
                                   "\"" + std::string{truncate_utf8(draft.email, 64)} +
                                       "\" is no e-mail address and is left out; the contact is called."});
      report.contacts.push_back(make_contact(std::move(draft), *numbers[i]));
      report.contacts.back().zones = phone::zones_of(*numbers[i]);
      report.contacts.back().is_shared = rows_of[*numbers[i]] > 1;
    }
  }
  return report;
}

// ---- columns ----------------------------------------------------------------------------------------------------

/// Where each meaning stands, best header first.
class Columns {
 public:
  explicit Columns(const std::vector<std::string>& headers) {
    for (std::size_t i = 0; i < headers.size(); ++i) {
      const ports::ColumnMeaning meaning = ports::column_meaning(headers[i]);
      places_.emplace(std::pair{meaning.column, meaning.rank}, i);
      keys_.push_back(variable_key(headers[i]));
    }
    for (std::size_t i = 0; i < headers.size(); ++i) {
      const auto [column, rank] = ports::column_meaning(headers[i]);
      const bool has_field =
          column == SheetColumn::Name || column == SheetColumn::Phone || column == SheetColumn::Email;
      // A second telephone, name or address is information about the contact; the first has its own field.
      if (column == SheetColumn::Status || column == SheetColumn::LastCalled ||
          (has_field && rank == best_rank(column)))
        keys_[i].clear();
    }
  }

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
  int best_rank(SheetColumn column) const {
    const auto at = places_.lower_bound({column, 0});
    return at == places_.end() || at->first.first != column ? -1 : at->first.second;
  }
  std::multimap<std::pair<SheetColumn, int>, std::size_t> places_;
  std::vector<std::string> keys_;
};

template <class Cell>
Draft read_draft(int row, const Columns& columns, const Cell& cell) {
  Draft draft;
  draft.row = row;
  draft.name = columns.find(SheetColumn::Name, cell);
  if (draft.name.empty())
    draft.name = columns.find(SheetColumn::FirstName, cell) + " " + columns.find(SheetColumn::LastName, cell);
  draft.name = clean_value(draft.name, kMaxName);
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

std::string column_letters(std::size_t index) {
  std::string letters;
  for (std::size_t n = index + 1; n > 0; n = (n - 1) / 26)
    letters.insert(letters.begin(), static_cast<char>('A' + (n - 1) % 26));
  return letters;
}

std::string list_header(const std::vector<std::string>& header) {
  constexpr std::size_t kShown = 20;
  std::string list;
  for (std::size_t i = 0; i < std::min(header.size(), kShown); ++i) {
    if (i != 0) list += ", ";
    list += "\"" + clean_value(header[i], 40) + "\"";
  }
  return header.size() > kShown ? list + ", …" : list;
}

std::optional<Error> check_header(const std::vector<std::string>& header, const Columns& columns) {
  if (!columns.has(SheetColumn::Phone)) {
    const std::string found = header.empty() ? "it is blank" : "it has " + list_header(header);
    return Error{Errc::InvalidInput,
                 "The sheet has no Phone column: its first row must name the columns, and " + found + "."};
  }
  // Two columns of one name leave open which of them bars a person from being called.
  std::map<std::string, std::size_t> seen;
  for (std::size_t i = 0; i < header.size(); ++i) {
    if (ports::column_meaning(header[i]).column == SheetColumn::Variable) continue;
    const auto [first, is_new] = seen.emplace(ports::normal_header(header[i]), i);
    if (!is_new)
      return Error{Errc::InvalidInput, "The sheet has two columns named \"" + clean_value(header[i], 40) + "\" (" +
                                           column_letters(first->second) + " and " + column_letters(i) +
                                           "); rename one of them."};
  }
  return std::nullopt;
}

/// What an inline contact's field holds, as a cell would show it.
std::string cell_text(const Json& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return value.get<std::string>();
  return dump_json(value);
}

}  // namespace

namespace {

Result<std::vector<Draft>> read_drafts(const ports::SheetTable& table, const Columns& columns) {
  if (auto error = check_header(table.header, columns)) return *error;
  std::vector<Draft> drafts;
  drafts.reserve(table.rows.size());
  for (const ports::SheetRow& row : table.rows) {
    const auto cell = [&row](std::size_t column) {
      return column < row.cells.size() ? std::string_view{row.cells[column]} : std::string_view{};
    };
    drafts.push_back(read_draft(row.number, columns, cell));
  }
  return drafts;
}

}  // namespace

ImportReport import_table(const ports::SheetTable& table, const ImportOptions& options) {
  auto drafts = read_drafts(table, Columns{table.header});
  if (drafts) return judge(std::move(*drafts), options);
  ImportReport report;
  report.error = drafts.error();
  return report;
}

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

ImportReport import_inline(const Json& contacts, const ImportOptions& options) {
  ImportReport report;
  std::set<std::string> names;
  if (!contacts.is_array()) {
    report.error.emplace(Errc::InvalidInput, "contacts must be an array of objects with at least a phone.");
    return report;
  }
  for (const Json& contact : contacts) {
    if (!contact.is_object()) continue;
    for (const auto& [key, value] : contact.items()) names.insert(key);
    if (names.size() <= kMaxKeys) continue;
    report.error.emplace(Errc::InvalidInput, "contacts has more than " + std::to_string(kMaxKeys) +
                                                 " different keys; give each contact the same ones.");
    return report;
  }

  const std::vector<std::string> keys{names.begin(), names.end()};
  const Columns columns{keys};
  std::vector<Draft> drafts;
  drafts.reserve(contacts.size());
  for (const Json& contact : contacts) {
    const auto cell = [&](std::size_t column) {
      const auto at = contact.is_object() ? contact.find(keys[column]) : contact.end();
      return at == contact.end() ? std::string{} : cell_text(*at);
    };
    drafts.push_back(read_draft(static_cast<int>(drafts.size()) + 1, columns, cell));
  }
  return judge(std::move(drafts), options);
}

}  // namespace otto::campaign
