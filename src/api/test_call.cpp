#include "api/test_call.hpp"

#include "otto/api/contact_list.hpp"
#include "otto/base/log.hpp"
#include "otto/dial/place.hpp"
#include "otto/hooks/policy.hpp"
#include "otto/net/message.hpp"
#include "otto/net/private_host.hpp"
#include "otto/phone/number.hpp"
#include "otto/phone/window.hpp"

namespace otto::api {

TriggerChecks trigger_checks(const Config& config) {
  TriggerChecks checks;
  checks.is_zone = [](const std::string& zone) { return phone::is_zone(zone); };
  checks.callback_allowed = [hosts = config.callback_hosts](const std::string& url) {
    const auto parsed = net::parse_url(url);
    return parsed &&
           (!net::names_private_host(parsed->host) || hooks::is_allowed_host(hosts, parsed->host, parsed->port));
  };
  checks.refusal = [destinations = destinations_of(config)](const std::string& number) {
    return destinations.refusal(number);
  };
  return checks;
}

Result<NewTest> make_test(const NewCampaign& of, Variables variables, const std::string& phone, const std::string& name,
                          const Config& config) {
  auto number = phone::parse_number(phone, config.default_region);
  if (!number) return number.error();
  if (auto refusal = destinations_of(config).refusal(*number); !refusal.empty())
    return Error{Errc::InvalidInput, std::move(refusal)};
  NewTest test;
  test.campaign.id = CampaignId{make_cuid()};
  test.campaign.name = "Test of " + of.name;
  test.campaign.type = of.type;
  test.campaign.dealership_id = of.dealership_id;
  test.campaign.test_of = of.id.value;
  CampaignSettings& settings = test.campaign.settings;
  settings = of.settings;
  settings.hours = CallingHours{0, 1440, "UTC", 0x7F};
  settings.legal_hours = false;
  settings.max_attempts = 1;
  settings.retry = {};
  settings.follow_sheet = false;
  settings.pause_on_failures = 0;
  settings.budget.max_calls.reset();
  settings.budget.max_cost.reset();
  test.contact.row = 1;
  test.contact.name = name.empty() ? "Test" : name;
  test.contact.phone = *number;
  test.contact.variables = std::move(variables);
  test.contact.zones = dial::place_of(*number, {}).zones;
  return test;
}

Task<Result<void>> start_test(const Deps& deps, NewTest test) {
  std::vector<std::string> phones{test.contact.phone};
  auto suppressed = co_await deps.store.suppressions.suppressed_of(std::move(phones));
  if (!suppressed) co_return suppressed.error();
  if (!suppressed->empty())
    co_return Error{Errc::Conflict, test.contact.phone + " is on the do-not-call list and is not called."};
  const CampaignId id = test.campaign.id;
  std::vector<NewContact> contacts;
  contacts.push_back(std::move(test.contact));
  auto created = co_await deps.store.campaigns.create(std::move(test.campaign), std::move(contacts), std::nullopt, "");
  if (!created) co_return created.error();
  log::info("campaign.test", {{"campaign", id.value}});
  deps.engine.wake(id);
  co_return Result<void>{};
}

}  // namespace otto::api
