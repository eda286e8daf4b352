// Webhooks that their receivers did not take: looked at, and sent anew once the receiver is mended.
#include "otto/api/routes.hpp"
#include "otto/base/log.hpp"
#include "otto/base/text.hpp"

#include "api/query.hpp"

namespace otto::api {

namespace {

constexpr int kDefaultPage = 100, kMaxPage = 500;

net::Response unprocessable(const std::string& field, const std::string& message) {
  return net::error_response(422, "invalid_input", message, {{field, message}});
}

Json page_json(const ports::DeadLetterPage& page) {
  Json letters = Json::array();
  for (const ports::DeadLetter& letter : page.letters)
    letters.push_back({{"id", letter.id},
                       {"type", letter.type},
                       {"campaignId", letter.campaign.value},
                       {"url", mask_url(letter.url)},
                       {"reason", letter.reason},
                       {"givenUpAt", format_iso8601(letter.at)}});
  const Json cursor = page.next_cursor.empty() ? Json(nullptr) : Json(page.next_cursor);
  return {{"success", true}, {"deadLetters", std::move(letters)}, {"nextCursor", cursor}};
}

Task<net::Response> list(const Deps& deps, net::Request request) {
  Query query{request};
  const int limit = query.number("limit", 1, kMaxPage, kDefaultPage);
  if (query.is_wrong()) co_return query.refusal();
  const CampaignId campaign{request.query_value("campaignId").value_or("")};
  auto page = co_await deps.store.events.dead_letters(campaign, limit, request.query_value("cursor").value_or(""));
  if (!page) co_return net::error_response(page.error());
  co_return net::json_response(200, page_json(*page));
}

Task<net::Response> replayed(const Deps& deps, std::string id, CampaignId campaign) {
  const auto count = co_await deps.store.events.replay(id, campaign, deps.timers.now());
  if (!count) co_return net::error_response(count.error());
  if (*count == 0 && !id.empty())
    co_return net::error_response(404, "not_found", "There is no dead letter with this id.");
  log::info("webhooks.replayed", {{"count", *count}, {"campaign", campaign.value}});
  co_return net::json_response(200, Json{{"success", true}, {"replayed", *count}});
}

Task<net::Response> replay_one(const Deps& deps, net::Request request) {
  return replayed(deps, std::string{request.param("id")}, CampaignId{});
}

Task<net::Response> replay_all(const Deps& deps, net::Request request) {
  CampaignId campaign;
  if (!trim(request.body).empty()) {
    const auto body = parse_json(request.body);
    if (!body) co_return net::error_response(body.error());
    if (!body->is_object()) co_return unprocessable("", "The body must be a JSON object.");
    std::vector<FieldError> errors;
    campaign = CampaignId{FieldReader{*body, errors}.string("campaignId", 1, 64).value_or("")};
    if (!errors.empty()) co_return unprocessable(errors[0].field, errors[0].field + " " + errors[0].message + ".");
  }
  co_return co_await replayed(deps, "", std::move(campaign));
}

}  // namespace

std::vector<net::Route> webhook_routes(const Deps& deps) {
  return {deps.route("GET", "/api/webhooks/dead-letters", list),
          deps.route("POST", "/api/webhooks/dead-letters/replay", replay_all),
          deps.route("POST", "/api/webhooks/dead-letters/:id/replay", replay_one)};
}

}  // namespace otto::api
