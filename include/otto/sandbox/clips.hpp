// The recorded voices, cut at their pauses. All µ-law 8 kHz, whole frames.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "otto/base/audio_format.hpp"
#include "otto/base/error.hpp"

namespace otto::sandbox {

using Ulaw = std::vector<std::uint8_t>;
using Pcm = std::vector<std::int16_t>;

struct Clip {
  Ulaw audio;
  std::string text;  ///< what a transcriber makes of it
};

struct Clips {
  Clip hello;                 ///< a short word
  std::vector<Clip> replies;  ///< two: a long one and a short one
  Clip voicemail;             ///< ends with the beep
  Clip screening;
  std::vector<std::int16_t> agent;               ///< 16 kHz: the first message
  std::vector<std::pair<int, int>> agent_parts;  ///< its sentences, [begin, end) in samples
  int voicemail_speech_ms = 0;                   ///< where the greeting's speech ends and the beep begins
};
/// Reads the samples from `directory`; the error names the file.
Result<Clips> load_clips(const std::string& directory);

/// [begin, end) in ms of the stretches of speech, at least `pause_ms` apart.
std::vector<std::pair<int, int>> find_speech(std::span<const std::int16_t> samples, int sample_rate, int pause_ms);

/// How long a synthetic voice takes for a text, in bytes of µ-law: about 15 characters a second, one second at least.
std::size_t spoken_bytes(std::string_view text) noexcept;

/// A steady tone; phase runs on from `start` (in samples), so that pieces fit together without a click.
Pcm make_tone(int hz, int sample_rate, std::size_t start, std::size_t count, double amplitude = 8000);
Ulaw encode_ulaw(std::span<const std::int16_t> samples);
/// PCM at `rate` in the agent's output format, as bytes.
std::vector<std::uint8_t> encode(std::span<const std::int16_t> samples, int rate, AudioFormat format);

}  // namespace otto::sandbox
