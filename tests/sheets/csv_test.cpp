#include "otto/sheets/csv.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace otto {
namespace {

using Cells = std::vector<std::string>;

ports::SheetTable parsed(std::string_view text) {
  auto table = sheets::parse_csv(text);
  EXPECT_TRUE(table.has_value()) << (table ? "" : table.error().detail);
  return table ? std::move(*table) : ports::SheetTable{};
}

Error refused(std::string_view text) {
  auto table = sheets::parse_csv(text);
  EXPECT_TRUE(table.has_error());
  return table ? Error{Errc::Internal, "was accepted"} : table.error();
}

std::string sample_file() {
  std::ifstream file{OTTO_SOURCE_DIR "/tests/data/campaign.csv", std::ios::binary};
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Csv, ReadsHeaderAndRowsWithEitherLineEnd) {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    const auto table = parsed("Name,Phone" + end + "Ann,1" + end + "Bob,2" + end);

    EXPECT_EQ(table.header, (Cells{"Name", "Phone"}));
    ASSERT_EQ(table.rows.size(), 2u);
    EXPECT_EQ(table.rows[0].number, 2);
    EXPECT_EQ(table.rows[1].number, 3);
    EXPECT_EQ(table.rows[1].cells, (Cells{"Bob", "2"}));
  }
}

TEST(Csv, TheLastRowNeedsNoLineEnd) {
  const auto table = parsed("Name,Phone\nAnn,\"1\"");
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_EQ(table.rows[0].cells, (Cells{"Ann", "1"}));
}

TEST(Csv, AByteOrderMarkIsNotPartOfTheFirstHeader) {
  EXPECT_EQ(parsed("\xEF\xBB\xBFName,Phone\n").header, (Cells{"Name", "Phone"}));
  EXPECT_EQ(parsed("\xEF\xBB\xBF\"Name\",Phone\n").header, (Cells{"Name", "Phone"}));
}

TEST(Csv, QuotedCellsHoldCommasQuotesAndLineBreaks) {
  const auto table = parsed("A,B\r\n\"x,\"\"y\"\"\",\"one\r\ntwo\nthree\"\r\nz,\r\n");

  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[0].cells, (Cells{"x,\"y\"", "one\r\ntwo\nthree"}));
  EXPECT_EQ(table.rows[1].number, 3) << "a line break inside a cell is not a row";
}

TEST(Csv, BlankRowsInTheMiddleKeepTheRowNumbers) {
  const auto table = parsed("A,B\r\n1,\r\n,\r\n\r\n\" \",  \r\n2,\r\n,\r\n\r\n");

  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[0].number, 2);
  EXPECT_EQ(table.rows[1].number, 6);
}

TEST(Csv, ABlankFirstRowIsStillTheHeader) {
  const auto table = parsed("\nName,Phone\nAnn,1\n");
  EXPECT_TRUE(table.header.empty());
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[0].number, 2);
}

TEST(Csv, BlankColumnsAreDroppedAtTheEndAndKeptInTheMiddle) {
  const auto table = parsed(" Name ,,Phone,,\n,,1,,\nAnn,,,,\n");
  EXPECT_EQ(table.header, (Cells{"Name", "", "Phone"}));
  EXPECT_EQ(table.rows[0].cells, (Cells{"", "", "1"}));
  EXPECT_EQ(table.rows[1].cells, (Cells{"Ann"}));
}

TEST(Csv, AQuoteInsideAnUnquotedCellIsACharacter) {
  const auto table = parsed("A,B\n=LINK(\"x\"),5\" nail\n\"q\",\"\"\n");
  EXPECT_EQ(table.rows[0].cells, (Cells{"=LINK(\"x\")", "5\" nail"}));
  EXPECT_EQ(table.rows[1].cells, (Cells{"q"}));
}

TEST(Csv, SpacesAroundACellAreKept) { EXPECT_EQ(parsed("A\n  x  \n").rows[0].cells, (Cells{"  x  "})); }

TEST(Csv, NothingAtAllIsRefused) {
  for (const std::string_view text : {"", "\xEF\xBB\xBF", "\r\n", ",,,\n,,\n", "  \n"}) {
    const Error error = refused(text);
    EXPECT_EQ(error.code, Errc::InvalidInput);
    EXPECT_NE(error.detail.find("empty"), std::string::npos) << error.detail;
  }
}

TEST(Csv, WhatIsNotCsvIsRefusedWithItsRow) {
  struct Case {
    std::string text, row, what;
  };
  const std::vector<Case> cases{
      {"A,B\n1,2\n\"never closed,3\n4,5\n", "Row 3", "never closed"},
      {"A,B\n1,2\n\"x\"y,3\n", "Row 3", "doubled"},
      {"A,B\n\"x\" ,3\n\"y\",4\n", "Row 2", "doubled"},
      {std::string{"A,B\n1,2\n1,a\0b\n", 15}, "Row 3", "UTF-8"},
      {"A,B\n\"one\ntwo\",2\n1,\xC3\x28\n", "Row 3", "UTF-8"},
      {"A,B\n1,\xED\xA0\x80\n", "Row 2", "UTF-8"},
      {"A\xFF,B\n", "Row 1", "UTF-8"},
  };
  for (const Case& c : cases) {
    const Error error = refused(c.text);
    EXPECT_EQ(error.code, Errc::InvalidInput);
    EXPECT_NE(error.detail.find(c.row + " "), std::string::npos) << error.detail;
    EXPECT_NE(error.detail.find(c.what), std::string::npos) << error.detail;
  }
}

TEST(Csv, LimitsAreExact) {
  std::string columns = "a";
  for (int i = 1; i < 200; ++i) columns += ",a";
  EXPECT_EQ(parsed(columns + ",,,,,\n").header.size(), 200u);
  EXPECT_EQ(refused(columns + ",a\n").code, Errc::TooLarge);
  EXPECT_NE(refused("x\n" + columns + ",a\n").detail.find("Row 2"), std::string::npos);

  std::string rows;
  for (int i = 0; i < sheets::kMaxSheetRows; ++i) rows += "x\n";
  EXPECT_EQ(parsed(rows + "\n\n,,\n").rows.back().number, sheets::kMaxSheetRows);
  EXPECT_EQ(refused(rows + "\nx\n").code, Errc::TooLarge);

  std::string big(sheets::kMaxSheetBytes, 'x');
  EXPECT_EQ(parsed(big).header.front().size(), sheets::kMaxSheetBytes);
  EXPECT_EQ(refused(big + "x").code, Errc::TooLarge);
}

TEST(Csv, ALineOfAMillionCommasIsABlankRow) {
  const auto table = parsed("A\n" + std::string(1'000'000, ',') + "\nx\n");
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_EQ(table.rows[0].number, 3);
}

TEST(Csv, TheSampleHasTwelveRowsNumberedAsInTheSheet) {
  const auto table = parsed(sample_file());

  EXPECT_EQ(table.header,
            (Cells{"Name", "Phone", "Email", "Status", "Last Called", "Notes", "Appointment", "Vehicle"}));
  ASSERT_EQ(table.rows.size(), 12u);
  for (int i = 0; i < 12; ++i) EXPECT_EQ(table.rows[static_cast<std::size_t>(i)].number, i + 2);
  EXPECT_EQ(table.rows[1].cells[0], "O'Neill, José");
  EXPECT_EQ(table.rows[1].cells[5], "likes to be called \"Joe\"");
  EXPECT_EQ(table.rows[3].cells[5], "first line\nsecond line");
  EXPECT_EQ(table.rows[8].cells[0], "");
  EXPECT_EQ(table.rows[10].cells[5], "=HYPERLINK(\"x\")");
}

/// RFC 4180 as far as a writer needs it; quotes more than it must when the dice say so.
std::string write_csv(const std::vector<Cells>& records, std::mt19937& dice, const std::string& line_end) {
  std::string text;
  for (const Cells& record : records) {
    for (std::size_t i = 0; i < record.size(); ++i) {
      const bool must = record[i].find_first_of(",\"\r\n") != std::string::npos;
      if (i != 0) text += ',';
      if (!must && dice() % 4 != 0) {
        text += record[i];
        continue;
      }
      text += '"';
      for (const char c : record[i]) text += c == '"' ? "\"\"" : std::string(1, c);
      text += '"';
    }
    text += line_end;
  }
  return text;
}

TEST(Csv, AnyTableWrittenByTheRfcReadsBackEqual) {
  std::mt19937 dice{20261123};
  const std::vector<std::string> atoms{"a", "Z", "7",  ",",  "\"", "\n", "\r\n", "\r",
                                       " ", "é", "漢", "😀", "=",  "'",  ";"};
  for (int round = 0; round < 2000; ++round) {
    const std::size_t columns = 1 + dice() % 6;
    std::vector<Cells> records(1 + dice() % 8, Cells(columns));
    for (Cells& record : records)
      for (std::string& cell : record) {
        if (dice() % 5 == 0) continue;
        for (std::size_t n = dice() % 6; n > 0; --n) cell += atoms[dice() % atoms.size()];
        if (cell.find_first_not_of(" \r\n") == std::string::npos) cell.clear();
      }
    records[0] = Cells(columns, "h");

    const auto table = parsed(write_csv(records, dice, dice() % 2 == 0 ? "\r\n" : "\n"));

    std::size_t seen = 0;
    for (std::size_t r = 1; r < records.size(); ++r) {
      Cells expected = records[r];
      while (!expected.empty() && expected.back().empty()) expected.pop_back();
      if (expected.empty()) continue;
      ASSERT_LT(seen, table.rows.size());
      EXPECT_EQ(table.rows[seen].number, static_cast<int>(r) + 1);
      EXPECT_EQ(table.rows[seen].cells, expected);
      ++seen;
    }
    ASSERT_EQ(seen, table.rows.size());
  }
}

TEST(Csv, NoInputCrashesOrLosesARowNumber) {
  std::mt19937 dice{7};
  const std::string alphabet{"a,\"\r\n \xC3\xA9\x80\0", 11};
  for (int round = 0; round < 20000; ++round) {
    std::string text;
    for (std::size_t n = dice() % 24; n > 0; --n) text += alphabet[dice() % alphabet.size()];
    const auto table = sheets::parse_csv(text);
    if (!table) {
      EXPECT_FALSE(table.error().detail.empty());
      continue;
    }
    int last = 1;
    for (const auto& row : table->rows) {
      EXPECT_GT(row.number, last);
      EXPECT_FALSE(row.cells.empty());
      last = row.number;
    }
  }
}

}  // namespace
}  // namespace otto
