#include "progress.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <sys/ioctl.h>
#include <unistd.h>

#include "otto/base/plural.hpp"
#include "otto/base/text.hpp"

#include "output.hpp"

namespace otto::cli {

namespace {

constexpr std::size_t kMostColumns = 120, kLeastBar = 10, kMostBar = 40;
constexpr const char* kGreen = "\x1b[32m";
constexpr const char* kYellow = "\x1b[33m";
constexpr const char* kPlain = "\x1b[0m";
constexpr const char* kLineStart = "\r\x1b[K";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool speaks_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"})
    if (const std::string value = to_lower(variable(name)); !value.empty())
      return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  return false;
}

struct Figures {
  std::int64_t total, called, reached, failed, live;
  explicit Figures(const Json& campaign)
      : total{integer_at(campaign, "totalContacts").value_or(0)},
        called{integer_at(campaign, "contactsCalled").value_or(0)},
        reached{integer_at(campaign, "contactsCompleted").value_or(0)},
        failed{integer_at(campaign, "contactsFailed").value_or(0)},
        live{integer_at(campaign, "liveCalls").value_or(0)} {}
};

std::string state_of(const Json& campaign) {
  const std::string hold = text_at(campaign, "hold");
  return hold.empty() ? text_at(campaign, "status") : "held (" + hold + ")";
}

std::string repeated(std::string_view mark, std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += mark;
  return text;
}

/// Whom a call has reached, whom none has, and who is left.
std::string bar(const Figures& figures, std::size_t width, const Terminal& terminal) {
  const auto part = [&](std::int64_t count) {
    const auto most = std::max<std::int64_t>(1, figures.total);
    return static_cast<std::size_t>(std::clamp<std::int64_t>(count, 0, most)) * width / static_cast<std::size_t>(most);
  };
  const std::size_t reached = part(figures.reached);
  const std::size_t failed = part(figures.reached + figures.failed) - reached;
  const std::array<std::string_view, 3> marks = terminal.is_utf8 ? std::array<std::string_view, 3>{"█", "▓", "░"}
                                                                 : std::array<std::string_view, 3>{"#", "-", "."};
  std::string text = repeated(marks[0], reached);
  if (terminal.colours) text = kGreen + text + kYellow;
  text += repeated(marks[1], failed);
  if (terminal.colours) text += kPlain;
  return text + repeated(marks[2], width - reached - failed);
}

}  // namespace

Terminal look_at_terminal() {
  Terminal terminal;
  const std::string kind = variable("TERM");
  terminal.draws = ::isatty(STDOUT_FILENO) == 1 && !kind.empty() && kind != "dumb" && variable("CI").empty();
  terminal.colours = terminal.draws && variable("NO_COLOR").empty();
  terminal.is_utf8 = speaks_utf8();
  winsize size{};
  if (terminal.draws && ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    terminal.columns = size.ws_col;
  return terminal;
}

std::string standing(const Json& campaign) {
  const Figures figures{campaign};
  std::string text = state_of(campaign) + ": " + std::to_string(figures.called) + " of " +
                     counted(figures.total, "contact") + " called, " + std::to_string(figures.reached) + " reached, " +
                     std::to_string(figures.failed) + " not reached";
  if (figures.live > 0) text += "; " + counted(figures.live, "call is", "calls are") + " under way";
  if (const std::string reason = text_at(campaign, "holdReason"); !reason.empty()) text += ". " + reason;
  return text;
}

std::string progress_line(const Json& campaign, const Terminal& terminal) {
  const Figures figures{campaign};
  const std::int64_t done = figures.reached + figures.failed;
  const auto percent = figures.total > 0 ? std::clamp<std::int64_t>(done * 100 / figures.total, 0, 100) : 0;
  std::string before = printable(state_of(campaign)) + " ";
  std::string after = " " + std::to_string(percent) + "%  " + std::to_string(figures.called) + "/" +
                      std::to_string(figures.total) + " called";
  const std::string details = ", " + std::to_string(figures.reached) + " reached, " + std::to_string(figures.failed) +
                              " not, " + std::to_string(figures.live) + " live";
  // A line that is as wide as the terminal would make some of them begin another one.
  const std::size_t columns = std::clamp<std::size_t>(terminal.columns, 2, kMostColumns) - 1;
  if (before.size() + after.size() + details.size() + kLeastBar <= columns) after += details;
  const std::size_t taken = before.size() + after.size();
  if (taken + kLeastBar > columns) return (before + after.substr(1)).substr(0, columns);
  return before + bar(figures, std::min(columns - taken, kMostBar), terminal) + after;
}

void Progress::show(const Json& campaign) {
  const Terminal terminal = look_at_terminal();
  std::string line = terminal.draws ? progress_line(campaign, terminal) : printable(standing(campaign));
  if (line == last_) return;
  if (terminal.draws)
    std::printf("%s%s", kLineStart, line.c_str());
  else
    std::printf("%s\n", line.c_str());
  std::fflush(stdout);
  is_drawn_ = terminal.draws;
  last_ = std::move(line);
}

void Progress::leave() {
  if (is_drawn_) std::printf("\n");
  is_drawn_ = false;
}

}  // namespace otto::cli
