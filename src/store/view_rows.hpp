// Rows to what people look at.
#pragma once

#include "otto/ports/views.hpp"

#include "store/values.hpp"

namespace otto::store {

ports::CampaignLine campaign_line_of(const pqxx::row& row);
ports::CallLine call_line_of(const pqxx::row& row);

}  // namespace otto::store
