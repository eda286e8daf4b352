#include "otto/call/greeting.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace otto::call {

namespace {

constexpr std::size_t kMaxWords = 150;
constexpr int kEnough = 2;
/// Words that may stand between two of a phrase, unless its cue says otherwise.
constexpr int kGap = 2;

/// A phrase: its words in order, alternatives parted by '|'. `weight` 2 decides alone.
struct Cue {
  int weight;
  std::string_view phrase;
  int gap = kGap;
};

constexpr std::array kScreening{
    Cue{2, "say|state|record|recorded|announce your name why|reason|purpose", 4},
    Cue{2, "say|state|record|recorded|announce your name after|at|following tone|beep|signal", 3},
    Cue{2, "who you are and why you are calling", 1},
    Cue{2, "name and why you are calling", 1},
    Cue{2, "see|check if person|subscriber|customer available", 4},
    Cue{2, "call|calls screening", 0},
    Cue{2, "screening service|assistant|your|call|app", 1},
    Cue{2, "screened|answered by google|siri|bixby|assistant|robot", 2},
    Cue{2, "not accept|take calls from|without unidentified|unknown|anonymous|private|unlisted|identifying", 3},
    Cue{2, "if you are telemarketer|solicitor|robocaller", 2},
    Cue{2, "prove|confirm|verify you are human|person|not", 2},
    Cue{2, "press one|1|any|pound to be connected|through", 3},
    Cue{2, "after|at tone|beep|signal say|state|record|announce your name", 2},
    Cue{2, "before i|we connect|try|put say|state|record your name", 6},
    Cue{2, "i am virtual|automated|digital assistant", 1},
    Cue{2, "diga|indique|grabe su nombre motivo|razon|porque", 4},
    Cue{1, "say|state|record|recorded|give|tell your name"},
    Cue{1, "why you are calling", 0},
    Cue{1, "reason|purpose for|of your|the|this call|calling", 1},
    Cue{1, "reason|purpose for calling", 0},
    Cue{1, "who is calling", 0},
    Cue{1, "identify yourself"},
    Cue{1, "see if he|she|they available", 2},
    Cue{1, "copy|transcript of this|the conversation|call", 1},
    Cue{1, "google|virtual|automated|digital|call assistant|assist", 1},
    Cue{1, "stay|remain on line", 2},
    Cue{1, "person|number you are calling|trying", 2},
    Cue{1, "before i|we connect|try|put", 1},
};

constexpr std::array kVoicemail{
    Cue{2, "after|at|following|hear|await the|a tone|town|beep|beat|beef|signal", 1},
    Cue{2, "wait for the|a tone|town|beep|beat|beef", 1},
    Cue{2, "leave|record message after|at|following tone|town|beep|signal", 3},
    Cue{2, "record your|a message", 1},
    Cue{2, "leave message|massage i|we will get|call|return"},
    Cue{2, "forwarded|transferred|directed to voice|voicemail|automated|automatic|answering", 2},
    Cue{2, "mailbox full", 2},
    Cue{2, "voice messaging|message system|service", 1},
    Cue{2, "reached voicemail|mailbox|voice|answering", 3},
    Cue{2, "hang up or press|stay", 1},
    Cue{2, "for more|delivery options", 2},
    Cue{2, "numeric page|message", 0},
    Cue{2, "person|party|subscriber|customer|user|member you unavailable", 6},
    Cue{2, "person|party|subscriber|customer|user|member you not available|answering|reached", 6},
    Cue{2, "subscriber|customer|party not available|answering|unavailable", 3},
    Cue{2, "deje|deja|dejar su|un|tu mensaje", 1},
    Cue{2, "despues|tras del|de tono|senal", 1},
    Cue{2, "buzon de voz"},
    Cue{1, "leave message|massage"},
    Cue{1, "leave name|number|information|details|voicemail", 3},
    Cue{1, "name and number|telephone", 2},
    Cue{1, "get back to you", 1},
    Cue{1, "return your call|calls", 1},
    Cue{1, "call you back", 0},
    Cue{1, "not come|get to the|my phone", 1},
    Cue{1, "unable to take|answer|come", 1},
    Cue{1, "not able to take|answer|come", 1},
    Cue{1, "not take|answer|reach your|the|my call|phone", 1},
    Cue{1, "away from my|the|our desk|phone|office", 0},
    Cue{1, "not available"},
    Cue{1, "currently|is unavailable", 1},
    Cue{1, "you have reached|dialed", 1},
    Cue{1, "voicemail|mailbox", 0},
    Cue{1, "voice mail", 0},
    Cue{1, "missed your call"},
    Cue{1, "as soon as possible|can", 3},
    Cue{1, "when you are|have finished|done", 1},
    Cue{1, "our office|business hours", 1},
    Cue{1, "no esta disponible", 2},
};

/// What only somebody says who is there and waits for an answer.
constexpr std::array kPerson{
    Cue{2, "would you like|want|care", 0},
    Cue{2, "do|did you want|leave|like|wanna|just|call", 0},
    Cue{2, "can|could|may|shall|should i|he|she|they|we", 0},
    Cue{2, "can|could|will you call|leave|tell|repeat|hold|try|please|just", 0},
    Cue{2, "got|received|heard|saw your|the|a|my message|voicemail|call", 1},
    Cue{2, "how can|may i|we help", 0},
    Cue{2, "who is this", 0},
    Cue{1, "speaking", 0},
    Cue{1, "call me as soon", 1},
};

constexpr std::array kScreenerTalk{
    Cue{2, "stay|remain on line"},
    Cue{2, "please hold|wait", 1},
    Cue{2, "one|a moment please|while", 1},
    Cue{2, "see if available", 5},
    Cue{2, "connecting|connect you|your|the", 0},
    Cue{2, "trying|try to reach|connect|find"},
    Cue{2, "let them|him|her|the person know", 1},
};

/// A contraction's end, as it stands for a word: "you're" is heard as often as "you are".
struct Ending {
  std::string_view written, meant;
};
constexpr std::array kEndings{Ending{"n't", " not"},  Ending{"'re", " are"}, Ending{"'ll", " will"},
                              Ending{"'ve", " have"}, Ending{"'m", " am"},   Ending{"'s", " is"},
                              Ending{"'d", ""}};

/// Lower case, the accents of Latin-1 removed, typographic apostrophes made plain; all else becomes a space.
std::string plain(std::string_view text) {
  static constexpr std::string_view kBase = "aaaaaaaceeeeiiiidnooooo ouuuuyts";  // U+00E0 to U+00FF
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 'A' && c <= 'Z') {
      out += static_cast<char>(c - 'A' + 'a');
    } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '\'') {
      out += static_cast<char>(c);
    } else if (c == 0xC3 && i + 1 < text.size()) {
      out += kBase[static_cast<unsigned char>(text[++i]) & 0x1F];
    } else if (text.substr(i).starts_with("\u2019")) {
      out += '\'';
      i += 2;
    } else {
      out += ' ';
    }
  }
  return out;
}

void add_word(std::vector<std::string>& words, std::string word) {
  std::string behind;
  for (const Ending& ending : kEndings) {
    if (word.size() <= ending.written.size() || !word.ends_with(ending.written)) continue;
    word.resize(word.size() - ending.written.size());
    if (word == "ca") word = "can";
    if (word == "wo") word = "will";
    behind = ending.meant.empty() ? "" : ending.meant.substr(1);
    break;
  }
  if (word == "cannot") {
    word = "can";
    behind = "not";
  }
  std::erase(word, '\'');
  if (!word.empty()) words.push_back(std::move(word));
  if (!behind.empty()) words.push_back(std::move(behind));
}

std::vector<std::string> words_of(std::string_view text) {
  const std::string letters = plain(text);
  std::vector<std::string> words;
  std::size_t at = 0;
  while (at < letters.size() && words.size() < kMaxWords) {
    const auto begin = letters.find_first_not_of(' ', at);
    if (begin == std::string::npos) break;
    at = std::min(letters.find(' ', begin), letters.size());
    add_word(words, letters.substr(begin, at - begin));
  }
  return words;
}

/// One letter wrong, missing or too many, or two neighbours exchanged.
bool is_nearly(std::string_view a, std::string_view b) {
  if (a.size() < b.size()) std::swap(a, b);
  const auto [in_a, in_b] = std::ranges::mismatch(a, b);
  const std::string_view left{in_a, a.end()}, right{in_b, b.end()};
  if (left.empty()) return true;
  if (left.size() != right.size()) return left.substr(1) == right;
  const bool is_swapped = left.size() >= 2 && left[0] == right[1] && left[1] == right[0];
  return left.substr(1) == right.substr(1) || (is_swapped && left.substr(2) == right.substr(2));
}

bool is_word(std::string_view heard, std::string_view alternatives) {
  while (true) {
    const auto bar = alternatives.find('|');
    const auto one = alternatives.substr(0, bar);
    if (heard == one || (one.size() >= 5 && is_nearly(heard, one))) return true;
    if (bar == std::string_view::npos) return false;
    alternatives.remove_prefix(bar + 1);
  }
}

/// Whether the rest of a phrase follows within `reach` words from `at`.
bool follows(const std::vector<std::string>& words, std::size_t at, std::string_view phrase, int gap, int reach) {
  if (phrase.empty()) return true;
  const auto space = phrase.find(' ');
  const auto next = phrase.substr(0, space);
  const auto rest = space == std::string_view::npos ? std::string_view{} : phrase.substr(space + 1);
  const auto last = std::min(words.size(), at + static_cast<std::size_t>(reach));
  for (; at < last; ++at)
    if (is_word(words[at], next) && follows(words, at + 1, rest, gap, gap + 1)) return true;
  return false;
}

struct Score {
  int sum = 0;
  bool is_sure = false;  ///< with a phrase among them that decides alone
};

template <std::size_t N>
Score score(const std::vector<std::string>& words, const std::array<Cue, N>& cues) {
  Score score;
  for (const Cue& cue : cues) {
    if (!follows(words, 0, cue.phrase, cue.gap, static_cast<int>(kMaxWords))) continue;
    score.sum += cue.weight;
    score.is_sure |= cue.weight >= kEnough;
  }
  return score;
}

bool speaks_of_a_message(const std::vector<std::string>& words) {
  static constexpr Cue kMessage{1, "leave|record message|massage|voicemail", 3};
  return follows(words, 0, kMessage.phrase, kMessage.gap, static_cast<int>(kMaxWords));
}

}  // namespace

std::string_view to_string(Greeting greeting) noexcept {
  switch (greeting) {
    case Greeting::None:
      return "";
    case Greeting::Screening:
      return "screening";
    case Greeting::Voicemail:
      return "voicemail";
  }
  return "";
}

Recognised recognise_greeting(std::string_view text) {
  const auto words = words_of(text);
  const auto is_enough = [person = score(words, kPerson).sum](int sum) { return sum - person >= kEnough; };
  const Score screening = score(words, kScreening), voicemail = score(words, kVoicemail);
  const bool is_sure = screening.is_sure || voicemail.is_sure;
  const bool is_voicemail = is_enough(voicemail.sum);
  // "Say your name after the tone" is a screener; one that takes a message has become a voicemail.
  const bool outweighs = voicemail.is_sure && !screening.is_sure;
  if (is_enough(screening.sum) && !(is_voicemail && (outweighs || speaks_of_a_message(words))))
    return {Greeting::Screening, is_sure};
  return is_voicemail ? Recognised{Greeting::Voicemail, is_sure} : Recognised{};
}

bool is_screener_talk(std::string_view text) {
  const auto words = words_of(text);
  return score(words, kScreenerTalk).sum >= kEnough || recognise_greeting(text).greeting == Greeting::Screening;
}

}  // namespace otto::call
