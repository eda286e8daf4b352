// The daemon's state, who did what, the do-not-call list, one person's data, and webhooks that were not taken.
#include <cstdio>

#include "otto/base/plural.hpp"
#include "otto/base/text.hpp"

#include "commands.hpp"

namespace otto::cli {

namespace {

/// All pages of a list, as one document or as a table; `empty` is what is said of a list without entries.
int print_list(const Client& daemon, const std::string& path, std::string_view name, Table table,
               const std::function<std::vector<std::string>(const Json&)>& cells, const char* empty) {
  std::optional<ListDocument> document;
  const std::string key{name};
  const bool all = daemon.pages(path, [&](const Json& page) {
    if (daemon.out.json() && !document) document.emplace(Json{{"success", true}}, name);
    for (const Json& item : page.value(key, Json::array())) {
      if (document)
        document->add(item);
      else
        table.add(cells(item));
    }
    table.print();
  });
  if (!all) return 1;
  if (document)
    document->end();
  else if (table.is_empty())
    std::printf("%s\n", empty);
  return 0;
}

}  // namespace

int show_status(const Client& daemon) {
  const Reply reply = daemon.request("GET", "/api/n8n/otto-status");
  const std::string verdict = text_at(reply.body, "status");
  if (verdict.empty()) return daemon.out.fail(reply.body);
  if (daemon.out.json()) {
    daemon.out.document(reply.body);
    return reply.ok() ? 0 : 1;
  }
  std::printf("%s: %s under way, %s running, version %s, up since %s\n", verdict.c_str(),
              counted(integer_at(reply.body, "activeCalls").value_or(0), "call").c_str(),
              counted(integer_at(reply.body, "runningCampaigns").value_or(0), "campaign").c_str(),
              text_at(reply.body, "version").c_str(),
              format_iso8601(SystemClock{}.now() - seconds{integer_at(reply.body, "uptimeSeconds").value_or(0)})
                  .substr(0, 19)
                  .c_str());
  Table table{{"SERVICE", "", "CHECKED", "DETAIL"}};
  for (const auto& [name, service] : reply.body.value("services", Json::object()).items())
    table.add(
        {name, service.value("ok", false) ? "ok" : "BAD", text_at(service, "checkedAt"), text_at(service, "detail")});
  table.print();
  return reply.ok() ? 0 : 1;
}

int audit_list(const Client& daemon, const std::string& action, const std::string& who) {
  std::string path = "/api/audit?limit=200";
  if (!action.empty()) path += "&action=" + percent_encode(action);
  if (!who.empty()) path += "&who=" + percent_encode(who);
  const auto page = daemon.ask("GET", path);
  if (!page) return 1;
  if (daemon.out.json()) return daemon.out.document(*page);
  Table table{{"AT", "WHO", "FROM", "ACTION", "OF", "STATUS", "DETAIL"}};
  for (const Json& entry : page->value("entries", Json::array()))
    table.add({text_at(entry, "at"), text_at(entry, "who"), text_at(entry, "peer"), text_at(entry, "action"),
               text_at(entry, "target"), text_at(entry, "status"), text_at(entry, "detail")});
  table.print();
  if (table.is_empty()) std::printf("Nothing like it was done.\n");
  return 0;
}

int do_not_call_add(const Client& daemon, const std::string& phone, const std::string& reason) {
  Json body{{"phone", phone}};
  if (!reason.empty()) body["reason"] = reason;
  const auto answer = daemon.ask("POST", "/api/do-not-call", dump_json(body));
  if (!answer) return 1;
  if (daemon.out.json()) return daemon.out.document(*answer);
  const auto closed = integer_at(*answer, "contactsClosed").value_or(0);
  const auto ended = integer_at(*answer, "callsEnded").value_or(0);
  std::printf("%s %s.", text_at(*answer, "phone").c_str(),
              answer->value("added", false) ? "is on the do-not-call list" : "was on the do-not-call list already");
  if (closed > 0)
    std::printf(" %s not called any more.", counted(closed, "queued contact is", "queued contacts are").c_str());
  if (ended > 0) std::printf(" %s ended.", counted(ended, "call that rang is", "calls that rang are").c_str());
  std::printf("\n");
  return 0;
}

int do_not_call_remove(const Client& daemon, const std::string& phone) {
  const auto answer = daemon.ask("DELETE", "/api/do-not-call/" + percent_encode(phone));
  if (!answer) return 1;
  if (daemon.out.json()) return daemon.out.document(*answer);
  std::printf("%s may be called again.\n", text_at(*answer, "phone").c_str());
  return 0;
}

int do_not_call_list(const Client& daemon) {
  return print_list(
      daemon, "/api/do-not-call?limit=500", "entries", Table{{"PHONE", "BY", "SINCE", "REASON"}},
      [](const Json& entry) {
        return std::vector{text_at(entry, "phone"), text_at(entry, "source"), text_at(entry, "at"),
                           text_at(entry, "reason")};
      },
      "The list is empty.");
}

int person_export(const Client& daemon, const std::string& phone) {
  auto answer = daemon.ask("GET", "/api/persons/" + percent_encode(phone));
  if (!answer) return 1;
  answer->erase("success");
  return daemon.out.document(*answer);
}

int person_erase(const Client& daemon, const std::string& phone) {
  const auto answer = daemon.ask("DELETE", "/api/persons/" + percent_encode(phone));
  if (!answer) return 1;
  if (daemon.out.json()) return daemon.out.document(*answer);
  const auto recordings = integer_at(*answer, "recordingsToRemove").value_or(0);
  std::printf("Erased: %s and %s.%s The number is on the do-not-call list.\n",
              counted(integer_at(*answer, "contacts").value_or(0), "contact").c_str(),
              counted(integer_at(*answer, "calls").value_or(0), "call").c_str(),
              recordings == 0 ? ""
                              : (" " + counted(recordings, "recording is", "recordings are") +
                                 " being removed where the line keeps them.")
                                    .c_str());
  return 0;
}

int webhooks_dead(const Client& daemon, const std::string& campaign) {
  std::string query = "?limit=500";
  if (!campaign.empty()) query += "&campaignId=" + percent_encode(campaign);
  return print_list(
      daemon, "/api/webhooks/dead-letters" + query, "deadLetters",
      Table{{"ID", "TYPE", "CAMPAIGN", "GIVEN UP", "URL", "REASON"}},
      [](const Json& letter) {
        return std::vector{text_at(letter, "id"),        text_at(letter, "type"), text_at(letter, "campaignId"),
                           text_at(letter, "givenUpAt"), text_at(letter, "url"),  text_at(letter, "reason")};
      },
      "Nothing was given up.");
}

int webhooks_replay(const Client& daemon, const std::string& id, const std::string& campaign) {
  const std::string path = id.empty() ? "replay" : percent_encode(id) + "/replay";
  const std::string body = campaign.empty() ? "" : dump_json(Json{{"campaignId", campaign}});
  const auto answer = daemon.ask("POST", "/api/webhooks/dead-letters/" + path, body);
  if (!answer) return 1;
  if (daemon.out.json()) return daemon.out.document(*answer);
  const auto count = integer_at(*answer, "replayed").value_or(0);
  if (count == 0)
    std::printf("Nothing was given up, so there is nothing to send anew.\n");
  else
    std::printf("%s sent anew.\n", counted(count, "webhook is", "webhooks are").c_str());
  return 0;
}

}  // namespace otto::cli
