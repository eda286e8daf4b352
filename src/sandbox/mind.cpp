#include "otto/sandbox/mind.hpp"

#include <algorithm>

namespace otto::sandbox {
namespace {

constexpr int kInterruptMs = 600;  // a "hello?" into the greeting is no interruption
constexpr int kEndOfTurnMs = 700;
constexpr int kThinkMs = 300;
constexpr int kBetweenChunksMs = 60;  // speech arrives much faster than it is spoken
constexpr int kToneLeadMs = 1500;
constexpr double kLaterChunks = 2.4;

}  // namespace

std::size_t bytes_for(AudioFormat format, std::int64_t ms) noexcept {
  const auto samples = static_cast<std::size_t>(ms) * static_cast<std::size_t>(format.sample_rate) / 1000;
  return format.encoding == AudioEncoding::Ulaw ? samples : samples * 2;
}

std::int64_t ms_of(AudioFormat format, std::size_t bytes) noexcept {
  const auto samples = format.encoding == AudioEncoding::Ulaw ? bytes : bytes / 2;
  return static_cast<std::int64_t>(samples * 1000 / static_cast<std::size_t>(format.sample_rate));
}

AgentVoice make_agent_voice(const Clips& clips, AudioFormat format) {
  AgentVoice voice;
  voice.format = format;
  voice.first = encode(clips.agent, 16'000, format);
  for (const auto& part : clips.agent_parts) {
    const auto from = static_cast<std::size_t>(part.first), to = static_cast<std::size_t>(part.second);
    voice.parts.push_back(encode(std::span{clips.agent}.subspan(from, to - from), 16'000, format));
  }
  return voice;
}

void Mind::emit(MindEvent::Kind kind, std::int64_t id, std::string text, std::string original) {
  MindEvent event;
  event.kind = kind;
  event.event_id = id;
  event.text = std::move(text);
  event.original = std::move(original);
  events_.push_back(std::move(event));
}

void Mind::speak(std::span<const std::uint8_t> audio, const std::string& text) {
  queue_.assign(audio.begin(), audio.end());
  sentence_ = text;
  sentence_ms_ = ms_of(voice_.format, audio.size());
  chunks_ = 0;
  ++agent_turns_;
  emit(MindEvent::Kind::Response, next_id_, text);
}

void Mind::send_audio(std::int64_t now_ms) {
  if (queue_.empty() || now_ms < next_send_) return;
  const auto chunk_ms = chunks_ == 0 ? rule_.chunk_ms : static_cast<int>(rule_.chunk_ms * kLaterChunks);
  const auto count = std::min(bytes_for(voice_.format, chunk_ms), queue_.size());
  if (chunks_++ == 0) sentence_began_ = std::max(now_ms, play_until_);
  MindEvent event;
  event.kind = MindEvent::Kind::Audio;
  event.event_id = next_id_++;
  event.audio.assign(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
  const auto length = ms_of(voice_.format, count);
  audio_ms_ += length;
  play_until_ = std::max(now_ms, play_until_) + length;
  next_send_ = now_ms + kBetweenChunksMs;
  events_.push_back(std::move(event));
}

void Mind::open(std::int64_t now_ms) {
  if (now_ms < rule_.first_audio.count()) return;
  opened_ = true;
  quiet_since_ = now_ms;
  if (settings_.first_message.empty()) return;
  const auto whole = std::span{voice_.first};
  const auto wanted =
      rule_.first_message.count() == 0 ? whole.size() : bytes_for(voice_.format, rule_.first_message.count());
  speak(whole.first(std::min(wanted, whole.size())), settings_.first_message);
  if (rule_.turns == 0) ending_ = true;
}

void Mind::play_tone(std::int64_t now_ms) {
  if (now_ms < rule_.first_audio.count()) return;
  if (agent_turns_ == 0) emit(MindEvent::Kind::Response, next_id_, "(a tone)"), ++agent_turns_;
  while (play_until_ - now_ms < kToneLeadMs) {
    const auto rate = voice_.format.sample_rate;
    const auto count = static_cast<std::size_t>(rate) * static_cast<std::size_t>(rule_.chunk_ms) / 1000;
    const auto pcm = make_tone(1000, rate, static_cast<std::size_t>(tone_at_), count);
    tone_at_ += static_cast<std::int64_t>(count);
    queue_ = encode(pcm, rate, voice_.format);
    chunks_ = next_send_ = 0;
    send_audio(now_ms);
    queue_.clear();
  }
}

void Mind::listen(std::int64_t now_ms) {
  const bool speaking_now = speaking(now_ms);
  const bool closed = ending_ || (!settings_.interruptible_first && agent_turns_ <= 1);
  if (ear_.speech() && speaking_now && !user_turn_ && !closed && ear_.utterance_ms() >= kInterruptMs) {
    ++interruptions_;
    emit(MindEvent::Kind::Interruption, next_id_ - 1 + rule_.interruption_offset);
    const auto heard_ms = std::clamp<std::int64_t>(now_ms - sentence_began_, 0, sentence_ms_);
    const auto kept =
        sentence_.size() * static_cast<std::size_t>(heard_ms) / static_cast<std::size_t>(sentence_ms_ + 1);
    emit(MindEvent::Kind::Correction, next_id_ - 1, sentence_.substr(0, kept) + "...", sentence_);
    queue_.clear();
    play_until_ = now_ms;
    user_turn_ = true;
  } else if (ear_.speech() && !speaking_now && !ending_) {
    user_turn_ = true;
    reply_at_ = -1;  // it was only a pause
  }
  if (user_turn_ && ear_.silence_ms() >= kEndOfTurnMs) {
    user_turn_ = false;
    ++user_turns_;
    reprompts_ = 0;
    emit(MindEvent::Kind::Transcript, next_id_);
    reply_at_ = now_ms + kThinkMs;
  }
}

void Mind::say_goodbye() {
  ending_ = true;
  speak(voice_.parts.back(), "Thank you for your time. Goodbye!");
}

void Mind::call_tools() {
  while (!tool_pending_ && cues_ < rule_.tools.size() && rule_.tools[cues_].turn <= user_turns_) {
    tool_pending_ = rule_.tools[cues_].expects_response;
    emit(MindEvent::Kind::ToolCall, next_id_, rule_.tools[cues_].name);
    events_.back().cue = cues_++;
  }
}

void Mind::reply(std::int64_t now_ms) {
  if (reply_at_ < 0 || now_ms < reply_at_ || tool_pending_) return;
  call_tools();
  if (tool_pending_) return;
  reply_at_ = -1;
  if (user_turns_ >= rule_.turns) return say_goodbye();
  speak(voice_.parts[static_cast<std::size_t>(user_turns_) % voice_.parts.size()],
        "I see. Is there anything else that I can do for you?");
}

void Mind::check_timeout(std::int64_t now_ms) {
  if (speaking(now_ms) || user_turn_ || reply_at_ >= 0 || ear_.speech()) {
    quiet_since_ = std::max(now_ms, play_until_);
    return;
  }
  if (now_ms - quiet_since_ < settings_.turn_timeout_ms) return;
  if (++reprompts_ > 2) return say_goodbye();
  speak(voice_.parts.back(), "Are you still there?");
}

void Mind::step(std::int64_t now_ms) {
  if (ended_ || rule_.mode == AgentMode::Silent) return;
  if (rule_.mode == AgentMode::Tone) return play_tone(now_ms);
  if (!opened_) open(now_ms);
  if (!opened_) return;
  listen(now_ms);
  reply(now_ms);
  if (!ending_) check_timeout(now_ms);
  send_audio(now_ms);
  if (ending_ && queue_.empty()) {
    ended_ = true;
    emit(MindEvent::Kind::EndCall, next_id_);
  }
}

}  // namespace otto::sandbox
