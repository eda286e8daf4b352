#include "tests/system/database_door.hpp"

#include <array>
#include <cstring>
#include <fcntl.h>
#include <list>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <vector>

namespace otto::system_test {
namespace {

constexpr const char* kName = "/.s.PGSQL.5432";

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) throw std::runtime_error{"too long for a socket: " + path};
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

int listen_at(const std::string& path) {
  ::unlink(path.c_str());
  const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  const auto address = address_of(path);
  if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || ::listen(listener, 64) != 0)
    throw std::runtime_error{"cannot listen at " + path};
  return listener;
}

int connect_to(const std::string& path) {
  const int socket = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = address_of(path);
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return socket;
  ::close(socket);
  return -1;
}

/// One direction's bytes, as far as there are some. False at the end.
bool pass(int from, int to) {
  std::array<char, 16384> bytes;
  const auto count = ::recv(from, bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (count < 0) return errno == EAGAIN;
  for (ssize_t sent = 0; sent < count;) {
    const auto more = ::send(to, bytes.data() + sent, static_cast<std::size_t>(count - sent), MSG_NOSIGNAL);
    if (more <= 0) return false;
    sent += more;
  }
  return count > 0;
}

}  // namespace

DatabaseDoor::DatabaseDoor(const std::string& url, std::string directory) : socket_{directory + kName} {
  const auto host = url.find("host=");
  if (host == std::string::npos) throw std::runtime_error{"no socket directory in " + url};
  const auto begin = host + 5, end = std::min(url.find('&', begin), url.size());
  server_ = url.substr(begin, end - begin) + kName;
  url_ = url.substr(0, begin) + directory + url.substr(end);
  thread_ = std::thread{[this, listener = listen_at(socket_)] { run(listener); }};  // open before anybody knocks
}

DatabaseDoor::~DatabaseDoor() {
  ends_ = true;
  thread_.join();
  ::unlink(socket_.c_str());
}

void DatabaseDoor::run(int listener) {
  struct Pair {
    int client, server;
  };
  std::list<Pair> pairs;
  const auto end = [&](std::list<Pair>::iterator pair) {
    ::close(pair->client);
    ::close(pair->server);
    return pairs.erase(pair);
  };
  while (!ends_) {
    const State state = state_;
    if (state == State::Shut) {
      for (auto pair = pairs.begin(); pair != pairs.end();) pair = end(pair);
      if (listener >= 0) ::close(std::exchange(listener, -1));
    } else if (listener < 0) {
      listener = listen_at(socket_);
    }
    std::vector<pollfd> waits;
    if (state == State::Open) {
      waits.push_back({listener, POLLIN, 0});
      for (const Pair& pair : pairs) {
        waits.push_back({pair.client, POLLIN, 0});
        waits.push_back({pair.server, POLLIN, 0});
      }
    }
    ::poll(waits.data(), waits.size(), 10);
    if (state != State::Open) continue;
    for (auto pair = pairs.begin(); pair != pairs.end();)
      pair = pass(pair->client, pair->server) && pass(pair->server, pair->client) ? std::next(pair) : end(pair);
    if (const int client = ::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC); client >= 0) {
      const int server = connect_to(server_);
      if (server >= 0)
        pairs.push_back({client, server});
      else
        ::close(client);
    }
  }
  for (auto pair = pairs.begin(); pair != pairs.end();) pair = end(pair);
  if (listener >= 0) ::close(listener);
}

}  // namespace otto::system_test
