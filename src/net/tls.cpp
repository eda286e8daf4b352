#include "tls.hpp"

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace otto::net {

namespace ssl = boost::asio::ssl;

namespace {

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
  return {};
}

std::string tls_failure(SSL* connection, std::string otherwise) {
  const auto verdict = SSL_get_verify_result(connection);
  if (verdict == X509_V_OK) return otherwise;
  return std::string{"its certificate is not accepted: "} + X509_verify_cert_error_string(verdict);
}

}  // namespace otto::net
