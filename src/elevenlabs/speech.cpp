#include "otto/elevenlabs/speech.hpp"

#include <map>
#include <utility>

#include "otto/base/text.hpp"
#include "otto/elevenlabs/rest.hpp"

namespace otto::elevenlabs {

namespace {

constexpr minutes kVoiceLife{10};

struct Voice {
  std::string id, model;
  TimePoint until;
};

/// Models for conversations only are refused here; without a model the provider takes its own.
bool speaks_alone(const std::string& model) { return model.find("conversational") == std::string::npos; }

class ElevenLabsSpeech final : public ports::Speech {
 public:
  ElevenLabsSpeech(Settings settings, rt::Timers& timers) : rest_{std::move(settings), timers}, timers_{timers} {}

  Task<Result<std::vector<std::uint8_t>>> speak(std::string agent_id, std::string text) override {
    auto voice = co_await voice_of(std::move(agent_id));
    if (!voice) co_return voice.error();
    auto sound = co_await rest_.fetch_speech(voice->id, voice->model, std::move(text));
    if (!sound) co_return sound.error();
    co_return std::vector<std::uint8_t>{sound->begin(), sound->end()};
  }

 private:
  Task<Result<Voice>> voice_of(std::string agent_id) {
    if (const auto known = voices_.find(agent_id); known != voices_.end() && known->second.until > timers_.now())
      co_return known->second;
    const auto agent = co_await rest_.fetch_agent(agent_id);
    if (!agent) co_return agent.error();
    Voice voice;
    voice.until = timers_.now() + kVoiceLife;
    const auto config = agent->find("conversation_config");
    if (config != agent->end() && config->is_object() && config->contains("tts") && config->at("tts").is_object()) {
      voice.id = text_at(config->at("tts"), "voice_id");
      voice.model = text_at(config->at("tts"), "model_id");
    }
    if (voice.id.empty())
      co_return Error{Errc::NotFound, "ElevenLabs's agent " + agent_id + " has no voice of its own."};
    if (!speaks_alone(voice.model)) voice.model.clear();
    voices_[agent_id] = voice;
    co_return voice;
  }

  Rest rest_;
  rt::Timers& timers_;
  std::map<std::string, Voice> voices_;  ///< one per agent that campaigns name
};

}  // namespace

std::unique_ptr<ports::Speech> make_speech(Settings settings, rt::Timers& timers) {
  return std::make_unique<ElevenLabsSpeech>(std::move(settings), timers);
}

}  // namespace otto::elevenlabs
