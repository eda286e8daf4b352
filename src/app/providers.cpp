#include "otto/app/providers.hpp"

#include "otto/call/variables.hpp"

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

}  // namespace otto::app
