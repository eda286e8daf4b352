// What the dashboard lists and shows.
#include "otto/api/routes.hpp"
#include "otto/api/view_answers.hpp"
#include "otto/base/log.hpp"

#include "api/query.hpp"

namespace otto::api {

namespace {

constexpr int kDefaultPage = 50, kMaxPage = 200, kExportPage = 1000;
constexpr std::size_t kMaxCursor = 8192;

IsHere here(const Deps& deps) {
  return [&deps](const AttemptId& attempt) { return deps.calls.carries(attempt); };
}

Json page_json(std::string_view name, Json items, const std::string& cursor) {
  return Json{
      {"success", true}, {name, std::move(items)}, {"nextCursor", cursor.empty() ? Json(nullptr) : Json(cursor)}};
}

Task<net::Response> campaigns(const Deps& deps, net::Request request) {
  Query query{request};
  ports::CampaignAsk ask;
  ask.status = query.one_of("status", parse_campaign_status, "PENDING, RUNNING, COMPLETED, STOPPED, FAILED");
  ask.part_of_name = query.text("q");
  ask.limit = query.number("limit", 1, kMaxPage, kDefaultPage);
  ask.cursor = query.text("cursor", kMaxCursor);
  if (query.is_wrong()) co_return query.refusal();
  const auto page = co_await deps.views.campaigns(std::move(ask));
  if (!page) co_return net::error_response(page.error());
  Json lines = Json::array();
  for (const ports::CampaignLine& line : page->campaigns) lines.push_back(campaign_summary(line));
  co_return net::json_response(200, page_json("campaigns", std::move(lines), page->next_cursor));
}

Task<net::Response> campaign(const Deps& deps, net::Request request) {
  const auto detail = co_await deps.views.campaign(CampaignId{std::string{request.param("campaignId")}});
  if (!detail) co_return net::error_response(detail.error());
  co_return net::json_response(200, campaign_detail(*detail));
}

std::optional<ports::ContactSort> parse_sort(std::string_view text) {
  if (text == "row") return ports::ContactSort::Row;
  if (text == "name") return ports::ContactSort::Name;
  if (text == "attempts") return ports::ContactSort::Attempts;
  if (text == "lastCall") return ports::ContactSort::LastCall;
  return std::nullopt;
}

std::optional<bool> parse_descending(std::string_view text) {
  if (text == "desc") return true;
  if (text == "asc") return false;
  return std::nullopt;
}

Task<net::Response> contacts(const Deps& deps, net::Request request) {
  Query query{request};
  ports::ContactAsk ask;
  ask.state = query.one_of("state", parse_contact_state, "due, open, completed, failed");
  ask.outcome = query.text("outcome", 64);
  ask.search = query.text("q");
  ask.sort = query.one_of("sort", parse_sort, "row, name, attempts, lastCall").value_or(ports::ContactSort::Row);
  ask.descending = query.one_of("order", parse_descending, "asc, desc").value_or(false);
  ask.limit = query.number("limit", 1, kMaxPage, kDefaultPage);
  ask.cursor = query.text("cursor", kMaxCursor);
  if (query.is_wrong()) co_return query.refusal();
  const CampaignId id{std::string{request.param("campaignId")}};
  const auto page = co_await deps.views.contacts(id, std::move(ask));
  if (!page) co_return net::error_response(page.error());
  Json rows = Json::array();
  for (const ports::ContactLine& line : page->contacts) rows.push_back(contact_row(line));
  co_return net::json_response(200, page_json("contacts", std::move(rows), page->next_cursor));
}

ports::ContactAsk export_page(std::string cursor) {
  ports::ContactAsk ask;
  ask.limit = kExportPage;
  ask.cursor = std::move(cursor);
  return ask;
}

/// All rows, a page at a time: the database answers each as fast as the reader takes them.
Task<bool> write_contacts(const Deps& deps, CampaignId id, ports::ContactPage page, net::BodyWriter& to) {
  std::string text = contacts_csv_head();
  for (;;) {
    for (const ports::ContactLine& line : page.contacts) text += contact_csv_line(line);
    if (!co_await to.write(text)) co_return false;
    if (page.next_cursor.empty()) co_return true;
    text.clear();
    auto next = co_await deps.views.contacts(id, export_page(std::move(page.next_cursor)));
    if (!next) {
      log::warn("export.cut_off", {{"campaign", id.value}, {"error", next.error().detail}});
      co_return false;
    }
    page = std::move(*next);
  }
}

Task<net::Response> export_contacts(const Deps& deps, net::Request request) {
  const CampaignId id{std::string{request.param("campaignId")}};
  auto first = co_await deps.views.contacts(id, export_page({}));
  if (!first) co_return net::error_response(first.error());
  net::Response response{200, "text/csv; charset=utf-8", ""};
  response.headers.add("Content-Disposition", "attachment; filename=\"contacts-" + id.value + ".csv\"");
  response.stream = [&deps, id, page = std::move(*first)](net::BodyWriter& to) {
    return write_contacts(deps, id, page, to);
  };
  co_return response;
}

Task<net::Response> calls(const Deps& deps, net::Request request) {
  Query query{request};
  const bool live = query.text("live") == "true";
  ports::CallAsk ask;
  if (auto campaign = query.text("campaignId"); !campaign.empty()) ask.campaign = CampaignId{std::move(campaign)};
  ask.limit = query.number("limit", 1, kMaxPage, kDefaultPage);
  ask.cursor = query.text("cursor", kMaxCursor);
  if (live && ask.campaign) query.fail("live", "goes without campaignId");
  if (query.is_wrong()) co_return query.refusal();
  ports::CallPage page;
  if (live) {
    auto lines = co_await deps.views.live_calls();
    if (!lines) co_return net::error_response(lines.error());
    page.calls = std::move(*lines);
  } else {
    auto asked = co_await deps.views.calls(std::move(ask));
    if (!asked) co_return net::error_response(asked.error());
    page = std::move(*asked);
  }
  const auto is_here = here(deps);
  Json lines = Json::array();
  for (const ports::CallLine& line : page.calls) lines.push_back(call_summary(line, is_here));
  co_return net::json_response(200, page_json("calls", std::move(lines), page.next_cursor));
}

Task<net::Response> call(const Deps& deps, net::Request request) {
  const auto detail = co_await deps.views.call(std::string{request.param("call")});
  if (!detail) co_return net::error_response(detail.error());
  co_return net::json_response(200, call_detail(*detail, here(deps)));
}

}  // namespace

std::vector<net::Route> view_routes(const Deps& deps) {
  const std::string one = "/api/campaigns/:campaignId";
  return {deps.route("GET", "/api/campaigns", campaigns), deps.route("GET", one, campaign),
          deps.route("GET", one + "/contacts", contacts), deps.route("GET", one + "/contacts.csv", export_contacts),
          deps.route("GET", "/api/calls", calls),         deps.route("GET", "/api/calls/:call", call)};
}

}  // namespace otto::api
