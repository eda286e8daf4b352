#include "tls.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <map>
#include <memory>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <utility>
#include <vector>

#include "otto/base/clock.hpp"

namespace otto::net {

namespace ssl = boost::asio::ssl;

namespace {

constexpr std::chrono::hours kVerifiedFor{1};
constexpr std::size_t kTicketsPerPeer = 16, kPeers = 256;  // the oldest ticket goes; all of them, for a peer too many

struct FreeSession {
  void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
};
struct Ticket {
  std::unique_ptr<SSL_SESSION, FreeSession> session;
  SteadyPoint verified_at;  ///< when the certificate was, be it several tickets ago
};
/// The process has one loop; nobody else makes TLS connections.
std::map<std::string, std::vector<Ticket>>& tickets() {
  static std::map<std::string, std::vector<Ticket>> all;
  return all;
}

/// Whom a connection was made to; its tickets are kept under that name.
struct Peer {
  std::string name;
  SteadyPoint verified_at;
};

int peer_index() {
  static const int index = SSL_get_ex_new_index(
      0, nullptr, nullptr, nullptr,
      [](void*, void* peer, CRYPTO_EX_DATA*, int, long, void*) { delete static_cast<Peer*>(peer); });
  return index;
}

/// A copy, which shares the certificates: the connection's own session is void once that ends without a goodbye, which
/// TLS 1.1 has made harmless (RFC 4346 §7.2.1).
int keep_ticket(SSL* connection, SSL_SESSION* session) {
  constexpr int kNotTaken = 0;
  const auto* peer = static_cast<const Peer*>(SSL_get_ex_data(connection, peer_index()));
  if (peer == nullptr || SSL_SESSION_is_resumable(session) != 1) return kNotTaken;
  std::unique_ptr<SSL_SESSION, FreeSession> copy{SSL_SESSION_dup(session)};
  if (!copy) return kNotTaken;
  auto& all = tickets();
  if (all.size() >= kPeers && !all.contains(peer->name)) all.clear();
  auto& kept = all[peer->name];
  if (kept.size() >= kTicketsPerPeer) kept.erase(kept.begin());
  kept.push_back(Ticket{std::move(copy), peer->verified_at});
  return kNotTaken;
}

/// The newest ticket for the peer, if any is young enough.
void use_ticket(SSL* connection, Peer& peer) {
  const auto found = tickets().find(peer.name);
  if (found == tickets().end()) return;
  std::erase_if(found->second, [&](const Ticket& kept) { return kept.verified_at + kVerifiedFor < peer.verified_at; });
  if (found->second.empty()) {
    tickets().erase(found);
    return;
  }
  const Ticket ticket = std::move(found->second.back());
  found->second.pop_back();
  if (SSL_set_session(connection, ticket.session.get()) == 1) peer.verified_at = ticket.verified_at;
}

struct ClientTls {
  ssl::context context{ssl::context::tls_client};
  boost::system::error_code failure;

  ClientTls() {
    context.set_default_verify_paths(failure);  // honours SSL_CERT_FILE and SSL_CERT_DIR
    if (failure) return;
    context.set_verify_mode(ssl::verify_peer, failure);
    if (failure) return;
    if (SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION) != 1)
      failure = boost::asio::error::operation_not_supported;
    SSL_CTX_set_session_cache_mode(context.native_handle(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context.native_handle(), keep_ticket);
  }
};

}  // namespace

Result<ssl::context*> client_tls() {
  static ClientTls tls;
  if (tls.failure)
    return Error{Errc::Config, "The system's CA certificates cannot be loaded: " + tls.failure.message() +
                                   " (SSL_CERT_FILE, SSL_CERT_DIR)."};
  return &tls.context;
}

Result<void> prepare_tls(SSL* connection, const Url& url) {
  auto* const verify = SSL_get0_param(connection);
  // Names in the subject's CN have been out since RFC 6125; OpenSSL would still fall back to them.
  X509_VERIFY_PARAM_set_hostflags(verify, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  std::string host = url.host;
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  boost::system::error_code not_literal;
  boost::asio::ip::make_address(host, not_literal);
  const bool set = not_literal ? SSL_set_tlsext_host_name(connection, host.c_str()) == 1 &&
                                     SSL_set1_host(connection, host.c_str()) == 1
                               : X509_VERIFY_PARAM_set1_ip_asc(verify, host.c_str()) == 1;
  if (!set) return Error{Errc::Internal, "OpenSSL does not take the host name " + host + "."};
  auto peer = std::make_unique<Peer>(Peer{host + ":" + std::to_string(url.port), SystemClock{}.steady()});
  use_ticket(connection, *peer);
  if (SSL_set_ex_data(connection, peer_index(), peer.get()) == 1) std::ignore = peer.release();
  return {};
}

std::string tls_failure(SSL* connection, std::string otherwise) {
  const auto verdict = SSL_get_verify_result(connection);
  if (verdict == X509_V_OK) return otherwise;
  return std::string{"its certificate is not accepted: "} + X509_verify_cert_error_string(verdict);
}

}  // namespace otto::net
