// The body of POST /api/n8n/trigger-outbound-campaign, read and checked. Pure.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otto/base/json.hpp"
#include "otto/model/campaign.hpp"

namespace otto::api {

struct Trigger {
  NewCampaign campaign;                   ///< without id; sheet_id as given (an id or a browser's URL)
  std::optional<Json> contacts;           ///< the inline list, unread
  std::optional<std::string> list_file;   ///< a CSV or Excel file's bytes, unread
  std::string list_tab;                   ///< of the Excel file, by title; empty: its first one
  std::optional<std::string> test_phone;  ///< called first, as given; the campaign waits until it is resumed
};

struct TriggerChecks {
  std::function<bool(const std::string&)> is_zone;           ///< an IANA name that this machine knows
  std::function<bool(const std::string&)> callback_allowed;  ///< false: a private address that no setting allows
  std::function<std::string(const std::string&)> refusal;    ///< of a number (E.164); empty: it may be called
};

/// Everything that is wrong goes to `errors`, all of it at once; the Trigger is meaningful only when there are none.
Trigger read_trigger(const Json& body, const TriggerChecks& checks, std::vector<FieldError>& errors);

/// What is wrong with settings beyond their form: zones that nobody knows, URLs that may not be called.
void check_settings(const CampaignSettings& settings, const TriggerChecks& checks, std::vector<FieldError>& errors);

/// The body of POST /api/contacts/preview: the trigger's fields that say where the contacts are, campaignType and
/// settings.
Trigger read_preview(const Json& body, const TriggerChecks& checks, std::vector<FieldError>& errors);

}  // namespace otto::api
