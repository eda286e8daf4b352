// What a machine at the other end says for itself, in the words that the agent's side has heard: the greeting of an
// answering machine, or the question of a call screener ("say your name and why you are calling"). Pure. It is second
// evidence beside the line's detector, which hears no words, and the only one that tells a screener from a voicemail.
//
// Several cues add up, because any single phrase is also said by people: "she is not available, would you like to leave
// a message?" is a person. Transcribers mishear: words of five letters and more may be off by one letter, and a few
// words may stand between those of a phrase.
#pragma once

#include <cstdint>
#include <string_view>

namespace otto::call {

enum class Greeting : std::uint8_t { None, Screening, Voicemail };
std::string_view to_string(Greeting greeting) noexcept;  ///< "", "screening", "voicemail"

struct Recognised {
  Greeting greeting = Greeting::None;
  /// By what hardly a person says. Else by a sum of what people say too: "I can't take the call, I'll call you back."
  bool is_sure = false;
};
/// English and Spanish; of a longer text the first 150 words are read.
Recognised recognise_greeting(std::string_view words);

/// What a screener says once it has been answered: "Thanks, please stay on the line." Only of a call that is screened:
/// people say such things too.
bool is_screener_talk(std::string_view words);

}  // namespace otto::call
