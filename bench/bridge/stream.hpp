// A non-blocking TCP connection, with or without TLS, by plain system calls and OpenSSL: one recv per read, one send
// per write, nothing in between. Used by the load and by the reference alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <openssl/ssl.h>
#include <string>
#include <string_view>

namespace otto::bench {

/// Loopback sockets, non-blocking, TCP_NODELAY; they throw when there is none to be had.
int listen_on(std::uint16_t port);  ///< 0: any free port
std::uint16_t port_of(int fd);
int accept_from(int listener);       ///< -1: nobody is there
int connect_to(std::uint16_t port);  ///< the connection may still be under way

/// A private authority and a certificate for 127.0.0.1, made new in every run.
struct TlsIdentity {
  std::string ca_file;  ///< where the authority's certificate was written for SSL_CERT_FILE; removed at exit
  SSL_CTX* server = nullptr;
};
TlsIdentity make_tls_identity();
/// A client that trusts only `ca_file`.
SSL_CTX* make_tls_client(const std::string& ca_file);

class Stream {
 public:
  Stream() = default;
  ~Stream() { close(); }
  Stream(const Stream&) = delete;

  void open(int fd);
  void open_tls(int fd, SSL_CTX* context, bool is_server);
  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  void close();

  /// The bytes read; 0: none are there now; -1: the peer is gone.
  int read(char* into, std::size_t room);
  /// TLS holds bytes for which the socket will not wake anybody up.
  bool has_more() const { return ssl_ != nullptr && SSL_has_pending(ssl_) == 1; }
  /// What the kernel does not take at once is kept for flush(). False: the peer is gone.
  bool write(std::string_view bytes);
  bool flush();
  bool is_blocked() const { return !rest_.empty(); }

 private:
  /// How many were taken; -1: the peer is gone.
  std::ptrdiff_t put(std::string_view bytes);

  int fd_ = -1;
  SSL* ssl_ = nullptr;
  std::string rest_;
};

}  // namespace otto::bench
