// The do-not-call list. One transaction takes a number off every queue: its lock keeps claims and arms out, which only
// try for it, so nothing is sent between the entry and the end of the number's queued attempts and contacts.
#include "store/suppress.hpp"

#include <map>
#include <set>

#include "store/dial_sql.hpp"
#include "store/sheet_sql.hpp"
#include "store/suppression_sql.hpp"
#include "store/tables.hpp"
#include "store/values.hpp"

namespace otto::store {

namespace {

/// Campaigns in one order, so that two opt-outs at once do not wait for each other's counters.
std::map<std::string, int> close_contacts(Transaction& tx, const std::string& phone) {
  tx.exec_params(sql::kLockContactsOfNumber, phone);
  std::map<std::string, int> closed;
  std::vector<std::string> contacts;
  for (const auto& row : tx.exec_params(sql::kCloseContactsOfNumber, phone, kSuppressedReason)) {
    contacts.push_back(text_of(row["id"]));
    ++closed[text_of(row["campaign_id"])];
  }
  if (!contacts.empty()) tx.exec_params0(sql::kWantDoNotCall, to_array(contacts));
  for (const auto& [campaign, count] : closed) tx.exec_params0(sql::kCount, campaign, 0, 0, count);
  return closed;
}

ports::Suppression entry_of(const Row& row) {
  ports::Suppression entry;
  entry.phone = text_of(row["phone"]);
  entry.reason = text_of(row["reason"]);
  entry.source = text_of(row["source"]);
  if (const auto campaign = optional_text(row["campaign_id"])) entry.campaign = CampaignId{*campaign};
  if (const auto attempt = optional_text(row["attempt_id"])) entry.attempt = AttemptId{*attempt};
  entry.at = time_of(row["at"]);
  return entry;
}

/// A cursor is the last number of the page before.
bool is_cursor(std::string_view text) {
  return text.empty() || (text.size() <= 16 && text.front() == '+' &&
                          text.find_first_not_of("0123456789", 1) == std::string_view::npos);
}

}  // namespace

void lock_number(Transaction& tx, const std::string& phone) { tx.exec_params(sql::kLockNumber, phone); }

ports::Suppressed suppress(Transaction& tx, const ports::Suppression& entry) {
  std::optional<std::string> campaign, attempt;
  if (entry.campaign) campaign = entry.campaign->value;
  if (entry.attempt) attempt = entry.attempt->value;
  ports::Suppressed done;
  done.is_new = tx.exec_params(sql::kAddSuppression, entry.phone, clean(entry.reason), entry.source, campaign, attempt,
                               to_sql(entry.at))
                    .affected_rows() == 1;
  tx.exec_params(sql::kDropIntentsOfNumber, entry.phone);
  for (const auto& [id, count] : close_contacts(tx, entry.phone)) {
    done.contacts_closed += count;
    done.campaigns.emplace_back(id);
  }
  for (const auto& row : tx.exec_params(sql::kUnansweredOfNumber, entry.phone))
    done.unanswered.push_back(text_of(row[0]));
  return done;
}

CampaignEvents events_of(const ports::Suppression& entry, const std::vector<CampaignId>& campaigns) {
  const std::set<CampaignId> told{campaigns.begin(), campaigns.end()};
  CampaignEvents events;
  for (const CampaignId& campaign : told)
    events.emplace(campaign, do_not_call_event(entry.phone, entry.source, entry.reason));
  return events;
}

Task<Result<ports::Suppressed>> Suppressions::suppress(ports::Suppression entry) {
  auto add = [entry = std::move(entry)](Transaction& tx) -> Result<ports::Suppressed> {
    lock_number(tx, entry.phone);
    auto done = store::suppress(tx, entry);
    std::vector<CampaignId> told = done.campaigns;
    if (entry.campaign) told.push_back(*entry.campaign);
    queue_events(tx, events_of(entry, told), entry.at);
    return done;
  };
  co_return co_await pool_.transact<ports::Suppressed>("suppress", std::move(add));
}

Task<Result<bool>> Suppressions::lift(std::string phone) {
  auto lift = [phone = std::move(phone)](Transaction& tx) -> Result<bool> {
    return tx.exec_params(sql::kLiftSuppression, clean(phone)).affected_rows() == 1;
  };
  co_return co_await pool_.transact<bool>("lift_suppression", std::move(lift));
}

Task<Result<std::vector<std::string>>> Suppressions::suppressed_of(std::vector<std::string> phones) {
  using Phones = std::vector<std::string>;
  auto read = [phones = std::move(phones)](Transaction& tx) -> Result<Phones> {
    Phones found;
    for (const auto& row : tx.exec_params(sql::kSuppressedOf, to_array(phones))) found.push_back(text_of(row[0]));
    return found;
  };
  co_return co_await pool_.transact<Phones>("suppressed_of", std::move(read));
}

Task<Result<ports::SuppressionPage>> Suppressions::list_suppressed(int limit, std::string cursor) {
  using Page = ports::SuppressionPage;
  if (!is_cursor(cursor) || limit < 1)
    co_return Error{Errc::InvalidInput, "The cursor is not one that an earlier page has given."};
  auto read = [limit, cursor = std::move(cursor)](Transaction& tx) -> Result<Page> {
    Page page;
    for (const auto& row : tx.exec_params(sql::kListSuppressed, cursor, limit + 1))
      page.entries.push_back(entry_of(row));
    if (page.entries.size() > static_cast<std::size_t>(limit)) {
      page.entries.pop_back();
      page.next_cursor = page.entries.back().phone;
    }
    return page;
  };
  co_return co_await pool_.transact<Page>("list_suppressed", std::move(read));
}

}  // namespace otto::store
