// The telephone's keys as sound (ITU-T Q.23): for lines that carry keys in the audio only. Pure.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace otto::audio {

/// 1 to 64 of 0-9, *, #, A-D, w (half a second of silence) and W (a second).
bool is_dtmf(std::string_view keys) noexcept;

/// 8 kHz µ-law: 120 ms of tone and 80 ms of silence per key, well over the 40 ms that Q.24 lets receivers demand of
/// each. Empty unless is_dtmf().
std::vector<std::uint8_t> dtmf_ulaw(std::string_view keys);

}  // namespace otto::audio
