#include "otto/net/private_host.hpp"

#include "otto/base/text.hpp"

#include "net/address.hpp"

namespace otto::net {

bool names_private_host(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host.ends_with('.')) host.remove_suffix(1);
  if (iequals(host, "localhost") || to_lower(host).ends_with(".localhost")) return true;
  boost::system::error_code not_an_address;
  const auto address = boost::asio::ip::make_address(std::string{host}, not_an_address);
  return !not_an_address && !is_public_address(address);
}

}  // namespace otto::net
