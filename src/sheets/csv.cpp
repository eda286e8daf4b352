#include "otto/sheets/csv.hpp"

#include <algorithm>
#include <csv.h>
#include <string>
#include <utility>
#include <vector>

#include "sheets/table_builder.hpp"

namespace otto::sheets {

namespace {

constexpr std::size_t kChunk = 64 * 1024;  // how much is parsed before an error found meanwhile is looked at

/// What libcsv reports, cell by cell. It cannot stop the parser, so after the first error the builder ignores the rest.
class CsvRows {
 public:
  void field(std::string_view cell) {
    row_end_was_cr_ = false;
    table.add_cell(cell);
  }
  /// `terminator` is the character that ended the record, or -1 at the end of the text.
  void record(int terminator) {
    // libcsv reports CR and LF of a CRLF one by one; the LF is not a blank row.
    if (terminator == CSV_LF && row_end_was_cr_) {
      row_end_was_cr_ = false;
      return;
    }
    row_end_was_cr_ = terminator == CSV_CR;
    table.end_row();
  }

  TableBuilder table;

 private:
  bool row_end_was_cr_ = false;
};

void on_field(void* bytes, std::size_t size, void* rows) {
  // libcsv passes a null pointer for an empty cell that comes before its buffer exists.
  const auto* text = bytes == nullptr ? "" : static_cast<const char*>(bytes);
  static_cast<CsvRows*>(rows)->field({text, size});
}
void on_record(int terminator, void* rows) { static_cast<CsvRows*>(rows)->record(terminator); }
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
  bool feed(std::string_view chunk, CsvRows& rows) {
    while (!chunk.empty()) {
      const bool at_quote = chunk.front() == '"';
      const std::size_t size = at_quote ? 1 : std::min(chunk.find('"'), chunk.size());
      const bool strict = !at_quote || parser_.quoted != 0;
      csv_set_opts(&parser_, static_cast<unsigned char>(kLenient | (strict ? CSV_STRICT : 0)));
      if (csv_parse(&parser_, chunk.data(), size, on_field, on_record, &rows) != size) return false;
      chunk.remove_prefix(size);
    }
    return true;
  }
  bool finish(CsvRows& rows) { return csv_fini(&parser_, on_field, on_record, &rows) == 0; }
  bool out_of_memory() { return csv_error(&parser_) == CSV_ENOMEM || csv_error(&parser_) == CSV_ETOOBIG; }

 private:
  static constexpr unsigned char kLenient = CSV_STRICT_FINI | CSV_REPALL_NL;
  csv_parser parser_{};
  bool ready_;
};

}  // namespace

Result<ports::SheetTable> parse_csv(std::string_view text) {
  if (text.size() > kMaxSheetBytes)
    return Error{Errc::TooLarge, "The sheet is larger than 32 MiB; split it over several tabs."};
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);

  CsvRows rows;
  Parser parser;
  if (!parser.ready()) return Error{Errc::Internal, "The CSV parser could not be set up."};
  while (!text.empty() && !rows.table.error()) {
    const std::string_view chunk = text.substr(0, kChunk);
    if (!parser.feed(chunk, rows)) {
      if (parser.out_of_memory()) return Error{Errc::TooLarge, "A cell of the sheet is too large."};
      rows.table.fail(Errc::InvalidInput,
                      "is not CSV: text follows a closing quotation mark (inside a quoted cell they are doubled).");
    }
    text.remove_prefix(chunk.size());
  }
  if (!rows.table.error() && !parser.finish(rows))
    rows.table.fail(Errc::InvalidInput, "is not CSV: a quotation mark is opened and never closed.");
  return rows.table.take();
}

}  // namespace otto::sheets
