// Every order, with repeats, of the facts of a call's whole history gives one state (dial's promise 6).
#include <algorithm>
#include <gtest/gtest.h>
#include <numeric>
#include <vector>

#include "tests/model/make.hpp"

namespace otto::test {
namespace {

struct History {
  std::string name;
  AttemptState protocol;
  std::vector<Fact> facts;
  AttemptState state;
  std::optional<Outcome> outcome;
};

Fact conversation_started(int second) {
  Fact fact = on_call(FactKind::ConversationStarted, second);
  fact.conversation_id = "conv_1";
  return fact;
}

Fact callback_agreed(int second, int hour) {
  Fact fact = on_call(FactKind::CallbackAgreed, second);
  fact.callback_at = kStart + hours{hour};
  return fact;
}

std::vector<History> histories() {
  using enum LegStatus;
  std::vector<History> all;
  all.push_back({"a conversation",
                 AttemptState::Sending,
                 {on_call(FactKind::Placed, 0), make_status(Ringing, 2, 1), make_status(InProgress, 9, 2),
                  make_amd(AnsweredBy::Human, 12), make_conversation_end(50, "agent_ended", 4, 5),
                  make_end(Completed, 52, 3, 43), make_recording("completed", 60)},
                 AttemptState::Completed,
                 Outcome::HumanAnswered});
  all.push_back({"voicemail hung up",
                 AttemptState::Sending,
                 {on_call(FactKind::Placed, 0), make_status(Initiated, 1, 0), on_call(FactKind::Answered, 8),
                  make_amd(AnsweredBy::MachineStart, 11), with_reason(on_call(FactKind::MachineHandled, 11), "hangup"),
                  make_end(Completed, 12, 3, 4), make_recording("absent", 20)},
                 AttemptState::Completed,
                 Outcome::Voicemail});
  all.push_back({"busy",
                 AttemptState::Sending,
                 {on_call(FactKind::Placed, 0), make_status(Initiated, 1, 0), make_status(Ringing, 2, 1),
                  make_end(Busy, 4, 2, 0, 486), make_fetched(Busy, 4, 0)},
                 AttemptState::Busy,
                 Outcome::Busy});
  all.push_back({"no answer, found by the reconciler alone",
                 AttemptState::Sending,
                 {make_fact(FactKind::Ambiguous, 3), make_fetched(Queued, 5, 0), make_fetched(Ringing, 8, 0),
                  make_fetched(NoAnswer, 40, 0)},
                 AttemptState::NoAnswer,
                 Outcome::NoAnswer});
  all.push_back({"refused",
                 AttemptState::Sending,
                 {with_reason(make_fact(FactKind::Refused, 1), "The number is not valid.")},
                 AttemptState::Refused,
                 Outcome::Failed});
  all.push_back({"not placed, then alive all the same",
                 AttemptState::Sending,
                 {make_fact(FactKind::Ambiguous, 3), make_fact(FactKind::NotPlaced, 900), make_status(Ringing, 901, 1),
                  on_call(FactKind::Answered, 905), make_fetched(InProgress, 910, 0)},
                 AttemptState::InProgress,
                 std::nullopt});
  all.push_back({"two different ends",
                 AttemptState::Sending,
                 {on_call(FactKind::Placed, 0), make_end(Failed, 30, 2, 0, 500), make_end(Completed, 31, 3, 12),
                  make_fetched(NoAnswer, 33, 0), make_amd(AnsweredBy::Unknown, 20)},
                 AttemptState::NoAnswer,
                 Outcome::NoAnswer});
  all.push_back({"agent that never spoke",
                 AttemptState::Sending,
                 {on_call(FactKind::Answered, 5), on_call(FactKind::StreamStarted, 6), conversation_started(6),
                  make_conversation_end(7, "agent_failed", 0, 0), on_call(FactKind::StreamEnded, 9),
                  make_end(Completed, 10, 3, 5), make_fetched(Completed, 10, 5)},
                 AttemptState::Completed,
                 Outcome::Failed});
  all.push_back({"a screened call that reached its person",
                 AttemptState::Sending,
                 {on_call(FactKind::Answered, 5), make_amd(AnsweredBy::MachineStart, 8),
                  with_reason(on_call(FactKind::GreetingHeard, 9), "screening"),
                  make_conversation_end(40, "agent_ended", 1, 3), make_end(Completed, 41, 3, 36)},
                 AttemptState::Completed,
                 Outcome::HumanAnswered});
  all.push_back({"two detector verdicts and two recordings' states",
                 AttemptState::Sending,
                 {make_amd(AnsweredBy::MachineStart, 8), make_amd(AnsweredBy::MachineEndBeep, 15),
                  make_recording("in-progress", 9), make_recording("completed", 60), make_end(Completed, 30, 3, 25),
                  on_call(FactKind::ConversationAnalysed, 70), make_status(InProgress, 5, 2)},
                 AttemptState::Completed,
                 Outcome::Voicemail});
  all.push_back({"everything that may be agreed",
                 AttemptState::Sending,
                 {callback_agreed(20, 30), callback_agreed(25, 50), on_call(FactKind::OptedOut, 28),
                  with_reason(on_call(FactKind::Transferred, 30), "+14155550190"), make_end(Completed, 30, 3, 25)},
                 AttemptState::Completed,
                 Outcome::HumanAnswered});
  all.push_back({"never sent", AttemptState::Intent, {}, AttemptState::Intent, std::nullopt});
  return all;
}

/// 0: as it is · 1: everything twice · 2: everything again, backwards · 3: the first one again at the end
std::vector<Fact> repeated(const std::vector<Fact>& facts, int pattern) {
  std::vector<Fact> all = facts;
  if (pattern == 1) all.insert(all.end(), facts.begin(), facts.end());
  if (pattern == 2) all.insert(all.end(), facts.rbegin(), facts.rend());
  if (pattern == 3 && !facts.empty()) all.push_back(facts.front());
  return all;
}

TEST(Fold, GivesOneStateForEveryOrderAndEveryRepeat) {
  int folded = 0;
  for (const History& history : histories()) {
    const CallState expected = fold(history.protocol, history.facts);
    EXPECT_EQ(to_string(expected.state), to_string(history.state)) << history.name;
    EXPECT_EQ(expected.outcome, history.outcome) << history.name;
    std::vector<std::size_t> order(history.facts.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    do {
      std::vector<Fact> facts;
      for (const std::size_t i : order) facts.push_back(history.facts[i]);
      for (int pattern = 0; pattern < 4; ++pattern) {
        ++folded;
        ASSERT_TRUE(fold(history.protocol, repeated(facts, pattern)) == expected) << history.name;
      }
    } while (std::ranges::next_permutation(order).found);
  }

  EXPECT_GT(folded, 80'000);
}

TEST(Fold, NeverLowersAStateWhenAFactIsAdded) {
  const auto rank = [](AttemptState state) { return is_open(state) ? static_cast<int>(state) : 100; };
  for (const History& history : histories()) {
    for (std::size_t n = 0; n < history.facts.size(); ++n) {
      const std::span<const Fact> facts{history.facts};
      const CallState before = fold(history.protocol, facts.first(n));
      const CallState after = fold(history.protocol, facts.first(n + 1));
      // Below "accepted" lie the two ends that later evidence may undo.
      const bool undone = before.state == AttemptState::NotPlaced || before.state == AttemptState::Refused;
      EXPECT_TRUE(undone || rank(after.state) >= rank(before.state)) << history.name << " at " << n;
    }
  }
}

}  // namespace
}  // namespace otto::test
