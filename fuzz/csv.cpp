// A contact list as a file, and what becomes of its rows.
#include "otto/sheets/csv.hpp"

#include "otto/base/text.hpp"
#include "otto/campaign/importer.hpp"

#include "fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otto;
  const auto table = sheets::parse_csv(fuzz::text_of(data, size));
  if (!table) return 0;
  const auto report = campaign::import_table(*table);
  for (const auto& contact : report.contacts) {
    fuzz::require(contact.phone.starts_with('+'), "a contact's number is in E.164");
    fuzz::require(is_clean_utf8(contact.name), "a contact's name is text");
  }
  return 0;
}
