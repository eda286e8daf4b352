// What the store keeps of sheets: where a campaign's contacts came from, what is to be written back there, and what
// people have changed in it. Verbs as in ports/store.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/base/error.hpp"
#include "otto/base/ids.hpp"
#include "otto/model/campaign.hpp"
#include "otto/model/sheet_row.hpp"
#include "otto/ports/sheet.hpp"
#include "otto/rt/task.hpp"

namespace otto::ports {

/// A number that another campaign is about to call.
struct ActiveNumber {
  std::string phone, campaign;  ///< campaign: its name
  CampaignType type = CampaignType::General;
};

/// A campaign whose sheet is still of interest: it is pending or running, or something of it is unwritten.
struct SheetJob {
  CampaignId campaign;
  std::string campaign_name;
  SheetSource place;
  bool write_back = false, follow = false;
  bool is_active = false;  ///< pending or running: people's edits count
  bool has_unwritten = false, has_log = false;
  SheetJob() = default;
};

/// A contact and its row, as far as they are known.
struct SheetContact {
  ContactId id;
  int row = 0;
  std::string name, phone, email;
  Variables variables;
  ContactState state = ContactState::Due;
  SheetRowText wanted;
  std::int64_t version = 0;
  SheetRowText seen;                  ///< what we wrote last, or found at the import
  std::string kept_notes;             ///< the person's part of seen.notes
  std::optional<SheetRowText> aimed;  ///< what may have been written as well: its end is not known
  bool is_shared = false;
  std::optional<TimePoint> missing_since;
  SheetContact() = default;
};

/// What became of a contact's row.
struct SheetSettled {
  ContactId id;
  std::int64_t version = 0;  ///< that was written; kept as unwritten when another has come meanwhile
  SheetRowText seen;
  std::string kept_notes;
  bool is_written = false;  ///< false: it stays unwritten
  bool is_shared = false;
  bool is_missing = false;
  std::string remark;
  SheetSettled() = default;
};

/// What people's edits make of contacts that are due. Nothing happens to contacts that are not due any more.
struct SheetEdits {
  struct Change {
    ContactId id;
    NewContact now;
  };
  struct Drop {
    ContactId id;
    std::string reason;
  };
  std::vector<Change> changes;
  std::vector<Drop> drops;        ///< will not be called; they count as failed
  std::vector<ContactId> absent;  ///< no row for the moment: not called until it is back
  std::vector<ContactId> back;
  std::vector<NewContact> added;
  SheetEdits() = default;
  bool empty() const { return changes.empty() && drops.empty() && absent.empty() && back.empty() && added.empty(); }
};

/// One line of the call log.
struct SheetLogEntry {
  AttemptId attempt;
  std::string call_sid;
  bool was_sent = false;  ///< an earlier append may have written it
  TimePoint at;
  std::string name, phone, status, outcome, answered_by, recording_url, notes, campaign;
  std::optional<int> duration;
  SheetLogEntry() = default;
};

class SheetStore {
 public:
  virtual ~SheetStore() = default;
  /// Contacts of pending and running campaigns, not settled, that have one of these numbers.
  virtual Task<Result<std::vector<ActiveNumber>>> active_numbers(std::vector<std::string> phones) = 0;

  virtual Task<Result<std::vector<SheetJob>>> jobs(TimePoint now) = 0;
  /// Up to `limit` contacts whose row is to be written, by id.
  virtual Task<Result<std::vector<SheetContact>>> unwritten(CampaignId campaign, int limit) = 0;
  /// The due contacts among these numbers; without numbers all that are due.
  virtual Task<Result<std::vector<SheetContact>>> due(CampaignId campaign,
                                                      std::optional<std::vector<std::string>> phones) = 0;
  /// Contacts whose last write has not been settled, by id: its text may stand in any row.
  virtual Task<Result<std::vector<SheetContact>>> aimed(CampaignId campaign) = 0;
  /// The campaign's contacts with these numbers, whatever their state.
  virtual Task<Result<std::vector<SheetContact>>> with_numbers(CampaignId campaign,
                                                               std::vector<std::string> phones) = 0;
  /// Those of these numbers that the campaign has a contact for.
  virtual Task<Result<std::vector<std::string>>> known_numbers(CampaignId campaign,
                                                               std::vector<std::string> phones) = 0;
  /// Of the numbers whose cells in this tab say DO_NOT_CALL those of which note_barred() has not been told; `free` ones
  /// say something else now, and are forgotten.
  virtual Task<Result<std::vector<std::string>>> newly_barred(std::string sheet, std::vector<std::string> barred,
                                                              std::vector<std::string> free) = 0;
  virtual Task<Result<void>> note_barred(std::string sheet, std::vector<std::string> phones) = 0;
  /// Remembered before it is written: it counts as ours from here on.
  virtual Task<Result<void>> aim(std::vector<std::pair<ContactId, SheetRowText>> texts) = 0;
  virtual Task<Result<void>> settle(std::vector<SheetSettled> rows, TimePoint now) = 0;
  /// How many contacts were changed, dropped or added.
  virtual Task<Result<int>> edit(CampaignId campaign, SheetEdits edits, TimePoint now) = 0;
  virtual Task<Result<void>> remark(CampaignId campaign, std::string remark) = 0;

  /// Up to `limit` lines that are due, oldest first.
  virtual Task<Result<std::vector<SheetLogEntry>>> due_log(CampaignId campaign, int limit, TimePoint now) = 0;
  virtual Task<Result<void>> log_sent(std::vector<AttemptId> attempts) = 0;
  virtual Task<Result<void>> log_appended(std::vector<AttemptId> attempts, TimePoint now) = 0;
};

}  // namespace otto::ports
