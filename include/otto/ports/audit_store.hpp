// Who did what, when, to what: one row for each change through the API or the dashboard, and for each look at what
// people have said. Rows are added and grow old; nobody changes one.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/base/error.hpp"
#include "otto/rt/task.hpp"

namespace otto::ports {

struct AuditEntry {
  std::int64_t id = 0;  ///< the store's
  TimePoint at;
  std::string who;       ///< "key:" or a role, and the begin of a digest or of the session's id; empty: nobody got in
  std::string peer;      ///< the address that asked
  std::string action;    ///< "campaign.stop", …
  std::string target;    ///< the campaign, call or dead letter; a telephone number only masked
  std::string detail;    ///< what was changed, in words
  int status = 0;        ///< the answer's
  bool is_look = false;  ///< nothing was changed: the same look again within a minute is no further row; not stored
};

struct AuditAsk {
  std::string action, who;  ///< empty: all; an action that ends with "." is the begin of several
  int limit = 100;
  std::string cursor;  ///< empty, or an earlier page's; InvalidInput for another one
};
struct AuditPage {
  std::vector<AuditEntry> entries;  ///< newest first
  std::string next_cursor;          ///< empty: no further page
};

class AuditStore {
 public:
  virtual ~AuditStore() = default;
  virtual Task<Result<void>> note(AuditEntry entry) = 0;
  virtual Task<Result<AuditPage>> entries(AuditAsk ask) = 0;
};

}  // namespace otto::ports
