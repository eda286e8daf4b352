// What is known about one person, and its erasure, by their number.
#include "otto/api/routes.hpp"
#include "otto/base/log.hpp"
#include "otto/base/text.hpp"
#include "otto/phone/number.hpp"

namespace otto::api {

namespace {

net::Response unreadable(const Error& error) {
  return net::error_response(422, "invalid_input", error.detail, {{"phone", error.detail}});
}

Task<net::Response> export_person(const Deps& deps, net::Request request) {
  const auto phone = phone::parse_number(request.param("phone"), deps.config.default_region);
  if (!phone) co_return unreadable(phone.error());
  auto person = co_await deps.people.export_person(*phone);
  if (!person) co_return net::error_response(person.error());
  (*person)["success"] = true;
  co_return net::json_response(200, *person);
}

Task<net::Response> erase(const Deps& deps, net::Request request) {
  const auto phone = phone::parse_number(request.param("phone"), deps.config.default_region);
  if (!phone) co_return unreadable(phone.error());
  const auto erased = co_await deps.people.erase_person(*phone, deps.timers.now());
  if (!erased) co_return net::error_response(erased.error());
  log::info("person.erased", {{"phone", mask_phone(*phone)}, {"contacts", erased->contacts}, {"calls", erased->calls}});
  for (const CampaignId& campaign : erased->campaigns) deps.engine.wake(campaign);
  co_return net::json_response(200, Json{{"success", true},
                                         {"contacts", erased->contacts},
                                         {"calls", erased->calls},
                                         {"recordingsToRemove", erased->recordings},
                                         {"doNotCall", true}});
}

}  // namespace

std::vector<net::Route> person_routes(const Deps& deps) {
  return {deps.route("GET", "/api/persons/:phone", export_person, Role::Operate),
          deps.route("DELETE", "/api/persons/:phone", erase)};
}

}  // namespace otto::api
