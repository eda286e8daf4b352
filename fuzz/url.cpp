// URLs that others name: callbacks, tool webhooks, redirects.
#include <tuple>

#include "otto/net/message.hpp"

#include "fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otto;
  const auto text = fuzz::text_of(data, size);
  const auto url = net::parse_url(text);
  if (!url) return 0;
  fuzz::require(!url->host.empty() && url->port != 0 && url->target.starts_with('/'), "a URL is complete");
  const auto again = net::parse_url(url->scheme + "://" + url->authority() + url->target);
  fuzz::require(again && again->host == url->host && again->port == url->port && again->target == url->target,
                "a URL that was read means the same when it is written");
  std::ignore = mask_url(text);
  return 0;
}
