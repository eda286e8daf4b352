// `otto doctor`: looks at everything that must work before anybody can be called, from here and as strangers see it.
#include <algorithm>
#include <array>
#include <cstdio>
#include <fmt/format.h>

#include "otto/api/password.hpp"
#include "otto/app/providers.hpp"
#include "otto/base/plural.hpp"
#include "otto/crypto/digest.hpp"
#include "otto/elevenlabs/agent.hpp"
#include "otto/elevenlabs/rest.hpp"
#include "otto/net/http_client.hpp"
#include "otto/net/probe.hpp"
#include "otto/net/websocket.hpp"
#include "otto/ports/sheet.hpp"
#include "otto/rt/group.hpp"
#include "otto/store/migrate.hpp"
#include "otto/twilio/account.hpp"
#include "otto/twilio/line.hpp"
#include "otto/twilio/signature.hpp"

#include "commands.hpp"
#include "findings.hpp"

namespace otto::cli {

namespace {

using Findings = std::vector<Finding>;

constexpr milliseconds kPatience{10'000};  // of one look
constexpr std::string_view kPrefix = "/api/twilio/outbound/";

/// What every look needs; outlives them.
struct Examination {
  const Config& config;
  Loop& loop;
  rt::RealTimers timers;
  RoundTrip trip;
};

Findings database_state(const Config& config) {
  const auto report = store::migrate(config.database_url, true);
  if (!report) return {plain("database", report.error())};
  if (report->pending.empty()) return {plain("database", std::string{"reachable and up to date"})};
  return {Finding{"database", Level::Warning,
                  counted(static_cast<std::int64_t>(report->pending.size()), "migration is", "migrations are") +
                      " pending: `otto migrate` applies what is missing, and so does the start of `otto serve`"}};
}

// ---- BASE_URL, from outside ---------------------------------------------------------------------------------------

Task<void> look_at_address(Examination& all, Findings& found) {
  const std::string base_url = all.config.base_url;
  auto addresses = co_await net::look_up_host(base_url, kPatience);
  found.push_back(judge_address(base_url, addresses));
  if (!all.config.base_is_tls()) co_return;
  auto certificate = co_await net::look_at_certificate(base_url, kPatience);
  found.push_back(judge_certificate(certificate, all.timers.now()));
}

Task<Result<net::Response>> send(net::ClientRequest request) {
  request.timeout = kPatience;
  auto sent = co_await net::send_request(std::move(request));
  co_return std::move(sent.response);
}

/// About a call that there is none of, so that nothing can come of it; its query and its words show what a proxy on the
/// way makes of them.
net::ClientRequest webhook(const Config& config, const std::string& token) {
  const std::string url = config.base_url + std::string{kPrefix} + "status-callback?doctor=a%2Fb%20c%2B%C3%A9";
  std::string sid = "CA";
  for (const char byte : crypto::random_bytes(16)) sid += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  const FormFields form{{"AccountSid", config.twilio_account_sid},
                        {"CallSid", sid},
                        {"CallStatus", "completed"},
                        {"From", config.twilio_outbound_numbers.front()},
                        {"ApiVersion", "2010-04-01"},
                        {"Direction", "outbound-api"},
                        {"CallerName", "Otto's doctor + é & ñ"}};
  net::ClientRequest request;
  request.method = "POST";
  request.url = url;
  request.headers.set("User-Agent", "TwilioProxy/1.1");
  request.headers.set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8");
  request.headers.set("X-Twilio-Signature", twilio::compute_signature(token, url, form));
  request.body = format_form(form);
  return request;
}

std::string local_address(const Config& config) { return api_of(config).base_url; }

Task<void> ask_daemon(Examination& all) {
  const Api api{local_address(all.config), all.config.api_keys.front()};
  all.trip.local_address = api.base_url;
  net::ClientRequest request;
  request.url = api.base_url + "/api/checks";
  request.headers.set("X-API-Key", api.key);
  const auto answer = co_await send(std::move(request));
  all.trip.is_here = answer.has_value();
  const auto body = answer ? parse_json(answer->body) : Result<Json>{Json::object()};
  if (!body || !body->is_object()) co_return;
  for (const Json& setting : body->value("settings", Json::array()))
    if (text_at(setting, "name") == "BASE_URL") all.trip.base_url_in_force = text_at(setting, "value");
}

Task<void> send_webhooks(Examination& all, Findings& found) {
  const Config& config = all.config;
  all.trip.base_url = config.base_url;
  co_await ask_daemon(all);
  auto genuine = webhook(config, config.twilio_auth_tokens.front());
  all.trip.genuine = co_await send(std::move(genuine));
  if (all.trip.genuine && all.trip.genuine->status == 204) {
    auto forged = webhook(config, config.twilio_auth_tokens.front() + "?");
    all.trip.forged = co_await send(std::move(forged));
  }
  found.push_back(judge_webhooks(all.trip));
  if (!all.trip.genuine || all.trip.genuine->status != 204) co_return;

  net::WsConnect connect;
  connect.url = "ws" + config.base_url.substr(4) + std::string{kPrefix} + "media-stream";  // http → ws, https → wss
  connect.headers.set("X-Twilio-Signature", twilio::compute_signature(config.twilio_auth_tokens.front(), connect.url));
  connect.timeout = kPatience;
  auto opened = co_await net::connect_websocket(std::move(connect));
  if (opened) co_await (*opened)->close(1000, "");
  const Result<void> outcome = opened ? Result<void>{} : Result<void>{opened.error()};
  found.push_back(judge_media_stream(outcome, config.base_url));
}

// ---- the providers ------------------------------------------------------------------------------------------------

Task<void> look_at_line(Examination& all, Findings& found) {
  const auto settings = app::line_settings(all.config);
  const auto account = co_await twilio::fetch_account(settings);
  found.push_back(judge_account(account));
  if (!settings.api_key_sid.empty()) {
    auto line = twilio::make_line(settings, all.timers);
    found.push_back(plain("twilioKey", co_await line->check()));
  }
  if (!account) co_return;
  std::vector<std::pair<std::string, Result<twilio::CallerIdKind>>> numbers;
  for (const std::string& number : all.config.twilio_outbound_numbers) {
    auto kind = co_await twilio::fetch_caller_id(settings, number);
    numbers.emplace_back(number, std::move(kind));
  }
  found.push_back(judge_caller_ids(numbers));
  found.push_back(judge_balance(co_await twilio::fetch_balance(settings)));
}

Task<void> look_at_agent(Examination& all, Findings& found) {
  const auto settings = app::agent_settings(all.config);
  auto agent = elevenlabs::make_agent(settings, all.loop, all.timers);
  const ports::AgentNeeds needs;
  const auto checked = co_await agent->check(all.config.elevenlabs_agent_id, needs);
  if (!checked) {
    found.push_back(plain("elevenlabs", checked.error()));
    co_return;
  }
  if (checked->problems.empty()) found.push_back(plain("elevenlabs", "agent \"" + checked->name + "\""));
  for (const std::string& problem : checked->problems)
    found.push_back(plain("elevenlabs", Error{Errc::Config, problem + " `otto agent fix` mends what it can."}));
  elevenlabs::Rest rest{settings, all.timers};
  found.push_back(judge_credits(co_await rest.fetch_subscription()));
}

Task<void> look_at_sheet(Examination& all, Findings& found) {
  if (all.config.sheets_campaign_id.empty()) co_return;
  auto source = ports::parse_sheet_reference(all.config.sheets_campaign_id, "");
  if (!source) {
    found.push_back(plain("googleSheets", source.error()));
    co_return;
  }
  auto sheets = app::make_sheets(all.config, all.loop, all.timers, nullptr);
  if (!sheets) {
    found.push_back(plain("googleSheets", Error{Errc::Config, "GOOGLE_SHEETS_CREDENTIALS " + sheets.error().detail}));
    co_return;
  }
  auto table = co_await sheets->sheet->read(*source);
  found.push_back(
      plain("googleSheets", table ? Result<std::string>{counted(static_cast<std::int64_t>(table->rows.size()), "row")}
                                  : Result<std::string>{table.error()}));
}

/// Any answer has a date, that of a refusal too.
Task<void> look_at_clock(Examination& all, Findings& found) {
  const std::vector<std::pair<std::string, std::string>> others{
      {"Twilio", all.config.twilio_api_base_url + "/2010-04-01/Accounts.json"},
      {"ElevenLabs", all.config.elevenlabs_api_base_url + "/v1/user/subscription"},
      {"Google", all.config.sheets_export_base_url + "/"}};
  std::vector<ClockSample> samples;
  for (const auto& [who, url] : others) {
    net::ClientRequest request;
    request.url = url;
    request.max_body = 4 * 1024 * 1024;
    ClockSample sample;
    sample.who = who;
    sample.sent = all.timers.now();
    const auto answer = co_await send(std::move(request));
    sample.received = all.timers.now();
    const auto date = answer ? parse_rfc2822(answer->headers.get("Date")) : Result<TimePoint>{answer.error()};
    if (!date) continue;
    sample.date = *date;
    samples.push_back(std::move(sample));
  }
  found.push_back(judge_clock(samples));
}

/// All at once, told in the order in which they are here.
Findings examine(const Config& config) {
  Findings all;
  for (std::string& sentence : api::dashboard_problems(config))
    all.push_back(Finding{"settings", Level::Bad, std::move(sentence)});
  if (all.empty()) all.push_back(plain("settings", std::string{"all in order"}));
  for (Finding& finding : database_state(config)) all.push_back(std::move(finding));
  Loop loop{1};
  Examination examination{config, loop, {}, {}};
  constexpr std::array kLooks{look_at_address, send_webhooks, look_at_line,
                              look_at_agent,   look_at_sheet, look_at_clock};
  std::array<Findings, kLooks.size()> found;
  rt::Group group{loop, "doctor"};
  for (std::size_t i = 0; i < kLooks.size(); ++i) group.spawn("look", kLooks[i](examination, found[i]));
  loop.run();
  for (Findings& some : found) std::ranges::move(some, std::back_inserter(all));
  return all;
}

const char* word_of(Level level) { return level == Level::Ok ? "ok" : level == Level::Warning ? "warn" : "BAD"; }

}  // namespace

int doctor(const Config* config, const std::vector<std::string>& wrong, const Output& out) {
  Findings findings;
  for (const std::string& sentence : wrong) findings.push_back(Finding{"settings", Level::Bad, sentence});
  if (config) findings = examine(*config);
  bool ok = true;
  Json all = Json::array();
  for (const Finding& finding : findings) {
    const bool passes = finding.level != Level::Bad;
    ok = ok && passes;
    all.push_back({{"check", finding.what},
                   {"ok", passes},
                   {"warning", finding.level == Level::Warning},
                   {"detail", finding.detail}});
    if (!out.json())
      std::printf("%-4s %-17s %s\n", word_of(finding.level), finding.what.c_str(), printable(finding.detail).c_str());
  }
  if (out.json()) out.document(Json{{"ok", ok}, {"checks", all}});
  return ok ? 0 : 1;
}

}  // namespace otto::cli
