// A voice that takes the time that the test says and remembers what it spoke.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "otto/ports/speech.hpp"
#include "otto/rt/time.hpp"

namespace otto::test {

class FakeSpeech final : public ports::Speech {
 public:
  explicit FakeSpeech(rt::Timers& timers) : timers_{timers} {}

  std::vector<std::string> agents, texts;  ///< what it was asked, in order
  std::deque<Error> failures;              ///< the next answers; success when it is empty
  milliseconds takes{0};
  int under_way = 0, most_under_way = 0;

  /// One byte per character of the text, all with the text's length as their value.
  Task<Result<std::vector<std::uint8_t>>> speak(std::string agent_id, std::string text) override {
    agents.push_back(std::move(agent_id));
    texts.push_back(text);
    most_under_way = std::max(most_under_way, ++under_way);
    if (takes.count() > 0) co_await timers_.sleep_for(takes);
    --under_way;
    if (!failures.empty()) {
      const Error failure = failures.front();
      failures.pop_front();
      co_return failure;
    }
    co_return std::vector<std::uint8_t>(text.size(), static_cast<std::uint8_t>(text.size()));
  }

 private:
  rt::Timers& timers_;
};

}  // namespace otto::test
