// A sheet or an inline list as contacts: pure, so a long table may be read on a pool thread.
//
// Every row is either a contact or a skipped row with its reason; the order of the rows is kept.
// - Columns are found by their header (ports/sheet_columns.hpp). All others, and Notes, are variables. A variable's
//   name is its header trimmed, with blanks as underscores, letter case kept, without braces and control characters:
//   "Due Date" is {{Due_Date}}. Every contact has every variable of the list, empty where its cell is: a conversation
//   that asks for a variable it is not given would be refused. "system__…" and "secret__…" belong to the agent's
//   provider and are left out.
// - Values are one line of at most 500 bytes, without "{{" and "}}": what a cell holds must not act as a template.
// - A row without a name is still called. Nothing is invented: its name is "" and templates show nothing there.
// - An e-mail address that is none is left out; it is no reason not to call.
// - Status COMPLETED or DO_NOT_CALL (any case, "do not call" and "DNC" too) skips the row. DO_NOT_CALL holds for the
//   number, so other rows with the same number are skipped as well. A number is called once per list.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "otto/base/error.hpp"
#include "otto/base/json.hpp"
#include "otto/model/campaign.hpp"
#include "otto/phone/destinations.hpp"
#include "otto/ports/sheet.hpp"

namespace otto::campaign {

struct ImportOptions {
  std::string default_region = "US";                ///< ISO 3166, for numbers without a country code
  std::optional<phone::Destinations> destinations;  ///< other rows are skipped; absent: numbers of all places are taken
};

struct ImportReport {
  std::vector<NewContact> contacts;
  std::vector<SkippedContact> skipped;
  std::vector<SkippedContact> warnings;  ///< rows that are called, and what is wrong with them all the same
  std::optional<Error> error;            ///< InvalidInput: not a table of contacts at all; then nothing was imported
};

/// `row` is the sheet's row number. Errors: no Phone column (names the header found), a known column twice.
/// No callable contact is not an error here.
ImportReport import_table(const ports::SheetTable& table, const ImportOptions& options = {});
/// `row` is the index + 1. The keys count as headers do. Errors: not an array; more than 200 different keys.
ImportReport import_inline(const Json& contacts, const ImportOptions& options = {});

}  // namespace otto::campaign
