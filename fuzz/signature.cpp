// What signed requests look like from outside: nothing is accepted without the key, and what the key signed is.
#include "otto/twilio/signature.hpp"

#include "otto/elevenlabs/webhook.hpp"

#include "fuzz/fuzz.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace otto;
  const std::string text{fuzz::text_of(data, size)};
  const auto cut = text.find('\n');
  const std::string head = text.substr(0, cut), body = cut == std::string::npos ? "" : text.substr(cut + 1);
  const std::vector<std::string> tokens{"12345"};
  const auto form = parse_form(body);
  twilio::SignedRequest request;
  request.base_url = "https://calls.example.com";
  request.target = head;
  request.form = form ? &*form : nullptr;
  request.body = body;
  request.signature = body;
  fuzz::require(!twilio::verify_webhook(tokens, request), "a signature is not guessed");
  fuzz::require(twilio::verify_media_upgrade(tokens, request).empty(), "a stream's signature is not guessed");
  if (form && head.starts_with('/') && head.find('#') == std::string::npos) {
    const std::string signature = twilio::compute_signature(tokens.front(), "https://calls.example.com" + head, *form);
    request.signature = signature;
    fuzz::require(twilio::verify_webhook(tokens, request), "what Twilio signed is accepted");
  }
  fuzz::require(!elevenlabs::verify_webhook("wsec_secret", head, body, TimePoint{seconds{1'760'000'000}}),
                "an ElevenLabs signature is not guessed");
  return 0;
}
