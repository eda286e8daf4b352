#include "otto/twilio/twiml.hpp"

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <gtest/gtest.h>
#include <sstream>

namespace otto::twilio {
namespace {

using boost::property_tree::ptree;

/// A second, independent opinion on what the document says.
ptree parse(std::string_view document) {
  std::istringstream in{std::string{document}};
  ptree tree;
  boost::property_tree::read_xml(in, tree);
  return tree;
}

std::vector<std::string> children(const ptree& node) {
  std::vector<std::string> names;
  for (const auto& [name, child] : node)
    if (name != "<xmlattr>") names.push_back(name);
  return names;
}

using Parameters = std::vector<std::pair<std::string, std::string>>;

Parameters parameters(const ptree& tree) {
  Parameters found;
  for (const auto& [name, child] : tree.get_child("Response.Connect.Stream"))
    if (name == "Parameter")
      found.emplace_back(child.get<std::string>("<xmlattr>.name"), child.get<std::string>("<xmlattr>.value"));
  return found;
}

ConnectStream a_stream(Parameters with = {}) {
  ConnectStream what;
  what.stream_url = "wss://calls.example.com/api/twilio/outbound/media-stream";
  what.action_url = "https://calls.example.com/api/twilio/outbound/stream-end?attempt=1";
  what.parameters = std::move(with);
  return what;
}

TEST(Twiml, IsByteForByteWhatTwiliosOwnLibraryPrints) {
  ConnectStream what;
  what.stream_url = "wss://calls.example.com/twilio/media";
  what.action_url = "https://calls.example.com/twilio/stream-ended?c=1&d=2";
  what.status_callback_url = "https://calls.example.com/twilio/stream-status";
  what.name = "agent";
  what.parameters = {{"call_id", "9f\"<&>'é"}};

  EXPECT_EQ(connect_stream(what),
            R"(<?xml version="1.0" encoding="UTF-8"?><Response>)"
            R"(<Connect action="https://calls.example.com/twilio/stream-ended?c=1&amp;d=2">)"
            R"(<Stream url="wss://calls.example.com/twilio/media" )"
            R"(statusCallback="https://calls.example.com/twilio/stream-status" name="agent">)"
            R"(<Parameter name="call_id" value="9f&quot;&lt;&amp;>'é"/></Stream></Connect><Hangup/></Response>)");
  EXPECT_EQ(say_and_hang_up("Hi Bob & Al <test>", "Polly.Joanna-Neural", "en-US"),
            R"(<?xml version="1.0" encoding="UTF-8"?><Response>)"
            R"(<Say voice="Polly.Joanna-Neural" language="en-US">Hi Bob &amp; Al &lt;test&gt;</Say>)"
            R"(<Hangup/></Response>)");
  EXPECT_EQ(without_declaration(say_and_hang_up("Hi & bye")), "<Response><Say>Hi &amp; bye</Say><Hangup/></Response>");
  EXPECT_EQ(hang_up(), R"(<?xml version="1.0" encoding="UTF-8"?><Response><Hangup/></Response>)");
}

TEST(Twiml, HangsUpBehindTheStreamSoThatNoCallWaitsOnADeadLine) {
  const auto tree = parse(connect_stream(a_stream()));

  EXPECT_EQ(children(tree), std::vector<std::string>{"Response"});
  EXPECT_EQ(children(tree.get_child("Response")), (std::vector<std::string>{"Connect", "Hangup"}));
  EXPECT_EQ(children(tree.get_child("Response.Connect")), std::vector<std::string>{"Stream"});
  EXPECT_EQ(tree.get<std::string>("Response.Connect.<xmlattr>.action"), a_stream().action_url);
  EXPECT_EQ(tree.get<std::string>("Response.Connect.Stream.<xmlattr>.url"), a_stream().stream_url);
}

TEST(Twiml, CarriesAnyTextThroughAParserUnchanged) {
  const Parameters hostile{
      {"plain", "abc"},
      {"markup", "</Stream><Dial>+15558675310</Dial><Stream url=\"x\">"},
      {"quotes", "\"'`&quot;&amp;&#39;]]>"},
      {"lines", "a\tb\nc\rd"},
      {"unicode", "José O'Néill & Söns 你好 🙂"},
      {"empty", ""},
      {"na\"me<>&", "value"},
  };

  EXPECT_EQ(parameters(parse(connect_stream(a_stream(hostile)))), hostile);
  for (const auto& [name, text] : hostile) {
    if (text.empty()) continue;
    EXPECT_EQ(parse(say_and_hang_up(text)).get<std::string>("Response.Say"), text);
  }
}

TEST(Twiml, EveryByteGivesADocumentThatParses) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = std::string{"a"} + static_cast<char>(byte) + "z";
    const auto tree = parse(connect_stream(a_stream({{"p", text}})));
    const bool forbidden = byte >= 0x80 || (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r');
    EXPECT_EQ(parameters(tree).at(0).second, forbidden ? "az" : text) << byte;
  }
}

TEST(Twiml, CutsAParameterToUnderFiveHundredCharactersAtACodePoint) {
  for (const std::string_view unit : {"x", "é", "你", "🙂", "&"}) {
    std::string value;
    while (value.size() < 700) value += unit;
    const auto kept = parameters(parse(connect_stream(a_stream({{"name", value}})))).at(0).second;

    EXPECT_LE(4 + kept.size(), 499u);
    EXPECT_GT(4 + kept.size() + unit.size(), 499u) << "cut more than needed";
    EXPECT_EQ(kept.size() % unit.size(), 0u) << "cut inside a code point";
    EXPECT_TRUE(value.starts_with(kept));
  }
}

TEST(Twiml, LeavesOutAParameterWhoseNameAloneIsTooLong) {
  const auto found = parameters(parse(connect_stream(a_stream({{std::string(500, 'n'), "v"}, {"b", "2"}}))));

  EXPECT_EQ(found, (Parameters{{"b", "2"}}));
}

TEST(Twiml, StaysUnder64KilobytesHoweverMuchItIsGiven) {
  Parameters many;
  for (int i = 0; i < 1000; ++i) many.emplace_back("p" + std::to_string(i), std::string(2000, '"'));
  const auto document = connect_stream(a_stream(many));

  EXPECT_LE(document.size(), kMaxTwimlBytes);
  EXPECT_EQ(parameters(parse(document)).size(), kMaxStreamParameters);
  EXPECT_LE(say_and_hang_up(std::string(1'000'000, '&')).size(), kMaxTwimlBytes);
}

}  // namespace
}  // namespace otto::twilio
