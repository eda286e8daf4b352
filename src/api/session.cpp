#include "otto/api/session.hpp"

#include <algorithm>
#include <charconv>

#include "otto/base/text.hpp"
#include "otto/crypto/digest.hpp"
#include "otto/crypto/totp.hpp"

namespace otto::api {

namespace {

constexpr std::size_t kTriesPerAddress = 5, kTriesInAll = 30;
constexpr seconds kTryWindow{60}, kFirstLock{60}, kLongestLock{900};
constexpr seconds kClockSkew{60};  // between two instances

std::string seconds_text(TimePoint time) {
  return std::to_string(std::chrono::duration_cast<seconds>(time.time_since_epoch()).count());
}

std::optional<TimePoint> parse_seconds(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  // Ten digits last until 2286, and no sum below can overflow.
  if (ec != std::errc{} || end != text.data() + text.size() || text.size() > 10 || value < 0) return std::nullopt;
  return TimePoint{seconds{value}};
}

void drop_old(std::deque<SteadyPoint>& tries, SteadyPoint now) {
  while (!tries.empty() && tries.front() + kTryWindow <= now) tries.pop_front();
}

seconds until(SteadyPoint when, SteadyPoint now) {
  return std::max(std::chrono::ceil<seconds>(when - now), seconds{1});
}

}  // namespace

std::string_view to_string(Role role) noexcept { return role == Role::Operate ? "operate" : "view"; }

namespace {

/// Both roles and all instances come to the same salt, so that one try is stretched once for both.
std::optional<crypto::Stretched> stretched(std::string_view password, std::string_view api_key,
                                           const crypto::StretchCost& cost) {
  if (password.empty()) return std::nullopt;
  if (!crypto::is_stretched(password))
    return crypto::stretch(password, crypto::hmac_sha256(api_key, "otto dashboard passwords v2").substr(0, 16), cost);
  auto given = crypto::parse_stretched(password);
  if (!given) return std::nullopt;
  return std::move(*given);
}

std::string role_key(Role role, const std::optional<crypto::Stretched>& password, const std::string& totp_secret,
                     std::string_view api_key) {
  if (!password) return {};
  std::string text{"otto dashboard sessions v2|"};
  text.append(to_string(role)).append("|").append(password->hash).append("|").append(crypto::sha256(totp_secret));
  return crypto::hmac_sha256(api_key, text);
}

bool is_same(const crypto::Stretched& a, const crypto::Stretched& b) {
  return a.salt == b.salt && a.cost.log_n == b.cost.log_n && a.cost.r == b.cost.r && a.cost.p == b.cost.p;
}

}  // namespace

SessionTokens::SessionTokens(const RoleSettings& operate, const RoleSettings& view, std::string_view api_key,
                             const crypto::StretchCost& cost)
    : passwords_{stretched(operate.password, api_key, cost), stretched(view.password, api_key, cost)} {
  operate_.totp_secret = crypto::base32_decode(operate.totp_secret).value();  // load_config() has looked at it
  view_.totp_secret = crypto::base32_decode(view.totp_secret).value();
  operate_.key = role_key(Role::Operate, passwords_.operate, operate_.totp_secret, api_key);
  view_.key = role_key(Role::View, passwords_.view, view_.totp_secret, api_key);
}

std::optional<Role> Passwords::role_of(std::string_view password) const {
  std::string for_operate, for_view;
  if (operate) for_operate = crypto::scrypt(password, operate->salt, operate->cost);
  if (view)
    for_view = operate && is_same(*operate, *view) ? for_operate : crypto::scrypt(password, view->salt, view->cost);
  const bool may_operate = operate && crypto::equal_constant_time(operate->hash, for_operate);
  const bool may_view = view && crypto::equal_constant_time(view->hash, for_view);
  if (may_operate) return Role::Operate;
  if (may_view) return Role::View;
  return std::nullopt;
}

std::optional<std::int64_t> SessionTokens::step_of(Role role, std::string_view code, TimePoint now) const {
  return crypto::totp_step_of(door(role).totp_secret, code, now);
}

std::string SessionTokens::sign(Role role, std::string_view text) const {
  return crypto::base64url_encode(crypto::hmac_sha256(door(role).key, text));
}

std::string SessionTokens::make(const Session& session) const {
  std::string text{to_string(session.role)};
  text += "." + session.id + "." + seconds_text(session.signed_in) + "." + seconds_text(session.last_used);
  return text + "." + sign(session.role, text);
}

std::optional<Session> SessionTokens::read(std::string_view token, TimePoint now) const {
  if (token.size() > 256) return std::nullopt;
  const auto parts = split(token, '.');
  if (parts.size() != 5) return std::nullopt;
  Session session;
  if (parts[0] == to_string(Role::Operate)) {
    session.role = Role::Operate;
  } else if (parts[0] != to_string(Role::View)) {
    return std::nullopt;
  }
  if (door(session.role).key.empty()) return std::nullopt;
  const auto text = token.substr(0, token.rfind('.'));
  if (!crypto::equal_constant_time(parts[4], sign(session.role, text))) return std::nullopt;
  const auto signed_in = parse_seconds(parts[2]), last_used = parse_seconds(parts[3]);
  if (!signed_in || !last_used || *last_used > now + kClockSkew) return std::nullopt;
  session.id = parts[1];
  session.signed_in = *signed_in;
  session.last_used = *last_used;
  if (now >= expiry_of(session)) return std::nullopt;
  return session;
}

TimePoint expiry_of(const Session& session) noexcept {
  return std::min<TimePoint>(session.signed_in + kSessionLife, session.last_used + kSessionIdle);
}

std::optional<seconds> SignInLimit::wait(const std::string& address, SteadyPoint now) {
  std::erase_if(addresses_, [now](const auto& entry) { return entry.second.forget_at <= now; });
  drop_old(all_, now);
  const auto known = addresses_.find(address);
  if (known != addresses_.end() && known->second.locked_until > now) return until(known->second.locked_until, now);
  if (all_.size() >= kTriesInAll) return until(all_.front() + kTryWindow, now);
  return std::nullopt;
}

void SignInLimit::succeeded(const std::string& address) {
  addresses_.erase(address);
  if (!all_.empty()) all_.pop_back();
}

void SignInLimit::failed(const std::string& address, SteadyPoint now) {
  all_.push_back(now);
  Address& from = addresses_[address];
  drop_old(from.failures, now);
  from.failures.push_back(now);
  if (from.failures.size() >= kTriesPerAddress) {
    const auto lock = std::min(kFirstLock * (1 << std::min(from.locks, 8)), kLongestLock);
    ++from.locks;
    from.locked_until = now + lock;
    from.failures.clear();
  }
  from.forget_at = std::max(from.locked_until, now) + kLongestLock;
}

}  // namespace otto::api
