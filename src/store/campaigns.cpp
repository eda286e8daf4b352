// Campaigns: made, started, ended. Whatever ends one locks its row first, as the claim does, so that the two never
// overlap.
#include <tuple>

#include "otto/base/failpoint.hpp"
#include "otto/base/text.hpp"

#include "store/campaign_sql.hpp"
#include "store/event_sql.hpp"
#include "store/queue_event.hpp"
#include "store/rows.hpp"
#include "store/sheet_rows.hpp"
#include "store/sheet_sql.hpp"
#include "store/tables.hpp"

namespace otto::store {

namespace {

constexpr std::size_t kManyContacts = 1000;  // which autovacuum will look at within a minute only

/// A hundred thousand contacts take a few seconds; the trigger's caller waits that long.
constexpr Patience kBulk{seconds{60}, seconds{65}};

std::optional<ports::StoredAnswer> stored_answer(Transaction& tx, const std::string& key_hash) {
  const auto rows = tx.exec_params(sql::kFindAnswer, key_hash);
  if (rows.empty()) return std::nullopt;
  return ports::StoredAnswer{text_of(rows[0]["request_hash"]), text_of(rows[0]["body"])};
}

void insert_campaign(Transaction& tx, const NewCampaign& campaign, std::size_t contacts) {
  std::optional<std::string> given;  // SQL NULL, not JSON null, when there were none
  if (!campaign.settings_as_given.is_null()) given = to_jsonb(campaign.settings_as_given);
  tx.exec_params0(sql::kInsertCampaign, campaign.id.value, clean(campaign.name), std::string{to_string(campaign.type)},
                  campaign.dealership_id, campaign.sheet_id, contacts, to_public(campaign.scheduled_time), given);
  std::optional<std::string> hold;
  if (campaign.hold) hold = to_string(*campaign.hold);
  tx.exec_params0(sql::kInsertCampaignExt, campaign.id.value, to_jsonb(write_settings(campaign.settings)),
                  campaign.sheet_tab, campaign.callback_url, hold, clean(campaign.hold_reason), campaign.test_of);
  if (campaign.events_url) tx.exec_params0(sql::kInsertQueue, campaign.id.value, *campaign.events_url);
}

void copy_contacts(Transaction& tx, const CampaignId& campaign, const std::vector<NewContact>& contacts) {
  const std::vector<std::string> columns{"campaign_id", "row_number", "name",  "phone",
                                         "email",       "variables",  "zones", "next_at"};
  const std::string at_once = to_sql(TimePoint{});
  tx.copy("otto.contact", columns, [&](pqxx::stream_to& stream) {
    for (const NewContact& contact : contacts)
      stream << std::make_tuple(campaign.value, contact.row, clean(contact.name), contact.phone,
                                null_if_empty(contact.email), to_jsonb(Json(contact.variables)),
                                to_array(contact.zones), at_once);
  });
  // Until statistics know of so many rows, a claim might be planned to sort all that are due.
  if (contacts.size() >= kManyContacts) tx.exec_params0("ANALYZE (SKIP_LOCKED) otto.contact");
}

/// One row per contact of the sheet, so that later changes only update; what the cells held is known from here on.
void insert_sheet(Transaction& tx, const NewCampaign& campaign, const std::vector<NewContact>& contacts) {
  const NewCampaign::SheetPlace& place = *campaign.sheet_place;
  tx.exec_params0(sql::kInsertSheet, campaign.id.value, place.spreadsheet, place.gid, clean(place.tab),
                  place.write_back, campaign.settings.follow_sheet);
  tx.exec_text(sql::kInsertCells, campaign.id.value, cells_to_jsonb(contacts));
}

std::optional<CampaignStatus> lock(Transaction& tx, const CampaignId& id) {
  const auto rows = tx.exec_params(sql::kLockCampaign, id.value);
  if (rows.empty()) return std::nullopt;
  return parse_campaign_status(rows[0]["status"].c_str()).value_or(CampaignStatus::Stopped);
}

bool is_active(CampaignStatus status) { return status == CampaignStatus::Pending || status == CampaignStatus::Running; }

/// The row is locked: no claim is under way, and none succeeds from here on.
void end_campaign(Transaction& tx, const CampaignId& id, CampaignStatus status, TimePoint now,
                  const std::string& hook_id) {
  tx.exec_params0(sql::kEndCampaign, id.value, std::string{to_string(status)}, to_public(now));
  tx.exec_params0(sql::kWithdrawIntents, id.value);
  tx.exec_params0(sql::kQueueHook, id.value, hook_id, to_sql(now));
  queue_campaign_event(tx, id, to_lower(to_string(status)), now);
}

Error not_found(const CampaignId& id) { return {Errc::NotFound, "There is no campaign \"" + clean(id.value) + "\"."}; }

}  // namespace

Task<Result<std::optional<ports::StoredAnswer>>> Campaigns::find_answer(std::string key_hash) {
  using Answer = std::optional<ports::StoredAnswer>;
  auto find = [key_hash = std::move(key_hash)](Transaction& tx) -> Result<Answer> {
    return stored_answer(tx, key_hash);
  };
  co_return co_await pool_.transact<Answer>("find_answer", std::move(find));
}

Task<Result<std::optional<ports::StoredAnswer>>> Campaigns::create(NewCampaign campaign,
                                                                   std::vector<NewContact> contacts,
                                                                   std::optional<ports::Idempotency> idempotency,
                                                                   std::string answer) {
  using Answer = std::optional<ports::StoredAnswer>;
  auto insert = [campaign = std::move(campaign), contacts = std::move(contacts), idempotency = std::move(idempotency),
                 answer = std::move(answer)](Transaction& tx) -> Result<Answer> {
    if (idempotency) {
      tx.exec_params0(sql::kForgetOldAnswers);
      // A second trigger with the same key waits here until the first has committed, and then finds its answer.
      const auto mine =
          tx.exec_params(sql::kRememberAnswer, idempotency->key_hash, idempotency->request_hash, clean(answer));
      if (mine.affected_rows() == 0) return stored_answer(tx, idempotency->key_hash);
    }
    insert_campaign(tx, campaign, contacts.size());
    copy_contacts(tx, campaign.id, contacts);
    if (campaign.sheet_place) insert_sheet(tx, campaign, contacts);
    return Answer{};
  };
  co_return co_await pool_.transact<Answer>("create_campaign", std::move(insert), kBulk);
}

Task<Result<std::optional<Campaign>>> Campaigns::load(CampaignId id) {
  using Found = std::optional<Campaign>;
  auto read = [id = std::move(id)](Transaction& tx) -> Result<Found> {
    const auto rows = tx.exec_params(sql::kLoadCampaign, clean(id.value));
    return rows.empty() ? Found{} : Found{campaign_of(rows[0])};
  };
  co_return co_await pool_.transact<Found>("load_campaign", std::move(read));
}

Task<Result<std::vector<Campaign>>> Campaigns::runnable(TimePoint now) {
  auto read = [now](Transaction& tx) -> Result<std::vector<Campaign>> {
    std::vector<Campaign> campaigns;
    for (const auto& row : tx.exec_params(sql::kRunnable, to_public(now))) campaigns.push_back(campaign_of(row));
    return campaigns;
  };
  co_return co_await pool_.transact<std::vector<Campaign>>("runnable", std::move(read));
}

Task<Result<bool>> Campaigns::start(CampaignId id, TimePoint now) {
  auto start = [id = std::move(id), now](Transaction& tx) -> Result<bool> {
    const bool started = tx.exec_params(sql::kStart, id.value, to_public(now)).affected_rows() == 1;
    if (started) queue_campaign_event(tx, id, "started", now);
    return started;
  };
  co_return co_await pool_.transact<bool>("start_campaign", std::move(start));
}

Task<Result<ports::Stopped>> Campaigns::stop(CampaignId id, TimePoint now) {
  auto stop = [id = std::move(id), now](Transaction& tx) -> Result<ports::Stopped> {
    const auto status = lock(tx, CampaignId{clean(id.value)});
    if (!status) return not_found(id);
    if (*status == CampaignStatus::Completed || *status == CampaignStatus::Failed)
      return Error{Errc::Conflict,
                   "The campaign has ended by itself: its status is " + std::string{to_string(*status)} + "."};
    if (is_active(*status)) end_campaign(tx, id, CampaignStatus::Stopped, now, make_cuid());
    ports::Stopped stopped;
    for (const auto& row : tx.exec_params(sql::kOpenCalls, id.value)) {
      ++stopped.active_calls;
      if (!row[0].is_null()) stopped.live_call_sids.emplace_back(row[0].c_str());
    }
    return stopped;
  };
  co_return co_await pool_.transact<ports::Stopped>("stop_campaign", std::move(stop));
}

Task<Result<void>> Campaigns::fail(CampaignId id, std::string reason, TimePoint now) {
  Work fail = [id = std::move(id), reason = std::move(reason), now](Transaction& tx) -> std::optional<Error> {
    const auto status = lock(tx, id);
    if (!status) return not_found(id);
    if (!is_active(*status)) return std::nullopt;  // it has ended some other way
    tx.exec_params0(sql::kFailureReason, id.value, clean(reason));
    end_campaign(tx, id, CampaignStatus::Failed, now, make_cuid());
    return std::nullopt;
  };
  co_return co_await pool_.run("fail_campaign", std::move(fail));
}

Task<Result<bool>> Campaigns::try_complete(CampaignId id, TimePoint now) {
  auto complete = [id = std::move(id), now](Transaction& tx) -> Result<bool> {
    const auto status = lock(tx, id);
    if (!status || *status != CampaignStatus::Running) return false;
    if (!tx.exec_params(sql::kIsUnsettled, id.value).empty()) return false;
    end_campaign(tx, id, CampaignStatus::Completed, now, make_cuid());
    failpoint::pass("complete", "before_commit");
    return true;
  };
  auto completed = co_await pool_.transact<bool>("complete_campaign", std::move(complete));
  if (completed && *completed) failpoint::pass("complete", "after_commit");
  co_return completed;
}

Task<Result<int>> Campaigns::count_running() {
  auto count = [](Transaction& tx) -> Result<int> { return tx.exec_params1(sql::kCountRunning)[0].as<int>(); };
  co_return co_await pool_.transact<int>("count_running", std::move(count));
}

}  // namespace otto::store
