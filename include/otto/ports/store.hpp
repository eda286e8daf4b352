// The store: everything that must survive. Each verb is one transaction with a deadline of its own; each answers
// DatabaseUnavailable when the database cannot be reached in time. Nothing here blocks the loop.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/base/error.hpp"
#include "otto/base/ids.hpp"
#include "otto/model/campaign.hpp"
#include "otto/model/fact.hpp"
#include "otto/model/state.hpp"
#include "otto/ports/event_store.hpp"
#include "otto/ports/sheet_store.hpp"
#include "otto/rt/task.hpp"

namespace otto::ports {

// ---- campaigns --------------------------------------------------------------------------------------------------

/// A trigger's Idempotency-Key: both hashed (SHA-256, hex).
struct Idempotency {
  std::string key_hash, request_hash;
};
struct StoredAnswer {
  std::string request_hash, body;
};

struct CallRow {  ///< public."OutboundCall", by the same names
  std::string id, call_sid, customer_name, customer_phone, status, direction;
  std::optional<std::string> customer_email, answered_by, recording_url, recording_sid, transcript, outcome, notes,
      campaign_id;
  TimePoint initiated_at;
  std::optional<TimePoint> answered_at, completed_at;
  std::optional<int> duration, recording_duration;
};

/// A contact that ended without a call that the line has known, and why.
struct UncalledContact {
  int row = 0;
  std::string name, phone, reason;
};

struct CampaignResults {
  Campaign campaign;
  int remaining = 0;                      ///< contacts neither completed nor failed
  std::map<std::string, int> outcomes;    ///< over calls with an outcome
  std::vector<CallRow> calls;             ///< oldest first
  std::vector<UncalledContact> uncalled;  ///< with the first page; at most 500, by row
  std::string next_cursor;                ///< empty: no further page
};

struct Stopped {
  CampaignStatus status = CampaignStatus::Stopped;
  std::vector<std::string> live_call_sids;  ///< calls that were not final at that moment, unanswered ones first
  int active_calls = 0;
};

/// The last decision about a contact, and what it was decided by.
struct ContactDecision {
  Contact contact;
  std::string rule, reason;  ///< empty: nothing has been decided yet
  std::optional<TimePoint> at;
  std::string last_error;  ///< of its last attempt, for people; empty: none
  bool suppressed = false;
};
struct RuleCount {
  std::string rule;
  std::int64_t decisions = 0;
  TimePoint last_at;
  std::string last_reason;
};
/// What a campaign stands at, and what it waits for.
struct CampaignState {
  Campaign campaign;
  int open_calls = 0;    ///< of this campaign
  int calls_closed = 0;  ///< placed and ended
  std::int64_t spent_micros = 0, reserved_micros = 0;
  int account_calls = 0;                ///< under way, of all campaigns
  int calls_of_day = 0;                 ///< sent within the last 24 hours, of all campaigns
  milliseconds rate_wait{0};            ///< until the account's next free place
  std::optional<ContactDecision> next;  ///< the contact that is due first, with the last decision about it
  std::vector<RuleCount> rules;         ///< that have held contacts back or passed them over, most frequent first
};

class CampaignStore {
 public:
  virtual ~CampaignStore() = default;
  virtual Task<Result<std::optional<StoredAnswer>>> find_answer(std::string key_hash) = 0;
  /// Campaign, contacts and (with `idempotency`) the answer in one transaction. When the key exists already, nothing is
  /// created and the stored answer comes back; nullopt means that this call created the campaign.
  virtual Task<Result<std::optional<StoredAnswer>>> create(NewCampaign campaign, std::vector<NewContact> contacts,
                                                           std::optional<Idempotency> idempotency,
                                                           std::string answer) = 0;
  virtual Task<Result<std::optional<Campaign>>> load(CampaignId id) = 0;
  /// PENDING campaigns whose time has come, and RUNNING ones.
  virtual Task<Result<std::vector<Campaign>>> runnable(TimePoint now) = 0;
  /// PENDING → RUNNING with startedAt; false when it was not PENDING.
  virtual Task<Result<bool>> start(CampaignId id, TimePoint now) = 0;
  /// No claim and no arm succeeds after this has returned; calls under way go on. Repeatable: the first hold stands,
  /// but a person's pause replaces any. NotFound; Conflict when the campaign has ended. True when it is held by this
  /// call.
  virtual Task<Result<bool>> hold(CampaignId id, CampaignHold hold, std::string reason, TimePoint now) = 0;
  /// NotFound; Conflict when it has ended. False when it was not held.
  virtual Task<Result<bool>> resume(CampaignId id, TimePoint now) = 0;
  /// `change` is pure and runs inside the transaction, on the settings as they stand there. `given` is what the caller
  /// wrote, for the public row. NotFound; Conflict when the campaign has ended; whatever `change` answers.
  using Change = std::function<Result<CampaignSettings>(const CampaignSettings&)>;
  virtual Task<Result<CampaignSettings>> change(CampaignId id, Change change, Json given, TimePoint now) = 0;
  /// NotFound: no such campaign.
  virtual Task<Result<CampaignState>> state(CampaignId id, TimePoint now) = 0;
  /// NotFound: no such campaign, or it has no contact of this number (E.164).
  virtual Task<Result<ContactDecision>> decision(CampaignId id, std::string phone) = 0;
  /// No claim succeeds after this has returned. Repeatable. NotFound; Conflict when it ended by itself (detail: how).
  virtual Task<Result<Stopped>> stop(CampaignId id, TimePoint now) = 0;
  virtual Task<Result<void>> fail(CampaignId id, std::string reason, TimePoint now) = 0;
  /// RUNNING → COMPLETED when no contact is due or open; true when this call did it. Queues the callback.
  virtual Task<Result<bool>> try_complete(CampaignId id, TimePoint now) = 0;
  /// NotFound; InvalidInput for a bad cursor. limit 0: no calls.
  virtual Task<Result<CampaignResults>> results(CampaignId id, int limit, std::string cursor) = 0;
  virtual Task<Result<int>> count_running() = 0;
};

// ---- attempts ---------------------------------------------------------------------------------------------------

struct GateVerdict {
  bool may_dial = true;
  TimePoint not_before;  ///< when may_dial is false
  std::string reason;    ///< a sentence's part, for people: "outside the calling hours …"
  std::string rule;      ///< which rule said no, in one word: "calling_hours", "legal_hours", "number_cap", "daily_cap"
  bool is_final = false;  ///< and no later time will do: the contact is given up
};
/// Calls of the last 24 hours that may have rung, newest first.
struct DialHistory {
  std::vector<TimePoint> of_number;   ///< over all campaigns
  std::vector<TimePoint> of_contact;  ///< of this campaign's contact alone
};
/// Pure; runs inside the claim's transaction on a database thread: it must not touch anything of the loop's. The
/// settings are the campaign's as they stand in that transaction.
using Gate = std::function<GateVerdict(const Contact&, const CampaignSettings&, const DialHistory&)>;

struct ClaimRequest {
  CampaignId campaign;
  InstanceId instance;
  std::int64_t epoch = 0;  ///< of the campaign's lease
  std::string from;        ///< caller id, E.164
  TimePoint now;
  double calls_per_second = 1;     ///< account-wide
  int calls_per_number = 0;        ///< to one number within 24 hours, over all campaigns; 0: no limit
  int max_conversations = 0;       ///< calls under way at once over all campaigns and instances; 0: no limit
  int max_calls_here = 0;          ///< of those, this instance's own; 0: no limit
  std::optional<TimePoint> clock;  ///< of the account's schedule; absent: the database's, which all instances share
  Gate gate;

  ClaimRequest() = default;
};
struct Claimed {
  AttemptId attempt;
  int attempt_number = 1;
  Contact contact;
  CampaignSettings settings;  ///< as they stood at that moment: they may be changed while the campaign runs
  std::string from;
  milliseconds send_in{0};  ///< the place taken in the account's call-rate schedule: wait this long before sending
  bool is_last = false;     ///< settings.maxConcurrentCalls is reached by it: another claim would only hear so
};
struct NotClaimed {
  enum class Why : std::uint8_t {
    NothingDue,   ///< or no place for a call at this moment
    AtCapacity,   ///< settings.maxConcurrentCalls
    BudgetSpent,  ///< the next call might cost more than is left; calls under way may still give some of it back
    DayFull,      ///< as many calls of the last 24 hours as may be, over all campaigns
    Held,         ///< paused, by a person or, just now, by the brake on failures
    NotRunning,
    LeaseLost
  } why = Why::NothingDue;
  std::string reason;                 ///< for people; set for BudgetSpent, DayFull and Held
  std::optional<TimePoint> next_due;  ///< the earliest time at which a contact may become callable
  bool open_attempts = false;         ///< whether attempts of this campaign are still open
};

struct Turn {
  int number = 0;  ///< from 0, per attempt
  enum class Role : std::uint8_t { Agent, Customer } role = Role::Agent;
  std::string text;
  std::string original;  ///< what the agent meant to say before it was interrupted; empty: same as text
  TimePoint at;
};

struct AttemptContext {  ///< what a live call needs, also on an instance that did not dial it
  AttemptId attempt;
  CampaignId campaign;
  CampaignType type = CampaignType::General;
  CampaignSettings settings;
  CampaignStatus campaign_status = CampaignStatus::Running;
  Contact contact;
  std::string from;
  CallState call;
  TimePoint sending_at;
  std::optional<std::string> dealership_id;
  std::vector<Turn> last_turns;  ///< what was said last, in order; from load() alone, when the call has had a stream
};

struct Recorded {
  bool known = false;           ///< false: no such attempt; nothing was written
  bool fresh = false;           ///< at least one fact was new
  bool duplicate_call = false;  ///< the SID differs from the one bound: that call must be ended at once
  bool suppressed = false;      ///< the number is on the do-not-call list: a call not answered yet must be ended
  bool closed_now = false;      ///< this call closed the attempt
  bool told = false;            ///< events were queued
  bool journalled = false;      ///< kept on this machine's disk while the store is away: nothing else is known
  CallState before, after;
  CampaignId campaign;
  ContactId contact;
};

/// What this instance needs to know about a call that it carries and whose callbacks went elsewhere.
struct Sighting {
  AttemptId attempt;
  bool is_closed = false;
  std::optional<AnsweredBy> verdict;  ///< the detector's latest
  int streams = 0;                    ///< how many media streams the call has had
  std::string streamed_by;            ///< the instance that has taken the latest of them
};

/// How one media stream of a call went, measured here. An absent time: it did not come to that.
struct CallFigures {
  std::string stream;                            ///< a call that was re-attached has several
  TimePoint at;                                  ///< the stream's end
  std::optional<milliseconds> answer_to_ready;   ///< the agent's socket was ready to talk
  std::optional<milliseconds> answer_to_stream;  ///< media flowed
  std::optional<milliseconds> answer_to_audio;   ///< the first of the agent's audio was sent
  std::vector<milliseconds> turns;  ///< each from the end of the callee's speech to the agent's first audio
  int interruptions = 0;
  std::int64_t dropped_bytes = 0;
};

/// What is known of one call beyond its row: the figures, and what was said about who answered.
struct Evidence {
  FactKind kind = FactKind::Amd;  ///< Amd, GreetingHeard or MachineHandled
  TimePoint at;
  std::optional<AnsweredBy> answered_by;
  std::string reason, evidence;
};
struct CallReport {
  CallRow call;
  std::vector<CallFigures> figures;  ///< oldest first
  std::vector<Evidence> evidence;    ///< oldest first
};

class AttemptStore {
 public:
  virtual ~AttemptStore() = default;
  /// One transaction: campaign RUNNING and epoch ours, capacity, next due contact FOR UPDATE SKIP LOCKED, gate, a place
  /// in the account's schedule, attempt row INTENT. Contacts that the gate holds back get their next_at moved.
  virtual Task<Result<std::variant<Claimed, NotClaimed>>> claim(ClaimRequest request) = 0;
  /// INTENT → SENDING, with a deadline; false when the row is no longer INTENT or the campaign no longer RUNNING.
  virtual Task<Result<bool>> arm(AttemptId id, TimePoint now, TimePoint deadline) = 0;
  /// SENDING → INTENT after a create that certainly was not processed; false when something else happened meanwhile.
  virtual Task<Result<bool>> disarm(AttemptId id) = 0;
  /// Drops an attempt that was never sent (INTENT): the contact is due again and the attempt is not consumed.
  virtual Task<Result<void>> withdraw(AttemptId id, TimePoint next_at, std::string reason) = 0;
  /// Appends facts, folds, writes the public row, closes the attempt and settles the contact: one transaction. A new
  /// OptedOut fact suppresses the number in the same transaction.
  virtual Task<Result<Recorded>> record(AttemptId id, std::vector<Fact> facts, TimePoint now) = 0;
  virtual Task<Result<std::optional<AttemptContext>>> load(AttemptId id) = 0;
  virtual Task<Result<std::optional<AttemptId>>> find_by_call(std::string call_sid) = 0;
  /// What callbacks that reached other instances have changed. Attempts that do not exist are left out.
  virtual Task<Result<std::vector<Sighting>>> look_at(std::vector<AttemptId> ids) = 0;
  /// Upserts turns by number and, when `final`, writes public."OutboundCall"."transcript".
  virtual Task<Result<void>> save_turns(AttemptId id, std::vector<Turn> turns, bool final) = 0;

  /// Once per stream; a repeat changes nothing. NotFound: no such attempt.
  virtual Task<Result<void>> save_figures(AttemptId id, CallFigures figures) = 0;
  /// By the row's id or by its SID; nullopt when there is no such call.
  virtual Task<Result<std::optional<CallReport>>> report(std::string call) = 0;

  // For the reconciler; each at most 100 rows, oldest first.
  virtual Task<Result<int>> release_abandoned_intents(TimePoint older_than, TimePoint now) = 0;
  /// SENDING past its deadline → UNKNOWN by an Ambiguous fact; returns how many.
  virtual Task<Result<int>> mark_overdue_unknown(TimePoint now) = 0;
  virtual Task<Result<std::vector<AttemptContext>>> unknown() = 0;
  /// Calls with a SID that are not final and have had no fact since `quiet_since`, but those of `known_to_live`.
  virtual Task<Result<std::vector<AttemptContext>>> silent(TimePoint quiet_since,
                                                           std::vector<AttemptId> known_to_live) = 0;
  /// Ended calls that had a conversation of whose analysis nothing is known: half a minute after their end, and once
  /// more whenever twice the time since then has passed, for an hour.
  virtual Task<Result<std::vector<AttemptContext>>> take_unanalysed(TimePoint now) = 0;
  /// Answered calls that were recorded and ended two minutes ago and more, of whose recording nothing is known. Each
  /// comes once more whenever twice the time since its end has passed, for a day.
  virtual Task<Result<std::vector<AttemptContext>>> take_unrecorded(TimePoint now) = 0;
};

// ---- the do-not-call list -------------------------------------------------------------------------------------------

struct Suppression {
  std::string phone;   ///< E.164
  std::string reason;  ///< a sentence's part, for people
  std::string source;  ///< "agent" (its tool), "key" (the callee pressed it) "sheet" (typed there) or "api"
  std::optional<CampaignId> campaign;
  std::optional<AttemptId> attempt;
  TimePoint at;
  Suppression() = default;
};
struct Suppressed {
  bool is_new = false;                  ///< false: it was on the list already; the older entry stands
  int contacts_closed = 0;              ///< queued ones, over all campaigns
  std::vector<CampaignId> campaigns;    ///< that had them; each may be complete now
  std::vector<std::string> unanswered;  ///< SIDs of calls to the number that nobody has answered yet: to be ended
};
struct SuppressionPage {
  std::vector<Suppression> entries;  ///< by number
  std::string next_cursor;           ///< empty: no further page
};

/// Numbers that are never called again, whatever the campaign. A claim passes them over and an arm refuses them, so no
/// call is sent once suppress() has returned; one whose arm had committed before may still be on its way, and is ended
/// when its first report comes (Recorded::suppressed).
class SuppressionStore {
 public:
  virtual ~SuppressionStore() = default;
  /// The entry, the end of the number's attempts that were not sent, and the end of its queued contacts in all
  /// campaigns.
  virtual Task<Result<Suppressed>> suppress(Suppression entry) = 0;
  /// False when it was not on the list. Contacts that were closed stay closed.
  virtual Task<Result<bool>> lift(std::string phone) = 0;
  /// Those of `phones` that are on the list.
  virtual Task<Result<std::vector<std::string>>> suppressed_of(std::vector<std::string> phones) = 0;
  /// `cursor`: empty, or an earlier page's. InvalidInput for another one.
  virtual Task<Result<SuppressionPage>> list_suppressed(int limit, std::string cursor) = 0;
};

// ---- leases, hooks, health ----------------------------------------------------------------------------------------

struct Lease {
  std::int64_t epoch = 0;
};
class LeaseStore {
 public:
  virtual ~LeaseStore() = default;
  /// Ours for `ttl` (database time) if free, lapsed or already ours; nullopt: another instance holds it.
  virtual Task<Result<std::optional<Lease>>> acquire(std::string name, InstanceId holder, seconds ttl) = 0;
  virtual Task<Result<void>> release(std::string name, InstanceId holder) = 0;
};

struct DueHook {
  std::string id;  ///< the webhook-id header; the same on every try
  CampaignId campaign;
  std::string url;
  int tries = 0;
};
class HookStore {
 public:
  virtual ~HookStore() = default;
  /// Takes up to `limit` due deliveries for `hold` (another instance does not see them meanwhile).
  virtual Task<Result<std::vector<DueHook>>> take_due(int limit, seconds hold, TimePoint now) = 0;
  virtual Task<Result<void>> delivered(std::string id, TimePoint now) = 0;
  virtual Task<Result<void>> retry(std::string id, TimePoint next, std::string reason) = 0;
  virtual Task<Result<void>> give_up(std::string id, std::string reason, TimePoint now) = 0;
};

/// Numbered in the order in which they began; equal when there is none.
struct VerbsUnderWay {
  std::uint64_t oldest = 0, next = 0;
};

struct Store {
  CampaignStore& campaigns;
  AttemptStore& attempts;
  LeaseStore& leases;
  HookStore& hooks;
  SheetStore& sheets;
  SuppressionStore& suppressions;
  EventStore& events;
  std::function<Task<Result<milliseconds>>()> ping;  ///< a round trip; for health
};

}  // namespace otto::ports
