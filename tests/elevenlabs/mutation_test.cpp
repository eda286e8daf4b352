// Broken messages in numbers: whatever arrives, a reader answers and never reads outside the text. The sanitizer
// builds give this its teeth: each text sits at the end of its own allocation.
#include <gtest/gtest.h>
#include <random>

#include "otto/elevenlabs/protocol.hpp"
#include "otto/elevenlabs/record.hpp"

#include "tests/elevenlabs/samples.hpp"

namespace otto::elevenlabs {
namespace {

std::string mutate(std::string text, std::mt19937& random) {
  const auto any = [&](std::size_t below) { return below == 0 ? 0 : random() % below; };
  for (auto rounds = 1 + any(4); rounds > 0; --rounds) {
    if (text.empty()) break;
    switch (any(6)) {
      case 0:
        text.resize(any(text.size()));
        break;
      case 1:
        text[any(text.size())] = static_cast<char>(random());
        break;
      case 2:
        text[any(text.size())] ^= static_cast<char>(1u << any(8));
        break;
      case 3:
        text.erase(any(text.size()), 1 + any(8));
        break;
      case 4:
        text.insert(any(text.size()), 1, "{}[]\":,\\0-e"[any(11)]);
        break;
      default: {
        const auto from = any(text.size());
        text.insert(any(text.size()), text.substr(from, any(text.size() - from)));
      }
    }
  }
  return text;
}

TEST(Mutation, HundredThousandBrokenMessagesAreAnswered) {
  auto samples = test::known_samples();
  for (const auto sample : test::ignored_samples()) samples.push_back(sample);
  std::mt19937 random{20261123};
  std::size_t broken = 0, understood = 0;

  for (int i = 0; i < 100'000; ++i) {
    const auto text = mutate(std::string{samples[random() % samples.size()]}, random);
    const std::vector<char> exact(text.begin(), text.end());
    const auto message = read_message({exact.data(), exact.size()}, exact.size());
    broken += std::holds_alternative<Broken>(message);
    understood += std::holds_alternative<ports::AgentEvent>(message);
  }

  EXPECT_GT(broken, 10'000u) << "the mutations must bite";
  EXPECT_GT(understood, 1'000u) << "and not always kill";
}

TEST(Mutation, EveryPrefixOfEveryMessageIsAnswered) {
  for (const auto sample : test::known_samples()) {
    for (std::size_t size = 0; size < sample.size(); ++size) {
      const std::vector<char> exact(sample.begin(), sample.begin() + static_cast<std::ptrdiff_t>(size));
      const auto message = read_message({exact.data(), exact.size()}, exact.size());
      EXPECT_FALSE(std::holds_alternative<Ping>(message) && size < sample.find("event_id"));
    }
  }
}

TEST(Mutation, AMessageAfterABrokenOneIsReadAsEver) {
  std::mt19937 random{7};
  for (int i = 0; i < 2'000; ++i) {
    const auto text = mutate(std::string{test::kToolCall}, random);
    (void)read_message(text, text.size());
    const auto after = read_message(test::kPing, test::kPing.size());
    ASSERT_TRUE(std::holds_alternative<Ping>(after));
  }
}

TEST(Mutation, RecordsAndWebhooksSurviveToo) {
  const std::string record =
      R"({"type":"post_call_transcription","event_timestamp":1739537297,"data":{"agent_id":"a","conversation_id":"c",)"
      R"("status":"done","user_id":"u","transcript":[{"role":"agent","message":"hi","time_in_call_secs":1}],)"
      R"("metadata":{"call_duration_secs":22,"termination_reason":"x","error":{"code":1,"reason":"r"}},)"
      R"("analysis":{"transcript_summary":"s","call_successful":"success"},)"
      R"("conversation_initiation_client_data":{"user_id":"u","dynamic_variables":{"a":1}}}})";
  std::mt19937 random{11};
  std::size_t refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    const auto text = mutate(record, random);
    refused += parse_post_call(text).has_error();
    (void)parse_record(text);
  }
  EXPECT_GT(refused, 1'000u);
}

}  // namespace
}  // namespace otto::elevenlabs
