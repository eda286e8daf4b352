#include "otto/sandbox/talk.hpp"

#include <algorithm>
#include <simdjson.h>

#include "otto/crypto/digest.hpp"
#include "otto/rt/group.hpp"

namespace otto::sandbox {
namespace {

constexpr std::int64_t kStartPatienceMs = 3000;  // without a start message the provider begins on its own
constexpr std::int64_t kPingEveryMs = 2000;
constexpr std::int64_t kPongWithinMs = 1500;
constexpr std::int64_t kFirstAudioWithinMs = 10'000;
constexpr std::int64_t kNoInputMs = 60'000;  // the provider's own limit
constexpr std::int64_t kToolWithinMs = 20'000;
constexpr std::size_t kMaxReason = 120;  // a close frame holds 123 bytes

}  // namespace

struct Talk::Parser {
  simdjson::dom::parser json;
};

Talk::Talk(World& world, const CallLookup& calls, const Json& agent, const AgentRule& rule, ConversationRecord& record,
           std::unique_ptr<net::WebSocket> socket)
    : world_{world},
      calls_{calls},
      agent_{agent},
      rule_{rule},
      record_{record},
      socket_{std::move(socket)},
      parser_{std::make_unique<Parser>()},
      check_{record.input},
      opened_{world.timers.steady()} {}

Talk::~Talk() = default;

std::int64_t Talk::now_ms() const {
  return std::chrono::duration_cast<milliseconds>(world_.timers.steady() - opened_).count();
}

void Talk::violate(const std::string& sentence) {
  Json fields = Json::object();
  fields["conversation"] = record_.id;
  if (!record_.call_sid.empty()) fields["call"] = record_.call_sid;
  world_.ledger.violate("agent", 0, sentence, std::move(fields));
}

void Talk::send(const char* type, Json message) {
  if (!sends_event(agent_, type) && std::string_view{type} != "error") return;
  message["type"] = type;
  outgoing_.push_back(dump_json(message));
}

void Talk::end(int code, std::string reason, std::string error_type) {
  if (ending_.code != 0) return;
  ending_.code = code;
  ending_.reason = reason.substr(0, kMaxReason);
  ending_.error_type = std::move(error_type);
  if (ending_.error_type.empty()) return;
  Json message = Json::object();
  message["error_event"] = {{"code", code == 1006 ? 1011 : code},
                            {"message", reason},
                            {"reason", reason},
                            {"error_type", ending_.error_type}};
  send("error", std::move(message));
}

Task<void> Talk::run() {
  auto reading = read_loop();
  auto writing = write_loop();
  co_await rt::first_of(std::move(reading), std::move(writing));
  record_.closed_by_us = closing_;
  record_.close_code = closing_ ? ending_.code : socket_->close_code();
  record_.close_reason = closing_ ? ending_.reason : socket_->close_reason();
  record_.error_type = ending_.error_type;
  record_.ms = now_ms();
  record_.max_gap_in_ms = check_.max_gap_ms();
  record_.first_audio_in_ms = check_.first_ms();
  if (mind_) {
    record_.user_turns = mind_->user_turns();
    record_.agent_turns = mind_->agent_turns();
  }
  if (!closing_ && record_.close_code != 1000)
    violate("the conversation was closed with " + std::to_string(record_.close_code) + " instead of 1000");
}

Task<void> Talk::read_loop() {
  for (;;) {
    auto message = co_await socket_->read();
    if (!message) break;
    take(*message);
  }
  if (!closing_) peer_closed_ = true;
}

void Talk::take(const net::WsMessage& message) {
  if (ending_.code != 0) return;
  if (message.binary) {
    violate("a binary frame was sent");
    return end(1008, "Invalid message received", "invalid_message");
  }
  simdjson::dom::element root;
  std::string_view audio;
  const bool padded = message.capacity >= message.text.size() + simdjson::SIMDJSON_PADDING;
  const auto error = padded ? parser_->json.parse(message.text.data(), message.text.size(), false).get(root)
                            : parser_->json.parse(message.text).get(root);
  if (error != simdjson::SUCCESS || !root.is_object()) {
    violate("a message is no JSON object");
    return end(1008, "Invalid message received", "invalid_message");
  }
  if (root["user_audio_chunk"].get(audio) == simdjson::SUCCESS) return take_audio(audio);
  take_control(message.text);
}

void Talk::take_audio(std::string_view base64) {
  if (began_ms_ < 0) {
    if (!told_start_) violate("audio came before the metadata");
    told_start_ = true;
    begin();
  }
  if (!crypto::base64_decode_into(base64, audio_) || audio_.empty()) {
    violate("user_audio_chunk is no base64 or empty");
    return end(1008, "Invalid message received", "invalid_message");
  }
  record_.bytes_in += audio_.size();
  ++record_.chunks_in;
  for (const auto& wrong : check_.feed(audio_, now_ms())) violate(wrong);
  if (keep_) keep_ = world_.keep_audio(audio_.size());
  if (keep_) record_.heard.insert(record_.heard.end(), audio_.begin(), audio_.end());
  for (auto frame = check_.next_frame(); !frame.empty(); frame = check_.next_frame())
    if (mind_) mind_->hear(frame);
}

void Talk::take_control(std::string_view text) {
  const auto message = parse_json(text);
  if (!message) return end(1008, "Invalid message received", "invalid_message");
  const auto type = text_at(*message, "type");
  if (type == "conversation_initiation_client_data") return take_start(*message);
  if (type == "pong") return take_pong(*message);
  if (type == "client_tool_result") return take_tool_result(*message);
  if (type == "contextual_update" || type == "user_message") {
    if (type == "contextual_update" && text_at(*message, "text").empty())
      return end(1008, "Invalid message received", "missing_fields");
    record_.contexts.push_back({{"type", type}, {"text", text_at(*message, "text")}, {"atMs", now_ms()}});
    return;
  }
  if (type == "user_activity" || type == "feedback" || type == "mcp_tool_approval_result") return;
  violate("a message of type \"" + type + "\" is not in the contract");
  end(1008, "Invalid message received", "invalid_message");
}

void Talk::take_start(const Json& message) {
  if (began_ms_ >= 0 || start_ms_ >= 0) {
    violate("a second start message, or one that came too late");
    return end(1008, "Invalid message received", "invalid_message");
  }
  record_.init = message;
  start_ms_ = now_ms();
  if (rule_.ready_after == milliseconds{0}) accept_start();
}

void Talk::accept_start() {
  begin();
  const auto verdict = judge_init(record_.init, agent_);
  if (!verdict.refuse) return;
  violate("the start message was refused: " + verdict.message);
  end(1008, verdict.message, verdict.error_type);
}

/// The provider answers with its metadata first, whatever it will think of the start message.
void Talk::begin() {
  began_ms_ = now_ms();
  record_.started = world_.timers.now();
  record_.status = "in-progress";
  std::vector<std::string> names{text_at(record_.init, "user_id")};
  if (record_.init.contains("dynamic_variables") && record_.init["dynamic_variables"].is_object())
    for (const auto& entry : record_.init["dynamic_variables"].items())
      if (entry.value().is_string()) names.push_back(entry.value().get<std::string>());
  for (const auto& name : names)
    if (record_.call_sid.empty()) record_.call_sid = calls_.find(name, record_.id);

  const auto announced = [this](AudioFormat format) {
    return rule_.metadata_format.empty() ? to_string(format) : rule_.metadata_format;
  };
  Json metadata = Json::object();
  metadata["conversation_initiation_metadata_event"] = {{"conversation_id", record_.id},
                                                        {"agent_output_audio_format", announced(record_.output)},
                                                        {"user_input_audio_format", announced(record_.input)}};
  send("conversation_initiation_metadata", std::move(metadata));
  MindSettings settings;
  const auto& config = agent_["conversation_config"];
  const auto variables =
      record_.init.contains("dynamic_variables") ? record_.init["dynamic_variables"] : Json::object();
  settings.first_message = fill_in(text_at(config["agent"], "first_message"), variables);
  settings.interruptible_first = config["agent"].value("disable_first_message_interruptions", false) == false;
  settings.turn_timeout_ms = static_cast<int>(config["turn"].value("turn_timeout", 7.0) * 1000);
  mind_ = std::make_unique<Mind>(rule_, world_.agent_voice(record_.output), std::move(settings));
}

void Talk::take_pong(const Json& message) {
  const auto id = integer_at(message, "event_id");
  if (!id) return end(1008, "Invalid message received", "missing_fields");
  if (ping_sent_ms_ < 0 || *id != ping_id_ - 1)
    return violate("a pong for event " + std::to_string(*id) + " that was not asked for");
  ++record_.pongs;
  record_.pong_max_ms = std::max(record_.pong_max_ms, now_ms() - ping_sent_ms_);
  ping_sent_ms_ = -1;
}

void Talk::take_tool_result(const Json& message) {
  const auto id = text_at(message, "tool_call_id");
  const bool shape = message.contains("result") && message["result"].is_string() && message.contains("is_error") &&
                     message["is_error"].is_boolean() && !id.empty();
  if (!shape) {
    violate("client_tool_result needs a string result, a boolean is_error and a tool_call_id");
    return end(1008, "Invalid message received", "invalid_message");
  }
  if (id != tool_id_ || tool_sent_ms_ < 0) return violate("a second or unasked result for the tool call " + id);
  record_.tools.push_back(
      {{"id", id}, {"result", message["result"]}, {"isError", message["is_error"]}, {"ms", now_ms() - tool_sent_ms_}});
  tool_sent_ms_ = -1;
  if (mind_) mind_->tool_done();
}

void Talk::tell_tool(const char* type, const std::string& name, const std::string& id, std::int64_t event_id) {
  Json tool = {{"tool_name", name}, {"tool_call_id", id}, {"tool_type", "system"}, {"event_id", event_id}};
  if (std::string_view{type} == "agent_tool_response") tool["is_error"] = false, tool["is_called"] = true;
  Json message = Json::object();
  message[type] = std::move(tool);
  send(type, std::move(message));
}

void Talk::tell_end_call(std::int64_t event_id) {
  const auto id = world_.ids.word("tool_");
  tell_tool("agent_tool_request", "end_call", id, event_id);
  tell_tool("agent_tool_response", "end_call", id, event_id);
  record_.termination_reason = "end_call tool was called.";
  end(1000, "");
}

void Talk::tell_audio(std::span<const std::uint8_t> audio, std::int64_t event_id) {
  std::string text = R"({"type":"audio","audio_event":{"audio_base_64":")";
  crypto::base64_append(text, audio);
  text += R"(","event_id":)" + std::to_string(event_id) + "}}";
  record_.bytes_out += audio.size();
  ++record_.audio_events;
  if (sends_event(agent_, "audio")) outgoing_.push_back(std::move(text));
}

void Talk::tell(const MindEvent& event) {
  Json message = Json::object();
  switch (event.kind) {
    case MindEvent::Kind::Audio: {
      const std::span audio{event.audio};
      const std::size_t first = rule_.odd_chunks ? (audio.size() / 2) | 1U : audio.size();
      tell_audio(audio.first(std::min(first, audio.size())), event.event_id);
      if (first < audio.size()) tell_audio(audio.subspan(first), event.event_id);
      return;
    }
    case MindEvent::Kind::Response:
      record_.transcript.push_back(Transcript{"agent", event.text, now_ms() - began_ms_, false, ""});
      message["agent_response_event"] = {{"agent_response", event.text}, {"event_id", event.event_id}};
      return send("agent_response", std::move(message));
    case MindEvent::Kind::Interruption:
      ++record_.interruptions;
      message["interruption_event"] = {{"event_id", event.event_id}};
      world_.interruptions[record_.id] = world_.timers.steady();
      return send("interruption", std::move(message));
    case MindEvent::Kind::Correction:
      if (!record_.transcript.empty() && record_.transcript.back().role == "agent") {
        record_.transcript.back().interrupted = true;
        record_.transcript.back().original = event.original;
        record_.transcript.back().message = event.text;
      }
      message["agent_response_correction_event"] = {{"original_agent_response", event.original},
                                                    {"corrected_agent_response", event.text},
                                                    {"event_id", event.event_id}};
      return send("agent_response_correction", std::move(message));
    case MindEvent::Kind::Transcript: {
      auto text = record_.call_sid.empty() ? std::string{"..."} : calls_.last_words(record_.call_sid);
      if (text.empty()) text = "...";
      record_.transcript.push_back(Transcript{"user", text, now_ms() - began_ms_, false, ""});
      message["user_transcription_event"] = {{"user_transcript", text}, {"event_id", event.event_id}};
      return send("user_transcript", std::move(message));
    }
    case MindEvent::Kind::ToolCall: {
      const auto& cue = rule_.tools[event.cue];
      tool_id_ = world_.ids.word("tool_");
      tool_sent_ms_ = cue.expects_response ? now_ms() : -1;
      message["client_tool_call"] = {{"tool_name", cue.name},
                                     {"tool_call_id", tool_id_},
                                     {"parameters", cue.parameters},
                                     {"event_id", event.event_id},
                                     {"expects_response", cue.expects_response}};
      if (cue.twice) send("client_tool_call", message);
      return send("client_tool_call", std::move(message));
    }
    case MindEvent::Kind::EndCall:
      return tell_end_call(event.event_id);
  }
}

void Talk::check_times(std::int64_t now) {
  if (now >= next_ping_ms_) {
    if (ping_sent_ms_ >= 0 && now - ping_sent_ms_ > kPongWithinMs) {
      violate("the ping " + std::to_string(ping_id_ - 1) + " was not answered within " + std::to_string(kPongWithinMs) +
              " ms");
      ping_sent_ms_ = -1;
      return end(1002, "A ping was not answered", "websocket_disconnect");
    }
    next_ping_ms_ = now + kPingEveryMs;
    Json message = Json::object();
    Json ping = {{"event_id", ping_id_}};
    if (ping_id_ > 0) ping["ping_ms"] = 30;  // the first one has no measurement yet
    message["ping_event"] = std::move(ping);
    ++ping_id_;
    ++record_.pings;
    ping_sent_ms_ = now;
    send("ping", std::move(message));
  }
  const auto quiet = now - std::max(check_.last_ms(), began_ms_);
  if (check_.first_ms() < 0 && now - began_ms_ > kFirstAudioWithinMs && !told_start_) {
    told_start_ = true;
    violate("no audio came within 10 s of the start");
  }
  if (quiet > kNoInputMs) end(1002, "No user input for 60 seconds", "transport_receive_timeout");
  if (tool_sent_ms_ >= 0 && now - tool_sent_ms_ > kToolWithinMs) {
    violate("the tool call " + tool_id_ + " was not answered within 20 s");
    tool_sent_ms_ = -1;
    mind_->tool_done();
  }
  const auto limit = agent_["conversation_config"]["conversation"].value("max_duration_seconds", 600);
  if (now - began_ms_ > std::int64_t{limit} * 1000)
    end(1000, "Conversation has exceeded maximum duration", "max_duration_exceeded");
  if (rule_.close_after && now - began_ms_ >= rule_.close_after->count())
    end(rule_.close_code, "The scenario ends this conversation", rule_.close_error);
}

void Talk::tick() {
  const auto now = now_ms();
  if (began_ms_ < 0 && start_ms_ >= 0 && now >= start_ms_ + rule_.ready_after.count()) accept_start();
  if (began_ms_ < 0 && start_ms_ < 0 && now > kStartPatienceMs) {
    violate("no start message within 3 s");
    begin();
  }
  if (began_ms_ < 0 || ending_.code != 0) return;
  if (rule_.mute_after && now - began_ms_ >= rule_.mute_after->count()) return;
  check_times(now);
  if (ending_.code != 0) return;
  mind_->step(now - began_ms_);
  auto& events = mind_->events();
  while (!events.empty() && ending_.code == 0) {
    const auto event = std::move(events.front());
    events.pop_front();
    tell(event);
  }
}

/// Larger than any socket's buffer, so that it is cut whenever it is cut.
Task<void> Talk::write_endless() {
  std::string text;
  text.resize(12'000'000, ' ');
  std::ignore = co_await socket_->write(text);
}

Task<void> Talk::hang_up() {
  closing_ = true;
  if (ending_.code == 1006) {
    if (rule_.cut_in_frame) {
      auto endless = write_endless();
      auto moment = world_.timers.sleep_for(milliseconds{1});
      auto cut = [](Task<void> wait, net::WebSocket& socket) -> Task<void> {
        co_await std::move(wait);
        socket.abort();
      };
      co_await rt::first_of(std::move(endless), cut(std::move(moment), *socket_));
    }
    socket_->abort();
    co_return;
  }
  const auto code = static_cast<std::uint16_t>(ending_.code);
  co_await socket_->close(code, ending_.reason);
}

Task<void> Talk::write_loop() {
  auto next = world_.timers.steady();
  while (!peer_closed_) {
    tick();
    while (!outgoing_.empty() && !peer_closed_) {
      const auto text = std::move(outgoing_.front());
      outgoing_.pop_front();
      const auto written = co_await socket_->write(text);
      if (!written) co_return;
    }
    if (world_.tasks.stopping()) end(1001, "The sandbox ends");
    if (ending_.code != 0 && outgoing_.empty()) {
      co_await hang_up();
      co_return;
    }
    next = std::max(next + milliseconds{20}, world_.timers.steady() - milliseconds{100});
    co_await world_.timers.sleep_until(next);
  }
}

}  // namespace otto::sandbox
