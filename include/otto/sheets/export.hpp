// The public CSV export's addresses, redirects and answers: what may be asked, followed and believed. Pure.
// Google answers an export with a redirect to a short-lived address on *.googleusercontent.com; for a private sheet it
// shows a sign-in page with status 200, so an answer counts by its media type and first byte, not by its status.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "otto/base/error.hpp"
#include "otto/net/message.hpp"
#include "otto/ports/sheet.hpp"

namespace otto::sheets {

/// The tab as displayed, cell by cell; without a gid the first tab. `base` has no trailing slash.
std::string export_url(std::string_view base, const std::string& id, const std::optional<std::string>& gid);
/// A query over a tab chosen by title; without one the first tab. An unknown title silently gives the first tab, and
/// cells that do not fit their column's type come back blank.
std::string query_url(std::string_view base, const std::string& id, const std::optional<std::string>& tab);

/// Where a redirect leads, absolute. Google's own hosts over https when `base` is Google's, the same scheme, host and
/// port for any other base. Forbidden: to a sign-in page; RateLimited: to the "unusual traffic" page;
/// ProviderUnavailable: anywhere else.
Result<std::string> follow_redirect(const net::Url& base, const net::Url& from, std::string_view location);

/// The CSV text of a final answer, or the sentence for the sheet's owner.
Result<std::string> csv_of(net::Response response, const ports::SheetSource& source);

/// The file name that the export suggests, without ".csv": "Title of the sheet - Title of the tab". Empty: none given.
std::string suggested_name(std::string_view content_disposition);
/// Whether that name is of a file made from this tab.
bool names_tab(std::string_view suggested, std::string_view tab);

}  // namespace otto::sheets
