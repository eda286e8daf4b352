// Excel files as lists of contacts: those that Excel and Google write (tests/data/make-workbooks), and those that
// somebody has tampered with.
#include "otto/sheets/xlsx.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "otto/campaign/importer.hpp"
#include "otto/sheets/csv.hpp"

#include "tests/sheets/workbook_file.hpp"

namespace otto::sheets {
namespace {

using tests::cell;
using tests::WorkbookFile;
using Cells = std::vector<std::string>;

const std::string kHeader = "<row r=\"1\">" + cell("A1", "Name") + cell("B1", "Phone") + "</row>";

std::string file(const std::string& name) {
  std::ifstream in{OTTO_SOURCE_DIR "/tests/data/" + name, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

ports::SheetTable parsed(const std::string& bytes, const std::string& tab = "") {
  auto table = ports::parse_list_file(bytes, tab);
  EXPECT_TRUE(table) << table.error().detail;
  return table ? std::move(*table) : ports::SheetTable{};
}

Error refused(const std::string& bytes, const std::string& tab = "") {
  auto table = ports::parse_list_file(bytes, tab);
  EXPECT_FALSE(table);
  return table ? Error{Errc::Internal, "was accepted"} : table.error();
}

void expect_same(const ports::SheetTable& one, const ports::SheetTable& other) {
  EXPECT_EQ(one.header, other.header);
  ASSERT_EQ(one.rows.size(), other.rows.size());
  for (std::size_t i = 0; i < one.rows.size(); ++i) {
    EXPECT_EQ(one.rows[i].number, other.rows[i].number);
    EXPECT_EQ(one.rows[i].cells, other.rows[i].cells);
  }
}

TEST(Xlsx, ExcelsOwnFileReadsAsItLooks) {
  const auto table = parsed(file("excel.xlsx"));

  EXPECT_EQ(table.header,
            (Cells{"Name", "Phone", "Due", "Appointment", "Call at", "ZIP", "Amount", "Member", "Total", "Code"}));
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[0].number, 2);
  EXPECT_EQ(table.rows[0].cells, (Cells{"Ann & <Bo> \"C\"", "15555550142", "2026-12-02", "2026-12-02 09:30", "14:05",
                                        "02134", "19.99", "TRUE", "2", "AB"}));
  EXPECT_EQ(table.rows[1].number, 5) << "blank rows count, and a hidden row is a row";
  EXPECT_EQ(table.rows[1].cells,
            (Cells{"José María\nfrom Cádiz", "(212) 555-0143", "1900-02-28", "", "", "", "1e+20", "", "#DIV/0!"}));
}

TEST(Xlsx, TextsWithinTheCellsReadAsSharedOnesDo) {
  expect_same(parsed(file("inline.xlsx")), parsed(file("excel.xlsx")));
}

TEST(Xlsx, GooglesExportHasItsNumbersInENotation) {
  const auto table = parsed(file("google.xlsx"), "outbound campaigns");

  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[0].cells, (Cells{"Maria Schmidt", "15555550142", "2026-12-02 09:30"}));
  EXPECT_EQ(table.rows[1].cells, (Cells{" Li ", "+1 212 555 0144", "Wednesday"}));
}

TEST(Xlsx, TheSampleCampaignGivesTheSameReportAsItsCsv) {
  const auto workbook = parsed(file("campaign.xlsx"));
  const auto csv = parse_csv(file("campaign.csv"));
  ASSERT_TRUE(csv);

  expect_same(workbook, *csv);
  const auto one = campaign::import_table(workbook), other = campaign::import_table(*csv);
  EXPECT_EQ(one.contacts.size(), other.contacts.size());
  ASSERT_EQ(one.skipped.size(), other.skipped.size());
  for (std::size_t i = 0; i < one.skipped.size(); ++i) {
    EXPECT_EQ(one.skipped[i].row, other.skipped[i].row);
    EXPECT_EQ(one.skipped[i].reason, other.skipped[i].reason);
  }
}

TEST(Xlsx, ATabIsChosenByItsTitleAndOtherwiseTheFirstThatIsNotHidden) {
  EXPECT_EQ(parsed(file("excel.xlsx"), "ARCHIVE").rows[0].cells, (Cells{"Old", "+12125550177"}));
  const Error unknown = refused(file("excel.xlsx"), "Leads");
  EXPECT_EQ(unknown.code, Errc::NotFound);
  EXPECT_EQ(unknown.detail, "The Excel file has no tab \"Leads\"; it has \"Contacts\", \"Archive\".");
}

TEST(Xlsx, CellsMayLackTheirAddressesAndPrefixesDoNotMatter) {
  WorkbookFile book{""};
  book.parts["xl/worksheets/sheet1.xml"] =
      R"(<x:worksheet xmlns:x="http://purl.oclc.org/ooxml/spreadsheetml/main"><x:sheetData>)"
      R"(<x:row><x:c t="str"><x:v>Name</x:v></x:c><x:c t="str"><x:v>Phone</x:v></x:c></x:row>)"
      R"(<x:row><x:c/><x:c><x:v>2125550101</x:v></x:c></x:row></x:sheetData>)"
      R"(<x:extLst><x:row><x:c t="str"><x:v>layout</x:v></x:c></x:row></x:extLst></x:worksheet>)";

  const auto table = parsed(book.bytes());

  EXPECT_EQ(table.header, (Cells{"Name", "Phone"}));
  ASSERT_EQ(table.rows.size(), 1u);
  EXPECT_EQ(table.rows[0].cells, (Cells{"", "2125550101"}));
}

TEST(Xlsx, PhoneticGuidesAreLeftOutAndEscapesAreUndone) {
  WorkbookFile book{kHeader + R"(<row r="2"><c r="A2" t="s"><v>0</v></c>)" +
                    cell("B2", "a_x000D__x000A_b_x005F_x_x0001_") + "</row>"};
  book.parts["xl/sharedStrings.xml"] =
      R"(<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><r><t>東</t></r><r><t>京</t></r>)"
      R"(<rPh sb="0" eb="1"><t>トウ</t></rPh></si></sst>)";

  EXPECT_EQ(parsed(book.bytes()).rows[0].cells, (Cells{"東京", "a\r\nb_x "}));
}

TEST(Xlsx, DatesCountFrom1904WhereTheWorkbookSaysSo) {
  WorkbookFile book{kHeader + R"(<row r="2">)" + cell("A2", "Ann") + R"(<c r="B2" s="1"><v>44896.5</v></c></row>)"};
  book.parts["xl/styles.xml"] =
      R"(<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs><xf numFmtId="0"/>)"
      R"(<xf numFmtId="22"/></cellXfs></styleSheet>)";
  std::string& workbook = book.parts["xl/workbook.xml"];
  workbook.insert(workbook.find("<sheets>"), R"(<workbookPr date1904="1"/>)");

  EXPECT_EQ(parsed(book.bytes()).rows[0].cells[1], "2026-12-02 12:00");
}

TEST(Xlsx, WhatIsNoWorkbookIsRefusedInOneSentence) {
  EXPECT_NE(refused("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 old").detail.find("(.xls) or protected by a password"),
            std::string::npos);
  EXPECT_NE(refused("PK\x03\x04 and then nothing").detail.find("is damaged"), std::string::npos);
  WorkbookFile other{""};
  other.parts.erase("_rels/.rels");
  EXPECT_NE(refused(other.bytes()).detail.find("another kind of package"), std::string::npos);
  WorkbookFile binary{""};
  binary.parts["xl/workbook.bin"] = "x";
  EXPECT_NE(refused(binary.bytes()).detail.find(".xlsb"), std::string::npos);
  WorkbookFile letter{""};
  letter.parts["word/document.xml"] = "<x/>";
  EXPECT_NE(refused(letter.bytes()).detail.find("without a table"), std::string::npos);
  EXPECT_NE(refused(WorkbookFile{""}.bytes()).detail.find("is empty"), std::string::npos);
}

TEST(Xlsx, DamageIsFoundAndNamed) {
  WorkbookFile torn{kHeader};
  torn.parts["xl/worksheets/sheet1.xml"].resize(120);
  EXPECT_NE(refused(torn.bytes()).detail.find("damaged (xl/worksheets/sheet1.xml"), std::string::npos);
  WorkbookFile gone{kHeader};
  gone.parts.erase("xl/worksheets/sheet1.xml");
  EXPECT_NE(refused(gone.bytes()).detail.find("it lacks xl/worksheets/sheet1.xml"), std::string::npos);
  EXPECT_NE(refused(WorkbookFile{kHeader + R"(<row r="2"><c r="A2" t="s"><v>7</v></c></row>)"}.bytes())
                .detail.find("does not hold"),
            std::string::npos);
  for (const std::string rows : {R"(<row r="1"/>)", R"(<row r="0"/>)", R"(<row r="1048577"/>)", R"(<row r="x"/>)"})
    EXPECT_NE(refused(WorkbookFile{kHeader + rows}.bytes()).detail.find("wrong number"), std::string::npos) << rows;
  EXPECT_NE(refused(WorkbookFile{"<row r=\"1\">" + cell("B1", "Phone") + cell("A1", "Name") + "</row>"}.bytes())
                .detail.find("in disorder"),
            std::string::npos);
}

/// A sum that does not fit is damage too: half a list must never pass for a whole one.
TEST(Xlsx, AFlippedBitIsNeverReadOver) {
  std::string rows = kHeader;
  for (int row = 2; row < 40; ++row)
    rows += "<row r=\"" + std::to_string(row) + "\">" +
            cell("B" + std::to_string(row), "21255501" + std::to_string(row)) + "</row>";
  const std::string whole = WorkbookFile{rows}.bytes();
  const auto table = parsed(whole);
  std::mt19937 dice{7};
  for (int i = 0; i < 2'000; ++i) {
    std::string bytes = whole;
    bytes[dice() % bytes.size()] ^= static_cast<char>(1u << dice() % 8);
    const auto read = ports::parse_list_file(bytes, "");
    if (read) expect_same(*read, table);
  }
}

TEST(Xlsx, ADocumentTypeIsRefused) {
  WorkbookFile book{kHeader};
  std::string& sheet = book.parts["xl/worksheets/sheet1.xml"];
  sheet = R"(<!DOCTYPE worksheet [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>)" + sheet;
  EXPECT_NE(refused(book.bytes()).detail.find("document type"), std::string::npos);
}

TEST(Xlsx, ABombIsNotUnpacked) {
  WorkbookFile book{kHeader};
  std::string& sheet = book.parts["xl/worksheets/sheet1.xml"];
  sheet.insert(sheet.find("<sheetData>"), std::string(kMaxUnpackedBytes, ' '));
  const std::string bytes = book.bytes();
  sheet = {};
  ASSERT_LT(bytes.size(), std::size_t{1'000'000});

  const Error error = refused(bytes);
  EXPECT_EQ(error.code, Errc::TooLarge);
  EXPECT_NE(error.detail.find("unpacks to more than 512 MiB"), std::string::npos);
}

/// One text of a kilobyte in every cell: small as a file, small as XML, large as a table.
TEST(Xlsx, ManyReferencesToOneTextAreCountedAsTheTextThatTheyAre) {
  std::string rows = kHeader;
  for (int row = 2; row < 40'000; ++row) rows += R"(<row><c t="s"><v>0</v></c><c t="s"><v>0</v></c></row>)";
  WorkbookFile book{rows};
  book.parts["xl/sharedStrings.xml"] =
      R"(<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>)" + std::string(1024, 'x') +
      "</t></si></sst>";

  const Error error = refused(book.bytes());
  EXPECT_EQ(error.code, Errc::TooLarge);
  EXPECT_NE(error.detail.find("exceeds 32 MiB of text"), std::string::npos);
}

TEST(Xlsx, RowsAndColumnsBeyondTheLimitsAreRefused) {
  EXPECT_EQ(refused(WorkbookFile{kHeader + R"(<row r="2">)" + cell("GS2", "201st") + "</row>"}.bytes()).code,
            Errc::TooLarge);
  EXPECT_EQ(refused(WorkbookFile{kHeader + R"(<row r="2">)" + cell("XFD2", "last") + "</row>"}.bytes()).code,
            Errc::TooLarge);
  EXPECT_EQ(
      parsed(WorkbookFile{kHeader + R"(<row r="2">)" + cell("GR2", "200th") + "</row>"}.bytes()).rows[0].cells.size(),
      200u);
  EXPECT_EQ(refused(WorkbookFile{kHeader + R"(<row r="100002">)" + cell("A100002", "x") + "</row>"}.bytes()).code,
            Errc::TooLarge);
  EXPECT_EQ(parsed(WorkbookFile{kHeader + R"(<row r="1048576"><c r="A1048576" s="1"/></row>)"}.bytes()).rows.size(),
            0u);
  EXPECT_EQ(refused("PK\x03\x04" + std::string(kMaxSheetBytes, 'x')).code, Errc::TooLarge);
}

}  // namespace
}  // namespace otto::sheets
