#include "bench/bridge/http.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sys/epoll.h>
#include <unistd.h>

#include "otto/base/text.hpp"

namespace otto::bench {

namespace {

constexpr std::size_t kMaxConnections = 64;  // at once to the daemon, as the carrier's own proxies keep some open

/// All that is there now; false when the peer is gone.
bool read_all(Stream& stream, std::string& into) {
  std::array<char, 64 * 1024> chunk;
  for (;;) {
    const int count = stream.read(chunk.data(), chunk.size());
    if (count > 0) into.append(chunk.data(), static_cast<std::size_t>(count));
    if (count == 0) return true;
    if (count < 0) return false;
  }
}

}  // namespace

std::string_view HttpText::header(std::string_view name) const {
  const auto at = head.find("\r\n" + std::string{name} + ":");
  if (at == std::string::npos) return {};
  const auto from = at + name.size() + 3;
  return trim(std::string_view{head}.substr(from, head.find("\r\n", from) - from));
}

bool take_http(std::string& bytes, HttpText& out) {
  const auto end = bytes.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  const auto line_end = bytes.find("\r\n");
  out.head = to_lower(std::string_view{bytes}.substr(line_end, end - line_end + 2));
  const auto length = static_cast<std::size_t>(std::atoll(std::string{out.header("content-length")}.c_str()));
  if (bytes.size() < end + 4 + length) return false;
  const auto words = split(std::string_view{bytes}.substr(0, line_end), ' ');
  out.first = words[0];
  out.second = words.size() > 1 ? words[1] : "";
  out.body = bytes.substr(end + 4, length);
  bytes.erase(0, end + 4 + length);
  return true;
}

class HttpServer::Peer final : public Ready {
 public:
  Peer(HttpServer& server, int fd) : server_{server} { stream_.open(fd); }
  Stream& stream() { return stream_; }

  void on_ready(std::uint32_t) override {
    if (!stream_.is_open()) return;
    const bool alive = read_all(stream_, bytes_);
    HttpText request;
    while (take_http(bytes_, request)) {
      const auto answer = server_.handler_(request);
      stream_.write("HTTP/1.1 " + std::to_string(answer.status) + " Answer\r\nContent-Type: " + answer.type +
                    "\r\nContent-Length: " + std::to_string(answer.body.size()) + "\r\n\r\n" + answer.body);
    }
    if (alive && stream_.flush()) return;
    stream_.close();
    const auto self = std::find_if(server_.peers_.begin(), server_.peers_.end(),
                                   [this](const auto& peer) { return peer.get() == this; });
    server_.poller_.retire(std::move(*self));
    server_.peers_.erase(self);
  }

 private:
  HttpServer& server_;
  Stream stream_;
  std::string bytes_;
};

HttpServer::HttpServer(Poller& poller, Handler handler)
    : poller_{poller}, handler_{std::move(handler)}, listener_{listen_on(0)}, port_{port_of(listener_)} {
  poller_.watch(listener_, this);
}
HttpServer::~HttpServer() { ::close(listener_); }

void HttpServer::on_ready(std::uint32_t) {
  for (int fd = accept_from(listener_); fd >= 0; fd = accept_from(listener_)) {
    peers_.push_back(std::make_unique<Peer>(*this, fd));
    poller_.watch(fd, peers_.back().get());
  }
}

class HttpClient::Peer final : public Ready {
 public:
  Peer(HttpClient& client, int fd) : client_{client} { stream_.open(fd); }
  Stream& stream() { return stream_; }
  bool is_busy() const { return is_busy_; }

  void start(Request request) {
    is_busy_ = true;
    request_ = std::move(request);
    stream_.write(request_.method + " " + request_.target +
                  " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(client_.port_) + "\r\n" + request_.headers +
                  "Content-Length: " + std::to_string(request_.body.size()) + "\r\n\r\n" + request_.body);
    client_.poller_.watch_writable(stream_.fd(), this, stream_.is_blocked());
  }

  void on_ready(std::uint32_t events) override {
    if (!stream_.is_open()) return;
    const bool alive = stream_.flush() && read_all(stream_, bytes_) && (events & EPOLLERR) == 0;
    if (alive && (events & EPOLLOUT) != 0) client_.poller_.watch_writable(stream_.fd(), this, stream_.is_blocked());
    HttpText answer;
    const bool answered = take_http(bytes_, answer);
    if (!answered && alive) return;
    const bool was_busy = std::exchange(is_busy_, false);
    auto done = std::move(request_.done);
    if (!alive) leave();
    if (was_busy && done) done(answered ? std::atoi(answer.second.c_str()) : 0, answer.body);
    client_.next();
  }

 private:
  void leave() {
    stream_.close();
    const auto self = std::find_if(client_.peers_.begin(), client_.peers_.end(),
                                   [this](const auto& peer) { return peer.get() == this; });
    client_.poller_.retire(std::move(*self));
    client_.peers_.erase(self);
  }

  HttpClient& client_;
  Stream stream_;
  std::string bytes_;
  Request request_;
  bool is_busy_ = false;
};

HttpClient::HttpClient(Poller& poller, std::uint16_t port) : poller_{poller}, port_{port} {}
HttpClient::~HttpClient() = default;

void HttpClient::close() { peers_.clear(); }

void HttpClient::send(Request request) {
  waiting_.push_back(std::move(request));
  next();
}

void HttpClient::next() {
  while (!waiting_.empty()) {
    auto free = std::find_if(peers_.begin(), peers_.end(), [](const auto& peer) { return !peer->is_busy(); });
    if (free == peers_.end()) {
      if (peers_.size() >= kMaxConnections) return;
      const int fd = connect_to(port_);
      peers_.push_back(std::make_unique<Peer>(*this, fd));
      poller_.watch(fd, peers_.back().get());
      free = peers_.end() - 1;
    }
    auto request = std::move(waiting_.front());
    waiting_.pop_front();
    (*free)->start(std::move(request));
  }
}

}  // namespace otto::bench
