#include "otto/sheets/csv.hpp"

#include <algorithm>
#include <csv.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "otto/base/text.hpp"

namespace otto::sheets {

namespace {

constexpr std::size_t kChunk = 64 * 1024;  // how much is parsed before an error found meanwhile is looked at

/// Collects what libcsv reports. It cannot stop the parser, so after the first error it ignores the rest.
class TableBuilder {
 public:
  void field(std::string_view cell) {
    row_end_was_cr_ = false;
    if (error_) return;
    // Runs of blank cells are only counted until something follows: a line of a million commas costs nothing.
    if (trim(cell).empty()) {
      ++blanks_;
      return;
    }
    if (cells_.size() + blanks_ + 1 > kMaxSheetColumns) {
      fail(Errc::TooLarge, "has more than " + std::to_string(kMaxSheetColumns) + " columns; remove those not needed.");
    } else if (!is_clean_utf8(cell)) {
      fail(Errc::InvalidInput, "holds bytes that are not UTF-8 text; save the table as CSV in UTF-8.");
    } else {
      cells_.resize(cells_.size() + blanks_);
      blanks_ = 0;
      cells_.emplace_back(cell);
    }
  }

  /// `terminator` is the character that ended the record, or -1 at the end of the text.
  void record(int terminator) {
    // libcsv reports CR and LF of a CRLF one by one; the LF is not a blank row.
    if (terminator == CSV_LF && row_end_was_cr_) {
      row_end_was_cr_ = false;
      return;
    }
    row_end_was_cr_ = terminator == CSV_CR;
    finish_row();
  }

  void fail(Errc code, const std::string& what) {
    if (!error_) error_.emplace(code, "Row " + std::to_string(number_) + " of the sheet " + what);
  }
  const std::optional<Error>& error() const { return error_; }

  Result<ports::SheetTable> take() {
    if (error_) return *error_;
    if (table_.header.empty() && table_.rows.empty())
      return Error{Errc::InvalidInput, "The sheet is empty; its first row must name the columns, one of them Phone."};
    return std::move(table_);
  }

 private:
  void finish_row() {
    blanks_ = 0;
    if (error_) return;
    if (number_ == 1) {
      for (std::string& name : cells_) name = std::string{trim(name)};
      table_.header = std::move(cells_);
    } else if (!cells_.empty()) {
      if (number_ > kMaxSheetRows) {
        fail(Errc::TooLarge, "is beyond the " + std::to_string(kMaxSheetRows) +
                                 " rows that one campaign can have; split it over several tabs.");
        return;
      }
      ports::SheetRow row;
      row.number = number_;
      row.cells = std::move(cells_);
      table_.rows.push_back(std::move(row));
    }
    cells_.clear();
    ++number_;
  }

  ports::SheetTable table_;
  std::vector<std::string> cells_;
  std::size_t blanks_ = 0;
  int number_ = 1;
  bool row_end_was_cr_ = false;
  std::optional<Error> error_;
};

void on_field(void* bytes, std::size_t size, void* builder) {
  // libcsv passes a null pointer for an empty cell that comes before its buffer exists.
  const auto* text = bytes == nullptr ? "" : static_cast<const char*>(bytes);
  static_cast<TableBuilder*>(builder)->field({text, size});
}
void on_record(int terminator, void* builder) { static_cast<TableBuilder*>(builder)->record(terminator); }
/// By default libcsv trims cells; a leading blank is a part of the cell.
int is_never_space(unsigned char) { return 0; }

class Parser {
 public:
  Parser() : ready_{csv_init(&parser_, kLenient) == 0} {
    if (!ready_) return;
    csv_set_space_func(&parser_, is_never_space);
    csv_set_blk_size(&parser_, kChunk);
  }
  ~Parser() {
    if (ready_) csv_free(&parser_);
  }
  Parser(const Parser&) = delete;

  bool ready() const { return ready_; }
  /// libcsv is either lenient everywhere or strict everywhere, and neither fits: text after a closing quote has to be
  /// an error (a lenient parser runs on into the next rows), but a quote inside an unquoted cell is a character
  /// (=HYPERLINK("x") as some exports write it). So strictness is chosen anew for each quote.
  bool feed(std::string_view chunk, TableBuilder& builder) {
    while (!chunk.empty()) {
      const bool at_quote = chunk.front() == '"';
      const std::size_t size = at_quote ? 1 : std::min(chunk.find('"'), chunk.size());
      const bool strict = !at_quote || parser_.quoted != 0;
      csv_set_opts(&parser_, static_cast<unsigned char>(kLenient | (strict ? CSV_STRICT : 0)));
      if (csv_parse(&parser_, chunk.data(), size, on_field, on_record, &builder) != size) return false;
      chunk.remove_prefix(size);
    }
    return true;
  }
  bool finish(TableBuilder& builder) { return csv_fini(&parser_, on_field, on_record, &builder) == 0; }
  bool out_of_memory() { return csv_error(&parser_) == CSV_ENOMEM || csv_error(&parser_) == CSV_ETOOBIG; }

 private:
  static constexpr unsigned char kLenient = CSV_STRICT_FINI | CSV_REPALL_NL;
  csv_parser parser_{};
  bool ready_;
};

}  // namespace

Result<ports::SheetTable> parse_csv(std::string_view text) {
  if (text.size() > kMaxSheetBytes)
    return Error{Errc::TooLarge, "The sheet is larger than 16 MiB; split it over several tabs."};
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);

  TableBuilder builder;
  Parser parser;
  if (!parser.ready()) return Error{Errc::Internal, "The CSV parser could not be set up."};
  while (!text.empty() && !builder.error()) {
    const std::string_view chunk = text.substr(0, kChunk);
    if (!parser.feed(chunk, builder)) {
      if (parser.out_of_memory()) return Error{Errc::TooLarge, "A cell of the sheet is too large."};
      builder.fail(Errc::InvalidInput,
                   "is not CSV: text follows a closing quotation mark (inside a quoted cell they are doubled).");
    }
    text.remove_prefix(chunk.size());
  }
  if (!builder.error() && !parser.finish(builder))
    builder.fail(Errc::InvalidInput, "is not CSV: a quotation mark is opened and never closed.");
  return builder.take();
}

}  // namespace otto::sheets
