#include "otto/base/network.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace otto {
namespace {

std::vector<Network> networks(std::initializer_list<const char*> texts) {
  std::vector<Network> out;
  for (const char* text : texts) out.push_back(parse_network(text).value());
  return out;
}

TEST(Network, HasItsAddressesToTheEdgesAndNoOthers) {
  const auto some = networks({"10.0.0.0/8", "192.0.2.128/25", "203.0.113.7", "2001:db8::/33"});

  for (const char* inside : {"10.0.0.0", "10.255.255.255", "192.0.2.128", "192.0.2.255", "203.0.113.7", "2001:db8::1",
                             "2001:db8:7fff:ffff::1", "::ffff:10.1.2.3"})
    EXPECT_TRUE(is_in(some, inside)) << inside;
  for (const char* outside : {"9.255.255.255", "11.0.0.0", "192.0.2.127", "192.0.3.0", "203.0.113.6", "203.0.113.8",
                              "2001:db8:8000::", "2001:db9::", "::10.1.2.3", "", "name", "10.0.0.1:80", "10.0.0"})
    EXPECT_FALSE(is_in(some, outside)) << outside;
}

TEST(Network, TheWholeInternetIsARangeToo) {
  EXPECT_TRUE(is_in(networks({"0.0.0.0/0"}), "198.51.100.7"));
  EXPECT_FALSE(is_in(networks({"0.0.0.0/0"}), "2001:db8::1"));
  EXPECT_TRUE(is_in(networks({"::/0"}), "198.51.100.7"));
}

TEST(Network, WhatIsNoRangeIsRefused) {
  for (const char* bad : {"", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.1/8", "::1/127", "/8",
                          "localhost", "10.0.0/8", "2001:db8::/129", "fe80::1%eth0", "10.0.0.0/8/8"})
    EXPECT_FALSE(parse_network(bad)) << bad;
}

}  // namespace
}  // namespace otto
