// Twilio's side of a media stream.
#include <string>

#include "otto/twilio/media_messages.hpp"

#include "fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otto;
  constexpr std::size_t kPadding = 64;
  std::string padded{fuzz::text_of(data, size)};
  padded.resize(size + kPadding);
  const auto message = twilio::parse_media(std::string_view{padded}.substr(0, size), padded.size());
  if (!message) return 0;
  if (const auto* frame = std::get_if<twilio::MediaFrame>(&message->event))
    fuzz::require(frame->payload.size() <= size, "a frame's payload is no longer than its message");
  return 0;
}
