// Before the router: what every answer carries for the sake of browsers, and the renewal of sessions.
#pragma once

#include "otto/api/doors.hpp"
#include "otto/net/http_server.hpp"

namespace otto::api {

class Front final : public net::HttpHandler {
 public:
  /// Both outlive it. `is_tls`: browsers are told to come by https only.
  Front(net::HttpHandler& inner, const Doors& doors, bool is_tls) : inner_{inner}, doors_{doors}, is_tls_{is_tls} {}

  std::size_t max_body(const net::Request& head) override { return inner_.max_body(head); }
  std::optional<net::Response> refuse(const net::Request& head) override;
  Task<net::Response> handle(net::Request request) override;
  Task<Upgrade> upgrade(net::Request request) override;

 private:
  void dress(net::Response& response, bool is_api) const;

  net::HttpHandler& inner_;
  const Doors& doors_;
  bool is_tls_;
};

}  // namespace otto::api
