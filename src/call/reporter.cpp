#include "reporter.hpp"

#include <utility>

namespace otto::call {

Reporter::Reporter(Loop& loop, const Recorder& recorder, AttemptId attempt, Transcript& transcript)
    : recorder_{recorder}, attempt_{std::move(attempt)}, transcript_{transcript}, wake_{loop}, done_{loop} {}

void Reporter::fact(Fact fact) {
  facts_.push_back(std::move(fact));
  wake_.set();
}

void Reporter::release_turns() {
  may_send_turns_ = true;
  turns_changed();
}

void Reporter::turns_changed() {
  if (may_send_turns_ && transcript_.has_changes()) wake_.set();
}

void Reporter::finish() {
  finished_ = true;
  wake_.set();
}

Task<void> Reporter::run() {
  bool is_last = false;
  while (!is_last && !abandoned_ && co_await wake_.wait()) {
    wake_.clear();
    is_last = finished_;
    if (auto facts = std::exchange(facts_, {}); !facts.empty()) co_await recorder_.facts(attempt_, std::move(facts));
    if (!abandoned_) co_await hand_over_turns(is_last);
    if (is_last && !abandoned_ && figures_ && recorder_.figures)
      co_await recorder_.figures(attempt_, std::move(*figures_));
  }
  done_.set();
}

Task<void> Reporter::hand_over_turns(bool is_last) {
  if (!may_send_turns_ || transcript_.turns().empty()) co_return;
  if (!is_last && !transcript_.has_changes()) co_return;
  auto turns = is_last ? transcript_.turns() : transcript_.take_changes();
  co_await recorder_.turns(attempt_, std::move(turns), is_last);
}

}  // namespace otto::call
