#include "otto/sandbox/agent_host.hpp"

#include <algorithm>

#include "otto/net/http_client.hpp"
#include "otto/sandbox/signing.hpp"
#include "otto/sandbox/talk.hpp"

namespace otto::sandbox {
namespace {

constexpr std::string_view kConvai = "/v1/convai/";
constexpr std::string_view kSocketPath = "/v1/convai/conversation";
constexpr minutes kSignatureLife{15};
constexpr milliseconds kAnalysis{1500};  // from the end of a conversation to its analysis

net::Response validation_error(const std::string& field, const std::string& message) {
  Json json = Json::object();
  json["detail"] = Json::array({{{"loc", {"query", field}}, {"msg", message}, {"type", "missing"}}});
  return net::json_response(422, json);
}

/// Every field that the provider's schema requires. How many conversations a plan includes is none of them.
net::Response subscription(const AgentRule& rule) {
  if (rule.subscription_status != 200)
    return agent_error(rule.subscription_status, "missing_permissions",
                       "The API key you used is missing the permission user_read to execute this operation.");
  Json json{{"tier", rule.tier}, {"status", rule.tier == "free" ? "free" : "active"}};
  for (const char* name :
       {"character_count", "max_character_limit_extension", "max_credit_limit_extension", "voice_slots_used",
        "professional_voice_slots_used", "professional_voice_slots_used_in_workspace", "voice_add_edit_counter"})
    json[name] = 0;
  json["character_limit"] = 1'000'000;
  json["voice_limit"] = json["professional_voice_limit"] = 10;
  for (const char* name : {"can_extend_character_limit", "allowed_to_extend_character_limit", "can_extend_voice_limit",
                           "has_open_invoices"})
    json[name] = false;
  json["can_use_instant_voice_cloning"] = json["can_use_professional_voice_cloning"] = true;
  json["current_overage"] = {{"amount", "0"}, {"currency", "usd"}};
  json["open_invoices"] = Json::array();
  return net::json_response(200, json);
}

}  // namespace

net::Response agent_error(int status, const std::string& code, const std::string& message) {
  Json json = Json::object();
  json["detail"] = {{"status", code}, {"message", message}};
  return net::json_response(status, json);
}

AgentHost::AgentHost(World& world, CallLookup calls) : world_{world}, calls_{std::move(calls)} {
  agents_[world.identity.agent_id] = complete_agent(default_agent("ulaw_8000"), world.identity.agent_id);
  const auto wide = world.identity.agent_id + "_pcm_16000";
  agents_[wide] = complete_agent(default_agent("pcm_16000"), wide);
}

std::shared_ptr<ConversationRecord> AgentHost::find(std::string_view id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

std::shared_ptr<ConversationRecord> AgentHost::new_conversation(const std::string& agent_id, std::string id) {
  auto record = std::make_shared<ConversationRecord>();
  record->id = std::move(id);
  record->agent_id = agent_id;
  record->minted = world_.timers.now();
  const auto& agent = agents_[agent_id];
  record->output = format_of(agent, true);
  record->input = format_of(agent, false);
  conversations_.push_back(record);
  by_id_[record->id] = record;
  return record;
}

/// Speech of the length that the text has when it is read out; the voice is the agent's.
net::Response AgentHost::speak(const net::Request& request) {
  const auto body = parse_json(request.body);
  const auto text = body && body->is_object() ? text_at(*body, "text") : std::string{};
  if (text.empty()) return validation_error("text", "Field required");
  if (request.query_value("output_format").value_or("") != "ulaw_8000")
    return agent_error(400, "unsupported_output_format", "The sandbox speaks ulaw_8000 only.");
  const auto& speech = world_.agent_voice(AudioFormat{AudioEncoding::Ulaw, 8000}).first;
  std::string sound;
  for (std::size_t left = spoken_bytes(text); left > 0;) {
    const auto count = std::min(left, speech.size());
    sound.append(speech.begin(), speech.begin() + static_cast<std::ptrdiff_t>(count));
    left -= count;
  }
  world_.ledger.note("agent.speech", {{"text", text}, {"bytes", sound.size()}});
  return net::Response{200, "audio/mpeg", std::move(sound)};  // whatever the format, the provider calls it so
}

Task<net::Response> AgentHost::handle(net::Request request) {
  const auto began = world_.timers.steady();
  net::Response response;
  const bool speaks = request.method == "POST" && request.path.starts_with("/v1/text-to-speech/");
  if (speaks) co_await world_.timers.sleep_for(world_.scenario.agent.speech_delay);
  if (request.headers.get("xi-api-key") != world_.identity.elevenlabs_key) {
    response = agent_error(401, "invalid_api_key", "Invalid API key");
  } else {
    response = route(request);
  }
  response.headers.set("x-request-id", world_.ids.word("req_"));
  Json line = Json::object();
  line["method"] = request.method;
  line["target"] = request.target;
  line["status"] = response.status;
  line["ms"] = std::chrono::duration_cast<milliseconds>(world_.timers.steady() - began).count();
  world_.ledger.note("agent.rest", std::move(line));
  co_return response;
}

net::Response AgentHost::route(const net::Request& request) {
  if (request.method == "POST" && request.path.starts_with("/v1/text-to-speech/")) {
    const int fault = world_.scenario.agent.speech_status;
    return fault == 200 ? speak(request) : agent_error(fault, "sandbox_fault", "The scenario answers so.");
  }
  if (request.path == "/v1/user/subscription") return subscription(world_.scenario.agent);
  if (!request.path.starts_with(kConvai)) return agent_error(404, "not_found", "Not Found");
  const auto path = split(std::string_view{request.path}.substr(kConvai.size()), '/');
  const bool get = request.method == "GET";
  if (get && path.size() == 2 && path[0] == "conversation" &&
      (path[1] == "get-signed-url" || path[1] == "get_signed_url"))
    return signed_url(request);
  if (request.method == "POST" && path.size() == 2 && path[0] == "agents" && path[1] == "create")
    return create_agent(request);
  if (path.size() == 2 && path[0] == "agents") return agent_resource(request, path[1]);
  if (path[0] == "tools" && path.size() <= 2)
    return tools_.handle(request, path.size() == 2 ? path[1] : "", world_.ids.word("tool_"));
  if (get && path.size() == 1 && path[0] == "agents") {
    Json list = Json::array();
    for (const auto& entry : agents_)
      list.push_back({{"agent_id", entry.first}, {"name", text_at(entry.second, "name")}});
    return net::json_response(200, {{"agents", list}, {"has_more", false}, {"next_cursor", nullptr}});
  }
  if (get && path.size() == 1 && path[0] == "conversations") return list_conversations(request);
  if (get && path.size() == 2 && path[0] == "conversations") {
    const auto record = find(path[1]);
    if (!record) return agent_error(404, "conversation_not_found", "Conversation " + path[1] + " was not found");
    return net::json_response(200, conversation_json(*record, world_.timers.now()));
  }
  return agent_error(404, "not_found", "Not Found");
}

net::Response AgentHost::list_conversations(const net::Request& request) {
  const auto agent = request.query_value("agent_id").value_or(""), user = request.query_value("user_id").value_or("");
  Json list = Json::array();
  for (auto it = conversations_.rbegin(); it != conversations_.rend() && list.size() < 100; ++it) {
    const auto& record = **it;
    if (!agent.empty() && record.agent_id != agent) continue;
    if (!user.empty() && text_at(record.init, "user_id") != user) continue;
    if (!record.started) continue;
    list.push_back({{"agent_id", record.agent_id}, {"conversation_id", record.id}, {"status", record.status}});
  }
  return net::json_response(200, {{"conversations", list}, {"next_cursor", nullptr}, {"has_more", false}});
}

net::Response AgentHost::signed_url(const net::Request& request) {
  const auto agent = request.query_value("agent_id").value_or("");
  if (agent.empty()) return validation_error("agent_id", "Field required");
  const int fault = next_rule(agent).signed_url_status;
  if (fault == 401) return agent_error(401, "quota_exceeded", "This request exceeds your quota.");
  if (fault == 429) return agent_error(429, "too_many_concurrent_requests", "Too many concurrent requests.");
  if (fault >= 400) {
    ++started_[agent];
    return agent_error(fault, "sandbox_fault", "The scenario answers so.");
  }
  if (!agents_.contains(agent)) return agent_error(404, "agent_not_found", "Agent " + agent + " was not found");
  Signature signature;
  signature.agent_id = agent;
  signature.expires = world_.timers.now() + kSignatureLife;
  signature.single_use = request.query_value("include_conversation_id").value_or("") == "true";
  const auto secret = world_.ids.word("cvtkn_");
  std::string url =
      "ws://" + std::string{request.headers.get("Host")} + std::string{kSocketPath} + "?agent_id=" + agent;
  if (signature.single_use) {
    signature.conversation_id = world_.ids.word("conv_");
    url += "&conversation_id=" + signature.conversation_id;
    new_conversation(agent, signature.conversation_id);
  }
  url += "&conversation_signature=" + secret;
  signatures_[secret] = std::move(signature);
  return net::json_response(200, {{"signed_url", url}});
}

net::Response AgentHost::create_agent(const net::Request& request) {
  const auto body = parse_json(request.body);
  if (!body || !body->is_object() || !body->contains("conversation_config"))
    return validation_error("conversation_config", "Field required");
  if (const auto fault = fault_of_agent(*body, tools_); !fault.empty()) return validation_error("body", fault);
  const auto id = world_.ids.word("agent_");
  agents_[id] = complete_agent(*body, id);
  return net::json_response(200, {{"agent_id", id}});
}

net::Response AgentHost::agent_resource(const net::Request& request, const std::string& id) {
  const auto found = agents_.find(id);
  if (found == agents_.end()) return agent_error(404, "agent_not_found", "Agent " + id + " was not found");
  if (request.method == "GET") return net::json_response(200, found->second);
  if (request.method == "DELETE") {
    agents_.erase(found);
    return net::Response{204, "", ""};
  }
  if (request.method != "PATCH") return agent_error(405, "method_not_allowed", "Method Not Allowed");
  const auto body = parse_json(request.body);
  if (!body || !body->is_object()) return validation_error("body", "Invalid JSON");
  if (const auto fault = fault_of_agent(*body, tools_); !fault.empty()) return validation_error("body", fault);
  merge_patch(found->second, *body);
  return net::json_response(200, found->second);
}

AgentRule AgentHost::next_rule(const std::string& agent_id) {
  AgentRule rule = world_.scenario.agent_rule(agent_id);
  if (rule.times == 0 || started_[agent_id] < rule.times) return rule;
  if (rule.mode == AgentMode::Silent) rule.mode = AgentMode::Speech;
  rule.signed_url_status = 200;
  rule.handshake_status = 101;
  rule.close_after.reset();
  rule.mute_after.reset();
  rule.metadata_format.clear();
  rule.cut_in_frame = false;
  return rule;
}

std::optional<net::Response> AgentHost::refuse_handshake(const net::Request& request, std::string& agent_id,
                                                         std::string& conversation_id) {
  agent_id = request.query_value("agent_id").value_or("");
  const auto found = signatures_.find(request.query_value("conversation_signature").value_or(""));
  const bool known = agents_.contains(agent_id);
  if (!known) return agent_error(404, "agent_not_found", "Agent not found");
  if (found == signatures_.end()) {
    const bool by_key = request.headers.get("xi-api-key") == world_.identity.elevenlabs_key;
    if (by_key || agents_[agent_id]["platform_settings"]["auth"]["enable_auth"] != true) return std::nullopt;
    return agent_error(403, "invalid_signature", "The conversation signature is missing or wrong");
  }
  auto& signature = found->second;
  const auto given = request.query_value("conversation_id").value_or("");
  if (signature.agent_id != agent_id || signature.conversation_id != given)
    return agent_error(403, "invalid_signature", "The signed URL was changed");
  if (world_.timers.now() > signature.expires)
    return agent_error(403, "expired_signature", "The signed URL has expired");
  if (signature.single_use && signature.used) {
    world_.ledger.violate("agent", 0, "a signed URL was used for a second conversation");
    return agent_error(403, "used_signature", "The signed URL was used already");
  }
  signature.used = true;
  conversation_id = signature.conversation_id;
  return std::nullopt;
}

Task<net::HttpHandler::Upgrade> AgentHost::upgrade(net::Request request) {
  net::HttpHandler::Upgrade upgrade;
  std::string agent_id, conversation_id;
  if (request.path != kSocketPath) {
    upgrade.refuse = agent_error(404, "not_found", "Not Found");
    co_return upgrade;
  }
  auto rule = next_rule(request.query_value("agent_id").value_or(""));
  upgrade.refuse = refuse_handshake(request, agent_id, conversation_id);
  if (!upgrade.refuse) ++started_[agent_id];
  if (!upgrade.refuse && rule.handshake_status != 101)
    upgrade.refuse = agent_error(rule.handshake_status, "sandbox_fault", "The scenario answers so.");
  Json line = Json::object();
  line["agent"] = agent_id;
  line["conversation"] = conversation_id;
  line["status"] = upgrade.refuse ? upgrade.refuse->status : 101;
  world_.ledger.note("agent.connect", std::move(line));
  if (upgrade.refuse) co_return upgrade;
  auto record = conversation_id.empty() ? nullptr : find(conversation_id);
  if (!record) record = new_conversation(agent_id, world_.ids.word("conv_"));
  if (const auto format = parse_audio_format(rule.metadata_format)) record->output = record->input = *format;
  upgrade.limits.max_message = 16UL * 1024 * 1024;
  upgrade.serve = [this, record, rule](std::unique_ptr<net::WebSocket> socket) {
    return converse(record, rule, std::move(socket));
  };
  co_return upgrade;
}

Task<void> AgentHost::converse(std::shared_ptr<ConversationRecord> record, AgentRule rule,
                               std::unique_ptr<net::WebSocket> socket) {
  Json agent = agents_[record->agent_id];
  agent["tool_texts"] =
      tools_.texts_of(agent.value(Json::json_pointer{"/conversation_config/agent/prompt/tool_ids"}, Json::array()));
  {
    Talk talk{world_, calls_, agent, rule, *record, std::move(socket)};
    co_await talk.run();
  }
  record->ended = world_.timers.now();
  if (record->termination_reason.empty())
    record->termination_reason = record->closed_by_us ? record->close_reason : "Client disconnected";
  record->status = "processing";
  world_.ledger.note("agent.end", truth_json(*record));
  world_.tasks.spawn("books", close_books(record));
}

Task<void> AgentHost::close_books(std::shared_ptr<ConversationRecord> record) {
  co_await world_.wait(kAnalysis);
  record->status = record->error_type.empty() || record->error_type == "max_duration_exceeded" ? "done" : "failed";
  if (world_.identity.webhook_url.empty() || world_.tasks.stopping()) co_return;
  const auto now = world_.timers.now();
  const auto stamp = std::chrono::duration_cast<seconds>(now.time_since_epoch()).count();
  Json body = {
      {"type", "post_call_transcription"}, {"event_timestamp", stamp}, {"data", conversation_json(*record, now)}};
  net::ClientRequest request;
  request.method = "POST";
  request.url = world_.identity.webhook_url;
  request.body = dump_json(body);
  request.headers.add("Content-Type", "application/json");
  request.headers.add("ElevenLabs-Signature",
                      elevenlabs_signature(world_.identity.webhook_secret, stamp, request.body));
  const auto result = co_await net::send_request(std::move(request));
  Json line = {{"conversation", record->id}, {"status", result.response ? result.response->status : 0}};
  const bool accepted = result.response && result.response->status == 200;
  if (!accepted) world_.ledger.violate("agent.webhook", 0, "the post-call webhook was not answered with 200", line);
  world_.ledger.note("agent.webhook", std::move(line));
}

}  // namespace otto::sandbox
