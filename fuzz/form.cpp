// Form bodies, as Twilio's webhooks and strangers send them.
#include "otto/base/text.hpp"

#include "fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otto;
  const auto fields = parse_form(fuzz::text_of(data, size));
  if (!fields) return 0;
  const auto again = parse_form(format_form(*fields), fields->size() + 1);
  fuzz::require(again && *again == *fields, "a form that was read can be written and read again");
  return 0;
}
