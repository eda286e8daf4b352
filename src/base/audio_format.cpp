#include "otto/base/audio_format.hpp"

#include <array>

namespace otto {
namespace {
constexpr std::array kPcmRates{8000, 16000, 22050, 24000, 44100, 48000};
}

std::string to_string(AudioFormat format) {
  return (format.encoding == AudioEncoding::Ulaw ? "ulaw_" : "pcm_") + std::to_string(format.sample_rate);
}

std::optional<AudioFormat> parse_audio_format(std::string_view text) noexcept {
  if (text == "ulaw_8000") return AudioFormat{AudioEncoding::Ulaw, 8000};
  constexpr std::string_view kPcm = "pcm_";
  if (!text.starts_with(kPcm)) return std::nullopt;
  text.remove_prefix(kPcm.size());
  if (text.size() > 5 || text.starts_with('0')) return std::nullopt;
  int rate = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    rate = rate * 10 + (c - '0');
  }
  for (const int known : kPcmRates) {
    if (rate == known) return AudioFormat{AudioEncoding::Pcm16, rate};
  }
  return std::nullopt;
}

}  // namespace otto
