// The command line's own description, from its commands as they are: completion for shells, and the man page.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <string_view>

namespace otto::cli {

/// A script for `shell`, one of bash, zsh and fish, that completes commands and options; files elsewhere.
std::string completion(const CLI::App& otto, std::string_view shell);
/// otto(1), as troff.
std::string man_page(const CLI::App& otto);

}  // namespace otto::cli
