#include "otto/app/providers.hpp"

#include "otto/call/variables.hpp"
#include "otto/sheets/google_sheet.hpp"
#include "otto/sheets/public_csv.hpp"

namespace otto::app {

twilio::LineSettings line_settings(const Config& config) {
  twilio::LineSettings settings;
  settings.account_sid = config.twilio_account_sid;
  settings.auth_token = config.twilio_auth_tokens.front();
  settings.api_key_sid = config.twilio_api_key_sid;
  settings.api_key_secret = config.twilio_api_key_secret;
  settings.api_base_url = config.twilio_api_base_url;
  settings.base_url = config.base_url;
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

}  // namespace otto::app
