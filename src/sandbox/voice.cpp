#include "otto/sandbox/voice.hpp"

#include <algorithm>

#include "otto/audio/g711.hpp"

namespace otto::sandbox {
namespace {

constexpr int kPickUpMs = 400;       // from lifting the receiver to the first word
constexpr int kTurnSilenceMs = 700;  // the other side has finished when it is silent for so long
constexpr int kInterruptAfterMs = 1500;
constexpr int kHelloAgainMs = 6000;
constexpr int kMessageSilenceMs = 5000;  // a voicemail system hangs up after so much silence
constexpr int kMessageMaxMs = 60'000;
constexpr int kScreenerPatienceMs = 15'000;
constexpr int kFetchMs = 1000;  // until the person behind the screener is there

}  // namespace

void Voice::say(const Clip& clip) {
  speaking_ = &clip;
  position_ = 0;
  said_.push_back(Utterance{now_ms_, static_cast<int>(clip.audio.size() / 8), clip.text});
}

void Voice::answer() {
  say(clips_.replies[static_cast<std::size_t>(answers_) % clips_.replies.size()]);
  ++answers_;
  heard_turn_ = false;
  if (!digits_queued_) digits_.assign(plan_.digits.begin(), plan_.digits.end());
  digits_queued_ = true;
}

std::optional<char> Voice::take_digit() {
  if (digits_.empty() || speaking_ != nullptr) return std::nullopt;
  const char digit = digits_.front();
  digits_.pop_front();
  return digit;
}

void Voice::step(std::span<const std::uint8_t> heard, std::span<std::uint8_t> out) {
  ear_.hear_ulaw(heard);
  if (ear_.speech()) {
    heard_ms_ += 20;
    heard_turn_ = true;
    if (first_heard_ms_ < 0) first_heard_ms_ = now_ms_;
    if (greeting_over_) message_ms_ += 20;
  }
  decide();
  std::fill(out.begin(), out.end(), audio::kUlawSilence);
  const bool answer_tone = plan_.persona == Persona::Fax && now_ms_ % 3'500 < 3'000;
  if (plan_.persona == Persona::Tone || answer_tone) {
    const auto tone = make_tone(answer_tone ? 2100 : 1000, 8000, static_cast<std::size_t>(now_ms_) * 8, out.size());
    audio::ulaw_encode(tone, out);
  } else if (speaking_ != nullptr) {
    const auto count = std::min(out.size(), speaking_->audio.size() - position_);
    std::copy_n(speaking_->audio.begin() + static_cast<std::ptrdiff_t>(position_), count, out.begin());
    position_ += count;
    if (position_ >= speaking_->audio.size()) {
      speaking_ = nullptr;
      spoke_until_ms_ = now_ms_ + 20;
    }
  }
  now_ms_ += 20;
}

/// Hello, then an answer whenever the other side has had its say.
void Voice::converse() {
  if (speaking_ != nullptr) return;
  const int quiet_ms = now_ms_ - spoke_until_ms_;
  if (hellos_ == 0) {
    if (quiet_ms >= kPickUpMs) ++hellos_, say(clips_.hello);
    return;
  }
  const bool may_interrupt = plan_.persona == Persona::Interrupts && interruptions_ == 0;
  if (may_interrupt && ear_.utterance_ms() >= kInterruptAfterMs) {
    ++interruptions_;
    answer();
  } else if (heard_turn_ && !ear_.speech() && ear_.silence_ms() >= kTurnSilenceMs && answers_ < plan_.turns) {
    answer();
  } else if (!heard_turn_ && hellos_ < 3 && quiet_ms >= kHelloAgainMs && first_heard_ms_ < 0) {
    ++hellos_;
    say(clips_.hello);
  }
}

void Voice::decide() {
  switch (plan_.persona) {
    case Persona::Voicemail:
      if (now_ms_ == 0) say(clips_.voicemail);
      if (!greeting_over_ && said_.size() == 1 && speaking_ == nullptr) {
        greeting_over_ = true;
        greeting_over_ms_ = now_ms_;
      }
      if (greeting_over_) {
        const int since = now_ms_ - spoke_until_ms_;
        hung_up_ = since > kMessageMaxMs || (since > kMessageSilenceMs && ear_.silence_ms() > kMessageSilenceMs);
      }
      return;
    case Persona::Screening:
      if (now_ms_ == 200) say(clips_.screening);
      if (let_through_) return converse();
      if (speaking_ == nullptr && said_.size() == 1 && !greeting_over_) {
        greeting_over_ = true;
        heard_turn_ = false;  // what was said into the question is no answer
      }
      if (greeting_over_ && heard_turn_ && ear_.silence_ms() >= kTurnSilenceMs) {
        let_through_ = plan_.let_through;
        hung_up_ = !let_through_;
        spoke_until_ms_ = now_ms_ + kFetchMs;
        heard_turn_ = false;
      }
      hung_up_ = hung_up_ || (!let_through_ && now_ms_ > kScreenerPatienceMs + plan_.talk.count());
      return;
    case Persona::Answers:
    case Persona::Interrupts:
      return converse();
    case Persona::HangsUpEarly:
      converse();
      hung_up_ = now_ms_ >= plan_.talk.count();
      return;
    case Persona::Fax:
      hung_up_ = now_ms_ >= 30'000;
      return;
    default:  // silent and tone: they only stay
      hung_up_ = now_ms_ >= plan_.talk.count();
  }
}

Verdict detect(const Plan& plan, const Clips& clips, const DetectorSettings& settings) {
  const int timeout_ms = settings.timeout_s * 1000;
  const int greeting_ms = static_cast<int>(clips.voicemail.audio.size() / 8);
  const int hello_ms = static_cast<int>(clips.hello.audio.size() / 8);
  Verdict verdict;
  switch (plan.persona) {
    case Persona::Answers:
    case Persona::Interrupts:
    case Persona::HangsUpEarly:
      verdict = Verdict{"human", kPickUpMs + hello_ms + settings.speech_end_ms};
      break;
    case Persona::Voicemail:
      verdict = settings.message_end ? Verdict{"machine_end_beep", greeting_ms + 200}
                                     : Verdict{"machine_start", settings.speech_threshold_ms + 200};
      break;
    case Persona::Screening:
      verdict = settings.message_end ? Verdict{"machine_end_silence", 4'200 + settings.speech_end_ms}
                                     : Verdict{"machine_start", 200 + settings.speech_threshold_ms};
      break;
    case Persona::Fax:
      verdict = Verdict{"fax", 3'000};
      break;
    default:
      verdict = Verdict{"unknown", settings.silence_timeout_ms};
  }
  if (!plan.answered_by.empty()) verdict.answered_by = plan.answered_by == "none" ? "" : plan.answered_by;
  if (plan.verdict_after.count() > 0) verdict.after_ms = static_cast<int>(plan.verdict_after.count());
  if (verdict.after_ms > timeout_ms) verdict = Verdict{"unknown", timeout_ms};
  return verdict;
}

}  // namespace otto::sandbox
