// Dashboard sessions as signed tokens, and the bound on sign-ins. Pure: whoever has the passwords can check a session,
// so that any instance does, without asking anybody.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "otto/base/clock.hpp"
#include "otto/crypto/stretch.hpp"

namespace otto::api {

enum class Role : std::uint8_t {
  View,    ///< may look and listen
  Operate  ///< may change things as well
};
std::string_view to_string(Role role) noexcept;  ///< "view", "operate"

struct Session {
  Role role = Role::View;
  std::string id;  ///< 128 random bits, hex
  TimePoint signed_in, last_used;
};

inline constexpr minutes kSessionIdle{30};
inline constexpr hours kSessionLife{12};
inline constexpr minutes kSessionRenewal{5};  ///< a token older than this is replaced by the next answer

/// What the settings say of one role.
struct RoleSettings {
  std::string_view password{};     ///< as it is, or stretched (crypto/stretch.hpp); empty: nobody has that role
  std::string_view totp_secret{};  ///< base32; empty: the password is enough
};

/// The passwords of both roles, stretched: a value that a worker may own.
struct Passwords {
  std::optional<crypto::Stretched> operate, view;
  /// Blocks for as long as their cost says, and as long whatever the password.
  std::optional<Role> role_of(std::string_view password) const;
};

/// Each role's key follows from its stretched password, its second factor and the first API key: whoever changes one of
/// them ends that role's sessions.
class SessionTokens {
 public:
  /// A password that is given as it is gets stretched here, at `cost`: blocks. Every instance comes to the same. What
  /// is stretched already has to be well-formed (dashboard_problems()); else nobody has that role.
  SessionTokens(const RoleSettings& operate, const RoleSettings& view, std::string_view api_key,
                const crypto::StretchCost& cost = {});
  bool is_on() const noexcept { return passwords_.operate || passwords_.view; }
  const Passwords& passwords() const noexcept { return passwords_; }
  bool needs_code(Role role) const noexcept { return !door(role).totp_secret.empty(); }
  /// The time step of a second factor's code (crypto::totp_step_of()); nullopt: it is wrong.
  std::optional<std::int64_t> step_of(Role role, std::string_view code, TimePoint now) const;
  std::string make(const Session& session) const;
  /// nullopt for what we have not signed, and for a session that has been idle or alive for too long.
  std::optional<Session> read(std::string_view token, TimePoint now) const;

 private:
  struct Door {
    std::string key, totp_secret;  ///< without a key: closed; raw bytes
  };
  const Door& door(Role role) const noexcept { return role == Role::Operate ? operate_ : view_; }
  std::string sign(Role role, std::string_view text) const;
  Passwords passwords_;
  Door operate_, view_;
};

/// When the session ends unless it is used before.
TimePoint expiry_of(const Session& session) noexcept;

/// How often passwords may be tried: 5 wrong ones within a minute from one address, 30 from all. Beyond it an address
/// waits a minute, and twice as long each time it goes on, up to a quarter of an hour. All addresses together are
/// bounded, so their number is. A try counts as wrong from its begin: many side by side are no way around. The codes of
/// a role's second factor are bounded in the same way, as if each role were an address.
class SignInLimit {
 public:
  /// How long to wait before the next try; nullopt: now.
  std::optional<seconds> wait(const std::string& address, SteadyPoint now);
  void failed(const std::string& address, SteadyPoint now);
  /// Forgives the address, and takes one failure of all back.
  void succeeded(const std::string& address);
  std::size_t addresses() const noexcept { return addresses_.size(); }

 private:
  struct Address {
    std::deque<SteadyPoint> failures;  ///< within the last minute
    SteadyPoint locked_until{}, forget_at{};
    int locks = 0;
  };
  std::deque<SteadyPoint> all_;  ///< failures within the last minute
  std::map<std::string, Address> addresses_;
};

}  // namespace otto::api
