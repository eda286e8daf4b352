// WAV files for the sandbox's voices and for tests: PCM16 and µ-law, mono.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "otto/base/audio_format.hpp"
#include "otto/base/error.hpp"

namespace otto::audio {

struct Wav {
  AudioFormat format;
  std::vector<std::uint8_t> data;  ///< in `format`, without headers
};
/// Reads the whole file. NotFound; InvalidInput for anything but mono PCM16 or µ-law.
Result<Wav> read_wav(const std::string& path);
std::string format_wav(const Wav& wav);

}  // namespace otto::audio
