// The commands with their options, a group at a time (CLI11). What a command does is in commands.hpp.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "commands.hpp"

namespace otto::cli {

/// What all commands share, and how the one that was given has ended.
struct Invocation {
  std::string config_file;
  bool json = false;
  int status = 0;
};

/// Settings from the environment, the file (--config or OTTO_CONFIG) and .env; or what is wrong with them, a sentence
/// each. With `only`, no others are read (load_config()).
struct LoadedSettings {
  std::optional<Config> config;
  std::vector<std::string> wrong;
};
LoadedSettings load_settings(const std::string& config_file, std::span<const std::string_view> only = {});

/// Runs a command with the settings; what is wrong with them is said.
void run_with_settings(Invocation& given, const std::function<int(const Config&, const Output&)>& command,
                       std::span<const std::string_view> only = {});
/// Runs a command that asks a running daemon, which OTTO_URL and OTTO_API_KEY may name without any settings.
void run_with_daemon(Invocation& given, const std::function<int(const Client&)>& command);

/// The option of whatever answers in JSON as well.
void add_json(CLI::App& command, Invocation& given, const char* what = "the answer as JSON");

// `given` outlives the commands.
void add_campaign(CLI::App& otto, Invocation& given);
void add_lists(CLI::App& otto, Invocation& given);
void add_local(CLI::App& otto, Invocation& given);

}  // namespace otto::cli
