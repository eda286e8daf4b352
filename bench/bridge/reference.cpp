// bench_reference: the least that a bridge can do, as a yardstick. It takes a connection (as from the carrier), opens
// one of its own to the agent, and forwards whatever it reads from either to the other: one recv, one send, one thread,
// one level-triggered epoll. With TLS to the agent by OpenSSL (certificate verified, records read in bursts), as a real
// bridge must have it.
//
// It does not look into a single byte: no WebSocket frames (so it neither unmasks nor masks, and answers no ping), no
// JSON, no base64, no playout, no timers, no reports. It pairs sockets by accepting one and opening another. What it
// costs is the price of the sockets and of TLS; what the daemon costs beyond it is the daemon's own.
//
//   bench_reference AGENT_PORT [CA_FILE]    listens on a free loopback port and prints it; without CA_FILE in plain
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <sys/epoll.h>
#include <unistd.h>

#include "bench/bridge/poller.hpp"
#include "bench/bridge/stream.hpp"

namespace otto::bench {
namespace {

class Pair;

struct End final : Ready {
  Pair* pair = nullptr;
  End* other = nullptr;
  Stream stream;
  bool is_watched_for_room = false;
  void on_ready(std::uint32_t events) override;
};

class Pair {
 public:
  Pair(Poller& poller, int carrier_fd, int agent_fd, SSL_CTX* tls) : poller_{poller} {
    carrier_.pair = agent_.pair = this;
    carrier_.other = &agent_;
    agent_.other = &carrier_;
    carrier_.stream.open(carrier_fd);
    if (tls != nullptr) {
      agent_.stream.open_tls(agent_fd, tls, false);
    } else {
      agent_.stream.open(agent_fd);
    }
    poller.watch(carrier_fd, &carrier_);
    poller.watch(agent_fd, &agent_);
    if (tls != nullptr) agent_.on_ready(0);  // the client speaks first
  }

  void close() {
    carrier_.stream.close();
    agent_.stream.close();
  }
  void watch_for_room(End& end) {
    if (end.stream.is_blocked() == end.is_watched_for_room) return;
    end.is_watched_for_room = end.stream.is_blocked();
    poller_.watch_writable(end.stream.fd(), &end, end.is_watched_for_room);
  }

 private:
  Poller& poller_;
  End carrier_, agent_;
};

void End::on_ready(std::uint32_t events) {
  static std::array<char, 64 * 1024> chunk;
  if (!stream.is_open()) return;
  if ((events & EPOLLOUT) != 0 || stream.is_blocked()) {
    if (!stream.flush()) return pair->close();
    pair->watch_for_room(*this);
  }
  do {
    const int count = stream.read(chunk.data(), chunk.size());
    if (count == 0) break;
    if (count < 0 || !other->stream.write({chunk.data(), static_cast<std::size_t>(count)})) return pair->close();
    pair->watch_for_room(*other);
  } while (stream.has_more());
  if (stream.is_blocked() && stream.flush()) pair->watch_for_room(*this);  // what waited for the TLS handshake
}

class Listener final : public Ready {
 public:
  Listener(Poller& poller, std::uint16_t agent_port, SSL_CTX* tls)
      : poller_{poller}, agent_port_{agent_port}, tls_{tls}, fd_{listen_on(0)} {
    poller.watch(fd_, this);
    std::printf("bench_reference listens on http://127.0.0.1:%u\n", unsigned{port_of(fd_)});
    std::fflush(stdout);
  }
  void on_ready(std::uint32_t) override {
    for (int fd = accept_from(fd_); fd >= 0; fd = accept_from(fd_))
      pairs_.push_back(std::make_unique<Pair>(poller_, fd, connect_to(agent_port_), tls_));
  }

 private:
  Poller& poller_;
  std::uint16_t agent_port_;
  SSL_CTX* tls_;
  int fd_;
  std::vector<std::unique_ptr<Pair>> pairs_;
};

}  // namespace
}  // namespace otto::bench

int main(int count, char** words) {
  using namespace otto::bench;
  if (count < 2) {
    std::fprintf(stderr, "usage: bench_reference AGENT_PORT [CA_FILE]\n");
    return 2;
  }
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  Poller poller;
  const Listener listener{poller, static_cast<std::uint16_t>(std::atoi(words[1])),
                          count > 2 ? make_tls_client(words[2]) : nullptr};
  poller.run([] { return false; });
}
