#include "bench/bridge/stream.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <cstdlib>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/net/test_ca.hpp"

namespace otto::bench {

namespace {

constexpr int kBacklog = 4096;
/// Several records in one recv: what comes in a burst is read in a burst.
constexpr std::size_t kTlsReadBuffer = 32 * 1024;

int checked(int result, const char* what) {
  if (result < 0) throw std::runtime_error{std::string{what} + " failed: " + std::to_string(errno)};
  return result;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int new_socket() { return checked(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket"); }

void no_delay(int fd) {
  const int on = 1;
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void set_modes(SSL_CTX* context) {
  SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_default_read_buffer_len(context, kTlsReadBuffer);
}

}  // namespace

int listen_on(std::uint16_t port) {
  const int fd = new_socket();
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const auto address = loopback(port);
  checked(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind");
  checked(::listen(fd, kBacklog), "listen");
  return fd;
}

std::uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  checked(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  return ntohs(address.sin_port);
}

int accept_from(int listener) {
  const int fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0) no_delay(fd);
  return fd;
}

int connect_to(std::uint16_t port) {
  const int fd = new_socket();
  no_delay(fd);
  const auto address = loopback(port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 && errno != EINPROGRESS)
    checked(-1, "connect");
  return fd;
}

TlsIdentity make_tls_identity() {
  const auto& authority = net::trusted_ca();  // it writes SSL_CERT_FILE and removes the file at exit
  static const auto issued = [&authority] {
    net::CertificateWish wish;
    wish.alternative_names = "DNS:localhost,IP:127.0.0.1";
    return authority.issue(wish);
  }();
  TlsIdentity identity;
  identity.ca_file = std::getenv("SSL_CERT_FILE");
  identity.server = SSL_CTX_new(TLS_server_method());
  SSL_CTX_use_certificate(identity.server, issued.certificate.get());
  SSL_CTX_use_PrivateKey(identity.server, issued.key.get());
  set_modes(identity.server);
  return identity;
}

SSL_CTX* make_tls_client(const std::string& ca_file) {
  SSL_CTX* const context = SSL_CTX_new(TLS_client_method());
  if (SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr) != 1)
    throw std::runtime_error{"no CA certificate can be read from " + ca_file};
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  set_modes(context);
  return context;
}

void Stream::open(int fd) { fd_ = fd; }

void Stream::open_tls(int fd, SSL_CTX* context, bool is_server) {
  fd_ = fd;
  ssl_ = SSL_new(context);
  SSL_set_fd(ssl_, fd);
  if (is_server) {
    SSL_set_accept_state(ssl_);
  } else {
    SSL_set_connect_state(ssl_);
  }
}

void Stream::close() {
  if (ssl_ != nullptr) SSL_free(ssl_);
  if (fd_ >= 0) ::close(fd_);
  ssl_ = nullptr;
  fd_ = -1;
  rest_ = {};
}

int Stream::read(char* into, std::size_t room) {
  if (ssl_ == nullptr) {
    const auto count = ::recv(fd_, into, room, 0);
    if (count > 0) return static_cast<int>(count);
    return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : -1;
  }
  ERR_clear_error();
  const int count = SSL_read(ssl_, into, static_cast<int>(room));
  if (count > 0) return count;
  const int why = SSL_get_error(ssl_, count);
  return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

std::ptrdiff_t Stream::put(std::string_view bytes) {
  if (ssl_ == nullptr) {
    const auto count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count >= 0) return count;
    return errno == EAGAIN || errno == EINTR || errno == ENOTCONN ? 0 : -1;
  }
  ERR_clear_error();
  const int count = SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size()));
  if (count > 0) return count;
  const int why = SSL_get_error(ssl_, count);
  return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
}

bool Stream::write(std::string_view bytes) {
  if (fd_ < 0) return false;
  if (rest_.empty()) {
    const auto taken = put(bytes);
    if (taken < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(taken));
  }
  rest_.append(bytes);
  return true;
}

bool Stream::flush() {
  if (rest_.empty() || fd_ < 0) return fd_ >= 0;
  const auto taken = put(rest_);
  if (taken < 0) return false;
  rest_.erase(0, static_cast<std::size_t>(taken));
  return true;
}

}  // namespace otto::bench
