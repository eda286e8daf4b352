// The settings file, and what may stand in a message for the answering machine.
#include "otto/base/config.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <tuple>
#include <unistd.h>

#include "otto/base/text.hpp"
#include "otto/call/template.hpp"

#include "fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otto;
  const int file = memfd_create("settings", 0);
  fuzz::require(file >= 0 && write(file, data, size) == static_cast<ssize_t>(size), "a file in memory");
  const auto source = file_source("/proc/self/fd/" + std::to_string(file));
  if (source) std::ignore = load_config(*source);
  close(file);
  const Variables variables{{"customerName", "Ada {{customerName}}"}, {"a", "b"}};
  const auto said = call::render_template(fuzz::text_of(data, size), variables);
  fuzz::require(said.size() <= 2000, "a message is within its limit");
  return 0;
}
