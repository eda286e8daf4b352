#include "otto/model/campaign.hpp"

#include "model/labels.hpp"

namespace otto {

namespace {

using Label = std::string_view;
constexpr std::array<Label, 6> kTypes{"APPOINTMENT_REMINDER",  "SERVICE_FOLLOWUP", "SALES_OUTREACH",
                                      "CUSTOMER_SATISFACTION", "PAYMENT_REMINDER", "GENERAL"};
constexpr std::array<Label, 5> kStatuses{"PENDING", "RUNNING", "COMPLETED", "STOPPED", "FAILED"};
constexpr std::array<Label, 5> kHolds{"paused", "test", "failures", "account", "budget"};
constexpr std::array<Label, 4> kContactStates{"due", "open", "completed", "failed"};

}  // namespace

std::string_view to_string(CampaignType type) noexcept { return model::label_of(kTypes, type); }
std::string_view to_string(CampaignStatus status) noexcept { return model::label_of(kStatuses, status); }
std::string_view to_string(CampaignHold hold) noexcept { return model::label_of(kHolds, hold); }
std::string_view to_string(ContactState state) noexcept { return model::label_of(kContactStates, state); }

std::optional<CampaignType> parse_campaign_type(std::string_view label) noexcept {
  return model::parse_label<CampaignType>(kTypes, label);
}
std::optional<CampaignStatus> parse_campaign_status(std::string_view label) noexcept {
  return model::parse_label<CampaignStatus>(kStatuses, label);
}
std::optional<CampaignHold> parse_campaign_hold(std::string_view label) noexcept {
  return model::parse_label<CampaignHold>(kHolds, label);
}
std::optional<ContactState> parse_contact_state(std::string_view label) noexcept {
  return model::parse_label<ContactState>(kContactStates, label);
}

}  // namespace otto
