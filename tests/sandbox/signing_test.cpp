#include "otto/sandbox/signing.hpp"

#include <fstream>
#include <gtest/gtest.h>

#include "otto/base/json.hpp"
#include "otto/elevenlabs/webhook.hpp"
#include "otto/twilio/signature.hpp"

namespace otto::sandbox {
namespace {

Json vectors() {
  std::ifstream file{OTTO_SOURCE_DIR "/tests/data/twilio-signature-vectors.json"};
  return Json::parse(file);
}

FormFields fields_of(const Json& params) {
  FormFields fields;
  for (const auto& entry : params.items()) {
    const auto values = entry.value().is_array() ? entry.value() : Json::array({entry.value()});
    for (const auto& value : values) fields.emplace_back(entry.key(), value.get<std::string>());
  }
  return fields;
}

TEST(Signing, EveryPublishedVectorIsReproduced) {
  int checked = 0;
  for (const auto& vector : vectors()) {
    const auto params = vector.contains("params") && vector["params"].is_object() ? vector["params"] : Json::object();
    const auto signature =
        twilio_signature(vector["auth_token"].get<std::string>(), vector["url"].get<std::string>(), fields_of(params));
    EXPECT_EQ(Json(signature), vector["signature"]) << vector["name"];
    ++checked;
  }
  EXPECT_GE(checked, 12);
}

TEST(Signing, TheFragmentIsNotSigned) {
  EXPECT_EQ(twilio_signature("t", "https://h/x#rc=2", {}), twilio_signature("t", "https://h/x", {}));
}

TEST(Signing, OttosVerifierAcceptsWhatTheSandboxSigns) {
  const FormFields form{{"To", "+14155550101"}, {"CallerName", "José & Söns"}, {"Empty", ""}, {"To", "again"}};
  const std::vector<std::string> tokens{"old", "t0ken"};
  const auto signature = twilio_signature("t0ken", "https://calls.example.com/s?a=1", form);
  twilio::SignedRequest request;
  request.base_url = "https://calls.example.com";
  request.target = "/s?a=1";
  request.signature = signature;
  request.form = &form;

  EXPECT_TRUE(twilio::verify_webhook(tokens, request));
  const auto media = twilio_signature("t0ken", "wss://calls.example.com/media", {});
  request.target = "/media";
  request.signature = media;
  request.form = nullptr;
  EXPECT_FALSE(twilio::verify_media_upgrade(tokens, request).empty());
}

TEST(Signing, OttosVerifierAcceptsThePostCallWebhook) {
  const TimePoint now{seconds{1'739'537'300}};
  const std::string body = R"({"type":"post_call_transcription"})";
  const auto header = elevenlabs_signature("wsec_x", 1'739'537'300, body);

  EXPECT_TRUE(elevenlabs::verify_webhook("wsec_x", header, body, now));
  EXPECT_FALSE(elevenlabs::verify_webhook("wsec_y", header, body, now));
}

TEST(Signing, BasicCredentialsAreReadStrictly) {
  EXPECT_EQ(basic_credentials("Basic QUM6dG9rOmVu"), (std::pair<std::string, std::string>{"AC", "tok:en"}));
  EXPECT_EQ(basic_credentials("basic QUM6dA=="), (std::pair<std::string, std::string>{"AC", "t"}));
  for (const auto* wrong : {"", "Bearer QUM6dA==", "Basic ", "Basic ???", "Basic QUM="})
    EXPECT_EQ(basic_credentials(wrong), (std::pair<std::string, std::string>{})) << wrong;
}

}  // namespace
}  // namespace otto::sandbox
