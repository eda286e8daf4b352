// How calls went, stored and read back.
#include "tests/store/fixture.hpp"

namespace otto::test {
namespace {

class Figures : public StoreTest {};

ports::CallFigures make_figures(std::string stream, int second) {
  ports::CallFigures figures;
  figures.stream = std::move(stream);
  figures.at = kNow + seconds{second};
  figures.answer_to_ready = milliseconds{180};
  figures.answer_to_audio = milliseconds{260};
  figures.turns = {milliseconds{700}, milliseconds{650}};
  figures.interruptions = 1;
  figures.dropped_bytes = 160;
  return figures;
}

TEST_F(Figures, OfACallComeBackWithItsRowAndTheEvidenceOfWhoAnswered) {
  const auto claimed = place(start_campaign(1), 1);
  Fact amd = make_fact(FactKind::Amd, 5, sid_of(1));
  amd.answered_by = AnsweredBy::MachineStart;
  Fact heard = make_fact(FactKind::GreetingHeard, 6, sid_of(1));
  heard.reason = "voicemail";
  heard.evidence = "\"leave a message\"";
  record(claimed.attempt, {amd, heard});
  must(store_.attempts.save_figures(claimed.attempt, make_figures("b", 90)));
  must(store_.attempts.save_figures(claimed.attempt, make_figures("a", 60)));
  must(store_.attempts.save_figures(claimed.attempt, make_figures("a", 70)));  // a repeat changes nothing

  const auto report = must(store_.attempts.report(sid_of(1)));

  ASSERT_TRUE(report);
  EXPECT_EQ(report->call.call_sid, sid_of(1));
  ASSERT_EQ(report->figures.size(), 2u);
  EXPECT_EQ(report->figures[0].stream, "a");
  EXPECT_EQ(report->figures[0].at, kNow + seconds{60});
  EXPECT_EQ(report->figures[0].answer_to_ready, milliseconds{180});
  EXPECT_EQ(report->figures[0].answer_to_stream, std::nullopt);
  EXPECT_EQ(report->figures[0].answer_to_audio, milliseconds{260});
  EXPECT_EQ(report->figures[0].turns, (std::vector{milliseconds{700}, milliseconds{650}}));
  EXPECT_EQ(report->figures[0].dropped_bytes, 160);
  ASSERT_EQ(report->evidence.size(), 2u);
  EXPECT_EQ(report->evidence[0].answered_by, AnsweredBy::MachineStart);
  EXPECT_EQ(report->evidence[1].reason, "voicemail");
  EXPECT_EQ(report->evidence[1].evidence, "\"leave a message\"");
  EXPECT_EQ(must(store_.attempts.report(report->call.id))->call.call_sid, sid_of(1));
}

TEST_F(Figures, OfNothingAreRefusedAndOfNobodyNotFound) {
  EXPECT_EQ(run_on(loop_, store_.attempts.save_figures(AttemptId{"x"}, make_figures("a", 1))).error().code,
            Errc::NotFound);
  EXPECT_EQ(run_on(loop_, store_.attempts.save_figures(AttemptId{make_uuid_v7()}, make_figures("a", 1))).error().code,
            Errc::NotFound);
  EXPECT_EQ(must(store_.attempts.report("CAnone")), std::nullopt);
}

}  // namespace
}  // namespace otto::test
