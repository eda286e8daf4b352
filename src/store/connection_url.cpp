#include "store/connection_url.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "otto/base/text.hpp"

namespace otto::store {

namespace {

/// Prisma's; libpq refuses a URL that has them.
constexpr std::array<std::string_view, 9> kPrismaOnly{"connection_limit",
                                                      "pool_timeout",
                                                      "pgbouncer",
                                                      "socket_timeout",
                                                      "sslaccept",
                                                      "sslidentity",
                                                      "sslpassword",
                                                      "statement_cache_size",
                                                      "single_use_connections"};
/// Those that we set ourselves.
constexpr std::array<std::string_view, 7> kOurs{"application_name", "connect_timeout", "tcp_user_timeout",
                                                "keepalives",       "keepalives_idle", "keepalives_interval",
                                                "keepalives_count"};

template <std::size_t N>
bool is_one_of(std::string_view key, const std::array<std::string_view, N>& keys) {
  return std::ranges::find(keys, key) != keys.end();
}

/// Statements are prepared and take one way whatever is asked for: planning three of a call's anew for each value cost
/// as much as a quarter of all that it does. Those whose best way depends on values go by Transaction::exec_text().
std::string session_options(const SessionLimits& limits) {
  return "-c TimeZone=UTC -c DateStyle=ISO -c statement_timeout=" + std::to_string(limits.statement.count()) +
         " -c lock_timeout=" + std::to_string(limits.lock.count()) +
         " -c idle_in_transaction_session_timeout=5000"
         " -c plan_cache_mode=force_generic_plan";
}

}  // namespace

Result<std::string> connection_url(const std::string& database_url, const SessionLimits& limits) {
  if (!database_url.starts_with("postgresql://") && !database_url.starts_with("postgres://"))
    return Error{Errc::Config, "DATABASE_URL must begin with postgresql:// or postgres://."};
  const auto question = database_url.find('?');
  std::string url = database_url.substr(0, question) + "?";
  std::string options;
  if (question != std::string::npos) {
    for (const std::string& parameter : split(database_url.substr(question + 1), '&')) {
      const auto equals = parameter.find('=');
      const std::string key = parameter.substr(0, equals);
      const auto value =
          percent_decode(equals == std::string::npos ? "" : std::string_view{parameter}.substr(equals + 1));
      if (!value) return Error{Errc::Config, "DATABASE_URL has a broken percent escape in \"" + key + "\"."};
      if (key == "schema" && *value != "public")
        return Error{Errc::Config, "DATABASE_URL names the schema \"" + *value +
                                       "\", but the two tables must be in public; otto's own are in otto."};
      if (key == "options") options = *value + " ";
      if (key.empty() || key == "schema" || key == "options" || is_one_of(key, kPrismaOnly) || is_one_of(key, kOurs))
        continue;
      url += parameter + "&";
    }
  }
  // A dead peer must be noticed within the statement's own time, not after libpq's quarter of an hour.
  url += "application_name=otto&connect_timeout=" + std::to_string(limits.connect.count()) +
         "&tcp_user_timeout=5000&keepalives=1&keepalives_idle=5&keepalives_interval=2&keepalives_count=3";
  return url + "&options=" + percent_encode(options + session_options(limits));
}

}  // namespace otto::store
