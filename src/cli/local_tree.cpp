// Commands that need no running daemon: `otto migrate`, `doctor`, `settings`, `password`, `totp`, `contacts …`, `agent
// …`.
#include <array>

#include "command_tree.hpp"

namespace otto::cli {

namespace {

// What the commands read that need little, so that they work before everything is set up.
constexpr std::array<std::string_view, 1> kForMigrate{"DATABASE_URL"};
/// The last one only without an agent's id on the command line.
constexpr std::array<std::string_view, 3> kForAgent{"ELEVENLABS_API_KEY", "ELEVENLABS_API_BASE_URL",
                                                    "ELEVENLABS_OUTBOUND_AGENT_ID"};

void add_contacts(CLI::App& otto, Invocation& given) {
  CLI::App* contacts = otto.add_subcommand("contacts", "Lists of contacts");
  contacts->require_subcommand(1);
  static ListToCheck list;
  static std::string type = "GENERAL";
  CLI::App* check = contacts->add_subcommand("check", "Which rows of a list would be called, which not, and why");
  check->add_option("list", list.list, "a CSV or Excel file, or a sheet's id or address")->required();
  check->add_option("--tab", list.tab,
                    "the tab, by its title; without it an Excel file's first, a sheet's Outbound Campaigns");
  check->add_option("--type", type, "the campaign's type: who is about to be called by another of it is left out");
  add_json(*check, given);
  check->callback([&] {
    list.type = parse_campaign_type(type).value_or(CampaignType::General);
    run_with_settings(given, [](const Config& c, const Output& out) { return contacts_check(c, list, out); });
  });
}

void add_agent(CLI::App& otto, Invocation& given) {
  CLI::App* agent = otto.add_subcommand("agent", "ElevenLabs' agent for the calls");
  agent->require_subcommand(1);
  static AgentSpec spec;
  CLI::App* create = agent->add_subcommand("create", "Create an agent that is set up for phone calls; prints its id");
  create->add_option("--name", spec.name, "shown in ElevenLabs' dashboard")->default_val("otto-outbound");
  create->add_option("--voice", spec.voice_id, "a voice id; ElevenLabs' default without it");
  create->add_option("--prompt", spec.prompt, "what the agent is and shall do")->required();
  create->add_option("--first-message", spec.first_message, "its first words; {{customerName}} stands for the name")
      ->required();
  add_json(*create, given);
  create->callback([&] {
    run_with_settings(
        given, [](const Config& c, const Output& out) { return create_agent(c, spec, out); },
        std::span{kForAgent}.first(2));
  });
  static AgentRepair repair;
  CLI::App* fix = agent->add_subcommand("fix", "Change what an agent lacks for Otto's calls, and nothing else");
  fix->add_option("agent", repair.agent_id, "the agent's id; ELEVENLABS_OUTBOUND_AGENT_ID without it");
  fix->add_option("--max-duration", repair.max_call_duration, "seconds that a conversation must be able to last")
      ->check(CLI::Range(1, 14'400));
  fix->add_flag("--dry-run", repair.dry_run, "only tell what would be changed");
  add_json(*fix, given);
  fix->callback([&] {
    const std::span<const std::string_view> needed{kForAgent};
    run_with_settings(
        given, [](const Config& c, const Output& out) { return fix_agent(c, repair, out); },
        repair.agent_id.empty() ? needed : needed.first(2));
  });
}

void add_dashboard(CLI::App& otto, Invocation& given) {
  static bool for_view = false;
  const char* const of_view = "of those who look and listen only";
  CLI::App* word = otto.add_subcommand("password", "Stretch a password of the dashboard for its setting");
  word->add_flag("--view", for_view, of_view);
  add_json(*word, given);
  word->callback([&] { given.status = password(for_view, Output{given.json}); });
  CLI::App* factor = otto.add_subcommand("totp", "Make a second factor for the dashboard's sign-in");
  factor->add_flag("--view", for_view, of_view);
  add_json(*factor, given);
  factor->callback([&] { given.status = totp(for_view, Output{given.json}); });
}

}  // namespace

void add_local(CLI::App& otto, Invocation& given) {
  static bool dry_run = false;
  CLI::App* migrate_db = otto.add_subcommand("migrate", "Bring the database to this version");
  migrate_db->add_flag("--dry-run", dry_run, "only tell what would be applied");
  add_json(*migrate_db, given);
  migrate_db->callback([&] {
    run_with_settings(given, [](const Config& c, const Output& out) { return migrate(c, dry_run, out); }, kForMigrate);
  });
  CLI::App* check = otto.add_subcommand(
      "doctor", "Check settings, database, address, certificate, webhooks, accounts, agent, sheet and clock");
  add_json(*check, given);
  check->callback([&] {
    const auto settings = load_settings(given.config_file);
    given.status = doctor(settings.config ? &*settings.config : nullptr, settings.wrong, Output{given.json});
  });
  CLI::App* list = otto.add_subcommand("settings", "List every setting with its default and meaning");
  add_json(*list, given);
  list->callback([&] { given.status = print_settings(Output{given.json}); });
  add_dashboard(otto, given);
  add_contacts(otto, given);
  add_agent(otto, given);
}

}  // namespace otto::cli
