// What n8n calls: trigger, results, stop, status. Errors carry one sentence at error.message, which n8n shows.

#include "otto/api/answers.hpp"
#include "otto/api/contact_list.hpp"
#include "otto/api/preview_plan.hpp"
#include "otto/api/routes.hpp"
#include "otto/api/trigger.hpp"
#include "otto/base/log.hpp"
#include "otto/base/text.hpp"
#include "otto/campaign/importer.hpp"
#include "otto/crypto/digest.hpp"
#include "otto/rt/offload.hpp"

#include "api/agent_warnings.hpp"
#include "api/json_values.hpp"
#include "api/query.hpp"
#include "api/test_call.hpp"

namespace otto::api {

namespace {

constexpr std::size_t kMaxTriggerBody = 5 * 1024 * 1024;  // 10,000 contacts with their variables
constexpr std::size_t kMaxIdempotencyKey = 255;
constexpr std::string_view kDefaultTab = "Outbound Campaigns";
constexpr int kDefaultPage = 100;
constexpr int kMaxPage = 500;

net::Response unprocessable(std::string_view message, const std::vector<FieldError>& details) {
  return net::error_response(422, "invalid_input", message, details);
}

std::string summary_of(const std::vector<FieldError>& errors) {
  if (errors.size() == 1)
    return errors[0].field.empty() ? errors[0].message + "." : errors[0].field + " " + errors[0].message + ".";
  return std::to_string(errors.size()) + " fields are wrong: " + errors[0].field + " " + errors[0].message +
         "; see details.";
}

Result<campaign::ImportReport> taken(campaign::ImportReport report) {
  if (report.error) return *report.error;
  return report;
}

/// The list that the body itself holds, if it does.
std::optional<Result<campaign::ImportReport>> import_body(const Trigger& trigger,
                                                          const campaign::ImportOptions& options) {
  if (trigger.contacts) return taken(campaign::import_inline(*trigger.contacts, options));
  if (!trigger.list_file) return std::nullopt;
  auto table = ports::parse_list_file(*trigger.list_file, trigger.list_tab);
  if (!table) return Result<campaign::ImportReport>{table.error()};
  return taken(campaign::import_table(*table, options));
}

/// What can be said about a trigger without asking anybody. Ten thousand numbers take half a second to read, so this is
/// done on a worker thread; it touches nothing but its arguments.
struct Reading {
  std::optional<Error> malformed;
  std::vector<FieldError> errors;
  Trigger trigger;
  std::optional<Result<campaign::ImportReport>> contacts;  ///< of a list in the body
};
Reading read_body(const std::string& text, const TriggerChecks& checks, const campaign::ImportOptions& options) {
  Reading reading;
  auto body = parse_json(text);
  if (!body) {
    reading.malformed = body.error();
    return reading;
  }
  reading.trigger = read_trigger(*body, checks, reading.errors);
  if (reading.errors.empty()) reading.contacts = import_body(reading.trigger, options);
  return reading;
}

Task<Result<campaign::ImportReport>> contacts_of(const Deps& deps, NewCampaign& campaign) {
  const std::string sheet = campaign.sheet_id.value_or(deps.config.sheets_campaign_id);
  if (sheet.empty())
    co_return Error{Errc::InvalidInput,
                    "Give contacts or googleSheetId; no default sheet is configured (GOOGLE_SHEETS_CAMPAIGN_ID)."};
  auto source = ports::parse_sheet_reference(sheet, campaign.sheet_tab.value_or(std::string{kDefaultTab}));
  if (!source) co_return source.error();
  campaign.sheet_id = source->id;
  auto table = co_await deps.sheet.read(*source);
  if (!table) co_return table.error();
  const ports::SheetSource& place = table->place ? *table->place : *source;
  campaign.sheet_place = {place.id, place.tab, place.gid, deps.writes_sheets};
  auto import = [rows = std::move(*table), options = import_options(deps.config)] {
    return taken(campaign::import_table(rows, options));
  };
  co_return co_await rt::offload(deps.workers, std::move(import));
}

/// The list, wherever it is, without what may never be called and what other campaigns are about to call.
Task<Result<campaign::ImportReport>> judged_contacts(const Deps& deps, Reading& reading) {
  Result<campaign::ImportReport> report = campaign::ImportReport{};
  if (reading.contacts)
    report = std::move(*reading.contacts);
  else
    report = co_await contacts_of(deps, reading.trigger.campaign);
  if (!report) co_return report;
  auto suppressed = co_await deps.store.suppressions.suppressed_of(numbers_of(*report));
  if (!suppressed) co_return suppressed.error();
  judge_suppressed(*report, *suppressed);
  auto active = co_await deps.store.sheets.active_numbers(numbers_of(*report));
  if (!active) co_return active.error();
  judge_active(*report, *active, reading.trigger.campaign.type);
  co_return report;
}

net::Response replay(const ports::StoredAnswer& answer, const std::string& request_hash) {
  if (answer.request_hash != request_hash)
    return net::error_response(422, "idempotency_key_reused",
                               "This Idempotency-Key was used with another body; use a new key for a new campaign.");
  net::Response response{202, "application/json", answer.body};
  response.headers.set("Idempotent-Replay", "true");
  return response;
}

Task<net::Response> trigger_campaign(const Deps& deps, net::Request request) {
  if (deps.draining())
    co_return net::error_response(503, "draining", "This instance is shutting down; try again shortly.");
  const std::string content_type = to_lower(request.headers.get("Content-Type"));
  if (!content_type.starts_with("application/json"))
    co_return net::error_response(415, "unsupported_media_type", "Send the body as application/json.");
  std::optional<ports::Idempotency> idempotency;
  if (const std::string_view key = request.headers.get("Idempotency-Key"); !key.empty()) {
    if (key.size() > kMaxIdempotencyKey)
      co_return net::error_response(400, "malformed", "Idempotency-Key is longer than 255 characters.");
    idempotency = ports::Idempotency{crypto::sha256_hex(key), crypto::sha256_hex(request.body)};
    auto known = co_await deps.store.campaigns.find_answer(idempotency->key_hash);
    if (!known) co_return net::error_response(known.error());
    if (*known) co_return replay(**known, idempotency->request_hash);
  }

  auto read = [text = std::move(request.body), checks = trigger_checks(deps.config),
               options = import_options(deps.config)] { return read_body(text, checks, options); };
  Reading reading = co_await rt::offload(deps.workers, std::move(read));
  if (reading.malformed) co_return net::error_response(*reading.malformed);
  if (!reading.errors.empty()) co_return unprocessable(summary_of(reading.errors), reading.errors);
  Trigger& trigger = reading.trigger;
  auto contacts = co_await judged_contacts(deps, reading);
  if (!contacts) co_return net::error_response(contacts.error());
  if (contacts->contacts.empty()) {
    // An equal request may have been faster meanwhile: then it is its campaign that is about to call these numbers.
    if (idempotency) {
      const auto known = co_await deps.store.campaigns.find_answer(idempotency->key_hash);
      if (known && *known) co_return replay(**known, idempotency->request_hash);
    }
    std::vector<FieldError> details;
    for (const SkippedContact& row : contacts->skipped)
      details.push_back({"row " + std::to_string(row.row), row.reason});
    std::string message = "The list holds no contact.";
    if (details.size() == 1) message = "The only contact cannot be called: " + details[0].message;
    if (details.size() > 1)
      message = "None of the " + std::to_string(details.size()) + " contacts can be called; see details for each row.";
    co_return net::error_response(422, "no_callable_contacts", message, details);
  }

  NewCampaign& campaign = trigger.campaign;
  campaign.id = CampaignId{make_cuid()};
  if (campaign.settings.budget.price_per_minute <= 0)
    campaign.settings.budget.price_per_minute = deps.config.price_per_minute;
  std::optional<NewTest> test;
  if (trigger.test_phone) {
    auto made = make_test(campaign, contacts->contacts.front().variables, *trigger.test_phone, "", deps.config);
    if (!made) co_return unprocessable("testPhone " + made.error().detail, {{"testPhone", made.error().detail}});
    test = std::move(*made);
    campaign.hold = CampaignHold::Test;
    campaign.hold_reason =
        "It waits until somebody has heard the test call to " + test->contact.phone + "; then resume the campaign.";
  }
  const auto warnings = co_await agent_warnings(deps, campaign, contacts->contacts.front());
  if (!warnings) co_return unprocessable(warnings.error().detail, {{"settings.agentId", warnings.error().detail}});
  for (const std::string& warning : *warnings)
    log::warn("campaign.agent", {{"campaign", campaign.id.value}, {"problem", warning}});
  const std::size_t count = contacts->contacts.size();
  Json body = triggered(campaign, CampaignStatus::Pending, count, contacts->skipped, *warnings, deps.config.base_url);
  if (test) body["testCampaignId"] = test->campaign.id.value;
  const std::string answer = dump_json(body);
  std::optional<std::string> request_hash;
  if (idempotency) request_hash = idempotency->request_hash;
  const CampaignId id = campaign.id;
  auto created = co_await deps.store.campaigns.create(std::move(campaign), std::move(contacts->contacts),
                                                      std::move(idempotency), answer);
  if (!created) co_return net::error_response(created.error());
  if (*created) co_return replay(**created, *request_hash);  // an equal request was faster
  log::info("campaign.created", {{"campaign", id.value}, {"contacts", std::uint64_t{count}}});
  if (test) {
    const auto tested = co_await start_test(deps, std::move(*test));
    if (!tested) log::warn("campaign.not_tested", {{"campaign", id.value}, {"error", tested.error().detail}});
  }
  deps.engine.wake(id);
  co_return net::Response{202, "application/json", answer};
}

/// What a campaign of this body would call, and what not, and why; nothing is stored.
Task<net::Response> preview(const Deps& deps, net::Request request) {
  auto read = [text = std::move(request.body), checks = trigger_checks(deps.config),
               options = import_options(deps.config)] {
    Reading reading;
    auto body = parse_json(text);
    if (!body) {
      reading.malformed = body.error();
      return reading;
    }
    reading.trigger = read_preview(*body, checks, reading.errors);
    if (reading.errors.empty()) reading.contacts = import_body(reading.trigger, options);
    return reading;
  };
  Reading reading = co_await rt::offload(deps.workers, std::move(read));
  if (reading.malformed) co_return net::error_response(*reading.malformed);
  if (!reading.errors.empty()) co_return unprocessable(summary_of(reading.errors), reading.errors);
  auto report = co_await judged_contacts(deps, reading);
  if (!report) co_return net::error_response(report.error());
  Json body = report_json(*report);
  body["success"] = true;
  const campaign::EstimatePace pace{deps.config.twilio_calls_per_second, deps.config.price_per_minute};
  auto plan = [contacts = std::move(report->contacts), settings = reading.trigger.campaign.settings, pace,
               now = deps.timers.now()] { return preview_plan(contacts, settings, pace, now); };
  body.update(co_await rt::offload(deps.workers, std::move(plan)));
  co_return net::json_response(200, body);
}

Task<net::Response> results(const Deps& deps, net::Request request) {
  Query query{request};
  const int limit = query.number("limit", 0, kMaxPage, kDefaultPage);
  if (query.is_wrong()) co_return query.refusal();
  const CampaignId id{std::string{request.param("campaignId")}};
  auto found = co_await deps.store.campaigns.results(id, limit, request.query_value("cursor").value_or(""));
  if (!found) co_return net::error_response(found.error());
  co_return net::json_response(200, campaign_results(*found, limit, deps.config.base_url));
}

Task<net::Response> stop_campaign(const Deps& deps, net::Request request) {
  bool hang_up = false;
  if (!trim(request.body).empty()) {
    auto body = parse_json(request.body);
    if (!body) co_return net::error_response(body.error());
    std::vector<FieldError> errors;
    if (!body->is_object())
      errors.push_back({"", "The body must be a JSON object"});
    else
      hang_up = FieldReader{*body, errors}.boolean("hangupActiveCalls").value_or(false);
    if (!errors.empty()) co_return unprocessable(summary_of(errors), errors);
  }
  const CampaignId id{std::string{request.param("campaignId")}};
  deps.engine.halt(id);  // before the database is asked: nothing is dialed even if it is slow to answer
  auto stop = co_await deps.store.campaigns.stop(id, deps.timers.now());
  if (!stop) co_return net::error_response(stop.error());
  log::info("campaign.stopped", {{"campaign", id.value}, {"active", stop->active_calls}, {"hang_up", hang_up}});
  if (hang_up) deps.recorder.end_calls(stop->live_call_sids);
  co_return net::json_response(200, stopped(id, *stop));
}

Task<net::Response> status(const Deps& deps, net::Request request) {
  auto entered = deps.doors.enter(request, Role::View);
  const bool trusted = std::holds_alternative<Caller>(entered);
  if (!trusted && !ApiKeys::key_of(request).empty()) co_return std::get<net::Response>(std::move(entered));
  Json services = Json::object();
  for (const auto& [name, state] : deps.health.services()) {
    Json& service = services[name];
    service["ok"] = state.ok;
    if (!trusted) continue;
    service["detail"] = state.detail;
    service["checkedAt"] = or_null(state.checked_at);
  }
  const std::string_view verdict = deps.health.status();
  Json body{{"status", std::string{verdict}}, {"services", std::move(services)}};
  if (trusted) {
    body["activeCalls"] = deps.calls.active();
    body["runningCampaigns"] = deps.engine.running();
    body["version"] = std::string{kVersion};
    body["uptimeSeconds"] = std::chrono::duration_cast<seconds>(deps.timers.now() - deps.started_at).count();
  }
  co_return net::json_response(verdict == "down" ? 503 : 200, body);
}

}  // namespace

std::vector<net::Route> n8n_routes(const Deps& deps) {
  net::Route start = deps.route("POST", "/api/n8n/trigger-outbound-campaign", trigger_campaign);
  net::Route look = deps.route("POST", "/api/contacts/preview", preview, Role::View);  // nothing is stored
  start.max_body = look.max_body = kMaxTriggerBody;
  net::Route open = deps.route("GET", "/api/n8n/otto-status", status);
  open.guard = "api_key_or_summary";
  open.check = [](const net::Request&) { return std::nullopt; };
  return {std::move(start), std::move(look), deps.route("GET", "/api/n8n/campaign-results/:campaignId", results),
          deps.route("POST", "/api/n8n/stop-campaign/:campaignId", stop_campaign), std::move(open)};
}

}  // namespace otto::api
