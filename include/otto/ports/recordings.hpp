// The sound of recordings, which the line keeps.
#pragma once

#include <cstdint>
#include <string>

#include "otto/base/error.hpp"
#include "otto/rt/task.hpp"

namespace otto::ports {

enum class SoundFormat : std::uint8_t {
  Compressed,  ///< small, both sides mixed
  Wav          ///< both sides as two channels where the line has them apart
};
struct SoundAsk {
  std::string recording;  ///< the line's name for it
  SoundFormat format = SoundFormat::Compressed;
  std::uint64_t from = 0, count = 0;  ///< bytes
};
struct SoundPart {
  std::string bytes;
  std::string type;         ///< its media type
  std::uint64_t total = 0;  ///< bytes of the whole
};

class Recordings {
 public:
  virtual ~Recordings() = default;
  /// NotFound: there is none, or not yet; InvalidInput: `from` lies behind its end; Unauthorized, ProviderRefused,
  /// ProviderUnavailable with the line's words.
  virtual Task<Result<SoundPart>> fetch(SoundAsk ask) = 0;
  /// For good. One that is not there any more has been removed. The same errors as fetch().
  virtual Task<Result<void>> remove(std::string recording) = 0;
};

}  // namespace otto::ports
