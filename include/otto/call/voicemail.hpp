// The message that a machine is left: its words, and its sound in the agent's voice. The sound is rendered while the
// greeting still plays, shared by all calls that say the same, and kept as long as there is room.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "otto/ports/speech.hpp"
#include "otto/ports/store.hpp"
#include "otto/rt/mailbox.hpp"

namespace otto::call {

/// The campaign's message with the contact's variables filled in.
std::string voicemail_text(const ports::AttemptContext& context);
/// Whether the message is to be heard in the agent's voice.
bool wants_agent_voice(const CampaignSettings& settings) noexcept;

/// 8 kHz µ-law.
using SpeechClip = std::shared_ptr<const std::vector<std::uint8_t>>;

class SpeechCache {
 public:
  struct Options {
    std::size_t max_bytes = 32 << 20;  ///< over an hour of speech; beyond it what was used longest ago is dropped
    int at_once = 4;                   ///< renderings under way; more wait. The smallest plan allows so many.
    Options() = default;
  };
  SpeechCache(Loop& loop, ports::Speech& speech, Options options);

  /// From the cache, from a rendering that is under way, or rendered now. The caller's cancellation ends the rendering
  /// that it has begun; others that wait for it then begin anew.
  Task<Result<SpeechClip>> get(std::string agent_id, std::string text);
  /// What is ready; null otherwise.
  SpeechClip find(const std::string& agent_id, const std::string& text);
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  struct Entry {
    SpeechClip clip;
    std::uint64_t used = 0;
  };
  struct Rendering;
  static std::string key_of(const std::string& agent_id, const std::string& text) { return agent_id + '\n' + text; }
  SpeechClip look_up(const std::string& key);
  SpeechClip keep(const std::string& key, std::vector<std::uint8_t> bytes);

  Loop& loop_;
  ports::Speech& speech_;
  Options options_;
  std::map<std::string, Entry> clips_;
  std::map<std::string, std::shared_ptr<rt::Event>> renderings_;  ///< set when it has ended, well or not
  std::size_t bytes_ = 0;
  std::uint64_t clock_ = 0;
  int running_ = 0;
  rt::Event place_free_;
};

}  // namespace otto::call
