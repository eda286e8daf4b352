// A spreadsheet as Google's API answers it, and how people name one.
#include <tuple>

#include "otto/campaign/importer.hpp"
#include "otto/sheets/google_sheet.hpp"

#include "fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otto;
  const auto text = fuzz::text_of(data, size);
  if (const auto table = sheets::parse_values(text)) std::ignore = campaign::import_table(*table);
  std::ignore = ports::parse_sheet_reference(std::string{text}, "Outbound Campaigns");
  return 0;
}
