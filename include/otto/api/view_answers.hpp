// The bodies of what the dashboard shows, by the names of openapi.json. Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "otto/base/json.hpp"
#include "otto/ports/views.hpp"

namespace otto::api {

/// Whether an attempt's media is on this instance.
using IsHere = std::function<bool(const AttemptId&)>;

Json campaign_summary(const ports::CampaignLine& line);
Json campaign_detail(const ports::CampaignDetail& detail);
Json contact_row(const ports::ContactLine& line);
Json call_summary(const ports::CallLine& line, const IsHere& is_here);
/// One call with everything that is known of it.
Json call_detail(const ports::CallDetail& detail, const IsHere& is_here);
Json turn_event(const ports::TurnLine& line);

/// What happened in a call, in plain words.
struct TimelineEntry {
  TimePoint at;
  std::string kind;  ///< "dialed", "ringing", "answered", …
  std::string text;
};
/// Oldest first.
std::vector<TimelineEntry> timeline_of(const ports::CallDetail& detail);

/// A campaign's contacts as CSV (csv.hpp): the head line with its byte order mark, and a line each.
std::string contacts_csv_head();
std::string contact_csv_line(const ports::ContactLine& line);

}  // namespace otto::api
