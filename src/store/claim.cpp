// S0 of the dialing protocol: one transaction from "the campaign may dial" to an attempt row INTENT.
#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <map>

#include "otto/base/failpoint.hpp"
#include "otto/base/plural.hpp"
#include "otto/model/state.hpp"

#include "store/campaign_sql.hpp"
#include "store/dial_sql.hpp"
#include "store/hold.hpp"
#include "store/rows.hpp"
#include "store/sheet_sql.hpp"
#include "store/suppress.hpp"
#include "store/tables.hpp"

namespace otto::store {

namespace {

using Outcome = std::variant<ports::Claimed, ports::NotClaimed>;
using Why = ports::NotClaimed::Why;

/// Rows looked at per claim: one is enough as a rule; more only while the gate holds contacts back.
constexpr std::array kBatches{1, 9, 30, 60};
/// A number that is being called for another campaign, or a gate that names no later time.
constexpr seconds kLookAgain{60};
/// An attempt must not wait for its place in the rate schedule so long that its calling hours may have ended.
constexpr milliseconds kLongestQueue{5000};
/// Room that another instance's calls make is found by looking.
constexpr milliseconds kLookForRoom{1000};
constexpr milliseconds kShortestTurn{20};
/// Beyond its own next look: a campaign that has died, or has been told to stop, must not hold the others up.
constexpr milliseconds kWantFor{2000};
/// The brake looks at so many calls (reliability: at least half of the last twenty).
constexpr int kBrakeCalls = 20;
/// People who were rung up, answered, and heard an apology, one after the other: the agent's quota may be used up, say.
constexpr int kCallsInVain = 5;

class Claim {
 public:
  Claim(Transaction& tx, const ports::ClaimRequest& request, const AttemptId& attempt, int calls_per_day)
      : tx_{tx}, request_{request}, attempt_{attempt}, calls_per_day_{calls_per_day} {}

  Outcome run() {
    auto locked = tx_.ask(sql::kLockCampaign, request_.campaign.value);
    ask_ahead();
    const Rows& campaign = locked.rows();
    if (campaign.empty() || std::string_view{campaign[0]["status"].c_str()} != "RUNNING")
      return not_claimed(Why::NotRunning);
    if (!campaign[0]["hold"].is_null()) return not_claimed(Why::Held, text_of(campaign[0]["hold_reason"]));
    settings_ = settings_of(campaign[0]["settings"]);
    if (!seen_->row()["leads"].as<bool>()) return not_claimed(Why::LeaseLost);
    if (auto reason = brake(seen_->row())) return not_claimed(Why::Held, std::move(*reason));
    if (seen_->row()["superseded"].as<int>() > 0) {
      tx_.exec_params0(sql::kReleaseSuperseded, request_.campaign.value, request_.epoch, to_sql(request_.now));
      ask_ahead();
    }
    const Row seen = seen_->row();
    open_ = seen["calls"].as<int>();
    if (open_ >= settings_.max_concurrent_calls) return want_none(not_claimed(Why::AtCapacity));
    if (auto reason = beyond_budget(campaign[0], seen["reserved"].as<std::int64_t>()))
      return want_none(nobody_is_left() ? not_claimed(Why::NothingDue)
                                        : not_claimed(Why::BudgetSpent, std::move(*reason)));
    if (auto reason = beyond_day(calls_of_day_->row()))
      return want_none(nobody_is_left() ? not_claimed(Why::NothingDue) : not_claimed(Why::DayFull, std::move(*reason)));
    if (const auto wait = pace(places_->row()); wait > milliseconds{0}) return wait_for_place(wait);
    return first_callable();
  }

 private:
  ports::NotClaimed not_claimed(Why why, std::string reason = {}) const {
    ports::NotClaimed none;
    none.why = why;
    none.reason = std::move(reason);
    none.open_attempts = open_ > 0;
    return none;
  }

  ports::NotClaimed want_none(ports::NotClaimed none) {
    tx_.exec_params0(sql::kWantNoPlace, request_.campaign.value);
    return none;
  }

  /// All that a claim looks at as a rule, in one round trip.
  void ask_ahead() {
    const std::string& campaign = request_.campaign.value;
    seen_ = tx_.ask(sql::kLookAround, campaign, request_.instance.value, request_.epoch, kBrakeCalls, kCallsInVain);
    calls_of_day_ = tx_.ask(sql::kCallsOfDay, to_sql(request_.now));
    places_ = ask_pace();
    due_ = ask_due(kBatches.front());
  }
  Transaction::Asked ask_pace() {
    return tx_.ask(sql::kPace, request_.campaign.value, request_.instance.value, to_sql(request_.clock));
  }
  Transaction::Asked ask_due(int most) {
    return tx_.ask(sql::kDueContacts, request_.campaign.value, to_sql(request_.now), most);
  }

  bool nobody_is_left() { return tx_.exec_params(sql::kNextDue, request_.campaign.value).empty(); }

  /// A campaign whose calls fail is paused before it phones everybody for nothing.
  std::optional<std::string> brake(const Row& seen) {
    const int calls = seen["ended"].as<int>(), failed = seen["failed"].as<int>();
    const int most = settings_.pause_on_failures;
    const bool is_failing = calls >= kBrakeCalls && failed * 100 >= most * kBrakeCalls;
    const bool is_in_vain = seen["in_vain"].as<int>() >= kCallsInVain;
    if (most == 0 || (!is_failing && !is_in_vain)) return std::nullopt;
    const std::string what =
        is_in_vain ? fmt::format("The last {} people who answered could not be talked to.", kCallsInVain)
                   : fmt::format("{} of the last {} calls failed (settings.pauseOnFailures is {} percent).", failed,
                                 calls, most);
    std::string reason = what + " Look at the calls' notes, then resume the campaign.";
    hold_campaign(tx_, request_.campaign, CampaignHold::Failures, reason, request_.now);
    return reason;
  }

  std::optional<std::string> beyond_budget(const Row& campaign, std::int64_t reserved) {
    const Budget& budget = settings_.budget;
    const int calls = campaign["calls_closed"].as<int>() + open_;
    if (budget.max_calls && calls >= *budget.max_calls)
      return "The budget of " + counted(*budget.max_calls, "call") +
             " is used up. Raise settings.budget.maxCalls, then resume the campaign.";
    if (!budget.max_cost) return std::nullopt;
    const auto taken = campaign["spent_micros"].as<std::int64_t>() + reserved;
    if (taken + worst_cost_micros(settings_) <= to_micros(*budget.max_cost)) return std::nullopt;
    return fmt::format(
        "{:.2f} of the budget of {:.2f} are spent or reserved, and the longest call could cost {:.2f} more. Raise "
        "settings.budget.maxCost, then resume the campaign.",
        static_cast<double>(taken) / 1e6, *budget.max_cost, static_cast<double>(worst_cost_micros(settings_)) / 1e6);
  }

  /// A first look; what decides is the arm, which counts the call.
  std::optional<std::string> beyond_day(const Row& calls) const {
    if (calls_per_day_ == 0 || calls[0].as<int>() < calls_per_day_) return std::nullopt;
    return day_full(calls_per_day_);
  }

  /// How long there is certainly no place for a call: in the account's schedule, because another campaign's turn comes
  /// first, or because as many calls as may be are under way. 0: now. `mine` is this claim's own attempt, if any.
  milliseconds pace(const Row& row, int mine = 0) {
    pass_ = row["pass"].as<double>();
    const auto is_full = [mine](int most, const Field& open) { return most > 0 && open.as<int>() - mine >= most; };
    if (is_full(request_.max_conversations, row["open_calls"]) || is_full(request_.max_calls_here, row["open_here"]))
      return kLookForRoom;
    const milliseconds wait{row["wait_ms"].as<std::int64_t>()};
    if (wait > kLongestQueue) return wait - kLongestQueue;
    return row["is_others_turn"].as<bool>() ? std::clamp(interval(), kShortestTurn, kLookForRoom) : milliseconds{0};
  }

  milliseconds interval() const {
    return milliseconds{static_cast<std::int64_t>(1000.0 / std::max(request_.calls_per_second, 0.001))};
  }

  /// Whoever has somebody to call says so, and gets its share.
  ports::NotClaimed wait_for_place(milliseconds wait) {
    auto later = not_claimed(Why::NothingDue);
    const auto next = tx_.exec_params(sql::kNextDue, request_.campaign.value);
    if (!next.empty() && time_of(next[0][0]) <= request_.now) {
      tx_.exec_params0(sql::kWantPlace, request_.campaign.value, pass_, fmt::format("{} ms", (wait + kWantFor).count()),
                       to_sql(request_.clock));
      later.next_due = request_.now + wait;
    } else {
      want_none(later);
      if (!next.empty()) later.next_due = std::max(time_of(next[0][0]), request_.now + wait);
    }
    return later;
  }

  Outcome first_callable() {
    for (const int size : kBatches) {
      if (size != kBatches.front()) due_ = ask_due(size);
      const Rows rows = due_->rows();
      for (const auto& row : rows) {
        Contact contact = contact_of(row, "id", "state");
        if (row["suppressed"].as<bool>()) {
          suppressed_.push_back(std::to_string(contact.id.value));
          bar(contact, "do_not_call", kSuppressedReason);
        } else if (may_dial(contact, row["history"])) {
          return claimed(std::move(contact));
        }
      }
      put_aside();
      if (rows.size() < static_cast<std::size_t>(size)) break;
    }
    auto none = not_claimed(Why::NothingDue);
    const auto next = tx_.exec_params(sql::kNextDue, request_.campaign.value);
    if (!next.empty()) none.next_due = time_of(next[0][0]);
    return want_none(std::move(none));
  }

  static ports::DialHistory history_of(const Field& field) {
    ports::DialHistory history;
    if (field.is_null()) return history;
    for (const Json& call : json_of(field)) {
      const auto at = parse_iso8601(text_at(call, "at"));
      if (!at) continue;
      history.of_number.push_back(*at);
      if (call.value("own", false)) history.of_contact.push_back(*at);
    }
    return history;
  }

  bool may_dial(const Contact& contact, const Field& history) {
    if (!request_.gate) return true;
    const ports::GateVerdict verdict = request_.gate(contact, settings_, history_of(history));
    if (verdict.may_dial) return true;
    if (verdict.is_final) return bar(contact, verdict.rule, verdict.reason), false;
    hold(contact, verdict.not_before > request_.now ? verdict.not_before : request_.now + kLookAgain, verdict.rule,
         verdict.reason);
    return false;
  }

  Transaction::Asked ask_insert(const Contact& contact) {
    return tx_.ask(sql::kInsertAttempt, attempt_.value, request_.campaign.value, contact.id.value, contact.attempts + 1,
                   contact.phone, request_.from, request_.instance.value, request_.epoch, to_sql(request_.now),
                   to_micros(settings_.budget.price_per_minute), worst_cost_micros(settings_),
                   contact.is_callback ? 0 : request_.calls_per_number);
  }

  void hold(const Contact& contact, TimePoint until, const std::string& rule, const std::string& reason) {
    held_.push_back({{"id", contact.id.value}, {"at", to_sql(until)}, {"rule", rule}, {"reason", clean(reason)}});
  }
  void bar(const Contact& contact, const std::string& rule, const std::string& reason) {
    barred_.push_back({{"id", contact.id.value}, {"rule", rule}, {"reason", clean(reason)}});
  }
  /// Contacts that may not be called now, and those that may never be: a suppression closes what is queued when it is
  /// made, but a contact may have come into the queue since.
  void put_aside() {
    std::map<std::string, std::pair<int, std::string>> counts;
    for (const Json* list : {&held_, &barred_})
      for (const Json& contact : *list) {
        auto& [count, reason] = counts[text_at(contact, "rule")];
        ++count;
        reason = text_at(contact, "reason");
      }
    if (counts.empty()) return;
    Json rows = Json::array();
    for (const auto& [rule, entry] : counts)
      rows.push_back({{"rule", rule}, {"decisions", entry.first}, {"reason", entry.second}});
    tx_.exec_params0(sql::kCountDecisions, request_.campaign.value, dump_json(rows), to_sql(request_.now));
    if (!held_.empty()) tx_.exec_params0(sql::kHoldBack, dump_json(held_), to_sql(request_.now));
    if (!barred_.empty()) {
      tx_.exec_params0(sql::kCloseContacts, dump_json(barred_), to_sql(request_.now));
      tx_.exec_params0(sql::kCount, request_.campaign.value, 0, 0, barred_.size());
    }
    if (!suppressed_.empty()) tx_.exec_params0(sql::kWantDoNotCall, to_array(suppressed_));
    held_ = barred_ = Json::array();
    suppressed_.clear();
  }

  /// The account's row is locked last, because every claim passes it; what it decides is looked at again under the
  /// lock. A number that is taken after all ends this claim, for nothing may be locked behind the account's row.
  Outcome claimed(Contact contact) {
    put_aside();
    auto inserted = ask_insert(contact);
    tx_.exec_params0(sql::kLockRate);
    auto places = ask_pace();
    if (inserted.rows().affected_rows() == 0) {
      hold(contact, request_.now + kLookAgain, "number_busy",
           "the number is being called, or taken off the lists, at this moment");
      put_aside();
      auto again = not_claimed(Why::NothingDue);
      again.next_due = request_.now;
      return again;
    }
    if (const auto wait = pace(places.row(), 1); wait > milliseconds{0}) {
      tx_.exec_params0(sql::kDropIntent, attempt_.value);
      return wait_for_place(wait);
    }
    const std::string place = fmt::format("{:.6f} s", 1.0 / std::max(request_.calls_per_second, 0.001));
    ports::Claimed claimed;
    claimed.attempt = attempt_;
    claimed.attempt_number = ++contact.attempts;
    const auto wait = tx_.exec_params1(sql::kTakePlace, place, pass_, to_sql(request_.clock), request_.campaign.value,
                                       pass_ + 1.0 / settings_.weight, contact.id.value,
                                       fmt::format("attempt {} from {}", claimed.attempt_number, request_.from),
                                       to_sql(request_.now))[0]
                          .as<std::int64_t>();
    contact.state = ContactState::Open;
    claimed.contact = std::move(contact);
    claimed.settings = settings_;
    claimed.from = request_.from;
    claimed.send_in = milliseconds{std::max<std::int64_t>(wait, 0)};
    claimed.is_last = open_ + 1 >= settings_.max_concurrent_calls;
    return claimed;
  }

  Transaction& tx_;
  const ports::ClaimRequest& request_;
  const AttemptId& attempt_;
  int calls_per_day_;
  std::optional<Transaction::Asked> seen_, calls_of_day_, places_, due_;  ///< what was asked ahead
  CampaignSettings settings_;
  int open_ = 0;
  double pass_ = 0;  ///< the campaign's in the account's schedule
  Json held_ = Json::array(), barred_ = Json::array();
  std::vector<std::string> suppressed_;  ///< the ids of those barred because of the do-not-call list
};

}  // namespace

Task<Result<std::variant<ports::Claimed, ports::NotClaimed>>> Attempts::claim(ports::ClaimRequest request) {
  auto claim = [request = std::move(request), attempt = AttemptId{make_uuid_v7()},
                most = calls_per_day_](Transaction& tx) -> Result<Outcome> {
    auto outcome = Claim{tx, request, attempt, most}.run();
    failpoint::pass("claim", "before_commit");
    return outcome;
  };
  auto outcome = co_await pool_.transact<Outcome>("claim", std::move(claim));
  failpoint::pass("claim", "after_commit");
  co_return outcome;
}

}  // namespace otto::store
