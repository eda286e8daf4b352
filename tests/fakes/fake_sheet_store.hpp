// What the store keeps of sheets, in memory, with the statements' semantics. From the verb `dies_at` on it answers
// DatabaseUnavailable, as an instance that is killed there would have left its rows.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/fakes/fake_store.hpp"

namespace otto::fakes {

class FakeSheetStore final : public NoSheets {
 public:
  struct Row {
    CampaignId campaign;
    ports::SheetContact contact;
    std::int64_t written = 0;  ///< version
    std::string remark;
    bool is_unwritten() const { return written < contact.version; }
  };
  struct Line {
    CampaignId campaign;
    ports::SheetLogEntry entry;
    TimePoint due;
    bool is_appended = false;
  };

  std::vector<ports::SheetJob> campaigns;  ///< has_unwritten and has_log follow from the rows
  std::map<std::int64_t, Row> rows;        ///< by contact
  std::vector<Line> lines;
  std::set<std::pair<std::string, std::string>> barred;  ///< sheet and number
  std::map<CampaignId, std::string> remarks;
  std::vector<ports::SheetEdits> edits;
  std::string dies_at;
  bool is_away = false;

  /// A new state of the contact, as record() queues it.
  void want(std::int64_t id, SheetRowText text) {
    rows.at(id).contact.wanted = std::move(text);
    ++rows.at(id).contact.version;
  }
  bool all_written() const {
    return std::ranges::none_of(rows, [](const auto& row) { return row.second.is_unwritten(); }) &&
           std::ranges::all_of(lines, &Line::is_appended);
  }

  Task<Result<std::vector<ports::SheetJob>>> jobs(TimePoint now) override {
    if (fails("jobs")) co_return away();
    std::vector<ports::SheetJob> list;
    for (ports::SheetJob job : campaigns) {
      job.has_unwritten = std::ranges::any_of(
          rows, [&](const auto& row) { return row.second.campaign == job.campaign && row.second.is_unwritten(); });
      job.has_log = std::ranges::any_of(lines, [&](const Line& line) {
        return line.campaign == job.campaign && !line.is_appended && line.due <= now;
      });
      if (job.is_active || job.has_unwritten || job.has_log) list.push_back(job);
    }
    co_return list;
  }
  Task<Result<std::vector<ports::SheetContact>>> unwritten(CampaignId campaign, int limit) override {
    if (fails("unwritten")) co_return away();
    auto found = contacts_of(campaign, [](const Row& row) { return row.is_unwritten(); });
    found.resize(std::min(found.size(), static_cast<std::size_t>(limit)));
    co_return found;
  }
  Task<Result<std::vector<ports::SheetContact>>> due(CampaignId campaign,
                                                     std::optional<std::vector<std::string>> phones) override {
    if (fails("due")) co_return away();
    co_return contacts_of(campaign, [&](const Row& row) {
      return row.contact.state == ContactState::Due && (!phones || has(*phones, row.contact.phone));
    });
  }
  Task<Result<std::vector<ports::SheetContact>>> aimed(CampaignId campaign) override {
    if (fails("aimed")) co_return away();
    co_return contacts_of(campaign, [](const Row& row) { return row.is_unwritten() && row.contact.aimed; });
  }
  Task<Result<std::vector<ports::SheetContact>>> with_numbers(CampaignId campaign,
                                                              std::vector<std::string> phones) override {
    if (fails("with_numbers")) co_return away();
    co_return contacts_of(campaign, [&](const Row& row) { return has(phones, row.contact.phone); });
  }
  Task<Result<std::vector<std::string>>> known_numbers(CampaignId campaign, std::vector<std::string> phones) override {
    if (fails("known_numbers")) co_return away();
    std::vector<std::string> known;
    for (const auto& [id, row] : rows)
      if (row.campaign == campaign && has(phones, row.contact.phone)) known.push_back(row.contact.phone);
    co_return known;
  }
  Task<Result<std::vector<std::string>>> newly_barred(std::string sheet, std::vector<std::string> numbers,
                                                      std::vector<std::string> free) override {
    if (fails("newly_barred")) co_return away();
    for (const std::string& phone : free) barred.erase({sheet, phone});
    std::erase_if(numbers, [&](const std::string& phone) { return barred.contains({sheet, phone}); });
    co_return numbers;
  }
  Task<Result<void>> note_barred(std::string sheet, std::vector<std::string> phones) override {
    if (fails("note_barred")) co_return away();
    for (const std::string& phone : phones) barred.insert({sheet, phone});
    co_return Result<void>{};
  }
  Task<Result<void>> aim(std::vector<std::pair<ContactId, SheetRowText>> texts) override {
    if (fails("aim")) co_return away();
    for (auto& [id, text] : texts) rows.at(id.value).contact.aimed = std::move(text);
    co_return Result<void>{};
  }
  Task<Result<void>> settle(std::vector<ports::SheetSettled> settled, TimePoint now) override {
    if (fails("settle")) co_return away();
    for (ports::SheetSettled& one : settled) {
      Row& row = rows.at(one.id.value);
      const auto missing_since = row.contact.missing_since;
      if (one.is_written) {
        row.contact.seen = std::move(one.seen);
        row.contact.kept_notes = std::move(one.kept_notes);
        row.contact.aimed.reset();
      }
      row.contact.is_shared = row.contact.is_shared || one.is_shared;
      row.contact.missing_since = one.is_missing ? std::optional{missing_since.value_or(now)} : std::nullopt;
      if (one.is_written || (one.is_missing && missing_since && *missing_since < now - minutes{10}))
        row.written = one.version;
      row.remark = std::move(one.remark);
    }
    co_return Result<void>{};
  }
  Task<Result<int>> edit(CampaignId campaign, ports::SheetEdits changes, TimePoint now) override {
    if (fails("edit")) co_return away();
    int count = static_cast<int>(changes.changes.size() + changes.drops.size() + changes.added.size());
    for (const auto& change : changes.changes) {
      ports::SheetContact& contact = rows.at(change.id.value).contact;
      contact.name = change.now.name;
      contact.phone = change.now.phone;
      contact.email = change.now.email;
      contact.variables = change.now.variables;
    }
    for (const auto& drop : changes.drops) rows.at(drop.id.value).contact.state = ContactState::Failed;
    for (const ContactId& id : changes.absent) {
      auto& since = rows.at(id.value).contact.missing_since;
      if (!since) since = now;
    }
    for (const ContactId& id : changes.back) rows.at(id.value).contact.missing_since.reset();
    for (const NewContact& added : changes.added) {
      Row row;
      row.campaign = campaign;
      row.contact.id = ContactId{static_cast<std::int64_t>(rows.size()) + 1};
      row.contact.name = added.name;
      row.contact.phone = added.phone;
      row.contact.variables = added.variables;
      rows[row.contact.id.value] = std::move(row);
    }
    edits.push_back(std::move(changes));
    co_return count;
  }
  Task<Result<void>> remark(CampaignId campaign, std::string remark) override {
    if (fails("remark")) co_return away();
    remarks[campaign] = std::move(remark);
    co_return Result<void>{};
  }
  Task<Result<std::vector<ports::SheetLogEntry>>> due_log(CampaignId campaign, int limit, TimePoint now) override {
    if (fails("due_log")) co_return away();
    std::vector<ports::SheetLogEntry> entries;
    for (const Line& line : lines)
      if (line.campaign == campaign && !line.is_appended && line.due <= now && std::ssize(entries) < limit)
        entries.push_back(line.entry);
    co_return entries;
  }
  Task<Result<void>> log_sent(std::vector<AttemptId> attempts) override {
    if (fails("log_sent")) co_return away();
    for (Line& line : lines)
      if (std::ranges::find(attempts, line.entry.attempt) != attempts.end()) line.entry.was_sent = true;
    co_return Result<void>{};
  }
  Task<Result<void>> log_appended(std::vector<AttemptId> attempts, TimePoint) override {
    if (fails("log_appended")) co_return away();
    for (Line& line : lines)
      if (std::ranges::find(attempts, line.entry.attempt) != attempts.end()) line.is_appended = true;
    co_return Result<void>{};
  }

 private:
  static bool has(const std::vector<std::string>& list, const std::string& phone) {
    return std::ranges::find(list, phone) != list.end();
  }
  template <class Fits>
  std::vector<ports::SheetContact> contacts_of(const CampaignId& campaign, const Fits& fits) const {
    std::vector<ports::SheetContact> found;
    for (const auto& [id, row] : rows)
      if (row.campaign == campaign && fits(row)) found.push_back(row.contact);
    return found;
  }
  static Error away() { return {Errc::DatabaseUnavailable, "the database does not answer"}; }
  bool fails(const std::string& verb) {
    is_away = is_away || verb == dies_at;
    return is_away;
  }
};

}  // namespace otto::fakes
