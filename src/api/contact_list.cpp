#include "otto/api/contact_list.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace otto::api {

namespace {

constexpr std::size_t kSample = 5;

Json rows_json(const std::vector<SkippedContact>& rows) {
  Json list = Json::array();
  for (const SkippedContact& row : rows)
    list.push_back({{"row", row.row}, {"phone", row.phone}, {"reason", row.reason}});
  return list;
}

}  // namespace

phone::Destinations destinations_of(const Config& config) {
  return {config.allowed_destinations, config.twilio_outbound_numbers};
}

campaign::ImportOptions import_options(const Config& config) {
  campaign::ImportOptions options;
  options.default_region = config.default_region;
  options.destinations = destinations_of(config);
  return options;
}

void judge_active(campaign::ImportReport& report, const std::vector<ports::ActiveNumber>& active, CampaignType type) {
  std::map<std::string, const ports::ActiveNumber*> by_phone;
  for (const ports::ActiveNumber& number : active) {
    const ports::ActiveNumber*& known = by_phone[number.phone];
    if (known == nullptr || number.type == type) known = &number;
  }
  std::vector<NewContact> kept;
  kept.reserve(report.contacts.size());
  for (NewContact& contact : report.contacts) {
    const auto found = by_phone.find(contact.phone);
    if (found == by_phone.end()) {
      kept.push_back(std::move(contact));
      continue;
    }
    const std::string where = "the campaign \"" + found->second->campaign + "\"";
    if (found->second->type == type) {
      report.skipped.push_back({contact.row, contact.phone, "It is about to be called by " + where + " already."});
    } else {
      report.warnings.push_back({contact.row, contact.phone, "It is about to be called by " + where + " as well."});
      kept.push_back(std::move(contact));
    }
  }
  report.contacts = std::move(kept);
  std::ranges::sort(report.skipped, {}, &SkippedContact::row);
}

void judge_suppressed(campaign::ImportReport& report, const std::vector<std::string>& suppressed) {
  const std::set<std::string> barred{suppressed.begin(), suppressed.end()};
  std::erase_if(report.contacts, [&](const NewContact& contact) {
    if (!barred.contains(contact.phone)) return false;
    report.skipped.push_back({contact.row, contact.phone, "The number is on the do-not-call list."});
    return true;
  });
  std::ranges::sort(report.skipped, {}, &SkippedContact::row);
}

std::vector<std::string> numbers_of(const campaign::ImportReport& report) {
  std::vector<std::string> numbers;
  numbers.reserve(report.contacts.size());
  for (const NewContact& contact : report.contacts) numbers.push_back(contact.phone);
  return numbers;
}

Json report_json(const campaign::ImportReport& report) {
  Json sample = Json::array(), variables = Json::array();
  for (std::size_t i = 0; i < std::min(report.contacts.size(), kSample); ++i) {
    const NewContact& contact = report.contacts[i];
    sample.push_back({{"row", contact.row},
                      {"name", contact.name},
                      {"phone", contact.phone},
                      {"email", contact.email},
                      {"zones", contact.zones},
                      {"variables", contact.variables}});
  }
  if (!report.contacts.empty())
    for (const auto& [name, value] : report.contacts.front().variables) variables.push_back(name);
  return {{"callable", report.contacts.size()},
          {"skippedContacts", rows_json(report.skipped)},
          {"warnings", rows_json(report.warnings)},
          {"variables", std::move(variables)},
          {"sample", std::move(sample)}};
}

}  // namespace otto::api
