#include "campaign/drafts.hpp"

#include <algorithm>

namespace otto::campaign {

namespace {

constexpr std::size_t kMaxKey = 100;  // bytes

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
    const SheetColumn column = ports::column_meaning(header[i]).column;
    if (column == SheetColumn::Variable || column == SheetColumn::TimeZone || column == SheetColumn::State) continue;
    const auto [first, is_new] = seen.emplace(ports::normal_header(header[i]), i);
    if (!is_new)
      return Error{Errc::InvalidInput, "The sheet has two columns named \"" + clean_value(header[i], 40) + "\" (" +
                                           column_letters(first->second) + " and " + column_letters(i) +
                                           "); rename one of them."};
  }
  return std::nullopt;
}

}  // namespace

Columns::Columns(const std::vector<std::string>& headers) {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const ports::ColumnMeaning meaning = ports::column_meaning(headers[i]);
    places_.emplace(std::pair{meaning.column, meaning.rank}, i);
    keys_.push_back(variable_key(headers[i]));
  }
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const auto [column, rank] = ports::column_meaning(headers[i]);
    const bool has_field = column == SheetColumn::Name || column == SheetColumn::Phone || column == SheetColumn::Email;
    // A second telephone, name or address is information about the contact; the first has its own field.
    if (column == SheetColumn::Status || column == SheetColumn::LastCalled || (has_field && rank == best_rank(column)))
      keys_[i].clear();
  }
}

int Columns::best_rank(SheetColumn column) const {
  const auto at = places_.lower_bound({column, 0});
  return at == places_.end() || at->first.first != column ? -1 : at->first.second;
}

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

bool is_email(std::string_view text) {
  const auto at = text.find('@');
  if (at == 0 || at == std::string_view::npos || text.size() > 254) return false;
  const std::string_view domain = text.substr(at + 1);
  const auto dot = domain.find('.');
  return dot != std::string_view::npos && dot != 0 && !domain.ends_with('.') &&
         text.find_first_of(" ,;<>\"()", 0) == std::string_view::npos && domain.find('@') == std::string_view::npos &&
         domain.find("..") == std::string_view::npos;
}

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

}  // namespace otto::campaign
