#include "src/cli/progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "src/cli/output.hpp"

namespace otto::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

Json campaign(int total, int called, int reached, int failed, int live) {
  return {{"status", "RUNNING"},      {"hold", nullptr},          {"holdReason", nullptr},
          {"totalContacts", total},   {"contactsCalled", called}, {"contactsCompleted", reached},
          {"contactsFailed", failed}, {"liveCalls", live}};
}

Terminal drawing(std::size_t columns) {
  Terminal terminal;
  terminal.draws = true;
  terminal.columns = columns;
  return terminal;
}

TEST(Standing, SaysHowACampaignStands) {
  EXPECT_EQ(standing(campaign(50, 21, 12, 6, 3)),
            "RUNNING: 21 of 50 contacts called, 12 reached, 6 not reached; 3 calls are under way");
  EXPECT_EQ(standing(campaign(1, 1, 0, 0, 1)),
            "RUNNING: 1 of 1 contact called, 0 reached, 0 not reached; 1 call is under way");
  Json held = campaign(2, 0, 0, 0, 0);
  held["hold"] = "paused";
  held["holdReason"] = "Half of the last calls failed.";
  EXPECT_EQ(standing(held),
            "held (paused): 0 of 2 contacts called, 0 reached, 0 not reached. Half of the last calls failed.");
}

TEST(ProgressLine, ShowsReachedAndNotReachedAndWhoIsLeft) {
  const std::string bar = std::string(14, '#') + std::string(7, '-') + std::string(8, '.');
  EXPECT_EQ(progress_line(campaign(4, 3, 2, 1, 0), drawing(80)),
            "RUNNING " + bar + " 75%  3/4 called, 2 reached, 1 not, 0 live");
}

TEST(ProgressLine, NeverFillsTheTerminalsLineWhateverTheFigures) {
  for (std::size_t columns = 0; columns < 200; ++columns)
    for (const auto& figures : {campaign(0, 0, 0, 0, 0), campaign(1, 1, 1, 0, 0),
                                campaign(100'000, 99'999, 50'000, 49'999, 500), campaign(3, 9, 9, 9, 9)}) {
      Terminal terminal = drawing(columns);
      const std::string line = progress_line(figures, terminal);
      EXPECT_LT(columns_of(line), std::max<std::size_t>(columns, 2)) << line;
      terminal.is_utf8 = true;
      EXPECT_EQ(columns_of(progress_line(figures, terminal)), columns_of(line));
    }
}

TEST(ProgressLine, ColoursOnlyWhereTheyAreWanted) {
  Terminal terminal = drawing(80);
  EXPECT_THAT(progress_line(campaign(4, 3, 2, 1, 0), terminal), Not(HasSubstr("\x1b")));
  terminal.colours = true;
  EXPECT_THAT(progress_line(campaign(4, 3, 2, 1, 0), terminal), HasSubstr("\x1b[32m###"));
}

}  // namespace
}  // namespace otto::cli
