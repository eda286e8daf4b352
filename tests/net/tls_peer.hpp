// A TLS server that says exactly what a test wants said inside the session.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <memory>
#include <string>

#include "raw_peer.hpp"
#include "test_ca.hpp"

namespace otto::net {

class TlsPeer {
 public:
  TlsPeer(RawPeer::Tcp::socket socket, const Issued& identity, int max_version = 0);
  /// False when the client does not go through with it.
  Task<bool> handshake();
  Task<bool> send(std::string_view bytes);
  Task<bool> hear_until(std::string text);
  Task<std::string> hear_all();
  /// With close_notify, or by cutting the TCP connection.
  Task<void> close();
  void cut();
  std::string server_name();
  std::string& heard() { return heard_; }

 private:
  Task<bool> hear();
  boost::asio::ssl::context context_;
  boost::asio::ssl::stream<RawPeer::Tcp::socket> stream_;
  std::string heard_;
};

}  // namespace otto::net
