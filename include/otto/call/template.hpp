// The text left on an answering machine: {{name}} is replaced by the variable's value.
#pragma once

#include <string>
#include <string_view>

#include "otto/model/campaign.hpp"

namespace otto::call {

/// Spaces inside the braces are ignored; a name matches exactly or, failing that, in any letter case. An unknown name
/// becomes nothing, for braces must never be read out; values are not expanded again. Runs of spaces that this leaves
/// become one. At most 2,000 bytes, cut at a character's edge.
std::string render_template(std::string_view text, const Variables& variables);

}  // namespace otto::call
