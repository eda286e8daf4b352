#include "otto/base/config.hpp"

#include <algorithm>

#include "otto/base/text.hpp"

#include "base/config_checks.hpp"

namespace otto {
namespace {

enum class Need : std::uint8_t { Required, Optional };
enum class Show : std::uint8_t { Open, Secret };

struct Setting {
  SettingInfo info;
  std::string (*apply)(std::string_view value, Config& config);  ///< "" or the end of a sentence
};

Setting setting(std::string_view name, std::string_view fallback, Need need, Show show, std::string_view help,
                std::string (*apply)(std::string_view, Config&)) {
  return Setting{SettingInfo{name, fallback, help, need == Need::Required, show == Show::Secret}, apply};
}

std::vector<Setting> server_settings() {
  using enum Need;
  using enum Show;
  return {
      setting("BASE_URL", "", Required, Open,
              "public URL under which Twilio and people reach this server; http for loopback only",
              [](std::string_view v, Config& c) { return checks::public_url(v, c.base_url); }),
      setting("HOST", "127.0.0.1", Optional, Open, "address to listen on",
              [](std::string_view v, Config& c) { return checks::host(v, c.host); }),
      setting("PORT", "8080", Optional, Open, "port to listen on; 0 lets the system choose",
              [](std::string_view v, Config& c) { return checks::port(v, c.port); }),
      setting("DATABASE_URL", "", Required, Secret, "PostgreSQL, as postgresql://user:password@host/database",
              [](std::string_view v, Config& c) { return checks::database_url(v, c.database_url); }),
  };
}

std::vector<Setting> twilio_settings() {
  using enum Need;
  using enum Show;
  return {
      setting("TWILIO_ACCOUNT_SID", "", Required, Open, "Twilio account, AC and 32 hex digits",
              [](std::string_view v, Config& c) { return checks::twilio_sid("AC", v, c.twilio_account_sid); }),
      setting("TWILIO_AUTH_TOKEN", "", Required, Secret,
              "signs Twilio's webhooks and, without an API key, REST calls; while rotating: new,old",
              [](std::string_view v, Config& c) { return checks::words(v, c.twilio_auth_tokens); }),
      setting("TWILIO_API_KEY_SID", "", Optional, Open, "API key for REST calls, SK and 32 hex digits",
              [](std::string_view v, Config& c) { return checks::twilio_sid("SK", v, c.twilio_api_key_sid); }),
      setting("TWILIO_API_KEY_SECRET", "", Optional, Secret, "the API key's secret",
              [](std::string_view v, Config& c) { return checks::word(v, c.twilio_api_key_secret); }),
      setting("TWILIO_OUTBOUND_NUMBER", "", Required, Open,
              "caller id in E.164; several separated by commas are used in rotation",
              [](std::string_view v, Config& c) { return checks::numbers(v, c.twilio_outbound_numbers); }),
      setting("TWILIO_API_BASE_URL", "https://api.twilio.com", Optional, Open, "Twilio's REST endpoint",
              [](std::string_view v, Config& c) { return checks::provider_url(v, c.twilio_api_base_url); }),
      setting("TWILIO_CALLS_PER_SECOND", "1", Optional, Open,
              "account-wide dialing limit over all campaigns and instances",
              [](std::string_view v, Config& c) { return checks::rate(v, 100, c.twilio_calls_per_second); }),
  };
}

std::vector<Setting> agent_and_sheet_settings() {
  using enum Need;
  using enum Show;
  return {
      setting("ELEVENLABS_API_KEY", "", Required, Secret, "ElevenLabs API key",
              [](std::string_view v, Config& c) { return checks::word(v, c.elevenlabs_api_key); }),
      setting("ELEVENLABS_OUTBOUND_AGENT_ID", "", Required, Open, "the agent that speaks with the people called",
              [](std::string_view v, Config& c) { return checks::word(v, c.elevenlabs_agent_id); }),
      setting("ELEVENLABS_API_BASE_URL", "https://api.elevenlabs.io", Optional, Open, "ElevenLabs' REST endpoint",
              [](std::string_view v, Config& c) { return checks::provider_url(v, c.elevenlabs_api_base_url); }),
      setting("ELEVENLABS_WEBHOOK_SECRET", "", Optional, Secret,
              "verifies post-call webhooks; unset: that route answers 404",
              [](std::string_view v, Config& c) { return checks::word(v, c.elevenlabs_webhook_secret); }),
      setting("ELEVENLABS_MAX_CONVERSATIONS", "", Optional, Open,
              "calls at once over all campaigns and instances, unset: what the subscription's plan includes",
              [](std::string_view v, Config& c) { return checks::whole_number(v, 1, 100'000, c.max_conversations); }),
      setting("GOOGLE_SHEETS_CAMPAIGN_ID", "", Optional, Open, "default spreadsheet",
              [](std::string_view v, Config& c) { return checks::word(v, c.sheets_campaign_id); }),
      setting("GOOGLE_SHEETS_CREDENTIALS", "", Optional, Secret,
              "service-account key, as JSON or as a path; unset: the public CSV export is read, nothing written back",
              [](std::string_view v, Config& c) { return checks::credentials(v, c.sheets_credentials); }),
      setting("GOOGLE_SHEETS_API_BASE_URL", "https://sheets.googleapis.com", Optional, Open, "Google Sheets API",
              [](std::string_view v, Config& c) { return checks::provider_url(v, c.sheets_api_base_url); }),
      setting("GOOGLE_SHEETS_EXPORT_BASE_URL", "https://docs.google.com", Optional, Open, "Google's CSV export",
              [](std::string_view v, Config& c) { return checks::provider_url(v, c.sheets_export_base_url); }),
  };
}

std::vector<Setting> otto_settings() {
  using enum Need;
  using enum Show;
  return {
      setting("N8N_API_KEY", "", Required, Secret,
              "key that callers of /api/* send; several separated by commas allow rotation",
              [](std::string_view v, Config& c) { return checks::words(v, c.api_keys); }),
      setting("OTTO_VIEW_API_KEYS", "", Optional, Secret,
              "keys of callers of /api/* who may look, but change nothing; several separated by commas",
              [](std::string_view v, Config& c) { return checks::words(v, c.view_api_keys); }),
      setting("OTTO_WEBHOOK_SECRET", "", Optional, Secret,
              "signs outgoing webhooks; unset: derived from the first API key",
              [](std::string_view v, Config& c) { return checks::word(v, c.webhook_secret); }),
      setting("OTTO_DASHBOARD_PASSWORD", "", Optional, Secret,
              "signs people in to the dashboard, as it is (8 characters and more, better 15) or as `otto password` "
              "stretches it; unset: the dashboard is off",
              [](std::string_view v, Config& c) { return c.dashboard_password = v, std::string{}; }),
      setting("OTTO_DASHBOARD_VIEW_PASSWORD", "", Optional, Secret,
              "signs people in to the dashboard who may look and listen, but change nothing",
              [](std::string_view v, Config& c) { return c.dashboard_view_password = v, std::string{}; }),
      setting("OTTO_DASHBOARD_TOTP_SECRET", "", Optional, Secret,
              "second factor of the first password, made by `otto totp`: codes of an authenticator app (RFC 6238)",
              [](std::string_view v, Config& c) { return checks::base32(v, c.dashboard_totp_secret); }),
      setting("OTTO_DASHBOARD_VIEW_TOTP_SECRET", "", Optional, Secret, "second factor of the view password",
              [](std::string_view v, Config& c) { return checks::base32(v, c.dashboard_view_totp_secret); }),
      setting(
          "OTTO_TRUSTED_PROXIES", "", Optional, Open,
          "addresses and ranges (commas) of the proxies in front, whose X-Forwarded-For is believed, or none; unset: "
          "of a proxy with a private address the last address that it names",
          [](std::string_view v, Config& c) { return checks::networks(v, c.trusted_proxies); }),
      setting("OTTO_WEB_DIR", "", Optional, Open,
              "directory of the dashboard's page; unset: web beside the program, else /usr/share/otto/web",
              [](std::string_view v, Config& c) { return c.web_dir = v, std::string{}; }),
      setting("OTTO_CALLBACK_HOSTS", "", Optional, Open,
              "private or loopback hosts (host or host:port, commas) that callbacks and tool webhooks may name",
              [](std::string_view v, Config& c) { return checks::hosts(v, c.callback_hosts); }),
      setting("OTTO_DEFAULT_REGION", "US", Optional, Open,
              "country (ISO 3166, two letters) of phone numbers that are written without a country code",
              [](std::string_view v, Config& c) { return checks::region(v, c.default_region); }),
      setting("OTTO_JOURNAL_DIR", "", Optional, Open,
              "directory in which facts are kept while the database is away; unset: $STATE_DIRECTORY, else "
              "~/.local/state/otto",
              [](std::string_view v, Config& c) { return c.journal_dir = v, std::string{}; }),
      setting("OTTO_ALLOWED_DESTINATIONS", "", Optional, Open,
              "countries (US, CA …) and beginnings of numbers (+1787 …) that may be called; unset: the countries of "
              "TWILIO_OUTBOUND_NUMBER",
              [](std::string_view v, Config& c) { return checks::destinations(v, c.allowed_destinations); }),
      setting("OTTO_CALLS_PER_DAY", "10000", Optional, Open,
              "calls within 24 hours, over all campaigns and instances; 0: no limit",
              [](std::string_view v, Config& c) { return checks::whole_number(v, 0, 10'000'000, c.calls_per_day); }),
      setting(
          "OTTO_CALLS_PER_NUMBER_PER_DAY", "3", Optional, Open,
          "calls to one number within 24 hours, over all campaigns; 0: no limit",
          [](std::string_view v, Config& c) { return checks::whole_number(v, 0, 100, c.calls_per_number_per_day); }),
      setting("OTTO_MAX_CALLS", "500", Optional, Open,
              "calls at once that this instance begins; a tenth more (ten at least) when it takes over another's",
              [](std::string_view v, Config& c) { return checks::whole_number(v, 1, 100'000, c.max_calls); }),
      setting("OTTO_PRICE_PER_MINUTE", "0.15", Optional, Open,
              "price of a call's minute, line and agent together, that campaigns' budgets reckon with",
              [](std::string_view v, Config& c) { return checks::price(v, 1000, c.price_per_minute); }),
      setting("OTTO_KEEP_RECORDINGS_DAYS", "0", Optional, Open,
              "days after a campaign's end on which its recordings are removed, at Twilio too; 0: never",
              [](std::string_view v, Config& c) { return checks::whole_number(v, 0, 36'500, c.keep_recordings_days); }),
      setting(
          "OTTO_KEEP_TRANSCRIPTS_DAYS", "0", Optional, Open,
          "days after a campaign's end on which transcripts, notes and summaries are deleted; 0: never",
          [](std::string_view v, Config& c) { return checks::whole_number(v, 0, 36'500, c.keep_transcripts_days); }),
      setting("OTTO_KEEP_CONTACTS_DAYS", "0", Optional, Open,
              "days after a campaign's end on which names, numbers and variables of its people are deleted; 0: never",
              [](std::string_view v, Config& c) { return checks::whole_number(v, 0, 36'500, c.keep_contacts_days); }),
      setting("OTTO_KEEP_AUDIT_DAYS", "365", Optional, Open, "days for which it is kept who did what; 0: for ever",
              [](std::string_view v, Config& c) { return checks::whole_number(v, 0, 36'500, c.keep_audit_days); }),
      setting(
          "OTTO_TRANSCRIPT_KEYS", "", Optional, Secret,
          "encrypts transcripts where they are kept: 64 hex digits (openssl rand -hex 32); of several, separated by "
          "commas, the first encrypts and all decrypt; unset: they are kept as they are",
          [](std::string_view v, Config& c) { return checks::keys(v, c.transcript_keys); }),
      setting("OTTO_UNKNOWN_SETTLE_SECONDS", "900", Optional, Open,
              "how long an ambiguous call creation stays locked before its contact may be dialed again",
              [](std::string_view v, Config& c) { return checks::whole_seconds(v, 1, 86'400, c.unknown_settle); }),
      setting("OTTO_DRAIN_SECONDS", "600", Optional, Open, "how long live calls may run on after a stop signal",
              [](std::string_view v, Config& c) { return checks::whole_seconds(v, 0, 86'400, c.drain); }),
      setting("OTTO_MIGRATE_ON_START", "true", Optional, Open, "apply pending migrations at start",
              [](std::string_view v, Config& c) { return checks::flag(v, c.migrate_on_start); }),
      setting("LOG_LEVEL", "info", Optional, Open, "debug, info, warn, error or off",
              [](std::string_view v, Config& c) { return checks::level(v, c.log_level); }),
      setting("LOG_FORMAT", "text", Optional, Open, "text, or json for one JSON object per line",
              [](std::string_view v, Config& c) { return checks::format(v, c.log_format); }),
  };
}

/// OpenTelemetry's own names, as every program that sends traces reads them.
std::vector<Setting> trace_settings() {
  using enum Need;
  using enum Show;
  return {
      setting("OTEL_EXPORTER_OTLP_ENDPOINT", "", Optional, Open,
              "OpenTelemetry collector (OTLP over HTTP) that gets a trace of each call; unset: none are sent",
              [](std::string_view v, Config& c) { return checks::provider_url(v, c.traces_url); }),
      setting("OTEL_EXPORTER_OTLP_HEADERS", "", Optional, Secret,
              "headers for the collector, as name=value, separated by commas",
              [](std::string_view v, Config& c) { return checks::headers(v, c.traces_headers); }),
      setting("OTEL_SERVICE_NAME", "otto", Optional, Open, "this service's name in the traces",
              [](std::string_view v, Config& c) { return checks::word(v, c.traces_service); }),
  };
}

const std::vector<Setting>& all_settings() {
  static const std::vector<Setting> all = [] {
    std::vector<Setting> out;
    for (const auto& part :
         {server_settings(), twilio_settings(), agent_and_sheet_settings(), otto_settings(), trace_settings()}) {
      out.insert(out.end(), part.begin(), part.end());
    }
    return out;
  }();
  return all;
}

void check_pairs(const SettingSource& source, const Config& config, std::vector<std::string>& problems) {
  if (!config.dashboard_password.empty() && config.dashboard_password == config.dashboard_view_password)
    problems.push_back("OTTO_DASHBOARD_VIEW_PASSWORD must differ from OTTO_DASHBOARD_PASSWORD.");
  for (const std::string& key : config.view_api_keys)
    if (std::ranges::find(config.api_keys, key) != config.api_keys.end())
      problems.push_back(
          "OTTO_VIEW_API_KEYS has a key that is one of N8N_API_KEY as well, which may change everything.");
  const auto is_set = [&source](std::string_view name) { return !trim(source(name).value_or("")).empty(); };
  const bool sid = is_set("TWILIO_API_KEY_SID");
  const bool secret = is_set("TWILIO_API_KEY_SECRET");
  if (sid == secret) return;
  problems.push_back(sid ? "TWILIO_API_KEY_SECRET is missing: TWILIO_API_KEY_SID is set, and they go together."
                         : "TWILIO_API_KEY_SID is missing: TWILIO_API_KEY_SECRET is set, and they go together.");
}

}  // namespace

const std::vector<SettingInfo>& settings() {
  static const std::vector<SettingInfo> infos = [] {
    std::vector<SettingInfo> out;
    for (const auto& entry : all_settings()) out.push_back(entry.info);
    return out;
  }();
  return infos;
}

boost::system::result<Config, std::vector<std::string>> load_config(const SettingSource& source,
                                                                    std::span<const std::string_view> only) {
  Config config;
  std::vector<std::string> problems;
  for (const auto& entry : all_settings()) {
    const std::string name{entry.info.name};
    const bool is_needed = only.empty() || std::ranges::find(only, entry.info.name) != only.end();
    const std::string given = is_needed ? source(entry.info.name).value_or("") : std::string{};
    std::string_view value = trim(given);  // an empty value counts as unset, as compose files write it
    const bool is_given = !value.empty();
    if (!is_given) value = entry.info.fallback;
    const auto shown = entry.info.secret ? std::string_view{is_given ? "set" : "unset"} : value;
    config.in_force.push_back({name, std::string{shown}, !is_given});
    if (!value.empty()) {
      if (const auto problem = entry.apply(value, config); !problem.empty()) {
        problems.push_back(name + " " + problem + ".");
      }
    } else if (entry.info.required && is_needed) {
      problems.push_back(name + " is not set: " + std::string{entry.info.help} + ".");
    }
  }
  if (only.empty()) check_pairs(source, config, problems);
  if (!problems.empty()) return problems;
  return config;
}

}  // namespace otto
