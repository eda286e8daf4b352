// Signing in and out, and the dashboard's page itself.
#include <array>

#include "otto/api/routes.hpp"

namespace otto::api {

namespace {

/// The page routes itself: each of its addresses is the same document.
constexpr std::array<std::string_view, 12> kPagePaths{
    "/",     "/audit", "/campaigns",   "/campaigns/*", "/calls",    "/calls/*",
    "/live", "/new",   "/do-not-call", "/undelivered", "/settings", "/sign-in"};
constexpr std::size_t kMaxSignIn = 4 * 1024;

net::Route open_route(std::string method, std::string pattern, std::string guard) {
  net::Route route;
  route.method = std::move(method);
  route.pattern = std::move(pattern);
  route.guard = std::move(guard);
  route.check = [](const net::Request&) { return std::nullopt; };
  return route;
}

net::Route file_route(const StaticFiles& files, std::string pattern, std::string name) {
  auto route = open_route("GET", std::move(pattern), "none");
  route.handle = [&files, name = std::move(name)](net::Request request) -> Task<net::Response> {
    const auto rest = request.param("*");
    co_return files.answer(request, name.ends_with('/') ? name + std::string{rest} : name);
  };
  return route;
}

}  // namespace

std::vector<net::Route> session_routes(const Deps& deps) {
  std::vector<net::Route> routes;
  routes.push_back(open_route("GET", "/api/session", "sign_in"));
  routes.back().handle = [&deps](net::Request request) -> Task<net::Response> {
    co_return deps.doors.show_session(request);
  };
  routes.push_back(open_route("POST", "/api/session", "sign_in"));
  routes.back().max_body = kMaxSignIn;
  routes.back().handle = [&deps](net::Request request) { return deps.doors.sign_in(std::move(request)); };
  routes.push_back(open_route("DELETE", "/api/session", "sign_in"));
  routes.back().handle = [&deps](net::Request request) { return deps.doors.sign_out(std::move(request)); };
  Doors& doors = deps.doors;
  const auto list = [&doors](net::Request request) { return doors.list_sessions(std::move(request)); };
  const auto end = [&doors](net::Request request) { return doors.end_session(std::move(request)); };
  const auto end_others = [&doors](net::Request request) { return doors.end_other_sessions(std::move(request)); };
  routes.push_back(doors.route("GET", "/api/sessions", list));
  routes.push_back(doors.route("DELETE", "/api/sessions", end_others, Role::View));
  routes.push_back(doors.route("DELETE", "/api/sessions/:id", end, Role::View));
  return routes;
}

std::vector<net::Route> page_routes(const StaticFiles& files) {
  std::vector<net::Route> routes;
  for (const auto path : kPagePaths) routes.push_back(file_route(files, std::string{path}, "index.html"));
  routes.push_back(file_route(files, "/assets/*", "assets/"));
  for (const std::string& name : files.at_root()) routes.push_back(file_route(files, "/" + name, name));
  return routes;
}

}  // namespace otto::api
