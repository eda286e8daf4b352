// Who or what has answered, and what follows from it. Two witnesses: the line's detector, which measures sound, and the
// words of the greeting, which the agent's side hears. Pure over the steady clock.
//
//   machine_start, machine_end_* ──▶ held for a moment ──▶ acted upon
//                                        │   ▲
//                  "say your name" ──────┘   └──── "leave a message"      (words are heard at the end of a sentence,
//                  the screener is answered        at once                 verdicts come in the middle of one)
//
// A person is never kept waiting by this: until a ruling the agent talks on, unless it is a voicemail's end that is
// waited for. After a real dialog nothing is ruled.
//
// Words that people say too are a suspicion. Of a voicemail it is enough before the agent's first reply, as long as the
// line has not said human; later, and of a screener always, the line must have said machine.
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
  /// The agent has recognised a voicemail by itself. Its conversation ends with that, the call's part is yet to come.
  AnswerRuling found_by_agent(const Dialog& dialog, SteadyPoint now);
  /// A verdict is held, or what words or the agent have found waits for the beep.
  bool is_waiting() const noexcept { return pending_.has_value(); }
  /// A held verdict whose time has come.
  bool is_due(SteadyPoint now) const noexcept { return pending_ && now >= until_; }
  AnswerRuling tick(const Dialog& dialog, SteadyPoint now);

  /// A message will be left as soon as the greeting is over for certain: what the agent says now would stand before it.
  /// Never by a machine_start or a suspicion alone, for that may be a person or a screener.
  bool silences_agent() const noexcept;
  bool is_screened() const noexcept { return screened_; }

 private:
  AnswerRuling settle(MachineAction action, std::string evidence);
  AnswerRuling settle(MachineAction action) { return settle(action, evidence()); }
  AnswerRuling hear_screener();
  AnswerRuling hear_voicemail(bool is_sure, SteadyPoint now);
  AnswerRuling leave_or_settle(SteadyPoint now);
  MachineAction decide(AnsweredBy who, const Dialog& dialog) const;
  bool believes(const Recognised& heard, const Dialog& dialog) const;
  std::string evidence() const;
  bool line_says_machine() const noexcept { return line_ && is_machine(*line_); }
  bool is_known() const noexcept { return found_ || !voicemail_words_.empty(); }
  bool is_suspicion() const noexcept { return is_known() && !found_ && !is_sure_ && !line_says_machine(); }

  Options options_;
  std::string heard_;                         ///< since the answer, or since the screener's question
  std::optional<AnsweredBy> line_, pending_;  ///< the last verdict; the one that waits until until_
  SteadyPoint until_{};
  std::string voicemail_words_;
  bool is_sure_ = false;  ///< the voicemail's words are such as people do not say
  bool found_ = false;    ///< by the agent
  bool screened_ = false, settled_ = false;
};

}  // namespace otto::call
