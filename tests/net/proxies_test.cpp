// Whose word about a request's sender is believed.
#include "otto/net/proxies.hpp"

#include "tests/net/server_fixture.hpp"

namespace otto::net {
namespace {

std::string client(const char* peer, std::initializer_list<const char*> forwarded, const TrustedProxies& proxies = {}) {
  Headers headers;
  for (const char* value : forwarded) headers.add("x-forwarded-for", value);
  return client_of(peer, headers, proxies);
}

TrustedProxies trusting(std::initializer_list<const char*> ranges) {
  std::vector<Network> networks;
  for (const char* range : ranges) networks.push_back(parse_network(range).value());
  return networks;
}

TEST(Proxies, UnsetAPrivatePeersOwnWordIsBelievedAndNobodyElses) {
  EXPECT_EQ(client("127.0.0.1", {"10.9.9.9, 198.51.100.7"}), "198.51.100.7");
  EXPECT_EQ(client("172.18.0.2", {"198.51.100.8", "198.51.100.7"}), "198.51.100.7");
  EXPECT_EQ(client("172.18.0.2", {"198.51.100.8, 10.0.0.5"}), "10.0.0.5") << "what stands before it anybody may write";
  EXPECT_EQ(client("11.0.0.1", {"198.51.100.7"}), "11.0.0.1") << "a stranger's word about itself";
  EXPECT_EQ(client("127.0.0.1", {}), "127.0.0.1");
}

TEST(Proxies, AChainIsFollowedAsFarAsItIsOurs) {
  const auto ours = trusting({"203.0.113.0/24", "10.0.0.0/8"});

  EXPECT_EQ(client("10.0.0.2", {"198.51.100.9, 198.51.100.7, 203.0.113.5"}, ours), "198.51.100.7");
  EXPECT_EQ(client("10.0.0.2", {"198.51.100.9, 198.51.100.7", "203.0.113.5"}, ours), "198.51.100.7");
  EXPECT_EQ(client("10.0.0.2", {"203.0.113.4, 203.0.113.5"}, ours), "203.0.113.4") << "a proxy asks for itself";
  EXPECT_EQ(client("127.0.0.1", {"198.51.100.7"}, ours), "127.0.0.1") << "private alone is not enough any more";
  EXPECT_EQ(client("10.0.0.2", {"198.51.100.7"}, trusting({})), "10.0.0.2") << "none";
}

TEST(Proxies, WhatIsNoAddressIsNobodys) {
  const auto ours = trusting({"10.0.0.0/8"});

  EXPECT_EQ(client("10.0.0.2", {"198.51.100.7, unknown"}, ours), "10.0.0.2");
  EXPECT_EQ(client("10.0.0.2", {"198.51.100.7, \r\n"}, ours), "10.0.0.2");
  EXPECT_EQ(client("10.0.0.2", {"198.51.100.7:51234"}, ours), "198.51.100.7");
  EXPECT_EQ(client("10.0.0.2", {"[2001:db8::7]:51234"}, ours), "2001:db8::7");
  EXPECT_EQ(client("10.0.0.2", {"2001:db8::7"}, ours), "2001:db8::7");
  EXPECT_EQ(client("10.0.0.2", {"["}, ours), "10.0.0.2");
  EXPECT_EQ(client("10.0.0.2", {std::string(5000, ',').c_str()}, ours), "10.0.0.2");
}

using ProxiesServerTest = ServerTest;

TEST_F(ProxiesServerTest, TheHandlerSeesWhoAsksAndNotTheProxy) {
  serve([this]() -> Task<void> {
    co_await exchange(
        "GET /x HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 192.0.2.1, 198.51.100.7\r\nConnection: close\r\n\r\n");
  });

  ASSERT_EQ(handler.seen.size(), 1U);
  EXPECT_EQ(handler.seen[0].peer, "198.51.100.7");
}

}  // namespace
}  // namespace otto::net
