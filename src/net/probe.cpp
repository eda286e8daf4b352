#include "otto/net/probe.hpp"

#include <array>
#include <boost/asio/this_coro.hpp>
#include <ctime>
#include <memory>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "address.hpp"
#include "channel.hpp"
#include "dialer.hpp"

namespace otto::net {

namespace {

struct FreeCertificate {
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};

std::string name_part(const X509_NAME* name, int part) {
  std::array<char, 256> text{};
  return X509_NAME_get_text_by_NID(name, part, text.data(), static_cast<int>(text.size())) > 0 ? text.data() : "";
}

Result<ServerCertificate> read_certificate(SSL* connection) {
  const std::unique_ptr<X509, FreeCertificate> shown{SSL_get1_peer_certificate(connection)};
  std::tm end{};
  if (!shown || ASN1_TIME_to_tm(X509_get0_notAfter(shown.get()), &end) != 1)
    return Error{Errc::Protocol, "The certificate's dates cannot be read."};
  const X509_NAME* const issuer = X509_get_issuer_name(shown.get());
  ServerCertificate certificate;
  certificate.issuer = name_part(issuer, NID_commonName);
  if (certificate.issuer.empty()) certificate.issuer = name_part(issuer, NID_organizationName);
  certificate.ends = TimePoint{seconds{::timegm(&end)}};
  return certificate;
}

}  // namespace

Task<Result<std::vector<HostAddress>>> look_up_host(std::string url, milliseconds timeout) {
  const auto parsed = parse_url(url);
  if (!parsed) co_return parsed.error();
  Deadline deadline{loop_executor(co_await boost::asio::this_coro::executor)};
  deadline.arm(timeout, nullptr);
  const auto found = co_await look_up(*parsed, deadline);
  if (!found) co_return found.error();
  std::vector<HostAddress> addresses;
  for (const auto& endpoint : *found)
    addresses.push_back(HostAddress{endpoint.address().to_string(), is_public_address(endpoint.address())});
  co_return addresses;
}

Task<Result<ServerCertificate>> look_at_certificate(std::string url, milliseconds timeout) {
  const auto parsed = parse_url(url);
  if (!parsed) co_return parsed.error();
  if (!parsed->tls()) co_return Error{Errc::InvalidInput, "The URL must begin with https:// or wss://."};
  Deadline deadline{loop_executor(co_await boost::asio::this_coro::executor)};
  deadline.arm(timeout, nullptr);
  const AddressRule any_address;
  auto dialed = co_await dial(*parsed, any_address, deadline);
  if (!dialed) co_return dialed.error();
  Socket socket = std::move(*dialed);
  deadline.on_expiry([&socket] { close_quietly(socket); });
  const auto channel = co_await open_tls_channel(socket, *parsed, deadline);
  deadline.disarm();
  if (!channel && channel.error().code == Errc::ConnectFailed) co_return Error{Errc::Protocol, channel.error().detail};
  if (!channel) co_return channel.error();
  co_return read_certificate((*channel)->tls());
}

}  // namespace otto::net
