// How a campaign stands: a bar that is drawn over and over on a terminal, a line per change anywhere else.
#pragma once

#include <string>

#include "otto/base/json.hpp"

namespace otto::cli {

/// What stdout can show.
struct Terminal {
  bool draws = false;    ///< a person looks at it, and a line may be drawn over
  bool colours = false;  ///< unless NO_COLOR is set (no-color.org)
  bool is_utf8 = false;  ///< by LC_ALL, LC_CTYPE, LANG
  std::size_t columns = 80;
};
/// As it is now: windows change. Nothing is drawn in a pipe, under CI, or where TERM is unset or "dumb".
Terminal look_at_terminal();

/// "RUNNING: 21 of 50 contacts called, 12 reached, 6 not reached; 3 calls are under way". `campaign`: a summary as the
/// API lists it.
std::string standing(const Json& campaign);
/// One line of at most the terminal's columns less one, colours not counted.
std::string progress_line(const Json& campaign, const Terminal& terminal);

/// Shows a campaign again and again; prints nothing twice.
class Progress {
 public:
  void show(const Json& campaign);
  /// Leaves the line that was drawn, so that others may be printed.
  void leave();

 private:
  std::string last_;
  bool is_drawn_ = false;
};

}  // namespace otto::cli
