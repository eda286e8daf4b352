// Who may call what: API keys and dashboard sessions on the same routes, told apart and checked in this one place. A
// session's unsafe requests must come from our own page.
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <optional>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

#include "otto/api/auth.hpp"
#include "otto/api/session.hpp"
#include "otto/base/config.hpp"
#include "otto/net/router.hpp"
#include "otto/ports/audit_store.hpp"
#include "otto/ports/session_store.hpp"
#include "otto/rt/time.hpp"

namespace otto::api {

/// Who has got through a door.
struct Caller {
  std::string who;  ///< for the log: "key:" or the role, and the begin of a digest or of the session's id
  Role role = Role::View;
  std::string token;  ///< the session's; empty for an API key
};

class Doors {
 public:
  /// All outlive the doors. `workers`: stretches what is typed. Blocks while the settings' passwords are stretched.
  Doors(const Config& config, rt::Timers& timers, ports::SessionStore& store, ports::AuditStore& audit,
        boost::asio::thread_pool& workers, const crypto::StretchCost& cost = {});
  Doors(const Doors&) = delete;

  bool has_dashboard() const noexcept { return tokens_.is_on(); }
  /// An API key that is there decides; without one a session does. The answer refuses: 401, 403.
  std::variant<Caller, net::Response> enter(const net::Request& request, Role needed) const;
  /// The same, and for a session whether somebody has ended it anywhere: its use is noted. While the store is away what
  /// is known here holds.
  Task<std::variant<Caller, net::Response>> admit(const net::Request& request, Role needed) const;
  Guard guard(Role needed) const;
  /// Guarded by the head alone. `needed`: Operate unless it is a GET. What audit_action() names is kept with who did
  /// it.
  using Handler = std::function<Task<net::Response>(net::Request)>;
  net::Route route(std::string method, std::string pattern, Handler handler, std::optional<Role> needed = {}) const;
  /// For what lasts: whether a caller who came in earlier would still get in.
  bool is_still_good(const Caller& caller) const;

  net::Response show_session(const net::Request& request) const;
  Task<net::Response> sign_in(net::Request request);
  Task<net::Response> sign_out(net::Request request);
  /// Those in use, of the caller's own role; whoever may operate sees all.
  Task<net::Response> list_sessions(net::Request request) const;
  /// The one that the path names, or all but the caller's own. They are over at once, everywhere.
  Task<net::Response> end_session(net::Request request);
  Task<net::Response> end_other_sessions(net::Request request);
  /// One row of the audit table; `entry` lacks the time. While the store is away only the log tells.
  Task<void> note(ports::AuditEntry entry) const;
  /// The Set-Cookie that keeps a session alive; nullopt: none, or not yet.
  std::optional<std::string> renewal(const net::Request& request) const;

  /// Keeps up with what was signed out at other instances, and tells of ours; ends by cancellation.
  Task<void> follow_revocations();

 private:
  std::optional<Session> session_of(const net::Request& request) const;
  std::optional<Session> valid(std::string_view token) const;
  bool is_ours(std::string_view origin, const net::Request& request) const;
  std::optional<net::Response> refuse_cross_site(const net::Request& request) const;
  std::string cookie(std::string_view value, seconds life) const;
  Task<net::Response> entered(const Handler& handler, std::string_view action, Role needed, net::Request request) const;
  Task<net::Response> audited(const Handler& handler, std::string_view action, net::Request request) const;
  struct Credentials {
    std::string password, code;
  };
  std::variant<Credentials, net::Response> read_credentials(const net::Request& request) const;
  /// An entry without an action: nothing to keep.
  Task<net::Response> try_sign_in(const net::Request& request, ports::AuditEntry& entry);
  /// nullopt: the second factor is right, or not asked for.
  Task<std::optional<net::Response>> refuse_code(Role role, const Credentials& given, const std::string& address,
                                                 ports::AuditEntry& entry);
  std::optional<net::Response> hold_up(const std::string& whom, const std::string& address);
  Task<Result<std::vector<ports::SessionInUse>>> in_use(Role role) const;
  Task<void> end(const std::vector<std::string>& ids);
  Task<void> exchange_revocations();

  const Config& config_;
  rt::Timers& timers_;
  ports::SessionStore& store_;
  ports::AuditStore& audit_;
  boost::asio::thread_pool& workers_;
  ApiKeys keys_;
  SessionTokens tokens_;
  SignInLimit limit_;
  std::string cookie_name_, base_origin_;
  struct SignedOut {
    std::string id;  ///< hash
    TimePoint until;
    bool told = false;  ///< it is in the store
  };
  std::unordered_set<std::string> revoked_;  ///< hashes, as read last; at most 12 hours' worth
  std::vector<SignedOut> signed_out_;        ///< here; an answer of the store may be older than they are
};

}  // namespace otto::api
