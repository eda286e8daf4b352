// The body that starts a campaign: everything that a stranger with a key may say about contacts and settings.
#include "otto/api/trigger.hpp"

#include "otto/campaign/importer.hpp"

#include "fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otto;
  const auto body = parse_json(fuzz::text_of(data, size));
  if (!body) return 0;
  api::TriggerChecks checks;
  checks.is_zone = [](const std::string& zone) { return zone.size() < 20; };
  checks.callback_allowed = [](const std::string& url) { return url.find("127.") == std::string::npos; };
  checks.refusal = [](const std::string&) { return std::string{}; };
  std::vector<FieldError> errors;
  const auto trigger = api::read_trigger(*body, checks, errors);
  if (trigger.contacts) {
    const auto report = campaign::import_inline(*trigger.contacts);
    for (const auto& contact : report.contacts)
      fuzz::require(contact.phone.starts_with('+'), "a contact's number is in E.164");
  }
  if (errors.empty()) {
    const Json stored = write_settings(trigger.campaign.settings);
    std::vector<FieldError> wrong;
    fuzz::require(write_settings(read_settings(&stored, wrong)) == stored && wrong.empty(),
                  "settings that were accepted can be stored and read again");
  }
  errors.clear();
  api::read_preview(*body, checks, errors);
  return 0;
}
