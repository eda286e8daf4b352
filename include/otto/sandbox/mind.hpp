// The agent stand-in's head: when it speaks, listens, is interrupted and says goodbye. Pure: it is stepped with the
// conversation's time and fed what it hears in 20 ms frames; what it does comes out as events.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "otto/base/audio_format.hpp"
#include "otto/sandbox/clips.hpp"
#include "otto/sandbox/ear.hpp"
#include "otto/sandbox/scenario.hpp"

namespace otto::sandbox {

/// The agent's sentences in its output format.
struct AgentVoice {
  AudioFormat format;
  std::vector<std::uint8_t> first;
  std::vector<std::vector<std::uint8_t>> parts;
};
AgentVoice make_agent_voice(const Clips& clips, AudioFormat format);
/// Bytes of `ms` of audio, whole samples.
std::size_t bytes_for(AudioFormat format, std::int64_t ms) noexcept;
std::int64_t ms_of(AudioFormat format, std::size_t bytes) noexcept;

struct MindEvent {
  enum class Kind : std::uint8_t { Audio, Response, Interruption, Correction, Transcript, ToolCall, EndCall };
  Kind kind;
  std::int64_t event_id = 0;
  std::string text;                 ///< Response; Correction: what was heard of it
  std::string original;             ///< Correction
  std::vector<std::uint8_t> audio;  ///< Audio
  std::size_t cue = 0;              ///< ToolCall: which of the rule's tools
};

struct MindSettings {
  std::string first_message;  ///< empty: the agent waits for the callee
  int turn_timeout_ms = 7000;
  bool interruptible_first = true;
};

class Mind {
 public:
  Mind(const AgentRule& rule, const AgentVoice& voice, MindSettings settings)
      : rule_{rule}, voice_{voice}, settings_{std::move(settings)} {}

  void hear(std::span<const std::int16_t> frame) { ear_.hear(frame); }
  /// `now_ms` since the start message; call it every 20 ms or so.
  void step(std::int64_t now_ms);
  /// The client tool's result is there.
  void tool_done() { tool_pending_ = false; }
  std::deque<MindEvent>& events() noexcept { return events_; }

  bool speaking(std::int64_t now_ms) const noexcept { return now_ms < play_until_ || !queue_.empty(); }
  int user_turns() const noexcept { return user_turns_; }
  int agent_turns() const noexcept { return agent_turns_; }
  int interruptions() const noexcept { return interruptions_; }
  std::int64_t audio_ms() const noexcept { return audio_ms_; }  ///< sent

 private:
  void emit(MindEvent::Kind kind, std::int64_t id, std::string text = {}, std::string original = {});
  void speak(std::span<const std::uint8_t> audio, const std::string& text);
  void send_audio(std::int64_t now_ms);
  void open(std::int64_t now_ms);
  void play_tone(std::int64_t now_ms);
  void listen(std::int64_t now_ms);
  void reply(std::int64_t now_ms);
  void call_tools();
  void say_goodbye();
  void check_timeout(std::int64_t now_ms);

  const AgentRule& rule_;
  const AgentVoice& voice_;
  MindSettings settings_;
  Ear ear_;
  std::deque<MindEvent> events_;
  std::vector<std::uint8_t> queue_;  ///< not sent yet
  std::string sentence_;
  std::int64_t next_id_ = 1, play_until_ = 0, next_send_ = 0, reply_at_ = -1, quiet_since_ = 0, tone_at_ = 0;
  std::int64_t audio_ms_ = 0, sentence_began_ = 0, sentence_ms_ = 0;
  int user_turns_ = 0, agent_turns_ = 0, interruptions_ = 0, reprompts_ = 0, chunks_ = 0;
  bool opened_ = false, user_turn_ = false, ending_ = false, ended_ = false, tool_pending_ = false;
  std::size_t cues_ = 0;  ///< tools called so far
};

}  // namespace otto::sandbox
