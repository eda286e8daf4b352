// Calls that are under way, and what is left of them: the feed, hang-up, recordings.
#include <algorithm>
#include <charconv>

#include "otto/api/routes.hpp"
#include "otto/base/log.hpp"
#include "otto/base/text.hpp"

#include "api/json_values.hpp"
#include "api/listen.hpp"

namespace otto::api {

namespace {

constexpr std::uint64_t kMaxPart = 1024 * 1024;
constexpr std::uint64_t kFarthest = std::uint64_t{1} << 40U;  // no recording is as long

Task<net::Response> events(const Deps& deps, net::Request request) {
  auto entered = deps.doors.enter(request, Role::View);
  if (auto* refused = std::get_if<net::Response>(&entered)) co_return std::move(*refused);
  co_return deps.feed.open(request, std::get<Caller>(std::move(entered)));
}

net::Response ended() { return net::error_response(409, "call_ended", "The call has ended."); }

/// A call whose media is here ends with its conversation; any other is ended at the line.
Task<net::Response> hang_up(const Deps& deps, net::Request request) {
  const auto entered = deps.doors.enter(request, Role::Operate);
  const auto* caller = std::get_if<Caller>(&entered);
  const auto found = co_await deps.views.call(std::string{request.param("call")});
  if (!found) co_return net::error_response(found.error());
  const ports::CallLine& line = found->line;
  if (!line.attempt || line.completed_at || line.cost_micros) co_return ended();
  const std::string who = caller == nullptr ? "" : caller->who;
  if (!deps.calls.carries(*line.attempt) || !deps.calls.hang_up(*line.attempt, "hung up by " + who))
    deps.recorder.end_calls({line.call_sid});
  log::info("call.hang_up", {{"attempt", line.attempt->value}, {"who", who}});
  co_return net::json_response(202, Json{{"success", true}, {"callId", line.id}, {"callSid", line.call_sid}});
}

struct ByteRange {
  std::uint64_t from = 0, count = kMaxPart;
};

/// "bytes=from-", "bytes=from-to"; a wish that we do not know counts as none, as RFC 9110 has it.
std::optional<ByteRange> parse_range(std::string_view text) {
  if (!text.starts_with("bytes=")) return std::nullopt;
  text.remove_prefix(6);
  ByteRange range;
  const auto [dash, ec] = std::from_chars(text.data(), text.data() + text.size(), range.from);
  const auto* const end = text.data() + text.size();
  if (ec != std::errc{} || dash == end || *dash != '-') return std::nullopt;
  if (dash + 1 == end) return range;
  std::uint64_t to = 0;
  const auto [rest, wrong] = std::from_chars(dash + 1, end, to);
  if (wrong != std::errc{} || rest != end || to < range.from) return std::nullopt;
  range.count = std::min(to - range.from + 1, kMaxPart);
  return range;
}

/// Every answer is a part: players ask for the next one, and no long recording is held here whole.
Task<net::Response> recording(const Deps& deps, net::Request request) {
  const std::string format = request.query_value("format").value_or("mp3");
  if (format != "mp3" && format != "wav")
    co_return net::error_response(422, "invalid_input", "format must be mp3 or wav.",
                                  {{"format", "must be mp3 or wav"}});
  const auto found = co_await deps.views.call(std::string{request.param("call")});
  if (!found) co_return net::error_response(found.error());
  const auto& sid = found->report.call.recording_sid;
  if (!sid) co_return net::error_response(404, "no_recording", "There is no recording of this call, or not yet.");
  const ByteRange range = parse_range(request.headers.get("Range")).value_or(ByteRange{});
  ports::SoundAsk ask;
  ask.recording = *sid;
  ask.format = format == "wav" ? ports::SoundFormat::Wav : ports::SoundFormat::Compressed;
  ask.from = std::min(range.from, kFarthest);
  ask.count = range.count;
  auto part = co_await deps.recordings.fetch(std::move(ask));
  if (part && part->bytes.empty()) part = Error{Errc::InvalidInput, "The range lies behind the recording's end."};
  if (!part && part.error().code == Errc::InvalidInput)
    co_return net::error_response(416, "range_not_satisfiable", part.error().detail);
  if (!part && part.error().code == Errc::NotFound)
    co_return net::error_response(404, "no_recording", part.error().detail);
  // Whatever the line refuses, it is not this request's caller who is to sign in.
  if (!part) co_return net::error_response(502, to_string(part.error().code), part.error().detail);
  net::Response response{206, part->type.empty() ? "application/octet-stream" : part->type, ""};
  response.headers.add("Accept-Ranges", "bytes");
  response.headers.add("Content-Range", "bytes " + std::to_string(range.from) + "-" +
                                            std::to_string(range.from + part->bytes.size() - 1) + "/" +
                                            std::to_string(part->total));
  response.body = std::move(part->bytes);
  co_return response;
}

Task<net::Response> checks(const Deps& deps, net::Request) {
  Json services = Json::array(), settings = Json::array();
  for (const auto& [name, state] : deps.health.services())
    services.push_back({{"name", name},
                        {"ok", state.ok},
                        {"required", state.required},
                        {"detail", state.detail},
                        {"checkedAt", or_null(state.checked_at)}});
  for (const SettingInForce& setting : deps.config.in_force)
    settings.push_back({{"name", setting.name}, {"value", setting.value}, {"isDefault", setting.is_default}});
  co_return net::json_response(
      200, Json{{"success", true}, {"checks", std::move(services)}, {"settings", std::move(settings)}});
}

}  // namespace

std::vector<net::Route> live_routes(const Deps& deps) {
  return {deps.route("GET", "/api/events", events), deps.route("POST", "/api/calls/:call/hang-up", hang_up),
          deps.route("GET", "/api/calls/:call/recording", recording), deps.route("GET", "/api/checks", checks),
          listen_route(deps)};
}

}  // namespace otto::api
