#include "media_link.hpp"

#include <algorithm>
#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"
#include "otto/crypto/digest.hpp"

namespace otto::twilio {

namespace {

// 10 s of µ-law in 20 ms frames: 216 characters of base64 and 90 of JSON around them, 50 times a second.
constexpr std::size_t kMaxQueuedMediaBytes = 10 * 50 * (216 + 90);
constexpr std::size_t kMaxUnheardMarks = 256;
constexpr std::uint64_t kMaxMalformed = 50;      // a peer that talks nonsense for so long is not Twilio
constexpr milliseconds kDrainDeadline{500};      // of close(): for control messages that still wait
constexpr milliseconds kGoodbyeDeadline{1'500};  // of close(): for the close handshake; 2 s together
constexpr std::uint16_t kNormalClosure = 1000;   // any other code is reported as error 31921

std::string_view end_reason(Errc code) {
  switch (code) {
    case Errc::TimedOut:
      return "silent";
    case Errc::Closed:
      return "closed";
    case Errc::Protocol:
    case Errc::TooLarge:
      return "protocol";
    default:
      return "lost";
  }
}

/// For the message being written: one for all streams, so that it stays warm.
std::string& empty_text() {
  thread_local std::string text;
  text.clear();
  return text;
}

Error nonsense() { return Error{Errc::Protocol, "Twilio's media stream keeps sending what is not a message."}; }

}  // namespace

StreamLink::StreamLink(Loop& loop, rt::Timers& timers, std::unique_ptr<net::WebSocket> socket, MediaOptions options)
    : timers_{timers},
      socket_{std::move(socket)},
      outbox_{*socket_, [this] { begin_writing(); }, kMaxQueuedMediaBytes},
      options_{std::move(options)},
      written_{loop},
      closed_{loop},
      tasks_{loop, "media_link"} {
  written_.set();
}

Task<Result<MediaStart>> StreamLink::start() {
  tasks_.spawn("watch", watch_loop());
  auto start = co_await read_start();
  if (!start) co_return start;
  stream_sid_ = start->stream_sid;
  call_sid_ = start->call_sid;
  co_return start;
}

Task<Result<MediaStart>> StreamLink::read_start() {
  silent_at_ = timers_.steady() + options_.start_deadline;
  for (;;) {
    auto raw = co_await socket_->read();
    if (is_overdue_) co_return Error{Errc::TimedOut, "Twilio's media stream sent nothing in time."};
    if (!raw) co_return raw.error();
    auto message = understand(*raw);
    if (malformed_messages_ > kMaxMalformed) co_return nonsense();
    auto* start = message ? std::get_if<MediaStart>(&message->event) : nullptr;
    if (start == nullptr) continue;  // "connected", and whatever Twilio may add before the start
    silent_at_ = SteadyPoint::max();
    if (start->account_sid != options_.account_sid)
      co_return Error{Errc::Forbidden, "A media stream of another Twilio account was refused."};
    if (start->encoding != "audio/x-mulaw" || start->sample_rate != 8000 || start->channels != 1)
      co_return Error{Errc::Protocol, "A media stream of another format than 8 kHz mono µ-law was refused."};
    if (start->stream_sid.empty() || start->call_sid.empty())
      co_return Error{Errc::Protocol, "A media stream without a streamSid or a callSid was refused."};
    co_return std::move(*start);
  }
}

std::optional<MediaMessage> StreamLink::understand(const net::WsMessage& message) {
  if (!message.binary) {
    auto parsed = parse_media(message.text, message.capacity);
    if (parsed) return std::move(*parsed);
  }
  ++malformed_messages_;
  return std::nullopt;
}

void StreamLink::listen(ports::LinkSink sink) {
  sink_ = std::move(sink);
  silent_at_ = timers_.steady() + options_.silence_limit;
  socket_->listen(*this);
}

void StreamLink::on_message(const net::WsMessage& message) {
  if (has_ended()) return;
  silent_at_ = timers_.steady() + options_.silence_limit;
  if (const auto understood = understand(message)) return take(*understood);
  if (malformed_messages_ <= kMaxMalformed) return;
  end(end_reason(nonsense().code));
  socket_->abort();
}

void StreamLink::on_end(const Error& why) { end(is_overdue_ ? "silent" : end_reason(why.code)); }

void StreamLink::begin_writing() {
  written_.clear();
  tasks_.spawn("write", write_on());
}

Task<void> StreamLink::write_on() {
  co_await outbox_.run();
  written_.set();
}

Task<void> StreamLink::watch_loop() {
  while (!tasks_.stopping() && !is_overdue_) {
    const auto now = timers_.steady();
    if (silent_at_ <= now) {
      is_overdue_ = true;
      socket_->abort();
    } else {
      // A wait that begins while this sleeps may end no earlier than the shorter of the two limits.
      const auto longest = now + std::min(options_.silence_limit, options_.start_deadline);
      co_await timers_.sleep_until(std::min(silent_at_, longest));
    }
  }
}

void StreamLink::take(const MediaMessage& message) {
  const bool is_foreign = !message.stream_sid.empty() && message.stream_sid != stream_sid_;
  if (is_foreign) {
    ++ignored_messages_;
  } else if (const auto* frame = std::get_if<MediaFrame>(&message.event)) {
    take_audio(*frame);
  } else if (const auto* mark = std::get_if<MediaMark>(&message.event)) {
    take_mark(mark->name);
  } else if (const auto* dtmf = std::get_if<MediaDtmf>(&message.event)) {
    sink_(ports::LinkDtmf{dtmf->digit});
  } else if (std::holds_alternative<MediaStop>(message.event)) {
    end("stop");
  } else {
    ++ignored_messages_;
  }
}

void StreamLink::take_audio(const MediaFrame& frame) {
  thread_local std::vector<std::uint8_t> ulaw;
  if (!frame.inbound || !crypto::base64_decode_into(frame.payload, ulaw)) {
    ++ignored_messages_;
    return;
  }
  sink_(ports::LinkAudio{ulaw, frame.timestamp_ms});
}

/// A mark that clear() has sent again may be echoed twice: only the first echo counts.
void StreamLink::take_mark(std::string_view name) {
  const auto sent = std::find(unheard_marks_.begin(), unheard_marks_.end(), name);
  if (sent == unheard_marks_.end()) {
    ++ignored_messages_;
    return;
  }
  const ports::LinkEvent mark = ports::LinkMark{std::move(*sent)};
  unheard_marks_.erase(sent);
  sink_(mark);
}

void StreamLink::end(std::string_view reason) {
  if (!end_reason_.empty()) return;
  end_reason_ = reason;
  outbox_.drop_media();
  if (sink_) sink_(ports::LinkEnded{end_reason_});
}

bool StreamLink::send_audio(std::span<const std::uint8_t> ulaw) {
  if (has_ended()) return false;
  if (ulaw.empty()) return true;
  auto& text = empty_text();
  append_media(text, stream_sid_, ulaw);
  if (outbox_.media(text)) return true;
  ++dropped_frames_;
  metrics::add("otto_media_dropped_total", {{"side", "line"}});
  return false;
}

void StreamLink::send_mark(std::string_view name) {
  if (has_ended()) return;
  if (unheard_marks_.size() >= kMaxUnheardMarks)
    unheard_marks_.erase(unheard_marks_.begin());  // its echo is long overdue
  unheard_marks_.emplace_back(name);
  auto& text = empty_text();
  append_mark(text, stream_sid_, name);
  outbox_.ordered(text);
}

void StreamLink::clear() {
  if (has_ended()) return;
  const bool may_have_dropped_marks = outbox_.drop_media() > 0;
  auto& text = empty_text();
  append_clear(text, stream_sid_);
  outbox_.control(text);
  if (!may_have_dropped_marks) return;
  // Marks that never left the queue would never be echoed. Behind the clear nothing is buffered: they come at once.
  for (const auto& name : unheard_marks_) {
    text.clear();
    append_mark(text, stream_sid_, name);
    outbox_.control(text);
  }
}

Reach StreamLink::own_reach() const {
  const auto hot = reinterpret_cast<const char*>(&call_sid_) - reinterpret_cast<const char*>(this);
  Reach reach{this, static_cast<std::size_t>(hot)};
  reach.add(stream_sid_.data(), stream_sid_.size());
  return reach;
}

Reach StreamLink::reach() const {
  Reach reach = own_reach();
  reach.add(socket_->reach());
  return reach;
}

void StreamLink::expect(const Reach& reach) {
  Reach whole = own_reach();
  whole.add(reach);
  socket_->expect(whole);
}

Task<void> StreamLink::close() {
  // A goodbye is said to its end, also by a task that has been cancelled.
  co_await boost::asio::this_coro::reset_cancellation_state(boost::asio::disable_cancellation{});
  if (is_closing_) {
    std::ignore = co_await closed_.wait();
  } else {
    is_closing_ = true;
    outbox_.drop_media();
    outbox_.finish();
    auto written = [](rt::Event& event) -> Task<void> { std::ignore = co_await event.wait(); };
    auto drained = written(written_);
    auto patience = timers_.sleep_for(kDrainDeadline);
    if (co_await rt::first_of(std::move(drained), std::move(patience)) != 0) socket_->abort();
    std::ignore = co_await written_.wait();  // at once: aborting ends a write
    auto goodbye = socket_->close(kNormalClosure, "");
    auto limit = timers_.sleep_for(kGoodbyeDeadline);
    if (co_await rt::first_of(std::move(goodbye), std::move(limit)) != 0) socket_->abort();
    tasks_.stop();
    co_await tasks_.join();
    end("closed");
    log::debug("media.closed", {{"call_sid", call_sid_},
                                {"reason", end_reason_},
                                {"dropped", dropped_frames_},
                                {"ignored", ignored_messages_},
                                {"malformed", malformed_messages_}});
    closed_.set();
  }
  co_await boost::asio::this_coro::reset_cancellation_state();
}

Task<Result<AcceptedMedia>> accept_media(Loop& loop, rt::Timers& timers, std::unique_ptr<net::WebSocket> socket,
                                         MediaOptions options) {
  auto link = std::make_unique<StreamLink>(loop, timers, std::move(socket), std::move(options));
  auto start = co_await link->start();
  if (!start) {
    co_await link->close();
    co_return start.error();
  }
  co_return AcceptedMedia{std::move(link), std::move(*start)};
}

}  // namespace otto::twilio
