// What became of a campaign: its figures and its calls, page by page, however many there are.
#include <array>
#include <cstdio>

#include "otto/api/csv.hpp"
#include "otto/base/plural.hpp"
#include "otto/base/text.hpp"

#include "commands.hpp"

namespace otto::cli {

namespace {

/// The fields of public."OutboundCall", in its order.
constexpr std::array<std::string_view, 19> kColumns{
    "id",         "callSid",    "customerName", "customerPhone", "customerEmail",
    "status",     "direction",  "initiatedAt",  "answeredAt",    "completedAt",
    "duration",   "answeredBy", "recordingUrl", "recordingSid",  "recordingDuration",
    "transcript", "outcome",    "notes",        "campaignId"};

std::string results_path(const std::string& id) {
  return "/api/n8n/campaign-results/" + percent_encode(id) + "?limit=500";
}

void print_head(const Json& results) {
  std::printf("%s: %s, %s of %s called, %s reached, %s not reached\n", printable(text_at(results, "name")).c_str(),
              text_at(results, "status").c_str(), text_at(results, "contactsCalled").c_str(),
              counted(integer_at(results, "totalContacts").value_or(0), "contact").c_str(),
              text_at(results, "contactsCompleted").c_str(), text_at(results, "contactsFailed").c_str());
  if (const std::string why = text_at(results, "failureReason"); !why.empty())
    std::printf("%s\n", printable(why).c_str());
  std::printf("\n");
}

void print_uncalled(const Json& results) {
  for (const Json& contact : results.value("uncalledContacts", Json::array()))
    std::printf("not called: row %s, %s, %s: %s\n", text_at(contact, "row").c_str(),
                printable(text_at(contact, "name")).c_str(), text_at(contact, "phone").c_str(),
                printable(text_at(contact, "reason")).c_str());
}

int as_csv(const Client& daemon, const std::string& id) {
  bool is_first = true;
  const bool all = daemon.pages(results_path(id), [&](const Json& page) {
    std::string text;
    if (is_first)
      text =
          std::string{api::kByteOrderMark} + api::csv_line(std::vector<std::string>(kColumns.begin(), kColumns.end()));
    is_first = false;
    for (const Json& call : page.value("calls", Json::array())) {
      std::vector<std::string> cells;
      for (const std::string_view column : kColumns) cells.push_back(text_at(call, column));
      text += api::csv_line(cells);
    }
    std::fwrite(text.data(), 1, text.size(), stdout);
  });
  return all ? 0 : 1;
}

int as_json(const Client& daemon, const std::string& id) {
  std::optional<ListDocument> document;
  const bool all = daemon.pages(results_path(id), [&](const Json& page) {
    if (!document) {
      Json head = page;
      for (const char* paging : {"calls", "nextCursor", "next"}) head.erase(paging);
      document.emplace(head, "calls");
    }
    for (const Json& call : page.value("calls", Json::array())) document->add(call);
  });
  if (all) document->end();
  return all ? 0 : 1;
}

}  // namespace

Table call_table() { return Table{{"NAME", "PHONE", "STATUS", "OUTCOME", "SECONDS", "ANSWERED BY", "FIRST WORDS"}}; }

void add_call(Table& table, const Json& call) {
  const std::string transcript = text_at(call, "transcript");
  table.add({text_at(call, "customerName"), text_at(call, "customerPhone"), text_at(call, "status"),
             text_at(call, "outcome"), text_at(call, "duration"), text_at(call, "answeredBy"),
             transcript.substr(0, transcript.find('\n'))});
}

int campaign_results(const Client& daemon, const std::string& id, bool csv) {
  if (csv) return as_csv(daemon, id);
  if (daemon.out.json()) return as_json(daemon, id);
  Table table = call_table();
  Json first;
  const bool all = daemon.pages(results_path(id), [&](const Json& page) {
    if (first.is_null()) {
      first = page;
      first.erase("calls");
      print_head(page);
    }
    for (const Json& call : page.value("calls", Json::array())) add_call(table, call);
    table.print();
  });
  if (!all) return 1;
  print_uncalled(first);
  return 0;
}

int campaign_show(const Client& daemon, const std::string& id) {
  const auto results = daemon.ask("GET", results_path(id));
  if (!results) return 1;
  if (daemon.out.json()) return daemon.out.document(*results);
  print_head(*results);
  Table table = call_table();
  for (const Json& call : results->value("calls", Json::array())) add_call(table, call);
  table.print();
  if (!text_at(*results, "nextCursor").empty())
    std::printf("… and more: `otto campaign results %s` prints them all\n", id.c_str());
  print_uncalled(*results);
  return 0;
}

}  // namespace otto::cli
