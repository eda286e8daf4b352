#include "otto/cli/cli.hpp"

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "otto/api/routes.hpp"
#include "otto/app/app.hpp"

#include "commands.hpp"
#include "describe.hpp"

namespace otto::cli {

Result<Config> load_settings(const std::string& config_file, std::span<const std::string_view> only) {
  std::vector<SettingSource> sources{environment_source()};
  std::string file = config_file;
  if (file.empty()) {
    if (const char* named = std::getenv("OTTO_CONFIG")) file = named;
  }
  for (const std::string& path : {file, std::string{".env"}}) {
    const bool optional = path == ".env";
    if (path.empty()) continue;
    auto source = file_source(path);
    if (source) {
      sources.push_back(*source);
    } else if (!optional || source.error().code != Errc::NotFound) {
      std::fprintf(stderr, "otto: %s\n", source.error().detail.c_str());
      return source.error();
    }
  }
  auto config = load_config(layered(std::move(sources)), only);
  if (config) return *config;
  for (const std::string& sentence : config.error()) std::fprintf(stderr, "otto: %s\n", sentence.c_str());
  return Error{Errc::Config, "the settings are wrong"};
}

namespace {

/// What the commands read that need little, so that they work before everything is set up.
constexpr std::array<std::string_view, 1> kForMigrate{"DATABASE_URL"};
/// The last one only without an agent's id on the command line.
constexpr std::array<std::string_view, 3> kForAgent{"ELEVENLABS_API_KEY", "ELEVENLABS_API_BASE_URL",
                                                    "ELEVENLABS_OUTBOUND_AGENT_ID"};

/// With the settings, or status 1: what is wrong with them has been said.
int with(const std::string& config_file, const std::function<int(const Config&)>& command,
         std::span<const std::string_view> only = {}) {
  const auto config = load_settings(config_file, only);
  return config ? command(*config) : 1;
}

void add_steering(CLI::App& campaign, const std::string& config_file, int& status) {
  static std::string id, reason, file, phone;
  static TestCall test;
  static bool json = false;
  const auto command = [&](const char* name, const char* what) {
    CLI::App* made = campaign.add_subcommand(name, what);
    made->add_option("id", id, "the campaignId")->required();
    return made;
  };
  CLI::App* pause = command("pause", "Dial nobody until it is resumed; calls under way go on");
  pause->add_option("--reason", reason, "why, for whoever looks at it");
  pause->callback(
      [&] { status = with(config_file, [](const Config& c) { return campaign_pause(api_of(c), id, reason); }); });
  command("resume", "Go on with a campaign that was paused, by a person or by itself")->callback([&] {
    status = with(config_file, [](const Config& c) { return campaign_resume(api_of(c), id); });
  });
  CLI::App* change = command("change", "Change settings (hours, pace, retries, budget) while it runs");
  change->add_option("file", file, "JSON with the settings to change; - reads standard input")->required();
  change->callback(
      [&] { status = with(config_file, [](const Config& c) { return campaign_change(api_of(c), id, file); }); });
  CLI::App* try_it = command("test", "Call one number with a campaign's settings; its contacts are left alone");
  try_it->add_option("number", test.to, "in E.164, such as +14155550101")->required();
  try_it->add_option("--name", test.name, "the callee's name");
  try_it->callback(
      [&] { status = with(config_file, [](const Config& c) { return campaign_test(api_of(c), id, test); }); });
  CLI::App* why = command("why", "What a campaign waits for, or why a contact was called or not");
  why->add_option("number", phone, "one contact's telephone number");
  why->add_flag("--json", json, "the API's own answer");
  why->callback(
      [&] { status = with(config_file, [](const Config& c) { return campaign_why(api_of(c), id, phone, json); }); });
}

void add_rehearsal(CLI::App& campaign, const std::string& config_file, int& status) {
  static RehearseSpec spec;
  static bool json = false;
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
  rehearse->add_flag("--json", json, "as JSON");
  rehearse->callback([&] {
    spec.odds.talk = seconds{talk};
    status = with(config_file, [](const Config& c) { return campaign_rehearse(c, spec, json); });
  });
}

void add_campaign(CLI::App& otto, const std::string& config_file, int& status) {
  CLI::App* campaign = otto.add_subcommand("campaign", "Start, watch and stop campaigns of a running daemon");
  campaign->require_subcommand(1);
  static std::string file, id, contacts;
  static bool json = false, hang_up = false;
  CLI::App* start =
      campaign->add_subcommand("start", "Trigger a campaign from a JSON file (the body of n8n's request)");
  start->add_option("file", file, "the request's body; - reads standard input")->required();
  start->add_option("--contacts", contacts, "a CSV or Excel file with the contacts");
  start->callback(
      [&] { status = with(config_file, [](const Config& c) { return campaign_start(api_of(c), file, contacts); }); });
  static std::string only;
  CLI::App* list = campaign->add_subcommand("list", "The newest campaigns and how they stand");
  list->add_option("--status", only, "only these: PENDING, RUNNING, COMPLETED, STOPPED or FAILED");
  list->add_flag("--json", json, "the API's own answer");
  list->callback(
      [&] { status = with(config_file, [](const Config& c) { return campaign_list(api_of(c), only, json); }); });
  CLI::App* show = campaign->add_subcommand("show", "Progress and calls of a campaign");
  show->add_option("id", id, "the campaignId")->required();
  show->add_flag("--json", json, "the API's own answer");
  show->callback(
      [&] { status = with(config_file, [](const Config& c) { return campaign_show(api_of(c), id, json); }); });
  CLI::App* stop = campaign->add_subcommand("stop", "Dial no further contact of a campaign");
  stop->add_option("id", id, "the campaignId")->required();
  stop->add_flag("--hangup", hang_up, "end the calls under way as well");
  stop->callback(
      [&] { status = with(config_file, [](const Config& c) { return campaign_stop(api_of(c), id, hang_up); }); });
  add_steering(*campaign, config_file, status);
  add_rehearsal(*campaign, config_file, status);
}

void add_contacts(CLI::App& otto, const std::string& config_file, int& status) {
  CLI::App* contacts = otto.add_subcommand("contacts", "Lists of contacts");
  contacts->require_subcommand(1);
  static ListToCheck list;
  static std::string type = "GENERAL";
  static bool json = false;
  CLI::App* check = contacts->add_subcommand("check", "Which rows of a list would be called, which not, and why");
  check->add_option("list", list.list, "a CSV or Excel file, or a sheet's id or address")->required();
  check->add_option("--tab", list.tab,
                    "the tab, by its title; without it an Excel file's first, a sheet's Outbound Campaigns");
  check->add_option("--type", type, "the campaign's type: who is about to be called by another of it is left out");
  check->add_flag("--json", json, "as JSON");
  check->callback([&] {
    list.type = parse_campaign_type(type).value_or(CampaignType::General);
    status = with(config_file, [](const Config& c) { return contacts_check(c, list, json); });
  });
}

void add_do_not_call(CLI::App& otto, const std::string& config_file, int& status) {
  CLI::App* list = otto.add_subcommand("do-not-call", "Numbers that no campaign ever calls");
  list->require_subcommand(1);
  static std::string phone, reason;
  CLI::App* add = list->add_subcommand("add", "Never call a number again; ends its queued contacts everywhere");
  add->add_option("number", phone, "such as +14155550101")->required();
  add->add_option("--reason", reason, "why, for whoever reads the list");
  add->callback(
      [&] { status = with(config_file, [](const Config& c) { return do_not_call_add(api_of(c), phone, reason); }); });
  CLI::App* remove = list->add_subcommand("remove", "Let campaigns call a number again");
  remove->add_option("number", phone, "such as +14155550101")->required();
  remove->callback(
      [&] { status = with(config_file, [](const Config& c) { return do_not_call_remove(api_of(c), phone); }); });
  CLI::App* show = list->add_subcommand("list", "Print the list");
  show->callback([&] { status = with(config_file, [](const Config& c) { return do_not_call_list(api_of(c)); }); });
}

void add_person(CLI::App& otto, const std::string& config_file, int& status) {
  CLI::App* person = otto.add_subcommand("person", "One person's data, by their number");
  person->require_subcommand(1);
  static std::string phone;
  CLI::App* show = person->add_subcommand("export", "Print everything that is known about a person, as JSON");
  show->add_option("number", phone, "such as +14155550101")->required();
  show->callback([&] { status = with(config_file, [](const Config& c) { return person_export(api_of(c), phone); }); });
  CLI::App* erase = person->add_subcommand("erase", "Delete it, for good; the number is never called again");
  erase->add_option("number", phone, "such as +14155550101")->required();
  erase->callback([&] { status = with(config_file, [](const Config& c) { return person_erase(api_of(c), phone); }); });
}

void add_webhooks(CLI::App& otto, const std::string& config_file, int& status) {
  CLI::App* webhooks = otto.add_subcommand("webhooks", "Events and callbacks that their receivers did not take");
  webhooks->require_subcommand(1);
  static std::string id, campaign;
  static bool all = false;
  CLI::App* dead = webhooks->add_subcommand("dead", "List those that were given up, and why");
  dead->add_option("--campaign", campaign, "only this campaign's");
  dead->callback(
      [&] { status = with(config_file, [](const Config& c) { return webhooks_dead(api_of(c), campaign); }); });
  CLI::App* replay = webhooks->add_subcommand("replay", "Send one of them anew, or all");
  CLI::Option* one = replay->add_option("id", id, "as the list shows it");
  CLI::Option* of = replay->add_option("--campaign", campaign, "all of this campaign")->excludes(one);
  replay->add_flag("--all", all, "all there are")->excludes(one)->excludes(of);
  replay->callback([&] {
    if (id.empty() && campaign.empty() && !all) throw CLI::RequiredError{"id, --campaign or --all"};
    status = with(config_file, [](const Config& c) { return webhooks_replay(api_of(c), id, campaign); });
  });
}

void add_agent(CLI::App& otto, const std::string& config_file, int& status) {
  CLI::App* agent = otto.add_subcommand("agent", "ElevenLabs' agent for the calls");
  agent->require_subcommand(1);
  static AgentSpec spec;
  CLI::App* create = agent->add_subcommand("create", "Create an agent that is set up for phone calls; prints its id");
  create->add_option("--name", spec.name, "shown in ElevenLabs' dashboard")->default_val("otto-outbound");
  create->add_option("--voice", spec.voice_id, "a voice id; ElevenLabs' default without it");
  create->add_option("--prompt", spec.prompt, "what the agent is and shall do")->required();
  create->add_option("--first-message", spec.first_message, "its first words; {{customerName}} stands for the name")
      ->required();
  create->callback([&] {
    status = with(config_file, [](const Config& c) { return create_agent(c, spec); }, std::span{kForAgent}.first(2));
  });
  static AgentRepair repair;
  CLI::App* fix = agent->add_subcommand("fix", "Change what an agent lacks for Otto's calls, and nothing else");
  fix->add_option("agent", repair.agent_id, "the agent's id; ELEVENLABS_OUTBOUND_AGENT_ID without it");
  fix->add_option("--max-duration", repair.max_call_duration, "seconds that a conversation must be able to last")
      ->check(CLI::Range(1, 14'400));
  fix->add_flag("--dry-run", repair.dry_run, "only tell what would be changed");
  fix->callback([&] {
    const std::span<const std::string_view> needed{kForAgent};
    status = with(
        config_file, [](const Config& c) { return fix_agent(c, repair); },
        repair.agent_id.empty() ? needed : needed.first(2));
  });
}

}  // namespace

int run(int argc, char** argv) {
  CLI::App otto{"Otto phones a campaign's contacts with an AI voice.", "otto"};
  std::string config_file;
  bool dry_run = false, json = false;
  TestCall test_call;
  int status = 0;
  otto.add_option("--config", config_file, "a file of NAME=value lines; OTTO_CONFIG names it too");
  otto.set_version_flag("--version", std::string{"otto "} + std::string{api::kVersion});
  otto.require_subcommand(0, 1);
  otto.fallthrough();

  CLI::App* serve = otto.add_subcommand("serve", "Run the daemon (also without a command)");
  serve->callback([&] { status = with(config_file, [](const Config& c) { return app::serve(c); }); });
  CLI::App* migrate_db = otto.add_subcommand("migrate", "Bring the database to this version");
  migrate_db->add_flag("--dry-run", dry_run, "only tell what would be applied");
  migrate_db->callback(
      [&] { status = with(config_file, [&](const Config& c) { return migrate(c, dry_run); }, kForMigrate); });
  CLI::App* check = otto.add_subcommand("doctor", "Check settings, database, Twilio, ElevenLabs and the sheet");
  check->add_flag("--json", json, "as JSON");
  check->callback([&] { status = with(config_file, [&](const Config& c) { return doctor(c, json); }); });
  CLI::App* one = otto.add_subcommand("call", "Call one number now through a running daemon, and tell how it went");
  one->add_option("number", test_call.to, "in E.164, such as +14155550101")->required();
  one->add_option("--name", test_call.name, "the callee's name")->default_val("Test");
  one->callback([&] { status = with(config_file, [&](const Config& c) { return call(api_of(c), test_call); }); });
  CLI::App* settings = otto.add_subcommand("settings", "List every setting with its default and meaning");
  settings->callback([&] { status = print_settings(); });
  add_campaign(otto, config_file, status);
  add_contacts(otto, config_file, status);
  add_agent(otto, config_file, status);
  add_do_not_call(otto, config_file, status);
  add_person(otto, config_file, status);
  add_webhooks(otto, config_file, status);
  std::string shell;
  CLI::App* complete = otto.add_subcommand("completion", "Print what makes a shell complete otto's commands");
  complete->add_option("shell", shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  complete->callback([&] { std::fputs(completion(otto, shell).c_str(), stdout); });
  otto.add_subcommand("man", "Print the man page")->callback([&] { std::fputs(man_page(otto).c_str(), stdout); });

  try {
    otto.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return otto.exit(e) == 0 ? 0 : 2;
  }
  if (otto.get_subcommands().empty()) return with(config_file, [](const Config& c) { return app::serve(c); });
  return status;
}

}  // namespace otto::cli
