// Small, exact string functions that every room needs. ASCII rules; no locale.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "otto/base/error.hpp"

namespace otto {

std::string_view trim(std::string_view text) noexcept;  ///< spaces, tabs, CR, LF and U+00A0
std::vector<std::string> split(std::string_view text, char separator);
std::string to_lower(std::string_view text);  ///< ASCII only
bool iequals(std::string_view a, std::string_view b) noexcept;

/// RFC 3986: everything outside unreserved becomes %XX (space is %20), as Twilio's SDK does.
std::string percent_encode(std::string_view text);
/// Malformed on a broken escape.
Result<std::string> percent_decode(std::string_view text);

using FormFields = std::vector<std::pair<std::string, std::string>>;  ///< order and repeats kept
/// application/x-www-form-urlencoded; "+" and "%20" are spaces. TooLarge over `max_fields`.
Result<FormFields> parse_form(std::string_view body, std::size_t max_fields = 256);
std::string format_form(const FormFields& fields);
/// The first value of `name`, or "".
std::string_view form_value(const FormFields& fields, std::string_view name) noexcept;

/// For text and attribute values; drops code points that XML 1.0 forbids.
std::string xml_escape(std::string_view text);
/// True when valid UTF-8; text that is nearly all ASCII is checked eight bytes at a time.
bool is_utf8(std::string_view text) noexcept;
/// True when valid UTF-8 without NUL.
bool is_clean_utf8(std::string_view text) noexcept;
/// At most `max_bytes`, cut at a code point's edge.
std::string_view truncate_utf8(std::string_view text, std::size_t max_bytes) noexcept;

/// "+14155550101" → "+1415•••0101"; shorter than 8 digits → "•••". For logs and messages.
std::string mask_phone(std::string_view e164);
/// Keeps scheme, host and path of a URL; the query becomes "?…". Signed URLs never reach a log whole.
std::string mask_url(std::string_view url);

}  // namespace otto
