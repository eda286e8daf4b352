#include "otto/sandbox/clips.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

#include "otto/audio/converter.hpp"
#include "otto/audio/g711.hpp"
#include "otto/audio/wav.hpp"
#include "otto/sandbox/ear.hpp"

namespace otto::sandbox {
namespace {

constexpr std::size_t kFrame = audio::kFrameBytes;
constexpr AudioFormat kLine{AudioEncoding::Ulaw, 8000};

Pcm decode_ulaw(const Ulaw& codes) {
  Pcm samples(codes.size());
  audio::ulaw_decode(codes, samples);
  return samples;
}

/// From `begin_ms` to `end_ms`, padded with silence to whole frames.
Ulaw cut(const Ulaw& codes, int begin_ms, int end_ms) {
  const auto begin = std::min(static_cast<std::size_t>(begin_ms) * 8, codes.size());
  const auto end = std::clamp(static_cast<std::size_t>(end_ms) * 8, begin, codes.size());
  Ulaw out(codes.begin() + static_cast<std::ptrdiff_t>(begin), codes.begin() + static_cast<std::ptrdiff_t>(end));
  out.resize((out.size() + kFrame - 1) / kFrame * kFrame, audio::kUlawSilence);
  return out;
}

Result<Ulaw> read_line_audio(const std::string& path) {
  auto wav = audio::read_wav(path);
  if (!wav) return wav.error();
  if (wav->format != kLine) return Error{Errc::InvalidInput, path + " is not µ-law at 8 kHz"};
  return std::move(wav->data);
}

}  // namespace

std::vector<std::pair<int, int>> find_speech(std::span<const std::int16_t> samples, int sample_rate, int pause_ms) {
  const auto frame = static_cast<std::size_t>(sample_rate / 50);
  std::vector<std::pair<int, int>> found;
  Ear ear;
  int now = 0, begin = -1;
  for (std::size_t at = 0; at + frame <= samples.size(); at += frame, now += 20) {
    ear.hear(samples.subspan(at, frame));
    if (ear.speech() && begin < 0) begin = std::max(0, now + 20 - ear.speech_ms());
    if (begin >= 0 && ear.silence_ms() >= pause_ms) {
      found.emplace_back(begin, now + 20 - ear.silence_ms());
      begin = -1;
    }
  }
  if (begin >= 0) found.emplace_back(begin, now);
  return found;
}

Result<Clips> load_clips(const std::string& directory) {
  const auto callee = read_line_audio(directory + "/callee-answer-8k-ulaw.wav");
  if (!callee) return callee.error();
  const auto greeting = read_line_audio(directory + "/voicemail-greeting-8k-ulaw.wav");
  if (!greeting) return greeting.error();
  const auto agent = audio::read_wav(directory + "/agent-greeting-16k.wav");
  if (!agent) return agent.error();
  if (agent->format != AudioFormat{AudioEncoding::Pcm16, 16'000})
    return Error{Errc::InvalidInput, directory + "/agent-greeting-16k.wav is not PCM16 at 16 kHz"};

  Clips clips;
  const auto parts = find_speech(decode_ulaw(*callee), 8000, 300);
  const auto greeting_parts = find_speech(decode_ulaw(*greeting), 8000, 300);
  if (parts.size() < 3 || greeting_parts.size() < 3)
    return Error{Errc::InvalidInput, directory + ": the samples hold fewer sentences than the personas need"};
  const auto last = parts.size() - 1;
  clips.hello = Clip{cut(*callee, parts[0].first, parts[0].second + 60), "Hello?"};
  clips.replies.push_back(Clip{cut(*callee, parts[1].first, parts[last - 1].second + 60),
                               "Yes, this is me. Tomorrow morning works, thank you for calling."});
  clips.replies.push_back(Clip{cut(*callee, parts[last].first, parts[last].second + 60), "That would be great."});
  const auto whole_ms = static_cast<int>(greeting->size() / 8);
  clips.voicemail = Clip{cut(*greeting, 0, whole_ms), "Please leave a message after the tone."};
  clips.voicemail_speech_ms = greeting_parts[greeting_parts.size() - 2].second;
  clips.screening = Clip{cut(*greeting, 0, greeting_parts[0].second + 60),
                         "Please say your name and why you are calling, and I will see if this person is available."};

  clips.agent.resize(agent->data.size() / 2);
  std::memcpy(clips.agent.data(), agent->data.data(), clips.agent.size() * 2);  // little-endian, as the machine
  for (const auto& part : find_speech(clips.agent, 16'000, 300))
    clips.agent_parts.emplace_back(part.first * 16, part.second * 16);
  if (clips.agent_parts.size() < 2)
    return Error{Errc::InvalidInput, "the agent's sample holds fewer than two sentences"};
  return clips;
}

std::size_t spoken_bytes(std::string_view text) noexcept {
  return std::max<std::size_t>(text.size() * 8000 / 15, 8000);
}

Pcm make_tone(int hz, int sample_rate, std::size_t start, std::size_t count, double amplitude) {
  Pcm samples(count);
  // The phase is reduced over whole seconds: exact for whole frequencies, however long the tone runs.
  const auto rate = static_cast<std::size_t>(sample_rate);
  for (std::size_t i = 0; i < count; ++i) {
    const auto turn = static_cast<double>((start + i) % rate * static_cast<std::size_t>(hz) % rate) / sample_rate;
    samples[i] = static_cast<std::int16_t>(std::lround(amplitude * std::sin(2 * std::numbers::pi * turn)));
  }
  return samples;
}

Ulaw encode_ulaw(std::span<const std::int16_t> samples) {
  Ulaw codes(samples.size());
  audio::ulaw_encode(samples, codes);
  return codes;
}

std::vector<std::uint8_t> encode(std::span<const std::int16_t> samples, int rate, AudioFormat format) {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(samples.data());
  audio::Converter converter{AudioFormat{AudioEncoding::Pcm16, rate}, format};
  const auto out = converter.convert(std::span{bytes, samples.size_bytes()});
  return {out.begin(), out.end()};
}

}  // namespace otto::sandbox
