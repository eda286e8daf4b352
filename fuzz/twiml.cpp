// TwiML around text that others have written: whatever it holds, the document stays one, and says nothing else.
#include "otto/twilio/twiml.hpp"

#include <algorithm>
#include <string>

#include "fuzz/fuzz.hpp"

namespace {

void require_document(std::string_view document, std::ptrdiff_t elements) {
  using otto::fuzz::require;
  require(document.size() <= otto::twilio::kMaxTwimlBytes, "a document is within Twilio's limit");
  require(document.ends_with("</Response>"), "a document is complete");
  require(std::ranges::count(document, '<') == elements, "no text has become a tag");
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t'; };
  require(std::ranges::none_of(document, is_control), "XML forbids control characters");
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otto;
  const std::string text{fuzz::text_of(data, size)};
  const auto middle = text.size() / 2;
  const std::string first = text.substr(0, middle), second = text.substr(middle);
  static const auto tags = [](const std::string& document) { return std::ranges::count(document, '<'); };
  static const auto plain_say = tags(twilio::say_and_hang_up("a", "b", "c"));
  static const auto plain_play = tags(twilio::play_and_hang_up("a"));
  require_document(twilio::say_and_hang_up(first + "a", second + "b", "c"), plain_say);
  require_document(twilio::play_and_hang_up(text), plain_play);
  twilio::ConnectStream connect;
  connect.stream_url = "wss://calls.example.com/stream";
  connect.action_url = connect.status_callback_url = connect.name = "a";
  connect.parameters = {{"a", "b"}, {"c", "d"}};
  static const auto plain_connect = tags(twilio::connect_stream(connect));
  connect.action_url = first + "a";
  connect.name = second + "a";
  connect.parameters = {{"a", first}, {"c", second}};
  require_document(twilio::connect_stream(connect), plain_connect);
  return 0;
}
