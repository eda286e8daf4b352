// `otto campaign rehearse`: a campaign's whole run in a minute, on a database of its own and a virtual clock. Nothing
// of the real database is changed, no provider is asked, nobody is phoned.
#include <cstdio>

#include "otto/api/contact_list.hpp"
#include "otto/api/trigger.hpp"
#include "otto/app/providers.hpp"
#include "otto/base/log.hpp"
#include "otto/base/plural.hpp"
#include "otto/campaign/importer.hpp"
#include "otto/campaign/rehearsal.hpp"
#include "otto/phone/window.hpp"
#include "otto/rt/group.hpp"
#include "otto/store/database.hpp"
#include "otto/store/migrate.hpp"
#include "otto/store/scratch.hpp"

#include "commands.hpp"

namespace otto::cli {

namespace {

struct Prepared {
  std::optional<Error> error;
  NewCampaign campaign;
  campaign::ImportReport list;
  std::string remark;  ///< what could not be looked at
};

Result<api::Trigger> read_trigger_file(const Config& config, const RehearseSpec& spec) {
  const auto text = read_input(spec.file);
  if (!text) return text.error();
  auto body = parse_json(*text);
  if (!body) return body.error();
  if (!spec.contacts.empty() && body->is_object()) {
    auto list = read_input(spec.contacts);
    if (!list) return list.error();
    put_list(*body, std::move(*list));
  }
  api::TriggerChecks checks;
  checks.is_zone = [](const std::string& zone) { return phone::is_zone(zone); };
  checks.callback_allowed = [](const std::string&) { return true; };
  checks.refusal = [destinations = api::destinations_of(config)](const std::string& number) {
    return destinations.refusal(number);
  };
  std::vector<FieldError> errors;
  auto trigger = api::read_trigger(*body, checks, errors);
  if (!errors.empty()) return Error{Errc::InvalidInput, errors.front().field + " " + errors.front().message + "."};
  return trigger;
}

Task<Result<campaign::ImportReport>> read_list(const Config& config, Loop& loop, const api::Trigger& trigger) {
  const auto options = api::import_options(config);
  if (trigger.contacts) co_return campaign::import_inline(*trigger.contacts, options);
  Result<ports::SheetTable> table =
      Error{Errc::InvalidInput, "There are no contacts: give --contacts or googleSheetId."};
  if (trigger.list_file) {
    table = ports::parse_list_file(*trigger.list_file, trigger.list_tab);
  } else if (const std::string sheet = trigger.campaign.sheet_id.value_or(config.sheets_campaign_id); !sheet.empty()) {
    auto source = ports::parse_sheet_reference(sheet, trigger.campaign.sheet_tab.value_or("Outbound Campaigns"));
    if (!source) co_return source.error();
    rt::RealTimers timers;
    auto sheets = app::make_sheets(config, loop, timers, nullptr);
    if (!sheets) co_return Error{Errc::Config, "GOOGLE_SHEETS_CREDENTIALS " + sheets.error().detail + "."};
    table = co_await sheets->sheet->read(*source);
  }
  if (!table) co_return table.error();
  co_return campaign::import_table(*table, options);
}

/// The real lists decide who would be left out; they are only read.
Task<void> prepare(const Config& config, Loop& loop, RehearseSpec spec, Prepared& prepared) {
  auto trigger = read_trigger_file(config, spec);
  if (!trigger) {
    prepared.error = trigger.error();
    co_return;
  }
  auto list = co_await read_list(config, loop, *trigger);
  if (!list || list->error) {
    prepared.error = list ? *list->error : list.error();
    co_return;
  }
  prepared.list = std::move(*list);
  prepared.campaign = std::move(trigger->campaign);
  store::Options options;
  options.url = config.database_url;
  options.connections = 1;
  auto database = store::make_database(loop, std::move(options));
  auto store = database->store();
  auto suppressed = co_await store.suppressions.suppressed_of(api::numbers_of(prepared.list));
  if (suppressed)
    api::judge_suppressed(prepared.list, *suppressed);
  else
    prepared.remark = "The do-not-call list could not be looked at: " + suppressed.error().detail;
  co_await database->stop();
}

Task<void> store_campaign(ports::Store store, NewCampaign campaign, std::vector<NewContact> contacts,
                          std::optional<Error>& error) {
  auto created = co_await store.campaigns.create(std::move(campaign), std::move(contacts), std::nullopt, "");
  if (!created) error = created.error();
}

void run(Loop& loop, const char* name, Task<void> task) {
  rt::Group group{loop, name};
  group.spawn(name, std::move(task));
  loop.restart();
  loop.run();
}

Json report_of(const campaign::RehearsalReport& report, const Prepared& prepared, std::chrono::duration<double> took) {
  Json by_hour = Json::array(), rules = Json::array(), skipped = Json::array();
  for (const auto& [hour, calls] : report.calls_by_hour)
    by_hour.push_back({{"hour", format_iso8601(hour)}, {"calls", calls}});
  for (const ports::RuleCount& rule : report.rules)
    rules.push_back({{"rule", rule.rule}, {"decisions", rule.decisions}, {"lastReason", rule.last_reason}});
  for (const SkippedContact& row : prepared.list.skipped)
    skipped.push_back({{"row", row.row}, {"phone", row.phone}, {"reason", row.reason}});
  return Json{{"status", to_string(report.status)},
              {"heldBecause", report.hold_reason.empty() ? Json(nullptr) : Json(report.hold_reason)},
              {"startedAt", format_iso8601(report.began)},
              {"endedAt", format_iso8601(report.ended)},
              {"contacts", report.contacts},
              {"calls", report.calls},
              {"contactsCompleted", report.completed},
              {"contactsFailed", report.failed},
              {"outcomes", report.outcomes},
              {"mostCallsAtOnce", report.most_at_once},
              {"minutesTalked", static_cast<double>(report.talked.count()) / 60},
              {"expectedCost", static_cast<double>(report.cost_micros) / 1e6},
              {"callsByHour", std::move(by_hour)},
              {"heldBack", std::move(rules)},
              {"skippedContacts", std::move(skipped)},
              {"dialedOutsideHours", report.out_of_hours},
              {"rehearsedInSeconds", took.count()}};
}

void print_left_out(const Prepared& prepared) {
  constexpr std::size_t kShown = 20;
  const auto& skipped = prepared.list.skipped;
  for (std::size_t i = 0; i < std::min(kShown, skipped.size()); ++i)
    std::printf("row %-6d %-20s left out: %s\n", skipped[i].row, printable(skipped[i].phone).c_str(),
                printable(skipped[i].reason).c_str());
  if (skipped.size() > kShown) std::printf("… and %zu more (--json)\n", skipped.size() - kShown);
}

void print(const campaign::RehearsalReport& report, const Prepared& prepared, std::chrono::duration<double> took) {
  std::printf("%s, %s left out; from %s to %s (%.1f hours), %s\n", counted(report.contacts, "contact").c_str(),
              counted(static_cast<std::int64_t>(prepared.list.skipped.size()), "row").c_str(),
              format_iso8601(report.began).c_str(), format_iso8601(report.ended).c_str(),
              std::chrono::duration<double, std::ratio<3600>>(report.ended - report.began).count(),
              std::string{to_string(report.status)}.c_str());
  if (!report.hold_reason.empty()) std::printf("it was held: %s\n", report.hold_reason.c_str());
  std::printf("%s, at most %d at once: %s reached, %d not\n", counted(report.calls, "call").c_str(),
              report.most_at_once, counted(report.completed, "contact").c_str(), report.failed);
  for (const auto& [outcome, count] : report.outcomes) std::printf("%8d %s\n", count, outcome.c_str());
  int busiest = 0;
  for (const auto& [hour, calls] : report.calls_by_hour) busiest = std::max(busiest, calls);
  const auto hours = static_cast<std::int64_t>(report.calls_by_hour.size());
  if (hours > 0)
    std::printf("%s with calls, %.0f in one on average, %d in the busiest\n", counted(hours, "hour").c_str(),
                static_cast<double>(report.calls) / static_cast<double>(hours), busiest);
  std::printf("expected cost %.2f for %s talked\n", static_cast<double>(report.cost_micros) / 1e6,
              counted((report.talked.count() + 30) / 60, "minute").c_str());
  for (const ports::RuleCount& rule : report.rules)
    std::printf("held back %s by %s, such as: %s\n", times(rule.decisions).c_str(), rule.rule.c_str(),
                rule.last_reason.c_str());
  print_left_out(prepared);
  if (!prepared.remark.empty()) std::printf("%s\n", prepared.remark.c_str());
  std::printf("rehearsed in %.1f s\n", took.count());
}

}  // namespace

int campaign_rehearse(const Config& config, const RehearseSpec& spec, const Output& out) {
  log::start(log::Level::Error, config.log_format);
  Prepared prepared;
  Loop loop{1};
  run(loop, "prepare", prepare(config, loop, spec, prepared));
  if (prepared.error) return out.fail(*prepared.error);
  if (prepared.list.contacts.empty()) return out.fail(Error{Errc::InvalidInput, "None of the contacts can be called."});
  TimePoint start = SystemClock{}.now();
  if (!spec.start.empty()) {
    const auto given = parse_iso8601(spec.start);
    if (!given) return out.fail(Error{Errc::InvalidInput, "--start must look like 2026-12-01T09:00:00-08:00."});
    start = *given;
  }
  const SteadyPoint began = SystemClock{}.steady();
  auto scratch = store::ScratchDatabase::make(config.database_url);
  if (!scratch) return out.fail(scratch.error());
  const auto migrated = store::migrate((*scratch)->url(), false);
  if (!migrated) return out.fail(migrated.error());
  if (const auto left = (*scratch)->leave_log(); !left) return out.fail(left.error());
  rt::VirtualTimers timers{loop, start};
  store::Options store_options;
  store_options.url = (*scratch)->url();
  store_options.deadline = seconds{60};
  store_options.may_block_loop = [&timers] { return campaign::may_block_loop(timers); };
  store_options.calls_per_day = config.calls_per_day;
  auto database = store::make_database(loop, std::move(store_options));
  prepared.campaign.id = CampaignId{make_cuid()};
  prepared.campaign.callback_url.reset();
  prepared.campaign.events_url.reset();
  prepared.campaign.sheet_place.reset();
  if (prepared.campaign.settings.budget.price_per_minute <= 0)
    prepared.campaign.settings.budget.price_per_minute = config.price_per_minute;
  std::optional<Error> error;
  run(loop, "store", store_campaign(database->store(), prepared.campaign, prepared.list.contacts, error));
  if (error) return out.fail(*error);

  campaign::RehearsalOptions options;
  options.callers = config.twilio_outbound_numbers;
  options.calls_per_second = config.twilio_calls_per_second;
  options.limits.calls_per_number = config.calls_per_number_per_day;
  options.limits.destinations = api::destinations_of(config);
  options.max_conversations = config.max_conversations;
  options.odds = spec.odds;
  const auto report = campaign::rehearse(loop, timers, database->store(), prepared.campaign.id, options,
                                         [&database] { return database->under_way(); });
  const auto took = std::chrono::duration<double>(SystemClock{}.steady() - began);
  run(loop, "stop", database->stop());
  if (out.json())
    out.document(report_of(report, prepared, took));
  else
    print(report, prepared, took);
  return report.out_of_hours.empty() ? 0 : 1;
}

}  // namespace otto::cli
