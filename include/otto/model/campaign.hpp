// What a campaign and its contacts are. Plain data; behaviour is in campaign/ and dial/.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/base/ids.hpp"
#include "otto/base/json.hpp"

namespace otto {

enum class CampaignType : std::uint8_t {
  AppointmentReminder,
  ServiceFollowup,
  SalesOutreach,
  CustomerSatisfaction,
  PaymentReminder,
  General
};
enum class CampaignStatus : std::uint8_t { Pending, Running, Completed, Stopped, Failed };
std::string_view to_string(CampaignType type) noexcept;      ///< "APPOINTMENT_REMINDER", … the database's labels
std::string_view to_string(CampaignStatus status) noexcept;  ///< "PENDING", …
std::optional<CampaignType> parse_campaign_type(std::string_view label) noexcept;
std::optional<CampaignStatus> parse_campaign_status(std::string_view label) noexcept;

/// Why a campaign is held although its public status is RUNNING or PENDING. Only a person's resume ends it.
enum class CampaignHold : std::uint8_t {
  Paused,    ///< a person paused it
  Test,      ///< it waits until a person has heard the test call
  Failures,  ///< too many of its last calls failed
  Account,   ///< the line or the agent refuses every call: the account's fault, not the campaign's
  Budget     ///< the next call might cost more than is left
};
std::string_view to_string(CampaignHold hold) noexcept;  ///< "paused", …
std::optional<CampaignHold> parse_campaign_hold(std::string_view label) noexcept;

/// When calls may be dialed: minutes after local midnight, [start, end). end may be 1440 ("24:00").
struct CallingHours {
  int start_minute = 8 * 60;
  int end_minute = 21 * 60;
  std::string timezone = "contact";  ///< IANA name, or "contact": the zone of the contact's number
  std::uint8_t days = 0x7F;          ///< bit 0 is Monday
  friend bool operator==(const CallingHours&, const CallingHours&) = default;
};

/// How an attempt may end that is worth another one.
enum class RetryCase : std::uint8_t { NoAnswer, Busy, Failed, Voicemail };
struct RetryRule {
  std::optional<seconds> delay;  ///< absent: retry_delay
  std::optional<int> attempts;   ///< no further attempt after this many; absent: max_attempts
  friend bool operator==(const RetryRule&, const RetryRule&) = default;
};

/// Bounds that a campaign never passes; absent: none.
struct Budget {
  std::optional<int> max_calls;
  std::optional<double> max_cost;  ///< in the currency of the price
  double price_per_minute = 0;     ///< of line and agent together; 0: OTTO_PRICE_PER_MINUTE, filled in at the trigger
  friend bool operator==(const Budget&, const Budget&) = default;
};

enum class VoicemailAction : std::uint8_t { HangUp, Message, Agent };
/// Whose voice speaks the message: the line's, or the agent's, rendered ahead.
enum class VoicemailVoice : std::uint8_t { Line, Agent };
/// A screener asks for the caller's name before a person may take over. Ignore: it is a machine like any other.
enum class CallScreening : std::uint8_t { Answer, HangUp, Ignore };

struct CampaignSettings {
  milliseconds delay_between_calls{30'000};
  CallingHours hours;
  int max_attempts = 1;
  seconds retry_delay{3600};
  bool record_calls = true;
  int max_concurrent_calls = 10;
  seconds max_call_duration{600};
  VoicemailAction voicemail = VoicemailAction::HangUp;
  std::string voicemail_message;  ///< template with {{customerName}} and the other variables
  VoicemailVoice voicemail_voice = VoicemailVoice::Line;
  CallScreening call_screening = CallScreening::Answer;
  std::string agent_id;       ///< empty: ELEVENLABS_OUTBOUND_AGENT_ID
  std::string caller_id;      ///< empty: TWILIO_OUTBOUND_NUMBER in rotation
  bool follow_sheet = false;  ///< rows that people add to the sheet while it runs are called too
  char opt_out_key = 0;       ///< the key that puts the callee's number on the do-not-call list; 0: none
  std::map<std::string, std::string> transfer_numbers;  ///< name → E.164: where the agent may transfer a call to
  std::string tool_webhook_url;    ///< carries out the agent's tools that we do not know; empty: they are refused
  bool legal_hours = true;         ///< federal and state calling hours hold as well, in the contact's own zones
  std::array<RetryRule, 4> retry;  ///< by RetryCase; a voicemail is tried again only if its rule says so
  std::optional<int> max_attempts_per_day;  ///< of one contact within 24 hours
  Budget budget;
  int weight = 1;              ///< of the account's call rate, beside other campaigns
  int pause_on_failures = 50;  ///< percent of the last 20 calls failed: the campaign pauses by itself; 0: never
  friend bool operator==(const CampaignSettings&, const CampaignSettings&) = default;
};

/// Reads the contract's `settings` object; what is wrong goes to `errors` with "settings.…" paths. Unknown keys are
/// errors that name the nearest known key. `object` may be null (all defaults).
CampaignSettings read_settings(const Json* object, std::vector<FieldError>& errors);
/// The stored form; read_settings(write_settings(s)) == s.
Json write_settings(const CampaignSettings& settings);

using Variables = std::map<std::string, std::string>;

/// One callable row, before it is stored.
struct NewContact {
  int row = 0;                     ///< the sheet's row number, or the index + 1 in an inline list
  std::string name, phone;         ///< phone is E.164
  std::string email;               ///< empty: none
  Variables variables;             ///< further columns, by their header
  std::vector<std::string> zones;  ///< IANA zones in which the number may be; never empty
  std::string sheet_status, sheet_last_called, sheet_notes;  ///< its row's cells as they were read
  bool is_shared = false;                                    ///< other rows have the same number
};

/// One row that cannot be called: {"row","phone","reason"} of the trigger's answer.
struct SkippedContact {
  int row = 0;
  std::string phone, reason;
};

struct NewCampaign {
  CampaignId id;
  std::string name;
  CampaignType type = CampaignType::General;
  std::optional<std::string> dealership_id, sheet_id, sheet_tab;
  std::optional<TimePoint> scheduled_time;
  std::optional<std::string> callback_url;
  std::optional<std::string> events_url;
  CampaignSettings settings;
  struct SheetPlace {
    std::string spreadsheet, tab;
    std::optional<std::string> gid;
    bool write_back = false;  ///< false: only people's edits are read
  };
  std::optional<CampaignHold> hold;  ///< held from the start
  std::string hold_reason;
  std::optional<std::string> test_of;
  std::optional<SheetPlace> sheet_place;  ///< where the contacts came from, when it was a sheet
  Json settings_as_given;                 ///< public."OutboundCampaign"."settings"; null when none were given
};

struct Campaign {
  CampaignId id;
  std::string name;
  CampaignType type = CampaignType::General;
  CampaignStatus status = CampaignStatus::Pending;
  CampaignSettings settings;
  std::optional<std::string> dealership_id, sheet_id, callback_url;
  std::optional<CampaignHold> hold;
  std::string hold_reason;  ///< as a sentence, with what to do
  std::optional<TimePoint> held_at;
  std::optional<std::string> test_of;         ///< the campaign whose settings this test call tries
  std::optional<std::string> failure_reason;  ///< why it is FAILED, in the words of whoever refused
  std::optional<TimePoint> scheduled_time, started_at, completed_at;
  int total_contacts = 0, contacts_called = 0, contacts_completed = 0, contacts_failed = 0;
};

enum class ContactState : std::uint8_t {
  Due,        ///< waits for its next attempt (not before next_at)
  Open,       ///< has an open attempt
  Completed,  ///< ended with a connected call
  Failed,     ///< ended without one
};
std::string_view to_string(ContactState state) noexcept;  ///< "due", …
std::optional<ContactState> parse_contact_state(std::string_view label) noexcept;

struct Contact {
  ContactId id;
  CampaignId campaign;
  int row = 0;
  std::string name, phone, email;
  Variables variables;
  std::vector<std::string> zones;
  ContactState state = ContactState::Due;
  int attempts = 0;
  TimePoint next_at;
  bool is_callback = false;  ///< next_at is the time at which the contact asked to be called
};

}  // namespace otto
