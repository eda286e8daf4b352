// Rows to the model's types and back; shared by the families.
#pragma once

#include <string>
#include <vector>

#include "otto/crypto/text_seal.hpp"
#include "otto/model/campaign.hpp"
#include "otto/model/fact.hpp"
#include "otto/ports/store.hpp"

#include "store/values.hpp"

namespace otto::store {

Campaign campaign_of(const Row& row);
CampaignSettings settings_of(const Field& settings);
/// Columns id or contact_id, state or contact_state, as the statement names them.
Contact contact_of(const Row& row, const char* id_column, const char* state_column);

ports::CallRow call_of(const Row& row, const crypto::TextSeal& seal);
/// Columns number, role, text, at and original.
ports::Turn turn_of(const Row& row, const crypto::TextSeal& seal);
Fact fact_of(const Row& row);
/// kUpdateAttempt's last parameter.
std::string facts_to_jsonb(const std::vector<Fact>& facts);

}  // namespace otto::store
