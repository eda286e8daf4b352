#include "describe.hpp"

#include <vector>

#include "otto/api/routes.hpp"
#include "otto/base/config.hpp"

namespace otto::cli {

namespace {

struct Command {
  std::vector<std::string> path;  ///< empty: the program itself
  const CLI::App* app = nullptr;
};

const std::vector<const CLI::App*> children(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App* child) { return !child->get_name().empty(); });
}

void collect(const CLI::App& app, const std::vector<std::string>& path, std::vector<Command>& commands) {
  commands.push_back({path, &app});
  for (const CLI::App* child : children(app)) {
    auto longer = path;
    longer.push_back(child->get_name());
    collect(*child, longer, commands);
  }
}
std::vector<Command> all_commands(const CLI::App& otto) {
  std::vector<Command> commands;
  collect(otto, {}, commands);
  return commands;
}

std::string joined(const std::vector<std::string>& words, std::string_view between) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += between;
    text += word;
  }
  return text;
}

std::vector<std::string> long_options(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options())
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  return names;
}

std::string bash(const CLI::App& otto) {
  std::string known, words;
  for (const auto& [path, app] : all_commands(otto)) {
    if (!path.empty()) known += (known.empty() ? "'" : "|'") + joined(path, " ") + "'";
    auto offered = long_options(*app);
    for (const CLI::App* child : children(*app)) offered.push_back(child->get_name());
    words += "    '" + joined(path, " ") + "') words='" + joined(offered, " ") + "' ;;\n";
  }
  return "_otto() {\n"
         "  local current=${COMP_WORDS[COMP_CWORD]} path='' words='' word\n"
         "  for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
         "    case \"${path:+$path }$word\" in\n"
         "      " +
         known +
         ") path=\"${path:+$path }$word\" ;;\n"
         "    esac\n"
         "  done\n"
         "  case $path in\n" +
         words +
         "  esac\n"
         "  mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n"
         "  [ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- \"$current\")\n"
         "}\n"
         "complete -F _otto otto\n";
}

// (zsh ties a variable named path to PATH.)
std::string zsh(const CLI::App& otto) {
  std::string script =
      "#compdef otto\n_otto() {\n  local here='' word\n  local -a offered\n"
      "  for word in \"${(@)words[2,CURRENT-1]}\"; do\n    case \"${here:+$here }$word\" in\n";
  std::string known, cases;
  for (const auto& [path, app] : all_commands(otto)) {
    if (!path.empty()) known += (known.empty() ? "'" : "|'") + joined(path, " ") + "'";
    auto offered = long_options(*app);
    for (const CLI::App* child : children(*app)) offered.push_back(child->get_name());
    cases += "    '" + joined(path, " ") + "') offered=(" + joined(offered, " ") + ") ;;\n";
  }
  return script + "      " + known + ") here=\"${here:+$here }$word\" ;;\n    esac\n  done\n  case $here in\n" + cases +
         "  esac\n  compadd -- $offered\n  _files\n}\ncompdef _otto otto\n";
}

/// Within single quotes of fish.
std::string fish_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

std::string fish(const CLI::App& otto) {
  std::string script;
  for (const auto& [path, app] : all_commands(otto)) {
    std::string here;
    for (const std::string& word : path) here += "__fish_seen_subcommand_from " + word + "; and ";
    std::vector<std::string> below;
    for (const CLI::App* child : children(*app)) below.push_back(child->get_name());
    if (!below.empty()) here += "not __fish_seen_subcommand_from " + joined(below, " ") + "; and ";
    here += "true";
    for (const CLI::App* child : children(*app))
      script += "complete -c otto -f -n " + fish_quoted(here) + " -a " + child->get_name() + " -d " +
                fish_quoted(child->get_description()) + "\n";
    for (const CLI::Option* option : app->get_options())
      for (const std::string& name : option->get_lnames())
        script += "complete -c otto -n " + fish_quoted(here) + " -l " + name + " -d " +
                  fish_quoted(option->get_description()) + "\n";
  }
  return script;
}

/// As troff's running text: a backslash, a dash, and a line's first point or quote mean something else there.
std::string troff(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\')
      escaped += "\\e";
    else if (c == '-')
      escaped += "\\-";
    else
      escaped += c;
  }
  return escaped.starts_with('.') || escaped.starts_with('\'') ? "\\&" + escaped : escaped;
}

}  // namespace

std::string completion(const CLI::App& otto, std::string_view shell) {
  return shell == "fish" ? fish(otto) : shell == "zsh" ? zsh(otto) : bash(otto);
}

std::string man_page(const CLI::App& otto) {
  std::string page = ".TH OTTO 1 \"\" \"otto " + troff(api::kVersion) + "\"\n.SH NAME\notto \\- " +
                     "phone a campaign's contacts with an AI voice\n.SH SYNOPSIS\n.B otto\n[\\-\\-config FILE] " +
                     "[COMMAND]\n.SH DESCRIPTION\n" + troff(otto.get_description()) + "\n.SH COMMANDS\n";
  for (const auto& [path, app] : all_commands(otto)) {
    if (!path.empty()) {
      std::string usage;
      for (const CLI::Option* option : app->get_options())
        if (option->get_positional())
          usage += option->get_required() ? " " + option->get_name(true) : " [" + option->get_name(true) + "]";
      page += ".SS otto " + troff(joined(path, " ") + usage) + "\n" + troff(app->get_description()) + "\n";
    }
    for (const CLI::Option* option : app->get_options()) {
      if (option->get_positional() && option->get_description().empty()) continue;
      const std::string name = option->get_positional() ? option->get_name(true) : option->get_name(false, true);
      page += ".TP\n.B " + troff(name) + "\n" + troff(option->get_description()) + "\n";
    }
  }
  page +=
      ".SH ENVIRONMENT\nRead from the environment, then from the file named by \\-\\-config or OTTO_CONFIG, then from "
      "\\&.env in the working directory; the environment wins.\n";
  for (const SettingInfo& setting : settings()) {
    page += ".TP\n.B " + troff(setting.name) + "\n" + troff(setting.help);
    page += setting.required           ? " (required)\n"
            : setting.fallback.empty() ? "\n"
                                       : " (" + troff(setting.fallback) + ")\n";
  }
  return page +
         ".SH EXIT STATUS\n0: done; 1: it could not be done, and a line says why; 2: the command line is wrong.\n";
}

}  // namespace otto::cli
