#include "channel.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <malloc.h>
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <system_error>

#include "otto/base/reach.hpp"

#include "dialer.hpp"
#include "tls.hpp"

namespace otto::net {

namespace {

std::string system_text(int error) { return std::generic_category().message(error); }
bool is_would_block(int error) noexcept { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

class TcpChannel final : public Channel {
 public:
  explicit TcpChannel(int descriptor) : descriptor_{descriptor} {}

  Io read(std::span<char> room) override {
    const auto count = ::recv(descriptor_, room.data(), room.size(), MSG_DONTWAIT);
    Ahead::here().fetch_some();
    if (count > 0) return {IoState::Done, static_cast<std::size_t>(count), false};
    return count == 0 ? Io{IoState::Ended} : failed();
  }
  Io write(std::string_view bytes) override {
    const auto count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    Ahead::here().fetch_some();
    return count > 0 ? Io{IoState::Done, static_cast<std::size_t>(count)} : failed();
  }
  void end() override { ::shutdown(descriptor_, SHUT_WR); }
  std::string failure() const override { return system_text(error_); }

 private:
  Io failed() {
    error_ = errno;
    return {is_would_block(error_) ? IoState::WouldBlock : IoState::Failed};
  }
  int descriptor_;
  int error_ = 0;
};

// ---- OpenSSL's memory --------------------------------------------------------------------------------------------

/// A connection that keeps its buffers for a record in and one out holds 34 KB; told to release them, it takes one from
/// the heap for every record and gives it back, and whatever the heap puts between two of them stays as a hole. So the
/// last few are kept for whichever connection has the next record: one size fits all, and they are warm.
constexpr std::size_t kRecord = 16 * 1024, kRecordBuffer = 17 * 1024;  // 16 KB and what TLS puts around them
struct SpareBuffers {
  std::array<void*, 4> blocks;
  std::size_t count;
};
constinit thread_local SpareBuffers spare_buffers{};

/// The contexts of ciphers that a connection has made while it shook hands and not given back: its reader's, then its
/// writer's. OpenSSL says nowhere where they are, but who asks for memory is told.
struct CipherContexts {
  std::array<const void*, 4> blocks{};
  std::size_t count = 0;

  void note(const void* block, std::size_t size, std::string_view file) noexcept {
    const bool is_context = file.ends_with("/cipher_aes_gcm.c") || file.ends_with("/evp_enc.c");
    if (is_context && size >= kLeast && count < blocks.size()) blocks[count++] = block;
  }
  void forget(const void* block) noexcept {
    const auto end = std::remove(blocks.begin(), blocks.begin() + static_cast<std::ptrdiff_t>(count), block);
    count = static_cast<std::size_t>(end - blocks.begin());
  }

 private:
  static constexpr std::size_t kLeast = 128;  // smaller ones are no contexts
};
constinit thread_local CipherContexts* noting = nullptr;

/// What is large begins with a line of the cache, so that it is known which lines a record touches.
constexpr std::size_t kLine = 64, kLarge = 900;

void* take_block(std::size_t size) {
  if (size < kLarge) return std::malloc(size);
  if (size <= kRecord || size > kRecordBuffer) return std::aligned_alloc(kLine, (size + kLine - 1) / kLine * kLine);
  auto& [blocks, count] = spare_buffers;
  return count > 0 ? blocks[--count] : std::malloc(kRecordBuffer);
}
void* take_memory(std::size_t size, const char* file, int) {
  if (size == 0) return nullptr;
  void* const block = take_block(size);
  if (noting != nullptr && file != nullptr) noting->note(block, size, file);
  return block;
}
void* change_memory(void* block, std::size_t size, const char*, int) { return std::realloc(block, size); }
void give_memory_back(void* block, const char*, int) {
  if (noting != nullptr) noting->forget(block);
  auto& [blocks, count] = spare_buffers;
  const auto size = ::malloc_usable_size(block);
  if (size >= kRecordBuffer && size < kRecordBuffer + 64 && count < blocks.size()) {
    blocks[count++] = block;
  } else {
    std::free(block);
  }
}

/// Before anybody's constructor: OpenSSL lets its memory be changed only until it has used some.
[[gnu::constructor(101)]] void lend_memory() { CRYPTO_set_mem_functions(take_memory, change_memory, give_memory_back); }

// ---- TLS: OpenSSL straight on the descriptor ---------------------------------------------------------------------

/// OpenSSL's own socket BIO raises SIGPIPE and asks the kernel once more after every record to learn that there is
/// nothing; this one does neither.
struct Wire {
  int descriptor = -1;
  bool drained = false;  ///< the last recv brought less than there was room for
  bool ended = false;
  int error = 0;
};

int wire_read(BIO* bio, char* room, int size) {
  auto& wire = *static_cast<Wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  if (wire.drained) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const auto count = ::recv(wire.descriptor, room, static_cast<std::size_t>(size), MSG_DONTWAIT);
  Ahead::here().fetch_some();
  if (count > 0) {
    wire.drained = count < size;
  } else if (count == 0) {
    wire.ended = true;
  } else if (is_would_block(errno)) {
    BIO_set_retry_read(bio);
  } else {
    wire.error = errno;
  }
  return static_cast<int>(count);
}

int wire_write(BIO* bio, const char* bytes, int size) {
  auto& wire = *static_cast<Wire*>(BIO_get_data(bio));
  BIO_clear_retry_flags(bio);
  Ahead::here().fetch_some();
  const auto count = ::send(wire.descriptor, bytes, static_cast<std::size_t>(size), MSG_DONTWAIT | MSG_NOSIGNAL);
  Ahead::here().fetch_some();
  if (count < 0) {
    if (is_would_block(errno)) {
      BIO_set_retry_write(bio);
    } else {
      wire.error = errno;
    }
  }
  return static_cast<int>(count);
}

long wire_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

const BIO_METHOD* wire_method() {
  static BIO_METHOD* const method = [] {
    BIO_METHOD* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "otto wire");
    BIO_meth_set_read(made, wire_read);
    BIO_meth_set_write(made, wire_write);
    BIO_meth_set_ctrl(made, wire_control);
    return made;
  }();
  return method;
}

class TlsChannel final : public Channel {
 public:
  TlsChannel(int descriptor, SSL_CTX* context) : ssl_{SSL_new(context)} {
    wire_.descriptor = descriptor;
    BIO* const bio = BIO_new(wire_method());
    BIO_set_data(bio, &wire_);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_read_ahead(ssl_.get(), 1);  // one recv brings header and body, and often several records
    SSL_set_mode(ssl_.get(),
                 SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
    SSL_set_connect_state(ssl_.get());
  }

  /// As SSL_do_handshake, with what it waits for.
  int shake_hands(int& wants) {
    ERR_clear_error();
    wire_.drained = false;
    noting = &ciphers_;
    const int done = SSL_do_handshake(ssl_.get());
    noting = nullptr;
    wants = done == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), done);
    if (done != 1) note_error();
    return done;
  }

  Io read(std::span<char> room) override {
    forget_errors();
    if (!had_more_) wire_.drained = false;
    const int count = SSL_read(ssl_.get(), room.data(), to_int(room.size()));
    had_more_ = count > 0 && SSL_has_pending(ssl_.get()) == 1;
    if (count > 0) return {IoState::Done, static_cast<std::size_t>(count), had_more_};
    return ended(count);
  }
  Io write(std::string_view bytes) override {
    forget_errors();
    const int count = SSL_write(ssl_.get(), bytes.data(), to_int(bytes.size()));
    return count > 0 ? Io{IoState::Done, static_cast<std::size_t>(count)} : ended(count);
  }
  void end() override {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    ERR_clear_error();
    ::shutdown(wire_.descriptor, SHUT_WR);
  }
  TlsMemory memory() const noexcept override {
    TlsMemory memory{ssl_.get(), SSL_get_rbio(ssl_.get()), SSL_get_session(ssl_.get())};
    const auto& [blocks, count] = ciphers_;
    if (count == blocks.size()) {
      memory.reader = {blocks[0], blocks[1]};
      memory.writer = {blocks[2], blocks[3]};
    }
    return memory;
  }
  SSL* tls() noexcept override { return ssl_.get(); }
  std::string failure() const override { return failure_; }

 private:
  struct Free {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
  };

  /// SSL_get_error() reads whatever is in the thread's queue. It is empty nearly always, and emptying it is not cheap.
  static void forget_errors() {
    if (ERR_peek_error() != 0) ERR_clear_error();
  }
  static int to_int(std::size_t size) noexcept { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }
  Io ended(int count) {
    switch (SSL_get_error(ssl_.get(), count)) {
      case SSL_ERROR_WANT_READ:
      case SSL_ERROR_WANT_WRITE:
        return {IoState::WouldBlock};
      case SSL_ERROR_ZERO_RETURN:
        return {IoState::Ended};
      default:
        note_error();
        return {wire_.ended ? IoState::Ended : IoState::Failed};
    }
  }
  void note_error() {
    const auto code = ERR_peek_error();
    const char* const reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
    if (reason != nullptr) {
      failure_ = reason;
    } else {
      failure_ = wire_.error != 0 ? system_text(wire_.error) : "the peer ended the connection";
    }
  }

  Wire wire_;
  bool had_more_ = false;
  std::unique_ptr<SSL, Free> ssl_;
  std::string failure_;
  CipherContexts ciphers_;
};

}  // namespace

// Which lines of OpenSSL's objects a record touches (3.0, traced). In another version they are others, and the hint is
// worth less.
namespace {
struct Lines {
  std::uint8_t first, count;
};
constexpr std::array kRead{Lines{0, 3},  Lines{6, 1},  Lines{11, 1}, Lines{19, 1}, Lines{33, 1},
                           Lines{36, 1}, Lines{39, 2}, Lines{49, 2}, Lines{74, 2}, Lines{114, 3}};
constexpr std::array kWritten{Lines{0, 3},  Lines{6, 1},  Lines{11, 1}, Lines{19, 1}, Lines{33, 2}, Lines{36, 1},
                              Lines{39, 2}, Lines{42, 1}, Lines{46, 1}, Lines{49, 3}, Lines{114, 4}};
constexpr std::size_t kLineOfSession = 13;
constexpr std::size_t kLinesOfBio = 3, kLinesOfContext = 3, kLinesOfProviders = 15;

void expect(const TlsMemory& memory, std::span<const Lines> lines, const std::array<const void*, 2>& cipher) noexcept {
  if (memory.ssl == nullptr) return;
  auto& ahead = Ahead::here();
  for (const auto [first, count] : lines) ahead.add(static_cast<const char*>(memory.ssl) + kLine * first, count);
  if (memory.session != nullptr) ahead.add(static_cast<const char*>(memory.session) + kLine * kLineOfSession, 1);
  ahead.add(memory.bio, kLinesOfBio);
  ahead.add(cipher[0], kLinesOfContext);
  ahead.add(cipher[1], kLinesOfProviders);
}
}  // namespace

void TlsMemory::expect_read() const noexcept { expect(*this, kRead, reader); }
void TlsMemory::expect_write() const noexcept { expect(*this, kWritten, writer); }

std::unique_ptr<Channel> make_tcp_channel(int descriptor) { return std::make_unique<TcpChannel>(descriptor); }

Task<Result<std::unique_ptr<Channel>>> open_tls_channel(Socket& socket, const Url& url, Deadline& deadline) {
  auto context = client_tls();
  if (!context) co_return context.error();
  auto tls = std::make_unique<TlsChannel>(socket.native_handle(), (*context)->native_handle());
  if (auto prepared = prepare_tls(tls->tls(), url); !prepared) co_return prepared.error();
  const std::string sentence = "TLS with " + url.host + " was not set up";
  int wants = SSL_ERROR_NONE;
  while (tls->shake_hands(wants) != 1) {
    if (wants != SSL_ERROR_WANT_READ && wants != SSL_ERROR_WANT_WRITE)
      co_return Error{Errc::ConnectFailed, sentence + ": " + tls_failure(tls->tls(), tls->failure()) + "."};
    const auto what = wants == SSL_ERROR_WANT_READ ? Socket::wait_read : Socket::wait_write;
    auto [ec] = co_await socket.async_wait(what, rt::kNothrow);
    if (ec || deadline.expired()) co_return classify(ec, deadline, Errc::ConnectFailed, sentence);
  }
  co_return std::unique_ptr<Channel>{std::move(tls)};
}

}  // namespace otto::net
