// Dashboard sessions as signed tokens, and the bound on sign-ins. Pure: whoever has the passwords can check a session,
// so that any instance does, without asking anybody.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "otto/base/clock.hpp"

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

/// Each role's key follows from its password and the first API key: a changed password ends that role's sessions.
class SessionTokens {
 public:
  /// An empty password: nobody has that role.
  SessionTokens(std::string_view operate_password, std::string_view view_password, std::string_view api_key);
  bool is_on() const noexcept { return !operate_.key.empty() || !view_.key.empty(); }
  /// In the same time whatever the password.
  std::optional<Role> role_of(std::string_view password) const;
  std::string make(const Session& session) const;
  /// nullopt for what we have not signed, and for a session that has been idle or alive for too long.
  std::optional<Session> read(std::string_view token, TimePoint now) const;

 private:
  struct Door {
    std::string password_digest, key;  ///< empty: closed
  };
  static Door make_door(Role role, std::string_view password, std::string_view api_key);
  const Door& door(Role role) const noexcept { return role == Role::Operate ? operate_ : view_; }
  std::string sign(Role role, std::string_view text) const;
  Door operate_, view_;
};

/// When the session ends unless it is used before.
TimePoint expiry_of(const Session& session) noexcept;

/// How often passwords may be tried: 5 wrong ones within a minute from one address, 30 from all. Beyond it an address
/// waits a minute, and twice as long each time it goes on, up to a quarter of an hour. All addresses together are
/// bounded, so their number is.
class SignInLimit {
 public:
  /// How long to wait before the next try; nullopt: now.
  std::optional<seconds> wait(const std::string& address, SteadyPoint now);
  void failed(const std::string& address, SteadyPoint now);
  void succeeded(const std::string& address) { addresses_.erase(address); }
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
