// Commands that talk to a running daemon over its own HTTP API.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>

#include "otto/base/text.hpp"
#include "otto/crypto/digest.hpp"
#include "otto/net/http_client.hpp"
#include "otto/rt/group.hpp"
#include "otto/rt/time.hpp"

#include "commands.hpp"

namespace otto::cli {

namespace {

constexpr seconds kCallPatience{900};  // ring, talk and a little more

Task<void> fetch(net::ClientRequest request, Result<net::Response>& answer) {
  auto result = co_await net::send_request(std::move(request));
  answer = std::move(result.response);
}

Task<void> pause(milliseconds time) {
  rt::RealTimers timers;
  co_await timers.sleep_for(time);
}

void run(Task<void> task) {
  Loop loop{1};
  rt::Group group{loop, "cli"};
  group.spawn("command", std::move(task));
  loop.run();
}

/// The answer's JSON; on any failure its sentence has been printed and the result is an error.
Result<Json> ask(const Api& api, std::string method, const std::string& path, std::string body = {}) {
  net::ClientRequest request;
  request.method = std::move(method);
  request.url = api.base_url + path;
  request.headers.set("X-API-Key", api.key);
  if (!body.empty()) request.headers.set("Content-Type", "application/json");
  request.body = std::move(body);
  Result<net::Response> answer = Error{Errc::Internal, "no answer"};
  run(fetch(std::move(request), answer));
  if (!answer) {
    std::fprintf(stderr, "otto: %s does not answer: %s\n", api.base_url.c_str(), answer.error().detail.c_str());
    return answer.error();
  }
  auto parsed = parse_json(answer->body);
  if (!parsed) {
    std::fprintf(stderr, "otto: %s answered %d with something that is not JSON\n", api.base_url.c_str(),
                 answer->status);
    return parsed.error();
  }
  if (answer->status < 300) return *parsed;
  const Json error = parsed->value("error", Json::object());
  const std::string message = text_at(error, "message");
  std::fprintf(stderr, "otto: %s\n", message.c_str());
  for (const Json& detail : error.value("details", Json::array()))
    std::fprintf(stderr, "  %s: %s\n", text_at(detail, "field").c_str(), text_at(detail, "message").c_str());
  return Error{Errc::ProviderRefused, message};
}

bool read_whole(const std::string& file, std::string& text) {
  std::ifstream in{file, std::ios::binary};
  if (!in) {
    std::fprintf(stderr, "otto: %s cannot be read\n", file.c_str());
    return false;
  }
  text.assign(std::istreambuf_iterator<char>(in), {});
  return true;
}

std::string first_line(const Json& call) {
  const std::string transcript = text_at(call, "transcript");
  return transcript.substr(0, transcript.find('\n'));
}

void print_calls(const Json& results) {
  std::printf("%-16s %-18s %-12s %-15s %8s  %-18s %s\n", "NAME", "PHONE", "STATUS", "OUTCOME", "SECONDS", "ANSWERED BY",
              "FIRST WORDS");
  for (const Json& call : results["calls"]) {
    std::printf("%-16s %-18s %-12s %-15s %8s  %-18s %s\n", text_at(call, "customerName").c_str(),
                text_at(call, "customerPhone").c_str(), text_at(call, "status").c_str(),
                text_at(call, "outcome").c_str(), text_at(call, "duration").c_str(),
                text_at(call, "answeredBy").c_str(), first_line(call).c_str());
  }
}

}  // namespace

Api api_of(const Config& config) {
  Api api;
  const char* url = std::getenv("OTTO_URL");
  const char* key = std::getenv("OTTO_API_KEY");
  const std::string host = config.host == "0.0.0.0" || config.host == "::" ? "127.0.0.1" : config.host;
  api.base_url = url ? url : "http://" + host + ":" + std::to_string(config.port);
  api.key = key ? key : config.api_keys.front();
  return api;
}

void put_list(Json& body, std::string file) {
  // Whatever is no text is taken for a workbook, and the one who reads it says what it is instead.
  if (is_clean_utf8(file))
    body["contactsCsv"] = std::move(file);
  else
    body["contactsXlsx"] = crypto::base64_encode(file);
}

int campaign_start(const Api& api, const std::string& file, const std::string& contacts) {
  std::string body;
  if (file == "-") {
    body.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else if (!read_whole(file, body)) {
    return 1;
  }
  if (!contacts.empty()) {
    std::string list;
    if (!read_whole(contacts, list)) return 1;
    auto json = parse_json(body);
    if (!json || !json->is_object()) {
      std::fprintf(stderr, "otto: %s is not a JSON object\n", file.c_str());
      return 1;
    }
    put_list(*json, std::move(list));
    body = dump_json(*json);
  }
  const auto answer = ask(api, "POST", "/api/n8n/trigger-outbound-campaign", std::move(body));
  if (!answer) return 1;
  std::printf("%s\n", answer->dump(2).c_str());
  return 0;
}

int campaign_list(const Api& api, const std::string& only, bool json) {
  const auto page = ask(api, "GET", "/api/campaigns" + (only.empty() ? "" : "?status=" + percent_encode(only)));
  if (!page) return 1;
  if (json) {
    std::printf("%s\n", page->dump(2).c_str());
    return 0;
  }
  for (const Json& campaign : (*page)["campaigns"]) {
    const std::string hold = text_at(campaign, "hold");
    std::printf("%s  %-9s  %s of %s called  %s%s\n", text_at(campaign, "campaignId").c_str(),
                text_at(campaign, "status").c_str(), text_at(campaign, "contactsCalled").c_str(),
                text_at(campaign, "totalContacts").c_str(), text_at(campaign, "name").c_str(),
                hold.empty() ? "" : (", held (" + hold + "): " + text_at(campaign, "holdReason")).c_str());
  }
  return 0;
}

int campaign_show(const Api& api, const std::string& id, bool json) {
  const auto results = ask(api, "GET", "/api/n8n/campaign-results/" + percent_encode(id) + "?limit=500");
  if (!results) return 1;
  if (json) {
    std::printf("%s\n", results->dump(2).c_str());
    return 0;
  }
  std::printf("%s: %s, %s of %s contacts called, %s completed, %s failed\n\n", text_at(*results, "name").c_str(),
              text_at(*results, "status").c_str(), text_at(*results, "contactsCalled").c_str(),
              text_at(*results, "totalContacts").c_str(), text_at(*results, "contactsCompleted").c_str(),
              text_at(*results, "contactsFailed").c_str());
  if (const std::string why = text_at(*results, "failureReason"); !why.empty()) std::printf("%s\n\n", why.c_str());
  print_calls(*results);
  for (const Json& contact : (*results)["uncalledContacts"])
    std::printf("not called: row %s, %s, %s: %s\n", text_at(contact, "row").c_str(), text_at(contact, "name").c_str(),
                text_at(contact, "phone").c_str(), text_at(contact, "reason").c_str());
  return 0;
}

int campaign_stop(const Api& api, const std::string& id, bool hang_up) {
  Json body = Json::object();
  if (hang_up) body["hangupActiveCalls"] = true;
  const auto answer = ask(api, "POST", "/api/n8n/stop-campaign/" + percent_encode(id), body.dump());
  if (!answer) return 1;
  std::printf("stopped; %s calls are still under way\n", text_at(*answer, "activeCalls").c_str());
  return 0;
}

namespace {

int say_how_it_stands(const Result<Json>& answer) {
  if (!answer) return 1;
  const std::string hold = text_at(*answer, "hold");
  std::printf("%s%s; %s calls are under way\n", text_at(*answer, "status").c_str(),
              hold.empty() ? "" : (", held (" + hold + "): " + text_at(*answer, "holdReason")).c_str(),
              text_at(*answer, "activeCalls").c_str());
  return 0;
}

std::string campaign_path(const std::string& id, std::string_view rest) {
  return "/api/campaigns/" + percent_encode(id) + std::string{rest};
}

/// Watches a campaign of one contact to its end.
int watch(const Api& api, const std::string& id);

}  // namespace

int campaign_pause(const Api& api, const std::string& id, const std::string& reason) {
  Json body = Json::object();
  if (!reason.empty()) body["reason"] = reason;
  return say_how_it_stands(ask(api, "POST", campaign_path(id, "/pause"), body.dump()));
}

int campaign_resume(const Api& api, const std::string& id) {
  return say_how_it_stands(ask(api, "POST", campaign_path(id, "/resume"), "{}"));
}

int campaign_change(const Api& api, const std::string& id, const std::string& file) {
  std::string text;
  if (file == "-") {
    text.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else if (!read_whole(file, text)) {
    return 1;
  }
  const auto settings = parse_json(text);
  if (!settings) {
    std::fprintf(stderr, "otto: %s: %s\n", file.c_str(), settings.error().detail.c_str());
    return 1;
  }
  const auto answer = ask(api, "PATCH", campaign_path(id, ""), dump_json(Json{{"settings", *settings}}));
  if (!answer) return 1;
  std::printf("%s\n", (*answer)["settings"].dump(2).c_str());
  return 0;
}

int campaign_test(const Api& api, const std::string& id, const TestCall& what) {
  Json body{{"phone", what.to}};
  if (!what.name.empty()) body["name"] = what.name;
  const auto started = ask(api, "POST", campaign_path(id, "/test"), body.dump());
  return started ? watch(api, text_at(*started, "campaignId")) : 1;
}

int campaign_why(const Api& api, const std::string& id, const std::string& phone, bool json) {
  const std::string of = phone.empty() ? "/why" : "/contacts/" + percent_encode(phone) + "/why";
  const auto answer = ask(api, "GET", campaign_path(id, of));
  if (!answer) return 1;
  if (json) {
    std::printf("%s\n", answer->dump(2).c_str());
    return 0;
  }
  if (!phone.empty()) {
    const Json& contact = (*answer)["contact"];
    std::printf("%s (row %s, %s attempts) %s\n", text_at(contact, "phone").c_str(), text_at(contact, "row").c_str(),
                text_at(contact, "attempts").c_str(), text_at(contact, "text").c_str());
    return 0;
  }
  std::printf("%s; it waits for %s\n", text_at(*answer, "status").c_str(), text_at(*answer, "waitingFor").c_str());
  for (const Json& rule : (*answer)["rules"])
    std::printf("%8s times %-16s last: %s\n", text_at(rule, "decisions").c_str(), text_at(rule, "rule").c_str(),
                text_at(rule, "lastReason").c_str());
  return 0;
}

int call(const Api& api, const TestCall& what) {
  const Json contact{{"name", what.name}, {"phone", what.to}};
  const Json body{{"campaignName", "Test call"},
                  {"campaignType", "GENERAL"},
                  {"contacts", Json::array({contact})},
                  {"settings", {{"delayBetweenCalls", 0}}}};
  const auto started = ask(api, "POST", "/api/n8n/trigger-outbound-campaign", body.dump());
  if (!started) return 1;
  return watch(api, text_at(*started, "campaignId"));
}

namespace {

/// Prints what has been said since `known` turns were; how many there are now.
std::size_t print_turns(const Api& api, const Json& call, std::size_t known) {
  const auto report = ask(api, "GET", "/api/calls/" + percent_encode(text_at(call, "callSid")));
  if (!report) return known;
  const Json& turns = (*report)["turns"];
  for (; known < turns.size(); ++known)
    std::printf("  %s: %s\n", text_at(turns[known], "role") == "agent" ? "Agent" : "Callee",
                text_at(turns[known], "text").c_str());
  return known;
}

int watch(const Api& api, const std::string& id) {
  std::string last;
  std::size_t turns = 0;
  for (int waited = 0; waited < kCallPatience.count(); ++waited) {
    const auto results = ask(api, "GET", "/api/n8n/campaign-results/" + id);
    if (!results) return 1;
    const Json& calls = (*results)["calls"];
    std::string status = calls.empty() ? "waiting to be dialed" : text_at(calls[0], "status");
    if (calls.empty() && waited > 3) {
      const auto why = ask(api, "GET", campaign_path(id, "/why"));
      if (why) status = "waiting for " + text_at(*why, "waitingFor");
    }
    if (status != last) std::printf("%s\n", status.c_str());
    last = status;
    if (!calls.empty() && !text_at(calls[0], "answeredAt").empty()) turns = print_turns(api, calls[0], turns);
    const std::string campaign = text_at(*results, "status");
    if (campaign != "PENDING" && campaign != "RUNNING") {
      std::printf("\n");
      print_calls(*results);
      if (!calls.empty() && turns == 0) std::printf("\n%s\n", text_at(calls[0], "transcript").c_str());
      return text_at(*results, "contactsCompleted") == "1" ? 0 : 1;
    }
    std::fflush(stdout);
    run(pause(milliseconds{1000}));
  }
  std::fprintf(stderr, "otto: the call has not ended within 15 minutes; campaign %s\n", id.c_str());
  return 1;
}

}  // namespace

int do_not_call_add(const Api& api, const std::string& phone, const std::string& reason) {
  Json body{{"phone", phone}};
  if (!reason.empty()) body["reason"] = reason;
  const auto answer = ask(api, "POST", "/api/do-not-call", body.dump());
  if (!answer) return 1;
  const bool added = answer->value("added", false);
  std::printf("%s %s; %s queued contacts were closed, %s calls ended\n", text_at(*answer, "phone").c_str(),
              added ? "is on the do-not-call list" : "was on the do-not-call list already",
              text_at(*answer, "contactsClosed").c_str(), text_at(*answer, "callsEnded").c_str());
  return 0;
}

int do_not_call_remove(const Api& api, const std::string& phone) {
  const auto answer = ask(api, "DELETE", "/api/do-not-call/" + percent_encode(phone));
  if (!answer) return 1;
  std::printf("%s may be called again\n", text_at(*answer, "phone").c_str());
  return 0;
}

int do_not_call_list(const Api& api) {
  std::string cursor;
  do {
    const std::string page = cursor.empty() ? "" : "&cursor=" + percent_encode(cursor);
    const auto answer = ask(api, "GET", "/api/do-not-call?limit=500" + page);
    if (!answer) return 1;
    for (const Json& entry : answer->value("entries", Json::array()))
      std::printf("%-18s %-6s %-25s %s\n", text_at(entry, "phone").c_str(), text_at(entry, "source").c_str(),
                  text_at(entry, "at").c_str(), text_at(entry, "reason").c_str());
    cursor = text_at(*answer, "nextCursor");
  } while (!cursor.empty());
  return 0;
}

int person_export(const Api& api, const std::string& phone) {
  auto answer = ask(api, "GET", "/api/persons/" + percent_encode(phone));
  if (!answer) return 1;
  answer->erase("success");
  std::printf("%s\n", answer->dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  return 0;
}

int person_erase(const Api& api, const std::string& phone) {
  const auto answer = ask(api, "DELETE", "/api/persons/" + percent_encode(phone));
  if (!answer) return 1;
  std::printf(
      "erased: %s contacts, %s calls; %s recordings are being removed at the line; the number is on the "
      "do-not-call list\n",
      text_at(*answer, "contacts").c_str(), text_at(*answer, "calls").c_str(),
      text_at(*answer, "recordingsToRemove").c_str());
  return 0;
}

int webhooks_dead(const Api& api, const std::string& campaign) {
  std::string cursor;
  do {
    std::string query = "?limit=500";
    if (!campaign.empty()) query += "&campaignId=" + percent_encode(campaign);
    if (!cursor.empty()) query += "&cursor=" + percent_encode(cursor);
    const auto answer = ask(api, "GET", "/api/webhooks/dead-letters" + query);
    if (!answer) return 1;
    for (const Json& letter : answer->value("deadLetters", Json::array()))
      std::printf("%-26s %-20s %-26s %-25s %s: %s\n", text_at(letter, "id").c_str(), text_at(letter, "type").c_str(),
                  text_at(letter, "campaignId").c_str(), text_at(letter, "givenUpAt").c_str(),
                  text_at(letter, "url").c_str(), text_at(letter, "reason").c_str());
    cursor = text_at(*answer, "nextCursor");
  } while (!cursor.empty());
  return 0;
}

int webhooks_replay(const Api& api, const std::string& id, const std::string& campaign) {
  const std::string path = id.empty() ? "replay" : percent_encode(id) + "/replay";
  const std::string body = campaign.empty() ? "" : dump_json(Json{{"campaignId", campaign}});
  const auto answer = ask(api, "POST", "/api/webhooks/dead-letters/" + path, body);
  if (!answer) return 1;
  const std::string count = text_at(*answer, "replayed");
  std::printf("%s %s sent anew\n", count.c_str(), count == "1" ? "is" : "are");
  return 0;
}

}  // namespace otto::cli
