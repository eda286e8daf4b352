#include "otto/net/probe.hpp"

#include "net_fixture.hpp"
#include "tls_peer.hpp"

namespace otto::net {
namespace {

class ProbeTest : public NetTest {
 protected:
  ProbeTest() { trusted_ca(); }

  Result<ServerCertificate> look(const CertificateWish& wish) {
    std::optional<Result<ServerCertificate>> seen;
    run(look_at(trusted_ca().issue(wish), seen));
    return seen.value();
  }

 private:
  Task<void> look_at(Issued identity, std::optional<Result<ServerCertificate>>& seen) {
    RawListener listener{loop};
    rt::Group group{loop, "test"};
    group.spawn("server", serve(listener, identity));
    seen.emplace(
        co_await look_at_certificate("https://localhost:" + std::to_string(listener.port()), milliseconds{10'000}));
    listener.close();
    co_await group.join();
  }
  static Task<void> serve(RawListener& listener, const Issued& identity) {
    auto accepted = co_await listener.try_accept();
    if (!accepted) co_return;
    TlsPeer peer{std::move(accepted->socket()), identity};
    co_await peer.handshake();
    peer.cut();
  }
};

TEST_F(ProbeTest, ACertificateSaysHowLongItIsValid) {
  CertificateWish wish;
  wish.alternative_names = "DNS:localhost";
  wish.ends = 40L * 86'400;
  const auto seen = look(wish);

  ASSERT_TRUE(seen) << seen.error().detail;
  const auto left = seen->ends - SystemClock{}.now();
  EXPECT_GT(left, std::chrono::days{39});
  EXPECT_LE(left, std::chrono::days{40});
  EXPECT_FALSE(seen->issuer.empty());
}

TEST_F(ProbeTest, WhatClientsWouldRefuseIsRefusedInWords) {
  CertificateWish expired, elsewhere;
  expired.alternative_names = "DNS:localhost";
  expired.begins = -7'200;
  expired.ends = -3'600;
  elsewhere.alternative_names = "DNS:example.com";

  EXPECT_NE(look(expired).error().detail.find("expired"), std::string::npos);
  EXPECT_EQ(look(expired).error().code, Errc::Protocol);
  EXPECT_NE(look(elsewhere).error().detail.find("mismatch"), std::string::npos);
}

TEST_F(ProbeTest, AHostsAddressesAreToldWithWhoMayReachThem) {
  std::optional<Result<std::vector<HostAddress>>> literal, loopback;
  const auto look_both = [&]() -> Task<void> {
    literal.emplace(co_await look_up_host("https://8.8.8.8/x", milliseconds{5'000}));
    loopback.emplace(co_await look_up_host("https://[::1]:8443", milliseconds{5'000}));
  };
  run(look_both());

  ASSERT_TRUE(literal->has_value() && loopback->has_value());
  EXPECT_EQ((**literal)[0].text, "8.8.8.8");
  EXPECT_TRUE((**literal)[0].is_public);
  EXPECT_FALSE((**loopback)[0].is_public);
}

}  // namespace
}  // namespace otto::net
