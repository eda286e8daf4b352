// Every setting, declared once: name, default, check and help (config.cpp). Read from the environment, then
// from a file, then from .env in the working directory; the environment wins.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "otto/base/error.hpp"
#include "otto/base/log.hpp"
#include "otto/base/network.hpp"

namespace otto {

/// One setting as it is in force, for people; of a secret only whether it is set.
struct SettingInForce {
  std::string name, value;
  bool is_default = false;
};

struct Config {
  std::string base_url;  ///< no trailing slash; http only for loopback hosts
  std::string host;
  std::uint16_t port = 0;  ///< 0 lets the system choose; the line printed at start tells
  std::string database_url;

  std::string twilio_account_sid;
  std::vector<std::string> twilio_auth_tokens;  ///< first signs REST calls; all verify webhooks (rotation)
  std::string twilio_api_key_sid, twilio_api_key_secret;
  std::vector<std::string> twilio_outbound_numbers;  ///< E.164, used in rotation
  std::string twilio_api_base_url;
  double twilio_calls_per_second = 1;

  std::string elevenlabs_api_key, elevenlabs_agent_id, elevenlabs_api_base_url;
  std::string elevenlabs_webhook_secret;  ///< empty: the post-call route answers 404

  std::string sheets_campaign_id, sheets_credentials, sheets_api_base_url, sheets_export_base_url;

  std::vector<std::string> api_keys;                              ///< N8N_API_KEY
  std::vector<std::string> view_api_keys;                         ///< that may look, but change nothing
  std::string webhook_secret;                                     ///< empty: derived from the first API key
  std::string dashboard_password, dashboard_view_password;        ///< both empty: the dashboard is off
  std::string dashboard_totp_secret, dashboard_view_totp_secret;  ///< base32; empty: no second factor
  std::optional<std::vector<Network>> trusted_proxies;            ///< unset: net/proxies.hpp says what holds
  std::string web_dir;                                            ///< of the dashboard's page; empty: the usual places
  std::vector<std::string> callback_hosts;
  std::string traces_url;  ///< of an OpenTelemetry collector; empty: no traces
  std::vector<std::pair<std::string, std::string>> traces_headers;
  std::string traces_service = "otto";
  std::string default_region = "US";  ///< ISO 3166, of numbers without a country code

  std::vector<std::string> transcript_keys;  ///< 32 bytes each, the first one encrypts; empty: not encrypted
  std::string journal_dir;                   ///< empty: the system's place for a program's state
  std::vector<std::string>
      allowed_destinations;          ///< countries and beginnings of numbers; empty: the callers' countries
  int calls_per_day = 10'000;        ///< over all campaigns and instances; 0: no limit
  int calls_per_number_per_day = 3;  ///< over all campaigns; 0: no limit
  int max_calls = 500;               ///< at once, of this instance
  /// With room for those that are taken over from another instance, and for those that still tidy up: a tenth, ten at
  /// least.
  int carried_calls() const { return max_calls + std::max(max_calls / 10, 10); }
  int max_conversations = 0;       ///< at once, over all campaigns and instances; 0: no limit
  double price_per_minute = 0.15;  ///< of line and agent together: what budgets reckon with

  int keep_recordings_days = 0, keep_transcripts_days = 0, keep_contacts_days = 0;  ///< after a campaign's end; 0: ever
  int keep_audit_days = 365;

  std::chrono::seconds unknown_settle{900};
  std::chrono::seconds drain{600};
  bool migrate_on_start = true;
  log::Level log_level = log::Level::Info;
  log::Format log_format = log::Format::Text;

  std::vector<SettingInForce> in_force;

  bool base_is_tls() const { return base_url.starts_with("https://"); }
};

/// One setting as `otto --help`, the example file and the README's table show it.
struct SettingInfo {
  std::string_view name, fallback, help;
  bool required, secret;
};
const std::vector<SettingInfo>& settings();

/// Looks a setting up by its exact name; nullopt when unset.
using SettingSource = std::function<std::optional<std::string>(std::string_view name)>;

SettingSource environment_source();
/// A file of NAME=value lines: # comments, optional `export `, single or double quotes (also over several lines).
/// NotFound when there is no such file; Config names file and line of what cannot be read.
Result<SettingSource> file_source(const std::string& path);
/// The first source that has the setting wins.
SettingSource layered(std::vector<SettingSource> sources);

/// All settings, or one sentence for each thing that is wrong, each naming its setting, all of them at once.
/// With `only`, for a command that needs no others: these are read, and the rest have their defaults or nothing.
boost::system::result<Config, std::vector<std::string>> load_config(const SettingSource& source,
                                                                    std::span<const std::string_view> only = {});

}  // namespace otto
