#include "otto/api/doors.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "otto/api/audit.hpp"
#include "otto/base/log.hpp"
#include "otto/base/text.hpp"
#include "otto/crypto/digest.hpp"
#include "otto/net/private_host.hpp"

namespace otto::api {

namespace {

constexpr seconds kFollowEvery{5};
constexpr std::size_t kMaxPassword = 1024;
constexpr std::size_t kNamed = 8;  // hex digits of an id or digest in the log: enough to tell callers apart

bool is_safe(const net::Request& request) {
  return request.method == "GET" || request.method == "HEAD" || request.method == "OPTIONS";
}

bool names_this_machine(std::string_view host) {
  return host.starts_with("localhost") || host.starts_with("127.") || host.starts_with("[::1]");
}

/// Who tries a password: behind a proxy of ours everybody has its address, and one guesser would lock out all. The last
/// entry is the proxy's own word.
std::string address_of(const net::Request& request) {
  const auto forwarded = request.headers.get("X-Forwarded-For");
  if (forwarded.empty() || !net::names_private_host(request.peer)) return request.peer;
  return std::string{trim(forwarded.substr(forwarded.rfind(',') + 1)).substr(0, 64)};
}

std::string origin_of(const std::string& url) {
  const auto slash = url.find('/', url.find("://") + 3);
  return to_lower(url.substr(0, slash));
}

std::string hash_of(const Session& session) { return crypto::sha256_hex(session.id); }

std::string name_of(const Session& session) {
  return std::string{to_string(session.role)} + ":" + session.id.substr(0, kNamed);
}

Json session_json(const std::optional<Session>& session) {
  return Json{{"signedIn", session.has_value()},
              {"role", session ? Json(std::string{to_string(session->role)}) : Json(nullptr)},
              {"expiresAt", session ? Json(format_iso8601(expiry_of(*session))) : Json(nullptr)}};
}

net::Response no_dashboard() {
  return net::error_response(404, "not_found", "The dashboard is off: set OTTO_DASHBOARD_PASSWORD to use it.");
}

}  // namespace

Doors::Doors(const Config& config, rt::Timers& timers, ports::SessionStore& store, ports::AuditStore& audit)
    : config_{config},
      timers_{timers},
      store_{store},
      audit_{audit},
      keys_{config.api_keys},
      tokens_{config.dashboard_password, config.dashboard_view_password,
              config.api_keys.empty() ? std::string_view{} : std::string_view{config.api_keys.front()}},
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
    if (keys_.accepts(key))
      return Caller{"key:" + crypto::sha256_hex(key).substr(0, kNamed), Role::Operate, std::string{}};
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
  if (action.empty()) {
    route.handle = std::move(handler);
    return route;
  }
  route.handle = [this, handler = std::move(handler), action](net::Request request) {
    return audited(handler, action, std::move(request));
  };
  return route;
}

Task<net::Response> Doors::audited(const Handler& handler, std::string_view action, net::Request request) const {
  // A player asks for one recording piece by piece: its first piece tells.
  const auto range = request.headers.get("Range");
  const bool goes_on = !range.empty() && !range.starts_with("bytes=0-");
  ports::AuditEntry entry;
  const auto entered = enter(request, Role::View);
  if (const auto* caller = std::get_if<Caller>(&entered)) entry.who = caller->who;
  entry.peer = address_of(request);
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

std::string Doors::cookie(std::string_view value, seconds life) const {
  std::string text = cookie_name_;
  text.append("=").append(value).append("; Path=/; HttpOnly; SameSite=Strict; Max-Age=");
  text += std::to_string(life.count());
  return config_.base_is_tls() ? text + "; Secure" : text;
}

net::Response Doors::show_session(const net::Request& request) const {
  if (!has_dashboard()) return no_dashboard();
  return net::json_response(200, session_json(session_of(request)));
}

Task<net::Response> Doors::sign_in(net::Request request) {
  auto [answer, entry] = try_sign_in(request);
  entry.status = answer.status;
  if (!entry.action.empty()) co_await note(std::move(entry));
  co_return std::move(answer);
}

Doors::SignIn Doors::try_sign_in(const net::Request& request) {
  if (!has_dashboard()) return {no_dashboard(), {}};
  if (auto refused = refuse_cross_site(request)) return {std::move(*refused), {}};
  if (!to_lower(request.headers.get("Content-Type")).starts_with("application/json"))
    return {net::error_response(415, "unsupported_media_type", "Send the body as application/json."), {}};
  const std::string address = address_of(request);
  if (const auto wait = limit_.wait(address, timers_.steady())) {
    log::warn("dashboard.sign_in_refused", {{"peer", address}, {"reason", "too_many_tries"}});
    auto answer = net::error_response(
        429, "too_many_tries", "Too many wrong passwords; try again in " + std::to_string(wait->count()) + " s.");
    answer.headers.add("Retry-After", std::to_string(wait->count()));
    return {std::move(answer), {}};
  }
  const auto body = parse_json(request.body);
  if (!body) return {net::error_response(body.error()), {}};
  const auto field = body->is_object() ? body->find("password") : body->end();
  if (field == body->end() || !field->is_string() || field->get_ref<const std::string&>().size() > kMaxPassword)
    return {net::error_response(422, "invalid_input", "password is required: a text.", {{"password", "is required"}}),
            {}};
  ports::AuditEntry entry;
  entry.peer = address;
  const auto role = tokens_.role_of(field->get_ref<const std::string&>());
  if (!role) {
    limit_.failed(address, timers_.steady());
    log::warn("dashboard.sign_in_refused", {{"peer", address}, {"reason", "wrong_password"}});
    entry.action = kSignInRefused;
    return {net::error_response(401, "wrong_password", "This password is not right."), std::move(entry)};
  }
  limit_.succeeded(address);
  Session session;
  session.role = *role;
  session.id = crypto::to_hex(crypto::random_bytes(16));
  session.signed_in = session.last_used = timers_.now();
  auto answer = net::json_response(200, session_json(session));
  answer.headers.add("Set-Cookie", cookie(tokens_.make(session), kSessionLife));
  log::info("dashboard.signed_in", {{"who", name_of(session)}, {"peer", address}});
  entry.who = name_of(session);
  entry.action = kSignedIn;
  return {std::move(answer), std::move(entry)};
}

Task<net::Response> Doors::sign_out(net::Request request) {
  if (!has_dashboard()) co_return no_dashboard();
  if (auto refused = refuse_cross_site(request)) co_return *refused;
  if (const auto session = session_of(request)) {
    log::info("dashboard.signed_out", {{"who", name_of(*session)}, {"peer", request.peer}});
    revoked_.insert(hash_of(*session));
    signed_out_.push_back({hash_of(*session), timers_.now() + kSessionLife});
    co_await exchange_revocations();  // while the store is away: follow_revocations() tells it later
    ports::AuditEntry entry;
    entry.who = name_of(*session);
    entry.peer = address_of(request);
    entry.action = kSignedOut;
    entry.status = 204;
    co_await note(std::move(entry));
  }
  net::Response answer;
  answer.status = 204;
  answer.headers.add("Set-Cookie", cookie("", seconds{0}));
  co_return answer;
}

std::optional<std::string> Doors::renewal(const net::Request& request) const {
  if (!ApiKeys::key_of(request).empty()) return std::nullopt;
  auto session = session_of(request);
  const auto now = timers_.now();
  if (!session || now - session->last_used < kSessionRenewal) return std::nullopt;
  session->last_used = now;
  return cookie(tokens_.make(*session), kSessionLife);
}

Task<void> Doors::exchange_revocations() {
  const auto now = timers_.now();
  std::erase_if(signed_out_, [now](const SignedOut& own) { return own.until <= now; });
  std::vector<std::string> telling;
  for (const SignedOut& own : signed_out_)
    if (!own.told) telling.push_back(own.id);
  if (!telling.empty()) {
    const auto told = co_await store_.revoke(telling, now + kSessionLife, now);
    if (!told) co_return;  // while the store is away what was known holds
    for (SignedOut& own : signed_out_) own.told = own.told || std::ranges::find(telling, own.id) != telling.end();
  }
  const auto read = co_await store_.revoked(now);
  if (!read) co_return;
  revoked_ = {read->begin(), read->end()};
  for (const SignedOut& own : signed_out_) revoked_.insert(own.id);
}

Task<void> Doors::follow_revocations() {
  for (;;) {
    co_await exchange_revocations();
    // Before the wait: a cancellation ends none that begins after it.
    const auto state = co_await boost::asio::this_coro::cancellation_state;
    if (state.cancelled() != boost::asio::cancellation_type::none) co_return;
    co_await timers_.sleep_for(kFollowEvery);
  }
}

}  // namespace otto::api
