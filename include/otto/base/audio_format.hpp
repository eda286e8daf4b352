// How audio is coded on one side of a call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace otto {

enum class AudioEncoding : std::uint8_t { Ulaw, Pcm16 };  ///< G.711 µ-law · signed 16-bit little-endian, mono

struct AudioFormat {
  AudioEncoding encoding = AudioEncoding::Ulaw;
  int sample_rate = 8000;  ///< Hz
  friend bool operator==(const AudioFormat&, const AudioFormat&) = default;
};

/// "ulaw_8000", "pcm_16000", …
std::string to_string(AudioFormat format);
/// ulaw_8000 and pcm_{8000,16000,22050,24000,44100,48000}; nullopt otherwise.
std::optional<AudioFormat> parse_audio_format(std::string_view text) noexcept;

}  // namespace otto
