// ports::Speech over ElevenLabs' text-to-speech: the voice and model of an agent, fetched from its configuration and
// remembered for ten minutes.
#pragma once

#include <memory>

#include "otto/elevenlabs/settings.hpp"
#include "otto/ports/speech.hpp"
#include "otto/rt/time.hpp"

namespace otto::elevenlabs {

/// Borrows `timers`.
std::unique_ptr<ports::Speech> make_speech(Settings settings, rt::Timers& timers);

}  // namespace otto::elevenlabs
