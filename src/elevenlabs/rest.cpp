#include "otto/elevenlabs/rest.hpp"

#include <algorithm>
#include <utility>

#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"
#include "otto/elevenlabs/errors.hpp"
#include "otto/net/http_client.hpp"

namespace otto::elevenlabs {

/// One request's end: the body of a 2xx answer, or the error and whether a repeat may help.
struct Rest::Attempt {
  Result<std::string> body;
  bool may_repeat = false;
  std::optional<seconds> wait;

  explicit Attempt(Result<std::string> b, bool repeat = false, std::optional<seconds> w = {})
      : body{std::move(b)}, may_repeat{repeat}, wait{w} {}
};

namespace {

Error unexpected(const std::string& subject, std::string_view what) {
  return {Errc::ProviderUnavailable, "ElevenLabs's answer for " + subject + " " + std::string{what} + "."};
}

/// The provider's words may quote what we sent.
std::string without_secret(std::string text, const std::string& secret) {
  if (secret.empty()) return text;
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at))
    text.replace(at, secret.size(), "…");
  return text;
}

/// More than an agent's model could choose from.
constexpr std::size_t kMaxTools = 64;

/// The provider adds its defaults to what it was given.
bool is_part_of(const Json& part, const Json& whole) {
  if (!part.is_object()) return part == whole;
  return whole.is_object() && std::ranges::all_of(part.items(), [&](const auto& entry) {
           const auto found = whole.find(entry.key());
           return found != whole.end() && is_part_of(entry.value(), *found);
         });
}

Error in_context(const Error& error, const std::string& subject) {
  return {error.code, "ElevenLabs cannot be reached for " + subject + ": " + error.detail};
}

}  // namespace

Rest::Rest(Settings settings, rt::Timers& timers) : settings_{std::move(settings)}, timers_{timers} {
  while (settings_.api_base_url.ends_with('/')) settings_.api_base_url.pop_back();
}

Task<Rest::Attempt> Rest::send(std::string method, std::string path, std::string body, milliseconds timeout,
                               std::string subject) {
  net::ClientRequest request;
  request.method = std::move(method);
  request.url = settings_.api_base_url + path;
  request.headers.add("xi-api-key", settings_.api_key);
  request.headers.add("Accept", "application/json");
  if (!body.empty()) request.headers.add("Content-Type", "application/json");
  request.body = std::move(body);
  request.timeout = timeout;
  auto result = co_await net::send_request(std::move(request));
  if (!result.response) {
    const auto& error = result.response.error();
    metrics::add("otto_provider_errors_total",
                 {{"provider", "elevenlabs"}, {"class", std::string{to_string(error.code)}}});
    const bool may_repeat = error.code == Errc::ConnectFailed || error.code == Errc::ConnectionLost;
    co_return Attempt{in_context(error, subject), may_repeat};
  }
  auto& response = *result.response;
  if (response.status >= 200 && response.status < 300) co_return Attempt{std::move(response.body)};
  auto refusal = parse_refusal(response.status, response.body);
  refusal.message = without_secret(std::move(refusal.message), settings_.api_key);
  auto error = to_error(refusal, subject, response.headers.get("x-request-id"));
  metrics::add("otto_provider_errors_total",
               {{"provider", "elevenlabs"}, {"class", std::string{to_string(error.code)}}});
  co_return Attempt{std::move(error), is_passing(refusal), retry_after(response.headers)};
}

Task<Result<std::string>> Rest::get(std::string path, milliseconds budget, std::string subject) {
  const auto deadline = timers_.steady() + budget;
  auto first = co_await send("GET", path, {}, budget, subject);
  if (first.body || !first.may_repeat) co_return std::move(first.body);
  const auto pause = first.wait ? milliseconds{*first.wait} : settings_.limits.retry_pause;
  const auto left = std::chrono::duration_cast<milliseconds>(deadline - timers_.steady()) - pause;
  if (left <= milliseconds{0}) co_return std::move(first.body);
  co_await timers_.sleep_for(pause);
  auto second = co_await send("GET", path, {}, left, subject);
  co_return std::move(second.body);
}

Task<Result<std::string>> Rest::fetch_signed_url(std::string agent_id) {
  const std::string subject = "agent " + agent_id + "'s signed URL";
  std::string path = "/v1/convai/conversation/get-signed-url?agent_id=" + percent_encode(agent_id);
  path += "&include_conversation_id=true";
  auto body = co_await get(std::move(path), settings_.limits.signed_url, subject);
  if (!body) co_return body.error();
  const auto json = parse_json(*body);
  if (!json || !json->is_object()) co_return unexpected(subject, "is not a JSON object");
  auto url = text_at(*json, "signed_url");
  if (url.empty()) co_return unexpected(subject, "has no signed_url");
  co_return url;
}

Task<Result<Json>> Rest::get_object(std::string path, std::string subject) {
  auto body = co_await get(std::move(path), settings_.limits.request, subject);
  if (!body) co_return body.error();
  auto json = parse_json(*body, 64);
  if (!json || !json->is_object()) co_return unexpected(subject, "is not a JSON object");
  co_return std::move(*json);
}

Task<Result<Subscription>> Rest::fetch_subscription() {
  const auto answer = co_await get_object("/v1/user/subscription", "the account's subscription");
  if (!answer) co_return answer.error();
  co_return read_subscription(*answer);
}

Task<Result<Json>> Rest::fetch_agent(std::string agent_id) {
  auto path = "/v1/convai/agents/" + percent_encode(agent_id);
  co_return co_await get_object(std::move(path), "agent " + agent_id);
}

Task<Result<std::vector<AgentTool>>> Rest::fetch_tools(Json agent) {
  const auto ids = agent.value(Json::json_pointer{"/conversation_config/agent/prompt/tool_ids"}, Json::array());
  std::vector<AgentTool> tools;
  for (const auto& id : ids) {
    if (!id.is_string() || tools.size() == kMaxTools) continue;
    AgentTool tool;
    tool.id = id.get<std::string>();
    auto path = "/v1/convai/tools/" + percent_encode(tool.id);
    auto found = co_await get_object(std::move(path), "tool " + tool.id);
    const bool is_gone = !found && found.error().code == Errc::NotFound;
    if (!found && !is_gone) co_return found.error();
    if (!is_gone) tool.config = found->value("tool_config", Json::object());
    tools.push_back(std::move(tool));
  }
  co_return tools;
}

Task<Result<ConversationRecord>> Rest::fetch_conversation(std::string conversation_id) {
  std::string path = "/v1/convai/conversations/" + percent_encode(conversation_id);
  auto body = co_await get(std::move(path), settings_.limits.request, "conversation " + conversation_id);
  if (!body) co_return body.error();
  auto record = parse_record(*body);
  if (!record) co_return Error{Errc::ProviderUnavailable, record.error().detail};
  co_return std::move(*record);
}

Task<Result<std::string>> Rest::fetch_speech(std::string voice_id, std::string model_id, std::string text) {
  const std::string subject = "speech by voice " + voice_id;
  std::string path = "/v1/text-to-speech/" + percent_encode(voice_id) + "?output_format=ulaw_8000";
  Json body{{"text", std::move(text)}};
  if (!model_id.empty()) body["model_id"] = std::move(model_id);
  auto answer = co_await send("POST", std::move(path), dump_json(body), settings_.limits.request, subject);
  if (!answer.body) co_return answer.body.error();
  // Whatever the format, the answer calls itself audio/mpeg. A file or an error in its place would be heard as noise.
  const std::string_view sound{*answer.body};
  if (sound.empty() || sound.starts_with("ID3") || sound.starts_with("RIFF") || sound.starts_with("{"))
    co_return unexpected(subject, "is not plain µ-law audio");
  co_return std::move(answer.body);
}

Task<Result<std::string>> Rest::create_outbound_agent(AgentSpec spec) {
  const std::string subject = "the new agent " + spec.name;
  auto body = dump_json(make_agent_body(spec));
  auto answer = co_await send("POST", "/v1/convai/agents/create", std::move(body), settings_.limits.request, subject);
  if (!answer.body) co_return answer.body.error();
  const auto json = parse_json(*answer.body);
  auto id = json && json->is_object() ? text_at(*json, "agent_id") : std::string{};
  if (id.empty()) co_return unexpected(subject, "has no agent_id");
  log::info("elevenlabs.agent_created", {{"agent", id}, {"name", spec.name}});
  co_return id;
}

Task<Result<void>> Rest::update_agent(std::string agent_id, Json patch) {
  auto path = "/v1/convai/agents/" + percent_encode(agent_id);
  auto body = dump_json(patch);
  auto answer = co_await send("PATCH", std::move(path), std::move(body), settings_.limits.request, "agent " + agent_id);
  if (!answer.body) co_return answer.body.error();
  log::info("elevenlabs.agent_updated", {{"agent", agent_id}});
  co_return Result<void>{};
}

Task<Result<std::string>> Rest::create_tool(Json config) {
  const std::string subject = "the new tool " + text_at(config, "name");
  Json wrapped;
  wrapped["tool_config"] = std::move(config);
  auto body = dump_json(wrapped);
  auto answer = co_await send("POST", "/v1/convai/tools", std::move(body), settings_.limits.request, subject);
  if (!answer.body) co_return answer.body.error();
  const auto json = parse_json(*answer.body);
  auto id = json && json->is_object() ? text_at(*json, "id") : std::string{};
  if (id.empty()) co_return unexpected(subject, "has no id");
  co_return id;
}

Task<Result<std::vector<std::string>>> Rest::provide_tools(std::vector<std::string_view> names) {
  auto listed = co_await get_object("/v1/convai/tools", "the workspace's tools");
  if (!listed) co_return listed.error();
  const auto there = listed->value("tools", Json::array());
  std::vector<std::string> ids;
  for (const auto& own : call_tools()) {
    if (std::ranges::find(names, own.name) == names.end()) continue;
    auto config = make_tool_config(own);
    const auto same = std::ranges::find_if(there, [&](const Json& tool) {
      return tool.is_object() && tool.contains("tool_config") && is_part_of(config, tool["tool_config"]);
    });
    if (same != there.end()) {
      ids.push_back(text_at(*same, "id"));
      continue;
    }
    auto made = co_await create_tool(std::move(config));
    if (!made) co_return made.error();
    ids.push_back(std::move(*made));
  }
  co_return ids;
}

Task<Result<void>> Rest::update_tool(std::string tool_id, Json config) {
  auto path = "/v1/convai/tools/" + percent_encode(tool_id);
  Json wrapped;
  wrapped["tool_config"] = std::move(config);
  auto body = dump_json(wrapped);
  auto answer = co_await send("PATCH", std::move(path), std::move(body), settings_.limits.request, "tool " + tool_id);
  if (!answer.body) co_return answer.body.error();
  co_return Result<void>{};
}

}  // namespace otto::elevenlabs
