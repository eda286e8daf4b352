// The one way in which an attempt's state changes once it may have been sent: facts are appended under the attempt's
// row lock, everything known is folded, and the public row, the contact and the counters follow in the same
// transaction. Locks are taken in one order: number (an opt-out's only), attempt, contact, campaign.
#include <algorithm>
#include <set>
#include <tuple>

#include "otto/base/failpoint.hpp"
#include "otto/model/sheet_row.hpp"
#include "otto/model/state.hpp"

#include "store/campaign_sql.hpp"
#include "store/contexts.hpp"
#include "store/dial_sql.hpp"
#include "store/queue_event.hpp"
#include "store/sheet_sql.hpp"
#include "store/suppress.hpp"
#include "store/suppression_sql.hpp"
#include "store/tables.hpp"

namespace otto::store {

namespace {

/// An answered call's recording and summary come after its end; its line in the call log waits for both so long.
constexpr seconds kLogPatience{90};
/// After that the line is asked for a recording of which no callback has told.
constexpr minutes kRecordingPatience{2};
/// And the agent for an analysis that no webhook has brought.
constexpr seconds kAnalysisPatience{30};

struct AttemptRow {  // of the attempt, as it was locked
  CampaignId campaign;
  ContactId contact;
  int number = 1;
  std::string phone, name, email;
  AttemptState protocol = AttemptState::Sending;
  std::optional<std::string> outcome, call_sid;
  std::optional<TimePoint> closed_at;
  TimePoint sending_at;
  int sheet_row = 0;
  bool has_events = false;  ///< its campaign has an eventsUrl
  bool is_erased = false;   ///< at the person's wish: what comes late is not taken
  bool has_sheet = false;   ///< its campaign writes back to one
  bool was_placed = false;  ///< closed, and the line has known the call
  std::int64_t price_micros = 0;
  std::optional<std::int64_t> cost_micros;
};

struct ContactRow {
  ContactState state = ContactState::Open;
  int attempts = 0;
  bool dialed = false;
};

class Recording {
 public:
  Recording(Transaction& tx, const AttemptId& id, const std::vector<Fact>& facts, TimePoint now,
            const std::string& call_row_id)
      : tx_{tx}, id_{id}, facts_{facts}, now_{now}, call_row_id_{call_row_id} {}

  ports::Recorded run() {
    if (has_opt_out(facts_)) lock_number_of_attempt();
    if (!lock_attempt()) return {};
    recorded_.known = true;
    recorded_.campaign = row_.campaign;
    recorded_.contact = row_.contact;
    if (is_of_another()) return recorded_;
    bind();
    const std::vector<Fact> fresh = news();
    recorded_.before = fold_bound();
    recorded_.after = recorded_.before;
    if (fresh.empty()) {
      tx_.exec_params0(sql::kTouchAttempt, id_.value, to_sql(now_));
      return recorded_;
    }
    recorded_.fresh = true;
    for (const Fact& fact : fresh) {
      if (fact.kind == FactKind::OptedOut) opt_out(fact);
    }
    known_.insert(known_.end(), fresh.begin(), fresh.end());
    recorded_.after = fold_bound();
    const bool is_new_call = !row_.call_sid && !call_sid_.empty();
    const auto outcome = recorded_.after.outcome;
    const bool outcome_changed =
        (outcome ? std::optional{std::string{to_string(*outcome)}} : std::nullopt) != row_.outcome;
    const bool opens_or_closes = row_.closed_at.has_value() == is_open(recorded_.after.state);
    if (is_new_call || outcome_changed || opens_or_closes) settle_contact(is_new_call);
    write_attempt(fresh);
    if (!call_sid_.empty()) write_call(is_new_call);
    settle_campaign();
    if (row_.has_sheet) queue_for_sheet();
    tell();
    return recorded_;
  }

 private:
  static bool has_opt_out(const std::vector<Fact>& facts) {
    return std::ranges::any_of(facts, [](const Fact& fact) { return fact.kind == FactKind::OptedOut; });
  }

  void lock_number_of_attempt() {
    const auto rows = tx_.exec_params(sql::kNumberOfAttempt, id_.value);
    if (!rows.empty()) lock_number(tx_, text_of(rows[0][0]));
  }

  void opt_out(const Fact& fact) {
    ports::Suppression entry;
    entry.phone = row_.phone;
    entry.reason = "asked during a call";
    entry.source = fact.reason;
    entry.campaign = row_.campaign;
    entry.attempt = id_;
    entry.at = fact.at;
    opted_out_of_ = suppress(tx_, entry).campaigns;
    opted_out_of_.push_back(row_.campaign);
    opt_out_ = std::move(entry);
    recorded_.suppressed = true;
  }

  bool lock_attempt() {
    auto attempt = tx_.ask(sql::kLockAttempt, id_.value);
    auto known = tx_.ask(sql::kFacts, id_.value);
    ask_ahead();
    const Rows& rows = attempt.rows();
    if (rows.empty()) return false;
    for (const auto& row : known.rows()) known_.push_back(fact_of(row));
    const Row row = rows[0];
    row_.campaign = CampaignId{text_of(row["campaign_id"])};
    row_.contact = ContactId{row["contact_id"].as<std::int64_t>()};
    row_.number = row["n"].as<int>();
    row_.phone = text_of(row["phone"]);
    row_.name = text_of(row["name"]);
    row_.email = text_of(row["email"]);
    row_.protocol = protocol_state(row["state"].c_str());
    row_.outcome = optional_text(row["outcome"]);
    row_.call_sid = optional_text(row["call_sid"]);
    row_.closed_at = closed_at_ = optional_time(row["closed_at"]);
    row_.sending_at = time_of(row["sending_at"]);
    const std::string_view state{row["state"].c_str()};
    row_.was_placed = row_.closed_at && state != "refused" && state != "not_placed";
    row_.price_micros = row["price_micros"].as<std::int64_t>();
    if (!row["cost_micros"].is_null()) row_.cost_micros = row["cost_micros"].as<std::int64_t>();
    row_.sheet_row = row["row_number"].as<int>();
    row_.is_erased = row["erased"].as<bool>();
    row_.has_events = row["has_events"].as<bool>();
    row_.has_sheet = row["has_sheet"].as<bool>();
    recorded_.suppressed = row["suppressed"].as<bool>();
    return true;
  }

  /// What a call's SID and its end will change is locked in the same round trip; for other facts it seldom is needed,
  /// a repeat of the end is none of them, and an opt-out has locks of its own to take before.
  void ask_ahead() {
    const auto ends = [](const Fact& fact) {
      return fact.kind == FactKind::Refused || fact.kind == FactKind::NotPlaced ||
             (fact.status && is_final(*fact.status));
    };
    const bool is_end = std::ranges::any_of(facts_, ends);
    const bool is_begin = std::ranges::any_of(facts_, [](const Fact& fact) { return fact.kind == FactKind::Placed; });
    if (has_opt_out(facts_)) return;
    if (is_begin || is_end) contact_row_ = tx_.ask(sql::kLockContactOf, id_.value, false);
    if (is_end) campaign_row_ = tx_.ask(sql::kLockCampaignOf, id_.value, false);
  }

  /// Other reports name their attempt. A call from the line's list may be the second one of the attempt before, carried
  /// out by the line itself.
  bool is_of_another() {
    if (row_.call_sid || facts_.empty() || facts_.front().kind != FactKind::Fetched) return false;
    const std::string& call_sid = facts_.front().call_sid;
    return !tx_.exec_params(sql::kIsOfAnother, id_.value, row_.phone, to_sql(row_.sending_at), call_sid).empty();
  }

  /// The first SID that is ever reported is the attempt's; the call of any other must be ended.
  void bind() {
    call_sid_ = row_.call_sid.value_or("");
    for (const Fact& fact : facts_) {
      if (fact.call_sid.empty()) continue;
      if (call_sid_.empty()) call_sid_ = fact.call_sid;
      if (fact.call_sid != call_sid_) recorded_.duplicate_call = true;
    }
  }

  /// What is not known yet; another call's facts are kept as evidence but never folded.
  std::vector<Fact> news() {
    std::set<std::string, std::less<>> keys;
    for (const Fact& fact : known_) keys.insert(fact.dedupe_key);
    if (row_.is_erased) return {};
    std::vector<Fact> fresh;
    for (const Fact& fact : facts_) {
      if (!keys.insert(clean(fact.dedupe_key)).second) continue;
      fresh.push_back(fact);
      fresh.back().at = std::chrono::floor<std::chrono::microseconds>(fact.at);  // as it will be read back
    }
    return fresh;
  }

  CallState fold_bound() const {
    std::vector<Fact> bound;
    std::ranges::copy_if(known_, std::back_inserter(bound), [this](const Fact& fact) {
      return fact.call_sid.empty() || call_sid_.empty() || fact.call_sid == call_sid_;
    });
    return fold(row_.protocol, bound);
  }

  // ---- the contact ----

  void settle_contact(bool is_new_call) {
    lock_contact();
    const ContactRow before = contact_;
    if (is_new_call) contact_.dialed = true;
    if (is_open(recorded_.after.state)) {
      if (row_.closed_at) reopen();
    } else {
      if (!closed_at_) {
        closed_at_ = now_;
        recorded_.closed_now = true;
      }
      close();
    }
    called_ += (contact_.dialed ? 1 : 0) - (before.dialed ? 1 : 0);
    const auto delta = [&](ContactState state) {
      return (contact_.state == state ? 1 : 0) - (before.state == state ? 1 : 0);
    };
    completed_ += delta(ContactState::Completed);
    failed_ += delta(ContactState::Failed);
    tx_.exec_params0(sql::kSettleContact, row_.contact.value, std::string{to_string(contact_.state)}, contact_.attempts,
                     contact_.dialed, to_sql(next_at_), last_error(), is_callback_, null_if_empty(decision_.rule),
                     null_if_empty(decision_.reason), to_sql(now_));
  }

  /// At a call's end its campaign with it, the next in the order of locks.
  void lock_contact() {
    if (!contact_row_ || contact_row_->rows().empty()) contact_row_ = tx_.ask(sql::kLockContactOf, id_.value, true);
    if (!is_open(recorded_.after.state)) lock_campaign();
    const Row row = contact_row_->row();
    contact_.state = parse_contact_state(row["state"].c_str()).value_or(ContactState::Failed);
    contact_.attempts = row["attempts"].as<int>();
    contact_.dialed = row["dialed"].as<bool>();
  }

  std::optional<std::string> last_error() const {
    if (contact_.state == ContactState::Completed) return std::nullopt;
    if (contact_.state == ContactState::Failed && recorded_.suppressed) return kSuppressedReason;
    return null_if_empty(recorded_.after.notes);
  }

  /// Late evidence of a call that counted as not placed or refused. It takes its contact back, unless that is being
  /// called again already: then this call is one too many. A campaign that has ended keeps its figures until this
  /// call has ended as well.
  void reopen() {
    for (const auto& other : tx_.exec_params(sql::kOthersOpen, id_.value, row_.contact.value, row_.phone)) {
      const bool same_contact = other["contact_id"].as<std::int64_t>() == row_.contact.value;
      const bool unsent = same_contact && std::string_view{other["state"].c_str()} == "intent" &&
                          tx_.exec_params(sql::kDropIntent, text_of(other["id"])).affected_rows() == 1;
      if (!unsent) {
        recorded_.duplicate_call = true;
        return;
      }
      --contact_.attempts;
    }
    closed_at_.reset();
    lock_campaign();
    if (campaign_ != CampaignStatus::Completed) contact_.state = ContactState::Open;
  }

  void close() {
    const bool is_latest = row_.number >= contact_.attempts;
    const bool held_by_this = !row_.closed_at || contact_.state != ContactState::Open;
    if (!held_by_this) return;  // a later attempt is under way and will settle the contact
    AfterAttempt after = after_attempt(recorded_.after, contact_.attempts, settings_, now_);
    if (!is_latest && after.contact != ContactState::Completed) return;
    // Nobody would dial it any more, and completed + failed = total holds for good.
    if ((campaign_ == CampaignStatus::Completed || recorded_.suppressed) && after.contact == ContactState::Due)
      after = ended_for_good(recorded_.after);
    contact_.state = after.contact;
    next_at_ = after.next_at;
    is_callback_ = after.is_callback;
    decision_ = std::move(after);
  }

  void lock_campaign() {
    if (!campaign_row_ || campaign_row_->rows().empty()) campaign_row_ = tx_.ask(sql::kLockCampaignOf, id_.value, true);
    const Row row = campaign_row_->row();
    settings_ = settings_of(row["settings"]);
    campaign_ = parse_campaign_status(row["status"].c_str()).value_or(CampaignStatus::Stopped);
  }

  // ---- the rows ----

  void write_attempt(const std::vector<Fact>& fresh) {
    const CallState& call = recorded_.after;
    std::optional<std::string> outcome;
    if (call.outcome) outcome = to_string(*call.outcome);
    const bool analysed =
        std::ranges::any_of(known_, [](const Fact& fact) { return fact.kind == FactKind::ConversationAnalysed; });
    tx_.exec_params0(sql::kUpdateAttempt, id_.value, std::string{to_string(call.state)}, outcome,
                     null_if_empty(call_sid_), null_if_empty(call.conversation_id), analysed, to_sql(now_),
                     to_sql(closed_at_), cost(), call.recording_sid.empty(), to_sql(recording_due()),
                     facts_to_jsonb(fresh), to_sql(analysis_due()));
  }

  std::optional<std::int64_t> cost() const {
    if (!closed_at_) return std::nullopt;
    return cost_micros(recorded_.after, row_.price_micros);
  }

  /// What was reserved for the call is settled by what it has cost; a late report may correct it.
  void settle_campaign() {
    const AttemptState state = recorded_.after.state;
    const bool is_placed = closed_at_ && state != AttemptState::Refused && state != AttemptState::NotPlaced;
    const int calls = (is_placed ? 1 : 0) - (row_.was_placed ? 1 : 0);
    const std::int64_t micros = cost().value_or(0) - row_.cost_micros.value_or(0);
    if (called_ != 0 || completed_ != 0 || failed_ != 0 || calls != 0 || micros != 0)
      tx_.exec_params0(sql::kSettleCampaign, row_.campaign.value, called_, completed_, failed_, calls, micros);
  }

  /// Set by the record that ends an answered call.
  std::optional<TimePoint> recording_due() const {
    const bool is_due = recorded_.closed_now && recorded_.after.answered_at && settings_.record_calls;
    return is_due ? std::optional{now_ + kRecordingPatience} : std::nullopt;
  }

  /// Set by the record after which a closed call has a conversation.
  std::optional<TimePoint> analysis_due() const {
    const bool was_due = row_.closed_at && !recorded_.before.conversation_id.empty();
    const bool is_due = closed_at_ && !recorded_.after.conversation_id.empty() && !was_due;
    return is_due ? std::optional{now_ + kAnalysisPatience} : std::nullopt;
  }

  /// What the public row says of a call, as its columns take it.
  auto public_values(const CallState& call) const {
    std::optional<std::string> answered_by, outcome;
    if (call.answered_by) answered_by = to_string(*call.answered_by);
    if (call.outcome) outcome = to_string(*call.outcome);
    return std::tuple{std::string{public_status(call.state)},
                      to_public(call.initiated_at.value_or(row_.sending_at)),
                      to_public(call.answered_at),
                      to_public(call.completed_at),
                      call.duration_seconds,
                      answered_by,
                      null_if_empty(call.recording_url),
                      null_if_empty(call.recording_sid),
                      call.recording_seconds,
                      outcome,
                      null_if_empty(call.notes)};
  }

  /// Half of a call's facts change nothing that its public row says.
  void write_call(bool is_new) {
    const auto values = public_values(recorded_.after);
    if (is_new) {
      const auto insert = [this](const auto&... value) {
        tx_.exec_params0(sql::kInsertCall, call_sid_, value..., call_row_id_, row_.name, row_.phone,
                         null_if_empty(row_.email), row_.campaign.value, id_.value);
      };
      std::apply(insert, values);
    } else if (values != public_values(recorded_.before)) {
      std::apply([this](const auto&... value) { tx_.exec_params0(sql::kUpdateCall, call_sid_, value...); }, values);
    }
  }

  void queue_for_sheet() {
    const CallState& call = recorded_.after;
    const SheetRowText text = sheet_row_text(call, row_.sending_at);
    if (text != sheet_row_text(recorded_.before, row_.sending_at))
      tx_.exec_params0(sql::kWantRow, row_.contact.value, text.status, text.last_called, clean(text.notes),
                       row_.number);
    if (is_open(call.state) || call_sid_.empty()) return;
    const bool is_analysed =
        std::ranges::any_of(known_, [](const Fact& fact) { return fact.kind == FactKind::ConversationAnalysed; });
    const bool has_more_to_come = call.answered_at && !(is_analysed && !call.recording_url.empty());
    tx_.exec_params0(sql::kQueueLog, id_.value, row_.campaign.value,
                     to_sql(has_more_to_come ? now_ + kLogPatience : now_));
  }

  /// Last of all: it locks the queues.
  void tell() {
    CampaignEvents events;
    if (row_.has_events) {
      const EventContact contact{id_, row_.number, row_.sheet_row, row_.name, row_.phone, row_.email};
      for (Event& event : call_events(recorded_.before, recorded_.after, recorded_.closed_now, contact))
        events.emplace(row_.campaign, std::move(event));
      recorded_.told = !events.empty();
    }
    if (opt_out_) events.merge(events_of(*opt_out_, opted_out_of_));
    queue_events(tx_, events, now_);
  }

  Transaction& tx_;
  const AttemptId& id_;
  const std::vector<Fact>& facts_;
  TimePoint now_;
  const std::string& call_row_id_;
  ports::Recorded recorded_;
  AttemptRow row_;
  std::optional<Transaction::Asked> contact_row_, campaign_row_;  ///< their locks
  ContactRow contact_;
  CampaignSettings settings_;  ///< these two of the campaign, once it is locked
  CampaignStatus campaign_ = CampaignStatus::Stopped;
  std::string call_sid_;
  std::vector<Fact> known_;
  std::optional<TimePoint> closed_at_, next_at_;
  bool is_callback_ = false;
  AfterAttempt decision_;
  std::optional<ports::Suppression> opt_out_;
  std::vector<CampaignId> opted_out_of_;
  int called_ = 0, completed_ = 0, failed_ = 0;
};

/// The callee has answered, or the line's stream is there: what is said to it waits for this.
bool is_awaited(const std::vector<Fact>& facts) {
  return std::ranges::any_of(
      facts, [](const Fact& fact) { return fact.kind == FactKind::Answered || fact.kind == FactKind::StreamStarted; });
}

/// The two commits of a call's life that a drill wants to meet: its SID becomes the attempt's, and its end.
void pass_point(const ports::Recorded& recorded, std::string_view when) {
  if (recorded.before.call_sid != recorded.after.call_sid) failpoint::pass("bind", when);
  if (recorded.closed_now) failpoint::pass("close", when);
}

}  // namespace

Task<Result<ports::Recorded>> Attempts::record(AttemptId id, std::vector<Fact> facts, TimePoint now) {
  if (!is_uuid(id.value)) co_return ports::Recorded{};
  const Patience patience{.ahead = is_awaited(facts)};
  auto record = [id = std::move(id), facts = std::move(facts), now,
                 call_row_id = make_cuid()](Transaction& tx) -> Result<ports::Recorded> {
    auto recorded = Recording{tx, id, facts, now, call_row_id}.run();
    pass_point(recorded, "before_commit");
    return recorded;
  };
  auto recorded = co_await pool_.transact<ports::Recorded>("record", std::move(record), patience);
  if (recorded) pass_point(*recorded, "after_commit");
  co_return recorded;
}

}  // namespace otto::store
