// One spreadsheet as SheetSync keeps it: whose turn it is, what its tabs looked like last, what is known of its log.
#pragma once

#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "otto/campaign/sheet_sync.hpp"

namespace otto::campaign {

/// A write of which it is not known yet what it has done.
struct SheetSync::Unchecked {
  std::shared_ptr<const SheetView> before;
  std::vector<RowDecision> decisions;
  std::vector<ports::SheetContact> contacts;
};

/// A campaign's tab.
struct SheetSync::Tab {
  std::optional<Unchecked> unchecked;
  bool is_clean = false;                              ///< nothing of an instance that was cut off stands in wrong rows
  std::unordered_map<std::string, std::size_t> rows;  ///< by number, what its rows held
  std::set<std::string> absent;                       ///< numbers of contacts without a row
  bool is_first = true;                               ///< nothing is known yet: everything is looked at
  int failures = 0;                                   ///< of its own, which a person must mend
  SteadyPoint not_before;                             ///< it is left alone until then
  bool is_remarked = true;                            ///< the store has a remark; perhaps an earlier instance's
};

struct SheetSync::Book {
  explicit Book(std::string spreadsheet) : id{std::move(spreadsheet)} {}
  std::string id;
  Jobs jobs;
  SteadyPoint lease_until, next_write;
  std::size_t rows = 0;  ///< of its longest tab
  int failures = 0;
  bool has_written = false;  ///< in this round
  std::map<CampaignId, Tab> tabs;
  std::vector<std::string> log_header;
  SteadyPoint log_header_until;
};

}  // namespace otto::campaign
