#include "otto/model/tool.hpp"

namespace otto {

namespace {

constexpr ToolDefinition kTools[]{
    {"hang_up",
     "Ends the telephone call. Say goodbye first, then use it: the call ends once the goodbye has been heard.",
     R"({"type": "object", "properties": {"reason": {"type": "string",
         "description": "Why the call ends, in a few words."}}, "required": []})"},
    {"do_not_call",
     "Puts the callee's number on the do-not-call list, for good. Use it at once when the callee asks not to be called "
     "again. Then confirm it, say goodbye and end the call.",
     R"({"type": "object", "properties": {"reason": {"type": "string",
         "description": "What the callee said, in a few words."}}, "required": []})"},
    {"schedule_callback",
     "Arranges another call when the callee asks for one. The result names the time that was arranged, which may be "
     "later than asked for when calls are not allowed at that hour: repeat it to the callee.",
     R"({"type": "object", "properties": {"time": {"type": "string",
         "description": "Date and time of the callback as ISO 8601: in the callee's local time, such as 2026-12-01T15:30, or with an offset."}},
         "required": ["time"]})"},
    {"transfer_call",
     "Connects the callee with a person. Say that you are connecting them, then use it; say nothing afterwards.",
     R"({"type": "object", "properties": {"destination": {"type": "string",
         "description": "Whom to connect the callee with, one of: {{transferDestinations}}"}}, "required": []})"},
    {"send_dtmf", "Presses keys on the telephone, for menus of automatic systems.",
     R"({"type": "object", "properties": {"digits": {"type": "string",
         "description": "The keys in order: 0 to 9, *, #, A to D; w waits half a second, W a second."}},
         "required": ["digits"]})"},
};

}  // namespace

std::span<const ToolDefinition> call_tools() noexcept { return kTools; }

}  // namespace otto
