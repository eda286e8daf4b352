#include "otto/sheets/xlsx.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "otto/base/text.hpp"
#include "otto/sheets/csv.hpp"

#include "sheets/package.hpp"
#include "sheets/table_builder.hpp"
#include "sheets/workbook.hpp"
#include "sheets/xml.hpp"

namespace otto::sheets {

namespace {

constexpr int kLastRow = 1'048'576;  // Excel's own limits
constexpr std::size_t kLastColumn = 16'384;

/// "AB12" → 27; nullopt: no cell's address.
std::optional<std::size_t> column_of(std::string_view address) {
  std::size_t column = 0, letters = 0;
  for (; letters < address.size() && address[letters] >= 'A' && address[letters] <= 'Z'; ++letters) {
    column = column * 26 + static_cast<std::size_t>(address[letters] - 'A' + 1);
    if (column > kLastColumn) return std::nullopt;
  }
  if (letters == 0) return std::nullopt;
  return column - 1;
}

template <typename T>
std::optional<T> parse(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// A tab's rows. Rows and cells come in order; those that are blank may be left out.
class CellsReader final : public XmlReader {
 public:
  CellsReader(const SharedStrings& strings, const std::vector<NumberFormat>& formats, bool from_1904)
      : strings_{strings}, formats_{formats}, from_1904_{from_1904} {}

  void on_start(std::string_view name, const XmlAttributes& attributes) override {
    if (name == "sheetData") is_in_rows_ = true;
    if (!is_in_rows_) return;
    if (name == "row") begin_row(attributes.get("r"));
    if (name == "c") begin_cell(attributes);
    if (name == "rPh") is_phonetic_ = true;
    if (name == "v" || (name == "t" && !is_phonetic_)) is_text_ = true;
  }

  void on_end(std::string_view name) override {
    if (!is_in_rows_) return;
    if (name == "sheetData") is_in_rows_ = false;  // what follows is layout
    if (name == "v" || name == "t") is_text_ = false;
    if (name == "rPh") is_phonetic_ = false;
    if (name == "c") end_cell();
    if (name == "row") end_rows(row_);
  }

  void on_text(std::string_view text) override {
    if (is_text_ && text_.size() <= kMaxSheetBytes) text_ += text;
  }

  bool is_done() const override { return table.error().has_value(); }

  TableBuilder table;

 private:
  void begin_row(std::string_view number) {
    const auto row = number.empty() ? std::optional{rows_ended_ + 1} : parse<int>(number);
    if (!row || *row <= rows_ended_ || *row > kLastRow)
      return table.fail(Errc::InvalidInput, "is followed by one with a wrong number; save the Excel file again.");
    end_rows(*row - 1);
    row_ = *row;
    columns_ = next_ = 0;
  }

  void end_rows(int last) {
    for (; rows_ended_ < last; ++rows_ended_) table.end_row();
  }

  void begin_cell(const XmlAttributes& attributes) {
    const std::string_view address = attributes.get("r");
    const auto column = address.empty() ? std::optional{next_} : column_of(address);
    next_ = column.value_or(0);
    if (!column || next_ < columns_)
      table.fail(Errc::InvalidInput, "has cells in disorder; save the Excel file again.");
    type_ = attributes.get("t");
    style_ = parse<std::size_t>(attributes.get("s")).value_or(0);
    text_.clear();
  }

  void end_cell() {
    const std::string text = cell_text();
    if (!trim(text).empty()) {
      for (; columns_ < std::min(next_, kMaxSheetColumns); ++columns_) table.add_cell("");
      table.add_cell(text);
      columns_ = next_ + 1;
      size_ += text.size() + 1;
      if (size_ > kMaxSheetBytes)
        table.fail(Errc::TooLarge, "is where the table exceeds 32 MiB of text; split it over several files.");
    }
    ++next_;
  }

  std::string cell_text() {
    if (type_ == "s") {
      if (trim(text_).empty()) return {};
      const auto index = parse<std::size_t>(trim(text_));
      if (index && *index < strings_.size()) return unescape_cell(strings_[*index]);
      table.fail(Errc::InvalidInput, "refers to a text that the Excel file does not hold; save it again.");
      return {};
    }
    if (type_ == "b") return trim(text_) == "1" || trim(text_) == "true" ? "TRUE" : "FALSE";
    if (type_ == "inlineStr" || type_ == "str") return unescape_cell(text_);
    if (!type_.empty() && type_ != "n") return text_;  // "e": what Excel shows of a failed formula; "d": ISO 8601
    const auto number = parse<double>(trim(text_));
    if (!number) return text_;
    const NumberFormat format = style_ < formats_.size() ? formats_[style_] : NumberFormat{};
    return number_text(*number, format, from_1904_);
  }

  const SharedStrings& strings_;
  const std::vector<NumberFormat>& formats_;
  const bool from_1904_;
  bool is_in_rows_ = false, is_text_ = false, is_phonetic_ = false;
  int row_ = 0, rows_ended_ = 0;
  std::size_t columns_ = 0;  ///< given to the table, of this row
  std::size_t next_ = 0;     ///< where the next cell without an address stands
  std::size_t style_ = 0, size_ = 0;
  std::string type_, text_;
};

Result<WorkbookTab> choose(const Workbook& workbook, std::string_view title) {
  std::string titles;
  for (const WorkbookTab& tab : workbook.tabs) {
    if (title.empty() ? !tab.is_hidden : iequals(trim(tab.title), trim(title))) return tab;
    titles += (titles.empty() ? "\"" : ", \"") + tab.title + "\"";
  }
  if (titles.empty()) return Error{Errc::InvalidInput, "The Excel file has no tab with cells."};
  if (title.empty())
    return Error{Errc::InvalidInput, "All tabs of the Excel file are hidden; name one: " + titles + "."};
  return Error{Errc::NotFound, "The Excel file has no tab \"" + std::string{title} + "\"; it has " +
                                   std::string{truncate_utf8(titles, 500)} + "."};
}

/// What else people have under an .xlsx name, or instead of one.
std::optional<Error> not_a_workbook(const Package& package) {
  if (package.has("xl/workbook.bin"))
    return Error{Errc::InvalidInput, "The file is a binary Excel workbook (.xlsb); save it as .xlsx or as CSV."};
  if (!package.has("_rels/.rels"))
    return Error{
        Errc::InvalidInput,
        "The file is no Excel workbook but another kind of package (OpenDocument, Numbers, a zip archive); save "
        "the table as .xlsx or as CSV."};
  if (package.has("word/document.xml") || package.has("ppt/presentation.xml"))
    return Error{Errc::InvalidInput, "The file is an Office document without a table; save the list as .xlsx or CSV."};
  return std::nullopt;
}

bool is_zip(std::string_view file) { return file.starts_with("PK\x03\x04") || file.starts_with("PK\x05\x06"); }
bool is_old_excel(std::string_view file) { return file.starts_with("\xD0\xCF\x11\xE0"); }

}  // namespace

Result<ports::SheetTable> parse_xlsx(std::string_view file, std::string_view tab) {
  if (file.size() > kMaxSheetBytes)
    return Error{Errc::TooLarge, "The Excel file is larger than 32 MiB; copy the contacts alone into a new file."};
  auto package = Package::open(file);
  if (!package) return package.error();
  if (auto other = not_a_workbook(*package)) return std::move(*other);
  const auto workbook = read_workbook(*package);
  if (!workbook) return workbook.error();
  const auto chosen = choose(*workbook, tab);
  if (!chosen) return chosen.error();

  SharedStrings strings;
  if (!workbook->shared_strings.empty()) {
    auto read = SharedStrings::read(*package, workbook->shared_strings);
    if (!read) return read.error();
    strings = std::move(*read);
  }
  std::vector<NumberFormat> formats;
  if (!workbook->styles.empty()) {
    auto read = read_formats(*package, workbook->styles);
    if (!read) return read.error();
    formats = std::move(*read);
  }
  CellsReader cells{strings, formats, workbook->counts_from_1904};
  if (auto read = read_xml(*package, chosen->part, cells); !read) return read.error();
  return cells.table.take();
}

}  // namespace otto::sheets

namespace otto::ports {

Result<SheetTable> parse_list_file(std::string_view file, std::string_view tab) {
  using namespace sheets;
  if (is_zip(file)) return parse_xlsx(file, tab);
  if (is_old_excel(file))
    return Error{
        Errc::InvalidInput,
        "The file is an Excel file of the old kind (.xls) or protected by a password: save it as .xlsx without "
        "one, or as CSV."};
  return parse_csv(file);
}

}  // namespace otto::ports
