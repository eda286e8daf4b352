// A connected descriptor as a byte stream that never waits: TCP as it is, or TLS on it. It does not own the descriptor.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <openssl/types.h>
#include <span>
#include <string>
#include <string_view>

#include "otto/base/error.hpp"
#include "otto/net/message.hpp"

#include "deadline.hpp"
#include "socket.hpp"

namespace otto::net {

enum class IoState : std::uint8_t { Done, WouldBlock, Ended, Failed };
struct Io {
  IoState state = IoState::WouldBlock;
  std::size_t bytes = 0;  ///< with Done, at least 1
  bool has_more = false;  ///< of a read: another one may bring bytes that no readiness announces
};

/// Where TLS keeps what every record touches; nowhere for TCP.
struct TlsMemory {
  const void* ssl = nullptr;
  const void* bio = nullptr;
  const void* session = nullptr;
  std::array<const void*, 2> reader{}, writer{};  ///< a cipher's context, and its provider's
  void expect_read() const noexcept;
  void expect_write() const noexcept;
};

class Channel {
 public:
  virtual ~Channel() = default;
  virtual Io read(std::span<char> room) = 0;
  virtual Io write(std::string_view bytes) = 0;
  /// Says that nothing more will be written; what had been written is sent on.
  virtual void end() = 0;
  virtual TlsMemory memory() const noexcept { return {}; }
  virtual SSL* tls() noexcept { return nullptr; }  ///< what is beneath, where TLS is
  virtual std::string failure() const = 0;         ///< why the last read or write failed
};

std::unique_ptr<Channel> make_tcp_channel(int descriptor);

/// The client's handshake with the name verified, over a socket that Asio still watches. `deadline` is armed.
Task<Result<std::unique_ptr<Channel>>> open_tls_channel(Socket& socket, const Url& url, Deadline& deadline);

}  // namespace otto::net
