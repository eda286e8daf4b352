#include "otto/api/doors.hpp"

#include "otto/api/audit.hpp"
#include "otto/base/log.hpp"
#include "otto/base/text.hpp"
#include "otto/crypto/digest.hpp"

#include "api/session_names.hpp"

namespace otto::api {

namespace {

bool is_safe(const net::Request& request) {
  return request.method == "GET" || request.method == "HEAD" || request.method == "OPTIONS";
}

bool names_this_machine(std::string_view host) {
  return host.starts_with("localhost") || host.starts_with("127.") || host.starts_with("[::1]");
}

std::string origin_of(const std::string& url) {
  const auto slash = url.find('/', url.find("://") + 3);
  return to_lower(url.substr(0, slash));
}

}  // namespace

Doors::Doors(const Config& config, rt::Timers& timers, ports::SessionStore& store, ports::AuditStore& audit,
             boost::asio::thread_pool& workers, const crypto::StretchCost& cost)
    : config_{config},
      timers_{timers},
      store_{store},
      audit_{audit},
      workers_{workers},
      keys_{config.api_keys, config.view_api_keys},
      tokens_{{config.dashboard_password, config.dashboard_totp_secret},
              {config.dashboard_view_password, config.dashboard_view_totp_secret},
              config.api_keys.empty() ? std::string_view{} : std::string_view{config.api_keys.front()},
              cost},
      cookie_name_{config.base_is_tls() ? "__Host-otto" : "otto"},
      base_origin_{origin_of(config.base_url)} {}

std::optional<Session> Doors::valid(std::string_view token) const {
  auto session = tokens_.read(token, timers_.now());
  if (session && !revoked_.empty() && revoked_.contains(hash_of(*session))) session.reset();
  return session;
}

std::optional<Session> Doors::session_of(const net::Request& request) const {
  if (!has_dashboard()) return std::nullopt;
  for (const auto& [name, value] : request.headers.all()) {
    if (!iequals(name, "Cookie")) continue;
    for (const auto& pair : split(value, ';')) {
      const auto cookie = trim(pair);
      const auto equals = cookie.find('=');
      if (equals == std::string_view::npos || cookie.substr(0, equals) != cookie_name_) continue;
      if (auto session = valid(cookie.substr(equals + 1))) return session;
    }
  }
  return std::nullopt;
}

/// BASE_URL's origin, or the one under which the request was made: people may come by another name than Twilio.
bool Doors::is_ours(std::string_view origin, const net::Request& request) const {
  const std::string given = to_lower(origin);
  if (given == base_origin_) return true;
  const std::string host = to_lower(request.headers.get("Host"));
  if (host.empty()) return false;
  const bool may_be_plain = !config_.base_is_tls() || names_this_machine(host);
  return given == "https://" + host || (may_be_plain && given == "http://" + host);
}

/// What a page of somebody else could make a signed-in browser send. SameSite=Strict keeps the cookie from it already;
/// this holds also where that does not: other ports of the same host, browsers that do not know it.
std::optional<net::Response> Doors::refuse_cross_site(const net::Request& request) const {
  const auto origin = request.headers.get("Origin");
  const auto site = request.headers.get("Sec-Fetch-Site");
  const bool is_websocket = iequals(request.headers.get("Upgrade"), "websocket");
  bool is_foreign = (origin.empty() && is_websocket) || (!origin.empty() && !is_ours(origin, request));
  if (!is_safe(request))
    is_foreign = is_foreign || request.headers.get("X-Otto-Request") != "1" || (!site.empty() && site != "same-origin");
  if (!is_foreign) return std::nullopt;
  log::warn("dashboard.cross_site", {{"peer", request.peer}, {"origin", origin}});
  return net::error_response(403, "cross_site",
                             "This request does not come from Otto's own page: a changing one needs X-Otto-Request: 1 "
                             "and, like a WebSocket, our own Origin.");
}

std::variant<Caller, net::Response> Doors::enter(const net::Request& request, Role needed) const {
  const std::string key = ApiKeys::key_of(request);
  if (!key.empty()) {
    const auto role = keys_.role_of(key);
    if (role && (*role == Role::Operate || needed == Role::View)) return Caller{name_of_key(key), *role, std::string{}};
    if (role) {
      log::warn("api.refused", {{"peer", request.peer}, {"reason", "view_only"}, {"who", name_of_key(key)}});
      return net::error_response(403, "view_only",
                                 "This API key may look, but change nothing; use one of N8N_API_KEY.");
    }
    log::warn("api.refused", {{"peer", request.peer}, {"reason", "unknown_key"}});
    return net::error_response(401, "unauthorized", "This API key is not one of N8N_API_KEY.");
  }
  const auto session = session_of(request);
  if (!session)
    return net::error_response(
        401, "unauthorized",
        has_dashboard() ? "Sign in to the dashboard, or send an API key as X-API-Key or as Authorization: Bearer."
                        : "Send an API key as X-API-Key or as Authorization: Bearer.");
  if (auto refused = refuse_cross_site(request)) return *refused;
  if (needed == Role::Operate && session->role != Role::Operate) {
    log::warn("api.refused", {{"peer", request.peer}, {"reason", "view_only"}, {"who", name_of(*session)}});
    return net::error_response(403, "view_only", "This session may look, but change nothing; sign in as an operator.");
  }
  return Caller{name_of(*session), session->role, tokens_.make(*session)};
}

Task<std::variant<Caller, net::Response>> Doors::admit(const net::Request& request, Role needed) const {
  auto entered = enter(request, needed);
  const auto* caller = std::get_if<Caller>(&entered);
  const auto session = caller == nullptr || caller->token.empty() ? std::nullopt : session_of(request);
  if (!session) co_return entered;
  const auto is_open = co_await store_.use(in_use_by(*session, request.peer, timers_.now()));
  if (!is_open || *is_open) co_return entered;
  log::info("dashboard.session_ended", {{"peer", request.peer}, {"who", name_of(*session)}});
  co_return net::error_response(401, "unauthorized", "This session has been ended; sign in again.");
}

Guard Doors::guard(Role needed) const {
  return [this, needed](const net::Request& request) -> std::optional<net::Response> {
    auto entered = enter(request, needed);
    if (auto* refused = std::get_if<net::Response>(&entered)) return std::move(*refused);
    return std::nullopt;
  };
}

net::Route Doors::route(std::string method, std::string pattern, Handler handler, std::optional<Role> needed) const {
  const bool changes = needed ? *needed == Role::Operate : method != "GET";
  net::Route route;
  route.method = std::move(method);
  route.pattern = std::move(pattern);
  route.guard = changes ? "api_key_or_operate" : "api_key_or_view";
  route.check = guard(changes ? Role::Operate : Role::View);
  route.check_on_head = true;  // a stranger's body is not even read
  const auto action = audit_action(route.method, route.pattern);
  const Role role = changes ? Role::Operate : Role::View;
  route.handle = [this, handler = std::move(handler), action, role](net::Request request) {
    return entered(handler, action, role, std::move(request));
  };
  return route;
}

Task<net::Response> Doors::entered(const Handler& handler, std::string_view action, Role needed,
                                   net::Request request) const {
  if (session_of(request) && ApiKeys::key_of(request).empty()) {  // an open route is for anybody else as well
    auto admitted = co_await admit(request, needed);
    if (auto* refused = std::get_if<net::Response>(&admitted)) co_return std::move(*refused);
  }
  if (action.empty()) co_return co_await handler(std::move(request));
  co_return co_await audited(handler, action, std::move(request));
}

Task<net::Response> Doors::audited(const Handler& handler, std::string_view action, net::Request request) const {
  // A player asks for one recording piece by piece: its first piece tells.
  const auto range = request.headers.get("Range");
  const bool goes_on = !range.empty() && !range.starts_with("bytes=0-");
  ports::AuditEntry entry;
  const auto entered = enter(request, Role::View);
  if (const auto* caller = std::get_if<Caller>(&entered)) entry.who = caller->who;
  entry.peer = request.peer;
  entry.action = action;
  entry.target = audit_target(request);
  entry.is_look = is_safe(request);
  entry.detail = audit_detail(request);
  auto answer = co_await handler(std::move(request));
  if (goes_on) co_return answer;
  if (entry.target.empty()) entry.target = audit_target(answer);
  entry.status = answer.status;
  log::info(entry.is_look ? "audit.look" : "audit.change", {{"who", entry.who},
                                                            {"peer", entry.peer},
                                                            {"action", entry.action},
                                                            {"target", entry.target},
                                                            {"status", entry.status}});
  co_await note(std::move(entry));
  co_return answer;
}

Task<void> Doors::note(ports::AuditEntry entry) const {
  entry.at = timers_.now();
  const auto kept = co_await audit_.note(std::move(entry));
  if (!kept) log::warn("audit.not_kept", {{"error", kept.error().detail}});
}

bool Doors::is_still_good(const Caller& caller) const { return caller.token.empty() || valid(caller.token); }

}  // namespace otto::api
