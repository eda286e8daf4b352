// Server messages in the shapes that ElevenLabs sends, each with fields of tomorrow in it.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "otto/elevenlabs/protocol.hpp"

namespace otto::elevenlabs::test {

inline std::string format_audio(std::span<const std::uint8_t> bytes) {
  std::string text;
  append_audio(text, bytes);
  return text;
}

inline constexpr std::string_view kMetadata =
    R"({"type":"conversation_initiation_metadata","conversation_initiation_metadata_event":{"conversation_id":)"
    R"("conv_0123","agent_output_audio_format":"ulaw_8000","user_input_audio_format":"ulaw_8000","region":"eu"}})";
inline constexpr std::string_view kPing =
    R"({"type":"ping","ping_event":{"event_id":0,"ping_ms":null},"trace":[1,2,{"a":"b"}]})";
inline constexpr std::string_view kAudio =
    R"({"audio_event":{"audio_base_64":"//8AAQ==","event_id":7,"is_final":false,"alignment":{"chars":["H","i"],)"
    R"("char_start_times_ms":[0,80],"char_durations_ms":[80,90]}},"type":"audio"})";
inline constexpr std::string_view kInterruption =
    R"({"type":"interruption","interruption_event":{"event_id":7,"interruption_type":"user"}})";
inline constexpr std::string_view kUserTranscript =
    R"({"type":"user_transcript","user_transcription_event":{"user_transcript":"Hello? caf\u00e9 \"x\"","event_id":8}})";
inline constexpr std::string_view kAgentResponse =
    R"({"type":"agent_response","agent_response_event":{"agent_response":"Good morning.","event_id":9,)"
    R"("attachments":[],"response_id":"r1"}})";
inline constexpr std::string_view kCorrection =
    R"({"type":"agent_response_correction","agent_response_correction_event":{"original_agent_response":)"
    R"("Good morning to you.","corrected_agent_response":"Good mor...","event_id":9}})";
inline constexpr std::string_view kToolCall =
    R"({"type":"client_tool_call","client_tool_call":{"tool_name":"schedule_callback","tool_call_id":"call_1",)"
    R"("parameters":{"when":"tomorrow","tries":[1,2.5]},"event_id":10,"expects_response":true}})";
inline constexpr std::string_view kToolDone =
    R"({"type":"agent_tool_response","agent_tool_response":{"tool_name":"end_call","tool_call_id":"call_2",)"
    R"("tool_type":"system","is_error":false,"is_called":true,"event_id":11}})";
inline constexpr std::string_view kError =
    R"({"type":"error","error_event":{"code":1008,"message":"Missing required dynamic variables in first message: )"
    R"({'x'}","error_type":"missing_dynamic_variable","reason":null,"debug_message":null,"details":{"x":[]}}})";
inline constexpr std::string_view kClientError =
    R"({"type":"client_error","client_error_event":{"code":1002,"error_name":"llm_timeout","message":"too slow"}})";
inline constexpr std::string_view kQueueStatus =
    R"({"type":"queue_status","queue_status_event":{"status":"waiting","position":3}})";

/// Everything that we understand.
inline std::vector<std::string_view> known_samples() {
  return {kMetadata,   kPing,     kAudio,    kInterruption, kUserTranscript, kAgentResponse,
          kCorrection, kToolCall, kToolDone, kError,        kClientError,    kQueueStatus};
}

/// Everything else that the server may send: a call goes on as if it had not come.
inline std::vector<std::string_view> ignored_samples() {
  return {
      R"({"type":"tentative_user_transcript","tentative_user_transcription_event":{"user_transcript":"Hel","event_id":8}})",
      R"({"type":"agent_response_complete","agent_response_complete_event":{"event_id":9}})",
      R"({"type":"agent_response_metadata","agent_response_metadata_event":{"metadata":{},"event_id":9}})",
      R"({"type":"agent_chat_response_part","text_response_part":{"text":"Hi","type":"delta","event_id":9}})",
      R"({"type":"agent_reasoning_response_part","reasoning_response_part":{"text":"","type":"start","event_id":"9"}})",
      R"({"type":"agent_tool_request","agent_tool_request":{"tool_name":"end_call","tool_call_id":"c","tool_type":"system","event_id":1}})",
      R"({"type":"agent_tool_response_full_payload","agent_tool_response_full_payload":{"tool_name":"end_call","full_tool_result":"{}"}})",
      R"({"type":"vad_score","vad_score_event":{"vad_score":0.93}})",
      R"({"type":"mcp_tool_call","mcp_tool_call":{"state":"loading"}})",
      R"({"type":"mcp_connection_status","mcp_connection_status":{"integrations":[]}})",
      R"({"type":"context_usage","context_usage_event":{"event_id":1,"model":"m","context_tokens":1,"context_limit_tokens":2}})",
      R"({"type":"guardrail_triggered"})",
      R"({"type":"guardrail_triggered","guardrail_triggered_event":{"guardrail_name":"g"}})",
      R"({"type":"asr_initiation_metadata","asr_initiation_metadata_event":{}})",
      R"({"type":"internal_turn_probability","turn_probability_internal_event":{"turn_probability":0.4}})",
      R"({"type":"internal_tentative_agent_response","tentative_agent_response_internal_event":{"tentative_agent_response":"x"}})",
      R"({"type":"agent_typing"})",
      R"({"type":"external_agent_connected"})",
      R"({"type":"external_agent_disconnected"})",
      R"({"type":"rich_content","rich_content_event":{}})",
      R"({"type":"dtmf_request"})",
      R"({"type":"something_of_next_year","payload":[[[{}]]]})",
      R"({"type":""})",
  };
}

}  // namespace otto::elevenlabs::test
