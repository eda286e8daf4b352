// What became of a campaign: its figures, its calls and its contacts, page by page, however many there are.
#include <cstdio>
#include <optional>
#include <vector>

#include "otto/api/csv.hpp"
#include "otto/base/plural.hpp"
#include "otto/base/text.hpp"

#include "commands.hpp"

namespace otto::cli {

namespace {

/// A list of the API, page by page, however long it is.
struct List {
  std::string path;                       ///< of the first page, with a query
  const char* name;                       ///< where the pages have it
  std::vector<std::string_view> columns;  ///< its fields, in the order of the CSV
};

List calls_of(const std::string& id) {
  return {"/api/n8n/campaign-results/" + percent_encode(id) + "?limit=500",
          "calls",
          // public."OutboundCall", in its order
          {"id", "callSid", "customerName", "customerPhone", "customerEmail", "status", "direction", "initiatedAt",
           "answeredAt", "completedAt", "duration", "answeredBy", "recordingUrl", "recordingSid", "recordingDuration",
           "transcript", "outcome", "notes", "campaignId"}};
}

List contacts_of(const ContactQuery& query) {
  List list{"/api/campaigns/" + percent_encode(query.campaign) + "/contacts?limit=200",
            "contacts",
            {"row", "name", "phone", "email", "state", "attempts", "nextAt", "reason", "lastCallAt", "status",
             "outcome", "answeredBy", "duration", "callId"}};
  if (!query.state.empty()) list.path += "&state=" + percent_encode(query.state);
  if (!query.outcome.empty()) list.path += "&outcome=" + percent_encode(query.outcome);
  if (!query.search.empty()) list.path += "&q=" + percent_encode(query.search);
  return list;
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

int as_csv(const Client& daemon, const List& list) {
  bool is_first = true;
  const bool all = daemon.pages(list.path, [&](const Json& page) {
    std::string text;
    if (is_first)
      text = std::string{api::kByteOrderMark} +
             api::csv_line(std::vector<std::string>(list.columns.begin(), list.columns.end()));
    is_first = false;
    for (const Json& item : page.value(list.name, Json::array())) {
      std::vector<std::string> cells;
      for (const std::string_view column : list.columns) cells.push_back(text_at(item, column));
      text += api::csv_line(cells);
    }
    std::fwrite(text.data(), 1, text.size(), stdout);
  });
  return all ? 0 : 1;
}

/// What the first page says beside the list, and all of the list.
int as_json(const Client& daemon, const List& list) {
  std::optional<ListDocument> document;
  const bool all = daemon.pages(list.path, [&](const Json& page) {
    if (!document) {
      Json head = page;
      for (const char* paging : {list.name, "nextCursor", "next"}) head.erase(paging);
      document.emplace(head, list.name);
    }
    for (const Json& item : page.value(list.name, Json::array())) document->add(item);
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
  const List calls = calls_of(id);
  if (csv) return as_csv(daemon, calls);
  if (daemon.out.json()) return as_json(daemon, calls);
  Table table = call_table();
  Json first;
  const bool all = daemon.pages(calls.path, [&](const Json& page) {
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
  const auto results = daemon.ask("GET", calls_of(id).path);
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

int campaign_contacts(const Client& daemon, const ContactQuery& query) {
  const List contacts = contacts_of(query);
  if (query.csv) return as_csv(daemon, contacts);
  if (daemon.out.json()) return as_json(daemon, contacts);
  Table table{{"ROW", "NAME", "PHONE", "STATE", "ATTEMPTS", "LAST CALL", "OUTCOME", "NEXT ATTEMPT", "REASON"}};
  const bool all = daemon.pages(contacts.path, [&](const Json& page) {
    for (const Json& contact : page.value("contacts", Json::array()))
      table.add({text_at(contact, "row"), text_at(contact, "name"), text_at(contact, "phone"),
                 text_at(contact, "state"), text_at(contact, "attempts"), text_at(contact, "lastCallAt"),
                 text_at(contact, "outcome"), text_at(contact, "nextAt"), text_at(contact, "reason")});
    table.print();
  });
  if (!all) return 1;
  if (table.is_empty()) std::printf("No contact is like that.\n");
  return 0;
}

}  // namespace otto::cli
