#include "otto/sandbox/create_request.hpp"

#include <gtest/gtest.h>

namespace otto::sandbox {
namespace {

const Identity kWho;

FormFields good() {
  return {{"To", "+14155550101"},
          {"From", "+14155550100"},
          {"Url", "https://calls.example.com/twiml?attempt=1"},
          {"Timeout", "30"},
          {"Record", "true"},
          {"MachineDetection", "DetectMessageEnd"},
          {"AsyncAmd", "true"},
          {"AsyncAmdStatusCallback", "https://calls.example.com/amd"}};
}

FormFields with(const std::string& name, const std::string& value) {
  auto form = good();
  std::erase_if(form, [&](const auto& field) { return field.first == name; });
  form.emplace_back(name, value);
  return form;
}

FormFields without(const std::string& name) {
  auto form = good();
  std::erase_if(form, [&](const auto& field) { return field.first == name; });
  return form;
}

int refused_with(const FormFields& form) {
  const auto verdict = judge_create(form, kWho);
  return verdict.error ? verdict.error->code : 0;
}

int warned_of(const FormFields& form) {
  const auto verdict = judge_create(form, kWho);
  return verdict.warnings.empty() ? 0 : verdict.warnings.front().first;
}

TEST(CreateRequest, AGoodFormIsTakenWithoutAWord) {
  const auto verdict = judge_create(good(), kWho);

  ASSERT_TRUE(verdict.request);
  EXPECT_TRUE(verdict.warnings.empty());
  EXPECT_EQ(verdict.request->ring_timeout_s, 30);
  EXPECT_TRUE(verdict.request->detector.message_end);
  EXPECT_TRUE(verdict.request->async_amd);
  EXPECT_TRUE(verdict.request->record);
  EXPECT_EQ(verdict.request->status_events, std::vector<std::string>{"completed"});
}

TEST(CreateRequest, EachWrongParameterIsRefusedWithItsCode) {
  EXPECT_EQ(refused_with(without("To")), 21201);
  EXPECT_EQ(refused_with(without("From")), 21213);
  EXPECT_EQ(refused_with(without("Url")), 21205);
  EXPECT_EQ(refused_with(with("To", "4155550101")), 21211);
  EXPECT_EQ(refused_with(with("To", "+14155550100")), 21211) << "From itself";
  EXPECT_EQ(refused_with(with("From", "+13125550199")), 21210);
  EXPECT_EQ(refused_with(with("From", "+15005550001")), 21212);
  EXPECT_EQ(refused_with(with("To", "+15005550001")), 21217);
  EXPECT_EQ(refused_with(with("To", "+15005550002")), 21214);
  EXPECT_EQ(refused_with(with("To", "+15005550003")), 21215);
  EXPECT_EQ(refused_with(with("To", "+15005550004")), 21216);
  EXPECT_EQ(refused_with(with("Url", "/relative")), 21205);
  EXPECT_EQ(refused_with(with("Url", "https://under_score.example.com/")), 21205);
  EXPECT_EQ(refused_with(with("StatusCallback", "nonsense")), 21609);
  EXPECT_EQ(refused_with(with("StatusCallbackEvent", "done")), 21626);
  EXPECT_EQ(refused_with(with("Method", "PUT")), 21209);
  EXPECT_EQ(refused_with(with("Timeout", "601")), 21208);
  EXPECT_EQ(refused_with(with("Timeout", "-1")), 21208);
  EXPECT_EQ(refused_with(with("TimeLimit", "0")), 20001);
  EXPECT_EQ(refused_with(with("Record", "True")), 20001);
  EXPECT_EQ(refused_with(with("RecordingChannels", "stereo")), 20001);
  EXPECT_EQ(refused_with(with("MachineDetection", "enable")), 21234);
  EXPECT_EQ(refused_with(with("MachineDetectionTimeout", "90")), 21234);
  EXPECT_EQ(refused_with(with("MachineDetectionSpeechThreshold", "500")), 21234);
  EXPECT_EQ(refused_with(with("AsyncAmd", "yes")), 21234);
  EXPECT_EQ(refused_with(with("SendDigits", "12x")), 21206);
  EXPECT_EQ(refused_with(with("Twiml", std::string(4001, 'x'))), 32018);
}

TEST(CreateRequest, WhatTheCarrierIgnoresInSilenceIsReported) {
  EXPECT_EQ(warned_of(with("AsyncAMD", "true")), 20001);
  EXPECT_EQ(warned_of(with("RecordingChannel", "dual")), 20001);
  EXPECT_EQ(warned_of(without("AsyncAmdStatusCallback")), 21262);
  EXPECT_EQ(warned_of(without("MachineDetection")), 21263);
  EXPECT_EQ(warned_of(with("Twiml", "<Response/>")), 32019);
  EXPECT_EQ(warned_of(with("SendDigits", "1")), 20001);
  EXPECT_EQ(warned_of(with("Url", "https://calls.example.com/#rc=9")), 11243);
  EXPECT_EQ(warned_of(with("Url", "https://calls.example.com/#rp=sometimes")), 11243);
}

TEST(CreateRequest, TheFragmentIsARetryPolicyAndNotPartOfTheUrl) {
  std::vector<std::pair<int, std::string>> warnings;
  const auto target = parse_target("https://h.example.com/s?a=1#rc=3&rp=ct,rt,5xx&rt=4000", "POST", warnings);

  ASSERT_TRUE(target);
  EXPECT_EQ(target->url, "https://h.example.com/s?a=1");
  EXPECT_EQ(target->retries, 3);
  EXPECT_EQ(target->read_ms, 4000);
  EXPECT_TRUE(target->retry_connect && target->retry_read && target->retry_5xx);
  EXPECT_FALSE(target->retry_4xx);
  EXPECT_TRUE(warnings.empty());
}

TEST(CreateRequest, RepeatedEventsAreKept) {
  auto form = good();
  form.emplace_back("StatusCallbackEvent", "initiated");
  form.emplace_back("StatusCallbackEvent", "completed");
  const auto verdict = judge_create(form, kWho);

  ASSERT_TRUE(verdict.request);
  EXPECT_TRUE(verdict.warnings.empty());
  EXPECT_TRUE(verdict.request->wants("initiated"));
  EXPECT_FALSE(verdict.request->wants("ringing"));
}

}  // namespace
}  // namespace otto::sandbox
