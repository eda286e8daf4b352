#include "otto/api/trigger.hpp"

#include <algorithm>
#include <array>

#include "otto/base/clock.hpp"
#include "otto/crypto/digest.hpp"
#include "otto/net/message.hpp"

namespace otto::api {

namespace {

constexpr std::array<std::string_view, 13> kFields{
    "campaignName", "campaignType",  "dealershipId", "googleSheetId", "sheetName", "contacts", "contactsCsv",
    "contactsXlsx", "scheduledTime", "callbackUrl",  "eventsUrl",     "settings",  "testPhone"};
constexpr std::array<std::string_view, 7> kPreviewFields{"campaignType", "googleSheetId", "sheetName",   "settings",
                                                         "contacts",     "contactsCsv",   "contactsXlsx"};
constexpr std::size_t kMaxFile = 5 * 1024 * 1024;
constexpr std::size_t kMaxCallbackUrl = 2048;
constexpr std::size_t kMaxContacts = 10'000;

CampaignType read_type(FieldReader& reader) {
  const auto given = reader.required_string("campaignType", 1, 64);
  if (const auto type = parse_campaign_type(given)) return *type;
  if (!given.empty())
    reader.fail("campaignType",
                "must be one of APPOINTMENT_REMINDER, SERVICE_FOLLOWUP, SALES_OUTREACH, CUSTOMER_SATISFACTION, "
                "PAYMENT_REMINDER, GENERAL");
  return CampaignType::General;
}

/// What is wrong with an URL that we shall send requests to; empty: nothing.
std::string fault_of(const std::string& url, const TriggerChecks& checks) {
  const auto parsed = net::parse_url(url);
  if (!parsed || (parsed->scheme != "http" && parsed->scheme != "https"))
    return "must be an absolute http or https URL";
  if (checks.callback_allowed(url)) return {};
  return "names a private or loopback host; add \"" + parsed->authority() + "\" to OTTO_CALLBACK_HOSTS to allow it";
}

/// callbackUrl or eventsUrl.
std::optional<std::string> read_url(FieldReader& reader, const TriggerChecks& checks, const char* name) {
  auto url = reader.string(name, 1, kMaxCallbackUrl);
  if (!url) return std::nullopt;
  if (auto fault = fault_of(*url, checks); !fault.empty()) reader.fail(name, std::move(fault));
  return url;
}

void read_schedule(FieldReader& reader, NewCampaign& campaign) {
  const auto text = reader.string("scheduledTime", 1, 64);
  if (!text) return;
  const auto time = parse_iso8601(*text);
  if (time)
    campaign.scheduled_time = *time;
  else
    reader.fail("scheduledTime", "must be an ISO 8601 time with an offset, such as 2026-12-01T09:00:00-08:00");
}

/// An Excel file, of which sheetName may name a tab.
void read_workbook(FieldReader& reader, Trigger& trigger) {
  const auto encoded = reader.string("contactsXlsx", 1, kMaxFile);
  if (!encoded) return;
  if (trigger.list_file || trigger.contacts || trigger.campaign.sheet_id)
    reader.fail("contactsXlsx", "cannot be given together with contacts, contactsCsv or googleSheetId");
  auto file = crypto::base64_decode(*encoded);
  if (!file) return reader.fail("contactsXlsx", "must be the file's bytes in base64, without line breaks");
  trigger.list_file = std::move(*file);
  trigger.list_tab = trigger.campaign.sheet_tab.value_or("");
  trigger.campaign.sheet_tab.reset();
}

/// Where the contacts are: in one of four places.
void read_list(FieldReader& reader, Trigger& trigger) {
  NewCampaign& campaign = trigger.campaign;
  campaign.sheet_id = reader.string("googleSheetId", 1, 2048);
  campaign.sheet_tab = reader.string("sheetName", 1, 200);
  const bool names_sheet = campaign.sheet_id || (campaign.sheet_tab && !reader.has("contactsXlsx"));
  if (const Json* contacts = reader.array("contacts", kMaxContacts)) {
    if (contacts->empty()) reader.fail("contacts", "must hold at least one contact");
    const auto wrong = std::ranges::find_if_not(*contacts, [](const Json& entry) { return entry.is_object(); });
    if (wrong != contacts->end())
      reader.fail("contacts[" + std::to_string(wrong - contacts->begin()) + "]",
                  R"(must be an object such as {"name": "Maria", "phone": "+14155550101"})");
    if (names_sheet) reader.fail("contacts", "cannot be given together with googleSheetId or sheetName");
    trigger.contacts = *contacts;
  }
  trigger.list_file = reader.string("contactsCsv", 1, kMaxFile);
  if (trigger.list_file && (names_sheet || trigger.contacts))
    reader.fail("contactsCsv", "cannot be given together with contacts, googleSheetId or sheetName");
  read_workbook(reader, trigger);
}

}  // namespace

Trigger read_preview(const Json& body, const TriggerChecks& checks, std::vector<FieldError>& errors) {
  Trigger trigger;
  if (!body.is_object()) {
    errors.push_back({"", "the body must be a JSON object"});
    return trigger;
  }
  FieldReader reader{body, errors};
  for (const auto& [key, value] : body.items()) {
    if (std::ranges::find(kPreviewFields, key) == kPreviewFields.end())
      reader.fail(key, "is not a field of this request");
  }
  if (reader.has("campaignType")) trigger.campaign.type = read_type(reader);
  read_list(reader, trigger);
  trigger.campaign.settings = read_settings(reader.object("settings"), errors);
  check_settings(trigger.campaign.settings, checks, errors);
  return trigger;
}

void check_settings(const CampaignSettings& settings, const TriggerChecks& checks, std::vector<FieldError>& errors) {
  if (const std::string& url = settings.tool_webhook_url; !url.empty()) {
    if (auto fault = fault_of(url, checks); !fault.empty())
      errors.push_back({"settings.toolWebhookUrl", std::move(fault)});
  }
  for (const auto& [name, number] : settings.transfer_numbers)
    if (auto refusal = checks.refusal(number); !refusal.empty())
      errors.push_back({"settings.transferNumbers." + name, std::move(refusal)});
  const std::string& zone = settings.hours.timezone;
  if (zone != "contact" && !checks.is_zone(zone))
    errors.push_back({"settings.callDuringHours.timezone",
                      "\"" + zone + "\" is not an IANA time zone such as America/New_York, nor \"contact\""});
}

Trigger read_trigger(const Json& body, const TriggerChecks& checks, std::vector<FieldError>& errors) {
  Trigger trigger;
  if (!body.is_object()) {
    errors.push_back({"", "The body must be a JSON object"});
    return trigger;
  }
  FieldReader reader{body, errors};
  for (const auto& [key, value] : body.items()) {
    if (std::ranges::find(kFields, key) == kFields.end()) reader.fail(key, "is not a field of this request");
  }
  NewCampaign& campaign = trigger.campaign;
  campaign.name = reader.required_string("campaignName", 1, 200);
  campaign.type = read_type(reader);
  campaign.dealership_id = reader.string("dealershipId", 0, 200);
  read_schedule(reader, campaign);
  campaign.callback_url = read_url(reader, checks, "callbackUrl");
  campaign.events_url = read_url(reader, checks, "eventsUrl");
  read_list(reader, trigger);
  const Json* settings = reader.object("settings");
  campaign.settings = read_settings(settings, errors);
  if (settings) campaign.settings_as_given = *settings;
  check_settings(campaign.settings, checks, errors);
  trigger.test_phone = reader.string("testPhone", 1, 64);
  // Whoever sells keeps the law's hours also within hours of its own; round the clock is meant as it is said.
  const CallingHours& hours = campaign.settings.hours;
  const bool round_the_clock = hours.start_minute == 0 && hours.end_minute == 1440;
  const bool leaves_it_open = settings && settings->is_object() && !settings->contains("legalHours");
  if (campaign.type == CampaignType::SalesOutreach && leaves_it_open && !round_the_clock)
    campaign.settings.legal_hours = true;
  return trigger;
}

}  // namespace otto::api
