// SheetSync's other direction: what people have changed in a sheet since it was last looked at.
#include <algorithm>
#include <unordered_set>

#include "otto/base/log.hpp"
#include "otto/base/text.hpp"

#include "campaign/sheet_book.hpp"

namespace otto::campaign {

namespace {

/// By number, what its rows hold; a change of anything in them is a change of the number.
using Rows = std::unordered_map<std::string, std::size_t>;
Rows hash_rows(const SheetView& view) {
  Rows rows;
  const std::hash<std::string> hash;
  for (const SheetView::Row& row : view.rows()) {
    if (row.contact.phone.empty()) continue;
    std::size_t value = hash(row.contact.name) * 31 + hash(row.contact.email);
    for (const auto& [key, text] : row.contact.variables) value = value * 31 + hash(text);
    value = value * 31 + (row.is_final ? 1 : 0) + (row.is_barred ? 2 : 0);
    rows[row.contact.phone] += value;
  }
  return rows;
}

struct Compared {
  Rows rows;
  std::unordered_set<std::string> changed;  ///< numbers that have come, gone or been edited
};
Compared compare(const SheetView& view, const Rows& before) {
  Compared compared;
  compared.rows = hash_rows(view);
  for (const auto& [phone, hash] : compared.rows) {
    const auto old = before.find(phone);
    if (old == before.end() || old->second != hash) compared.changed.insert(phone);
  }
  for (const auto& [phone, hash] : before)
    if (!compared.rows.contains(phone)) compared.changed.insert(phone);
  return compared;
}

}  // namespace

/// Whoever types DO_NOT_CALL means every campaign. What Otto has written itself tells of a number that is on the list,
/// or that somebody has taken off it since; and a cell is taken at its word once, so that a number that was taken off
/// the list stays off it until the cell has said something else in between.
Task<Result<void>> SheetSync::bar_numbers(const ports::SheetJob& job, View view,
                                          std::shared_ptr<const std::unordered_set<std::string>> changed) {
  std::map<std::string, const SheetView::Row*> rows;
  std::vector<std::string> phones;
  for (const SheetView::Row& row : view->rows())
    if (row.is_barred && changed->contains(row.contact.phone) && rows.emplace(row.contact.phone, &row).second)
      phones.push_back(row.contact.phone);
  std::vector<std::string> free;
  for (const std::string& phone : *changed)
    if (!rows.contains(phone)) free.push_back(phone);
  if (phones.empty() && free.empty()) co_return Result<void>{};
  const std::string sheet = job.place.id + "/" + job.place.gid.value_or(job.place.tab);
  auto fresh = co_await deps_.store.sheets.newly_barred(sheet, std::move(phones), std::move(free));
  if (!fresh) co_return fresh.error();
  phones = std::move(*fresh);
  if (phones.empty()) co_return Result<void>{};
  std::erase_if(rows, [&](const auto& row) { return std::ranges::find(phones, row.first) == phones.end(); });
  auto listed = co_await deps_.store.suppressions.suppressed_of(phones);
  if (!listed) co_return listed.error();
  for (const std::string& phone : *listed) rows.erase(phone);
  auto contacts = co_await deps_.store.sheets.with_numbers(job.campaign, phones);
  if (!contacts) co_return contacts.error();
  for (const ports::SheetContact& contact : *contacts) {
    const auto row = rows.find(contact.phone);
    if (row != rows.end() && row->second->contact.sheet_status == contact.seen.status) rows.erase(row);
  }
  for (const auto& [phone, row] : rows) {
    ports::Suppression entry;
    entry.phone = phone;
    entry.reason = "DO_NOT_CALL in row " + std::to_string(row->number) + " of the sheet of the campaign \"" +
                   job.campaign_name + "\"";
    entry.source = "sheet";
    entry.campaign = job.campaign;
    entry.at = deps_.timers.now();
    auto done = co_await deps_.store.suppressions.suppress(std::move(entry));
    if (!done) co_return done.error();
    log::info("number.suppressed", {{"phone", mask_phone(phone)},
                                    {"campaign", job.campaign.value},
                                    {"contacts", done->contacts_closed},
                                    {"by", "sheet"}});
    for (const CampaignId& campaign : done->campaigns) deps_.on_edit(campaign);
    if (!done->unanswered.empty()) deps_.end_calls(std::move(done->unanswered));
  }
  co_return co_await deps_.store.sheets.note_barred(sheet, std::move(phones));
}

Task<Result<void>> SheetSync::take_edits(Tab& tab, const ports::SheetJob& job, View view) {
  auto look = [view, before = tab.rows] { return compare(*view, before); };
  auto compared = co_await rt::offload(deps_.workers, std::move(look));
  if (!tab.is_first && compared.changed.empty() && tab.absent.empty()) co_return Result<void>{};
  const auto changed = std::make_shared<const std::unordered_set<std::string>>(std::move(compared.changed));
  auto barred = co_await bar_numbers(job, view, changed);
  if (!barred) co_return barred.error();
  if (!job.is_active) co_return Result<void>{};

  std::vector<std::string> phones{changed->begin(), changed->end()};
  phones.insert(phones.end(), tab.absent.begin(), tab.absent.end());
  auto known = co_await deps_.store.sheets.known_numbers(job.campaign, phones);
  if (!known) co_return known.error();
  std::optional<std::vector<std::string>> of = std::move(phones);
  if (tab.is_first) of.reset();
  auto due = co_await deps_.store.sheets.due(job.campaign, std::move(of));
  if (!due) co_return due.error();

  const TimePoint now = deps_.timers.now();
  auto find = [view, changed, contacts = *due, numbers = std::move(*known), follow = job.follow, now] {
    EditOptions options;
    options.follow = follow;
    options.changed = changed.get();
    return find_edits(*view, contacts, numbers, options, now);
  };
  ports::SheetEdits edits = co_await rt::offload(deps_.workers, std::move(find));
  std::set<std::string> absent;
  for (const ports::SheetContact& contact : *due)
    if (std::ranges::find(edits.absent, contact.id) != edits.absent.end()) absent.insert(contact.phone);
  if (!edits.empty()) {
    for (const auto& drop : edits.drops)
      log::info("sheet.contact_dropped",
                {{"campaign", job.campaign.value}, {"contact", drop.id.value}, {"reason", drop.reason}});
    auto edited = co_await deps_.store.sheets.edit(job.campaign, std::move(edits), now);
    if (!edited) co_return edited.error();
    if (*edited > 0) {
      log::info("sheet.edits_taken", {{"campaign", job.campaign.value}, {"contacts", *edited}});
      deps_.on_edit(job.campaign);
    }
  }
  // across await: only this book's keeper touches `tab`, and books outlive their rounds.
  tab.rows = std::move(compared.rows);
  tab.absent = std::move(absent);
  tab.is_first = false;
  co_return Result<void>{};
}

}  // namespace otto::campaign
