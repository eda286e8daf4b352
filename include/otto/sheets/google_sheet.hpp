// The Sheets API (v4) with a service account: reads tabs and writes cells. Everything that it writes is untrusted
// (transcripts, names, a provider's words), so it is written RAW: "=…" and "+1…" stay text.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <string>

#include "otto/ports/sheet.hpp"
#include "otto/rt/time.hpp"
#include "otto/sheets/service_account.hpp"

namespace otto::sheets {

struct GoogleSheetSettings {
  ServiceAccount account;
  std::string api_base_url = "https://sheets.googleapis.com";  ///< GOOGLE_SHEETS_API_BASE_URL
  boost::asio::thread_pool* pool = nullptr;  ///< where tables are put together; outlives the sheet; none: on the loop
};

/// Reads what the account is shared with, and writes what it may edit.
class GoogleSheet : public ports::Sheet, public ports::SheetWriter {};

/// read(): two requests of the quota, 30 s, failures that pass (429, 5xx, the network) are tried again meanwhile.
/// Writing: 15 s each, never repeated.
std::unique_ptr<GoogleSheet> make_google_sheet(GoogleSheetSettings settings, Loop& loop, rt::Timers& timers);

/// The values of a ValueRange answer as a table; a cell reads as the public CSV export of the same tab would show it.
/// Protocol when it is no such answer; otherwise as parse_csv().
Result<ports::SheetTable> parse_values(std::string_view body);

}  // namespace otto::sheets
