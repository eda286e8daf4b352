// Streaming conversion between the line's audio and the agent's, state kept for the whole call.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "otto/base/audio_format.hpp"
#include "otto/base/reach.hpp"

namespace otto::audio {

/// Any chunk sizes in (half samples are kept for the next chunk), no click at a chunk's edge, no allocation per chunk
/// after warm-up. Equal formats pass through byte for byte. One per direction and call.
class Converter {
 public:
  Converter(AudioFormat from, AudioFormat to);
  ~Converter();
  Converter(Converter&&) noexcept;
  Converter& operator=(Converter&&) noexcept;
  /// What the chunk gives now; valid until the next one of any converter. Equal formats: the chunk itself, valid as
  /// long as it is.
  std::span<const std::uint8_t> convert(std::span<const std::uint8_t> chunk);
  /// Forgets what is in the filter (after an interruption).
  void reset();
  bool pass_through() const noexcept;
  Reach reach() const;  ///< what convert() touches

 private:
  struct State;
  std::unique_ptr<State> state_;  ///< null: equal formats
};

}  // namespace otto::audio
