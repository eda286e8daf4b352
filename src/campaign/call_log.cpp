#include "otto/campaign/call_log.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "otto/ports/sheet_columns.hpp"

namespace otto::campaign {

namespace {

constexpr std::array<std::string_view, 11> kHeader{"Time",    "Name",         "Phone",       "Status",
                                                   "Outcome", "Duration (s)", "Answered By", "Recording",
                                                   "Summary", "Campaign",     "Call ID"};

std::array<std::string, kHeader.size()> values_of(const ports::SheetLogEntry& entry) {
  return {format_iso8601(entry.at),
          entry.name,
          entry.phone,
          entry.status,
          entry.outcome,
          entry.duration ? std::to_string(*entry.duration) : std::string{},
          entry.answered_by,
          entry.recording_url,
          entry.notes,
          entry.campaign,
          entry.call_sid};
}

}  // namespace

std::vector<std::string> call_log_header() { return {kHeader.begin(), kHeader.end()}; }

std::vector<std::string> call_log_line(const std::vector<std::string>& header, const ports::SheetLogEntry& entry) {
  auto values = values_of(entry);
  if (header.empty()) return {values.begin(), values.end()};
  std::vector<std::string> line(header.size());
  for (std::size_t i = 0; i < kHeader.size(); ++i) {
    const auto at = std::ranges::find_if(header, [&](const std::string& name) {
      return ports::normal_header(name) == ports::normal_header(kHeader[i]);
    });
    if (at != header.end()) line[static_cast<std::size_t>(at - header.begin())] = std::move(values[i]);
  }
  if (line.front().empty()) line.front() = format_iso8601(entry.at);  // a blank first cell would hide the line
  return line;
}

std::vector<ports::SheetLogEntry> missing_lines(const ports::SheetTable& log,
                                                const std::vector<ports::SheetLogEntry>& entries) {
  std::set<std::string, std::less<>> cells;
  for (const ports::SheetRow& row : log.rows) cells.insert(row.cells.begin(), row.cells.end());
  std::vector<ports::SheetLogEntry> missing;
  std::ranges::copy_if(entries, std::back_inserter(missing),
                       [&](const ports::SheetLogEntry& entry) { return !cells.contains(entry.call_sid); });
  return missing;
}

}  // namespace otto::campaign
