// `otto call` and `otto campaign …`.
#include "command_tree.hpp"

namespace otto::cli {

namespace {

constexpr const char* kEvents = "what happens as JSON, an object a line";

/// A command about one campaign.
class OneCampaign {
 public:
  OneCampaign(CLI::App& campaign, Invocation& given) : campaign_{campaign}, given_{given} {}

  CLI::App& add(const char* name, const char* what, const char* json = "the API's own answer") {
    CLI::App* made = campaign_.add_subcommand(name, what);
    made->add_option("id", id, "the campaignId")->required();
    add_json(*made, given_, json);
    return *made;
  }
  static inline std::string id;

 private:
  CLI::App& campaign_;
  Invocation& given_;
};

void add_start(CLI::App& campaign, Invocation& given) {
  static StartSpec what;
  CLI::App* start = campaign.add_subcommand(
      "start", "Trigger a campaign from a JSON file (the body of n8n's request); prints the API's answer");
  start->add_option("file", what.file, "the request's body; - reads standard input")->required();
  start->add_option("--contacts", what.contacts, "a CSV or Excel file with the contacts");
  start->add_flag("--wait", what.wait, "stay and show how it goes until it has ended, as `watch` does");
  add_json(*start, given, "the API's own answer; with --wait what happens, an object a line");
  start->callback([&] { run_with_daemon(given, [](const Client& daemon) { return campaign_start(daemon, what); }); });
}

void add_looking(CLI::App& campaign, Invocation& given) {
  static std::string only, phone;
  static bool csv = false;
  static ContactQuery contacts;
  OneCampaign one{campaign, given};
  CLI::App* list = campaign.add_subcommand("list", "The newest campaigns and how they stand");
  list->add_option("--status", only, "only these: PENDING, RUNNING, COMPLETED, STOPPED or FAILED");
  add_json(*list, given, "the API's own answer");
  list->callback([&] { run_with_daemon(given, [](const Client& daemon) { return campaign_list(daemon, only); }); });
  one.add("show", "Progress and calls of a campaign").callback([&] {
    run_with_daemon(given, [](const Client& daemon) { return campaign_show(daemon, OneCampaign::id); });
  });
  one.add("watch", "Show how a campaign goes until it has ended: a bar on a terminal, else a line per change", kEvents)
      .callback([&] {
        run_with_daemon(given, [](const Client& daemon) { return campaign_watch(daemon, OneCampaign::id); });
      });
  CLI::App& results = one.add("results", "A campaign's figures and every call of it", "as one JSON document");
  results.add_flag("--csv", csv, "the calls as CSV")->excludes(results.get_option("--json"));
  results.callback([&] {
    run_with_daemon(given, [](const Client& daemon) { return campaign_results(daemon, OneCampaign::id, csv); });
  });
  CLI::App& people = one.add("contacts", "A campaign's contacts and how they stand", "as one JSON document");
  people.add_option("--state", contacts.state, "only these: due, open, completed or failed");
  people.add_option("--outcome", contacts.outcome, "only those whose last call ended so, such as NO_ANSWER");
  people.add_option("--search", contacts.search, "part of the name, or digits of the number");
  people.add_flag("--csv", contacts.csv, "as CSV")->excludes(people.get_option("--json"));
  people.callback([&] {
    contacts.campaign = OneCampaign::id;
    run_with_daemon(given, [](const Client& daemon) { return campaign_contacts(daemon, contacts); });
  });
  CLI::App& why = one.add("why", "What a campaign waits for, or why a contact was called or not");
  why.add_option("number", phone, "one contact's telephone number");
  why.callback([&] {
    run_with_daemon(given, [](const Client& daemon) { return campaign_why(daemon, OneCampaign::id, phone); });
  });
}

void add_steering(CLI::App& campaign, Invocation& given) {
  static std::string reason, file;
  static TestCall test;
  static bool hang_up = false;
  OneCampaign one{campaign, given};
  CLI::App& pause = one.add("pause", "Dial nobody until it is resumed; calls under way go on");
  pause.add_option("--reason", reason, "why, for whoever looks at it");
  pause.callback([&] {
    run_with_daemon(given, [](const Client& daemon) { return campaign_pause(daemon, OneCampaign::id, reason); });
  });
  one.add("resume", "Go on with a campaign that was paused, by a person or by itself").callback([&] {
    run_with_daemon(given, [](const Client& daemon) { return campaign_resume(daemon, OneCampaign::id); });
  });
  CLI::App& stop = one.add("stop", "Dial no further contact of a campaign");
  stop.add_flag("--hangup", hang_up, "end the calls under way as well");
  stop.callback([&] {
    run_with_daemon(given, [](const Client& daemon) { return campaign_stop(daemon, OneCampaign::id, hang_up); });
  });
  CLI::App& change = one.add("change", "Change settings (hours, pace, retries, budget) while it runs");
  change.add_option("file", file, "JSON with the settings to change; - reads standard input")->required();
  change.callback([&] {
    run_with_daemon(given, [](const Client& daemon) { return campaign_change(daemon, OneCampaign::id, file); });
  });
  CLI::App& try_it =
      one.add("test", "Call one number with a campaign's settings; its contacts are left alone", kEvents);
  try_it.add_option("number", test.to, "in E.164, such as +14155550101")->required();
  try_it.add_option("--name", test.name, "the callee's name");
  try_it.callback([&] {
    run_with_daemon(given, [](const Client& daemon) { return campaign_test(daemon, OneCampaign::id, test); });
  });
}

void add_rehearsal(CLI::App& campaign, Invocation& given) {
  static RehearseSpec spec;
  static std::int64_t talk = spec.odds.talk.count();
  CLI::App* rehearse = campaign.add_subcommand(
      "rehearse",
      "Run a whole campaign on a virtual clock: when it would end, who is held back and why, what it costs");
  rehearse->add_option("file", spec.file, "the trigger's body; - reads standard input")->required();
  rehearse->add_option("--contacts", spec.contacts, "a CSV or Excel file with the contacts");
  rehearse->add_option("--start", spec.start, "when it begins, as ISO 8601; now without it");
  const CLI::Range share{0.0, 1.0};
  rehearse->add_option("--human", spec.odds.human, "share of calls that a person answers")->check(share);
  rehearse->add_option("--voicemail", spec.odds.voicemail, "share of calls that a machine answers")->check(share);
  rehearse->add_option("--busy", spec.odds.busy, "share of calls that are busy")->check(share);
  rehearse->add_option("--failed", spec.odds.failed, "share of calls that fail")->check(share);
  rehearse->add_option("--talk", talk, "mean seconds of a conversation")->check(CLI::Range(1, 14'400));
  rehearse->add_option("--seed", spec.odds.seed, "of the dice: the same seed, the same answers");
  add_json(*rehearse, given);
  rehearse->callback([&] {
    spec.odds.talk = seconds{talk};
    run_with_settings(given, [](const Config& c, const Output& out) { return campaign_rehearse(c, spec, out); });
  });
}

void add_call(CLI::App& otto, Invocation& given) {
  static TestCall what;
  CLI::App* one = otto.add_subcommand("call", "Call one number now through a running daemon, and tell how it goes");
  one->add_option("number", what.to, "in E.164, such as +14155550101")->required();
  one->add_option("--name", what.name, "the callee's name")->default_val("Test");
  one->add_flag("--any-hour", what.any_hour, "also when it is night there: for a number of your own");
  add_json(*one, given, kEvents);
  one->callback([&] { run_with_daemon(given, [](const Client& daemon) { return call(daemon, what); }); });
}

}  // namespace

void add_campaign(CLI::App& otto, Invocation& given) {
  add_call(otto, given);
  CLI::App* campaign = otto.add_subcommand("campaign", "Start, watch and stop campaigns of a running daemon");
  campaign->require_subcommand(1);
  add_start(*campaign, given);
  add_looking(*campaign, given);
  add_steering(*campaign, given);
  add_rehearsal(*campaign, given);
}

}  // namespace otto::cli
