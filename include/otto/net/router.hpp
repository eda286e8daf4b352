// A table of routes: method, pattern, guard, body limit, handler. 404, 405 (with Allow) and OPTIONS fall out of it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "otto/net/http_server.hpp"
#include "otto/net/message.hpp"

namespace otto::net {

struct Route {
  std::string method, pattern;  ///< "/api/n8n/stop-campaign/:campaignId"
  std::string guard;  ///< who may call it, in the words of docs and tests: "api_key", "twilio_signature", "none"
  std::size_t max_body = 64 * 1024;
  /// Runs before the handler; an answer refuses the request. Every route has one ("none" included).
  std::function<std::optional<Response>(const Request&)> check;
  std::function<Task<Response>(Request)> handle;               ///< unset for WebSocket routes
  std::function<Task<HttpHandler::Upgrade>(Request)> upgrade;  ///< unset for HTTP routes

  Route() = default;
};

class Router final : public HttpHandler {
 public:
  explicit Router(std::vector<Route> routes);
  std::size_t max_body(const Request& head) override;
  Task<Response> handle(Request request) override;
  Task<Upgrade> upgrade(Request request) override;
  const std::vector<Route>& routes() const noexcept { return routes_; }

 private:
  const Route* find(const Request& request, std::vector<std::pair<std::string, std::string>>* params,
                    std::string* allow) const;
  std::vector<Route> routes_;
};

}  // namespace otto::net
