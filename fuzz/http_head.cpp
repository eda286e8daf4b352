// The first bytes of a connection: where a request's header ends, and whether it may be parsed.
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "fuzz/fuzz.hpp"
#include "net/guard.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otto;
  constexpr std::size_t kLimit = 8 * 1024;
  const auto bytes = fuzz::text_of(data, size);
  std::size_t scanned = 0, length = 0;
  const auto whole = net::find_head(bytes, kLimit, scanned, length);
  // In pieces it ends at the same byte, and what is bad stays bad.
  std::size_t seen = 0, length_in_pieces = 0;
  auto state = net::HeadState::Incomplete;
  for (std::size_t had = 1; had <= size && state == net::HeadState::Incomplete; had += 1 + had / 7)
    state = net::find_head(bytes.substr(0, had), kLimit, seen, length_in_pieces);
  if (state == net::HeadState::Incomplete) state = net::find_head(bytes, kLimit, seen, length_in_pieces);
  fuzz::require((state == net::HeadState::Complete) == (whole == net::HeadState::Complete),
                "a header is complete however it arrives");
  if (whole != net::HeadState::Complete) return 0;
  fuzz::require(length == length_in_pieces && length <= size, "a header ends at one place");
  if (net::check_head(bytes.substr(0, length), 64)) return 0;
  boost::beast::http::request_parser<boost::beast::http::string_body> parser;
  parser.header_limit(kLimit + 1);
  boost::system::error_code ec;
  parser.put(boost::asio::buffer(data, length), ec);
  if (!ec && parser.is_header_done() && parser.chunked())
    fuzz::require(!parser.content_length(), "no accepted header has two lengths");
  return 0;
}
