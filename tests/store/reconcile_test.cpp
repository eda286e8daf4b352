#include "tests/store/fixture.hpp"

namespace otto::test {
namespace {

using ReconcileTest = StoreTest;

std::vector<AttemptId> ids(const std::vector<ports::AttemptContext>& contexts) {
  std::vector<AttemptId> all;
  for (const auto& context : contexts) all.push_back(context.attempt);
  return all;
}

TEST_F(ReconcileTest, ReleasesIntentsWhoseOwnerIsGone) {
  const auto id = start_campaign(3);
  must_claim(id, kNow - minutes{2});
  must_claim(id, kNow);
  send(id, kNow - minutes{2});

  EXPECT_EQ(must(store_.attempts.release_abandoned_intents(kNow - minutes{1}, kNow)), 1);
  EXPECT_EQ(must(store_.attempts.release_abandoned_intents(kNow - minutes{1}, kNow)), 0);

  EXPECT_EQ(database().count("otto.attempt"), 2);
  EXPECT_EQ(must_claim(id).attempt_number, 1) << "it was not consumed";
}

TEST_F(ReconcileTest, CountsAnUndoneArmFromItsOwnTime) {
  const auto id = start_campaign(1);
  const auto claimed = must_claim(id, kNow - hours{1});
  must(store_.attempts.arm(claimed.attempt, kNow, kNow + seconds{12}));
  must(store_.attempts.disarm(claimed.attempt));

  EXPECT_EQ(must(store_.attempts.release_abandoned_intents(kNow - minutes{1}, kNow)), 0);
}

TEST_F(ReconcileTest, MakesASendingAttemptUnknownAfterItsDeadline) {
  const auto id = start_campaign(2);
  const auto late = send(id, kNow - seconds{13});
  const auto young = send(id, kNow);

  EXPECT_EQ(must(store_.attempts.mark_overdue_unknown(kNow)), 1);
  EXPECT_EQ(must(store_.attempts.mark_overdue_unknown(kNow)), 0);

  const auto unknown = must(store_.attempts.unknown());
  ASSERT_EQ(unknown.size(), 1U);
  EXPECT_EQ(unknown[0].attempt, late.attempt);
  EXPECT_EQ(unknown[0].call.state, AttemptState::Unknown);
  EXPECT_EQ(unknown[0].sending_at, kNow - seconds{13});
  EXPECT_EQ(must(store_.attempts.load(young.attempt))->call.state, AttemptState::Sending);
}

TEST_F(ReconcileTest, LiftsAnUnknownAttemptByTheFirstTraceOfItsCall) {
  const auto id = start_campaign(1);
  const auto claimed = send(id, kNow - seconds{13});
  must(store_.attempts.mark_overdue_unknown(kNow));

  const auto recorded = record(claimed.attempt, {make_fact(FactKind::Placed, 1, sid_of(1))});

  EXPECT_EQ(recorded.before.state, AttemptState::Unknown);
  EXPECT_EQ(recorded.after.state, AttemptState::Accepted);
  EXPECT_TRUE(must(store_.attempts.unknown()).empty());
}

TEST_F(ReconcileTest, ListsCallsThatNobodyHasSpokenOfForLong) {
  const auto id = start_campaign(4);
  const auto oldest = place(id, 1, kNow - minutes{9});
  const auto old = place(id, 2, kNow - minutes{5});
  place(id, 3, kNow);
  const auto ended = place(id, 4, kNow - minutes{5});
  record(ended.attempt, {make_end(LegStatus::Busy, 2, sid_of(4))}, kNow - minutes{5});

  EXPECT_EQ(ids(must(store_.attempts.silent(kNow - minutes{1}, {}))), (std::vector{oldest.attempt, old.attempt}));

  record(oldest.attempt, {make_fact(FactKind::Placed, 1, sid_of(1))}, kNow);
  EXPECT_EQ(ids(must(store_.attempts.silent(kNow - minutes{1}, {}))), (std::vector{old.attempt}))
      << "a repeat is a sign of life too";
}

TEST_F(ReconcileTest, CallsThatAreKnownToLiveStandInNobodysWay) {
  const auto id = start_campaign(120);
  std::vector<AttemptId> talking;
  for (int n = 1; n <= 110; ++n) talking.push_back(place(id, n, kNow - minutes{9}).attempt);
  const auto silent = place(id, 111, kNow - minutes{5});

  EXPECT_EQ(ids(must(store_.attempts.silent(kNow - minutes{1}, talking))), (std::vector{silent.attempt}));
}

TEST_F(ReconcileTest, TakesEndedConversationsEachTimeTheirAgeHasDoubledUntilTheyAreAnalysed) {
  const auto id = start_campaign(2);
  const auto claimed = place(id, 1);
  auto conversation = make_fact(FactKind::ConversationStarted, 5, sid_of(1));
  conversation.conversation_id = "conv_1";
  record(claimed.attempt, {conversation});
  const auto at = [&](seconds after) { return ids(must(store_.attempts.take_unanalysed(kNow + after))); };
  EXPECT_TRUE(at(hours{1}).empty()) << "it goes on";
  record(claimed.attempt, {make_end(LegStatus::Completed, 60, sid_of(1), 50)});
  const auto without = place(id, 2);
  record(without.attempt, {make_end(LegStatus::Busy, 60, sid_of(2))});

  EXPECT_TRUE(at(seconds{29}).empty()) << "the webhook may still come";
  EXPECT_EQ(at(seconds{30}), (std::vector{claimed.attempt}));
  EXPECT_TRUE(at(seconds{59}).empty());
  EXPECT_EQ(at(seconds{60}), (std::vector{claimed.attempt}));
  EXPECT_TRUE(at(seconds{119}).empty());
  EXPECT_EQ(at(seconds{120}), (std::vector{claimed.attempt}));

  auto analysis = make_fact(FactKind::ConversationAnalysed, 90, sid_of(1));
  analysis.summary = "Wants a later date.";
  record(claimed.attempt, {analysis});
  EXPECT_TRUE(at(minutes{59}).empty());
  EXPECT_EQ(database().one(R"(SELECT "notes" FROM public."OutboundCall" WHERE "outcome" = 'HUMAN_ANSWERED')"),
            "Wants a later date.");
}

TEST_F(ReconcileTest, ConversationsThatAreNeverAnalysedStandInNobodysWay) {
  const auto id = start_campaign(130);
  for (int n = 1; n <= 130; ++n) {
    const auto claimed = place(id, n);
    auto conversation = make_fact(FactKind::ConversationStarted, 5, sid_of(n));
    conversation.conversation_id = "conv_" + std::to_string(n);
    record(claimed.attempt, {make_end(LegStatus::Completed, 60, sid_of(n), 50)}, kNow);
    record(claimed.attempt, {conversation}, kNow + seconds{n});  // late: its time counts from here
  }
  const auto at = [&](minutes after) { return must(store_.attempts.take_unanalysed(kNow + after)); };

  const auto first = at(minutes{3}), then = at(minutes{3});

  ASSERT_EQ(first.size(), 100U);
  ASSERT_EQ(then.size(), 30U) << "not the same ones once more";
  EXPECT_EQ(then.back().call.conversation_id.substr(0, 5), "conv_");
  EXPECT_EQ(at(minutes{61}).size(), 100U);
  EXPECT_EQ(at(minutes{61}).size(), 30U);
  EXPECT_TRUE(at(minutes{600}).empty()) << "after an hour nobody asks any more";
}

TEST_F(ReconcileTest, ListsAnsweredCallsWithoutARecordingEachTimeTheirAgeHasDoubled) {
  const auto id = start_campaign(3);
  const auto answered = place(id, 1), busy = place(id, 2), recorded = place(id, 3);
  record(answered.attempt, {make_end(LegStatus::Completed, 60, sid_of(1), 50)});
  record(busy.attempt, {make_end(LegStatus::Busy, 60, sid_of(2))});
  record(recorded.attempt, {make_end(LegStatus::Completed, 60, sid_of(3), 50)});
  auto recording = make_fact(FactKind::Recording, 65, sid_of(3));
  recording.recording_sid = "RE1";
  recording.recording_status = "completed";
  record(recorded.attempt, {recording});
  const auto at = [&](minutes after) { return ids(must(store_.attempts.take_unrecorded(kNow + after))); };

  EXPECT_TRUE(at(minutes{1}).empty()) << "the callback may still come";
  EXPECT_EQ(at(minutes{3}), (std::vector{answered.attempt}));
  EXPECT_TRUE(at(minutes{5}).empty());
  EXPECT_EQ(at(minutes{7}), (std::vector{answered.attempt}));
  EXPECT_EQ(at(minutes{60 * 25}), (std::vector{answered.attempt}));
  EXPECT_TRUE(at(minutes{60 * 100}).empty()) << "after a day nobody asks any more";
}

TEST_F(ReconcileTest, SeesWhatCallbacksToOtherInstancesHaveChanged) {
  const auto id = start_campaign(2);
  const auto ended = place(id, 1), live = place(id, 2);
  record(ended.attempt, {make_end(LegStatus::Busy, 60, sid_of(1))});
  auto verdict = make_fact(FactKind::Amd, 5, sid_of(2));
  verdict.answered_by = AnsweredBy::MachineStart;
  record(live.attempt, {verdict});

  auto seen = must(store_.attempts.look_at({ended.attempt, live.attempt, AttemptId{"none"}}));

  ASSERT_EQ(seen.size(), 2U);
  if (seen[0].attempt != ended.attempt) std::swap(seen[0], seen[1]);
  EXPECT_TRUE(seen[0].is_closed);
  EXPECT_EQ(seen[0].verdict, std::nullopt);
  EXPECT_FALSE(seen[1].is_closed);
  EXPECT_EQ(seen[1].verdict, AnsweredBy::MachineStart);
}

TEST_F(ReconcileTest, ListsAHundredAtATime) {
  const auto id = start_campaign(130);
  for (int n = 0; n < 130; ++n) send(id, kNow - minutes{1});

  EXPECT_EQ(must(store_.attempts.mark_overdue_unknown(kNow)), 100);
  EXPECT_EQ(must(store_.attempts.unknown()).size(), 100U);
  EXPECT_EQ(must(store_.attempts.mark_overdue_unknown(kNow)), 30);
}

TEST_F(ReconcileTest, KeepsADuplicateCallOutOfTheStateItLoads) {
  const auto id = start_campaign(1);
  const auto claimed = place(id, 2);  // bound to sid 2
  record(claimed.attempt, {make_end(LegStatus::Completed, 0, sid_of(1), 9)});

  EXPECT_EQ(must(store_.attempts.load(claimed.attempt))->call.state, AttemptState::Accepted);
}

}  // namespace
}  // namespace otto::test
