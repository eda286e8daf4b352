#include "otto/call/answer_judge.hpp"

#include <utility>

#include "otto/base/text.hpp"

namespace otto::call {

namespace {

constexpr std::size_t kMaxHeard = 2000;
constexpr std::size_t kMaxQuoted = 200;
/// A long greeting comes in several pieces, and the agent talks in between: that looks like a dialog. Its words tell it
/// from one, for so long.
constexpr int kPiecesOfAGreeting = 2;
constexpr seconds kLongestGreeting{30};

std::string quote(std::string_view words) { return "\"" + std::string{truncate_utf8(trim(words), kMaxQuoted)} + "\""; }

std::string sentence(AnsweredBy who) { return "The line's detector said " + std::string{to_string(who)} + "."; }

bool is_longer_than_a_greeting(const Dialog& dialog) {
  return dialog.exchanges > kPiecesOfAGreeting || dialog.since_words.value_or(seconds{0}) > kLongestGreeting;
}

}  // namespace

MachineAction AnswerJudge::decide(AnsweredBy who, const Dialog& dialog) const {
  return decide_machine(who, options_.wanted, options_.has_message, dialog);
}

/// All who have said so.
std::string AnswerJudge::evidence() const {
  std::string text;
  const auto add = [&text](const std::string& sentence) { text += (text.empty() ? "" : " ") + sentence; };
  if (line_says_machine()) add(sentence(*line_));
  if (!voicemail_words_.empty()) add("The greeting said " + voicemail_words_ + ".");
  if (found_) add("The agent recognised the machine.");
  return text;
}

AnswerRuling AnswerJudge::settle(MachineAction action, std::string evidence) {
  AnswerRuling ruling;
  if (action == MachineAction::Ignore) return ruling;
  settled_ = true;
  pending_.reset();
  ruling.action = action;
  ruling.evidence = std::move(evidence);
  // The agent is a detector too: it outweighs the line's human.
  const bool is_line_mute = !line_ || *line_ == AnsweredBy::Unknown;
  if (is_line_mute || (found_ && !line_says_machine())) ruling.answered_by = AnsweredBy::MachineStart;
  return ruling;
}

AnswerRuling AnswerJudge::verdict(AnsweredBy who, const Dialog& dialog, SteadyPoint now) {
  line_ = who;
  if (who == AnsweredBy::Human && is_suspicion()) {
    pending_.reset();
    voicemail_words_.clear();
  }
  const MachineAction action = settled_ ? MachineAction::Ignore : decide(who, dialog);
  if (action == MachineAction::Ignore) return {};
  if (who == AnsweredBy::Fax) return settle(action);
  const bool is_at_end = who != AnsweredBy::MachineStart;
  if (is_known() && (is_at_end || action != MachineAction::LeaveMessage)) return settle(action);
  if (is_known() || screened_) return {};  // the beep is waited for, or it is being answered
  if (const Recognised heard = recognise_greeting(heard_); believes(heard, dialog)) {  // by the line's word
    if (is_at_end) pending_ = who;
    if (heard.greeting == Greeting::Voicemail) return hear_voicemail(heard.is_sure, now);
    if (options_.screening != CallScreening::Ignore) return hear_screener();
  }
  if (action == MachineAction::LetTalk || options_.screening != CallScreening::Answer) return settle(action);
  pending_ = who;
  until_ = now + (is_at_end ? options_.hear_out_at_end : options_.hear_out);
  return {};
}

bool AnswerJudge::believes(const Recognised& heard, const Dialog& dialog) const {
  if (heard.greeting == Greeting::None || heard.is_sure) return heard.is_sure;
  // What the line has said of a screener says nothing of who speaks behind it.
  if (screened_ || is_real_dialog(dialog)) return false;
  if (found_ || line_says_machine()) return true;
  const bool is_beginning = dialog.exchanges == 0 || dialog.is_first_run;
  return heard.greeting == Greeting::Voicemail && is_beginning && line_ != AnsweredBy::Human;
}

AnswerRuling AnswerJudge::words(std::string_view text, const Dialog& dialog, SteadyPoint now) {
  if (is_longer_than_a_greeting(dialog)) return {};
  heard_ += ' ';
  heard_ += text;
  if (heard_.size() > kMaxHeard) heard_.resize(kMaxHeard);
  if (const Recognised heard = recognise_greeting(heard_); believes(heard, dialog)) {
    const bool is_news = voicemail_words_.empty() || (heard.is_sure && !is_sure_);
    if (heard.greeting == Greeting::Voicemail && is_news) return hear_voicemail(heard.is_sure, now);
    if (heard.greeting == Greeting::Screening && !screened_ && options_.screening != CallScreening::Ignore)
      return hear_screener();
  }
  AnswerRuling ruling;
  ruling.no_person = screened_ && is_screener_talk(text);
  return ruling;
}

AnswerRuling AnswerJudge::hear_screener() {
  const std::string said = quote(heard_);
  heard_.clear();  // what it says next may be a voicemail's greeting
  pending_.reset();
  screened_ = true;
  AnswerRuling ruling;
  if (options_.screening == CallScreening::HangUp && !settled_)
    ruling = settle(MachineAction::HangUp, "A call screener asked " + said + ".");
  ruling.greeting = Greeting::Screening;
  ruling.no_person = true;
  if (ruling.evidence.empty()) ruling.evidence = said;
  return ruling;
}

AnswerRuling AnswerJudge::hear_voicemail(bool is_sure, SteadyPoint now) {
  voicemail_words_ = quote(heard_);
  is_sure_ = is_sure;
  AnswerRuling ruling = leave_or_settle(now);
  ruling.greeting = Greeting::Voicemail;
  ruling.no_person = true;
  if (ruling.evidence.empty()) ruling.evidence = voicemail_words_;
  return ruling;
}

/// A message before the beep is lost: the line's detector hears the beep; words and the agent do not tell of it.
AnswerRuling AnswerJudge::leave_or_settle(SteadyPoint now) {
  if (settled_) return {};
  const MachineAction action = decide(AnsweredBy::MachineStart, Dialog{});
  const bool is_at_end = pending_.value_or(AnsweredBy::MachineStart) != AnsweredBy::MachineStart;
  if (action != MachineAction::LeaveMessage || is_at_end) return settle(action);
  pending_ = AnsweredBy::MachineStart;
  until_ = now + options_.await_beep;
  return {};
}

AnswerRuling AnswerJudge::found_by_agent(const Dialog& dialog, SteadyPoint now) {
  if (settled_ || found_) return {};
  found_ = true;
  // Not against what has been a real dialog: the agent ends it, and that is all.
  if (is_longer_than_a_greeting(dialog)) return settle(MachineAction::LetTalk);
  AnswerRuling ruling = leave_or_settle(now);
  ruling.no_person = true;
  return ruling;
}

AnswerRuling AnswerJudge::tick(const Dialog& dialog, SteadyPoint now) {
  if (!is_due(now)) return {};
  const AnsweredBy who = *std::exchange(pending_, std::nullopt);
  return settle(decide(who, dialog));
}

bool AnswerJudge::silences_agent() const noexcept {
  if (!pending_ || is_suspicion() || decide(*pending_, Dialog{}) != MachineAction::LeaveMessage) return false;
  return is_known() || *pending_ != AnsweredBy::MachineStart;
}

}  // namespace otto::call
