// Commands that stay until something has ended: one call, or a whole campaign.
#include <cstdio>

#include "otto/base/clock.hpp"
#include "otto/base/text.hpp"

#include "commands.hpp"
#include "progress.hpp"

namespace otto::cli {

namespace {

constexpr milliseconds kLookAgain{1000};
constexpr seconds kCallPatience{900};    // ring, talk and a little more
constexpr seconds kOutagePatience{120};  // of a daemon that is restarted while somebody watches

bool is_active(const Json& campaign) {
  const std::string status = text_at(campaign, "status");
  return status == "PENDING" || status == "RUNNING";
}

std::string campaign_path(const std::string& id, std::string_view rest = {}) {
  return "/api/campaigns/" + percent_encode(id) + std::string{rest};
}

/// One call's campaign, as it goes on.
class CallWatch {
 public:
  CallWatch(const Client& daemon, std::string id) : daemon_{daemon}, id_{std::move(id)} {}

  int run() {
    const SteadyPoint until = SystemClock{}.steady() + kCallPatience;
    while (SystemClock{}.steady() < until) {
      const auto results = daemon_.ask("GET", "/api/n8n/campaign-results/" + percent_encode(id_));
      if (!results) return 1;
      const Json calls = results->value("calls", Json::array());
      say_state(calls);
      if (!calls.empty() && !text_at(calls[0], "answeredAt").empty()) say_turns(calls[0]);
      if (!is_active(*results)) return finish(*results);
      wait_for(kLookAgain);
    }
    return daemon_.out.fail(Error{
        Errc::TimedOut, "The call has not ended within 15 minutes; `otto campaign show " + id_ + "` tells more."});
  }

 private:
  void say_state(const Json& calls) {
    ++looks_;
    std::string state = calls.empty() ? "waiting to be dialed" : text_at(calls[0], "status");
    if (calls.empty() && looks_ > 3) {
      const Reply why = daemon_.request("GET", campaign_path(id_, "/why"));
      if (why.ok()) state = "waiting for " + text_at(why.body, "waitingFor");
    }
    if (state == last_) return;
    last_ = state;
    if (daemon_.out.json())
      daemon_.out.event("status", calls.empty() ? Json{{"status", nullptr}, {"waiting", state}}
                                                : Json{{"status", state}, {"callSid", calls[0]["callSid"]}});
    else
      std::printf("%s\n", printable(state).c_str());
    std::fflush(stdout);
  }

  /// What has been said since the last look; a look that fails is made good by the next one.
  void say_turns(const Json& call) {
    const Reply report = daemon_.request("GET", "/api/calls/" + percent_encode(text_at(call, "callSid")));
    if (!report.ok()) return;
    const Json turns = report.body.value("turns", Json::array());
    for (; turns_ < turns.size(); ++turns_) {
      const Json& turn = turns[turns_];
      if (daemon_.out.json())
        daemon_.out.event("turn", turn);
      else
        std::printf("  %s: %s\n", text_at(turn, "role") == "agent" ? "Agent" : "Callee",
                    printable(text_at(turn, "text")).c_str());
    }
    std::fflush(stdout);
  }

  int finish(const Json& results) {
    const int status = text_at(results, "contactsCompleted") == "1" ? 0 : 1;
    if (daemon_.out.json()) {
      daemon_.out.event("ended", results);
      return status;
    }
    const Json calls = results.value("calls", Json::array());
    std::printf("\n");
    Table table = call_table();
    for (const Json& call : calls) add_call(table, call);
    table.print();
    if (!calls.empty() && turns_ == 0) {
      const std::string transcript = text_at(calls[0], "transcript");
      for (const std::string& line : split(transcript, '\n')) std::printf("%s\n", printable(line).c_str());
    }
    for (const Json& contact : results.value("uncalledContacts", Json::array()))
      std::printf("not called: %s\n", printable(text_at(contact, "reason")).c_str());
    return status;
  }

  const Client& daemon_;
  const std::string id_;
  std::string last_;
  std::size_t turns_ = 0;
  int looks_ = 0;
};

}  // namespace

int call(const Client& daemon, const TestCall& what) {
  const Json contact{{"name", what.name}, {"phone", what.to}};
  Json settings{{"delayBetweenCalls", 0}};
  if (what.any_hour) settings["callDuringHours"] = {{"start", "00:00"}, {"end", "24:00"}};
  const Json body{{"campaignName", "Test call"},
                  {"campaignType", "GENERAL"},
                  {"contacts", Json::array({contact})},
                  {"settings", std::move(settings)}};
  const auto started = daemon.ask("POST", "/api/n8n/trigger-outbound-campaign", dump_json(body));
  if (!started) return 1;
  if (daemon.out.json()) daemon.out.event("started", *started);
  return CallWatch{daemon, text_at(*started, "campaignId")}.run();
}

int campaign_test(const Client& daemon, const std::string& id, const TestCall& what) {
  Json body{{"phone", what.to}};
  if (!what.name.empty()) body["name"] = what.name;
  const auto started = daemon.ask("POST", campaign_path(id, "/test"), dump_json(body));
  if (!started) return 1;
  if (daemon.out.json()) daemon.out.event("started", *started);
  return CallWatch{daemon, text_at(*started, "campaignId")}.run();
}

int campaign_watch(const Client& daemon, const std::string& id) {
  Progress progress;
  Json last;
  SteadyPoint answered = SystemClock{}.steady();
  for (bool is_first = true;; is_first = false) {
    const Reply reply = daemon.request("GET", campaign_path(id));
    if (!reply.ok()) {
      if (!is_first && reply.may_pass() && SystemClock{}.steady() - answered < kOutagePatience) {
        wait_for(kLookAgain);
        continue;
      }
      progress.leave();
      return daemon.out.fail(reply.body);
    }
    answered = SystemClock{}.steady();
    const Json campaign = reply.body.value("campaign", Json::object());
    const bool is_over = !is_active(campaign);
    if (!daemon.out.json())
      progress.show(campaign);
    else if (is_over || campaign != last)
      daemon.out.event(is_over ? "ended" : "progress", campaign);
    last = campaign;
    if (is_over) break;
    wait_for(kLookAgain);
  }
  progress.leave();
  const std::string status = text_at(last, "status"), why = text_at(last, "failureReason");
  if (!daemon.out.json() && !why.empty()) std::fprintf(stderr, "otto: %s\n", printable(why).c_str());
  return status == "COMPLETED" ? 0 : 1;
}

}  // namespace otto::cli
