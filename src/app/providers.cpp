#include "otto/app/providers.hpp"

#include <unistd.h>

#include "otto/app/tuning.hpp"
#include "otto/base/ids.hpp"
#include "otto/call/variables.hpp"
#include "otto/crypto/digest.hpp"
#include "otto/journal/file_journal.hpp"
#include "otto/sheets/google_sheet.hpp"
#include "otto/sheets/public_csv.hpp"

namespace otto::app {

namespace {

/// systemd's StateDirectory=, else where the XDG base directory specification wants a program's state.
std::string state_directory() {
  const auto environment = environment_source();
  if (const auto given = environment("STATE_DIRECTORY")) return given->substr(0, given->find(':'));
  if (const auto given = environment("XDG_STATE_HOME")) return *given + "/otto";
  if (const auto home = environment("HOME")) return *home + "/.local/state/otto";
  return "/var/tmp/otto-" + std::to_string(::getuid());
}

/// The database by its place and name: neither its password nor a parameter makes it another one.
std::string fingerprint(const std::string& database_url) {
  const auto scheme = database_url.find("://");
  const auto at = database_url.find('@');
  const auto begin = at != std::string::npos ? at + 1 : scheme == std::string::npos ? 0 : scheme + 3;
  const auto place = database_url.substr(begin, database_url.find('?') - begin);
  return crypto::sha256_hex(place.empty() || place.front() == '/' ? database_url : place).substr(0, 12);
}

}  // namespace

twilio::LineSettings line_settings(const Config& config) {
  twilio::LineSettings settings;
  settings.account_sid = config.twilio_account_sid;
  settings.auth_token = config.twilio_auth_tokens.front();
  settings.api_key_sid = config.twilio_api_key_sid;
  settings.api_key_secret = config.twilio_api_key_secret;
  settings.api_base_url = config.twilio_api_base_url;
  settings.base_url = config.base_url;
  settings.create_deadline = tuning.create_deadline;
  return settings;
}

elevenlabs::Settings agent_settings(const Config& config) {
  elevenlabs::Settings settings;
  settings.api_key = config.elevenlabs_api_key;
  settings.api_base_url = config.elevenlabs_api_base_url;
  for (const auto& [name, value] : call::conversation_variables({})) settings.check.sent_variables.push_back(name);
  return settings;
}

Result<Sheets> make_sheets(const Config& config, Loop& loop, rt::Timers& timers, boost::asio::thread_pool* pool) {
  Sheets made;
  if (config.sheets_credentials.empty()) {
    made.sheet = sheets::make_public_sheet(sheets::PublicSheetSettings{config.sheets_export_base_url, pool});
    return made;
  }
  auto account = sheets::load_service_account(config.sheets_credentials, config.sheets_api_base_url);
  if (!account) return account.error();
  sheets::GoogleSheetSettings settings;
  settings.account = std::move(*account);
  settings.api_base_url = config.sheets_api_base_url;
  settings.pool = pool;
  auto google = sheets::make_google_sheet(std::move(settings), loop, timers);
  made.writer = google.get();
  made.sheet = std::move(google);
  return made;
}

Result<std::unique_ptr<ports::Journal>> open_journal(const Config& config, Loop& loop) {
  journal::FileOptions options;
  options.directory = config.journal_dir.empty() ? state_directory() : config.journal_dir;
  options.family = fingerprint(config.database_url);
  options.name = make_uuid_v7();
  return journal::open_file_journal(loop, std::move(options));
}

}  // namespace otto::app
