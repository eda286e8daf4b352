// Pause, resume and change: each locks the campaign's row first, as the claim does, so that none overlaps a claim.
#include "store/campaign_sql.hpp"
#include "store/dial_sql.hpp"
#include "store/hold.hpp"
#include "store/queue_event.hpp"
#include "store/rows.hpp"
#include "store/tables.hpp"

namespace otto::store {

namespace {

struct Locked {
  CampaignStatus status;
  std::optional<CampaignHold> hold;
  CampaignSettings settings;
};

Result<Locked> lock_active(Transaction& tx, const CampaignId& id) {
  const auto rows = tx.exec_params(sql::kLockCampaign, clean(id.value));
  if (rows.empty()) return Error{Errc::NotFound, "There is no campaign \"" + clean(id.value) + "\"."};
  Locked locked{parse_campaign_status(rows[0]["status"].c_str()).value_or(CampaignStatus::Stopped),
                parse_campaign_hold(optional_text(rows[0]["hold"]).value_or("")), settings_of(rows[0]["settings"])};
  if (locked.status != CampaignStatus::Pending && locked.status != CampaignStatus::Running)
    return Error{Errc::Conflict,
                 "The campaign has ended: its status is " + std::string{to_string(locked.status)} + "."};
  return locked;
}

}  // namespace

void hold_campaign(Transaction& tx, const CampaignId& id, CampaignHold hold, const std::string& reason, TimePoint now) {
  tx.exec_params0(sql::kHold, id.value, std::string{to_string(hold)}, clean(reason), to_sql(now));
  tx.exec_params0(sql::kWithdrawIntents, id.value);
  tx.exec_params0(sql::kWantNoPlace, id.value);
  queue_campaign_event(tx, id, "paused", now);
}

Task<Result<bool>> Campaigns::hold(CampaignId id, CampaignHold hold, std::string reason, TimePoint now) {
  auto work = [id = std::move(id), hold, reason = std::move(reason), now](Transaction& tx) -> Result<bool> {
    const auto locked = lock_active(tx, id);
    if (!locked) return locked.error();
    if (locked->hold && (hold != CampaignHold::Paused || *locked->hold == hold)) return false;
    hold_campaign(tx, id, hold, reason, now);
    return true;
  };
  co_return co_await pool_.transact<bool>("hold_campaign", std::move(work));
}

Task<Result<bool>> Campaigns::resume(CampaignId id, TimePoint now) {
  auto work = [id = std::move(id), now](Transaction& tx) -> Result<bool> {
    const auto locked = lock_active(tx, id);
    if (!locked) return locked.error();
    if (!locked->hold) return false;
    tx.exec_params0(sql::kResume, id.value, to_sql(now));
    queue_campaign_event(tx, id, "resumed", now);
    return true;
  };
  co_return co_await pool_.transact<bool>("resume_campaign", std::move(work));
}

Task<Result<CampaignSettings>> Campaigns::change(CampaignId id, Change change, Json given, TimePoint now) {
  auto work = [id = std::move(id), change = std::move(change), given = std::move(given),
               now](Transaction& tx) -> Result<CampaignSettings> {
    const auto locked = lock_active(tx, id);
    if (!locked) return locked.error();
    auto settings = change(locked->settings);
    if (!settings) return settings.error();
    tx.exec_params0(sql::kChangeSettings, id.value, to_jsonb(write_settings(*settings)), to_jsonb(given));
    tx.exec_params0(sql::kLookAgainAtHeld, id.value, to_sql(now));
    return settings;
  };
  co_return co_await pool_.transact<CampaignSettings>("change_settings", std::move(work));
}

}  // namespace otto::store
