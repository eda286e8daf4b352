// Reads sheets that anyone with the link may read, without credentials. Nothing is ever written back.
//
// Which tab: a gid is exact. Without gid and title it is the first tab. A title alone cannot be asked for safely, since
// Google gives the first tab for titles it does not know, and calling the wrong people is worse than calling nobody:
//  1. The first tab is exported; when the file name that comes with it ends with the title, that tab is the one. This
//     is the usual sheet, with one tab named as asked for, and costs nothing.
//  2. Else the title is queried. The same answer as without a title means: no such tab. NotFound, with what to do.
//  3. A query blanks cells that do not fit their column's type (a number typed with "+" among plain ones). A row
//     without a phone number is then refused rather than skipped. Row numbers are right unless rows above are blank.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <string>

#include "otto/ports/sheet.hpp"

namespace otto::sheets {

struct PublicSheetSettings {
  std::string export_base_url = "https://docs.google.com";  ///< GOOGLE_SHEETS_EXPORT_BASE_URL
  boost::asio::thread_pool* pool = nullptr;  ///< where tables are parsed (a large one takes longer than live audio can
                                             ///< wait); outlives the sheet; none: on the loop
};

/// read(): 15 s in all, at most 5 redirects each, 32 MiB.
std::unique_ptr<ports::Sheet> make_public_sheet(PublicSheetSettings settings);

}  // namespace otto::sheets
