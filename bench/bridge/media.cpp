// The clockwork of the calls: each has a millisecond of its own in the 20 ms of the line's frames and one in the
// agent's period, taken where the fewest others are, so that the load is as even as on a real line.
#include <algorithm>
#include <charconv>

#include "otto/audio/g711.hpp"
#include "otto/crypto/digest.hpp"

#include "bench/bridge/load.hpp"

namespace otto::bench {

namespace {

constexpr std::int64_t kLineSlots = 20;
constexpr std::int64_t kPingEvery = 2000;  // ms
/// Speech that comes in larger pieces than the daemon's playout hands on at once is a burst, which is paced.
constexpr std::int64_t kLead = 200 * kMs;

template <class Number>
void append_number(std::string& out, Number number) {
  char digits[24];
  const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
  out.append(digits, end);
}

/// As pcm_16000 it is twice the samples, each of 16 bits: the tone is the same, its quality does not matter here.
void append_audio(std::vector<std::uint8_t>& out, std::span<const std::uint8_t> frame, bool is_wide) {
  if (!is_wide) {
    out.insert(out.end(), frame.begin(), frame.end());
    return;
  }
  for (const auto code : frame) {
    const auto sample = static_cast<std::uint16_t>(audio::ulaw_decode(code));
    for (int twice = 0; twice < 2; ++twice) {
      out.push_back(static_cast<std::uint8_t>(sample & 0xFF));
      out.push_back(static_cast<std::uint8_t>(sample >> 8));
    }
  }
}

/// The least crowded of `slots` in [first, last], counted on from `tick`.
std::size_t freest(const std::vector<std::vector<Call*>>& slots, std::int64_t tick, std::int64_t first,
                   std::int64_t last) {
  const auto count = static_cast<std::int64_t>(slots.size());
  auto best = static_cast<std::size_t>((tick + last) % count);
  for (auto i = last; i >= first; --i) {
    const auto slot = static_cast<std::size_t>((tick + i) % count);
    if (slots[slot].size() < slots[best].size()) best = slot;
  }
  return best;
}

}  // namespace

Media::Media(Load& load)
    : load_{load},
      line_slots_(static_cast<std::size_t>(kLineSlots)),
      agent_slots_(static_cast<std::size_t>(load.options.event_ms)) {}

void Media::start_line(Call& call) {
  call.is_streaming = true;
  line_slots_[freest(line_slots_, tick_, 1, kLineSlots)].push_back(&call);
}

/// The second event comes up to two frames early: real time goes on from there.
void Media::start_agent(Call& call) {
  call.is_talking = true;
  send_event(call);
  const auto period = std::int64_t{load_.options.event_ms};
  agent_slots_[freest(agent_slots_, tick_, period - std::min<std::int64_t>(40, period / 2), period)].push_back(&call);
}

void Media::tick(std::int64_t tick, std::int64_t due) {
  tick_ = tick;
  load_.totals.tick_late.add(now_ns() - due);
  auto& line = line_slots_[static_cast<std::size_t>(tick % kLineSlots)];
  std::erase_if(line, [](const Call* call) { return call->is_over || !call->is_streaming; });
  for (Call* call : line) send_frame(*call);
  auto& agent = agent_slots_[static_cast<std::size_t>(tick % load_.options.event_ms)];
  std::erase_if(agent, [](const Call* call) { return call->is_over || !call->is_talking; });
  for (Call* call : agent) {
    send_event(*call);
    if (++call->events * load_.options.event_ms % kPingEvery < load_.options.event_ms) send_ping(*call);
  }
  if (load_.options.interrupt_ms == 0 || load_.calls.empty()) return;
  interruptions_due_ += static_cast<double>(load_.totals.talking) / load_.options.interrupt_ms;
  for (; interruptions_due_ >= 1; --interruptions_due_) interrupt(*load_.calls[load_.dice() % load_.calls.size()]);
}

void Media::send_frame(Call& call) {
  const auto now = now_ns();
  std::string& out = load_.writer.begin();
  out.append(R"({"event":"media","sequenceNumber":")");
  append_number(out, ++call.messages);
  out.append(R"(","media":{"track":"inbound","chunk":")");
  append_number(out, call.up.next() + 1);
  out.append(R"(","timestamp":")");
  append_number(out, 57 + std::uint64_t{call.up.next()} * 20);  // a captured stream's first frame carries 57
  out.append(R"(","payload":")");
  audio_.clear();
  const bool is_wide = load_.options.pcm && load_.options.subject == Subject::Reference;
  append_audio(audio_, call.up_voice.frame(call.up.next(), now), is_wide);
  crypto::base64_append(out, audio_);
  out.append(R"("},"streamSid":")").append(call.stream_sid).append(R"("})");
  call.up.sent(now, load_.converted());
  call.line.send(load_.writer.finish(true));
}

void Media::send_event(Call& call) {
  const auto now = now_ns();
  const auto frames = load_.options.event_ms / 20;
  const auto start = std::max(call.line_end, now);
  const bool is_burst = frames * kFrameNs > kLead;
  audio_.clear();
  for (int i = 0; i < frames; ++i) {
    // Handed on at once, or paced: then it is due when its turn to be heard comes.
    const auto due = is_burst ? start + i * kFrameNs : now;
    append_audio(audio_, call.down_voice.frame(call.down.next(), due), load_.options.pcm);
    call.down.sent(due, load_.converted());
  }
  call.line_end = start + frames * kFrameNs;
  call.has_spoken = true;
  std::string& out = load_.writer.begin();
  out.append(R"({"type":"audio","audio_event":{"audio_base_64":")");
  crypto::base64_append(out, audio_);
  out.append(R"(","event_id":)");
  append_number(out, call.event_id);
  out.append("}}");
  call.agent->send(load_.writer.finish(false));
}

void Media::send_ping(Call& call) {
  std::string& out = load_.writer.begin();
  out.append(R"({"type":"ping","ping_event":{"event_id":)");
  append_number(out, ++call.pings);
  out.append(R"(,"ping_ms":null}})");
  ++load_.totals.pings;
  call.agent->send(load_.writer.finish(false));
}

void Media::interrupt(Call& call) {
  // Only what has been said since the last one can be interrupted.
  if (!call.is_talking || call.is_over || call.interrupted_at != 0 || !call.has_spoken) return;
  call.has_spoken = false;
  std::string& out = load_.writer.begin();
  out.append(R"({"type":"interruption","interruption_event":{"event_id":)");
  append_number(out, call.event_id++);
  out.append("}}");
  call.interrupted_at = now_ns();
  call.down.forgive();
  call.line_end = 0;
  ++load_.totals.interruptions;
  call.agent->send(load_.writer.finish(false));
}

}  // namespace otto::bench
