#include "otto/call/voicemail.hpp"

#include <algorithm>
#include <utility>

#include "otto/call/template.hpp"
#include "otto/call/variables.hpp"

namespace otto::call {

std::string voicemail_text(const ports::AttemptContext& context) {
  return render_template(context.settings.voicemail_message, conversation_variables(context));
}

bool wants_agent_voice(const CampaignSettings& settings) noexcept {
  return settings.voicemail == VoicemailAction::Message && settings.voicemail_voice == VoicemailVoice::Agent;
}

/// Its end, however it comes about, frees the place and wakes those who wait for the same words.
struct SpeechCache::Rendering {
  Rendering(SpeechCache& its_cache, std::string its_key)
      : cache{its_cache}, key{std::move(its_key)}, ended{std::make_shared<rt::Event>(cache.loop_)} {
    cache.renderings_[key] = ended;
    ++cache.running_;
  }
  ~Rendering() {
    cache.renderings_.erase(key);
    --cache.running_;
    cache.place_free_.set();
    ended->set();
  }
  Rendering(const Rendering&) = delete;

  SpeechCache& cache;
  std::string key;
  std::shared_ptr<rt::Event> ended;  ///< shared with those who wait
};

SpeechCache::SpeechCache(Loop& loop, ports::Speech& speech, Options options)
    : loop_{loop}, speech_{speech}, options_{options}, place_free_{loop} {}

SpeechClip SpeechCache::look_up(const std::string& key) {
  const auto found = clips_.find(key);
  if (found == clips_.end()) return nullptr;
  found->second.used = ++clock_;
  return found->second.clip;
}

SpeechClip SpeechCache::find(const std::string& agent_id, const std::string& text) {
  return look_up(key_of(agent_id, text));
}

Task<Result<SpeechClip>> SpeechCache::get(std::string agent_id, std::string text) {
  const Error cancelled{Errc::Cancelled, "The rendering is no longer wanted."};
  const std::string key = key_of(agent_id, text);
  while (true) {
    if (auto clip = look_up(key)) co_return clip;
    if (const auto under_way = renderings_.find(key); under_way != renderings_.end()) {
      const auto ended = under_way->second;
      if (!co_await ended->wait()) co_return cancelled;
    } else if (running_ >= options_.at_once) {
      place_free_.clear();
      if (!co_await place_free_.wait()) co_return cancelled;
    } else {
      break;
    }
  }
  const Rendering rendering{*this, key};
  auto spoken = co_await speech_.speak(std::move(agent_id), std::move(text));
  if (!spoken) co_return spoken.error();
  co_return keep(key, std::move(*spoken));
}

SpeechClip SpeechCache::keep(const std::string& key, std::vector<std::uint8_t> bytes) {
  auto clip = std::make_shared<const std::vector<std::uint8_t>>(std::move(bytes));
  bytes_ += clip->size();
  clips_[key] = Entry{clip, ++clock_};
  while (bytes_ > options_.max_bytes && clips_.size() > 1) {
    const auto oldest = std::ranges::min_element(clips_, {}, [](const auto& entry) { return entry.second.used; });
    bytes_ -= oldest->second.clip->size();
    clips_.erase(oldest);
  }
  return clip;
}

}  // namespace otto::call
