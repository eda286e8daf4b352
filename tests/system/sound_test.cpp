// A tone that is sent into the media stream must arrive at the agent, and the agent's at the callee, at the right
// frequency, level and length, without a hole; for an agent that speaks the line's own format and for one that does
// not.
#include <cmath>
#include <cstring>
#include <numbers>

#include "otto/audio/g711.hpp"

#include "tests/system/world.hpp"

namespace otto::system_test {
namespace {

struct Sound {
  int rate = 0;
  std::vector<double> samples;
};

template <class T>
T field(const std::string& text, std::size_t at) {
  T value{};
  if (at + sizeof value <= text.size()) std::memcpy(&value, text.data() + at, sizeof value);
  return value;
}

/// PCM16 or µ-law, mono.
Sound read_sound(const std::string& wav) {
  Sound sound;
  bool ulaw = false;
  for (std::size_t at = 12; at + 8 <= wav.size();) {
    const std::string name = wav.substr(at, 4);
    const auto size = field<std::uint32_t>(wav, at + 4);
    if (name == "fmt ") {
      ulaw = field<std::uint16_t>(wav, at + 8) == 7;
      sound.rate = static_cast<int>(field<std::uint32_t>(wav, at + 12));
    } else if (name == "data") {
      const std::size_t end = std::min(wav.size(), at + 8 + size);
      for (std::size_t i = at + 8; i < end; i += ulaw ? 1 : 2)
        sound.samples.push_back(ulaw ? audio::ulaw_decode(field<std::uint8_t>(wav, i)) : field<std::int16_t>(wav, i));
    }
    at += 8 + size + size % 2;
  }
  return sound;
}

struct Tone {
  double hz = 0, rms = 0;
  int ms = 0;               ///< from its first loud 20 ms to its last
  double quietest_rms = 0;  ///< of the 20 ms inside it
  double purity = 0;        ///< the share of its power that is at 1 kHz
};

double rms_of(std::span<const double> samples) {
  double sum = 0;
  for (const double sample : samples) sum += sample * sample;
  return std::sqrt(sum / static_cast<double>(samples.size()));
}

/// Rising zero crossings, each placed between its two samples.
double frequency_of(std::span<const double> samples, int rate) {
  double first = -1, last = -1;
  int periods = -1;
  for (std::size_t i = 1; i < samples.size(); ++i) {
    if (samples[i - 1] >= 0 || samples[i] < 0) continue;
    last = static_cast<double>(i) - samples[i] / (samples[i] - samples[i - 1]);
    if (++periods == 0) first = last;
  }
  return periods < 1 ? 0 : periods * rate / (last - first);
}

/// Goertzel's power at 1 kHz over all power.
double purity_of(std::span<const double> samples, int rate) {
  const double w = 2 * std::numbers::pi * 1000 / rate;
  double s1 = 0, s2 = 0, all = 0;
  for (const double sample : samples) {
    const double s0 = sample + 2 * std::cos(w) * s1 - s2;
    s2 = s1;
    s1 = s0;
    all += sample * sample;
  }
  const double power = s1 * s1 + s2 * s2 - 2 * std::cos(w) * s1 * s2;
  return 2 * power / (all * static_cast<double>(samples.size()));
}

Tone measure(const Sound& sound) {
  Tone tone;
  const auto frame = static_cast<std::size_t>(sound.rate / 50);
  if (frame == 0) return tone;
  const std::span all{sound.samples};
  std::vector<double> levels;
  for (std::size_t at = 0; at + frame <= all.size(); at += frame) levels.push_back(rms_of(all.subspan(at, frame)));
  std::size_t first = levels.size(), last = 0;
  for (std::size_t i = 0; i < levels.size(); ++i) {
    if (levels[i] < 1000) continue;
    first = std::min(first, i);
    last = i;
  }
  if (first + 10 > last) return tone;
  tone.ms = static_cast<int>(last - first + 1) * 20;
  tone.quietest_rms = *std::min_element(levels.begin() + static_cast<std::ptrdiff_t>(first) + 1,
                                        levels.begin() + static_cast<std::ptrdiff_t>(last));
  // Whole seconds of a whole number of periods, away from the edges.
  const std::size_t from = (first + 5) * frame;
  const std::size_t length = ((last - 5) * frame - from) / static_cast<std::size_t>(sound.rate / 10) *
                             static_cast<std::size_t>(sound.rate / 10);
  const auto steady = all.subspan(from, length);
  tone.rms = rms_of(steady);
  tone.hz = frequency_of(steady, sound.rate);
  tone.purity = purity_of(steady, sound.rate);
  return tone;
}

double decibels(double rms) { return 20 * std::log10(rms / (8000 / std::numbers::sqrt2)); }

void expect_the_tone(const Tone& tone, int expected_ms) {
  EXPECT_NEAR(tone.hz, 1000, 1);
  EXPECT_NEAR(decibels(tone.rms), 0, 0.3);
  EXPECT_GT(tone.purity, 0.999) << "more than -30 dB of distortion";
  EXPECT_GT(decibels(tone.quietest_rms), -1) << "the tone has a hole";
  EXPECT_NEAR(tone.ms, expected_ms, 120);
}

class Sounds : public SystemTest {};

TEST_F(Sounds, AToneArrivesUnharmedInBothDirectionsAndBothFormats) {
  World& world = make_world(Json::parse(R"({"default": {"persona": "tone", "talk_ms": 4000},
                                            "agent": {"mode": "tone"},
                                            "agents": {"agent_sandbox_pcm_16000": {"odd_chunks": true}}})"));

  const std::string plain = world.trigger(contacts(1, 1), {{"agentId", "agent_sandbox"}});
  const std::string wide = world.trigger(contacts(2, 2), {{"agentId", "agent_sandbox_pcm_16000"}});
  world.ended(plain);
  world.ended(wide);

  std::map<std::string, Json> conversations;
  for (const Json& conversation : world.seen("conversations"))
    conversations[text_at(conversation, "id")] = conversation;
  for (int n = 1; n <= 2; ++n) {
    const Json call = world.calls_to(phone(n))[0];
    const Json& stream = call["streams"][0];
    const std::string id = text_at(call, "conversationId");
    SCOPED_TRACE(text_at(conversations[id], "inputFormat") + " " + stream.dump());
    EXPECT_EQ(conversations[id]["inputFormat"], n == 1 ? "ulaw_8000" : "pcm_16000");
    EXPECT_EQ(conversations[id]["outputFormat"], n == 1 ? "ulaw_8000" : "pcm_16000");

    const Sound at_agent = read_sound(world.heard_wav("conversations", id));
    EXPECT_EQ(at_agent.rate, n == 1 ? 8000 : 16'000);
    expect_the_tone(measure(at_agent), stream["framesSent"].get<int>() * 20);
    const Sound at_callee = read_sound(world.heard_wav("calls", text_at(call, "sid")));
    EXPECT_EQ(at_callee.rate, 8000);
    expect_the_tone(measure(at_callee), stream["playedMs"].get<int>());
    EXPECT_GT(stream["playedMs"].get<int>(), 3000);
    EXPECT_EQ(stream["underrunMs"], 0);
  }
  EXPECT_THAT(world.violations(), testing::IsEmpty());
}

}  // namespace
}  // namespace otto::system_test
