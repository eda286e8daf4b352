// Rows to what people look at.
#pragma once

#include "otto/ports/views.hpp"

#include "store/values.hpp"

namespace otto::store {

ports::CampaignLine campaign_line_of(const Row& row);
ports::CallLine call_line_of(const Row& row);

}  // namespace otto::store
