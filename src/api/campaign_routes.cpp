// Steering a campaign that exists, and asking it why: pause, resume, change, test call, why.
#include "otto/api/routes.hpp"
#include "otto/api/why.hpp"
#include "otto/base/log.hpp"
#include "otto/base/text.hpp"
#include "otto/phone/number.hpp"

#include "api/test_call.hpp"

namespace otto::api {

namespace {

constexpr std::size_t kMaxReason = 500;

net::Response unprocessable(const std::vector<FieldError>& errors) {
  const std::string field = errors.front().field.empty() ? "" : errors.front().field + " ";
  return net::error_response(422, "invalid_input", field + errors.front().message + ".", errors);
}

CampaignId campaign_of(const net::Request& request) { return CampaignId{std::string{request.param("campaignId")}}; }

/// An object; an empty body is an empty one.
Result<Json> body_of(const net::Request& request, std::vector<FieldError>& errors) {
  if (trim(request.body).empty()) return Json(Json::object());
  auto body = parse_json(request.body);
  if (body && !body->is_object()) errors.push_back({"", "The body must be a JSON object"});
  return body;
}

Json steered(const CampaignId& id, const Campaign& campaign) {
  return Json{{"success", true},
              {"campaignId", id.value},
              {"status", std::string{to_string(campaign.status)}},
              {"hold", campaign.hold ? Json(to_string(*campaign.hold)) : Json(nullptr)},
              {"holdReason", campaign.hold ? Json(campaign.hold_reason) : Json(nullptr)}};
}

Task<net::Response> show(const Deps& deps, CampaignId id) {
  const auto state = co_await deps.store.campaigns.state(id, deps.timers.now());
  if (!state) co_return net::error_response(state.error());
  Json answer = steered(id, state->campaign);
  answer["activeCalls"] = state->open_calls;
  co_return net::json_response(200, answer);
}

Task<net::Response> pause(const Deps& deps, net::Request request) {
  std::vector<FieldError> errors;
  const auto body = body_of(request, errors);
  if (!body) co_return net::error_response(body.error());
  if (!errors.empty()) co_return unprocessable(errors);
  const auto reason = FieldReader{*body, errors}.string("reason", 1, kMaxReason);
  if (!errors.empty()) co_return unprocessable(errors);
  CampaignId id = campaign_of(request);
  deps.engine.halt(id);  // before the database is asked: nothing is dialed even if it is slow to answer
  const auto held = co_await deps.store.campaigns.hold(
      id, CampaignHold::Paused, reason.value_or("Somebody paused it; resume the campaign to go on."),
      deps.timers.now());
  if (!held) co_return net::error_response(held.error());
  log::info("campaign.paused", {{"campaign", id.value}});
  co_return co_await show(deps, std::move(id));
}

Task<net::Response> resume(const Deps& deps, net::Request request) {
  CampaignId id = campaign_of(request);
  const auto resumed = co_await deps.store.campaigns.resume(id, deps.timers.now());
  if (!resumed) co_return net::error_response(resumed.error());
  if (*resumed) log::info("campaign.resumed", {{"campaign", id.value}});
  deps.engine.wake(id);
  co_return co_await show(deps, std::move(id));
}

/// Hours, pace, retries, budget …: what is given replaces the setting of that name. It holds from the next claim on.
Task<net::Response> change(const Deps& deps, net::Request request) {
  std::vector<FieldError> errors;
  const auto body = body_of(request, errors);
  if (!body) co_return net::error_response(body.error());
  const Json* given = errors.empty() ? FieldReader{*body, errors}.object("settings") : nullptr;
  if (!given && errors.empty()) errors.push_back({"settings", "is required: the settings to change"});
  if (body->is_object())
    for (const auto& [key, value] : body->items())
      if (key != "settings") errors.push_back({key, "cannot be changed; only settings can"});
  if (given) check_settings(read_settings(given, errors), trigger_checks(deps.config), errors);
  if (!errors.empty()) co_return unprocessable(errors);
  CampaignId id = campaign_of(request);
  auto merge = [patch = *given](const CampaignSettings& stored) -> Result<CampaignSettings> {
    Json merged = write_settings(stored);
    merged.update(patch);
    if (patch.contains("budget") && !patch["budget"].contains("pricePerMinute") && stored.budget.price_per_minute > 0)
      merged["budget"]["pricePerMinute"] = stored.budget.price_per_minute;
    std::vector<FieldError> wrong;
    auto settings = read_settings(&merged, wrong);
    if (!wrong.empty()) return Error{Errc::InvalidInput, wrong.front().field + " " + wrong.front().message + "."};
    return settings;
  };
  const auto changed = co_await deps.store.campaigns.change(id, std::move(merge), *given, deps.timers.now());
  if (!changed) co_return net::error_response(changed.error());
  log::info("campaign.changed", {{"campaign", id.value}, {"settings", dump_json(*given)}});
  deps.engine.wake(id);
  co_return net::json_response(
      200, Json{{"success", true}, {"campaignId", id.value}, {"settings", write_settings(*changed)}});
}

Task<net::Response> test_call(const Deps& deps, net::Request request) {
  if (deps.draining())
    co_return net::error_response(503, "draining", "This instance is shutting down; try again shortly.");
  std::vector<FieldError> errors;
  const auto body = body_of(request, errors);
  if (!body) co_return net::error_response(body.error());
  if (!errors.empty()) co_return unprocessable(errors);
  FieldReader reader{*body, errors};
  const auto phone = reader.required_string("phone", 1, 64);
  const auto name = reader.string("name", 1, 200).value_or("");
  if (!errors.empty()) co_return unprocessable(errors);
  const CampaignId id = campaign_of(request);
  auto state = co_await deps.store.campaigns.state(id, deps.timers.now());
  if (!state) co_return net::error_response(state.error());
  NewCampaign of;
  of.id = id;
  of.name = state->campaign.name;
  of.type = state->campaign.type;
  of.dealership_id = state->campaign.dealership_id;
  of.settings = state->campaign.settings;
  auto test = make_test(of, state->next ? state->next->contact.variables : Variables{}, phone, name, deps.config);
  if (!test) {
    errors.push_back({"phone", test.error().detail});
    co_return unprocessable(errors);
  }
  const CampaignId test_id = test->campaign.id;
  const auto started = co_await start_test(deps, std::move(*test));
  if (!started) co_return net::error_response(started.error());
  co_return net::json_response(
      202, Json{{"success", true},
                {"campaignId", test_id.value},
                {"testOf", id.value},
                {"resultsUrl", deps.config.base_url + "/api/n8n/campaign-results/" + test_id.value}});
}

Task<net::Response> why(const Deps& deps, net::Request request) {
  const auto state = co_await deps.store.campaigns.state(campaign_of(request), deps.timers.now());
  if (!state) co_return net::error_response(state.error());
  const WhyLimits limits{deps.config.twilio_calls_per_second, deps.engine.max_conversations(),
                         deps.config.calls_per_day};
  co_return net::json_response(200, campaign_why(*state, limits, deps.timers.now()));
}

Task<net::Response> why_contact(const Deps& deps, net::Request request) {
  auto phone = phone::parse_number(request.param("phone"), deps.config.default_region);
  if (!phone)
    co_return net::error_response(422, "invalid_input", phone.error().detail, {{"phone", phone.error().detail}});
  const CampaignId id = campaign_of(request);
  const auto decision = co_await deps.store.campaigns.decision(id, std::move(*phone));
  if (!decision) co_return net::error_response(decision.error());
  co_return net::json_response(200, contact_why(id, *decision, deps.timers.now()));
}

}  // namespace

std::vector<net::Route> campaign_routes(const Deps& deps) {
  const std::string one = "/api/campaigns/:campaignId";
  return {deps.route("PATCH", one, change),
          deps.route("POST", one + "/pause", pause),
          deps.route("POST", one + "/resume", resume),
          deps.route("POST", one + "/test", test_call),
          deps.route("GET", one + "/why", why),
          deps.route("GET", one + "/contacts/:phone/why", why_contact)};
}

}  // namespace otto::api
