// What operators and machines call: health, readiness, metrics, the API's description, and the front door.
#include "otto/api/routes.hpp"
#include "otto/base/metrics.hpp"

namespace otto::api {

namespace {

net::Route open_route(std::string pattern, std::function<net::Response()> answer) {
  net::Route route;
  route.method = "GET";
  route.pattern = std::move(pattern);
  route.guard = "none";
  route.check = [](const net::Request&) { return std::nullopt; };
  route.handle = [answer = std::move(answer)](net::Request) -> Task<net::Response> { co_return answer(); };
  return route;
}

}  // namespace

std::vector<net::Route> ops_routes(const Deps& deps) {
  std::vector<net::Route> routes;
  routes.push_back(open_route("/healthz", [] { return net::json_response(200, Json{{"status", "ok"}}); }));
  routes.push_back(open_route("/readyz", [&deps] {
    if (deps.draining()) return net::error_response(503, "draining", "This instance is shutting down.");
    if (const auto failure = deps.recorder.journal_failure())
      return net::error_response(503, "journal_failed", failure->detail);
    return net::json_response(200, Json{{"status", "ready"}});
  }));
  routes.push_back(open_route("/metrics", [&deps] {
    metrics::set("otto_live_calls", static_cast<double>(deps.calls.active()));
    return net::Response{200, "text/plain; version=0.0.4; charset=utf-8", metrics::text()};
  }));
  routes.push_back(
      open_route("/openapi.json", [] { return net::Response{200, "application/json", std::string{openapi_json()}}; }));
  if (deps.files) return routes;  // the page is at the door
  routes.push_back(open_route("/", [] {
    return net::json_response(200, Json{{"name", "Otto"},
                                        {"version", std::string{kVersion}},
                                        {"api", "/openapi.json"},
                                        {"status", "/api/n8n/otto-status"}});
  }));
  return routes;
}

std::vector<net::Route> make_routes(const Deps& deps) {
  std::vector<net::Route> all;
  for (auto group :
       {n8n_routes(deps), campaign_routes(deps), do_not_call_routes(deps), twilio_routes(deps), elevenlabs_routes(deps),
        webhook_routes(deps), audit_routes(deps), person_routes(deps), view_routes(deps), live_routes(deps),
        session_routes(deps), deps.files ? page_routes(*deps.files) : std::vector<net::Route>{}, ops_routes(deps)}) {
    for (net::Route& route : group) all.push_back(std::move(route));
  }
  return all;
}

}  // namespace otto::api
