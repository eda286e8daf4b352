// HTTP/1.1 for the control plane, a few hundred requests a second: whole bodies with a Content-Length, connections
// kept.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bench/bridge/poller.hpp"
#include "bench/bridge/stream.hpp"

namespace otto::bench {

struct HttpText {
  std::string first, second;  ///< method and target, or version and status
  std::string head;           ///< the header lines, lower case
  std::string body;
  std::string_view header(std::string_view lower_case_name) const;
};
/// Takes the first whole message off `bytes`; false: it is not all there.
bool take_http(std::string& bytes, HttpText& out);

class HttpServer final : public Ready {
 public:
  struct Answer {
    int status = 200;
    std::string body, type = "application/json";
  };
  using Handler = std::function<Answer(const HttpText&)>;

  HttpServer(Poller& poller, Handler handler);
  ~HttpServer() override;
  std::uint16_t port() const { return port_; }
  void on_ready(std::uint32_t events) override;

 private:
  class Peer;
  Poller& poller_;
  Handler handler_;
  int listener_;
  std::uint16_t port_;
  std::vector<std::unique_ptr<Peer>> peers_;
};

/// Requests to one loopback port, over as many kept connections as are needed at once, up to a bound.
class HttpClient {
 public:
  struct Request {
    std::string method, target, headers, body;                      ///< headers: whole lines with CRLF
    std::function<void(int status, const std::string& body)> done;  ///< status 0: no answer
  };
  HttpClient(Poller& poller, std::uint16_t port);
  ~HttpClient();
  void send(Request request);
  /// Closes what is kept open; between requests.
  void close();

 private:
  class Peer;
  void next();
  Poller& poller_;
  std::uint16_t port_;
  std::deque<Request> waiting_;
  std::vector<std::unique_ptr<Peer>> peers_;
};

}  // namespace otto::bench
