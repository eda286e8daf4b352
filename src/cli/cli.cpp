#include "otto/cli/cli.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>

#include "otto/api/routes.hpp"
#include "otto/app/app.hpp"

#include "command_tree.hpp"
#include "describe.hpp"

namespace otto::cli {

LoadedSettings load_settings(const std::string& config_file, std::span<const std::string_view> only) {
  std::vector<SettingSource> sources{environment_source()};
  std::string file = config_file;
  if (file.empty()) {
    if (const char* named = std::getenv("OTTO_CONFIG")) file = named;
  }
  LoadedSettings loaded;
  for (const std::string& path : {file, std::string{".env"}}) {
    const bool optional = path == ".env";
    if (path.empty()) continue;
    auto source = file_source(path);
    if (source) {
      sources.push_back(*source);
    } else if (!optional || source.error().code != Errc::NotFound) {
      loaded.wrong.push_back(source.error().detail);
      return loaded;
    }
  }
  auto config = load_config(layered(std::move(sources)), only);
  if (config)
    loaded.config = std::move(*config);
  else
    loaded.wrong = config.error();
  return loaded;
}

void run_with_settings(Invocation& given, const std::function<int(const Config&, const Output&)>& command,
                       std::span<const std::string_view> only) {
  const Output out{given.json};
  const auto settings = load_settings(given.config_file, only);
  given.status = settings.config ? command(*settings.config, out) : out.fail(settings.wrong);
}

void run_with_daemon(Invocation& given, const std::function<int(const Client&)>& command) {
  if (auto named = api_of_environment()) {
    given.status = command(Client{std::move(*named), Output{given.json}});
    return;
  }
  run_with_settings(given,
                    [&](const Config& config, const Output& out) { return command(Client{api_of(config), out}); });
}

void add_json(CLI::App& command, Invocation& given, const char* what) { command.add_flag("--json", given.json, what); }

namespace {

void serve(Invocation& given) {
  run_with_settings(given, [](const Config& config, const Output&) { return app::serve(config); });
}

void add_descriptions(CLI::App& otto) {
  static std::string shell;
  CLI::App* complete = otto.add_subcommand("completion", "Print what makes a shell complete otto's commands");
  complete->add_option("shell", shell, "bash, zsh or fish")->required()->check(CLI::IsMember({"bash", "zsh", "fish"}));
  complete->callback([&] { std::fputs(completion(otto, shell).c_str(), stdout); });
  otto.add_subcommand("man", "Print the man page")->callback([&] { std::fputs(man_page(otto).c_str(), stdout); });
}

}  // namespace

int run(int argc, char** argv) {
  CLI::App otto{"Otto phones a campaign's contacts with an AI voice.", "otto"};
  Invocation given;
  otto.add_option("--config", given.config_file, "a file of NAME=value lines; OTTO_CONFIG names it too");
  otto.set_version_flag("--version", std::string{"otto "} + std::string{api::kVersion});
  otto.require_subcommand(0, 1);
  otto.fallthrough();
  otto.add_subcommand("serve", "Run the daemon (also without a command)")->callback([&] { serve(given); });
  add_campaign(otto, given);
  add_lists(otto, given);
  add_local(otto, given);
  add_descriptions(otto);

  try {
    otto.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return otto.exit(e) == 0 ? 0 : 2;
  }
  if (otto.get_subcommands().empty()) serve(given);
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
    std::fprintf(stderr, "otto: not everything could be written: the disk is full, or nobody reads on\n");
    return 1;
  }
  return given.status;
}

}  // namespace otto::cli
