// The person or machine at the other end of the line: one 20 ms frame in, one out. Pure: a persona's whole behaviour
// follows from its plan and from what it hears, so that it can be tested without a clock.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "otto/sandbox/clips.hpp"
#include "otto/sandbox/ear.hpp"
#include "otto/sandbox/scenario.hpp"

namespace otto::sandbox {

struct Utterance {
  int at_ms = 0;  ///< since the answer
  int length_ms = 0;
  std::string text;
};

class Voice {
 public:
  Voice(const Plan& plan, const Clips& clips) : plan_{plan}, clips_{clips} {}

  /// One tick: `heard` is what the line played meanwhile, `say` is filled.
  void step(std::span<const std::uint8_t> heard, std::span<std::uint8_t> say);
  bool hung_up() const noexcept { return hung_up_; }
  std::optional<char> take_digit();
  int now_ms() const noexcept { return now_ms_; }

  // What was said and heard, for the log.
  const std::vector<Utterance>& said() const noexcept { return said_; }
  int heard_ms() const noexcept { return heard_ms_; }              ///< of sound above silence
  int first_heard_ms() const noexcept { return first_heard_ms_; }  ///< since the answer; -1: never
  int answers() const noexcept { return answers_; }
  int interruptions() const noexcept { return interruptions_; }
  /// Voicemail: sound heard after the beep.
  int message_ms() const noexcept { return message_ms_; }
  bool greeting_over() const noexcept { return greeting_over_; }
  int greeting_over_ms() const noexcept {
    return greeting_over_ms_;
  }  ///< the beep's end, since the answer; -1: not yet
  /// The last thing said that began before now, for whoever transcribes; empty when nothing was.
  std::string last_text() const { return said_.empty() ? std::string{} : said_.back().text; }

 private:
  void decide();
  void converse();
  void say(const Clip& clip);
  void answer();
  const Plan& plan_;
  const Clips& clips_;
  Ear ear_;
  const Clip* speaking_ = nullptr;
  std::size_t position_ = 0;
  int now_ms_ = 0, spoke_until_ms_ = 0, heard_ms_ = 0, first_heard_ms_ = -1, message_ms_ = 0, greeting_over_ms_ = -1;
  int answers_ = 0, interruptions_ = 0, hellos_ = 0;
  bool hung_up_ = false, heard_turn_ = false, greeting_over_ = false, let_through_ = false;
  std::deque<char> digits_;
  bool digits_queued_ = false;
  std::vector<Utterance> said_;
};

/// What an answering-machine detector that follows the documented parameters reports about this persona.
struct Verdict {
  std::string answered_by;  ///< empty: it never decides
  int after_ms = 0;         ///< since the answer
};
struct DetectorSettings {
  bool message_end = false;  ///< DetectMessageEnd
  int timeout_s = 30, speech_threshold_ms = 2400, speech_end_ms = 1200, silence_timeout_ms = 5000;
};
Verdict detect(const Plan& plan, const Clips& clips, const DetectorSettings& settings);

}  // namespace otto::sandbox
