// A call's line side: the media link, and how the line is left at the end.
#include <algorithm>
#include <utility>

#include "otto/base/failpoint.hpp"
#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"

#include "call.hpp"

namespace otto::call {

namespace {
constexpr std::size_t kMaxKeys = 32, kMaxListeners = 8;
/// Between two keys of one number; # ends it.
constexpr milliseconds kKeyPause{1500};
/// The line has the same limit and counts from the answer: it is usually first.
constexpr seconds kLimitMargin{3};
}  // namespace

bool Call::attach(std::unique_ptr<ports::MediaLink>& link) {
  if (link_ || is_over()) return false;
  if (phase_ == Phase::Expected) answer(context_);  // the TwiML was served by another instance
  if (is_over()) return false;
  link_ = std::move(link);
  phase_ = Phase::Live;
  if (context_.call.call_sid.empty()) context_.call.call_sid = link_->call_sid();
  const auto at = now();
  timeline_.stream_started = at;
  last_activity_ = at;
  max_until_ = at + context_.settings.max_call_duration;
  report_conversation_started();
  reporter_.release_turns();
  failpoint::pass("stream", "attached");
  link_->listen([this](const ports::LinkEvent& event) { on_line(event); });
  join_reaches();
  look_soon();
  if (end_at_stream_) {
    end(*end_at_stream_);
  } else {
    play(at);
  }
  return true;
}

bool Call::listen(Listener& listener) {
  if (listeners_.size() >= kMaxListeners) return false;
  listeners_.push_back(&listener);
  return true;
}

void Call::on_line(const ports::LinkEvent& event) {
  if (!is_over()) std::visit([this](const auto& e) { handle(e); }, event);
}

EndReason Call::meaning_of(const ports::LinkEnded& ended) const {
  if (draining_) return drained_;
  if (now() + kLimitMargin >= max_until_) return EndReason::MaxDuration;
  const bool is_hang_up = ended.reason == "stop" || ended.reason == "closed";
  return is_hang_up ? EndReason::CalleeHungUp : EndReason::LinkLost;
}

void Call::handle(const ports::LinkEnded& ended) {
  failpoint::pass("stream", "ended");
  if (const auto reason = meaning_of(ended); !leaves_end_to_transfer(reason, false)) end(reason);
}

void Call::handle(const ports::LinkAudio& audio) {
  for (Listener* listener : listeners_) listener->on_sound(Side::Callee, audio.ulaw);
  voice_.feed(audio.ulaw, now());
  uplink_.feed(audio.ulaw);
  if (uplink_.has_kept()) look_soon();
}

void Call::handle(const ports::LinkDtmf& dtmf) {
  if (auto pressed = make_trace(FactKind::KeyPressed)) {
    pressed->reason = dtmf.digit;
    reporter_.fact(std::move(*pressed));
  }
  if (dtmf.digit == context_.settings.opt_out_key) {
    opt_out("key");
    return end(EndReason::OptedOut);
  }
  if (keys_.size() < kMaxKeys) keys_ += dtmf.digit;
  keys_until_ = dtmf.digit == '#' ? now() : now() + kKeyPause;
  look_soon();
}

/// As the callee's turn, for the agent that has asked for a key waits for an answer. A number is one turn.
void Call::tell_keys(SteadyPoint at) {
  if (keys_.empty() || at < keys_until_ || draining_ || !ready_ || !conversation_) return;
  std::string text = "I pressed";
  for (const char key : std::exchange(keys_, {})) (text += ' ') += key;
  conversation_->send_user_message(text + " on my telephone.");
}

void Call::handle(const ports::LinkMark& mark) {
  if (mark.name != mark_) return;
  // A mark that a clear has sent back says nothing: the next one will.
  if (playout_.on_mark(mark.name) == MarkEcho::Played) {
    mark_heard_ = true;
  } else {
    mark_.clear();
  }
  progress_drain(now());
}

/// A mailbox records what the agent says to its greeting, and the message begins behind it.
void Call::hush(SteadyPoint at) {
  if (!judge_.silences_agent() || (playout_.empty() && !playout_.is_playing(at))) return;
  if (playout_.drop_all(at).clear) link_->clear();
}

void Call::play(SteadyPoint at) {
  if (!link_ || is_over()) return;
  hush(at);
  if (const auto audio = playout_.take(at); !audio.empty()) {
    if (!link_->send_audio(audio)) timeline_.line_drops += audio.size();
    for (Listener* listener : listeners_) listener->on_sound(Side::Agent, audio);
    if (!timeline_.first_audio_sent) timeline_.first_audio_sent = at;
    if (!std::exchange(agent_speaks_, true)) {
      if (const auto latency = timeline_.agent_speaks(at, voice_.last_speech()))
        metrics::observe("otto_turn_latency_seconds", std::chrono::duration<double>(*latency).count());
    }
  }
  if (!agent_speaks_) return;
  timeline_.agent_fell_silent(at);
  last_activity_ = at;
  agent_speaks_ = playout_.is_playing(at);
}

void Call::begin_drain() {
  if (std::exchange(draining_, true)) return;
  look_soon();
  uplink_.close();
  progress_drain(now());
}

void Call::progress_drain(SteadyPoint at) {
  progress_tools(at);
  if (!draining_ || !link_ || is_over()) return;
  if (!playout_.empty()) {
    mark_.clear();
    mark_heard_ = false;
    return;
  }
  if (mark_.empty()) {
    mark_ = playout_.make_mark();
    mark_heard_ = false;
    mark_until_ = at + playout_.remaining(at) + deps_.options.mark_grace;
    link_->send_mark(mark_);
  }
  const bool is_heard = mark_heard_ || at >= mark_until_;
  if (!is_heard || !farewell_until_ || at < *farewell_until_) return;
  const bool may_leave_message = judge_.is_waiting() && context_.settings.voicemail == VoicemailAction::Message;
  if (may_leave_message) return;  // for which the beep is waited for, and not the agent
  if (!leaves_end_to_transfer(drained_, true)) end(drained_);
}

Task<void> Call::act_on_line() {
  switch (reason_) {
    case EndReason::AgentEnded:
    case EndReason::LinkLost:
    case EndReason::MaxDuration:
    case EndReason::Silence:
    case EndReason::HungUp:
      co_await hang_up_line();
      break;
    case EndReason::AgentLost:
    case EndReason::AgentFailed:
      co_await say_on_line(deps_.options.apology);
      break;
    case EndReason::Machine:
      co_await act_on_machine();
      break;
    case EndReason::OptedOut:
      co_await say_on_line(deps_.options.opt_out_confirmation);
      break;
    // It has ended, or it is not ours to end: after NoStream another instance may hold the stream.
    case EndReason::CalleeHungUp:
    case EndReason::HandedOver:
    case EndReason::NoStream:
    case EndReason::NotAnswered:
    case EndReason::Transferred:
      break;
  }
}

Task<bool> Call::hang_up_line() {
  if (context_.call.call_sid.empty()) co_return false;
  const auto done = co_await deps_.line.hang_up(context_.call.call_sid);
  // The stream's end is the safety net: the line's instructions hang up behind it.
  if (!done) log::warn("call.hang_up_failed", {{"attempt", context_.attempt.value}, {"error", done.error().detail}});
  co_return done.has_value();
}

Task<bool> Call::say_on_line(std::string text) {
  if (context_.call.call_sid.empty()) co_return false;
  const auto said = co_await deps_.line.say_and_hang_up(context_.call.call_sid, std::move(text));
  if (said) co_return true;
  if (said.error().code == Errc::NotFound) co_return false;  // it has ended meanwhile
  log::warn("call.say_failed", {{"attempt", context_.attempt.value}, {"error", said.error().detail}});
  co_await hang_up_line();
  co_return false;
}

}  // namespace otto::call
