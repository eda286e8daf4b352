// S0 of the dialing protocol: one transaction from "the campaign may dial" to an attempt row INTENT.
#include <algorithm>
#include <array>
#include <fmt/format.h>

#include "store/rows.hpp"
#include "store/sheet_sql.hpp"
#include "store/sql.hpp"
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

class Claim {
 public:
  Claim(Transaction& tx, const ports::ClaimRequest& request, const AttemptId& attempt)
      : tx_{tx}, request_{request}, attempt_{attempt} {}

  Outcome run() {
    const auto campaign = tx_.exec_params(sql::kLockCampaign, request_.campaign.value);
    if (campaign.empty() || std::string_view{campaign[0]["status"].c_str()} != "RUNNING")
      return not_claimed(Why::NotRunning);
    if (tx_.exec_params(sql::kHoldsLease, "campaign:" + request_.campaign.value, request_.instance.value,
                        request_.epoch)
            .empty())
      return not_claimed(Why::LeaseLost);
    open_ = tx_.exec_params1(sql::kCountOpen, request_.campaign.value)[0].as<int>();
    if (open_ >= settings_of(campaign[0]["settings"]).max_concurrent_calls) return not_claimed(Why::AtCapacity);
    if (const auto wait = rate_wait(); wait > kLongestQueue) {
      auto later = not_claimed(Why::NothingDue);
      later.next_due = request_.now + (wait - kLongestQueue);
      return later;
    }
    return first_callable();
  }

 private:
  ports::NotClaimed not_claimed(Why why) const {
    ports::NotClaimed none;
    none.why = why;
    none.open_attempts = open_ > 0;
    return none;
  }

  milliseconds rate_wait() {
    const auto rows = tx_.exec(sql::kRateWait);
    return milliseconds{rows.empty() ? 0 : rows[0][0].as<std::int64_t>()};
  }

  Outcome first_callable() {
    for (const int size : kBatches) {
      const auto rows = tx_.exec_params(sql::kDueContacts, request_.campaign.value, to_sql(request_.now), size);
      held_ = Json::array();
      barred_.clear();
      for (const auto& row : rows) {
        Contact contact = contact_of(row, "id", "state");
        if (row["suppressed"].as<bool>()) {
          barred_.push_back(std::to_string(contact.id.value));
        } else if (may_dial(contact) && insert_attempt(contact)) {
          put_aside();
          return claimed(std::move(contact));
        }
      }
      put_aside();
      if (rows.size() < static_cast<std::size_t>(size)) break;
    }
    auto none = not_claimed(Why::NothingDue);
    const auto next = tx_.exec_params(sql::kNextDue, request_.campaign.value);
    if (!next.empty()) none.next_due = time_of(next[0][0]);
    return none;
  }

  bool may_dial(const Contact& contact) {
    if (!request_.gate) return true;
    const ports::GateVerdict verdict = request_.gate(contact);
    if (verdict.may_dial) return true;
    hold(contact, verdict.not_before > request_.now ? verdict.not_before : request_.now + kLookAgain);
    return false;
  }

  bool insert_attempt(const Contact& contact) {
    const auto inserted = tx_.exec_params(sql::kInsertAttempt, attempt_.value, request_.campaign.value,
                                          contact.id.value, contact.attempts + 1, contact.phone, request_.from,
                                          request_.instance.value, request_.epoch, to_sql(request_.now));
    if (inserted.affected_rows() == 1) return true;
    hold(contact, request_.now + kLookAgain);
    return false;
  }

  void hold(const Contact& contact, TimePoint until) {
    held_.push_back({{"id", contact.id.value}, {"at", to_sql(until)}});
  }
  /// Contacts that may not be called now, and those that may never be: a suppression closes what is queued when it is
  /// made, but a contact may have come into the queue since.
  void put_aside() {
    if (!held_.empty()) tx_.exec_params0(sql::kHoldBack, dump_json(held_));
    if (barred_.empty()) return;
    tx_.exec_params0(sql::kCloseContacts, to_array(barred_), kSuppressedReason);
    tx_.exec_params0(sql::kWantDoNotCall, to_array(barred_));
    tx_.exec_params0(sql::kCount, request_.campaign.value, 0, 0, barred_.size());
  }

  ports::Claimed claimed(Contact contact) {
    tx_.exec_params0(sql::kOpenContact, contact.id.value);
    ports::Claimed claimed;
    claimed.attempt = attempt_;
    claimed.attempt_number = ++contact.attempts;
    contact.state = ContactState::Open;
    claimed.contact = std::move(contact);
    claimed.from = request_.from;
    // Last, because every claim of the account passes this one row.
    const std::string interval = fmt::format("{:.6f} s", 1.0 / std::max(request_.calls_per_second, 0.001));
    const auto wait = tx_.exec_params1(sql::kTakeRate, interval)[0].as<std::int64_t>();
    claimed.send_in = milliseconds{std::max<std::int64_t>(wait, 0)};
    return claimed;
  }

  Transaction& tx_;
  const ports::ClaimRequest& request_;
  const AttemptId& attempt_;
  int open_ = 0;
  Json held_;
  std::vector<std::string> barred_;  ///< ids
};

}  // namespace

Task<Result<std::variant<ports::Claimed, ports::NotClaimed>>> Attempts::claim(ports::ClaimRequest request) {
  auto claim = [request = std::move(request), attempt = AttemptId{make_uuid_v7()}](Transaction& tx) -> Result<Outcome> {
    return Claim{tx, request, attempt}.run();
  };
  co_return co_await pool_.transact<Outcome>("claim", std::move(claim));
}

}  // namespace otto::store
