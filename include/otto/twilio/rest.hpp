// Twilio's REST resources as values: the forms that go out, the JSON that comes back. No sockets here (line.hpp).
// A misspelt parameter is silently ignored by Twilio, so tests hold every name to Twilio's own list.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "otto/base/json.hpp"
#include "otto/base/text.hpp"
#include "otto/ports/line.hpp"

namespace otto::twilio {

/// `POST …/Calls.json`. The attempt's id is in every URL; Otto's routes are under `base_url` (public, no slash at the
/// end).
FormFields create_call_form(const ports::PlaceRequest& request, std::string_view base_url);

/// A Call resource. Malformed without a SID or with a status that no call has.
Result<ports::LineCall> parse_call(const Json& call);
/// The calls of one page of `GET …/Calls.json` that went out from us; unreadable ones are an error, not a gap.
Result<std::vector<ports::LineCall>> parse_call_page(const Json& page);
/// The recordings of `GET …/Calls/{sid}/Recordings.json`, each with its media URL under `recordings_url` + SID.
Result<std::vector<ports::LineRecording>> parse_recordings(const Json& page, std::string_view recordings_url);

}  // namespace otto::twilio
