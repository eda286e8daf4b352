// The sandbox's log: what the outside world saw, in the order in which it saw it. Tests judge by it, so nothing is
// masked here and every refusal and every breach of a provider's rules is an entry.
#pragma once

#include <cstdint>
#include <deque>
#include <fstream>
#include <string>
#include <string_view>

#include "otto/base/clock.hpp"
#include "otto/base/json.hpp"

namespace otto::sandbox {

class Ledger {
 public:
  /// Keeps the newest `bound` lines in memory; the file, when there is one, gets all of them.
  explicit Ledger(const Clock& clock, std::size_t bound = 200'000) : clock_{clock}, bound_{bound} {}
  Result<void> open(const std::string& path);

  /// One JSON line: {"n","at","kind",…fields}.
  void note(std::string_view kind, Json fields);
  /// A breach of the provider's rules. `where` names the interface ("calls.create", "media", "agent.audio"),
  /// `code` the provider's own number where it has one, `sentence` what was wrong.
  void violate(std::string_view where, int code, const std::string& sentence, Json fields = Json::object());

  /// Lines with a number above `after`, newline after each.
  std::string lines_after(std::uint64_t after) const;
  const Json& violations() const noexcept { return violations_; }
  std::uint64_t last() const noexcept { return last_; }

 private:
  struct Line {
    std::uint64_t number;
    std::string text;
  };
  const Clock& clock_;
  std::size_t bound_;
  std::ofstream file_;
  std::deque<Line> lines_;
  Json violations_ = Json::array();
  std::uint64_t last_ = 0;
};

}  // namespace otto::sandbox
