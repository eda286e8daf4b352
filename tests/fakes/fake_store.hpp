// The store in memory, with the semantics of the real one as far as the dialer, the engine and the reconciler look:
// claims, the two commits, facts folded, contacts settled. It can be told to fail, and remembers every verb.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "otto/ports/store.hpp"

namespace otto::fakes {

class NoHooks final : public ports::HookStore {
 public:
  Task<Result<std::vector<ports::DueHook>>> take_due(int, seconds, TimePoint) override {
    co_return std::vector<ports::DueHook>{};
  }
  Task<Result<void>> delivered(std::string, TimePoint) override { co_return Result<void>{}; }
  Task<Result<void>> retry(std::string, TimePoint, std::string) override { co_return Result<void>{}; }
  Task<Result<void>> give_up(std::string, std::string, TimePoint) override { co_return Result<void>{}; }
};

/// For whoever has no eventsUrl; the routes' tests give it dead letters.
class NoEvents : public ports::EventStore {
 public:
  ports::DeadLetterPage page;
  std::vector<std::pair<std::string, CampaignId>> replayed;

  Task<Result<std::vector<ports::EventQueue>>> take_queues(int, seconds, TimePoint) override {
    co_return std::vector<ports::EventQueue>{};
  }
  Task<Result<ports::EventFront>> front(CampaignId, int) override { co_return ports::EventFront{}; }
  Task<Result<void>> sent(CampaignId, std::string) override { co_return Result<void>{}; }
  Task<Result<void>> postpone(CampaignId, std::string, TimePoint, std::string) override { co_return Result<void>{}; }
  Task<Result<void>> bury(CampaignId, std::string, std::string, bool, TimePoint) override { co_return Result<void>{}; }
  Task<Result<void>> release(CampaignId, std::int64_t, TimePoint) override { co_return Result<void>{}; }
  Task<Result<ports::DeadLetterPage>> dead_letters(CampaignId, int, std::string) override { co_return page; }
  Task<Result<int>> replay(std::string id, CampaignId campaign, TimePoint) override {
    replayed.emplace_back(id, campaign);
    co_return id == "nobody" ? 0 : 1;
  }
};

class NoSheets : public ports::SheetStore {
 public:
  std::vector<ports::ActiveNumber> active;
  Task<Result<std::vector<ports::ActiveNumber>>> active_numbers(std::vector<std::string>) override { co_return active; }
  Task<Result<std::vector<ports::SheetJob>>> jobs(TimePoint) override { co_return std::vector<ports::SheetJob>{}; }
  Task<Result<std::vector<ports::SheetContact>>> unwritten(CampaignId, int) override {
    co_return std::vector<ports::SheetContact>{};
  }
  Task<Result<std::vector<ports::SheetContact>>> due(CampaignId, std::optional<std::vector<std::string>>) override {
    co_return std::vector<ports::SheetContact>{};
  }
  Task<Result<std::vector<ports::SheetContact>>> aimed(CampaignId) override {
    co_return std::vector<ports::SheetContact>{};
  }
  Task<Result<std::vector<ports::SheetContact>>> with_numbers(CampaignId, std::vector<std::string>) override {
    co_return std::vector<ports::SheetContact>{};
  }
  Task<Result<std::vector<std::string>>> known_numbers(CampaignId, std::vector<std::string>) override {
    co_return std::vector<std::string>{};
  }
  Task<Result<std::vector<std::string>>> newly_barred(std::string, std::vector<std::string> barred,
                                                      std::vector<std::string>) override {
    co_return barred;
  }
  Task<Result<void>> note_barred(std::string, std::vector<std::string>) override { co_return Result<void>{}; }
  Task<Result<void>> aim(std::vector<std::pair<ContactId, SheetRowText>>) override { co_return Result<void>{}; }
  Task<Result<void>> settle(std::vector<ports::SheetSettled>, TimePoint) override { co_return Result<void>{}; }
  Task<Result<int>> edit(CampaignId, ports::SheetEdits, TimePoint) override { co_return 0; }
  Task<Result<void>> remark(CampaignId, std::string) override { co_return Result<void>{}; }
  Task<Result<std::vector<ports::SheetLogEntry>>> due_log(CampaignId, int, TimePoint) override {
    co_return std::vector<ports::SheetLogEntry>{};
  }
  Task<Result<void>> log_sent(std::vector<AttemptId>) override { co_return Result<void>{}; }
  Task<Result<void>> log_appended(std::vector<AttemptId>, TimePoint) override { co_return Result<void>{}; }
};

class FakeStore final : public ports::CampaignStore,
                        public ports::AttemptStore,
                        public ports::LeaseStore,
                        public ports::SuppressionStore {
 public:
  struct Attempt {
    ContactId contact;
    CampaignId campaign;
    std::string from;
    AttemptState protocol = AttemptState::Intent;
    TimePoint sending_at, deadline, last_fact;
    std::vector<Fact> facts;
    CallState call;
    bool gone = false;  ///< withdrawn
  };

  std::map<CampaignId, Campaign> campaigns;
  std::vector<Contact> contacts;
  std::map<AttemptId, Attempt> attempts;
  std::vector<AttemptId> order;    ///< in which attempts were claimed
  std::vector<std::string> verbs;  ///< every verb called, in order
  std::map<CampaignId, std::string> failed;
  int failures = 0;  ///< this many following calls answer `failure`
  Error failure{Errc::DatabaseUnavailable, "the database does not answer"};
  std::map<std::string, AttemptId> second_calls;  ///< by SID: of which attempt they are
  bool lease_is_held_by_another = false;
  milliseconds send_in{0};

  ports::Store store() {
    return {*this, *this, *this, hooks, sheets, *this, events, [] { return ping(); }};
  }
  NoHooks hooks;
  NoEvents events;
  NoSheets sheets;
  std::map<std::string, ports::Suppression> suppressed;  ///< by number
  std::vector<NewCampaign> created;
  std::vector<std::vector<NewContact>> created_contacts;
  std::map<std::string, ports::StoredAnswer> answers;  ///< by key hash

  CampaignId add_campaign(CampaignSettings settings, int contact_count, TimePoint now) {
    Campaign campaign;
    campaign.id = CampaignId{make_cuid()};
    campaign.settings = std::move(settings);
    campaign.total_contacts = contact_count;
    for (int i = 0; i < contact_count; ++i) {
      Contact contact;
      contact.id = ContactId{static_cast<std::int64_t>(contacts.size()) + 1};
      contact.campaign = campaign.id;
      contact.phone = "+1415555" + std::to_string(100 + contacts.size()).insert(0, "0");
      contact.zones = {"America/Los_Angeles"};
      contact.next_at = now;
      contacts.push_back(contact);
    }
    campaigns[campaign.id] = campaign;
    return campaign.id;
  }

  std::optional<ports::AttemptContext> context(const AttemptId& id) const {
    const auto found = attempts.find(id);
    if (found == attempts.end()) return std::nullopt;
    ports::AttemptContext context;
    context.attempt = id;
    context.campaign = found->second.campaign;
    context.settings = campaigns.at(found->second.campaign).settings;
    context.contact = *std::ranges::find(contacts, found->second.contact, &Contact::id);
    context.from = found->second.from;
    context.call = found->second.call;
    context.sending_at = found->second.sending_at;
    return context;
  }
  AttemptState state(const AttemptId& id) { return attempts.at(id).call.state; }
  int open_attempts(const CampaignId& id) const {
    return static_cast<int>(std::ranges::count_if(attempts, [&](const auto& a) {
      return a.second.campaign == id && !a.second.gone && is_open(a.second.call.state);
    }));
  }

  // ---- campaigns
  Task<Result<std::optional<ports::StoredAnswer>>> find_answer(std::string key_hash) override {
    if (fails("find_answer")) co_return unavailable();
    const auto found = answers.find(key_hash);
    co_return found == answers.end() ? std::nullopt : std::optional{found->second};
  }
  Task<Result<std::optional<ports::StoredAnswer>>> create(NewCampaign campaign, std::vector<NewContact> list,
                                                          std::optional<ports::Idempotency> idempotency,
                                                          std::string answer) override {
    if (fails("create")) co_return unavailable();
    if (idempotency) {
      const auto [entry, is_new] =
          answers.try_emplace(idempotency->key_hash, ports::StoredAnswer{idempotency->request_hash, answer});
      if (!is_new) co_return std::optional{entry->second};
    }
    Campaign stored;
    stored.id = campaign.id;
    stored.name = campaign.name;
    stored.settings = campaign.settings;
    stored.scheduled_time = campaign.scheduled_time;
    stored.total_contacts = static_cast<int>(list.size());
    campaigns[stored.id] = stored;
    created.push_back(std::move(campaign));
    created_contacts.push_back(std::move(list));
    co_return std::nullopt;
  }
  Task<Result<std::optional<Campaign>>> load(CampaignId id) override {
    const auto found = campaigns.find(id);
    co_return found == campaigns.end() ? std::nullopt : std::optional{found->second};
  }
  Task<Result<std::vector<Campaign>>> runnable(TimePoint now) override {
    if (fails("runnable")) co_return unavailable();
    std::vector<Campaign> found;
    for (const auto& [id, campaign] : campaigns) {
      const bool due = campaign.status == CampaignStatus::Pending && campaign.scheduled_time.value_or(now) <= now;
      if (!campaign.hold && (due || campaign.status == CampaignStatus::Running)) found.push_back(campaign);
    }
    co_return found;
  }
  Task<Result<bool>> start(CampaignId id, TimePoint now) override {
    if (fails("start")) co_return unavailable();
    Campaign& campaign = campaigns.at(id);
    if (campaign.status != CampaignStatus::Pending) co_return false;
    campaign.status = CampaignStatus::Running;
    campaign.started_at = now;
    co_return true;
  }
  Task<Result<bool>> hold(CampaignId id, CampaignHold hold, std::string reason, TimePoint) override {
    if (fails("hold")) co_return unavailable();
    const auto found = campaigns.find(id);
    if (found == campaigns.end()) co_return Error{Errc::NotFound, "There is no such campaign."};
    found->second.hold = hold;
    found->second.hold_reason = reason;
    co_return true;
  }
  Task<Result<bool>> resume(CampaignId id, TimePoint) override {
    const auto found = campaigns.find(id);
    if (found == campaigns.end()) co_return Error{Errc::NotFound, "There is no such campaign."};
    const bool was_held = found->second.hold.has_value();
    found->second.hold.reset();
    co_return was_held;
  }
  Task<Result<CampaignSettings>> change(CampaignId id, Change change, Json, TimePoint) override {
    const auto found = campaigns.find(id);
    if (found == campaigns.end()) co_return Error{Errc::NotFound, "There is no such campaign."};
    auto settings = change(found->second.settings);
    if (settings) found->second.settings = *settings;
    co_return settings;
  }
  Task<Result<ports::CampaignState>> state(CampaignId id, TimePoint) override {
    const auto found = campaigns.find(id);
    if (found == campaigns.end()) co_return Error{Errc::NotFound, "There is no such campaign."};
    ports::CampaignState state;
    state.campaign = found->second;
    state.open_calls = open_attempts(id);
    co_return state;
  }
  Task<Result<ports::ContactDecision>> decision(CampaignId id, std::string phone) override {
    for (const Contact& contact : contacts) {
      if (contact.campaign != id || contact.phone != phone) continue;
      ports::ContactDecision decision;
      decision.contact = contact;
      co_return decision;
    }
    co_return Error{Errc::NotFound, "There is no such contact."};
  }
  Task<Result<ports::Stopped>> stop(CampaignId id, TimePoint) override {
    if (fails("stop")) co_return unavailable();
    const auto found = campaigns.find(id);
    if (found == campaigns.end()) co_return Error{Errc::NotFound, "There is no such campaign."};
    if (found->second.status == CampaignStatus::Completed) co_return Error{Errc::Conflict, "The campaign has ended."};
    found->second.status = CampaignStatus::Stopped;
    ports::Stopped stopped;
    for (const auto& [attempt_id, attempt] : attempts) {
      if (attempt.campaign != id || attempt.gone || !is_open(attempt.call.state)) continue;
      ++stopped.active_calls;
      if (!attempt.call.call_sid.empty()) stopped.live_call_sids.push_back(attempt.call.call_sid);
    }
    co_return stopped;
  }
  Task<Result<void>> fail(CampaignId id, std::string reason, TimePoint) override {
    if (fails("fail")) co_return unavailable();
    campaigns.at(id).status = CampaignStatus::Failed;
    failed[id] = reason;
    co_return Result<void>{};
  }
  Task<Result<bool>> try_complete(CampaignId id, TimePoint now) override {
    if (fails("try_complete")) co_return unavailable();
    for (const Contact& contact : contacts) {
      if (contact.campaign == id && (contact.state == ContactState::Due || contact.state == ContactState::Open))
        co_return false;
    }
    campaigns.at(id).status = CampaignStatus::Completed;
    campaigns.at(id).completed_at = now;
    co_return true;
  }
  Task<Result<ports::CampaignResults>> results(CampaignId id, int limit, std::string) override {
    if (fails("results")) co_return unavailable();
    const auto found = campaigns.find(id);
    if (found == campaigns.end()) co_return Error{Errc::NotFound, "There is no such campaign."};
    ports::CampaignResults results;
    results.campaign = found->second;
    results.remaining = found->second.total_contacts;
    if (limit == 1) results.next_cursor = "c/1";
    co_return results;
  }
  Task<Result<int>> count_running() override { co_return 0; }

  // ---- attempts
  Task<Result<std::variant<ports::Claimed, ports::NotClaimed>>> claim(ports::ClaimRequest request) override {
    using Answer = std::variant<ports::Claimed, ports::NotClaimed>;
    if (fails("claim")) co_return unavailable();
    ports::NotClaimed none;
    none.open_attempts = open_attempts(request.campaign) > 0;
    const Campaign& campaign = campaigns.at(request.campaign);
    if (campaign.status != CampaignStatus::Running) {
      none.why = ports::NotClaimed::Why::NotRunning;
      co_return Answer{none};
    }
    if (campaign.hold) {
      none.why = ports::NotClaimed::Why::Held;
      co_return Answer{none};
    }
    if (open_attempts(request.campaign) >= campaign.settings.max_concurrent_calls) {
      none.why = ports::NotClaimed::Why::AtCapacity;
      co_return Answer{none};
    }
    for (Contact& contact : contacts) {
      if (contact.campaign != request.campaign || contact.state != ContactState::Due) continue;
      if (suppressed.contains(contact.phone)) {
        contact.state = ContactState::Failed;
        continue;
      }
      if (contact.next_at <= request.now) {
        const auto verdict = request.gate(contact, campaign.settings, {});
        if (verdict.may_dial) co_return Answer{open(contact, request)};
        contact.next_at = verdict.not_before;
      }
      if (!none.next_due || contact.next_at < *none.next_due) none.next_due = contact.next_at;
    }
    co_return Answer{none};
  }
  Task<Result<bool>> arm(AttemptId id, TimePoint now, TimePoint deadline) override {
    if (fails("arm")) co_return unavailable();
    Attempt& attempt = attempts.at(id);
    if (attempt.gone || attempt.call.state != AttemptState::Intent ||
        campaigns.at(attempt.campaign).status != CampaignStatus::Running || campaigns.at(attempt.campaign).hold)
      co_return false;
    attempt.protocol = attempt.call.state = AttemptState::Sending;
    attempt.sending_at = now;
    attempt.deadline = deadline;
    co_return true;
  }
  Task<Result<bool>> disarm(AttemptId id) override {
    if (fails("disarm")) co_return unavailable();
    Attempt& attempt = attempts.at(id);
    if (attempt.call.state != AttemptState::Sending) co_return false;
    attempt.protocol = attempt.call.state = AttemptState::Intent;
    co_return true;
  }
  Task<Result<void>> withdraw(AttemptId id, TimePoint next_at, std::string) override {
    if (fails("withdraw")) co_return unavailable();
    Attempt& attempt = attempts.at(id);
    if (attempt.gone || attempt.call.state != AttemptState::Intent) co_return Result<void>{};
    attempt.gone = true;
    Contact& contact = contact_of(attempt);
    contact.state = ContactState::Due;
    contact.next_at = next_at;
    --contact.attempts;
    co_return Result<void>{};
  }
  Task<Result<ports::Recorded>> record(AttemptId id, std::vector<Fact> facts, TimePoint now) override {
    if (fails("record")) co_return unavailable();
    ports::Recorded recorded;
    const auto found = attempts.find(id);
    if (found == attempts.end()) co_return recorded;
    Attempt& attempt = found->second;
    recorded.known = true;
    recorded.suppressed = suppressed.contains(contact_of(attempt).phone);
    recorded.campaign = attempt.campaign;
    recorded.contact = attempt.contact;
    recorded.before = attempt.call;
    for (Fact& fact : facts) {
      if (fact.kind == FactKind::Fetched && attempt.call.call_sid.empty()) {
        const auto heard = second_calls.find(fact.call_sid);
        if (heard != second_calls.end() && heard->second != id) co_return recorded;
      }
      if (!attempt.call.call_sid.empty() && !fact.call_sid.empty() && fact.call_sid != attempt.call.call_sid) {
        second_calls[fact.call_sid] = id;
        recorded.duplicate_call = true;
        continue;
      }
      const bool repeat =
          std::ranges::any_of(attempt.facts, [&](const Fact& f) { return f.dedupe_key == fact.dedupe_key; });
      if (repeat) continue;
      recorded.fresh = true;
      attempt.facts.push_back(std::move(fact));
    }
    attempt.last_fact = now;
    attempt.call = fold(attempt.protocol, attempt.facts);
    recorded.after = attempt.call;
    recorded.closed_now = is_open(recorded.before.state) && !is_open(recorded.after.state);
    if (recorded.closed_now) {
      Contact& contact = contact_of(attempt);
      const auto after = after_attempt(attempt.call, contact.attempts, campaigns.at(attempt.campaign).settings, now);
      contact.state = after.contact;
      if (after.next_at) contact.next_at = *after.next_at;
    }
    co_return recorded;
  }
  Task<Result<std::optional<ports::AttemptContext>>> load(AttemptId id) override {
    if (fails("load_attempt")) co_return unavailable();
    co_return context(id);
  }
  Task<Result<std::optional<AttemptId>>> find_by_call(std::string call_sid) override {
    for (const auto& [id, attempt] : attempts) {
      if (attempt.call.call_sid == call_sid) co_return std::optional{id};
    }
    co_return std::nullopt;
  }
  std::map<AttemptId, std::vector<ports::Turn>> turns;  ///< the last ones saved
  Task<Result<void>> save_turns(AttemptId id, std::vector<ports::Turn> its, bool) override {
    if (fails("save_turns")) co_return unavailable();
    turns[id] = std::move(its);
    co_return Result<void>{};
  }
  std::map<AttemptId, std::vector<ports::CallFigures>> figures;
  std::map<std::string, ports::CallReport> reports;  ///< by id and SID
  Task<Result<void>> save_figures(AttemptId id, ports::CallFigures its) override {
    figures[id].push_back(std::move(its));
    co_return Result<void>{};
  }
  Task<Result<std::optional<ports::CallReport>>> report(std::string call) override {
    if (fails("report")) co_return unavailable();
    const auto found = reports.find(call);
    co_return found == reports.end() ? std::nullopt : std::optional{found->second};
  }
  Task<Result<int>> release_abandoned_intents(TimePoint, TimePoint) override { co_return 0; }
  Task<Result<int>> mark_overdue_unknown(TimePoint now) override {
    int marked = 0;
    for (auto& [id, attempt] : attempts) {
      if (attempt.call.state != AttemptState::Sending || attempt.deadline > now) continue;
      attempt.protocol = attempt.call.state = AttemptState::Unknown;
      ++marked;
    }
    co_return marked;
  }
  Task<Result<std::vector<ports::AttemptContext>>> unknown() override {
    std::vector<ports::AttemptContext> found;
    for (const auto& [id, attempt] : attempts) {
      if (attempt.call.state == AttemptState::Unknown) found.push_back(*context(id));
    }
    co_return found;
  }
  Task<Result<std::vector<ports::AttemptContext>>> silent(TimePoint quiet_since,
                                                          std::vector<AttemptId> known_to_live) override {
    std::vector<ports::AttemptContext> found;
    for (const auto& [id, attempt] : attempts) {
      if (std::ranges::find(known_to_live, id) != known_to_live.end()) continue;
      if (is_open(attempt.call.state) && !attempt.call.call_sid.empty() && attempt.last_fact < quiet_since)
        found.push_back(*context(id));
    }
    co_return found;
  }
  std::vector<AttemptId> unrecorded, unanalysed;  ///< each is taken once
  Task<Result<std::vector<ports::AttemptContext>>> take_unrecorded(TimePoint) override { co_return take(unrecorded); }
  Task<Result<std::vector<ports::AttemptContext>>> take_unanalysed(TimePoint) override { co_return take(unanalysed); }
  Task<Result<std::vector<ports::Sighting>>> look_at(std::vector<AttemptId>) override {
    co_return std::vector<ports::Sighting>{};
  }

  // ---- the do-not-call list
  Task<Result<ports::Suppressed>> suppress(ports::Suppression entry) override {
    if (fails("suppress")) co_return unavailable();
    ports::Suppressed done;
    done.is_new = suppressed.emplace(entry.phone, entry).second;
    for (Contact& contact : contacts) {
      if (contact.phone != entry.phone || contact.state != ContactState::Due) continue;
      contact.state = ContactState::Failed;
      ++done.contacts_closed;
      done.campaigns.push_back(contact.campaign);
    }
    for (const auto& [id, attempt] : attempts) {
      if (contact_of(attempt).phone == entry.phone && is_open(attempt.call.state) && !attempt.call.call_sid.empty() &&
          attempt.call.state != AttemptState::InProgress)
        done.unanswered.push_back(attempt.call.call_sid);
    }
    co_return done;
  }
  Task<Result<bool>> lift(std::string phone) override {
    if (fails("lift")) co_return unavailable();
    co_return suppressed.erase(phone) == 1;
  }
  Task<Result<std::vector<std::string>>> suppressed_of(std::vector<std::string> phones) override {
    if (fails("suppressed_of")) co_return unavailable();
    std::erase_if(phones, [this](const std::string& phone) { return !suppressed.contains(phone); });
    co_return phones;
  }
  Task<Result<ports::SuppressionPage>> list_suppressed(int limit, std::string cursor) override {
    if (fails("list_suppressed")) co_return unavailable();
    ports::SuppressionPage page;
    for (auto at = suppressed.upper_bound(cursor); at != suppressed.end(); ++at) {
      if (page.entries.size() == static_cast<std::size_t>(limit)) {
        page.next_cursor = page.entries.back().phone;
        break;
      }
      page.entries.push_back(at->second);
    }
    co_return page;
  }

  // ---- leases
  Task<Result<std::optional<ports::Lease>>> acquire(std::string name, InstanceId, seconds) override {
    if (fails("acquire")) co_return unavailable();
    if (lease_is_held_by_another) co_return std::nullopt;
    ++epochs[name];
    ports::Lease lease;
    lease.epoch = epochs[name];
    co_return std::optional{lease};
  }
  Task<Result<void>> release(std::string name, InstanceId) override {
    verbs.push_back("release " + name);
    co_return Result<void>{};
  }

 private:
  static Task<Result<milliseconds>> ping() { co_return milliseconds{1}; }
  Error unavailable() const { return failure; }
  std::vector<ports::AttemptContext> take(std::vector<AttemptId>& ids) {
    std::vector<ports::AttemptContext> found;
    for (const AttemptId& id : std::exchange(ids, {})) found.push_back(*context(id));
    return found;
  }
  bool fails(std::string verb) {
    verbs.push_back(std::move(verb));
    if (failures == 0) return false;
    --failures;
    return true;
  }
  Contact& contact_of(const Attempt& attempt) { return *std::ranges::find(contacts, attempt.contact, &Contact::id); }
  ports::Claimed open(Contact& contact, const ports::ClaimRequest& request) {
    contact.state = ContactState::Open;
    ++contact.attempts;
    ports::Claimed claimed;
    claimed.attempt = AttemptId{make_uuid_v7()};
    claimed.attempt_number = contact.attempts;
    claimed.contact = contact;
    claimed.from = request.from;
    claimed.settings = campaigns.at(request.campaign).settings;
    claimed.send_in = send_in;
    Attempt attempt;
    attempt.contact = contact.id;
    attempt.campaign = request.campaign;
    attempt.from = request.from;
    attempt.call.state = AttemptState::Intent;
    attempts[claimed.attempt] = attempt;
    claimed.is_last = open_attempts(request.campaign) >= claimed.settings.max_concurrent_calls;
    order.push_back(claimed.attempt);
    return claimed;
  }
  std::map<std::string, std::int64_t> epochs;
};

}  // namespace otto::fakes
