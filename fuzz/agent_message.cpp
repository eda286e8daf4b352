// ElevenLabs' side of a conversation, and what it reports afterwards.
#include <string>
#include <tuple>

#include "otto/base/json.hpp"
#include "otto/elevenlabs/protocol.hpp"
#include "otto/elevenlabs/record.hpp"

#include "fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otto;
  constexpr std::size_t kPadding = 64;
  std::string padded{fuzz::text_of(data, size)};
  padded.resize(size + kPadding);
  const std::string_view text = std::string_view{padded}.substr(0, size);
  const bool is_broken = std::holds_alternative<elevenlabs::Broken>(elevenlabs::read_message(text, padded.size()));
  // The same without room behind it: the text is copied then, and must be read alike.
  const std::string exact{text};
  const auto again = elevenlabs::read_message(exact, exact.size());
  // What is no JSON is read only as far as needed: where its fault is found is not promised.
  if (parse_json(text))
    fuzz::require(std::holds_alternative<elevenlabs::Broken>(again) == is_broken,
                  "room behind a message changes nothing");
  std::ignore = elevenlabs::parse_record(text);
  std::ignore = elevenlabs::parse_post_call(text);
  return 0;
}
