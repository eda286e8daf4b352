// Recordings from Twilio's media, with our credentials: they never leave this process.
#pragma once

#include <memory>

#include "otto/ports/recordings.hpp"
#include "otto/twilio/line.hpp"

namespace otto::twilio {

std::unique_ptr<ports::Recordings> make_recordings(LineSettings settings);

}  // namespace otto::twilio
