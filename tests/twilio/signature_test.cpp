#include "otto/twilio/signature.hpp"

#include <fstream>
#include <gtest/gtest.h>
#include <iterator>

#include "otto/base/json.hpp"

namespace otto::twilio {
namespace {

struct Vector {
  std::string name, token, url, signature;
  FormFields form;
};

std::vector<Vector> vectors() {
  std::ifstream file{OTTO_SOURCE_DIR "/tests/data/twilio-signature-vectors.json"};
  const auto json = Json::parse(file);
  std::vector<Vector> all;
  for (const auto& entry : json) {
    Vector v{entry.at("name"), entry.at("auth_token"), entry.at("url"), entry.at("signature"), {}};
    for (const auto& [name, value] : entry.at("params").items()) {
      if (value.is_array()) {
        for (const auto& one : value) v.form.emplace_back(name, one);
      } else {
        v.form.emplace_back(name, value);
      }
    }
    all.push_back(std::move(v));
  }
  return all;
}

/// The request as our server would see it: base and target apart.
SignedRequest request_of(const Vector& v) {
  const auto slash = v.url.find('/', v.url.find("://") + 3);
  SignedRequest request;
  request.base_url = std::string_view{v.url}.substr(0, slash);
  request.target = std::string_view{v.url}.substr(slash);
  request.signature = v.signature;
  if (!v.form.empty()) request.form = &v.form;
  return request;
}

const std::string kToken = "12345678901234567890123456789012";
const std::string kJsonBody = R"({"property": "value", "boolean": true})";

bool verifies(const Vector& v) {
  const std::vector<std::string> tokens{v.token};
  auto request = request_of(v);
  if (v.name == "V6-json") request.body = kJsonBody;
  return verify_webhook(tokens, request);
}

TEST(Signature, ComputesAllThirteenVectors) {
  const auto all = vectors();

  ASSERT_EQ(all.size(), 13u);
  for (const auto& v : all) EXPECT_EQ(compute_signature(v.token, v.url, v.form), v.signature) << v.name;
}

TEST(Signature, VerifiesAllThirteenVectorsAndTheirFieldsInAnyOrder) {
  for (auto v : vectors()) {
    EXPECT_TRUE(verifies(v)) << v.name;
    std::reverse(v.form.begin(), v.form.end());
    EXPECT_TRUE(verifies(v)) << v.name;
  }
}

TEST(Signature, RefusesEveryChangeOfASingleByte) {
  std::size_t changes = 0;
  const auto refuse = [&](const Vector& original, Vector& changed, std::string& text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      const char before = text[i];
      for (const char now : {static_cast<char>(before ^ 1), static_cast<char>(before ^ 0x20)}) {
        text[i] = now;
        EXPECT_FALSE(verifies(changed)) << original.name << " byte " << i << " of " << text;
        ++changes;
      }
      text[i] = before;
    }
  };
  for (const auto& v : vectors()) {
    Vector changed = v;
    refuse(v, changed, changed.token);
    refuse(v, changed, changed.signature);
    for (auto& [name, value] : changed.form) {
      refuse(v, changed, name);
      refuse(v, changed, value);
    }
  }
  EXPECT_GT(changes, 2000u);
}

TEST(Signature, RefusesEveryChangeOfASingleByteOfTheUrl) {
  for (const auto& v : vectors()) {
    const auto path = v.url.find('/', v.url.find("://") + 3);
    for (std::size_t i = path + 1; i < v.url.size(); ++i) {
      Vector changed = v;
      changed.url[i] = static_cast<char>(changed.url[i] ^ 1);
      if (changed.url[i] == '#') continue;  // no request target has a fragment
      EXPECT_FALSE(verifies(changed)) << changed.url;
    }
    Vector other = v;
    other.url.insert(v.url.find("://") + 3, "x");
    EXPECT_FALSE(verifies(other)) << other.url;
  }
}

TEST(Signature, RefusesAnAddedOrAMissingField) {
  for (const auto& v : vectors()) {
    Vector more = v;
    more.form.emplace_back("Extra", "1");
    EXPECT_FALSE(verifies(more)) << v.name;
    if (v.form.empty()) continue;
    Vector fewer = v;
    fewer.form.pop_back();
    EXPECT_FALSE(verifies(fewer)) << v.name;
  }
}

TEST(Signature, ARepeatedValueCountsOnce) {
  const auto once = compute_signature(kToken, "https://calls.example.com/x", {{"A", "1"}, {"A", "2"}});
  const auto twice =
      compute_signature(kToken, "https://calls.example.com/x", {{"A", "2"}, {"A", "1"}, {"A", "2"}, {"A", "1"}});

  EXPECT_EQ(once, twice);
}

TEST(Signature, LeavesTheFragmentOfTheConfiguredUrlOut) {
  EXPECT_EQ(compute_signature(kToken, "https://calls.example.com/x?a=1#rc=3&rp=ct,rt,5xx"),
            compute_signature(kToken, "https://calls.example.com/x?a=1"));
}

/// Signs `signed_url` and shows the request to a server that is configured as `base_url`.
bool webhook_passes(std::string_view base_url, std::string_view signed_url, std::string_view target = "/hook?a=1") {
  const FormFields form{{"CallSid", "CA1"}};
  const auto signature = compute_signature(kToken, signed_url, form);
  SignedRequest request;
  request.base_url = base_url;
  request.target = target;
  request.signature = signature;
  request.form = &form;
  const std::vector<std::string> tokens{kToken};
  return verify_webhook(tokens, request);
}

TEST(Signature, AcceptsTheUrlWithoutItsPortWithTheDefaultOneOrWithTheConfiguredOne) {
  EXPECT_TRUE(webhook_passes("https://calls.example.com", "https://calls.example.com/hook?a=1"));
  EXPECT_TRUE(webhook_passes("https://calls.example.com", "https://calls.example.com:443/hook?a=1"));
  EXPECT_TRUE(webhook_passes("http://127.0.0.1", "http://127.0.0.1:80/hook?a=1"));
  EXPECT_TRUE(webhook_passes("https://calls.example.com:8443", "https://calls.example.com:8443/hook?a=1"));
  EXPECT_TRUE(webhook_passes("https://calls.example.com:8443", "https://calls.example.com/hook?a=1"));
  EXPECT_TRUE(webhook_passes("https://calls.example.com:443", "https://calls.example.com/hook?a=1"));
  EXPECT_TRUE(webhook_passes("https://u:p@calls.example.com", "https://u:p@calls.example.com:443/hook?a=1"));
  EXPECT_TRUE(webhook_passes("http://[::1]:8080", "http://[::1]:8080/hook?a=1"));
  EXPECT_TRUE(webhook_passes("http://[::1]", "http://[::1]:80/hook?a=1"));

  EXPECT_FALSE(webhook_passes("https://calls.example.com", "https://calls.example.com:8443/hook?a=1"));
  EXPECT_FALSE(webhook_passes("https://calls.example.com", "https://calls.example.com:80/hook?a=1"));
  EXPECT_FALSE(webhook_passes("https://calls.example.com:8443", "https://calls.example.com:443/hook?a=1"));
  EXPECT_FALSE(webhook_passes("https://calls.example.com", "http://calls.example.com/hook?a=1"));
  EXPECT_FALSE(webhook_passes("https://calls.example.com", "https://calls.example.com/hook/?a=1"));
}

TEST(Signature, AcceptsAnyOfSeveralTokensWhileTheyAreRotated) {
  const auto v = vectors().at(2);
  const auto request = request_of(v);

  const std::vector<std::string> rotating{"the-old-one", v.token, "the-next-one"};
  const std::vector<std::string> others{"the-old-one", "the-next-one"};
  EXPECT_TRUE(verify_webhook(rotating, request));
  EXPECT_FALSE(verify_webhook(others, request));
}

TEST(Signature, AnEmptyTokenVerifiesNothing) {
  auto v = vectors().at(2);
  v.signature = compute_signature("", v.url, v.form);

  const std::vector<std::string> empty{""};
  const std::vector<std::string> none;
  EXPECT_FALSE(verify_webhook(empty, request_of(v)));
  EXPECT_FALSE(verify_webhook(none, request_of(v)));
}

TEST(Signature, AMissingSignatureVerifiesNothing) {
  auto v = vectors().at(2);
  for (const std::string_view signature : {"", "=", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="}) {
    v.signature = signature;
    EXPECT_FALSE(verifies(v));
  }
}

TEST(Signature, AJsonBodyMustHaveTheDigestThatTheSignedUrlNames) {
  const auto all = vectors();
  const auto v = *std::find_if(all.begin(), all.end(), [](const Vector& x) { return x.name == "V6-json"; });
  const std::vector<std::string> tokens{v.token};
  auto request = request_of(v);
  request.body = kJsonBody;
  ASSERT_TRUE(verify_webhook(tokens, request));

  for (std::size_t i = 0; i < kJsonBody.size(); ++i) {
    std::string changed = kJsonBody;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    request.body = changed;
    EXPECT_FALSE(verify_webhook(tokens, request)) << i;
  }
  request.body = "";
  EXPECT_FALSE(verify_webhook(tokens, request));
}

TEST(Signature, ABodyThatNothingVouchesForIsRefused) {
  const auto all = vectors();
  const auto v = *std::find_if(all.begin(), all.end(), [](const Vector& x) { return x.name == "V7-get"; });
  const std::vector<std::string> tokens{v.token};
  auto request = request_of(v);
  ASSERT_TRUE(verify_webhook(tokens, request));

  request.body = "CallSid=CA2";
  EXPECT_FALSE(verify_webhook(tokens, request));
}

std::string upgrade_matches(std::string_view base_url, std::string_view signed_url,
                            std::string_view target = "/twilio/media") {
  const auto signature = compute_signature(kToken, signed_url);
  SignedRequest request;
  request.base_url = base_url;
  request.target = target;
  request.signature = signature;
  const std::vector<std::string> tokens{"another", kToken};
  return verify_media_upgrade(tokens, request);
}

TEST(Signature, AcceptsAMediaStreamSignedAsAnyTwinOfItsUrlAndTellsWhich) {
  for (const std::string scheme : {"wss", "https"}) {
    for (const std::string port : {"", ":443"}) {
      for (const std::string slash : {"", "/"}) {
        const auto url = scheme + "://calls.example.com" + port + "/twilio/media" + slash;
        EXPECT_EQ(upgrade_matches("https://calls.example.com", url), url);
        EXPECT_EQ(upgrade_matches("https://calls.example.com", url, "/twilio/media/"), url);
        EXPECT_EQ(upgrade_matches("wss://calls.example.com", url), url);
      }
    }
  }
  EXPECT_EQ(upgrade_matches("http://127.0.0.1:8080", "ws://127.0.0.1:8080/twilio/media"),
            "ws://127.0.0.1:8080/twilio/media");
  EXPECT_EQ(upgrade_matches("http://127.0.0.1:8080", "http://127.0.0.1/twilio/media"), "http://127.0.0.1/twilio/media");
}

TEST(Signature, RefusesAMediaStreamSignedAsAnythingElse) {
  for (const std::string_view url :
       {"wss://calls.example.com/twilio/medib", "wss://calls.example.com:80/twilio/media",
        "wss://calls.example.com:8443/twilio/media", "ws://calls.example.com/twilio/media",
        "http://calls.example.com/twilio/media", "wss://evil.example.com/twilio/media",
        "wss://calls.example.com/twilio/media//", "wss://calls.example.com/twilio/media?token=1"}) {
    EXPECT_EQ(upgrade_matches("https://calls.example.com", url), "") << url;
  }
}

}  // namespace
}  // namespace otto::twilio
