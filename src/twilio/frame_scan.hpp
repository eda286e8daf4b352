// Fifty times a second and call: the media message as Twilio writes it, read in one pass without a JSON parser.
#pragma once

#include <optional>
#include <string_view>

#include "otto/twilio/media_messages.hpp"

namespace otto::twilio {

/// A media message that is made of objects and plain strings alone: no white space, no escapes, no numbers. Nullopt for
/// whatever else, which is for the parser.
std::optional<MediaMessage> scan_frame(std::string_view text) noexcept;

}  // namespace otto::twilio
