#include "otto/elevenlabs/webhook.hpp"

#include <gtest/gtest.h>

#include "otto/crypto/digest.hpp"
#include "otto/elevenlabs/record.hpp"

namespace otto::elevenlabs {
namespace {

std::string from_hex(std::string_view hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string{hex.substr(i, 2)}, nullptr, 16));
  return out;
}

TimePoint at(std::int64_t unix_seconds) { return TimePoint{seconds{unix_seconds}}; }

const std::string kSecret = "wsec_test_0123456789abcdef";
const std::string kBody =
    R"({"type":"post_call_transcription","event_timestamp":1739537297,"data":{"agent_id":"agent_1",)"
    R"("conversation_id":"conv_1","status":"done"}})";
const std::string kDigest = "889f0c6a856126b23f4e32cf346a3b8d33317386b025757104b65916b3e1b7be";
const std::string kHeader = "t=1739537300,v0=" + kDigest;
constexpr std::int64_t kTime = 1739537300;

Errc verdict(std::string_view header, std::string_view body, TimePoint now, std::string_view secret = kSecret) {
  const auto result = verify_webhook(secret, header, body, now);
  return result ? Errc{} : result.error().code;
}
constexpr Errc kGood{};

TEST(Webhook, KnownVectorsPass) {
  EXPECT_EQ(kBody.size(), 136u);
  EXPECT_TRUE(verify_webhook(kSecret, kHeader, kBody, at(1739537310)).has_value());

  const auto secret = from_hex("777365635fc3bc6ec3af636f64652d6bc3a979");
  const auto body = from_hex(
      "7b2274797065223a2263616c6c5f696e6974696174696f6e5f6661696c757265222c226576656e745f74696d657374616d70223a31373630"
      "3030303030302c2264617461223a7b226167656e745f6964223a226167656e745f32222c22636f6e766572736174696f6e5f6964223a2263"
      "6f6e765f32222c226661696c7572655f726561736f6e223a226e6f2d616e73776572222c226e6f7465223a22636166c3a920e2809420e697"
      "a5e69cac227d7d0a");
  EXPECT_EQ(body.size(), 176u);
  EXPECT_TRUE(verify_webhook(secret, "t=1760000001,v0=c494623be931a4b858ac0da9ee26eaafb906505e8140678b65be489c539a6843",
                             body, at(1760000001))
                  .has_value());
}

TEST(Webhook, AnythingElseFails) {
  const auto now = at(kTime + 10);
  ASSERT_EQ(verdict(kHeader, kBody, now), kGood);

  EXPECT_EQ(verdict(kHeader, kBody + " ", now), Errc::Unauthorized);
  EXPECT_EQ(verdict(kHeader, kBody, now, "wsec_other"), Errc::Unauthorized);
  EXPECT_EQ(verdict(kHeader, kBody, now, kSecret.substr(5)), Errc::Unauthorized) << "the prefix is part of the key";
  EXPECT_EQ(verdict("t=1739537301,v0=" + kDigest, kBody, now), Errc::Unauthorized) << "the time is signed";
  for (const std::string& header :
       {std::string{}, std::string{"t=1739537300"}, std::string{"t=1739537300,v0="}, "v0=" + kDigest,
        "t=,v0=" + kDigest, "t=soon,v0=" + kDigest, "t=1739537300.0,v0=" + kDigest, "t=-1,v0=" + kDigest,
        "t=99999999999999999999,v0=" + kDigest, "t=1739537300,v1=" + kDigest, "t=1739537300;v0=" + kDigest,
        "t=1739537300,v0=" + kDigest.substr(1)})
    EXPECT_EQ(verdict(header, kBody, now), Errc::Unauthorized) << header;
}

TEST(Webhook, EveryFlippedBitOfTheBodyFails) {
  for (std::size_t i = 0; i < kBody.size(); ++i) {
    auto body = kBody;
    body[i] = static_cast<char>(body[i] ^ 1);
    EXPECT_EQ(verdict(kHeader, body, at(kTime)), Errc::Unauthorized) << i;
  }
}

TEST(Webhook, TheWindowIsThirtyMinutesEitherWay) {
  EXPECT_EQ(verdict(kHeader, kBody, at(kTime + 1800)), kGood);
  EXPECT_EQ(verdict(kHeader, kBody, at(kTime + 1800) + milliseconds{1}), Errc::Unauthorized);
  EXPECT_EQ(verdict(kHeader, kBody, at(kTime - 1800)), kGood);
  EXPECT_EQ(verdict(kHeader, kBody, at(kTime - 1800) - milliseconds{1}), Errc::Unauthorized);
}

TEST(Webhook, ATimeBeyondTheClockIsNotTakenForNow) {
  // In nanoseconds the first of them is 2^64 more than now: it would come round to this very second.
  for (const std::string time : {"20186281373", "9999999999"}) {
    const std::string header = "t=" + time + ",v0=" + crypto::to_hex(crypto::hmac_sha256(kSecret, time + "." + kBody));
    EXPECT_EQ(verdict(header, kBody, at(kTime)), Errc::Unauthorized) << time;
  }
}

TEST(Webhook, OrderSpacesAndSeveralDigestsAreFree) {
  const auto now = at(kTime);
  EXPECT_EQ(verdict("v0=" + kDigest + ",t=1739537300", kBody, now), kGood);
  EXPECT_EQ(verdict("t=1739537300, v0=" + kDigest, kBody, now), kGood);
  EXPECT_EQ(verdict("t=1739537300,v0=" + std::string(64, '0') + ",v0=" + kDigest, kBody, now), kGood);
}

TEST(Webhook, WithoutASecretNothingPasses) { EXPECT_EQ(verdict(kHeader, kBody, at(kTime), ""), Errc::Config); }

TEST(PostCall, TheParts) {
  const auto call = parse_post_call(
      R"({"event_timestamp":"1739537297","data":{"transcript":[{"role":"user","message":null,"conversation_id":"no"}],)"
      R"("agent_id":"agent_1","conversation_id":"conv_1","status":"done","metadata":{"call_duration_secs":41,)"
      R"("termination_reason":"end_call tool was called","error":null,"status":"no"},"analysis":{"call_successful":)"
      R"("success","transcript_summary":"They agreed.","evaluation_criteria_results":{}},)"
      R"("conversation_initiation_client_data":{"user_id":"attempt-1","dynamic_variables":{"user_id":"no"}}},)"
      R"("type":"post_call_transcription"})");

  ASSERT_TRUE(call.has_value());
  EXPECT_EQ(call->type, "post_call_transcription");
  EXPECT_EQ(call->record.agent_id, "agent_1");
  EXPECT_EQ(call->record.conversation_id, "conv_1");
  EXPECT_EQ(call->record.user_id, "attempt-1");
  EXPECT_EQ(call->record.status, "done");
  EXPECT_EQ(call->record.summary, "They agreed.");
  EXPECT_EQ(call->record.call_successful, "success");
  EXPECT_EQ(call->record.termination_reason, "end_call tool was called");
  EXPECT_EQ(call->record.duration_seconds, 41);
}

TEST(PostCall, TheTopLevelUserIdWins) {
  const auto call =
      parse_post_call(R"({"type":"post_call_transcription","data":{"conversation_id":"c","user_id":"top",)"
                      R"("conversation_initiation_client_data":{"user_id":"below"}}})");

  ASSERT_TRUE(call.has_value());
  EXPECT_EQ(call->record.user_id, "top");
}

TEST(PostCall, NullAnalysisAndMetadataAreNothing) {
  const auto record = parse_record(
      R"({"agent_id":"a","conversation_id":"c","status":"processing","analysis":null,"metadata":{"error":{"code":1002,)"
      R"("reason":"LLM failed"}},"user_id":null})");

  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->summary, "");
  EXPECT_EQ(record->user_id, "");
  EXPECT_EQ(record->error_reason, "LLM failed");
  EXPECT_FALSE(record->duration_seconds.has_value());
}

TEST(PostCall, OtherTypesPassAndBrokenOnesDoNot) {
  const auto audio =
      parse_post_call(R"({"type":"post_call_audio","data":{"conversation_id":"c","full_audio":"AAAA"}})");
  ASSERT_TRUE(audio.has_value());
  EXPECT_EQ(audio->record.conversation_id, "c");
  EXPECT_TRUE(parse_post_call(R"({"type":"voice_removal_notice"})").has_value());

  for (const auto* body :
       {"", "[]", "{}", "null", "<html>", R"({"type":7})", R"({"type":"post_call_transcription"})",
        R"({"type":"post_call_transcription","data":{}})", R"({"type":"post_call_transcription","data":[]})"})
    EXPECT_EQ(parse_post_call(body).error().code, Errc::Malformed) << body;
  for (const auto* body : {"", "[]", "{}", R"({"conversation_id":"c"})", R"({"status":"done"})"})
    EXPECT_EQ(parse_record(body).error().code, Errc::Malformed) << body;
}

TEST(PostCall, AMegabyteOfTranscriptIsReadPast) {
  std::string body = R"({"conversation_id":"c","transcript":[)";
  for (int i = 0; i < 10'000; ++i) {
    if (i > 0) body += ',';
    body += R"({"role":"agent","message":"status \"done\" {[","tool_calls":[{"status":"no"}],"time_in_call_secs":1})";
  }
  body += R"(],"status":"done"})";

  const auto record = parse_record(body);

  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->status, "done");
}

}  // namespace
}  // namespace otto::elevenlabs
