// A hundred thousand rows, by both ways of reading, in the time and memory that a trigger may take.
#include <ctime>
#include <gtest/gtest.h>
#include <string>
#include <sys/resource.h>

#include "otto/base/json.hpp"
#include "otto/campaign/importer.hpp"
#include "otto/sheets/csv.hpp"
#include "otto/sheets/google_sheet.hpp"
#include "otto/sheets/xlsx.hpp"

#include "tests/sheets/workbook_file.hpp"

namespace otto::sheets {
namespace {

constexpr int kRows = 100'000;

std::string phone(int n) {
  return "(" + std::to_string(212 + n / 10'000) + ") 555-" + std::to_string(n % 10'000 + 10'000).substr(1);
}

/// This process's own time: reading waits for nothing, so a free core's clock shows the same, and a busy machine's not.
long milliseconds_used() {
  timespec used{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return used.tv_sec * 1000 + used.tv_nsec / 1'000'000;
}

long peak_megabytes() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

/// Not under a sanitizer, which takes several times as much of both.
void expect_cheap([[maybe_unused]] long took) {
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)
  EXPECT_LT(took, 10'000);
  EXPECT_LT(peak_megabytes(), 300);
#endif
}

void expect_all(const Result<ports::SheetTable>& table) {
  ASSERT_TRUE(table) << table.error().detail;
  const auto report = campaign::import_table(*table);
  EXPECT_EQ(report.contacts.size(), static_cast<std::size_t>(kRows));
  EXPECT_TRUE(report.skipped.empty());
}

TEST(LargeSheets, AHundredThousandRowsAreReadAndValidatedInTenSecondsAnd300Megabytes) {
  std::string csv = "Name,Phone,Email,Status,Last Called,Notes,Appointment,Vehicle\r\n";
  for (int n = 0; n < kRows; ++n)
    csv += "Customer " + std::to_string(n) + "," + phone(n) + ",c" + std::to_string(n) +
           "@example.com,,,,2026-12-02 09:30,2021 RAV4\r\n";
  const long began = milliseconds_used();
  expect_all(parse_csv(csv));
  const long took = milliseconds_used() - began;
  std::printf("CSV: %ld ms, peak %ld MB\n", took, peak_megabytes());
  expect_cheap(took);
}

TEST(LargeSheets, TheSameHoldsForAnExcelFile) {
  std::string rows = "<row>";
  for (const char* name : {"Name", "Phone", "Email", "Status", "Last Called", "Notes", "Appointment", "Vehicle"})
    rows += std::string{"<c t=\"str\"><v>"} + name + "</v></c>";
  rows += "</row>";
  std::string texts;
  for (int n = 0; n < kRows; ++n) {
    const std::string row = std::to_string(n + 2), first = std::to_string(2 * n), second = std::to_string(2 * n + 1);
    rows += "<row r=\"" + row + "\"><c r=\"A" + row + "\" t=\"s\"><v>" + first + "</v></c><c r=\"B" + row + "\"><v>1" +
            std::to_string(212 + n / 10'000) + "555" + std::to_string(n % 10'000 + 10'000).substr(1) +
            "</v></c><c r=\"C" + row + "\" t=\"s\"><v>" + second + "</v></c><c r=\"G" + row +
            "\"><v>46358.395833333336</v></c><c r=\"H" + row + "\" t=\"inlineStr\"><is><t>2021 RAV4</t></is></c></row>";
    texts += "<si><t>Customer " + std::to_string(n) + "</t></si><si><t>c" + std::to_string(n) + "@example.com</t></si>";
  }
  tests::WorkbookFile book{rows};
  book.parts["xl/sharedStrings.xml"] =
      R"(<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">)" + texts + "</sst>";
  const std::string file = book.bytes();
  rows = texts = {};
  book.parts.clear();
  const long began = milliseconds_used();
  expect_all(parse_xlsx(file, ""));
  const long took = milliseconds_used() - began;
  std::printf("Excel: %ld ms for %zu KB, peak %ld MB\n", took, file.size() / 1024, peak_megabytes());
  expect_cheap(took);
}

TEST(LargeSheets, TheSameHoldsForTheApi) {
  std::string body = R"({"values":[["Name","Phone","Email","Status","Last Called","Notes","Appointment","Vehicle"])";
  for (int n = 0; n < kRows; ++n)
    body += ",[\"Customer " + std::to_string(n) + "\",\"" + phone(n) + "\",\"c" + std::to_string(n) +
            "@example.com\",\"\",\"\",\"\",\"2026-12-02 09:30\",\"2021 RAV4\"]";
  body += "]}";
  const long began = milliseconds_used();
  expect_all(parse_values(body));
  const long took = milliseconds_used() - began;
  std::printf("API: %ld ms, peak %ld MB\n", took, peak_megabytes());
  expect_cheap(took);
}

}  // namespace
}  // namespace otto::sheets
