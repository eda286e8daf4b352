#include "otto/sandbox/media_stream.hpp"

#include "otto/rt/group.hpp"
#include "otto/sandbox/signing.hpp"

namespace otto::sandbox {
namespace {

constexpr std::size_t kMaxMessage = 4UL * 1024 * 1024;
constexpr std::int64_t kSameSpeechMs = 400;  // media messages closer than this belong to one utterance

}  // namespace

MediaStream::MediaStream(World& world, CallRecord& call, PhoneLine& line, const Verb& verb,
                         std::function<bool()> interrupted, std::function<void()> on_tick)
    : world_{world},
      call_{call},
      line_{line},
      verb_{verb},
      interrupted_{std::move(interrupted)},
      on_tick_{std::move(on_tick)} {
  stats_.stream_sid = world_.ids.sid("MZ");
  stats_.url = verb.url;
}

std::int64_t MediaStream::ms_since_start() const {
  return std::chrono::duration_cast<milliseconds>(world_.timers.steady() - started_).count();
}

void MediaStream::violate(int code, const std::string& sentence) {
  ++stats_.violations;
  Json fields = Json::object();
  fields["call"] = call_.sid;
  fields["stream"] = stats_.stream_sid;
  world_.ledger.violate("media", code, sentence, std::move(fields));
}

Task<StreamEnd> MediaStream::run() {
  net::WsConnect request;
  request.url = verb_.url;
  request.headers.add("User-Agent", "Twilio.TmeWs/1.0");
  request.headers.add("X-Twilio-Signature", twilio_signature(world_.identity.auth_token, verb_.url, {}));
  request.limits.max_message = kMaxMessage;
  auto connected = co_await net::connect_websocket(std::move(request));
  if (!connected) {
    const auto& error = connected.error();
    const int code = error.code == Errc::ConnectFailed ? 31902 : error.code == Errc::TimedOut ? 31901 : 31920;
    violate(code, "the media stream's handshake failed: " + error.detail);
    stats_.ended_by = "handshake";
    co_return StreamEnd::NoHandshake;
  }
  socket_ = std::move(*connected);
  started_ = world_.timers.steady();
  // What the callee's side did until now is not part of the stream.
  while (line_.due() > 0) line_.tick();
  auto reading = read_loop();
  auto writing = write_loop();
  co_await rt::first_of(std::move(reading), std::move(writing));
  stats_.close_code = socket_->close_code();
  stats_.ended_by = peer_closed_ ? "peer" : "call";
  if (peer_closed_) {
    line_.playout.clear();  // what was buffered is not played once the stream is gone
    const int code = stats_.close_code == 1006 ? 31903 : stats_.close_code == 1000 ? 0 : 31921;
    if (code != 0) violate(code, "the media stream was closed with " + std::to_string(stats_.close_code));
  }
  co_return peer_closed_ ? StreamEnd::PeerClosed : StreamEnd::CallEnded;
}

Task<void> MediaStream::read_loop() {
  for (;;) {
    auto message = co_await socket_->read();
    if (!message) break;
    take(*message);
  }
  if (!stopping_) peer_closed_ = true;
}

void MediaStream::take(const net::WsMessage& message) {
  ++stats_.messages_received;
  if (message.binary) {
    if (!told_31950_) violate(31950, "a binary frame was sent; only text frames are read");
    told_31950_ = true;
    return;
  }
  const auto& read = reader_.read(message.text, message.capacity, stats_.stream_sid);
  switch (read.kind) {
    case MediaMessage::Kind::Media:
      return take_audio(read);
    case MediaMessage::Kind::Mark:
      return line_.playout.mark(read.text);
    case MediaMessage::Kind::Clear:
      ++stats_.clears;
      last_media_ms_ = -1;
      if (const auto told = world_.interruptions.extract(call_.conversation_id)) {
        const auto late = world_.timers.steady() - told.mapped();
        stats_.clears_after_us.push_back(std::chrono::duration_cast<std::chrono::microseconds>(late).count());
      }
      return line_.playout.clear();
    case MediaMessage::Kind::Wrong:
      if (!told_31951_) violate(31951, "a message was refused: " + read.text);
      told_31951_ = true;
  }
}

void MediaStream::take_audio(const MediaMessage& message) {
  const auto now = ms_since_start();
  if (stats_.first_audio_ms < 0) stats_.first_audio_ms = now;
  if (line_.playout.buffered() == 0 && last_media_ms_ >= 0 && now - last_media_ms_ < kSameSpeechMs &&
      empty_since_ms_ >= 0)
    stats_.underrun_ms += std::max<std::int64_t>(0, now - empty_since_ms_);
  last_media_ms_ = now;
  stats_.bytes_received += message.audio.size();
  if (!line_.playout.push(message.audio) && !told_31931_) {
    told_31931_ = true;
    violate(31931, "over ten minutes of audio are buffered; the rest is dropped");
  }
  empty_since_ms_ = -1;
  stats_.max_buffered_ms = std::max(stats_.max_buffered_ms, static_cast<std::int64_t>(line_.playout.buffered() / 8));
}

Task<bool> MediaStream::send(std::string text) {
  const auto written = co_await socket_->write(text);
  co_return written.has_value();
}

Task<bool> MediaStream::send_start() {
  if (!co_await send(R"({"event":"connected","protocol":"Call","version":"1.0.0"})")) co_return false;
  Json start = Json::object();
  start["event"] = "start";
  start["sequenceNumber"] = std::to_string(++sequence_);
  start["streamSid"] = stats_.stream_sid;
  Json& inner = start["start"];
  inner["accountSid"] = call_.account_sid;
  inner["callSid"] = call_.sid;
  inner["streamSid"] = stats_.stream_sid;
  inner["tracks"] = {"inbound"};
  inner["mediaFormat"] = {{"encoding", "audio/x-mulaw"}, {"sampleRate", 8000}, {"channels", 1}};
  Json& parameters = inner["customParameters"] = Json::object();
  for (const auto& parameter : verb_.parameters) parameters[parameter.first] = parameter.second;
  auto text = dump_json(start);
  const bool sent = co_await send(std::move(text));
  co_return sent;
}

Task<bool> MediaStream::send_frame(const PhoneLine::Frame& frame) {
  // The first frame of a captured stream carries 57 ms: the counter does not begin at 0.
  const auto timestamp = 57 + static_cast<std::int64_t>(chunk_) * 20;
  const auto sequence = ++sequence_, chunk = ++chunk_;
  write_media(frame_text_, stats_.stream_sid, sequence, chunk, timestamp, frame);
  const auto written = co_await socket_->write(frame_text_);
  ++stats_.frames_sent;
  co_return written.has_value();
}

Task<bool> MediaStream::send_marks() {
  auto marks = line_.playout.take_marks();
  for (auto& name : marks) {
    Json mark = Json::object();
    mark["event"] = "mark";
    mark["sequenceNumber"] = std::to_string(++sequence_);
    mark["streamSid"] = stats_.stream_sid;
    mark["mark"] = {{"name", name}};
    auto text = dump_json(mark);
    if (!co_await send(std::move(text))) co_return false;
    ++stats_.marks_returned;
  }
  if (const auto digit = line_.voice.take_digit()) {
    Json dtmf = Json::object();
    dtmf["event"] = "dtmf";
    dtmf["sequenceNumber"] = std::to_string(++sequence_);
    dtmf["streamSid"] = stats_.stream_sid;
    dtmf["dtmf"] = {{"track", "inbound_track"}, {"digit", std::string(1, *digit)}};
    auto text = dump_json(dtmf);
    if (!co_await send(std::move(text))) co_return false;
  }
  co_return true;
}

Task<void> MediaStream::stop() {
  stopping_ = true;
  Json stop = Json::object();
  stop["event"] = "stop";
  stop["sequenceNumber"] = std::to_string(++sequence_);
  stop["streamSid"] = stats_.stream_sid;
  stop["stop"] = {{"accountSid", call_.account_sid}, {"callSid", call_.sid}};
  auto text = dump_json(stop);
  if (co_await send(std::move(text))) co_await socket_->close(1000, "");
}

Task<void> MediaStream::write_loop() {
  if (!co_await send_start()) co_return;
  while (!peer_closed_) {
    if (interrupted_()) {
      co_await stop();
      co_return;
    }
    while (line_.due() > 0) {
      const auto buffered = line_.playout.buffered();
      const auto& frame = line_.tick();
      stats_.played_ms += static_cast<std::int64_t>(buffered - line_.playout.buffered()) / 8;
      if (buffered > 0 && line_.playout.buffered() == 0) empty_since_ms_ = ms_since_start();
      on_tick_();
      if (!co_await send_frame(frame)) co_return;
      if (!co_await send_marks()) co_return;
    }
    co_await line_.until_next_tick();
  }
}

}  // namespace otto::sandbox
