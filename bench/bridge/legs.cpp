// What arrives on the media sockets. The one field that matters is found by its name, without a parser: both sides
// escape nothing inside base64.
#include <algorithm>
#include <cstring>
#include <openssl/evp.h>
#include <sys/epoll.h>

#include "otto/crypto/digest.hpp"

#include "bench/bridge/load.hpp"

namespace otto::bench {

namespace {

/// The text behind `key` up to the next quote; empty when there is none.
std::string_view field(std::string_view text, std::string_view key) {
  const auto at = text.find(key);
  if (at == std::string_view::npos) return {};
  const auto from = at + key.size();
  return text.substr(from, text.find('"', from) - from);
}

/// Base64 in our own buffer; valid until the next call.
std::span<const std::uint8_t> decoded(std::string_view base64) {
  static std::vector<std::uint8_t> bytes;
  if (!crypto::base64_decode_into(base64, bytes)) bytes.clear();
  return bytes;
}

template <class Leg>
void send_on(Load& load, Leg& leg, std::string_view bytes) {
  if (!leg.stream.is_open()) return;
  if (!leg.stream.write(bytes)) return leg.close();
  if (leg.stream.is_blocked() == leg.is_watched_for_room) return;
  leg.is_watched_for_room = leg.stream.is_blocked();
  load.poller.watch_writable(leg.stream.fd(), &leg, leg.is_watched_for_room);
}

/// The peer has sent its close frame: ours, and the end.
template <class Leg>
void say_goodbye(Load& load, Leg& leg, bool mask) {
  load.writer.begin().append("\x03\xE8");  // 1000
  leg.send(load.writer.finish(mask, WsKind::Close));
  leg.close();
}

/// The bytes up to and with the blank line; empty while it has not come.
template <class Leg>
bool read_opening(Load& load, Leg& leg, std::string_view end) {
  const int count = leg.stream.read(load.scratch.data(), load.scratch.size());
  if (count < 0) {
    leg.close();
    return false;
  }
  leg.opening.append(load.scratch.data(), static_cast<std::size_t>(count));
  return leg.opening.find(end) != std::string::npos;
}

std::string accept_key(std::string_view head) {
  auto at = head.find("Sec-WebSocket-Key: ");
  if (at == std::string_view::npos) at = head.find("sec-websocket-key: ");
  const auto from = at + 19;
  const auto key = std::string{head.substr(from, head.find("\r\n", from) - from)};
  const auto text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 §1.3
  unsigned char digest[20];
  EVP_Digest(text.data(), text.size(), digest, nullptr, EVP_sha1(), nullptr);
  return crypto::base64_encode({reinterpret_cast<const char*>(digest), sizeof digest});
}

}  // namespace

Call::Call(Load& l, std::uint32_t n)
    : load{l},
      number{n},
      line{*this},
      up_voice{Way::Up, n},
      down_voice{Way::Down, n},
      up{Way::Up, n, l.totals.up},
      down{Way::Down, n, l.totals.down} {}

// ---- the carrier's side -----------------------------------------------------------------------------------------

void LineLeg::send(std::string_view bytes) { send_on(call.load, *this, bytes); }

void LineLeg::close() {
  if (!stream.is_open()) return;
  stream.close();
  call.is_streaming = false;
  if (!call.is_over && !call.load.is_ending) ++call.load.totals.lost_legs;
}

void LineLeg::on_ready(std::uint32_t) {
  if (!stream.is_open()) return;
  if (!stream.flush()) return close();
  if (is_watched_for_room) send({});
  Load& load = call.load;
  if (!is_upgraded) {
    if (!read_opening(load, *this, "\r\n\r\n")) return;
    if (!opening.starts_with("HTTP/1.1 101")) return close();
    const auto end = opening.find("\r\n\r\n") + 4;
    is_upgraded = true;
    call.accepted_at = now_ns();
    auto rest = opening.substr(end);
    opening.clear();
    load.writer.begin().append(R"({"event":"connected","protocol":"Call","version":"1.0.0"})");
    send(load.writer.finish(true));
    load.writer.begin().append(hello);
    send(load.writer.finish(true));
    load.media->start_line(call);
    reader.feed(rest.data(), rest.size(), [&](WsKind, std::string_view text) { on_text(text, now_ns()); });
    return;
  }
  const auto now = now_ns();
  const bool alive = read_messages(load, stream, reader, [&](WsKind kind, std::string_view text) {
    if (kind == WsKind::Text) on_text(text, now);
    if (kind == WsKind::Close) say_goodbye(load, *this, true);
  });
  if (!alive) close();
}

void LineLeg::on_text(std::string_view text, std::int64_t now) {
  Load& load = call.load;
  // The daemon's own message, or the agent's as it was when a forwarder brings it.
  auto payload = field(text, R"("payload":")");
  if (payload.empty()) payload = field(text, R"("audio_base_64":")");
  if (payload.empty()) {
    if (text.find(R"("event":"clear")") == std::string_view::npos || call.interrupted_at == 0) return;
    load.totals.clear.add(now - call.interrupted_at);
    ++load.totals.clears;
    call.interrupted_at = 0;
    return;
  }
  if (call.first_audio_at == 0) {
    call.first_audio_at = now;
    ++load.totals.talking;
    load.totals.set_up.add(now - call.answered_at);
    load.totals.accepted.add(call.accepted_at - call.answered_at);
    if (load.on_first_audio) load.on_first_audio(call);
  }
  const auto audio = decoded(payload);
  if (load.converted()) {
    const bool is_wide = load.options.subject == Subject::Reference;
    call.down.count(audio.size(), is_wide ? kWideFrameBytes : kFrameBytes, now);
  } else {
    call.down.feed(audio, now);
  }
}

// ---- the agent's side -------------------------------------------------------------------------------------------

void AgentLeg::on_text(std::string_view text) {
  // The daemon's own message, or the carrier's as it was when a forwarder brings it.
  auto payload = field(text, R"("user_audio_chunk":")");
  if (payload.empty()) payload = field(text, R"("payload":")");
  if (!payload.empty() && call != nullptr) {
    const auto audio = decoded(payload);
    if (load.converted()) return call->up.count(audio.size(), kWideFrameBytes, now_ns());
    return call->up.feed(audio, now_ns());
  }
  if (text.find(R"("type":"pong")") != std::string_view::npos) {
    ++load.totals.pongs;
  } else if (text.find("conversation_initiation_client_data") != std::string_view::npos) {
    meet(field(text, R"("user_id":")"));
  } else if (text.starts_with("CALL ")) {
    meet(text.substr(5));
  }
}

void AgentLeg::meet(std::string_view attempt) {
  const auto found = load.by_attempt.find(attempt);
  if (found == load.by_attempt.end()) return close();
  call = found->second;
  call->agent = this;
  call->agent_at = now_ns();
  if (load.options.subject == Subject::Daemon) {
    const std::string format = load.options.pcm ? "pcm_16000" : "ulaw_8000";
    load.writer.begin()
        .append(R"({"type":"conversation_initiation_metadata","conversation_initiation_metadata_event":)")
        .append(R"({"conversation_id":")" + conversation + R"(","agent_output_audio_format":")" + format)
        .append(R"(","user_input_audio_format":")" + format + R"("}})");
    send(load.writer.finish(false));
  }
  load.media->start_agent(*call);
}

void AgentLeg::send(std::string_view bytes) { send_on(load, *this, bytes); }

void AgentLeg::close() {
  if (!stream.is_open()) return;
  stream.close();
  if (call == nullptr) return;
  call->is_talking = false;
  if (!call->is_over && !load.is_ending) ++load.totals.lost_legs;
}

void AgentLeg::on_ready(std::uint32_t) {
  if (!stream.is_open()) return;
  if (!stream.flush()) return close();
  if (is_watched_for_room) send({});
  if (!is_upgraded) {
    const bool by_hello = load.options.subject == Subject::Reference;
    if (!read_opening(load, *this, by_hello ? "\n" : "\r\n\r\n")) return;
    is_upgraded = true;
    const std::string_view end = by_hello ? "\n" : "\r\n\r\n";
    auto rest = opening.substr(opening.find(end) + end.size());
    const auto id = opening.find("conversation_id=");
    if (id != std::string::npos) conversation = opening.substr(id + 16, opening.find_first_of("& ", id) - id - 16);
    if (!by_hello)
      send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
           accept_key(opening) + "\r\n\r\n");
    if (by_hello) on_text(opening.substr(0, opening.find('\n')));
    opening.clear();
    reader.feed(rest.data(), rest.size(), [&](WsKind, std::string_view text) { on_text(text); });
    if (!stream.has_more()) return;
  }
  const bool alive = read_messages(load, stream, reader, [&](WsKind kind, std::string_view text) {
    if (kind == WsKind::Text) on_text(text);
    if (kind == WsKind::Close) say_goodbye(load, *this, false);
  });
  if (!alive) close();
}

}  // namespace otto::bench
