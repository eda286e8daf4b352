// Campaigns of a running daemon: started, listed, shown, steered.
#include <cstdio>

#include "otto/base/plural.hpp"
#include "otto/base/text.hpp"
#include "otto/crypto/digest.hpp"

#include "commands.hpp"
#include "progress.hpp"

namespace otto::cli {

namespace {

std::string campaign_path(const std::string& id, std::string_view rest = {}) {
  return "/api/campaigns/" + percent_encode(id) + std::string{rest};
}

/// "PAUSED…": how a campaign stands after it was steered.
int say_how_it_stands(const Client& daemon, const std::optional<Json>& answer) {
  if (!answer) return 1;
  if (daemon.out.json()) return daemon.out.document(*answer);
  const std::string hold = text_at(*answer, "hold");
  std::printf("%s%s; %s under way\n", text_at(*answer, "status").c_str(),
              hold.empty() ? "" : (", held (" + hold + "): " + printable(text_at(*answer, "holdReason"))).c_str(),
              counted(integer_at(*answer, "activeCalls").value_or(0), "call is", "calls are").c_str());
  return 0;
}

void say_what_was_started(const Json& answer) {
  for (const Json& row : answer.value("skippedContacts", Json::array()))
    std::printf("row %s, %s, is left out: %s\n", text_at(row, "row").c_str(), printable(text_at(row, "phone")).c_str(),
                printable(text_at(row, "reason")).c_str());
  for (const Json& warning : answer.value("warnings", Json::array()))
    if (warning.is_string()) std::printf("%s\n", printable(warning.get<std::string>()).c_str());
  std::printf("%s: %s will be called.\n", text_at(answer, "campaignId").c_str(),
              counted(integer_at(answer, "totalContacts").value_or(0), "contact").c_str());
  std::fflush(stdout);
}

}  // namespace

void put_list(Json& body, std::string file) {
  // Whatever is no text is taken for a workbook, and the one who reads it says what it is instead.
  if (is_clean_utf8(file))
    body["contactsCsv"] = std::move(file);
  else
    body["contactsXlsx"] = crypto::base64_encode(file);
}

int campaign_start(const Client& daemon, const StartSpec& what) {
  auto body = read_input(what.file);
  if (!body) return daemon.out.fail(body.error());
  if (!what.contacts.empty()) {
    auto list = read_input(what.contacts);
    if (!list) return daemon.out.fail(list.error());
    auto json = parse_json(*body);
    if (!json || !json->is_object())
      return daemon.out.fail(Error{Errc::Malformed, what.file + " does not hold a JSON object."});
    put_list(*json, std::move(*list));
    *body = dump_json(*json);
  }
  const auto answer = daemon.ask("POST", "/api/n8n/trigger-outbound-campaign", std::move(*body));
  if (!answer) return 1;
  if (!what.wait) return daemon.out.document(*answer);
  if (daemon.out.json())
    daemon.out.event("started", *answer);
  else
    say_what_was_started(*answer);
  return campaign_watch(daemon, text_at(*answer, "campaignId"));
}

int campaign_list(const Client& daemon, const std::string& only) {
  const auto page =
      daemon.ask("GET", "/api/campaigns" + (only.empty() ? std::string{} : "?status=" + percent_encode(only)));
  if (!page) return 1;
  if (daemon.out.json()) return daemon.out.document(*page);
  Table table{{"CAMPAIGN", "STATUS", "CALLED", "OF", "NAME"}};
  for (const Json& campaign : page->value("campaigns", Json::array())) {
    const std::string hold = text_at(campaign, "hold");
    table.add({text_at(campaign, "campaignId"), text_at(campaign, "status"), text_at(campaign, "contactsCalled"),
               text_at(campaign, "totalContacts"),
               text_at(campaign, "name") +
                   (hold.empty() ? "" : ", held (" + hold + "): " + text_at(campaign, "holdReason"))});
  }
  table.print();
  if (table.is_empty()) std::printf("There is no campaign%s.\n", only.empty() ? " yet" : " with this status");
  return 0;
}

int campaign_stop(const Client& daemon, const std::string& id, bool hang_up) {
  Json body = Json::object();
  if (hang_up) body["hangupActiveCalls"] = true;
  const auto answer = daemon.ask("POST", "/api/n8n/stop-campaign/" + percent_encode(id), body.dump());
  if (!answer) return 1;
  if (daemon.out.json()) return daemon.out.document(*answer);
  const auto live = integer_at(*answer, "activeCalls").value_or(0);
  std::printf("Stopped: nobody else is dialed. %s\n",
              live == 0 ? "No call is under way."
              : hang_up ? (counted(live, "call is", "calls are") + " being ended.").c_str()
                        : (counted(live, "call goes", "calls go") + " on to the end.").c_str());
  return 0;
}

int campaign_pause(const Client& daemon, const std::string& id, const std::string& reason) {
  Json body = Json::object();
  if (!reason.empty()) body["reason"] = reason;
  return say_how_it_stands(daemon, daemon.ask("POST", campaign_path(id, "/pause"), dump_json(body)));
}

int campaign_resume(const Client& daemon, const std::string& id) {
  return say_how_it_stands(daemon, daemon.ask("POST", campaign_path(id, "/resume"), "{}"));
}

int campaign_change(const Client& daemon, const std::string& id, const std::string& file) {
  const auto text = read_input(file);
  if (!text) return daemon.out.fail(text.error());
  const auto settings = parse_json(*text);
  if (!settings) return daemon.out.fail(Error{settings.error().code, file + ": " + settings.error().detail});
  const auto answer = daemon.ask("PATCH", campaign_path(id), dump_json(Json{{"settings", *settings}}));
  if (!answer) return 1;
  return daemon.out.document(daemon.out.json() ? *answer : answer->value("settings", Json::object()));
}

int campaign_why(const Client& daemon, const std::string& id, const std::string& phone) {
  const std::string of = phone.empty() ? "/why" : "/contacts/" + percent_encode(phone) + "/why";
  const auto answer = daemon.ask("GET", campaign_path(id, of));
  if (!answer) return 1;
  if (daemon.out.json()) return daemon.out.document(*answer);
  if (!phone.empty()) {
    const Json contact = answer->value("contact", Json::object());
    std::printf("%s (row %s, called %s) %s\n", text_at(contact, "phone").c_str(), text_at(contact, "row").c_str(),
                times(integer_at(contact, "attempts").value_or(0)).c_str(),
                printable(text_at(contact, "text")).c_str());
    return 0;
  }
  std::printf("%s; it waits for %s\n", text_at(*answer, "status").c_str(),
              printable(text_at(*answer, "waitingFor")).c_str());
  Table table{{"RULE", "HELD BACK", "LAST BECAUSE"}};
  for (const Json& rule : answer->value("rules", Json::array()))
    table.add({text_at(rule, "rule"), times(integer_at(rule, "decisions").value_or(0)), text_at(rule, "lastReason")});
  table.print();
  return 0;
}

}  // namespace otto::cli
