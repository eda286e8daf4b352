#include "otto/api/csv.hpp"

#include <gtest/gtest.h>

#include "otto/sheets/csv.hpp"

namespace otto::api {
namespace {

TEST(CsvLine, QuotesWhatItMustAndNoMore) {
  EXPECT_EQ(csv_line({"", "a", "b c"}), ",a,b c\r\n");
  EXPECT_EQ(csv_line({"a,b", "say \"hi\"", "two\nlines", "\r"}),
            "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\"'\r\"\r\n");
}

TEST(CsvLine, NoCellBeginsAFormula) {
  for (const char first : {'=', '+', '-', '@', '\t', '\r'}) {
    const std::string line = csv_line({std::string(1, first) + "1"});
    EXPECT_TRUE(line.starts_with("'") || line.starts_with("\"'")) << line;
  }
  EXPECT_EQ(csv_line({"1=2"}), "1=2\r\n");
}

TEST(CsvLine, IsReadBackAsItWas) {
  const std::vector<std::string> cells{"Maria, \"M.\"", "Agent: Hello.\nCallee: \"Yes\", no.\r\nBye", "", "é"};
  const auto table = sheets::parse_csv(csv_line({"Name", "Phone", "Email", "Notes"}) + csv_line(cells));
  ASSERT_TRUE(table) << table.error().detail;
  ASSERT_EQ(table->rows.size(), 1U);
  EXPECT_EQ(table->rows[0].cells, cells);
}

}  // namespace
}  // namespace otto::api
