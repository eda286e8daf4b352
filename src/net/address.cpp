#include "address.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace otto::net {
namespace {

namespace ip = boost::asio::ip;

struct V4Range {
  std::uint32_t first;
  int bits;
};

constexpr std::uint32_t v4(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

constexpr std::array kNotPublicV4{
    V4Range{v4(0, 0, 0, 0), 8},        // this network
    V4Range{v4(10, 0, 0, 0), 8},       // private
    V4Range{v4(100, 64, 0, 0), 10},    // carrier-grade NAT; 100.100.100.200 is a metadata service
    V4Range{v4(127, 0, 0, 0), 8},      // loopback
    V4Range{v4(169, 254, 0, 0), 16},   // link-local; 169.254.169.254 is the clouds' metadata service
    V4Range{v4(172, 16, 0, 0), 12},    // private
    V4Range{v4(192, 0, 0, 0), 24},     // protocol assignments
    V4Range{v4(192, 0, 2, 0), 24},     // documentation
    V4Range{v4(192, 88, 99, 0), 24},   // 6to4 relays
    V4Range{v4(192, 168, 0, 0), 16},   // private
    V4Range{v4(198, 18, 0, 0), 15},    // benchmarking
    V4Range{v4(198, 51, 100, 0), 24},  // documentation
    V4Range{v4(203, 0, 113, 0), 24},   // documentation
    V4Range{v4(224, 0, 0, 0), 4},      // multicast
    V4Range{v4(240, 0, 0, 0), 4},      // reserved, broadcast
};

bool is_public_v4(std::uint32_t address) noexcept {
  return std::none_of(kNotPublicV4.begin(), kNotPublicV4.end(),
                      [address](const V4Range& range) { return (address ^ range.first) >> (32 - range.bits) == 0; });
}

bool is_public_v6(const ip::address_v6::bytes_type& b) noexcept {
  const auto word = [&b](std::size_t i) { return static_cast<std::uint32_t>(b[i] << 8 | b[i + 1]); };
  const auto embedded = v4(b[12], b[13], b[14], b[15]);
  const bool zero_2_to_12 = std::all_of(b.begin() + 2, b.begin() + 12, [](auto byte) { return byte == 0; });
  if (word(0) == 0x64 && b[2] == 0xff && b[3] == 0x9b) {  // NAT64: 64:ff9b::/96 carries an IPv4 address
    const bool well_known = std::all_of(b.begin() + 4, b.begin() + 12, [](auto byte) { return byte == 0; });
    return well_known && is_public_v4(embedded);
  }
  const bool mapped = word(0) == 0 && std::all_of(b.begin() + 2, b.begin() + 10, [](auto byte) { return byte == 0; }) &&
                      word(10) == 0xffff;
  if (mapped) return is_public_v4(embedded);
  if (word(0) == 0 && zero_2_to_12) return false;  // ::, ::1, IPv4-compatible
  // Only 2000::/3 is global unicast; inside it some blocks are not.
  if ((b[0] & 0xe0) != 0x20) return false;
  if (word(0) == 0x2001 && word(2) < 0x0200) return false;   // 2001::/23: Teredo, ORCHID, benchmarking
  if (word(0) == 0x2001 && word(2) == 0x0db8) return false;  // documentation
  if (word(0) == 0x2002) return false;                       // 6to4
  return !(word(0) == 0x3fff && b[2] < 0x10);                // documentation, RFC 9637
}

}  // namespace

bool is_public_address(const ip::address& address) noexcept {
  return address.is_v4() ? is_public_v4(address.to_v4().to_uint()) : is_public_v6(address.to_v6().to_bytes());
}

}  // namespace otto::net
