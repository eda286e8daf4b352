// An Excel file as a contact list. A zip's sums keep random bytes out, so most inputs are the parts alone, one after
// the other with a zero byte between, which are packed here; an input that begins with "PK" is the file itself.
#include "otto/sheets/xlsx.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <zip.h>

#include "otto/base/text.hpp"
#include "otto/campaign/importer.hpp"
#include "otto/sheets/csv.hpp"

#include "fuzz/fuzz.hpp"

namespace {

constexpr std::array kParts{"xl/worksheets/sheet1.xml", "xl/sharedStrings.xml",       "xl/styles.xml",
                            "xl/workbook.xml",          "xl/_rels/workbook.xml.rels", "_rels/.rels"};

/// What a part is when the input does not hold it; what is not given here may be missing.
std::string usual(std::size_t part) {
  constexpr const char* kRel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
  const std::string to = std::string{R"(<Relationship Id="b" Type=")"} + kRel;
  if (part == 3)
    return std::string{R"(<workbook xmlns:r=")"} + kRel + R"("><sheets><sheet name="L" r:id="b"/></sheets></workbook>)";
  if (part == 4)
    return "<Relationships>" + to + R"(/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="c" Type=")" +
           kRel + R"(/sharedStrings" Target="sharedStrings.xml"/><Relationship Id="d" Type=")" + kRel +
           R"(/styles" Target="styles.xml"/></Relationships>)";
  if (part == 5) return "<Relationships>" + to + R"(/officeDocument" Target="xl/workbook.xml"/></Relationships>)";
  return {};
}

std::string packed(std::string_view text) {
  std::array<std::string, kParts.size()> parts;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto end = std::min(text.find('\0'), text.size());
    parts[i] = text.substr(0, end);
    if (parts[i].empty()) parts[i] = usual(i);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(target);
  zip_t* archive = zip_open_from_source(target, ZIP_TRUNCATE, &error);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].empty()) continue;
    const auto added =
        zip_file_add(archive, kParts[i], zip_source_buffer(archive, parts[i].data(), parts[i].size(), 0), 0);
    zip_set_file_compression(archive, static_cast<zip_uint64_t>(added), ZIP_CM_STORE, 0);
  }
  std::string bytes;
  zip_stat_t stat;
  if (zip_close(archive) == 0 && zip_source_stat(target, &stat) == 0 && zip_source_open(target) == 0) {
    bytes.resize(stat.size);
    zip_source_read(target, bytes.data(), bytes.size());
    zip_source_close(target);
  } else {
    zip_discard(archive);
  }
  zip_source_free(target);
  zip_error_fini(&error);
  return bytes;
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otto;
  const auto text = fuzz::text_of(data, size);
  const std::string file = text.starts_with("PK") ? std::string{text} : packed(text);
  const auto table = sheets::parse_xlsx(file, "");
  if (!table) return 0;
  fuzz::require(table->rows.size() <= sheets::kMaxSheetRows, "a table has no more rows than a file may have");
  for (const auto& row : table->rows)
    for (const auto& cell : row.cells) fuzz::require(is_clean_utf8(cell), "a cell is text");
  const auto report = campaign::import_table(*table);
  for (const auto& contact : report.contacts)
    fuzz::require(contact.phone.starts_with('+'), "a contact's number is in E.164");
  return 0;
}
