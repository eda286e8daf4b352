// Listening in: a live call's sound over a WebSocket, as it flows.
#pragma once

#include "otto/api/routes.hpp"

namespace otto::api {

/// GET /api/calls/:call/listen. Out: binary frames of one byte (0 callee, 1 agent) and µ-law at 8 kHz, and at the
/// call's end the text {"event":"end"}. A listener who cannot keep up loses sound; whoever sends anything is let go.
net::Route listen_route(const Deps& deps);

}  // namespace otto::api
