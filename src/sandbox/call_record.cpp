#include "otto/sandbox/call_record.hpp"

#include <algorithm>
#include <array>

#include "otto/audio/g711.hpp"
#include "otto/base/ids.hpp"

namespace otto::sandbox {
namespace {

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json time_or_null(const std::optional<TimePoint>& time) { return time ? Json(format_rfc2822(*time)) : Json(nullptr); }

std::string account_path(const CallRecord& call) { return "/2010-04-01/Accounts/" + call.account_sid; }

void little_endian(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
}

std::int64_t unix_ms(TimePoint time) {
  return std::chrono::duration_cast<milliseconds>(time.time_since_epoch()).count();
}

Json stream_json(const StreamStats& stream) {
  Json json = Json::object();
  json["streamSid"] = stream.stream_sid;
  json["url"] = stream.url;
  json["framesSent"] = stream.frames_sent;
  json["messagesReceived"] = stream.messages_received;
  json["bytesReceived"] = stream.bytes_received;
  json["marksReturned"] = stream.marks_returned;
  json["clears"] = stream.clears;
  json["firstAudioMs"] = stream.first_audio_ms;
  json["maxBufferedMs"] = stream.max_buffered_ms;
  json["clearsAfterUs"] = stream.clears_after_us;
  json["underrunMs"] = stream.underrun_ms;
  json["playedMs"] = stream.played_ms;
  json["violations"] = stream.violations;
  json["endedBy"] = stream.ended_by;
  json["closeCode"] = stream.close_code;
  return json;
}

}  // namespace

std::string format_number(const std::string& e164) {
  if (e164.size() != 12 || !e164.starts_with("+1")) return e164;
  return "(" + e164.substr(2, 3) + ") " + e164.substr(5, 3) + "-" + e164.substr(8);
}

Json call_json(const CallRecord& call) {
  const auto base = account_path(call) + "/Calls/" + call.sid;
  const bool completed = call.status == "completed";
  Json json = Json::object();
  json["sid"] = call.sid;
  json["account_sid"] = call.account_sid;
  json["parent_call_sid"] = json["phone_number_sid"] = json["group_sid"] = json["trunk_sid"] = nullptr;
  json["caller_name"] = json["forwarded_from"] = nullptr;
  json["annotation"] = nullptr;
  json["api_version"] = "2010-04-01";
  json["to"] = call.request.to;
  json["to_formatted"] = format_number(call.request.to);
  json["from"] = call.request.from;
  json["from_formatted"] = format_number(call.request.from);
  json["status"] = call.status;
  json["direction"] = "outbound-api";
  json["date_created"] = format_rfc2822(call.created);
  json["date_updated"] = format_rfc2822(call.ended.value_or(call.created));
  json["start_time"] = time_or_null(call.started);
  json["end_time"] = time_or_null(call.ended);
  json["duration"] = completed ? Json(std::to_string(call.duration_s)) : Json(nullptr);
  json["price"] = completed ? Json("-0.01400") : Json(nullptr);
  json["price_unit"] = "USD";
  json["answered_by"] = text_or_null(call.answered_by);
  json["queue_time"] = std::to_string(call.queue_ms);
  json["uri"] = base + ".json";
  Json& children = json["subresource_uris"] = Json::object();
  for (const auto* name : {"notifications", "recordings", "payments", "events", "siprec", "streams", "transcriptions",
                           "user_defined_messages", "user_defined_message_subscriptions"}) {
    std::string segment;
    for (const char* c = name; *c != 0; ++c) {
      const bool first = c == name || c[-1] == '_';
      if (*c != '_') segment += first ? static_cast<char>(*c - 'a' + 'A') : *c;
    }
    children[name] = base + "/" + segment + ".json";
  }
  return json;
}

Json recording_json(const CallRecord& call) {
  const auto base = account_path(call) + "/Recordings/" + call.recording_sid;
  Json json = Json::object();
  json["sid"] = call.recording_sid;
  json["account_sid"] = call.account_sid;
  json["call_sid"] = call.sid;
  json["conference_sid"] = json["encryption_details"] = json["error_code"] = nullptr;
  json["status"] = call.recording_status;
  json["channels"] = call.request.recording_channels;
  json["source"] = "OutboundAPI";
  json["track"] = call.request.recording_track;
  json["duration"] = call.recording_status == "completed" ? Json(std::to_string(call.recording_s)) : Json(nullptr);
  json["start_time"] = time_or_null(call.answered);
  json["date_created"] = time_or_null(call.answered);
  json["date_updated"] = time_or_null(call.ended ? call.ended : call.answered);
  json["price"] = nullptr;
  json["price_unit"] = "USD";
  json["api_version"] = "2010-04-01";
  json["uri"] = base + ".json";
  json["media_url"] = base;
  json["subresource_uris"] = Json::object();
  return json;
}

Json truth_json(const CallRecord& call) {
  Json json = Json::object();
  json["sid"] = call.sid;
  json["attempt"] = text_or_null(call.attempt);
  json["to"] = call.request.to;
  json["from"] = call.request.from;
  json["persona"] = to_string(call.plan.persona);
  json["status"] = call.status;
  json["createdMs"] = unix_ms(call.created);
  json["created"] = format_iso8601(call.created);
  json["started"] = call.started ? Json(format_iso8601(*call.started)) : Json(nullptr);
  json["answered"] = call.answered ? Json(format_iso8601(*call.answered)) : Json(nullptr);
  json["ended"] = call.ended ? Json(format_iso8601(*call.ended)) : Json(nullptr);
  json["endedMs"] = call.ended ? Json(unix_ms(*call.ended)) : Json(nullptr);
  json["endedBy"] = text_or_null(call.ended_by);
  json["answeredBy"] = text_or_null(call.answered_by);
  json["durationSeconds"] = call.duration_s;
  json["sipCode"] = call.sip_code;
  json["queueMs"] = call.queue_ms;
  json["createAnswered"] = call.create_answered;
  json["twimlRequests"] = call.twiml_requests;
  json["webhooksSent"] = call.webhooks_sent;
  json["webhooksRefused"] = call.webhooks_refused;
  json["conversationId"] = text_or_null(call.conversation_id);
  json["recordingSid"] = text_or_null(call.recording_sid);
  json["spoken"] = call.texts_spoken;
  json["spokenAtMs"] = call.spoken_at_ms;
  json["callee"] = call.callee;
  Json& statuses = json["statuses"] = Json::array();
  for (const auto& event : call.history)
    statuses.push_back({{"status", event.status}, {"at", format_iso8601(event.at)}});
  Json& dialed = json["dialed"] = Json::array();
  for (const auto& leg : call.dialed)
    dialed.push_back({{"number", leg.number},
                      {"callerId", leg.caller_id},
                      {"status", leg.status},
                      {"durationSeconds", leg.duration_s}});
  Json& streams = json["streams"] = Json::array();
  for (const auto& stream : call.streams) streams.push_back(stream_json(stream));
  return json;
}

FormFields common_fields(const CallRecord& call, const std::string& call_status) {
  FormFields fields{{"CallSid", call.sid},       {"AccountSid", call.account_sid}, {"From", call.request.from},
                    {"To", call.request.to},     {"Caller", call.request.from},    {"Called", call.request.to},
                    {"CallStatus", call_status}, {"ApiVersion", "2010-04-01"},     {"Direction", "outbound-api"}};
  for (const auto* side : {"From", "To", "Caller", "Called"}) {
    const std::string name{side};
    fields.emplace_back(name + "City", "");
    fields.emplace_back(name + "State", name == "To" || name == "Called" ? "" : "CA");
    fields.emplace_back(name + "Zip", "");
    fields.emplace_back(name + "Country", "US");
  }
  return fields;
}

FormFields status_fields(const CallRecord& call, const std::string& event_status, TimePoint now) {
  auto fields = common_fields(call, event_status);
  fields.emplace_back("SequenceNumber", std::to_string(call.sequence));
  fields.emplace_back("Timestamp", format_rfc2822(now));
  fields.emplace_back("CallbackSource", "call-progress-events");
  if (!call.over()) return fields;
  fields.emplace_back("CallDuration", std::to_string(call.duration_s));
  fields.emplace_back("Duration", std::to_string((call.duration_s + 59) / 60));  // billed minutes
  fields.emplace_back("SipResponseCode", std::to_string(call.sip_code));
  if (!call.answered_by.empty()) fields.emplace_back("AnsweredBy", call.answered_by);
  if (!call.recording_sid.empty()) {
    fields.emplace_back("RecordingSid", call.recording_sid);
    fields.emplace_back("RecordingDuration", std::to_string(call.duration_s));
  }
  return fields;
}

FormFields amd_fields(const CallRecord& call) {
  return {{"CallSid", call.sid},
          {"AccountSid", call.account_sid},
          {"AnsweredBy", call.answered_by},
          {"MachineDetectionDuration", std::to_string(call.detection_ms)}};
}

FormFields recording_fields(const CallRecord& call, const std::string& api_base) {
  return {{"AccountSid", call.account_sid},
          {"CallSid", call.sid},
          {"RecordingSid", call.recording_sid},
          {"RecordingUrl", api_base + account_path(call) + "/Recordings/" + call.recording_sid},
          {"RecordingStatus", call.recording_status},
          {"RecordingDuration", std::to_string(call.recording_s)},
          {"RecordingChannels", std::to_string(call.request.recording_channels)},
          {"RecordingStartTime", format_rfc2822(call.answered.value_or(call.created))},
          {"RecordingSource", "OutboundAPI"},
          {"RecordingTrack", call.request.recording_track}};
}

std::string attempt_in(const CreateRequest& request) {
  for (const auto* url : {&request.status.url, &request.url.url, &request.amd.url, &request.recording.url})
    for (std::size_t at = 0; at + 36 <= url->size(); ++at)
      if (is_uuid(std::string_view{*url}.substr(at, 36))) return url->substr(at, 36);
  return {};
}

std::string ulaw_wav(const Ulaw& left, const Ulaw* right) {
  const std::uint32_t channels = right == nullptr ? 1 : 2;
  const auto samples = std::max(left.size(), right == nullptr ? 0 : right->size());
  const auto bytes = static_cast<std::uint32_t>(samples * channels);
  std::string out = "RIFF";
  little_endian(out, 4 + 8 + 18 + 8 + bytes, 4);
  out += "WAVEfmt ";
  little_endian(out, 18, 4);
  little_endian(out, 7, 2);  // WAVE_FORMAT_MULAW
  little_endian(out, channels, 2);
  little_endian(out, 8000, 4);
  little_endian(out, 8000 * channels, 4);
  little_endian(out, channels, 2);
  little_endian(out, 8, 2);
  little_endian(out, 0, 2);
  out += "data";
  little_endian(out, bytes, 4);
  const auto at = [](const Ulaw& audio, std::size_t i) {
    return static_cast<char>(i < audio.size() ? audio[i] : audio::kUlawSilence);
  };
  for (std::size_t i = 0; i < samples; ++i) {
    out += at(left, i);
    if (right != nullptr) out += at(*right, i);
  }
  return out;
}

}  // namespace otto::sandbox
