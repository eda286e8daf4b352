// A journal's file after a disk has lied: whole records are found, nothing else is taken for one.
#include <tuple>

#include "otto/dial/journal_record.hpp"
#include "otto/journal/frame.hpp"

#include "fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otto;
  const auto bytes = fuzz::text_of(data, size);
  journal::FrameReader reader{bytes};
  std::string_view record;
  std::size_t at = 0;
  while (reader.next(record)) {
    fuzz::require(reader.offset() > at && reader.offset() <= size, "reading goes on and stays within the file");
    at = reader.offset();
    std::ignore = dial::read_journal_record(record);
  }
  std::string file{bytes};
  journal::append_frame(file, "the last one");
  journal::FrameReader longer{file};
  std::size_t found = 0;
  std::string_view last;
  while (longer.next(last)) ++found;
  fuzz::require(found >= 1 && last == "the last one", "a whole record behind damage is found");
  if (const auto read = dial::read_journal_record(bytes)) {
    const auto again = dial::read_journal_record(dial::write_journal_record(*read));
    fuzz::require(again && dial::write_journal_record(*again) == dial::write_journal_record(*read),
                  "a record that was read can be written");
  }
  return 0;
}
