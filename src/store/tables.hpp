// The store ports on one pool; database.cpp puts them together. One file per family beside this one.
#pragma once

#include "otto/crypto/text_seal.hpp"
#include "otto/ports/audit_store.hpp"
#include "otto/ports/people_store.hpp"
#include "otto/ports/session_store.hpp"
#include "otto/ports/store.hpp"
#include "otto/ports/views.hpp"

#include "store/pool.hpp"

namespace otto::store {

class Campaigns final : public ports::CampaignStore {
 public:
  Campaigns(Pool& pool, const crypto::TextSeal& seal) : pool_{pool}, seal_{seal} {}
  Task<Result<std::optional<ports::StoredAnswer>>> find_answer(std::string key_hash) override;
  Task<Result<std::optional<ports::StoredAnswer>>> create(NewCampaign campaign, std::vector<NewContact> contacts,
                                                          std::optional<ports::Idempotency> idempotency,
                                                          std::string answer) override;
  Task<Result<std::optional<Campaign>>> load(CampaignId id) override;
  Task<Result<std::vector<Campaign>>> runnable(TimePoint now) override;
  Task<Result<bool>> start(CampaignId id, TimePoint now) override;
  Task<Result<bool>> hold(CampaignId id, CampaignHold hold, std::string reason, TimePoint now) override;
  Task<Result<bool>> resume(CampaignId id, TimePoint now) override;
  Task<Result<CampaignSettings>> change(CampaignId id, Change change, Json given, TimePoint now) override;
  Task<Result<ports::CampaignState>> state(CampaignId id, TimePoint now) override;
  Task<Result<ports::ContactDecision>> decision(CampaignId id, std::string phone) override;
  Task<Result<ports::Stopped>> stop(CampaignId id, TimePoint now) override;
  Task<Result<void>> fail(CampaignId id, std::string reason, TimePoint now) override;
  Task<Result<bool>> try_complete(CampaignId id, TimePoint now) override;
  Task<Result<ports::CampaignResults>> results(CampaignId id, int limit, std::string cursor) override;
  Task<Result<int>> count_running() override;

 private:
  Pool& pool_;
  const crypto::TextSeal& seal_;
};

/// Why nobody is called for a while, for people.
std::string day_full(int calls_per_day);

class Attempts final : public ports::AttemptStore {
 public:
  Attempts(Pool& pool, const crypto::TextSeal& seal, int calls_per_day)
      : pool_{pool}, seal_{seal}, calls_per_day_{calls_per_day} {}
  Task<Result<std::variant<ports::Claimed, ports::NotClaimed>>> claim(ports::ClaimRequest request) override;
  Task<Result<bool>> arm(AttemptId id, TimePoint now, TimePoint deadline) override;
  Task<Result<bool>> disarm(AttemptId id) override;
  Task<Result<void>> withdraw(AttemptId id, TimePoint next_at, std::string reason) override;
  Task<Result<ports::Recorded>> record(AttemptId id, std::vector<Fact> facts, TimePoint now) override;
  Task<Result<std::optional<ports::AttemptContext>>> load(AttemptId id) override;
  Task<Result<std::optional<AttemptId>>> find_by_call(std::string call_sid) override;
  Task<Result<std::vector<ports::Sighting>>> look_at(std::vector<AttemptId> ids) override;
  Task<Result<void>> save_turns(AttemptId id, std::vector<ports::Turn> turns, bool final) override;
  Task<Result<void>> save_figures(AttemptId id, ports::CallFigures figures) override;
  Task<Result<std::optional<ports::CallReport>>> report(std::string call) override;
  Task<Result<int>> release_abandoned_intents(TimePoint older_than, TimePoint now) override;
  Task<Result<int>> mark_overdue_unknown(TimePoint now) override;
  Task<Result<std::vector<ports::AttemptContext>>> unknown() override;
  Task<Result<std::vector<ports::AttemptContext>>> silent(TimePoint quiet_since,
                                                          std::vector<AttemptId> known_to_live) override;
  Task<Result<std::vector<ports::AttemptContext>>> take_unanalysed(TimePoint now) override;
  Task<Result<std::vector<ports::AttemptContext>>> take_unrecorded(TimePoint now) override;

 private:
  Pool& pool_;
  const crypto::TextSeal& seal_;
  int calls_per_day_;  ///< 0: no limit
};

class Leases final : public ports::LeaseStore {
 public:
  explicit Leases(Pool& pool) : pool_{pool} {}
  Task<Result<std::optional<ports::Lease>>> acquire(std::string name, InstanceId holder, seconds ttl) override;
  Task<Result<void>> release(std::string name, InstanceId holder) override;

 private:
  Pool& pool_;
};

class Hooks final : public ports::HookStore {
 public:
  explicit Hooks(Pool& pool) : pool_{pool} {}
  Task<Result<std::vector<ports::DueHook>>> take_due(int limit, seconds hold, TimePoint now) override;
  Task<Result<void>> delivered(std::string id, TimePoint now) override;
  Task<Result<void>> retry(std::string id, TimePoint next, std::string reason) override;
  Task<Result<void>> give_up(std::string id, std::string reason, TimePoint now) override;

 private:
  Pool& pool_;
};

class Sheets final : public ports::SheetStore {
 public:
  explicit Sheets(Pool& pool) : pool_{pool} {}
  Task<Result<std::vector<ports::ActiveNumber>>> active_numbers(std::vector<std::string> phones) override;
  Task<Result<std::vector<ports::SheetJob>>> jobs(TimePoint now) override;
  Task<Result<std::vector<ports::SheetContact>>> unwritten(CampaignId campaign, int limit) override;
  Task<Result<std::vector<ports::SheetContact>>> due(CampaignId campaign,
                                                     std::optional<std::vector<std::string>> phones) override;
  Task<Result<std::vector<ports::SheetContact>>> aimed(CampaignId campaign) override;
  Task<Result<std::vector<ports::SheetContact>>> with_numbers(CampaignId campaign,
                                                              std::vector<std::string> phones) override;
  Task<Result<std::vector<std::string>>> known_numbers(CampaignId campaign, std::vector<std::string> phones) override;
  Task<Result<std::vector<std::string>>> newly_barred(std::string sheet, std::vector<std::string> barred,
                                                      std::vector<std::string> free) override;
  Task<Result<void>> note_barred(std::string sheet, std::vector<std::string> phones) override;
  Task<Result<void>> aim(std::vector<std::pair<ContactId, SheetRowText>> texts) override;
  Task<Result<void>> settle(std::vector<ports::SheetSettled> rows, TimePoint now) override;
  Task<Result<int>> edit(CampaignId campaign, ports::SheetEdits edits, TimePoint now) override;
  Task<Result<void>> remark(CampaignId campaign, std::string remark) override;
  Task<Result<std::vector<ports::SheetLogEntry>>> due_log(CampaignId campaign, int limit, TimePoint now) override;
  Task<Result<void>> log_sent(std::vector<AttemptId> attempts) override;
  Task<Result<void>> log_appended(std::vector<AttemptId> attempts, TimePoint now) override;

 private:
  Pool& pool_;
};

class Sessions final : public ports::SessionStore {
 public:
  explicit Sessions(Pool& pool) : pool_{pool} {}
  Task<Result<void>> revoke(std::vector<std::string> ids, TimePoint until, TimePoint now) override;
  Task<Result<std::vector<std::string>>> revoked(TimePoint now) override;
  Task<Result<bool>> use(ports::SessionInUse session) override;
  Task<Result<std::vector<ports::SessionInUse>>> in_use(std::string role, TimePoint since, TimePoint now) override;
  Task<Result<bool>> take_code(std::string role, std::int64_t step) override;

 private:
  Pool& pool_;
};

class Audit final : public ports::AuditStore {
 public:
  explicit Audit(Pool& pool) : pool_{pool} {}
  Task<Result<void>> note(ports::AuditEntry entry) override;
  Task<Result<ports::AuditPage>> entries(ports::AuditAsk ask) override;

 private:
  Pool& pool_;
};

class People final : public ports::PeopleStore {
 public:
  People(Pool& pool, const crypto::TextSeal& seal) : pool_{pool}, seal_{seal} {}
  Task<Result<Json>> export_person(std::string phone) override;
  Task<Result<ports::Erased>> erase_person(std::string phone, TimePoint now) override;
  Task<Result<ports::PurgeStep>> purge(ports::Perishable what, TimePoint ended_before, ports::PurgePlace from,
                                       int limit, TimePoint now) override;
  Task<Result<int>> purge_audit(TimePoint before, int limit) override;
  Task<Result<std::vector<ports::RecordingRemoval>>> take_removals(int limit, seconds hold, TimePoint now) override;
  Task<Result<void>> removed(std::string recording) override;
  Task<Result<void>> postpone_removal(std::string recording, TimePoint next, std::string reason) override;

 private:
  Pool& pool_;
  const crypto::TextSeal& seal_;
};

class PostgresViews final : public ports::Views {
 public:
  PostgresViews(Pool& pool, const crypto::TextSeal& seal, Attempts& attempts)
      : pool_{pool}, seal_{seal}, attempts_{attempts} {}
  Task<Result<ports::CampaignPage>> campaigns(ports::CampaignAsk ask) override;
  Task<Result<ports::CampaignDetail>> campaign(CampaignId id) override;
  Task<Result<ports::ContactPage>> contacts(CampaignId id, ports::ContactAsk ask) override;
  Task<Result<ports::CallPage>> calls(ports::CallAsk ask) override;
  Task<Result<std::vector<ports::CallLine>>> live_calls() override;
  Task<Result<ports::CallDetail>> call(std::string call) override;
  Task<Result<ports::LiveView>> live(ports::LiveAsk ask) override;
  Task<Result<ports::Backlog>> backlog(TimePoint now) override;

 private:
  Pool& pool_;
  const crypto::TextSeal& seal_;
  Attempts& attempts_;
};

class Suppressions final : public ports::SuppressionStore {
 public:
  explicit Suppressions(Pool& pool) : pool_{pool} {}
  Task<Result<ports::Suppressed>> suppress(ports::Suppression entry) override;
  Task<Result<bool>> lift(std::string phone) override;
  Task<Result<std::vector<std::string>>> suppressed_of(std::vector<std::string> phones) override;
  Task<Result<ports::SuppressionPage>> list_suppressed(int limit, std::string cursor) override;

 private:
  Pool& pool_;
};

class Events final : public ports::EventStore {
 public:
  explicit Events(Pool& pool) : pool_{pool} {}
  Task<Result<std::vector<ports::EventQueue>>> take_queues(int limit, seconds hold, TimePoint now) override;
  Task<Result<ports::EventFront>> front(CampaignId campaign, int limit) override;
  Task<Result<void>> sent(CampaignId campaign, std::string id) override;
  Task<Result<void>> postpone(CampaignId campaign, std::string id, TimePoint next, std::string reason) override;
  Task<Result<void>> bury(CampaignId campaign, std::string id, std::string reason, bool all, TimePoint now) override;
  Task<Result<void>> release(CampaignId campaign, std::int64_t last_sequence, TimePoint now) override;
  Task<Result<ports::DeadLetterPage>> dead_letters(CampaignId campaign, int limit, std::string cursor) override;
  Task<Result<int>> replay(std::string id, CampaignId campaign, TimePoint now) override;

 private:
  Pool& pool_;
};

}  // namespace otto::store
