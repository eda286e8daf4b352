#include "otto/net/listeners.hpp"

#include <cstdlib>
#include <fstream>
#include <string>

namespace otto::net {

int listeners_on(std::uint16_t port) {
  int found = 0;
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream file{table};
    std::string line, slot, local, remote, state;
    std::getline(file, line);  // the heading
    while (file >> slot >> local >> remote >> state && std::getline(file, line)) {
      const auto colon = local.rfind(':');
      if (state != "0A" || colon == std::string::npos) continue;  // TCP_LISTEN
      if (std::strtoul(local.c_str() + colon + 1, nullptr, 16) == port) ++found;
    }
  }
  return found;
}

}  // namespace otto::net
