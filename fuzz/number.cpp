// Telephone numbers, states and zones as people type them.
#include "otto/phone/number.hpp"

#include <tuple>

#include "otto/base/text.hpp"
#include "otto/phone/region.hpp"

#include "fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otto;
  const auto text = fuzz::text_of(data, size);
  std::ignore = phone::parse_state(text);
  std::ignore = phone::parse_zone(text);
  const auto number = phone::parse_number(text);
  if (!number) return 0;
  fuzz::require(number->starts_with('+') && number->size() >= 8 && number->size() <= 16, "E.164 has up to 15 digits");
  const auto again = phone::parse_number(*number);
  fuzz::require(again && *again == *number, "a number in E.164 stays what it is");
  fuzz::require(mask_phone(*number).find("•") != std::string::npos, "a number in a log is masked");
  return 0;
}
