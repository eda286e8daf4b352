// `otto calls …`, `otto status`, `otto audit`, `otto do-not-call …`, `otto person …`, `otto webhooks …`.
#include "command_tree.hpp"

namespace otto::cli {

namespace {

constexpr const char* kNumber = "such as +14155550101";

void add_calls(CLI::App& otto, Invocation& given) {
  CLI::App* calls = otto.add_subcommand("calls", "Calls that were made and that are under way");
  calls->require_subcommand(1);
  static std::string call, campaign, file;
  static bool live = false;
  CLI::App* list = calls->add_subcommand("list", "The newest hundred");
  CLI::Option* of = list->add_option("--campaign", campaign, "only this campaign's");
  list->add_flag("--live", live, "all that are under way")->excludes(of);
  add_json(*list, given, "the API's own answer");
  list->callback(
      [&] { run_with_daemon(given, [](const Client& daemon) { return call_list(daemon, campaign, live); }); });
  const auto one = [&](const char* name, const char* what) {
    CLI::App* made = calls->add_subcommand(name, what);
    made->add_option("call", call, "its id or CallSid")->required();
    add_json(*made, given);
    return made;
  };
  one("show", "What happened in a call, and what was said")->callback([&] {
    run_with_daemon(given, [](const Client& daemon) { return call_show(daemon, call); });
  });
  one("hang-up", "End a call that is under way")->callback([&] {
    run_with_daemon(given, [](const Client& daemon) { return call_hang_up(daemon, call); });
  });
  CLI::App* recording = one("recording", "Save a call's recording");
  recording->add_option("file", file, "where to; .wav, anything else is MP3")->required();
  recording->callback(
      [&] { run_with_daemon(given, [](const Client& daemon) { return call_recording(daemon, call, file); }); });
}

void add_state(CLI::App& otto, Invocation& given) {
  static std::string action, who;
  CLI::App* status = otto.add_subcommand("status", "Whether the services answer, and what a running daemon is doing");
  add_json(*status, given, "the API's own answer");
  status->callback([&] { run_with_daemon(given, show_status); });
  CLI::App* audit = otto.add_subcommand("audit", "Who did what, newest first");
  audit->add_option("--action", action, "only this, such as campaign.stop");
  audit->add_option("--who", who, "only by these, such as dashboard");
  add_json(*audit, given, "the API's own answer");
  audit->callback(
      [&] { run_with_daemon(given, [](const Client& daemon) { return audit_list(daemon, action, who); }); });
}

void add_do_not_call(CLI::App& otto, Invocation& given) {
  CLI::App* list = otto.add_subcommand("do-not-call", "Numbers that no campaign ever calls");
  list->require_subcommand(1);
  static std::string phone, reason;
  CLI::App* add = list->add_subcommand("add", "Never call a number again; ends its queued contacts everywhere");
  add->add_option("number", phone, kNumber)->required();
  add->add_option("--reason", reason, "why, for whoever reads the list");
  add_json(*add, given);
  add->callback(
      [&] { run_with_daemon(given, [](const Client& daemon) { return do_not_call_add(daemon, phone, reason); }); });
  CLI::App* remove = list->add_subcommand("remove", "Let campaigns call a number again");
  remove->add_option("number", phone, kNumber)->required();
  add_json(*remove, given);
  remove->callback(
      [&] { run_with_daemon(given, [](const Client& daemon) { return do_not_call_remove(daemon, phone); }); });
  CLI::App* show = list->add_subcommand("list", "Print the list");
  add_json(*show, given);
  show->callback([&] { run_with_daemon(given, do_not_call_list); });
}

void add_person(CLI::App& otto, Invocation& given) {
  CLI::App* person = otto.add_subcommand("person", "One person's data, by their number");
  person->require_subcommand(1);
  static std::string phone;
  CLI::App* show = person->add_subcommand("export", "Print everything that is known about a person, as JSON");
  show->add_option("number", phone, kNumber)->required();
  add_json(*show, given, "which it is in any case");
  show->callback([&] { run_with_daemon(given, [](const Client& daemon) { return person_export(daemon, phone); }); });
  CLI::App* erase = person->add_subcommand("erase", "Delete it, for good; the number is never called again");
  erase->add_option("number", phone, kNumber)->required();
  add_json(*erase, given);
  erase->callback([&] { run_with_daemon(given, [](const Client& daemon) { return person_erase(daemon, phone); }); });
}

void add_webhooks(CLI::App& otto, Invocation& given) {
  CLI::App* webhooks = otto.add_subcommand("webhooks", "Events and callbacks that their receivers did not take");
  webhooks->require_subcommand(1);
  static std::string id, campaign;
  static bool all = false;
  CLI::App* dead = webhooks->add_subcommand("dead", "List those that were given up, and why");
  dead->add_option("--campaign", campaign, "only this campaign's");
  add_json(*dead, given);
  dead->callback([&] { run_with_daemon(given, [](const Client& daemon) { return webhooks_dead(daemon, campaign); }); });
  CLI::App* replay = webhooks->add_subcommand("replay", "Send one of them anew, or all");
  CLI::Option* one = replay->add_option("id", id, "as the list shows it");
  CLI::Option* of = replay->add_option("--campaign", campaign, "all of this campaign")->excludes(one);
  replay->add_flag("--all", all, "all there are")->excludes(one)->excludes(of);
  add_json(*replay, given);
  replay->callback([&] {
    if (id.empty() && campaign.empty() && !all) throw CLI::RequiredError{"id, --campaign or --all"};
    run_with_daemon(given, [](const Client& daemon) { return webhooks_replay(daemon, id, campaign); });
  });
}

}  // namespace

void add_lists(CLI::App& otto, Invocation& given) {
  add_calls(otto, given);
  add_state(otto, given);
  add_do_not_call(otto, given);
  add_person(otto, given);
  add_webhooks(otto, given);
}

}  // namespace otto::cli
