// Sessions behind the doors: which are in use, and how they end before their time.
#include <algorithm>
#include <boost/asio/this_coro.hpp>

#include "otto/api/audit.hpp"
#include "otto/api/doors.hpp"
#include "otto/base/log.hpp"
#include "otto/base/text.hpp"

#include "api/session_names.hpp"

namespace otto::api {

namespace {

constexpr seconds kFollowEvery{1};

}  // namespace

std::string mask_address(std::string_view address) {
  if (const auto dot = address.rfind('.'); dot != std::string_view::npos)
    return std::string{address.substr(0, dot + 1)} + "*";
  std::size_t end = 0;
  for (int groups = 0; groups < 3 && end != std::string_view::npos; ++groups) end = address.find(':', end + 1);
  return end == std::string_view::npos ? std::string{address} : std::string{address.substr(0, end + 1)} + "*";
}

ports::SessionInUse in_use_by(const Session& session, const std::string& peer, TimePoint now) {
  ports::SessionInUse use;
  use.id = hash_of(session);
  use.role = to_string(session.role);
  use.peer = mask_address(peer);
  use.signed_in = session.signed_in;
  use.last_used = now;
  use.until = session.signed_in + kSessionLife;
  return use;
}

Task<Result<std::vector<ports::SessionInUse>>> Doors::in_use(Role role) const {
  const auto now = timers_.now();
  std::string only = role == Role::Operate ? "" : std::string{to_string(role)};
  co_return co_await store_.in_use(std::move(only), now - kSessionIdle, now);
}

Task<net::Response> Doors::list_sessions(net::Request request) const {
  const auto entered = enter(request, Role::View);
  const auto* caller = std::get_if<Caller>(&entered);
  if (caller == nullptr) co_return std::get<net::Response>(entered);
  const auto own = session_of(request);
  const auto sessions = co_await in_use(caller->role);
  if (!sessions) co_return net::error_response(sessions.error());
  Json list = Json::array();
  for (const ports::SessionInUse& one : *sessions)
    list.push_back({{"id", one.id},
                    {"role", one.role},
                    {"signedInAt", format_iso8601(one.signed_in)},
                    {"lastUsedAt", format_iso8601(one.last_used)},
                    {"address", one.peer},
                    {"isThis", !caller->token.empty() && own && hash_of(*own) == one.id}});
  co_return net::json_response(200, Json{{"success", true}, {"sessions", std::move(list)}});
}

Task<net::Response> Doors::end_session(net::Request request) {
  const auto entered = enter(request, Role::View);
  const auto* caller = std::get_if<Caller>(&entered);
  if (caller == nullptr) co_return std::get<net::Response>(entered);
  const auto sessions = co_await in_use(caller->role);
  if (!sessions) co_return net::error_response(sessions.error());
  std::vector<std::string> ids{std::string{request.param("id")}};
  if (std::ranges::find(*sessions, ids[0], &ports::SessionInUse::id) == sessions->end())
    co_return net::error_response(404, "not_found", "There is no such session, or it is over.");
  co_await end(ids);
  co_return net::json_response(200, Json{{"success", true}, {"ended", 1}});
}

Task<net::Response> Doors::end_other_sessions(net::Request request) {
  const auto entered = enter(request, Role::View);
  const auto* caller = std::get_if<Caller>(&entered);
  if (caller == nullptr) co_return std::get<net::Response>(entered);
  const auto own = caller->token.empty() ? std::nullopt : session_of(request);
  const auto sessions = co_await in_use(caller->role);
  if (!sessions) co_return net::error_response(sessions.error());
  std::vector<std::string> ids;
  for (const ports::SessionInUse& one : *sessions)
    if (!own || one.id != hash_of(*own)) ids.push_back(one.id);
  co_await end(ids);
  co_return net::json_response(200, Json{{"success", true}, {"ended", ids.size()}});
}

/// Here at once, and elsewhere too: whoever uses one asks the store. While that is away: follow_revocations() tells it.
Task<void> Doors::end(const std::vector<std::string>& ids) {
  for (const std::string& id : ids) {
    revoked_.insert(id);
    signed_out_.push_back({id, timers_.now() + kSessionLife});
  }
  co_await exchange_revocations();
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
