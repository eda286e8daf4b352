#include "otto/base/network.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <string>

namespace otto {

std::optional<IpAddress> parse_ip(std::string_view text) {
  const std::string terminated{text};
  IpAddress address{};
  if (inet_pton(AF_INET6, terminated.c_str(), address.data()) == 1) return address;
  address[10] = address[11] = 0xFF;
  if (inet_pton(AF_INET, terminated.c_str(), &address[12]) == 1) return address;
  return std::nullopt;
}

bool Network::has(const IpAddress& other) const noexcept {
  for (std::size_t i = 0; i < address.size(); ++i) {
    const int left = std::clamp(bits - static_cast<int>(i) * 8, 0, 8);
    const auto mask = static_cast<std::uint8_t>(0xFF00U >> static_cast<unsigned>(left));
    if (((address[i] ^ other[i]) & mask) != 0) return false;
  }
  return true;
}

std::optional<Network> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = parse_ip(text.substr(0, slash));
  if (!address) return std::nullopt;
  Network network{*address, 128};
  if (slash == std::string_view::npos) return network;
  const auto length = text.substr(slash + 1);
  const bool is_v4 = text.substr(0, slash).find(':') == std::string_view::npos;
  int bits = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bits);
  if (error != std::errc{} || end != length.data() + length.size() || bits < 0 || bits > (is_v4 ? 32 : 128))
    return std::nullopt;
  network.bits = is_v4 ? bits + 96 : bits;
  // A range whose address has bits behind its end was meant to be another one.
  for (int bit = network.bits; bit < 128; ++bit)
    if ((network.address[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8) & 1) != 0) return std::nullopt;
  return network;
}

bool is_in(std::span<const Network> networks, std::string_view address) {
  const auto parsed = parse_ip(address);
  return parsed && std::ranges::any_of(networks, [&](const Network& network) { return network.has(*parsed); });
}

}  // namespace otto
