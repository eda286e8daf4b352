#include "tls_peer.hpp"

#include <openssl/ssl.h>

namespace otto::net {

namespace ssl = boost::asio::ssl;

TlsServer make_tls_server(const Issued& identity, int max_version) {
  auto server = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX* const context = server->native_handle();
  SSL_CTX_use_certificate(context, identity.certificate.get());
  SSL_CTX_use_PrivateKey(context, identity.key.get());
  if (max_version != 0) {
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context, max_version);
  }
  return server;
}

TlsPeer::TlsPeer(RawPeer::Tcp::socket socket, TlsServer server)
    : server_{std::move(server)}, stream_{std::move(socket), *server_} {}

Task<bool> TlsPeer::handshake() {
  auto [ec] = co_await stream_.async_handshake(ssl::stream_base::server, rt::kNothrow);
  co_return !ec;
}

Task<bool> TlsPeer::send(std::string_view bytes) {
  auto [ec, count] = co_await boost::asio::async_write(stream_, boost::asio::buffer(bytes), rt::kNothrow);
  co_return !ec;
}

Task<bool> TlsPeer::hear() {
  char chunk[4096];
  auto [ec, count] = co_await stream_.async_read_some(boost::asio::buffer(chunk), rt::kNothrow);
  heard_.append(chunk, count);
  co_return !ec;
}

Task<bool> TlsPeer::hear_until(std::string text) {
  while (heard_.find(text) == std::string::npos) {
    if (!co_await hear()) co_return false;
  }
  co_return true;
}

Task<std::string> TlsPeer::hear_all() {
  while (co_await hear()) {
  }
  co_return heard_;
}

Task<void> TlsPeer::close() {
  std::ignore = co_await stream_.async_shutdown(rt::kNothrow);
  cut();
}

void TlsPeer::cut() {
  boost::system::error_code ignored;
  stream_.next_layer().close(ignored);
}

bool TlsPeer::resumed() { return SSL_session_reused(stream_.native_handle()) == 1; }

std::string TlsPeer::server_name() {
  const char* const name = SSL_get_servername(stream_.native_handle(), TLSEXT_NAMETYPE_host_name);
  return name == nullptr ? std::string{} : std::string{name};
}

}  // namespace otto::net
