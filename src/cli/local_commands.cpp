// Commands that work without a running daemon.
#include <cstdio>

#include "otto/app/providers.hpp"
#include "otto/base/json.hpp"
#include "otto/elevenlabs/agent.hpp"
#include "otto/ports/sheet.hpp"
#include "otto/rt/group.hpp"
#include "otto/store/database.hpp"
#include "otto/store/migrate.hpp"
#include "otto/twilio/line.hpp"

#include "commands.hpp"

namespace otto::cli {

namespace {

struct Finding {
  std::string what;
  bool ok = false;
  std::string detail;
};

void add(std::vector<Finding>& findings, std::string what, const Result<std::string>& result) {
  Finding finding;
  finding.what = std::move(what);
  finding.ok = result.has_value();
  finding.detail = result ? *result : result.error().detail;
  findings.push_back(std::move(finding));
}

Result<std::string> database_state(const Config& config) {
  const auto report = store::migrate(config.database_url, true);
  if (!report) return report.error();
  if (report->pending.empty()) return std::string{"reachable and up to date"};
  return std::to_string(report->pending.size()) + " migrations are pending; `otto migrate` applies them";
}

Task<void> examine(const Config& config, Loop& loop, std::vector<Finding>& findings) {
  rt::RealTimers timers;
  auto line = twilio::make_line(app::line_settings(config), timers);
  add(findings, "twilio", co_await line->check());

  auto agent = elevenlabs::make_agent(app::agent_settings(config), loop, timers);
  auto checked = co_await agent->check(config.elevenlabs_agent_id, ports::AgentNeeds{});
  if (!checked) {
    add(findings, "elevenlabs", checked.error());
  } else {
    if (checked->problems.empty()) add(findings, "elevenlabs", "agent \"" + checked->name + "\"");
    for (const std::string& problem : checked->problems) add(findings, "elevenlabs", Error{Errc::Config, problem});
  }
  if (config.sheets_campaign_id.empty()) co_return;
  auto source = ports::parse_sheet_reference(config.sheets_campaign_id, "");
  if (!source) {
    add(findings, "googleSheets", source.error());
    co_return;
  }
  auto sheets = app::make_sheets(config, loop, timers, nullptr);
  if (!sheets) {
    add(findings, "googleSheets", Error{Errc::Config, "GOOGLE_SHEETS_CREDENTIALS " + sheets.error().detail});
    co_return;
  }
  auto table = co_await sheets->sheet->read(*source);
  if (table)
    add(findings, "googleSheets", std::to_string(table->rows.size()) + " rows");
  else
    add(findings, "googleSheets", table.error());
}

}  // namespace

int migrate(const Config& config, bool dry_run) {
  const auto report = store::migrate(config.database_url, dry_run);
  if (!report) {
    std::fprintf(stderr, "otto: DATABASE_URL: %s\n", report.error().detail.c_str());
    return 1;
  }
  for (const std::string& name : dry_run ? report->pending : report->applied)
    std::printf("%s %s\n", dry_run ? "would apply" : "applied", name.c_str());
  if ((dry_run ? report->pending : report->applied).empty()) std::printf("the database is up to date\n");
  return 0;
}

int doctor(const Config& config, bool json) {
  std::vector<Finding> findings;
  add(findings, "settings", std::string{"all in order"});
  add(findings, "database", database_state(config));
  Loop loop{1};
  rt::Group group{loop, "doctor"};
  group.spawn("examine", examine(config, loop, findings));
  loop.run();
  bool ok = true;
  Json all = Json::array();
  for (const Finding& finding : findings) {
    ok = ok && finding.ok;
    all.push_back({{"check", finding.what}, {"ok", finding.ok}, {"detail", finding.detail}});
    if (!json) std::printf("%-4s %-14s %s\n", finding.ok ? "ok" : "BAD", finding.what.c_str(), finding.detail.c_str());
  }
  if (json) std::printf("%s\n", Json{{"ok", ok}, {"checks", all}}.dump(2).c_str());
  return ok ? 0 : 1;
}

int print_settings() {
  for (const SettingInfo& setting : settings()) {
    std::printf("%s%s%.*s\n    %.*s\n", std::string{setting.name}.c_str(), setting.required ? " (required)" : " = ",
                static_cast<int>(setting.required ? 0 : setting.fallback.size()), setting.fallback.data(),
                static_cast<int>(setting.help.size()), setting.help.data());
  }
  return 0;
}

}  // namespace otto::cli
