// Signing in and out of the dashboard.
#include "otto/api/audit.hpp"
#include "otto/api/doors.hpp"
#include "otto/base/log.hpp"
#include "otto/base/text.hpp"
#include "otto/crypto/digest.hpp"
#include "otto/rt/offload.hpp"

#include "api/session_names.hpp"

namespace otto::api {

namespace {

constexpr std::size_t kMaxPassword = 1024, kMaxCode = 16;

Json session_json(const std::optional<Session>& session) {
  return Json{{"signedIn", session.has_value()},
              {"role", session ? Json(std::string{to_string(session->role)}) : Json(nullptr)},
              {"expiresAt", session ? Json(format_iso8601(expiry_of(*session))) : Json(nullptr)}};
}

net::Response no_dashboard() {
  return net::error_response(404, "not_found", "The dashboard is off: set OTTO_DASHBOARD_PASSWORD to use it.");
}

/// A text of the body, at most so long; nullopt when it is missing or something else.
std::optional<std::string> text_of(const Json& body, const char* name, std::size_t longest) {
  const auto field = body.is_object() ? body.find(name) : body.end();
  if (field == body.end() || !field->is_string()) return std::nullopt;
  std::string text = field->get<std::string>();
  if (text.size() > longest) return std::nullopt;
  return text;
}

/// A role's codes are counted beside the addresses: whoever has the password shall not try them from many.
std::string codes_of(Role role) { return "codes of " + std::string{to_string(role)}; }

}  // namespace

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
  ports::AuditEntry entry;
  auto answer = co_await try_sign_in(request, entry);
  entry.status = answer.status;
  entry.peer = request.peer;
  if (!entry.action.empty()) co_await note(std::move(entry));
  co_return answer;
}

std::variant<Doors::Credentials, net::Response> Doors::read_credentials(const net::Request& request) const {
  if (!has_dashboard()) return no_dashboard();
  if (auto refused = refuse_cross_site(request)) return std::move(*refused);
  if (!to_lower(request.headers.get("Content-Type")).starts_with("application/json"))
    return net::error_response(415, "unsupported_media_type", "Send the body as application/json.");
  const auto body = parse_json(request.body);
  if (!body) return net::error_response(body.error());
  auto password = text_of(*body, "password", kMaxPassword);
  if (!password)
    return net::error_response(422, "invalid_input", "password is required: a text.", {{"password", "is required"}});
  const bool has_code = body->contains("code") && !(*body)["code"].is_null();
  auto code = has_code ? text_of(*body, "code", kMaxCode) : std::string{};
  if (!code)
    return net::error_response(422, "invalid_input", "code must be a text of six digits.",
                               {{"code", "must be a text"}});
  return Credentials{std::move(*password), std::move(*code)};
}

std::optional<net::Response> Doors::hold_up(const std::string& whom, const std::string& address) {
  const auto wait = limit_.wait(whom, timers_.steady());
  if (!wait) return std::nullopt;
  log::warn("dashboard.sign_in_refused", {{"peer", address}, {"reason", "too_many_tries"}});
  auto answer = net::error_response(429, "too_many_tries",
                                    "Too many wrong tries; try again in " + std::to_string(wait->count()) + " s.");
  answer.headers.add("Retry-After", std::to_string(wait->count()));
  return answer;
}

Task<net::Response> Doors::try_sign_in(const net::Request& request, ports::AuditEntry& entry) {
  auto read = read_credentials(request);
  if (auto* refused = std::get_if<net::Response>(&read)) co_return std::move(*refused);
  const Credentials given = std::get<Credentials>(std::move(read));
  const std::string address = request.peer;
  if (auto refused = hold_up(address, address)) co_return std::move(*refused);
  limit_.failed(address, timers_.steady());  // until it has been found right
  const auto check = [passwords = tokens_.passwords(), typed = given.password] { return passwords.role_of(typed); };
  const auto role = co_await rt::offload(workers_, check);
  if (!role) {
    log::warn("dashboard.sign_in_refused", {{"peer", address}, {"reason", "wrong_password"}});
    entry.action = kSignInRefused;
    co_return net::error_response(401, "wrong_password", "This password is not right.");
  }
  if (auto refused = co_await refuse_code(*role, given, address, entry)) co_return std::move(*refused);
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
  const auto noted = co_await store_.use(in_use_by(session, address, session.last_used));
  if (!noted) log::warn("dashboard.session_not_noted", {{"error", noted.error().detail}});  // its next use notes it
  co_return answer;
}

Task<std::optional<net::Response>> Doors::refuse_code(Role role, const Credentials& given, const std::string& address,
                                                      ports::AuditEntry& entry) {
  if (!tokens_.needs_code(role)) co_return std::nullopt;
  if (given.code.empty()) {
    limit_.succeeded(address);  // so far nothing was wrong
    co_return net::error_response(401, "code_required", "Enter the code that the authenticator app shows.");
  }
  const std::string codes = codes_of(role);
  if (auto held_up = hold_up(codes, address)) co_return held_up;
  limit_.failed(codes, timers_.steady());
  const auto refused = [&](const char* why, const char* sentence) {
    log::warn("dashboard.sign_in_refused", {{"peer", address}, {"reason", why}});
    entry.action = kSignInRefused;
    return net::error_response(401, why, sentence);
  };
  const auto step = tokens_.step_of(role, given.code, timers_.now());
  if (!step) co_return refused("wrong_code", "This code is not right, or no longer.");
  const auto taken = co_await store_.take_code(std::string{to_string(role)}, *step);
  if (!taken) {
    limit_.succeeded(codes);
    co_return net::error_response(taken.error());  // nobody can tell whether it has been taken before
  }
  if (!*taken) co_return refused("code_used", "This code has been used; wait for the next one.");
  limit_.succeeded(codes);
  co_return std::nullopt;
}

Task<net::Response> Doors::sign_out(net::Request request) {
  if (!has_dashboard()) co_return no_dashboard();
  if (auto refused = refuse_cross_site(request)) co_return *refused;
  if (const auto session = session_of(request)) {
    log::info("dashboard.signed_out", {{"who", name_of(*session)}, {"peer", request.peer}});
    const std::vector<std::string> ids{hash_of(*session)};
    co_await end(ids);
    ports::AuditEntry entry;
    entry.who = name_of(*session);
    entry.peer = request.peer;
    entry.action = kSignedOut;
    entry.status = 204;
    co_await note(std::move(entry));
  }
  net::Response answer;
  answer.status = 204;
  answer.headers.add("Set-Cookie", cookie("", seconds{0}));
  co_return answer;
}

}  // namespace otto::api
