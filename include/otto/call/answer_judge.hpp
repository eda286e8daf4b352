// Who or what has answered, and what follows from it. Two witnesses: the line's detector, which measures sound, and the
// words of the greeting, which the agent's side hears. Pure over the steady clock.
//
//   machine_start, machine_end_* ──▶ held for a moment ──▶ acted upon
//                                        │   ▲
//                  "say your name" ──────┘   └──── "leave a message"      (words are heard at the end of a sentence,
//                  the screener is answered        at once                 verdicts come in the middle of one)
//
// A person is never kept waiting by this: until a ruling the agent talks on. After a real dialog nothing is ruled.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "otto/base/clock.hpp"
#include "otto/call/greeting.hpp"
#include "otto/call/machine.hpp"
#include "otto/model/campaign.hpp"
#include "otto/model/fact.hpp"

namespace otto::call {

struct AnswerRuling {
  MachineAction action = MachineAction::Ignore;  ///< anything else: do it now
  Greeting greeting = Greeting::None;            ///< recognised just now; Screening without an action: answer it
  bool no_person = false;                        ///< what the callee's side has said so far came from a machine
  std::string evidence;                          ///< one sentence: what has decided, or the greeting's words
  std::optional<AnsweredBy> answered_by;         ///< set when others have decided and the line's detector says nothing
};

class AnswerJudge {
 public:
  struct Options {
    VoicemailAction wanted = VoicemailAction::HangUp;
    bool has_message = false;
    CallScreening screening = CallScreening::Answer;
    /// How long a verdict in the middle of the greeting waits for its words: a screener's question is over by then.
    milliseconds hear_out{8000};
    /// The same at the greeting's end, where a message is due: a voicemail takes 3 s of silence for the end of one.
    milliseconds hear_out_at_end{1500};
    /// From the words of a voicemail greeting to its beep, if the detector misses that.
    milliseconds await_beep{6000};
    Options() = default;
  };
  AnswerJudge() = default;
  explicit AnswerJudge(Options options) : options_{options} {}

  /// What the line's detector says.
  AnswerRuling verdict(AnsweredBy who, const Dialog& dialog, SteadyPoint now);
  /// What the callee's side was heard saying, after `dialog`.
  AnswerRuling words(std::string_view text, const Dialog& dialog, SteadyPoint now);
  /// The agent has recognised a machine by itself and deals with it.
  AnswerRuling found_by_agent();
  /// A verdict is held.
  bool is_waiting() const noexcept { return pending_.has_value(); }
  /// A held verdict whose time has come.
  bool is_due(SteadyPoint now) const noexcept { return pending_ && now >= until_; }
  AnswerRuling tick(const Dialog& dialog, SteadyPoint now);

  bool is_screened() const noexcept { return screened_; }

 private:
  AnswerRuling settle(MachineAction action, std::string evidence);
  AnswerRuling hear_screener();
  AnswerRuling hear_voicemail(SteadyPoint now);
  MachineAction decide(AnsweredBy who, const Dialog& dialog) const;

  Options options_;
  std::string heard_;                         ///< since the answer, or since the screener's question
  std::optional<AnsweredBy> line_, pending_;  ///< the last verdict; the one that waits until until_
  SteadyPoint until_{};
  std::string voicemail_words_;
  bool screened_ = false, settled_ = false;
};

}  // namespace otto::call
