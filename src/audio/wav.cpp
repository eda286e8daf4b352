#include "otto/audio/wav.hpp"

#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>

namespace otto::audio {
namespace {

constexpr std::uint16_t kPcm = 1;
constexpr std::uint16_t kUlaw = 7;
constexpr std::uint16_t kExtensible = 0xFFFE;       // the real format then begins the sub-format field, at byte 24
constexpr std::size_t kMaxBytes = 64 << 20;         // an hour and a half of µ-law
constexpr std::uint32_t kUnknownSize = 0xFFFFFFFF;  // what a program writes that streams into a pipe

std::uint32_t number_at(std::string_view bytes, std::size_t at, std::size_t width) {
  std::uint32_t value = 0;
  for (std::size_t i = width; i-- > 0;) value = value << 8 | static_cast<std::uint8_t>(bytes[at + i]);
  return value;
}

void append_number(std::string& out, std::uint32_t value, std::size_t width) {
  for (std::size_t i = 0; i < width; ++i, value >>= 8) out += static_cast<char>(value & 0xFF);
}

struct Format {
  std::uint16_t code, channels, bits;
  std::uint32_t rate;
};

std::optional<Format> parse_format(std::string_view body) {
  if (body.size() < 16) return std::nullopt;
  Format format{static_cast<std::uint16_t>(number_at(body, 0, 2)), static_cast<std::uint16_t>(number_at(body, 2, 2)),
                static_cast<std::uint16_t>(number_at(body, 14, 2)), number_at(body, 4, 4)};
  if (format.code == kExtensible) {
    if (body.size() < 40) return std::nullopt;
    format.code = static_cast<std::uint16_t>(number_at(body, 24, 2));
  }
  return format;
}

std::optional<AudioFormat> audio_format_of(const Format& format) {
  const bool pcm = format.code == kPcm && format.bits == 16;
  const bool ulaw = format.code == kUlaw && format.bits == 8;
  if (format.channels != 1 || (!pcm && !ulaw) || format.rate > 48'000) return std::nullopt;
  return parse_audio_format((pcm ? "pcm_" : "ulaw_") + std::to_string(format.rate));
}

Error refuse(const std::string& path, std::string_view why) {
  return Error{Errc::InvalidInput, path + " " + std::string{why} + "."};
}

}  // namespace

Result<Wav> read_wav(const std::string& path) {
  std::ifstream file{path, std::ios::binary | std::ios::ate};
  if (!file) return Error{Errc::NotFound, path + " does not exist or cannot be read."};
  if (static_cast<std::size_t>(file.tellg()) > kMaxBytes) return refuse(path, "is larger than 64 MB");
  file.seekg(0);
  const std::string bytes{std::istreambuf_iterator<char>{file}, {}};
  std::string_view rest{bytes};
  if (rest.size() < 12 || !rest.starts_with("RIFF") || rest.substr(8, 4) != "WAVE") {
    return refuse(path, "is not a WAV file");
  }
  rest.remove_prefix(12);

  std::optional<AudioFormat> format;
  while (rest.size() >= 8) {
    const auto name = rest.substr(0, 4);
    const std::uint32_t size = number_at(rest, 4, 4);
    rest.remove_prefix(8);
    const auto body = rest.substr(0, size);
    if (name == "fmt ") {
      const auto parsed = parse_format(body);
      format = parsed ? audio_format_of(*parsed) : std::nullopt;
      if (!format) return refuse(path, "must be mono, PCM of 16 bits (8 to 48 kHz) or µ-law (8 kHz)");
    } else if (name == "data") {
      if (!format) return refuse(path, "has its data before its format");
      if (body.size() < size && size != kUnknownSize) return refuse(path, "is cut off in the middle of its data");
      const std::size_t width = format->encoding == AudioEncoding::Pcm16 ? 2 : 1;
      const auto whole = body.substr(0, body.size() / width * width);
      return Wav{*format, {whole.begin(), whole.end()}};
    }
    rest.remove_prefix(
        std::min<std::size_t>(rest.size(), std::size_t{size} + (size & 1)));  // chunks begin at even bytes
  }
  return refuse(path, "has no data");
}

std::string format_wav(const Wav& wav) {
  const bool pcm = wav.format.encoding == AudioEncoding::Pcm16;
  const auto size = static_cast<std::uint32_t>(wav.data.size());
  const auto rate = static_cast<std::uint32_t>(wav.format.sample_rate);
  const std::uint32_t width = pcm ? 2 : 1;
  std::string body = "WAVEfmt ";
  append_number(body, pcm ? 16 : 18, 4);
  append_number(body, pcm ? kPcm : kUlaw, 2);
  append_number(body, 1, 2);
  append_number(body, rate, 4);
  append_number(body, rate * width, 4);
  append_number(body, width, 2);
  append_number(body, width * 8, 2);
  if (!pcm) {  // other codecs than PCM carry an extension's size and a count of samples
    append_number(body, 0, 2);
    body += "fact";
    append_number(body, 4, 4);
    append_number(body, size, 4);
  }
  body += "data";
  append_number(body, size, 4);
  body.append(wav.data.begin(), wav.data.end());
  if (size % 2 == 1) body += '\0';
  std::string out = "RIFF";
  append_number(out, static_cast<std::uint32_t>(body.size()), 4);
  return out + body;
}

}  // namespace otto::audio
