// The settings of floor 3's rooms from the daemon's: for the daemon and for the commands that work without one.
#pragma once

#include "otto/base/config.hpp"
#include "otto/elevenlabs/settings.hpp"
#include "otto/twilio/line.hpp"

namespace otto::app {

twilio::LineSettings line_settings(const Config& config);
elevenlabs::Settings agent_settings(const Config& config);

}  // namespace otto::app
