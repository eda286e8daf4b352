#include "otto/sandbox/twiml.hpp"

#include <gtest/gtest.h>

namespace otto::sandbox {
namespace {

constexpr const char* kBase = "https://calls.example.com/twilio/twiml?a=1";

int problem_of(const std::string& body) {
  const auto twiml = parse_twiml(body, kBase);
  return twiml.problems.empty() ? 0 : twiml.problems.front().code;
}

std::string stream(const std::string& attributes, const std::string& inside = "") {
  return "<Response><Connect><Stream " + attributes + ">" + inside + "</Stream></Connect></Response>";
}

TEST(Twiml, TheSdksDocumentIsReadWhole) {
  const auto twiml = parse_twiml(
      R"(<?xml version="1.0" encoding="UTF-8"?><Response><Connect action="https://calls.example.com/ended?c=1&amp;d=2">)"
      R"(<Stream url="wss://calls.example.com/media" name="agent"><Parameter name="call_id" value="9f&quot;&lt;&amp;>'é"/>)"
      R"(</Stream></Connect><Hangup/></Response>)",
      kBase);

  ASSERT_EQ(twiml.verbs.size(), 2U);
  EXPECT_TRUE(twiml.problems.empty());
  EXPECT_EQ(twiml.verbs[0].kind, Verb::Kind::ConnectStream);
  EXPECT_EQ(twiml.verbs[0].url, "wss://calls.example.com/media");
  EXPECT_EQ(twiml.verbs[0].action, "https://calls.example.com/ended?c=1&d=2");
  EXPECT_EQ(twiml.verbs[0].parameters.at(0).second, "9f\"<&>'é");
  EXPECT_EQ(twiml.verbs[1].kind, Verb::Kind::Hangup);
}

TEST(Twiml, SayPlayPauseAndRedirectAreRead) {
  const auto twiml = parse_twiml(
      "<Response><Pause length=\"2\"/><Say voice=\"Polly.Joanna-Neural\" language=\"en-US\">Hi Bob &amp; Al</Say>"
      "<Play>vm.wav</Play><Redirect method=\"GET\">/next</Redirect></Response>",
      kBase);

  ASSERT_EQ(twiml.verbs.size(), 4U);
  EXPECT_EQ(twiml.verbs[0].seconds, 2);
  EXPECT_EQ(twiml.verbs[1].text, "Hi Bob & Al");
  EXPECT_EQ(twiml.verbs[2].url, "https://calls.example.com/twilio/vm.wav");
  EXPECT_EQ(twiml.verbs[3].url, "https://calls.example.com/next");
  EXPECT_EQ(twiml.verbs[3].method, "GET");
}

TEST(Twiml, EachMistakeHasItsCode) {
  EXPECT_EQ(problem_of("no xml"), 12100);
  EXPECT_EQ(problem_of("<Response><Say>x</Response>"), 12100);
  EXPECT_EQ(problem_of("<response><Hangup/></response>"), 12100);
  EXPECT_EQ(problem_of("<Response>" + std::string(66'000, ' ') + "</Response>"), 11750);
  EXPECT_EQ(problem_of("<Response><hangup/></Response>"), 12200);
  EXPECT_EQ(problem_of("<Response><Gather/></Response>"), 12200);
  EXPECT_EQ(problem_of("<Response><Say volume=\"1\">x</Say></Response>"), 12200);
  EXPECT_EQ(problem_of("<Response><Pause length=\"x\"/></Response>"), 12200);
  EXPECT_EQ(problem_of("<Response><Connect/></Response>"), 12200);
  EXPECT_EQ(problem_of(stream("url=\"ws://calls.example.com/media\"")), 31922);
  EXPECT_EQ(problem_of(stream("url=\"wss://calls.example.com/media?t=1\"")), 31923);
  EXPECT_EQ(problem_of(stream("url=\"calls.example.com\"")), 31923);
  EXPECT_EQ(problem_of(stream("url=\"wss://h.example.com/\" track=\"both_tracks\"")), 31941);
  EXPECT_EQ(problem_of(stream("url=\"wss://h.example.com/\" audioFormat=\"x\"")), 12200);
  EXPECT_EQ(problem_of(stream("url=\"wss://h.example.com/\"", "<Parameter value=\"1\"/>")), 12200);
  EXPECT_EQ(problem_of(stream("url=\"wss://h.example.com/\"",
                              "<Parameter name=\"n\" value=\"" + std::string(500, 'x') + "\"/>")),
            12200);
  EXPECT_EQ(problem_of(stream("url=\"ws://127.0.0.1:8080/media\"")), 0) << "loopback may be plain";
}

TEST(Twiml, RelativeUrlsAreResolved) {
  EXPECT_EQ(resolve_url("https://h:1/a/b?c", "d"), "https://h:1/a/d");
  EXPECT_EQ(resolve_url("https://h:1/a/b?c", "/d?e"), "https://h:1/d?e");
  EXPECT_EQ(resolve_url("https://h", "d"), "https://h/d");
  EXPECT_EQ(resolve_url("https://h/a", "http://x/y"), "http://x/y");
  EXPECT_EQ(resolve_url("https://h/a", ""), "https://h/a");
}

}  // namespace
}  // namespace otto::sandbox
