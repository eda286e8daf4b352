#include "ws_stream.hpp"

#include <algorithm>
#include <cstring>
#include <unistd.h>
#include <utility>

#include "otto/base/text.hpp"
#include "otto/crypto/digest.hpp"

namespace otto::net {

namespace {

constexpr std::size_t kPadding = 64;           // simdjson::SIMDJSON_PADDING, promised by WsMessage
constexpr std::size_t kRoom = 4 * 1024;        // of a socket's own buffer
constexpr std::size_t kShared = 32 * 1024;     // of the one for those that are listened to: two TLS records
constexpr std::size_t kKeep = 64 * 1024;       // a larger buffer is given back once its message has been taken
constexpr std::size_t kSpares = 64;            // what one batch of events rarely needs more of
constexpr std::size_t kHighWater = 64 * 1024;  // unsent bytes beyond which try_write() and pongs wait for the peer
constexpr milliseconds kGoodbyeTime{2'000};

/// `= {}` would keep a vector's memory.
void give_back(std::vector<char>& buffer) { buffer = std::vector<char>{}; }

/// Buffers for what goes out, shared by all sockets: each needs one only from a message to the end of the batch, and a
/// few that stay warm are cheaper than one for each of a thousand sockets.
std::vector<std::string>& spare_texts() {
  thread_local std::vector<std::string> spares;
  return spares;
}
void take_spare(std::string& text) {
  auto& spares = spare_texts();
  if (spares.empty()) return;
  text.swap(spares.back());
  spares.pop_back();
}
void keep_spare(std::string& text) {
  std::string freed = std::exchange(text, {});
  freed.clear();
  auto& spares = spare_texts();
  if (freed.capacity() <= kKeep && spares.size() < kSpares) spares.push_back(std::move(freed));
}

/// RFC 6455 §10.3 wants keys that nobody can guess; asking for each of them would cost more than the masking.
MaskKey next_key() {
  thread_local std::string pool;
  thread_local std::size_t used = 0;
  if (used + sizeof(MaskKey) > pool.size()) {
    pool = crypto::random_bytes(1024 * sizeof(MaskKey));
    used = 0;
  }
  MaskKey key{};
  std::memcpy(key.data(), pool.data() + used, key.size());
  used += key.size();
  return key;
}

}  // namespace

WsStream::WsStream(Loop& loop, int descriptor, std::unique_ptr<Channel> channel, WsRole role, const WsLimits& limits,
                   std::string_view early)
    : poller_{Poller::of(loop)},
      channel_{std::move(channel)},
      descriptor_{descriptor},
      role_{role},
      end_{early.size()},
      in_(early.size() + kPadding),
      limits_{limits},
      tls_{channel_->memory()},
      deadline_{loop.get_executor()},
      arrived_{loop},
      drained_{loop},
      dead_{loop} {
  poller_.enroll(*this);
  std::ranges::copy(early, in_.begin());
  watch_ = WsWatch::start(loop.get_executor(), limits_, [this] {
    if (watch_->timed_out())
      return die(Errc::TimedOut, "The WebSocket's peer was silent, or took nothing, for too long.");
    abort();
  });
}

WsStream::~WsStream() {
  watch_->stop();
  if (state_ != State::Dead) {
    poller_.watch(*this, descriptor_, interest_, {});
    ::close(descriptor_);
  }
  poller_.leave(*this);
}

// ---- inward ------------------------------------------------------------------------------------------------------

bool WsStream::wants_bytes() const noexcept {
  if (state_ == State::Open) return listener_ != nullptr || (is_reading_ && !ready_);
  return state_ != State::Dead;  // the peer's close, then its end
}

void WsStream::expect_ready() const noexcept {
  auto& ahead = Ahead::here();
  ahead.add(channel_.get(), 1);
  ahead.add(watch_.get(), 1);
  tls_.expect_read();
  ahead.add(listeners_reach_);
}

Reach WsStream::reach() const {
  const auto hot = reinterpret_cast<const char*>(&tls_) - reinterpret_cast<const char*>(this);
  Reach reach{this, static_cast<std::size_t>(hot)};
  reach.add(channel_.get(), 64);
  return reach;
}

void WsStream::on_ready(bool readable, bool writable) {
  if (writable) flush();
  if (readable && wants_bytes()) receive();
  update_interest();
}

void WsStream::on_batch_end() {
  parse_own();  // what had come before there was a listener
  flush();
  update_interest();
  if (state_ == State::Open || !end_error_ || listener_ == nullptr) return;
  if (!std::exchange(told_, true)) listener_->on_end(*end_error_);
}

void WsStream::receive() {
  bool has_more = true;
  while (has_more && wants_bytes()) {
    // Whoever listens takes a message at once: it can be read into a buffer that all sockets share, which is warm.
    const bool is_borrowed = listener_ != nullptr && begin_ == end_;
    switch (is_borrowed ? receive_borrowed(has_more) : receive_own(has_more)) {
      case IoState::WouldBlock:
        return;
      case IoState::Ended:
        return die(closing_ ? Errc::Closed : Errc::ConnectionLost, "The WebSocket's peer ended the connection.");
      case IoState::Failed:
        return die(Errc::ConnectionLost, "The WebSocket's connection broke: " + channel_->failure() + ".");
      case IoState::Done:
        watch_->heard();
        break;
    }
  }
  has_buffered_ = has_more;
}

IoState WsStream::receive_borrowed(bool& has_more) {
  thread_local std::vector<char> shared(kShared + kPadding);
  give_back(in_);
  const auto io = channel_->read(std::span{shared}.first(kShared));
  has_more = io.has_more;
  const std::span bytes{shared.data(), io.bytes};
  if (io.state == IoState::Done && state_ != State::Parting) {
    const auto taken = parse(bytes, shared.size());
    if (state_ == State::Open || state_ == State::Closing) keep({bytes.data() + taken, bytes.size() - taken});
  }
  return io.state;
}

IoState WsStream::receive_own(bool& has_more) {
  make_room();
  const auto io = channel_->read(std::span{in_}.subspan(end_, in_.size() - kPadding - end_));
  has_more = io.has_more;
  end_ += io.bytes;
  if (state_ == State::Parting) {
    begin_ = end_;
  } else {
    parse_own();
  }
  return io.state;
}

/// The start of a frame that has not come whole.
void WsStream::keep(std::string_view rest) {
  begin_ = end_ = 0;
  if (rest.empty()) return;
  if (in_.size() < rest.size() + kPadding) in_.resize(std::max(wanted_, rest.size()) + kPadding);
  std::ranges::copy(rest, in_.begin());
  end_ = rest.size();
}

void WsStream::make_room() {
  if (begin_ == end_) begin_ = end_ = 0;
  const std::size_t needed = std::max(wanted_, kRoom);
  if (end_ == 0 && in_.size() > kKeep && needed <= kKeep) give_back(in_);
  if (begin_ + needed + kPadding <= in_.size() && end_ + kPadding < in_.size()) return;
  std::copy(in_.begin() + static_cast<std::ptrdiff_t>(begin_), in_.begin() + static_cast<std::ptrdiff_t>(end_),
            in_.begin());
  end_ -= std::exchange(begin_, 0);
  if (needed + kPadding > in_.size() || end_ + kPadding >= in_.size())
    in_.resize(std::max(needed, 2 * end_) + kPadding);
}

void WsStream::parse_own() {
  if (begin_ == end_ || is_parsing_) return;
  const auto taken = parse(std::span{in_}.subspan(begin_, end_ - begin_), in_.size() - begin_);
  begin_ = state_ == State::Open || state_ == State::Closing ? begin_ + taken : end_;
}

std::size_t WsStream::parse(std::span<char> bytes, std::size_t readable) {
  is_parsing_ = true;
  std::size_t taken = 0;
  while ((state_ == State::Open && (listener_ != nullptr || is_reading_) && !ready_) || state_ == State::Closing) {
    FrameHeader header;
    const auto left = bytes.subspan(taken);
    const auto read = read_frame_header({left.data(), left.size()}, header);
    if (read == HeaderRead::Incomplete) {
      wanted_ = kMaxFrameHeader;
      break;
    }
    if (read == HeaderRead::Bad) {
      violation(1002, Errc::Protocol, "a frame that RFC 6455 forbids");
      break;
    }
    if (!may_come(header)) break;
    wanted_ = header.size + static_cast<std::size_t>(header.length);
    if (left.size() < wanted_) break;
    const auto payload = left.subspan(header.size, static_cast<std::size_t>(header.length));
    if (header.masked) apply_mask(payload.data(), payload.size(), header.key);
    taken += std::exchange(wanted_, 0);
    take_frame(header, {payload.data(), payload.size()}, readable - (taken - payload.size()));
  }
  is_parsing_ = false;
  return taken;
}

/// Masked by its role, and within the limit before its payload has arrived.
bool WsStream::may_come(const FrameHeader& header) {
  if (header.masked != (role_ == WsRole::Server)) {
    violation(1002, Errc::Protocol, header.masked ? "a masked frame" : "an unmasked frame");
    return false;
  }
  const auto before = is_control(header.opcode) ? 0 : message_.size();
  if (header.length <= limits_.max_message && before + header.length <= limits_.max_message) return true;
  violation(1009, Errc::TooLarge, "a message of more than " + std::to_string(limits_.max_message) + " bytes");
  return false;
}

void WsStream::take_frame(const FrameHeader& header, std::string_view payload, std::size_t readable) {
  switch (header.opcode) {
    case Opcode::Ping:
      if (!sent_close_ && out_.size() - sent_ < kHighWater) send_frame(Opcode::Pong, payload);
      return;
    case Opcode::Pong:
      return;
    case Opcode::Close:
      return take_close(payload);
    case Opcode::Continuation:
      if (!fragmented_) return violation(1002, Errc::Protocol, "a continuation of nothing");
      break;
    case Opcode::Text:
    case Opcode::Binary:
      if (fragmented_) return violation(1002, Errc::Protocol, "a message inside another one");
      fragmented_ = header.opcode;
      break;
  }
  if (!header.fin || header.opcode == Opcode::Continuation) message_ += payload;
  if (!header.fin) return;
  const auto opcode = *std::exchange(fragmented_, std::nullopt);
  if (header.opcode != Opcode::Continuation) return deliver(opcode, payload, readable);
  joined_ = std::exchange(message_, {});
  const auto size = joined_.size();
  joined_.resize(size + kPadding);
  deliver(opcode, std::string_view{joined_}.substr(0, size), joined_.size());
}

void WsStream::deliver(Opcode opcode, std::string_view text, std::size_t readable) {
  if (opcode == Opcode::Text && !is_utf8(text)) return violation(1007, Errc::Protocol, "text that is no UTF-8");
  if (state_ != State::Open) return;
  WsMessage message;
  message.text = text;
  message.binary = opcode == Opcode::Binary;
  message.capacity = readable;
  if (listener_ != nullptr) return listener_->on_message(message);
  ready_ = message;
  arrived_.set();
}

void WsStream::take_close(std::string_view payload) {
  CloseFrame close;
  if (!read_close(payload, close)) return violation(1002, Errc::Protocol, "a close frame that RFC 6455 forbids");
  peer_close_ = std::move(close);
  if (!sent_close_) {
    sent_close_ = true;
    send_frame(Opcode::Close, payload.substr(0, 2));
  }
  end_with(Errc::Closed, "The peer closed the WebSocket with code " + std::to_string(peer_close_.code) + ".");
  part();
}

void WsStream::violation(std::uint16_t code, Errc errc, std::string what) {
  send_close(code, {});
  const char* const rule =
      errc == Errc::TooLarge ? "The peer sent " : "The peer broke the WebSocket protocol: it sent ";
  end_with(errc, rule + std::move(what) + ".");
  part();
}

Task<Result<WsMessage>> WsStream::read() {
  is_reading_ = true;
  parse_own();
  while (!ready_ && !end_error_) {
    if (std::exchange(has_buffered_, false)) {
      receive();
      continue;
    }
    update_interest();
    arrived_.clear();
    if (!co_await arrived_.wait()) abort();
  }
  is_reading_ = false;
  update_interest();
  if (ready_) co_return *std::exchange(ready_, std::nullopt);
  while (state_ != State::Dead) {
    if (!co_await dead_.wait()) abort();
  }
  co_return *end_error_;
}

void WsStream::listen(WsListener& listener) {
  listener_ = &listener;
  if (begin_ == end_) give_back(in_);
  update_interest();
  poller_.later(*this);
}

// ---- outward -----------------------------------------------------------------------------------------------------

void WsStream::send_frame(Opcode opcode, std::string_view payload) {
  if (state_ == State::Dead) return;
  if (out_.empty()) take_spare(out_);
  if (role_ == WsRole::Client) {
    const auto key = next_key();
    append_frame(out_, opcode, payload, &key);
  } else {
    append_frame(out_, opcode, payload, nullptr);
  }
  poller_.later(*this);
}

void WsStream::send_close(std::uint16_t code, std::string_view reason) {
  if (!std::exchange(sent_close_, true)) send_frame(Opcode::Close, format_close(code, reason));
}

void WsStream::flush() {
  if (state_ == State::Dead) return;
  while (sent_ < out_.size()) {
    const auto io = channel_->write(std::string_view{out_}.substr(sent_));
    if (io.state == IoState::WouldBlock) {
      if (!std::exchange(blocked_, true)) watch_->write_began();
      return;
    }
    if (io.state != IoState::Done)
      return die(Errc::ConnectionLost, "The WebSocket's connection broke: " + channel_->failure() + ".");
    sent_ += io.bytes;
  }
  sent_ = 0;
  keep_spare(out_);
  if (std::exchange(blocked_, false)) {
    watch_->write_ended();
    drained_.set();
  }
  if (state_ == State::Parting && !std::exchange(said_end_, true)) channel_->end();
}

bool WsStream::try_send(Opcode opcode, std::string_view payload) {
  if (state_ != State::Open || out_.size() - sent_ >= kHighWater) return false;
  send_frame(opcode, payload);
  return true;
}

Task<Result<void>> WsStream::write(std::string_view text) {
  if (state_ == State::Open) {
    send_frame(Opcode::Text, text);
    flush();
    update_interest();
    while (blocked_ && state_ != State::Dead) {
      drained_.clear();
      if (!co_await drained_.wait()) abort();
    }
  }
  if (end_error_) co_return *end_error_;
  co_return Result<void>{};
}

// ---- the end -----------------------------------------------------------------------------------------------------

Task<void> WsStream::close(std::uint16_t code, std::string reason) {
  if (std::exchange(closing_, true)) co_return;
  if (state_ == State::Open) {
    send_close(code, reason);
    state_ = State::Closing;
    end_with(Errc::Closed, "The WebSocket was closed by this side.");
    deadline_.arm(kGoodbyeTime, [this] { abort(); });
    ready_.reset();
    parse_own();
    flush();
    update_interest();
  }
  while (state_ != State::Dead) {
    if (!co_await dead_.wait()) abort();
  }
}

void WsStream::abort() { die(Errc::ConnectionLost, "The WebSocket's connection was cut."); }

void WsStream::end_with(Errc code, std::string sentence) {
  if (end_error_) return;
  end_error_.emplace(code, std::move(sentence));
  arrived_.set();
  if (listener_ != nullptr) poller_.later(*this);
}

/// Nothing more is said: what is queued goes out, then our end of the stream, and the peer's is waited for.
void WsStream::part() {
  if (state_ == State::Open) deadline_.arm(kGoodbyeTime, [this] { abort(); });
  state_ = State::Parting;
  begin_ = end_;
  poller_.later(*this);
}

void WsStream::die(Errc code, std::string sentence) {
  if (state_ == State::Dead) return;
  state_ = State::Dead;
  end_with(code, std::move(sentence));
  poller_.watch(*this, descriptor_, std::exchange(interest_, {}), {});
  ::close(descriptor_);
  deadline_.disarm();
  drained_.set();
  dead_.set();
}

void WsStream::update_interest() {
  if (state_ == State::Dead) return;
  const Poller::Interest now{wants_bytes(), blocked_};
  poller_.watch(*this, descriptor_, std::exchange(interest_, now), now);
}

}  // namespace otto::net
