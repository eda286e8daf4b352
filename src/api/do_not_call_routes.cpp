// The do-not-call list, for people and workflows. The agent's tool and the opt-out key reach the same list by their
// facts.
#include "otto/api/answers.hpp"
#include "otto/api/routes.hpp"
#include "otto/base/log.hpp"
#include "otto/base/text.hpp"
#include "otto/phone/number.hpp"

#include "api/query.hpp"

namespace otto::api {

namespace {

constexpr int kDefaultPage = 100, kMaxPage = 500;
constexpr std::size_t kMaxReason = 500;

net::Response unprocessable(const std::string& field, const std::string& message) {
  return net::error_response(422, "invalid_input", message, {{field, message}});
}

Task<net::Response> list(const Deps& deps, net::Request request) {
  Query query{request};
  const int limit = query.number("limit", 1, kMaxPage, kDefaultPage);
  if (query.is_wrong()) co_return query.refusal();
  auto page = co_await deps.store.suppressions.list_suppressed(limit, request.query_value("cursor").value_or(""));
  if (!page) co_return net::error_response(page.error());
  co_return net::json_response(200, suppression_page(*page, limit, deps.config.base_url));
}

Task<net::Response> add(const Deps& deps, net::Request request) {
  const auto body = parse_json(request.body);
  if (!body) co_return net::error_response(body.error());
  if (!body->is_object()) co_return unprocessable("", "The body must be a JSON object.");
  std::vector<FieldError> errors;
  FieldReader reader{*body, errors};
  const auto given = reader.required_string("phone", 1, 64);
  const auto reason = reader.string("reason", 1, kMaxReason).value_or("added by hand");
  if (!errors.empty()) co_return unprocessable(errors[0].field, errors[0].field + " " + errors[0].message + ".");
  const auto phone = phone::parse_number(given);
  if (!phone) co_return unprocessable("phone", phone.error().detail);

  ports::Suppression entry;
  entry.phone = *phone;
  entry.reason = reason;
  entry.source = "api";
  entry.at = deps.timers.now();
  const auto done = co_await deps.store.suppressions.suppress(std::move(entry));
  if (!done) co_return net::error_response(done.error());
  log::info("number.suppressed", {{"phone", mask_phone(*phone)}, {"contacts", done->contacts_closed}});
  for (const CampaignId& campaign : done->campaigns) deps.engine.wake(campaign);
  if (!done->unanswered.empty()) deps.recorder.end_calls(done->unanswered);
  co_return net::json_response(200, Json{{"success", true},
                                         {"phone", *phone},
                                         {"added", done->is_new},
                                         {"contactsClosed", done->contacts_closed},
                                         {"callsEnded", done->unanswered.size()}});
}

Task<net::Response> remove(const Deps& deps, net::Request request) {
  const auto phone = phone::parse_number(request.param("phone"));
  if (!phone) co_return unprocessable("phone", phone.error().detail);
  const auto lifted = co_await deps.store.suppressions.lift(*phone);
  if (!lifted) co_return net::error_response(lifted.error());
  if (!*lifted) co_return net::error_response(404, "not_found", *phone + " is not on the do-not-call list.");
  log::info("number.lifted", {{"phone", mask_phone(*phone)}});
  co_return net::json_response(200, Json{{"success", true}, {"phone", *phone}, {"removed", true}});
}

}  // namespace

std::vector<net::Route> do_not_call_routes(const Deps& deps) {
  return {deps.route("GET", "/api/do-not-call", list), deps.route("POST", "/api/do-not-call", add),
          deps.route("DELETE", "/api/do-not-call/:phone", remove)};
}

}  // namespace otto::api
