// Twilio's side of a media stream, as text.
#pragma once

#include <string>

#include "otto/base/json.hpp"
#include "otto/crypto/digest.hpp"

namespace otto::twilio {

inline const std::string kStreamAccount = "AC00000000000000000000000000000001";
inline const std::string kStreamCall = "CA00000000000000000000000000000001";
inline const std::string kStreamSid = "MZ00000000000000000000000000000001";

inline Json start_json() {
  return Json{{"event", "start"},
              {"sequenceNumber", "1"},
              {"streamSid", kStreamSid},
              {"start",
               {{"streamSid", kStreamSid},
                {"accountSid", kStreamAccount},
                {"callSid", kStreamCall},
                {"tracks", {"inbound"}},
                {"mediaFormat", {{"encoding", "audio/x-mulaw"}, {"sampleRate", 8000}, {"channels", 1}}},
                {"customParameters", {{"token", "t-1"}, {"customerName", "Ann"}}}}}};
}
inline std::string connected() { return R"({"event":"connected","protocol":"Call","version":"1.0.0"})"; }
inline std::string media(std::string_view audio, int timestamp_ms, std::string_view stream = kStreamSid) {
  return Json{{"event", "media"},
              {"sequenceNumber", "2"},
              {"streamSid", stream},
              {"media",
               {{"track", "inbound"},
                {"chunk", "1"},
                {"timestamp", std::to_string(timestamp_ms)},
                {"payload", crypto::base64_encode(audio)}}}}
      .dump();
}
inline std::string mark(std::string_view name) {
  return Json{{"event", "mark"}, {"streamSid", kStreamSid}, {"mark", {{"name", name}}}}.dump();
}
inline std::string dtmf(std::string_view digit) {
  return Json{{"event", "dtmf"}, {"streamSid", kStreamSid}, {"dtmf", {{"track", "inbound_track"}, {"digit", digit}}}}
      .dump();
}
inline std::string stop() {
  return Json{{"event", "stop"},
              {"streamSid", kStreamSid},
              {"stop", {{"accountSid", kStreamAccount}, {"callSid", kStreamCall}}}}
      .dump();
}

}  // namespace otto::twilio
