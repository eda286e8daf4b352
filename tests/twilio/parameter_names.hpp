// The parameters of `POST /2010-04-01/Accounts/{AccountSid}/Calls.json` in Twilio's OpenAPI document. Twilio ignores a
// name that it does not know, so a misspelt one would be lost without a sound.
#pragma once

#include <set>
#include <string>

namespace otto::twilio {

inline const std::set<std::string> kCreateCallParameters{
    "To",
    "From",
    "Url",
    "Method",
    "Twiml",
    "ApplicationSid",
    "FallbackUrl",
    "FallbackMethod",
    "StatusCallback",
    "StatusCallbackMethod",
    "StatusCallbackEvent",
    "MachineDetection",
    "MachineDetectionTimeout",
    "MachineDetectionSpeechThreshold",
    "MachineDetectionSpeechEndThreshold",
    "MachineDetectionSilenceTimeout",
    "AsyncAmd",
    "AsyncAmdStatusCallback",
    "AsyncAmdStatusCallbackMethod",
    "Record",
    "RecordingChannels",
    "RecordingTrack",
    "RecordingStatusCallback",
    "RecordingStatusCallbackMethod",
    "RecordingStatusCallbackEvent",
    "Trim",
    "Timeout",
    "TimeLimit",
    "SendDigits",
    "CallReason",
    "CallToken",
    "CallerId",
    "Byoc",
    "SipAuthUsername",
    "SipAuthPassword",
    "ClientNotificationUrl",
};

}  // namespace otto::twilio
