#include "otto/net/router.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

#include "otto/base/clock.hpp"
#include "otto/base/metrics.hpp"

namespace otto::net {
namespace {

bool takes_one(std::string_view segment) { return segment.starts_with(':'); }
bool takes_rest(std::string_view segment) { return segment == "*"; }

/// The still encoded path of a request ("/a/b%2Fc" → "a", "b/c"): a %2F stays inside its segment.
std::vector<std::string> path_segments(const Request& request) {
  std::string_view path = request.target;
  if (const auto scheme = path.find("://"); scheme != std::string_view::npos && !path.starts_with('/')) {
    path.remove_prefix(std::min(path.find('/', scheme + 3), path.size()));
  }
  path = path.substr(0, path.find('?'));
  if (path.starts_with('/')) path.remove_prefix(1);
  auto segments = split(path, '/');
  for (auto& segment : segments) {
    // The server lets no broken escape through; a caller of its own gets the segment as it stands.
    if (auto decoded = percent_decode(segment)) segment = std::move(*decoded);
  }
  return segments;
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path, Params& params) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (takes_rest(pattern[i])) {
      std::string rest;
      for (std::size_t k = i; k < path.size(); ++k) rest += (k > i ? "/" : "") + path[k];
      params.emplace_back("*", std::move(rest));
      return i < path.size();
    }
    if (i >= path.size()) return false;
    if (takes_one(pattern[i])) {
      if (path[i].empty()) return false;
      params.emplace_back(pattern[i].substr(1), path[i]);
    } else if (pattern[i] != path[i]) {
      return false;
    }
  }
  return pattern.size() == path.size();
}

/// Which routes answer: a HEAD is a GET whose answer loses its body in the server.
std::string_view routed_method(const Request& request) {
  return request.method == "HEAD" ? std::string_view{"GET"} : std::string_view{request.method};
}

void add_allowed(std::string& allow, std::string_view method) {
  allow += (allow.empty() ? "" : ", ") + std::string{method};
  if (method == "GET") allow += ", HEAD";
}

void count(std::string_view route, int status) {
  metrics::add("otto_http_requests_total", {{"route", std::string{route}}, {"status", std::to_string(status)}});
}

/// Counts and times one request; 500 unless told otherwise, which is what the server's wall answers.
struct Measured {
  explicit Measured(const std::string& r) : route{r} {}
  Measured(const Measured&) = delete;
  ~Measured() {
    count(route, status);
    const std::chrono::duration<double> took = clock.steady() - began;
    metrics::observe("otto_http_request_seconds", took.count(), {{"route", route}});
  }
  SystemClock clock;
  const std::string& route;
  SteadyPoint began = clock.steady();
  int status = 500;
};

}  // namespace

Router::Router(std::vector<Route> routes) : routes_{std::move(routes)} {
  std::set<std::string> seen;
  for (const auto& route : routes_) {
    const auto name = route.method + " " + route.pattern;
    if (!route.check || !!route.handle == !!route.upgrade || !route.pattern.starts_with('/')) {
      throw std::logic_error{"route " + name + " needs a check and either a handler or an upgrade"};
    }
    if (!seen.insert(name).second) throw std::logic_error{"route " + name + " is there twice"};
    Entry entry{split(std::string_view{route.pattern}.substr(1), '/'), 0};
    entry.taking =
        static_cast<std::size_t>(std::count_if(entry.segments.begin(), entry.segments.end(), [](const auto& segment) {
          return takes_one(segment) || takes_rest(segment);
        }));
    entries_.push_back(std::move(entry));
  }
}

Router::Match Router::find(const Request& request) const {
  const auto path = path_segments(request);
  Match best;
  std::size_t best_taking = SIZE_MAX;
  std::size_t allow_taking = SIZE_MAX;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    Params params;
    if (!matches(entries_[i].segments, path, params)) continue;
    if (entries_[i].taking < allow_taking) {
      allow_taking = entries_[i].taking;
      best.allow.clear();
    }
    if (entries_[i].taking == allow_taking) add_allowed(best.allow, routes_[i].method);
    if (routes_[i].method != routed_method(request) || entries_[i].taking >= best_taking) continue;
    best_taking = entries_[i].taking;
    best.route = &routes_[i];
    best.params = std::move(params);
  }
  return best;
}

Response Router::refuse_unrouted(const Request& request, const Match& match) {
  if (request.method == "OPTIONS" && (!match.allow.empty() || request.target == "*")) {
    Response response;
    response.status = 204;
    response.headers.add("Allow", match.allow.empty() ? "GET, HEAD, POST, OPTIONS" : match.allow + ", OPTIONS");
    return response;
  }
  if (match.allow.empty()) return error_response(404, "not_found", "There is nothing at this path.");
  auto response =
      error_response(405, "method_not_allowed", "This path answers " + match.allow + ", not " + request.method + ".");
  response.headers.add("Allow", match.allow + ", OPTIONS");
  return response;
}

std::size_t Router::max_body(const Request& head) {
  const auto match = find(head);
  return match.route != nullptr ? match.route->max_body : 0;
}

std::optional<Response> Router::refuse(const Request& head) {
  auto match = find(head);
  std::optional<Response> answer;
  if (match.route == nullptr) {
    answer = refuse_unrouted(head, match);
    count("unknown", answer->status);
  } else if (match.route->upgrade) {
    answer = error_response(426, "upgrade_required", "This path speaks WebSocket; connect with ws:// or wss://.");
    answer->headers.add("Upgrade", "websocket");
    count(match.route->pattern, answer->status);
  } else if (match.route->check_on_head) {
    Request checked = head;
    checked.params = std::move(match.params);
    answer = match.route->check(checked);
    if (answer) count(match.route->pattern, answer->status);
  }
  return answer;
}

Task<Response> Router::handle(Request request) {
  auto match = find(request);
  if (match.route == nullptr || !match.route->handle) co_return refuse_unrouted(request, match);
  Measured measured{match.route->pattern};
  request.params = std::move(match.params);
  std::optional<Response> answer;
  if (!match.route->check_on_head) answer = match.route->check(request);
  if (!answer) answer = co_await match.route->handle(std::move(request));
  measured.status = answer->status;
  co_return std::move(*answer);
}

Task<HttpHandler::Upgrade> Router::upgrade(Request request) {
  auto match = find(request);
  Upgrade upgrade;
  if (match.route == nullptr || !match.route->upgrade) {
    upgrade.refuse = error_response(404, "not_found", "No WebSocket is served at this path.");
    count("unknown", 404);
    co_return upgrade;
  }
  request.params = std::move(match.params);
  upgrade.refuse = match.route->check(request);
  if (!upgrade.refuse) upgrade = co_await match.route->upgrade(std::move(request));
  count(match.route->pattern, upgrade.refuse ? upgrade.refuse->status : 101);
  co_return upgrade;
}

}  // namespace otto::net
