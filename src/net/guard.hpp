// What a request's header must look like before the parser may see it (RFC 9112, read strictly). Beast 1.81 accepts
// obs-fold, unknown transfer codings, TE in HTTP/1.0, missing or doubled Host, fragments and raw bytes in the target:
// each a way to make two parsers disagree about where a request ends. Pure; no repair, only yes or no.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace otto::net {

/// Why a connection is answered and closed. The texts are literals.
struct Refusal {
  int status;
  std::string_view code, message;
};

enum class HeadState : std::uint8_t { Incomplete, Complete, Bad, TooLarge };

/// Finds the end of a header in what has arrived so far. `scanned` remembers how far earlier calls have looked (0 at
/// first). A byte that no header may hold (control characters, a lone CR or LF) is Bad at once, without waiting for
/// more. Complete: `length` bytes up to and with the empty line.
HeadState find_head(std::string_view bytes, std::size_t limit, std::size_t& scanned, std::size_t& length) noexcept;

/// Judges a complete header. nullopt: it is unambiguous and may be parsed.
std::optional<Refusal> check_head(std::string_view head, std::size_t max_fields) noexcept;

}  // namespace otto::net
