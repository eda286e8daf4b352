// A table of routes: method, pattern, guard, body limit, handler. 404, 405 (with Allow), HEAD and OPTIONS fall out of
// it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "otto/net/http_server.hpp"
#include "otto/net/message.hpp"

namespace otto::net {

struct Route {
  /// Segments are compared after percent-decoding, letter by letter. ":name" takes one segment, not empty; a last "*"
  /// takes what is left (param "*"). A plain segment wins over a taking one.
  std::string method, pattern;  ///< "/api/n8n/stop-campaign/:campaignId"
  std::string guard;  ///< who may call it, in the words of docs and tests: "api_key", "twilio_signature", "none"
  std::size_t max_body = 64 * 1024;
  /// Runs before the handler; an answer refuses the request. Every route has one ("none" included).
  std::function<std::optional<Response>(const Request&)> check;
  bool check_on_head = false;  ///< the check needs no body: it runs before a byte of the body is taken in
  std::function<Task<Response>(Request)> handle;               ///< unset for WebSocket routes
  std::function<Task<HttpHandler::Upgrade>(Request)> upgrade;  ///< unset for HTTP routes

  Route() = default;
};

class Router final : public HttpHandler {
 public:
  /// Throws std::logic_error for a route without check or handler, or named twice.
  explicit Router(std::vector<Route> routes);
  std::size_t max_body(const Request& head) override;
  std::optional<Response> refuse(const Request& head) override;
  Task<Response> handle(Request request) override;
  Task<Upgrade> upgrade(Request request) override;
  const std::vector<Route>& routes() const noexcept { return routes_; }

 private:
  struct Entry {
    std::vector<std::string> segments;
    std::size_t taking;  ///< how many of them are ":name" or "*"
  };
  struct Match {
    const Route* route = nullptr;
    Params params;
    std::string allow;  ///< the methods known for this path; empty: the path is unknown
  };
  Match find(const Request& request) const;
  static Response refuse_unrouted(const Request& request, const Match& match);

  std::vector<Route> routes_;
  std::vector<Entry> entries_;  ///< one for each route, cut once
};

}  // namespace otto::net
