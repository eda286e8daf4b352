// A connected descriptor as a byte stream that never waits: TCP as it is, or TLS on it. It does not own the descriptor.
#pragma once

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

class Channel {
 public:
  virtual ~Channel() = default;
  virtual Io read(std::span<char> room) = 0;
  virtual Io write(std::string_view bytes) = 0;
  /// Says that nothing more will be written; what had been written is sent on.
  virtual void end() = 0;
  virtual const void* state() const noexcept { return nullptr; }  ///< for fetch()
  /// A read or a write on the channel of this state() comes soon.
  static void fetch(const void* state) noexcept;
  virtual SSL* tls() noexcept { return nullptr; }  ///< what is beneath, where TLS is
  virtual std::string failure() const = 0;         ///< why the last read or write failed
};

std::unique_ptr<Channel> make_tcp_channel(int descriptor);

/// The client's handshake with the name verified, over a socket that Asio still watches. `deadline` is armed.
Task<Result<std::unique_ptr<Channel>>> open_tls_channel(Socket& socket, const Url& url, Deadline& deadline);

}  // namespace otto::net
