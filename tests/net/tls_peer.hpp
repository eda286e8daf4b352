// A TLS server that says exactly what a test wants said inside the session.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <string>
#include <utility>

#include "raw_peer.hpp"
#include "test_ca.hpp"

namespace otto::net {

using TlsServer = std::shared_ptr<boost::asio::ssl::context>;
/// Whoever meets it again may come with a ticket of its.
TlsServer make_tls_server(const Issued& identity, int max_version = 0);

class TlsPeer {
 public:
  TlsPeer(RawPeer::Tcp::socket socket, TlsServer server);
  TlsPeer(RawPeer::Tcp::socket socket, const Issued& identity, int max_version = 0)
      : TlsPeer{std::move(socket), make_tls_server(identity, max_version)} {}
  /// False when the client does not go through with it.
  Task<bool> handshake();
  Task<bool> send(std::string_view bytes);
  Task<bool> hear_until(std::string text);
  Task<std::string> hear_all();
  /// With close_notify, or by cutting the TCP connection.
  Task<void> close();
  void cut();
  std::string server_name();
  bool resumed();
  std::string& heard() { return heard_; }

 private:
  Task<bool> hear();
  TlsServer server_;
  boost::asio::ssl::stream<RawPeer::Tcp::socket> stream_;
  std::string heard_;
};

}  // namespace otto::net
