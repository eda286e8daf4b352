// People's data: found by number, forgotten by contact.
#include "store/people_sql.hpp"
#include "store/rows.hpp"
#include "store/suppress.hpp"
#include "store/tables.hpp"
#include "store/values.hpp"

namespace otto::store {

namespace {

std::string name_of(ports::Perishable what) { return std::string{to_string(what)}; }

/// How many recordings the line still has.
int forget_recordings(Transaction& tx, const std::string& contacts, TimePoint now) {
  const auto queued = tx.exec_params(sql::kQueueRemovals, contacts, to_sql(now)).affected_rows();
  tx.exec_params0(sql::kForgetRecordingFacts, contacts);
  tx.exec_params0(sql::kForgetRecordings, contacts);
  tx.exec_params0(sql::kSeekNoRecordings, contacts);
  return static_cast<int>(queued);
}

void open_words(Json& person, const crypto::TextSeal& seal) {
  const auto open = [&seal](Json& words) {
    if (words.is_string()) words = seal.open(words.get<std::string>());
  };
  for (Json& call : person["calls"]) {
    open(call["transcript"]);
    for (Json& turn : call["turns"]) {
      open(turn["text"]);
      open(turn["original"]);
    }
  }
}

void forget_transcripts(Transaction& tx, const std::string& contacts) {
  tx.exec_params0(sql::kForgetTurns, contacts);
  tx.exec_params0(sql::kForgetTraces, contacts);
  tx.exec_params0(sql::kForgetWordsOfFacts, contacts);
  tx.exec_params0(sql::kForgetWordsOfCalls, contacts);
  tx.exec_params0(sql::kSeekNoSummaries, contacts);
}

/// How many calls there were.
int forget_contacts(Transaction& tx, const std::string& contacts, TimePoint now) {
  const auto calls = tx.exec_params(sql::kForgetCalls, contacts).affected_rows();
  tx.exec_params0(sql::kForgetAttempts, contacts, to_sql(now));
  tx.exec_params0(sql::kForgetContacts, contacts);
  tx.exec_params0(sql::kForgetCells, contacts);
  return static_cast<int>(calls);
}

std::string digits_of(std::string_view text) {
  std::string digits;
  for (const char c : text)
    if (c >= '0' && c <= '9') digits += c;
  return digits;
}

constexpr std::size_t kLocalDigits = 7;  // the fewest with which a list may name somebody

/// A trigger's answer without a number's person among those who were left out; nullopt: it does not name her.
std::optional<std::string> answer_without(const std::string& answer, const std::string& digits) {
  auto body = parse_json(answer);
  if (!body || !body->is_object()) return std::nullopt;
  bool is_changed = false;
  for (Json& contact : (*body)["skippedContacts"]) {
    const std::string typed = text_at(contact, "phone");
    std::string own = digits_of(typed);
    own.erase(0, own.find_first_not_of('0'));  // as it is dialed within a country
    if (own.size() < kLocalDigits || !digits.ends_with(own)) continue;
    std::string reason = text_at(contact, "reason");
    for (auto at = reason.find(typed); at != std::string::npos; at = reason.find(typed, at + 1))
      reason.replace(at, typed.size(), "erased");
    contact["phone"] = "erased";
    contact["reason"] = std::move(reason);
    is_changed = true;
  }
  if (!is_changed) return std::nullopt;
  return dump_json(*body);
}

void forget_in_answers(Transaction& tx, const std::string& phone) {
  const std::string digits = digits_of(phone);
  if (digits.size() < kLocalDigits) return;
  for (const auto& row : tx.exec_params(sql::kAnswersWithDigits, digits.substr(digits.size() - kLocalDigits)))
    if (const auto changed = answer_without(text_of(row["body"]), digits))
      tx.exec_params0(sql::kChangeAnswer, text_of(row["key_hash"]), *changed);
}

std::vector<std::string> contacts_of(Transaction& tx, const std::string& phone) {
  std::vector<std::string> contacts;
  for (const auto& row : tx.exec_params(sql::kContactsOfNumber, phone)) contacts.push_back(text_of(row[0]));
  return contacts;
}

}  // namespace

Task<Result<Json>> People::export_person(std::string phone) {
  auto read = [this, phone = clean(phone)](Transaction& tx) -> Result<Json> {
    auto person = parse_json(text_of(tx.exec_params1(sql::kExportPerson, to_array(contacts_of(tx, phone)), phone)[0]));
    if (person) open_words(*person, seal_);
    return person;
  };
  co_return co_await pool_.transact<Json>("export_person", std::move(read));
}

Task<Result<ports::Erased>> People::erase_person(std::string phone, TimePoint now) {
  auto erase = [phone = clean(phone), now](Transaction& tx) -> Result<ports::Erased> {
    lock_number(tx, phone);
    const auto busy = tx.exec_params(sql::kBusyNumber, phone, to_sql(now));
    if (!busy.empty())
      return Error{Errc::Conflict, busy[0]["is_open"].as<bool>()
                                       ? "A call to this number is going on. Erase it when the call has ended."
                                       : "The last call to this number ended within the last 15 minutes: its recording "
                                         "and summary may still come. Try again later."};
    ports::Suppression entry;
    entry.phone = phone;
    entry.reason = "asked for their data to be erased";
    entry.source = "api";
    entry.at = now;
    ports::Erased done;
    done.campaigns = suppress(tx, entry).campaigns;
    const auto found = contacts_of(tx, phone);
    const std::string contacts = to_array(found);
    done.contacts = static_cast<int>(found.size());
    done.recordings = forget_recordings(tx, contacts, now);
    forget_transcripts(tx, contacts);
    done.calls = forget_contacts(tx, contacts, now);
    done.calls += tx.exec_params(sql::kForgetOldCalls, phone).affected_rows();
    tx.exec_params0(sql::kForgetEventsOfNumber, phone);
    forget_in_answers(tx, phone);
    return done;
  };
  co_return co_await pool_.transact<ports::Erased>("erase_person", std::move(erase));
}

Task<Result<ports::PurgeStep>> People::purge(ports::Perishable what, TimePoint ended_before, ports::PurgePlace from,
                                             int limit, TimePoint now) {
  using Step = ports::PurgeStep;
  auto work = [what, ended_before, from = std::move(from), limit, now](Transaction& tx) -> Result<Step> {
    std::optional<std::string> wanted;
    if (!from.campaign.value.empty()) wanted = from.campaign.value;
    Step step;
    const auto due = tx.exec_params(sql::kPurgeable, to_sql(ended_before), wanted, name_of(what));
    if (due.empty()) {
      step.is_done = !wanted;  // another campaign may be due
      return step;
    }
    step.next = from;
    step.next.campaign = CampaignId{text_of(due[0][0])};
    std::vector<std::string> contacts;
    for (const auto& row : tx.exec_params(sql::kPurgeBatch, step.next.campaign.value, from.row, from.contact, limit)) {
      contacts.push_back(text_of(row["id"]));
      step.next.contact = row["id"].as<std::int64_t>();
      step.next.row = row["row_number"].as<int>();
    }
    step.contacts = static_cast<int>(contacts.size());
    const std::string batch = to_array(contacts);
    if (what == ports::Perishable::Recordings) forget_recordings(tx, batch, now);
    if (what == ports::Perishable::Transcripts) forget_transcripts(tx, batch);
    if (what == ports::Perishable::Contacts) forget_contacts(tx, batch, now);
    if (step.contacts < limit) {
      if (what != ports::Perishable::Recordings)
        tx.exec_params0(sql::kForgetEventsOfCampaign, step.next.campaign.value);
      tx.exec_params0(sql::kPurged, step.next.campaign.value, to_sql(now), name_of(what));
      step.next = {};
    }
    return step;
  };
  co_return co_await pool_.transact<Step>("purge", std::move(work));
}

Task<Result<int>> People::purge_audit(TimePoint before, int limit) {
  auto forget = [before, limit](Transaction& tx) -> Result<int> {
    return tx.exec_params(sql::kPurgeAudit, to_sql(before), limit).affected_rows();
  };
  co_return co_await pool_.transact<int>("purge_audit", std::move(forget));
}

Task<Result<std::vector<ports::RecordingRemoval>>> People::take_removals(int limit, seconds hold, TimePoint now) {
  using Removals = std::vector<ports::RecordingRemoval>;
  auto take = [limit, hold, now](Transaction& tx) -> Result<Removals> {
    Removals taken;
    for (const auto& row : tx.exec_params(sql::kTakeRemovals, to_sql(now), limit, static_cast<int>(hold.count())))
      taken.push_back({text_of(row["recording_sid"]), row["tries"].as<int>()});
    return taken;
  };
  co_return co_await pool_.transact<Removals>("take_removals", std::move(take));
}

Task<Result<void>> People::removed(std::string recording) {
  Work forget = [recording = std::move(recording)](Transaction& tx) -> std::optional<Error> {
    tx.exec_params0(sql::kRemoved, clean(recording));
    return std::nullopt;
  };
  co_return co_await pool_.run("recording_removed", std::move(forget));
}

Task<Result<void>> People::postpone_removal(std::string recording, TimePoint next, std::string reason) {
  Work postpone = [recording = std::move(recording), next,
                   reason = std::move(reason)](Transaction& tx) -> std::optional<Error> {
    tx.exec_params0(sql::kPostponeRemoval, clean(recording), to_sql(next), clean(reason));
    return std::nullopt;
  };
  co_return co_await pool_.run("postpone_removal", std::move(postpone));
}

}  // namespace otto::store
