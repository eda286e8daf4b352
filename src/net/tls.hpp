// How every TLS client of the house verifies: system CAs (or SSL_CERT_FILE / SSL_CERT_DIR), the name or address in the
// certificate's subject alternative names, TLS 1.2 or later, SNI. There is no switch to turn any of it off.
//
// A peer whose certificate was verified within the last hour is met again by one of the tickets that it gave (RFC 8446
// §2.2): no second verification, which is most of a handshake's time, and no second copy of its certificates, which is
// most of a connection's memory. Each ticket is used once (§C.4), and only for the name and port it came from.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <string>

#include "otto/base/error.hpp"
#include "otto/net/message.hpp"

namespace otto::net {

/// One context for the process, made at the first use: loading the CA bundle takes milliseconds. Config when the CAs
/// cannot be loaded.
Result<boost::asio::ssl::context*> client_tls();

/// Before the handshake: the name to ask for and to verify, and a ticket if there is one.
Result<void> prepare_tls(SSL* connection, const Url& url);

/// What went wrong in a handshake: the certificate's fault in words, `otherwise` when it has none.
std::string tls_failure(SSL* connection, std::string otherwise);

}  // namespace otto::net
