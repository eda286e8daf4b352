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

}  // namespace

MachineAction AnswerJudge::decide(AnsweredBy who, const Dialog& dialog) const {
  return decide_machine(who, options_.wanted, options_.has_message, dialog);
}

AnswerRuling AnswerJudge::settle(MachineAction action, std::string evidence) {
  AnswerRuling ruling;
  if (action == MachineAction::Ignore) return ruling;
  settled_ = true;
  pending_.reset();
  ruling.action = action;
  ruling.evidence = std::move(evidence);
  if (!line_ || *line_ == AnsweredBy::Unknown) ruling.answered_by = AnsweredBy::MachineStart;
  return ruling;
}

AnswerRuling AnswerJudge::verdict(AnsweredBy who, const Dialog& dialog, SteadyPoint now) {
  line_ = who;
  const MachineAction action = settled_ ? MachineAction::Ignore : decide(who, dialog);
  if (action == MachineAction::Ignore) return {};
  const bool heard_voicemail = !voicemail_words_.empty();
  if (who == AnsweredBy::Fax || heard_voicemail) {
    return settle(action, sentence(who) + (heard_voicemail ? " The greeting said " + voicemail_words_ + "." : ""));
  }
  if (screened_) return {};  // it is a machine, and it is being answered
  if (action == MachineAction::LetTalk || options_.screening != CallScreening::Answer)
    return settle(action, sentence(who));
  pending_ = who;
  until_ = now + (who == AnsweredBy::MachineStart ? options_.hear_out : options_.hear_out_at_end);
  return {};
}

AnswerRuling AnswerJudge::words(std::string_view text, const Dialog& dialog, SteadyPoint now) {
  if (dialog.exchanges > kPiecesOfAGreeting || dialog.since_words.value_or(seconds{0}) > kLongestGreeting) return {};
  heard_ += ' ';
  heard_ += text;
  if (heard_.size() > kMaxHeard) heard_.resize(kMaxHeard);
  const Greeting greeting = recognise_greeting(heard_);
  if (greeting == Greeting::Screening && !screened_ && options_.screening != CallScreening::Ignore)
    return hear_screener();
  if (greeting == Greeting::Voicemail && voicemail_words_.empty()) return hear_voicemail(now);
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

AnswerRuling AnswerJudge::hear_voicemail(SteadyPoint now) {
  voicemail_words_ = quote(heard_);
  const bool line_agrees = line_ && is_machine(*line_);
  const MachineAction action = decide(AnsweredBy::MachineStart, Dialog{});
  AnswerRuling ruling;
  // A message before the beep is lost: the detector hears the beep, words do not tell of it.
  const bool at_beep = pending_.value_or(AnsweredBy::MachineStart) != AnsweredBy::MachineStart;
  if (!settled_ && action == MachineAction::LeaveMessage && !at_beep) {
    pending_ = AnsweredBy::MachineEndOther;
    until_ = now + options_.await_beep;
  } else if (!settled_) {
    ruling =
        settle(action, (line_agrees ? sentence(*line_) + " " : "") + "The greeting said " + voicemail_words_ + ".");
  }
  ruling.greeting = Greeting::Voicemail;
  ruling.no_person = true;
  if (ruling.evidence.empty()) ruling.evidence = voicemail_words_;
  return ruling;
}

AnswerRuling AnswerJudge::found_by_agent() {
  if (settled_) return {};
  AnswerRuling ruling = settle(MachineAction::LetTalk, "The agent recognised the machine.");
  ruling.answered_by = AnsweredBy::MachineStart;  // the agent is a detector too
  return ruling;
}

AnswerRuling AnswerJudge::tick(const Dialog& dialog, SteadyPoint now) {
  if (!is_due(now)) return {};
  const AnsweredBy who = *std::exchange(pending_, std::nullopt);
  const bool by_words = !voicemail_words_.empty();
  return settle(decide(who, dialog), by_words ? "The greeting said " + voicemail_words_ + "." : sentence(who));
}

}  // namespace otto::call
