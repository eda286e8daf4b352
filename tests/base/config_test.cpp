#include "otto/base/config.hpp"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <map>

namespace otto {
namespace {

using Values = std::map<std::string, std::string, std::less<>>;

SettingSource source_of(Values values) {
  return [values = std::move(values)](std::string_view name) -> std::optional<std::string> {
    const auto it = values.find(name);
    return it == values.end() ? std::nullopt : std::optional<std::string>{it->second};
  };
}

Values required_values() {
  return {{"BASE_URL", "https://otto.example.com"},
          {"DATABASE_URL", "postgresql://otto:pw@127.0.0.1/otto"},
          {"TWILIO_ACCOUNT_SID", "AC0123456789abcdef0123456789abcdef"},
          {"TWILIO_AUTH_TOKEN", "token-one"},
          {"TWILIO_OUTBOUND_NUMBER", "+14155550100"},
          {"ELEVENLABS_API_KEY", "key"},
          {"ELEVENLABS_OUTBOUND_AGENT_ID", "agent_1"},
          {"N8N_API_KEY", "n8n-key"}};
}

boost::system::result<Config, std::vector<std::string>> load_with(const Values& changes) {
  Values values = required_values();
  for (const auto& [name, value] : changes) values[name] = value;
  return load_config(source_of(values));
}

Config config_with(const Values& changes) {
  const auto config = load_with(changes);
  if (!config) {
    for (const auto& problem : config.error()) ADD_FAILURE() << problem;
    return {};
  }
  return *config;
}

/// The one problem of a value; it must name the setting and must not repeat the value.
std::string problem_with(const std::string& name, const std::string& value) {
  const auto config = load_with({{name, value}});
  if (config || config.error().size() != 1) {
    ADD_FAILURE() << name << " = " << value << " gave " << (config ? 0 : config.error().size()) << " problems";
    return {};
  }
  const std::string problem = config.error().front();
  EXPECT_TRUE(problem.starts_with(name + " ")) << problem;
  EXPECT_TRUE(problem.ends_with('.')) << problem;
  if (value.size() > 9) EXPECT_EQ(problem.find(value), std::string::npos) << problem;
  return problem;
}

TEST(Config, DefaultsHoldWhereNothingIsSet) {
  const Config config = config_with({});

  EXPECT_EQ(config.host, "127.0.0.1");
  EXPECT_EQ(config.port, 8080);
  EXPECT_EQ(config.twilio_api_base_url, "https://api.twilio.com");
  EXPECT_EQ(config.twilio_calls_per_second, 1);
  EXPECT_EQ(config.elevenlabs_api_base_url, "https://api.elevenlabs.io");
  EXPECT_EQ(config.sheets_api_base_url, "https://sheets.googleapis.com");
  EXPECT_EQ(config.sheets_export_base_url, "https://docs.google.com");
  EXPECT_EQ(config.unknown_settle, std::chrono::seconds{900});
  EXPECT_EQ(config.drain, std::chrono::seconds{600});
  EXPECT_TRUE(config.migrate_on_start);
  EXPECT_EQ(config.log_level, log::Level::Info);
  EXPECT_EQ(config.log_format, log::Format::Text);
  EXPECT_TRUE(config.webhook_secret.empty());
  EXPECT_TRUE(config.callback_hosts.empty());
  EXPECT_TRUE(config.base_is_tls());
}

TEST(Config, EveryMissingSettingIsNamedAtOnce) {
  const auto config = load_config(source_of({{"N8N_API_KEY", "  "}, {"PORT", "99999"}}));

  ASSERT_FALSE(config);
  const std::vector<std::string> problems = config.error();
  std::size_t required = 0;
  for (const auto& info : settings()) {
    if (!info.required) continue;
    ++required;
    const auto names_it = [&info](const std::string& problem) {
      return problem.starts_with(std::string{info.name} + " is not set");
    };
    EXPECT_EQ(std::count_if(problems.begin(), problems.end(), names_it), 1) << info.name;
  }
  EXPECT_EQ(required, required_values().size());
  EXPECT_EQ(problems.size(), required + 1);  // and the port
}

TEST(Config, BaseUrlIsHttpsOrLoopback) {
  EXPECT_EQ(config_with({{"BASE_URL", "https://otto.example.com/"}}).base_url, "https://otto.example.com");
  EXPECT_EQ(config_with({{"BASE_URL", "https://example.com:8443/otto//"}}).base_url, "https://example.com:8443/otto");
  for (const char* loopback :
       {"http://127.0.0.1:8080", "http://localhost:1", "http://[::1]:80", "http://a.localhost"}) {
    const Config config = config_with({{"BASE_URL", loopback}});
    EXPECT_EQ(config.base_url, loopback);
    EXPECT_FALSE(config.base_is_tls());
  }
  for (const char* bad :
       {"http://calls.example.org", "http://127.0.0.1.example.com", "calls.example.org", "ftp://x.example", "https://",
        "https://u:p@calls.example.org", "https://calls.example.org?x=1", "https://calls.example.org:0",
        "https://calls.example.org:65536", "https://[::1", "https://a b"}) {
    problem_with("BASE_URL", bad);
  }
}

TEST(Config, ProvidersAreReachedEncryptedExceptOnThisMachineOrInAContainerNetwork) {
  for (const char* name : {"TWILIO_API_BASE_URL", "ELEVENLABS_API_BASE_URL", "GOOGLE_SHEETS_API_BASE_URL",
                           "GOOGLE_SHEETS_EXPORT_BASE_URL"}) {
    EXPECT_TRUE(load_with({{name, "http://127.0.0.1:9001"}})) << name;
    EXPECT_TRUE(load_with({{name, "http://sandbox:9001"}})) << name;
    problem_with(name, "http://api.example.org");
    problem_with(name, "api.example.org");
  }
}

TEST(Config, DatabaseUrlLosesWhatOnlyPrismaKnows) {
  const auto url = [](const std::string& value) { return config_with({{"DATABASE_URL", value}}).database_url; };

  EXPECT_EQ(url("postgresql://u:p@h/d?schema=public"), "postgresql://u:p@h/d");
  EXPECT_EQ(url("postgres://u:p@h:5432/d?schema=public&sslmode=require&connection_limit=5&pgbouncer=true&pool_timeout=2"
                "&connect_timeout=10"),
            "postgres://u:p@h:5432/d?sslmode=require&connect_timeout=10");
  EXPECT_EQ(url("postgresql:///otto?host=/run/postgresql"), "postgresql:///otto?host=/run/postgresql");
  EXPECT_EQ(url("postgresql://h/d?"), "postgresql://h/d");
  for (const char* bad : {"mysql://u:p@h/d", "host=h dbname=d", "postgresql://u:p w@h/d"})
    problem_with("DATABASE_URL", bad);
}

TEST(Config, TwilioIdentifiersHaveTheirShape) {
  for (const char* bad : {"AC123", "SK0123456789abcdef0123456789abcdef", "AC0123456789abcdef0123456789abcdeg",
                          "AC0123456789abcdef0123456789abcdef0"}) {
    problem_with("TWILIO_ACCOUNT_SID", bad);
  }
  EXPECT_EQ(config_with({{"TWILIO_AUTH_TOKEN", "new, old"}}).twilio_auth_tokens,
            (std::vector<std::string>{"new", "old"}));
  problem_with("TWILIO_AUTH_TOKEN", "two words");
  problem_with("TWILIO_AUTH_TOKEN", ",");
}

TEST(Config, AnApiKeyNeedsBothItsParts) {
  const std::string sid = "SK0123456789abcdef0123456789abcdef";
  EXPECT_EQ(config_with({{"TWILIO_API_KEY_SID", sid}, {"TWILIO_API_KEY_SECRET", "s"}}).twilio_api_key_sid, sid);

  const auto alone = load_with({{"TWILIO_API_KEY_SID", sid}});
  ASSERT_FALSE(alone);
  EXPECT_EQ(alone.error(), std::vector<std::string>{
                               "TWILIO_API_KEY_SECRET is missing: TWILIO_API_KEY_SID is set, and they go together."});
  EXPECT_FALSE(load_with({{"TWILIO_API_KEY_SECRET", "s"}}));
}

TEST(Config, CallerIdsAreE164) {
  EXPECT_EQ(config_with({{"TWILIO_OUTBOUND_NUMBER", " +14155550100 , +14155550101,"}}).twilio_outbound_numbers,
            (std::vector<std::string>{"+14155550100", "+14155550101"}));
  for (const char* bad :
       {"4155550177", "+1 415 555 0100", "+04155550100", "+141555", "+14155550100,x", "+1234567890123456"}) {
    problem_with("TWILIO_OUTBOUND_NUMBER", bad);
  }
}

TEST(Config, NumbersStayInTheirRanges) {
  EXPECT_EQ(config_with({{"PORT", "0"}}).port, 0);
  EXPECT_EQ(config_with({{"PORT", "65535"}}).port, 65535);
  EXPECT_EQ(config_with({{"TWILIO_CALLS_PER_SECOND", "2.5"}}).twilio_calls_per_second, 2.5);
  EXPECT_EQ(config_with({{"OTTO_DRAIN_SECONDS", "0"}}).drain, std::chrono::seconds{0});
  for (const char* bad : {"-1", "65536", "80.5", "0x50", "80 80", "eighty"}) problem_with("PORT", bad);
  for (const char* bad : {"0", "-1", "101", "inf", "nan", "1,5"}) problem_with("TWILIO_CALLS_PER_SECOND", bad);
  for (const char* bad : {"0", "86401", "15m"}) problem_with("OTTO_UNKNOWN_SETTLE_SECONDS", bad);
  for (const char* bad : {"-1", "86401"}) problem_with("OTTO_DRAIN_SECONDS", bad);
}

TEST(Config, WordsAndListsAreChecked) {
  EXPECT_FALSE(config_with({{"OTTO_MIGRATE_ON_START", "False"}}).migrate_on_start);
  EXPECT_EQ(config_with({{"LOG_LEVEL", "DEBUG"}}).log_level, log::Level::Debug);
  EXPECT_EQ(config_with({{"LOG_FORMAT", "json"}}).log_format, log::Format::Json);
  EXPECT_EQ(config_with({{"N8N_API_KEY", "new,old"}}).api_keys.size(), 2u);
  EXPECT_EQ(config_with({{"OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer%20k=, x-team = voice"}}).traces_headers,
            (std::vector<std::pair<std::string, std::string>>{{"Authorization", "Bearer k="}, {"x-team", "voice"}}));
  EXPECT_EQ(config_with({{"OTTO_CALLBACK_HOSTS", "127.0.0.1:5678, N8N.internal ,[::1]:80"}}).callback_hosts,
            (std::vector<std::string>{"127.0.0.1:5678", "n8n.internal", "[::1]:80"}));
  EXPECT_EQ(config_with({{"OTTO_DASHBOARD_PASSWORD", "two words"}}).dashboard_password, "two words");
  EXPECT_EQ(config_with({{"OTTO_DASHBOARD_VIEW_PASSWORD", "look"}}).dashboard_view_password, "look");
  EXPECT_EQ(config_with({{"OTTO_WEB_DIR", "/srv/web"}}).web_dir, "/srv/web");
  problem_with("OTTO_MIGRATE_ON_START", "maybe");
  problem_with("LOG_LEVEL", "verbose");
  problem_with("LOG_FORMAT", "xml");
  problem_with("HOST", "http://x");
  for (const char* bad : {"http://n8n.internal", "n8n.internal/path", "host:port", "host:70000"}) {
    problem_with("OTTO_CALLBACK_HOSTS", bad);
  }
  for (const char* bad : {"Authorization", "=k", "a b=c", "a=%0d%0aX: y", "a=%zz"})
    problem_with("OTEL_EXPORTER_OTLP_HEADERS", bad);
}

TEST(Config, ASecondFactorIsBase32OfAtLeast128Bits) {
  const auto secret = [](const char* value) {
    return config_with({{"OTTO_DASHBOARD_TOTP_SECRET", value}}).dashboard_totp_secret;
  };
  EXPECT_EQ(secret("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
  EXPECT_EQ(secret("gezd gnbv gy3t qojq gezd gnbv gy"), "GEZDGNBVGY3TQOJQGEZDGNBVGY") << "as apps show it";
  for (const char* bad :
       {"GEZDGNBVGY3TQOJQGEZDGNBVG", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ1", "not base32 at all, never mind"})
    problem_with("OTTO_DASHBOARD_VIEW_TOTP_SECRET", bad);
}

TEST(Config, AViewKeyIsNotAnOperatorsKey) {
  EXPECT_EQ(config_with({{"OTTO_VIEW_API_KEYS", "a-view-key,another"}}).view_api_keys.size(), 2u);
  const auto config = load_with({{"N8N_API_KEY", "one-key,two-keys"}, {"OTTO_VIEW_API_KEYS", "two-keys"}});
  ASSERT_FALSE(config);
  EXPECT_TRUE(config.error().at(0).starts_with("OTTO_VIEW_API_KEYS")) << config.error().at(0);
}

TEST(Config, TranscriptKeysAre256BitsInHex) {
  const std::string a(64, 'a'), b = std::string(62, '0') + "fF";
  EXPECT_TRUE(config_with({}).transcript_keys.empty());
  const auto keys = config_with({{"OTTO_TRANSCRIPT_KEYS", a + ", " + b}}).transcript_keys;
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[0], std::string(32, '\xaa'));
  EXPECT_EQ(keys[1], std::string(31, '\0') + '\xff');
  for (const std::string& bad : {std::string(63, 'a'), std::string(65, 'a'), std::string(62, 'a') + "0x",
                                 std::string(62, 'a') + "-1", std::string(62, 'a') + " 1", a + "," + "short"})
    problem_with("OTTO_TRANSCRIPT_KEYS", bad);
}

TEST(Config, TrustedProxiesAreAddressesAndRanges) {
  EXPECT_FALSE(config_with({}).trusted_proxies);
  EXPECT_TRUE(config_with({{"OTTO_TRUSTED_PROXIES", "none"}}).trusted_proxies->empty());
  const auto proxies = config_with({{"OTTO_TRUSTED_PROXIES", "192.0.2.7, 10.0.0.0/8,2001:db8::/32"}}).trusted_proxies;
  ASSERT_TRUE(proxies);
  EXPECT_EQ(proxies->size(), 3u);
  EXPECT_TRUE(is_in(*proxies, "10.1.2.3"));
  for (const char* bad : {"proxy.internal", "10.0.0.1/8", "10.0.0.0/33", ","})
    problem_with("OTTO_TRUSTED_PROXIES", bad);
}

TEST(Config, SheetCredentialsAreAPathOrAServiceAccountKey) {
  EXPECT_EQ(config_with({{"GOOGLE_SHEETS_CREDENTIALS", "/etc/key.json"}}).sheets_credentials, "/etc/key.json");
  const std::string key = R"({"client_email":"a@b","private_key":"secret"})";
  EXPECT_EQ(config_with({{"GOOGLE_SHEETS_CREDENTIALS", key}}).sheets_credentials, key);
  problem_with("GOOGLE_SHEETS_CREDENTIALS", R"({"client_email":"a@b","private_key":)");
  problem_with("GOOGLE_SHEETS_CREDENTIALS", R"({"installed":{"client_id":"x"}})");
}

TEST(Config, ACommandThatNeedsFewSettingsReadsNoOthers) {
  constexpr std::array<std::string_view, 2> only{"ELEVENLABS_API_KEY", "ELEVENLABS_API_BASE_URL"};
  const auto source = source_of({{"ELEVENLABS_API_KEY", "key"}, {"PORT", "x"}, {"TWILIO_API_KEY_SECRET", "s"}});

  const auto config = load_config(source, only);
  const auto without = load_config(source_of({}), only);

  ASSERT_TRUE(config);
  EXPECT_EQ(config->elevenlabs_api_key, "key");
  EXPECT_EQ(config->elevenlabs_api_base_url, "https://api.elevenlabs.io");
  ASSERT_FALSE(without);
  EXPECT_EQ(without.error().size(), 1u);
}

TEST(Config, WhatIsInForceIsToldWithoutSecrets) {
  const auto config = config_with({{"PORT", "9000"}, {"OTTO_DASHBOARD_PASSWORD", "correct horse"}});
  const auto shown = [&](std::string_view name) {
    const auto found = std::ranges::find(config.in_force, name, &SettingInForce::name);
    return found == config.in_force.end() ? SettingInForce{} : *found;
  };

  EXPECT_EQ(config.in_force.size(), settings().size());
  EXPECT_EQ(shown("PORT").value, "9000");
  EXPECT_FALSE(shown("PORT").is_default);
  EXPECT_EQ(shown("HOST").value, "127.0.0.1");
  EXPECT_TRUE(shown("HOST").is_default);
  EXPECT_EQ(shown("OTTO_DASHBOARD_PASSWORD").value, "set");
  EXPECT_EQ(shown("DATABASE_URL").value, "set");
  EXPECT_EQ(shown("ELEVENLABS_WEBHOOK_SECRET").value, "unset");
  for (const auto& setting : config.in_force) EXPECT_EQ(setting.value.find("horse"), std::string::npos);
}

TEST(Config, EverySecretIsMarked) {
  for (const auto& info : settings()) {
    const bool looks_secret = info.name.find("SECRET") != info.name.npos ||
                              info.name.find("PASSWORD") != info.name.npos || info.name.ends_with("_KEY") ||
                              info.name.ends_with("_KEYS") || info.name.ends_with("TOKEN") ||
                              info.name.find("CREDENTIALS") != info.name.npos || info.name == "DATABASE_URL" ||
                              info.name == "OTEL_EXPORTER_OTLP_HEADERS";
    EXPECT_EQ(info.secret, looks_secret) << info.name;
    EXPECT_FALSE(info.help.empty()) << info.name;
    if (info.required) EXPECT_TRUE(info.fallback.empty()) << info.name;
  }
}

TEST(Config, AnInstanceCarriesMoreCallsThanItBegins) {
  EXPECT_EQ(config_with({{"OTTO_MAX_CALLS", "2000"}}).carried_calls(), 2200);
  EXPECT_EQ(config_with({{"OTTO_MAX_CALLS", "3"}}).carried_calls(), 13);
}

}  // namespace
}  // namespace otto
