#include "otto/campaign/importer.hpp"

#include <map>
#include <set>
#include <utility>

#include "otto/dial/place.hpp"
#include "otto/phone/number.hpp"

#include "campaign/drafts.hpp"

namespace otto::campaign {

namespace {

constexpr std::size_t kMaxKeys = 200;

ImportReport judge(std::vector<Draft> drafts, const ImportOptions& options) {
  std::vector<Result<std::string>> numbers;
  numbers.reserve(drafts.size());
  std::map<std::string, int> barred;  // number → the row that says DO_NOT_CALL
  std::map<std::string, int> rows_of;
  for (const Draft& draft : drafts) {
    numbers.push_back(phone::parse_number(draft.phone, options.default_region));
    if (!numbers.back()) continue;
    ++rows_of[*numbers.back()];
    if (final_status(draft.status) == Final::DoNotCall) barred.emplace(*numbers.back(), draft.row);
    if (!options.destinations) continue;
    if (auto refusal = options.destinations->refusal(*numbers.back()); !refusal.empty())
      numbers.back() = Error{Errc::InvalidInput, std::move(refusal)};
  }

  ImportReport report;
  std::map<std::string, int> taken;
  for (std::size_t i = 0; i < drafts.size(); ++i) {
    Draft& draft = drafts[i];
    const auto skip = [&](std::string reason) {
      report.skipped.push_back({draft.row, std::string{truncate_utf8(draft.phone, 64)}, std::move(reason)});
    };
    const Final status = final_status(draft.status);
    if (status != Final::No) {
      skip(status == Final::Completed ? "The status is COMPLETED." : "The status is DO_NOT_CALL.");
    } else if (!numbers[i]) {
      skip(numbers[i].error().detail);
    } else if (const auto bar = barred.find(*numbers[i]); bar != barred.end()) {
      skip("Row " + std::to_string(bar->second) + " says DO_NOT_CALL for this number.");
    } else if (const auto [first, is_new] = taken.emplace(*numbers[i], draft.row); !is_new) {
      skip("It has the same number as row " + std::to_string(first->second) + ".");
    } else {
      if (!draft.email.empty() && !is_email(draft.email))
        report.warnings.push_back({draft.row, *numbers[i],
                                   "\"" + std::string{truncate_utf8(draft.email, 64)} +
                                       "\" is no e-mail address and is left out; the contact is called."});
      report.contacts.push_back(make_contact(std::move(draft), *numbers[i]));
      auto place = dial::place_of(*numbers[i], report.contacts.back().variables);
      report.contacts.back().zones = std::move(place.zones);
      if (!place.complaint.empty())
        report.warnings.push_back({report.contacts.back().row, *numbers[i], std::move(place.complaint)});
      report.contacts.back().is_shared = rows_of[*numbers[i]] > 1;
    }
  }
  return report;
}

/// What an inline contact's field holds, as a cell would show it.
std::string cell_text(const Json& value) {
  if (value.is_null()) return {};
  if (value.is_string()) return value.get<std::string>();
  return dump_json(value);
}

}  // namespace

ImportReport import_table(const ports::SheetTable& table, const ImportOptions& options) {
  auto drafts = read_drafts(table, Columns{table.header});
  if (drafts) return judge(std::move(*drafts), options);
  ImportReport report;
  report.error = drafts.error();
  return report;
}

ImportReport import_inline(const Json& contacts, const ImportOptions& options) {
  ImportReport report;
  std::set<std::string> names;
  if (!contacts.is_array()) {
    report.error.emplace(Errc::InvalidInput, "contacts must be an array of objects with at least a phone.");
    return report;
  }
  for (const Json& contact : contacts) {
    if (!contact.is_object()) continue;
    for (const auto& [key, value] : contact.items()) names.insert(key);
    if (names.size() <= kMaxKeys) continue;
    report.error.emplace(Errc::InvalidInput, "contacts has more than " + std::to_string(kMaxKeys) +
                                                 " different keys; give each contact the same ones.");
    return report;
  }

  const std::vector<std::string> keys{names.begin(), names.end()};
  const Columns columns{keys};
  std::vector<Draft> drafts;
  drafts.reserve(contacts.size());
  for (const Json& contact : contacts) {
    const auto cell = [&](std::size_t column) {
      const auto at = contact.is_object() ? contact.find(keys[column]) : contact.end();
      return at == contact.end() ? std::string{} : cell_text(*at);
    };
    drafts.push_back(read_draft(static_cast<int>(drafts.size()) + 1, columns, cell));
  }
  return judge(std::move(drafts), options);
}

}  // namespace otto::campaign
