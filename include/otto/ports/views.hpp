// What people look at: lists and details, read only. Pages go on from where the one before has ended (keyset), so that
// they cost the same at any depth and nothing is shown twice because rows were added meanwhile.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/base/error.hpp"
#include "otto/model/campaign.hpp"
#include "otto/model/fact.hpp"
#include "otto/ports/store.hpp"
#include "otto/rt/task.hpp"

namespace otto::ports {

struct CampaignLine {
  CampaignId id;
  std::string name;
  CampaignType type = CampaignType::General;
  CampaignStatus status = CampaignStatus::Pending;
  std::optional<CampaignHold> hold;  ///< only while it is pending or running
  std::string hold_reason;
  std::optional<std::string> failure_reason;
  std::optional<TimePoint> created_at, started_at, completed_at;  ///< created_at: none for another program's campaign
  int total_contacts = 0, contacts_called = 0, contacts_completed = 0, contacts_failed = 0;
  int live_calls = 0;  ///< from the line's acceptance to the end
};
struct CampaignAsk {
  std::optional<CampaignStatus> status;
  std::string part_of_name;  ///< whatever its case; empty: any
  int limit = 50;
  std::string cursor;
};
struct CampaignPage {
  std::vector<CampaignLine> campaigns;  ///< newest first
  std::string next_cursor;              ///< empty: no further page
};

struct HourOfCalls {
  TimePoint hour;  ///< its start
  int calls = 0, answered = 0;
};
struct CampaignDetail {
  CampaignLine line;
  CampaignSettings settings;
  std::map<std::string, int> outcomes;  ///< over calls with an outcome
  struct Sheet {
    std::string id, tab;
    std::optional<std::string> gid;
  };
  std::optional<Sheet> sheet;
  std::int64_t spent_micros = 0, reserved_micros = 0;
  std::vector<HourOfCalls> hours;  ///< of the 14 days before its latest call; only those that have calls, oldest first
};

struct ContactLine {
  ContactId id;
  int row = 0;
  std::string name, phone, email;
  ContactState state = ContactState::Due;
  int attempts = 0;
  std::optional<TimePoint> next_at;  ///< while it is due
  std::string reason;                ///< why it waits, or why it was not reached
  // Of its last call, as far as there was one.
  std::optional<std::string> call_id, status, outcome, answered_by;
  std::optional<int> duration;
  std::optional<TimePoint> last_call_at;
};
enum class ContactSort : std::uint8_t { Row, Name, Attempts, LastCall };
struct ContactAsk {
  std::optional<ContactState> state;
  std::string outcome;  ///< of the last call; empty: any
  std::string search;   ///< part of the name whatever its case, or of the number; empty: any
  ContactSort sort = ContactSort::Row;
  bool descending = false;
  int limit = 50;
  std::string cursor;  ///< of a page of the same order
};
struct ContactPage {
  std::vector<ContactLine> contacts;
  std::string next_cursor;
};

struct CallLine {
  std::string id, call_sid, customer_name, customer_phone, status;
  std::optional<std::string> campaign_id, campaign_name, outcome, answered_by;
  TimePoint initiated_at;
  std::optional<TimePoint> answered_at, completed_at;
  std::optional<int> duration;
  bool has_recording = false;
  // None for another program's call.
  std::optional<AttemptId> attempt;
  std::string attempt_state;
  std::optional<std::int64_t> cost_micros;  ///< once it has ended
};
struct CallAsk {
  std::optional<CampaignId> campaign;  ///< none: all
  int limit = 50;
  std::string cursor;
};
struct CallPage {
  std::vector<CallLine> calls;  ///< newest first
  std::string next_cursor;
};

/// What a call has written, or is about to write, into its campaign's sheet.
struct SheetWrite {
  std::optional<TimePoint> at;
  std::string where;  ///< a column, or the call log's tab
  std::string value;
  bool is_written = false;
};
struct CallDetail {
  CallReport report;
  CallLine line;
  std::vector<Fact> facts;  ///< of this call alone, oldest first
  std::vector<Turn> turns;  ///< by number
  std::vector<SheetWrite> sheet_writes;
};

struct TurnLine {
  std::string call_id;
  Turn turn;
};
/// What the live feed asks for, once a second and instance.
struct LiveView {
  std::vector<CampaignLine> campaigns;  ///< PENDING and RUNNING, newest first, at most 200; and those asked for
  std::vector<CallLine> calls;          ///< live ones, at most 1000; and those asked for
  std::vector<TurnLine> turns;          ///< of live calls and those asked for, beyond the numbers given
};
struct LiveAsk {
  std::vector<CampaignId> campaigns;     ///< to be told of although they are over
  std::vector<std::string> calls;        ///< ids, likewise
  std::map<AttemptId, int> turns_known;  ///< the highest number that is known
};

/// What waits to be done, over all campaigns and instances.
struct Backlog {
  std::int64_t events = 0;        ///< events and callbacks that their receivers have not taken yet
  std::int64_t dead_letters = 0;  ///< those that were given up
  std::int64_t sheet_rows = 0;    ///< rows of sheets that do not show yet what they shall
  /// How long the contact that has waited longest may have been dialed, over campaigns that run and are not held; zero
  /// when none waits. Who is held back by hours or limits does not wait.
  milliseconds campaign_lag{0};
};

class Views {
 public:
  virtual ~Views() = default;
  /// InvalidInput for a bad cursor, here and below.
  virtual Task<Result<CampaignPage>> campaigns(CampaignAsk ask) = 0;
  /// NotFound, here and below.
  virtual Task<Result<CampaignDetail>> campaign(CampaignId id) = 0;
  virtual Task<Result<ContactPage>> contacts(CampaignId id, ContactAsk ask) = 0;
  virtual Task<Result<CallPage>> calls(CallAsk ask) = 0;
  /// All that are live, newest first, at most 1000.
  virtual Task<Result<std::vector<CallLine>>> live_calls() = 0;
  /// By the row's id or its SID.
  virtual Task<Result<CallDetail>> call(std::string call) = 0;
  virtual Task<Result<LiveView>> live(LiveAsk ask) = 0;
  virtual Task<Result<Backlog>> backlog(TimePoint now) = 0;
};

}  // namespace otto::ports
