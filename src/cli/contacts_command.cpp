// `otto contacts check`: what a list of contacts holds, before a campaign calls it. Works without a running daemon.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>

#include "otto/api/contact_list.hpp"
#include "otto/app/providers.hpp"
#include "otto/base/plural.hpp"
#include "otto/base/text.hpp"
#include "otto/campaign/importer.hpp"
#include "otto/rt/group.hpp"
#include "otto/store/database.hpp"

#include "commands.hpp"

namespace otto::cli {

namespace {

struct Checked {
  Result<ports::SheetTable> table = Error{Errc::Internal, "nothing was read"};
  campaign::ImportReport report;
  std::string remark;  ///< what could not be checked
};

bool is_file(const std::string& list) {
  const std::string name = to_lower(list);
  return name.ends_with(".csv") || name.ends_with(".xlsx") || std::ifstream{list}.good();
}

Result<ports::SheetTable> read_file(const ListToCheck& list) {
  std::ifstream file{list.list, std::ios::binary};
  if (!file) return Error{Errc::NotFound, list.list + " cannot be read."};
  return ports::parse_list_file(std::string{std::istreambuf_iterator<char>(file), {}}, list.tab);
}

Task<Result<ports::SheetTable>> read_sheet(const Config& config, Loop& loop, const ListToCheck& list) {
  auto source = ports::parse_sheet_reference(list.list, list.tab.empty() ? "Outbound Campaigns" : list.tab);
  if (!source) co_return source.error();
  rt::RealTimers timers;
  auto sheets = app::make_sheets(config, loop, timers, nullptr);
  if (!sheets) co_return Error{Errc::Config, "GOOGLE_SHEETS_CREDENTIALS " + sheets.error().detail + "."};
  co_return co_await sheets->sheet->read(*source);
}

Task<void> check(const Config& config, Loop& loop, ListToCheck list, Checked& checked) {
  if (is_file(list.list))
    checked.table = read_file(list);
  else
    checked.table = co_await read_sheet(config, loop, list);
  if (!checked.table) co_return;
  checked.report = campaign::import_table(*checked.table, api::import_options(config));
  if (checked.report.error) co_return;

  store::Options store_options;
  store_options.url = config.database_url;
  store_options.connections = 1;
  auto database = store::make_database(loop, std::move(store_options));
  auto active = co_await database->store().sheets.active_numbers(api::numbers_of(checked.report));
  if (active)
    api::judge_active(checked.report, *active, list.type);
  else
    checked.remark = "Other campaigns could not be looked at: " + active.error().detail;
  auto suppressed = co_await database->store().suppressions.suppressed_of(api::numbers_of(checked.report));
  if (suppressed) api::judge_suppressed(checked.report, *suppressed);
  co_await database->stop();
}

template <class List>
std::string count(const List& list, std::string_view one, std::string_view more) {
  return counted(static_cast<std::int64_t>(list.size()), one, more);
}

void print(const Checked& checked) {
  const campaign::ImportReport& report = checked.report;
  for (const SkippedContact& row : report.skipped)
    std::printf("row %-6d %-20s not called: %s\n", row.row, printable(row.phone).c_str(),
                printable(row.reason).c_str());
  for (const SkippedContact& row : report.warnings)
    std::printf("row %-6d %-20s called, but: %s\n", row.row, printable(row.phone).c_str(),
                printable(row.reason).c_str());
  if (!report.contacts.empty() && !report.contacts.front().variables.empty()) {
    std::printf("variables:");
    for (const auto& [name, value] : report.contacts.front().variables) std::printf(" {{%s}}", printable(name).c_str());
    std::printf("\n");
  }
  std::printf("%s can be called, %s left out, %s something to look at\n", count(report.contacts, "row", "rows").c_str(),
              count(report.skipped, "is", "are").c_str(), count(report.warnings, "has", "have").c_str());
  if (!checked.remark.empty()) std::printf("%s\n", checked.remark.c_str());
}

}  // namespace

int contacts_check(const Config& config, const ListToCheck& list, const Output& out) {
  Checked checked;
  Loop loop{1};
  rt::Group group{loop, "contacts"};
  group.spawn("check", check(config, loop, list, checked));
  loop.run();
  const std::optional<Error> error =
      !checked.table ? std::optional{checked.table.error()} : std::move(checked.report.error);
  if (error) return out.fail(*error);
  if (out.json())
    out.document(api::report_json(checked.report));
  else
    print(checked);
  return checked.report.contacts.empty() ? 1 : 0;
}

}  // namespace otto::cli
