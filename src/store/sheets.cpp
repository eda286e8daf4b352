// The outbox of rows in sheets, and what people's edits make of contacts. Wishes are queued by record.cpp.
#include "store/rows.hpp"
#include "store/sheet_rows.hpp"
#include "store/sheet_sql.hpp"
#include "store/tables.hpp"

namespace otto::store {

namespace {

/// A sheet of a hundred thousand rows may come back whole.
constexpr Patience kBulk{seconds{30}, seconds{35}};

Json text_to_json(const SheetRowText& text) {
  return {{"status", text.status}, {"last_called", text.last_called}, {"notes", text.notes}};
}

Json contact_to_json(const NewContact& contact) {
  return {{"row", contact.row},     {"name", contact.name},           {"phone", contact.phone},
          {"email", contact.email}, {"variables", contact.variables}, {"zones", contact.zones}};
}

template <class Ids>
std::string ids_to_array(const Ids& ids) {
  std::string text = "{";
  for (const auto& id : ids) text += (text.size() > 1 ? "," : "") + std::to_string(id.value);
  return text + "}";
}
std::string attempts_to_array(const std::vector<AttemptId>& attempts) {
  std::string text = "{";
  for (const AttemptId& id : attempts) text += (text.size() > 1 ? "," : "") + id.value;
  return text + "}";
}

std::vector<ports::SheetContact> contacts_of(const Rows& rows) {
  std::vector<ports::SheetContact> contacts;
  contacts.reserve(rows.size());
  for (const auto& row : rows) contacts.push_back(sheet_contact_of(row));
  return contacts;
}

ports::SheetJob job_of(const Row& row) {
  ports::SheetJob job;
  job.campaign = CampaignId{text_of(row["campaign_id"])};
  job.campaign_name = text_of(row["name"]);
  job.place.id = text_of(row["spreadsheet"]);
  job.place.gid = optional_text(row["gid"]);
  job.place.tab = text_of(row["tab"]);
  job.write_back = row["write_back"].as<bool>();
  job.follow = row["follow"].as<bool>();
  job.is_active = row["is_active"].as<bool>();
  job.has_unwritten = row["has_unwritten"].as<bool>();
  job.has_log = row["has_log"].as<bool>();
  return job;
}

ports::SheetLogEntry entry_of(const Row& row) {
  ports::SheetLogEntry entry;
  entry.attempt = AttemptId{text_of(row["attempt_id"])};
  entry.call_sid = text_of(row["call_sid"]);
  entry.was_sent = row["sent"].as<bool>();
  entry.at = time_of(row["at"]);
  entry.name = text_of(row["name"]);
  entry.phone = text_of(row["phone"]);
  entry.status = text_of(row["status"]);
  entry.outcome = text_of(row["outcome"]);
  entry.duration = optional_int(row["duration"]);
  entry.answered_by = text_of(row["answered_by"]);
  entry.recording_url = text_of(row["recording_url"]);
  entry.notes = text_of(row["notes"]);
  entry.campaign = text_of(row["campaign"]);
  return entry;
}

int edit_contacts(Transaction& tx, const CampaignId& campaign, const ports::SheetEdits& edits, TimePoint now) {
  Json changes = Json::array(), drops = Json::array(), added = Json::array();
  for (const auto& change : edits.changes) {
    changes.push_back(contact_to_json(change.now));
    changes.back()["id"] = change.id.value;
  }
  for (const auto& drop : edits.drops) drops.push_back({{"id", drop.id.value}, {"reason", drop.reason}});
  for (const NewContact& contact : edits.added) added.push_back(contact_to_json(contact));
  int changed = 0, dropped = 0, inserted = 0;
  if (!drops.empty()) dropped = tx.exec_params(sql::kDropContacts, to_jsonb(std::move(drops))).affected_rows();
  if (!changes.empty()) changed = tx.exec_params(sql::kChangeContacts, to_jsonb(std::move(changes))).affected_rows();
  if (!edits.absent.empty()) tx.exec_params0(sql::kHoldAbsent, ids_to_array(edits.absent), to_sql(now));
  if (!edits.back.empty()) tx.exec_params0(sql::kTakeBack, ids_to_array(edits.back));
  if (!added.empty()) {
    inserted = tx.exec_params(sql::kAddContacts, campaign.value, to_jsonb(std::move(added)), to_sql(TimePoint{}))
                   .affected_rows();
    tx.exec_text(sql::kInsertCells, campaign.value, cells_to_jsonb(edits.added));
  }
  if (dropped + inserted > 0) tx.exec_params0(sql::kCountEdits, campaign.value, inserted, dropped);
  return changed + dropped + inserted;
}

}  // namespace

std::string cells_to_jsonb(const std::vector<NewContact>& contacts) {
  Json rows = Json::array();
  for (const NewContact& contact : contacts) {
    if (contact.sheet_status.empty() && contact.sheet_last_called.empty() && contact.sheet_notes.empty() &&
        !contact.is_shared)
      continue;
    rows.push_back({{"phone", contact.phone},
                    {"status", contact.sheet_status},
                    {"last_called", contact.sheet_last_called},
                    {"notes", contact.sheet_notes},
                    {"is_shared", contact.is_shared}});
  }
  return to_jsonb(std::move(rows));
}

ports::SheetContact sheet_contact_of(const Row& row) {
  ports::SheetContact contact;
  contact.id = ContactId{row["id"].as<std::int64_t>()};
  contact.row = row["row_number"].as<int>();
  contact.name = text_of(row["name"]);
  contact.phone = text_of(row["phone"]);
  contact.email = text_of(row["email"]);
  const Json variables = json_of(row["variables"]);
  for (const auto& [key, value] : variables.items())
    if (value.is_string()) contact.variables.emplace(key, value.get<std::string>());
  contact.state = parse_contact_state(row["state"].c_str()).value_or(ContactState::Failed);
  contact.wanted = {text_of(row["status"]), text_of(row["last_called"]), text_of(row["notes"])};
  contact.version = row["version"].as<std::int64_t>();
  contact.seen = {text_of(row["seen_status"]), text_of(row["seen_last_called"]), text_of(row["seen_notes"])};
  contact.kept_notes = text_of(row["kept_notes"]);
  if (const Json aimed = json_of(row["aimed"]); aimed.is_object())
    contact.aimed = SheetRowText{text_at(aimed, "status"), text_at(aimed, "last_called"), text_at(aimed, "notes")};
  contact.is_shared = row["is_shared"].as<bool>();
  contact.missing_since = optional_time(row["missing_since"]);
  return contact;
}

Task<Result<std::vector<ports::ActiveNumber>>> Sheets::active_numbers(std::vector<std::string> phones) {
  using Numbers = std::vector<ports::ActiveNumber>;
  auto read = [phones = to_array(phones)](Transaction& tx) -> Result<Numbers> {
    Numbers numbers;
    for (const auto& row : tx.exec_params(sql::kActiveNumbers, phones)) {
      ports::ActiveNumber number;
      number.phone = text_of(row["phone"]);
      number.campaign = text_of(row["name"]);
      number.type = parse_campaign_type(row["type"].c_str()).value_or(CampaignType::General);
      numbers.push_back(std::move(number));
    }
    return numbers;
  };
  co_return co_await pool_.transact<Numbers>("active_numbers", std::move(read), kBulk);
}

Task<Result<std::vector<ports::SheetJob>>> Sheets::jobs(TimePoint now) {
  using Jobs = std::vector<ports::SheetJob>;
  auto read = [now](Transaction& tx) -> Result<Jobs> {
    Jobs jobs;
    for (const auto& row : tx.exec_params(sql::kSheetJobs, to_sql(now))) jobs.push_back(job_of(row));
    return jobs;
  };
  co_return co_await pool_.transact<Jobs>("sheet_jobs", std::move(read));
}

Task<Result<std::vector<ports::SheetContact>>> Sheets::unwritten(CampaignId campaign, int limit) {
  using Contacts = std::vector<ports::SheetContact>;
  auto read = [campaign = std::move(campaign), limit](Transaction& tx) -> Result<Contacts> {
    return contacts_of(tx.exec_params(sql::kUnwritten, campaign.value, limit));
  };
  co_return co_await pool_.transact<Contacts>("sheet_unwritten", std::move(read));
}

Task<Result<std::vector<ports::SheetContact>>> Sheets::due(CampaignId campaign,
                                                           std::optional<std::vector<std::string>> phones) {
  using Contacts = std::vector<ports::SheetContact>;
  auto read = [campaign = std::move(campaign), phones = std::move(phones)](Transaction& tx) -> Result<Contacts> {
    if (phones) return contacts_of(tx.exec_params(sql::kDueRowsOf, campaign.value, to_array(*phones)));
    return contacts_of(tx.exec_params(sql::kDueRows, campaign.value));
  };
  co_return co_await pool_.transact<Contacts>("sheet_due", std::move(read), kBulk);
}

Task<Result<std::vector<ports::SheetContact>>> Sheets::aimed(CampaignId campaign) {
  using Contacts = std::vector<ports::SheetContact>;
  auto read = [campaign = std::move(campaign)](Transaction& tx) -> Result<Contacts> {
    return contacts_of(tx.exec_params(sql::kAimed, campaign.value));
  };
  co_return co_await pool_.transact<Contacts>("sheet_aimed", std::move(read), kBulk);
}

Task<Result<std::vector<ports::SheetContact>>> Sheets::with_numbers(CampaignId campaign,
                                                                    std::vector<std::string> phones) {
  using Contacts = std::vector<ports::SheetContact>;
  auto read = [campaign = std::move(campaign), phones = to_array(phones)](Transaction& tx) -> Result<Contacts> {
    return contacts_of(tx.exec_params(sql::kRowsOf, campaign.value, phones));
  };
  co_return co_await pool_.transact<Contacts>("sheet_with_numbers", std::move(read), kBulk);
}

Task<Result<std::vector<std::string>>> Sheets::known_numbers(CampaignId campaign, std::vector<std::string> phones) {
  using Known = std::vector<std::string>;
  auto read = [campaign = std::move(campaign), phones = to_array(phones)](Transaction& tx) -> Result<Known> {
    Known known;
    for (const auto& row : tx.exec_params(sql::kKnownNumbers, campaign.value, phones)) known.push_back(text_of(row[0]));
    return known;
  };
  co_return co_await pool_.transact<Known>("sheet_known", std::move(read), kBulk);
}

Task<Result<std::vector<std::string>>> Sheets::newly_barred(std::string sheet, std::vector<std::string> barred,
                                                            std::vector<std::string> free) {
  using Phones = std::vector<std::string>;
  auto compare = [sheet = std::move(sheet), barred = to_array(barred),
                  free = to_array(free)](Transaction& tx) -> Result<Phones> {
    tx.exec_params0(sql::kForgetBarred, sheet, free);
    Phones fresh;
    for (const auto& row : tx.exec_params(sql::kNewlyBarred, sheet, barred)) fresh.push_back(text_of(row[0]));
    return fresh;
  };
  co_return co_await pool_.transact<Phones>("sheet_barred", std::move(compare), kBulk);
}

Task<Result<void>> Sheets::note_barred(std::string sheet, std::vector<std::string> phones) {
  Work note = [sheet = std::move(sheet), phones = to_array(phones)](Transaction& tx) -> std::optional<Error> {
    tx.exec_params0(sql::kNoteBarred, sheet, phones);
    return std::nullopt;
  };
  co_return co_await pool_.run("sheet_note_barred", std::move(note), kBulk);
}

Task<Result<void>> Sheets::aim(std::vector<std::pair<ContactId, SheetRowText>> texts) {
  Work aim = [texts = std::move(texts)](Transaction& tx) -> std::optional<Error> {
    Json rows = Json::array();
    for (const auto& [id, text] : texts) rows.push_back({{"id", id.value}, {"aimed", text_to_json(text)}});
    tx.exec_params0(sql::kAim, to_jsonb(std::move(rows)));
    return std::nullopt;
  };
  co_return co_await pool_.run("sheet_aim", std::move(aim));
}

Task<Result<void>> Sheets::settle(std::vector<ports::SheetSettled> rows, TimePoint now) {
  Work settle = [rows = std::move(rows), now](Transaction& tx) -> std::optional<Error> {
    Json list = Json::array();
    for (const ports::SheetSettled& row : rows) {
      Json entry = text_to_json(row.seen);
      entry.update({{"id", row.id.value},
                    {"version", row.version},
                    {"kept_notes", row.kept_notes},
                    {"is_written", row.is_written},
                    {"is_shared", row.is_shared},
                    {"is_missing", row.is_missing},
                    {"remark", row.remark}});
      list.push_back(std::move(entry));
    }
    tx.exec_params0(sql::kSettleRows, to_jsonb(std::move(list)), to_sql(now));
    return std::nullopt;
  };
  co_return co_await pool_.run("sheet_settle", std::move(settle));
}

Task<Result<int>> Sheets::edit(CampaignId campaign, ports::SheetEdits edits, TimePoint now) {
  auto edit = [campaign = std::move(campaign), edits = std::move(edits), now](Transaction& tx) -> Result<int> {
    return edit_contacts(tx, campaign, edits, now);
  };
  co_return co_await pool_.transact<int>("sheet_edit", std::move(edit), kBulk);
}

Task<Result<void>> Sheets::remark(CampaignId campaign, std::string remark) {
  Work write = [campaign = std::move(campaign), remark = clean(remark)](Transaction& tx) -> std::optional<Error> {
    tx.exec_params0(sql::kSheetRemark, campaign.value, remark);
    return std::nullopt;
  };
  co_return co_await pool_.run("sheet_remark", std::move(write));
}

Task<Result<std::vector<ports::SheetLogEntry>>> Sheets::due_log(CampaignId campaign, int limit, TimePoint now) {
  using Entries = std::vector<ports::SheetLogEntry>;
  auto read = [campaign = std::move(campaign), limit, now](Transaction& tx) -> Result<Entries> {
    Entries entries;
    for (const auto& row : tx.exec_params(sql::kDueLog, campaign.value, to_sql(now), limit))
      entries.push_back(entry_of(row));
    return entries;
  };
  co_return co_await pool_.transact<Entries>("sheet_due_log", std::move(read));
}

Task<Result<void>> Sheets::log_sent(std::vector<AttemptId> attempts) {
  Work mark = [ids = attempts_to_array(attempts)](Transaction& tx) -> std::optional<Error> {
    tx.exec_params0(sql::kLogSent, ids);
    return std::nullopt;
  };
  co_return co_await pool_.run("sheet_log_sent", std::move(mark));
}

Task<Result<void>> Sheets::log_appended(std::vector<AttemptId> attempts, TimePoint now) {
  Work mark = [ids = attempts_to_array(attempts), now](Transaction& tx) -> std::optional<Error> {
    tx.exec_params0(sql::kLogAppended, ids, to_sql(now));
    return std::nullopt;
  };
  co_return co_await pool_.run("sheet_log_appended", std::move(mark));
}

}  // namespace otto::store
