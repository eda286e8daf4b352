// One campaign from the sample sheet, from the trigger to the last row.
#include <set>

#include "tests/system/world.hpp"

namespace otto::system_test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::StartsWith;

/// A short day: everybody is quick, and the agent says goodbye after one answer.
const Json kSampleDay = Json::parse(R"({
  "seed": 7,
  "numbers": {"+14155550101": {"persona": "answers", "turns": 1}, "+12125550102": "voicemail",
              "+13125550103": "busy", "+4930901820": {"persona": "hangs-up-early", "talk_ms": 2500},
              "+18085550106": {"persona": "interrupts", "turns": 2}, "+13055550107": "no-answer",
              "+12065550109": {"persona": "failed", "sip_code": 404}},
  "agent": {"turns": 1, "first_message_ms": 3000}
})");

class SampleCampaign : public SystemTest {};

/// The rows that a trigger has left out.
std::set<int> skipped_rows(const Json& triggered) {
  std::set<int> rows;
  for (const Json& row : triggered["skippedContacts"]) {
    rows.insert(row["row"].get<int>());
    EXPECT_FALSE(text_at(row, "reason").empty()) << row;
  }
  return rows;
}

void expect_the_days_counts(const Json& results) {
  EXPECT_EQ(results["status"], "COMPLETED");
  EXPECT_EQ(results["totalContacts"], 7);
  EXPECT_EQ(results["contactsCalled"], 7);
  EXPECT_EQ(results["contactsCompleted"], 4);
  EXPECT_EQ(results["contactsFailed"], 3);
  EXPECT_EQ(results["contactsRemaining"], 0);
  EXPECT_NEAR(results["completionRate"].get<double>(), 400.0 / 7, 0.01);
  EXPECT_FALSE(results["startedAt"].is_null());
  EXPECT_FALSE(results["completedAt"].is_null());
  EXPECT_THAT((results["outcomes"].get<std::map<std::string, int>>()),
              ElementsAre(Pair("BUSY", 1), Pair("FAILED", 1), Pair("HUMAN_ANSWERED", 3), Pair("NO_ANSWER", 1),
                          Pair("VOICEMAIL", 1)));
}

/// What the row of an answered call must hold of the call and of its conversation.
void expect_written_down(const Json& row, const Json& call, const Json& conversation) {
  const auto& first = conversation["transcript"][0];
  EXPECT_EQ(first["role"], "agent");
  EXPECT_THAT(text_at(row, "transcript"), StartsWith("Agent: " + text_at(first, "text"))) << row;
  EXPECT_THAT(text_at(first, "text"), StartsWith("Hello ")) << row;
  EXPECT_THAT(text_at(row, "recordingUrl"), HasSubstr("/Recordings/" + text_at(call, "recordingSid")));
  EXPECT_GE(row["recordingDuration"].get<int>(), 1);
}

TEST_F(SampleCampaign, EndsWithRowsThatSayWhatTheWorldSaw) {
  World& world = make_world(kSampleDay);

  const Answer triggered = world.call("POST", "/api/n8n/trigger-outbound-campaign", World::body_for(nullptr).dump());
  ASSERT_EQ(triggered.status, 202) << triggered.text;
  const std::string id = text_at(triggered.body, "campaignId");
  const Json results = world.ended(id);

  EXPECT_EQ(triggered.body["success"], true);
  EXPECT_EQ(triggered.body["totalContacts"], 7);
  EXPECT_EQ(triggered.body["resultsUrl"], world.url() + "/api/n8n/campaign-results/" + id);
  EXPECT_THAT(skipped_rows(triggered.body), ElementsAre(6, 7, 9, 11, 13));
  expect_the_days_counts(results);
  EXPECT_THAT(world.differences(), IsEmpty());
  EXPECT_THAT(world.violations(), IsEmpty());

  std::map<std::string, Json> calls, conversations;
  for (const Json& call : world.seen("calls")) calls[text_at(call, "sid")] = call;
  for (const Json& conversation : world.seen("conversations"))
    conversations[text_at(conversation, "id")] = conversation;
  const Json rows = world.rows();
  ASSERT_EQ(rows.size(), 7U);
  for (const Json& row : rows) {
    const Json& call = calls[text_at(row, "callSid")];
    EXPECT_EQ(row["campaignId"], id);
    EXPECT_EQ(row["direction"], "OUTBOUND");
    if (call["answered"].is_null()) {
      EXPECT_TRUE(row["transcript"].is_null()) << row;
    } else {
      expect_written_down(row, call, conversations[text_at(call, "conversationId")]);
    }
  }
  const Json maria = world.row_of("+14155550101");
  EXPECT_EQ(maria["customerName"], "Maria Alvarez");
  EXPECT_EQ(maria["customerEmail"], "maria@example.com");
  EXPECT_THAT(text_at(maria, "transcript"),
              AllOf(StartsWith("Agent: Hello Maria Alvarez,"), HasSubstr("\nCustomer: ")));
}

TEST_F(SampleCampaign, WithAKeyTheDatabaseHoldsNoWordsAndTheApiHasThemAll) {
  World& world = make_world(kSampleDay, {{"OTTO_TRANSCRIPT_KEYS", std::string(64, 'a')}});

  const std::string id = world.trigger(Json::parse(R"([{"name": "Maria Alvarez", "phone": "+14155550101"}])"));
  const Json results = world.ended(id);

  EXPECT_THAT(text_at(world.row_of("+14155550101"), "transcript"), StartsWith("Agent: sealed:v1:"));
  EXPECT_EQ(world.database().count("otto.transcript_turn WHERE text NOT LIKE 'sealed:v1:%'"), 0);
  EXPECT_GE(world.database().count("otto.transcript_turn"), 2);
  const auto has_words = AllOf(StartsWith("Agent: Hello Maria Alvarez,"), HasSubstr("\nCustomer: "));
  const Json& call = results["calls"][0];
  EXPECT_THAT(text_at(call, "transcript"), has_words);
  const Json shown = world.call("GET", "/api/calls/" + text_at(call, "id")).body;
  EXPECT_THAT(text_at(shown["call"], "transcript"), has_words);
  EXPECT_THAT(text_at(shown["turns"][0], "text"), StartsWith("Hello Maria Alvarez,"));
}

TEST_F(SampleCampaign, ResultsComeInPagesThatHoldEachCallOnce) {
  World& world = make_world({{"default", "busy"}});

  const std::string id = world.trigger(contacts(1, 7));
  const Json whole = world.ended(id);
  std::vector<std::string> paged;
  int pages = 0;
  std::string next = world.url() + "/api/n8n/campaign-results/" + id + "?limit=3";
  while (!next.empty() && ++pages < 10) {
    ASSERT_THAT(next, StartsWith(world.url()));
    const Json page = world.call("GET", next.substr(world.url().size())).body;
    EXPECT_EQ(page["totalContacts"], 7);
    EXPECT_LE(page["calls"].size(), 3U);
    EXPECT_EQ(page["next"].is_null(), page["nextCursor"].is_null());
    for (const Json& call : page["calls"]) paged.push_back(text_at(call, "id"));
    next = text_at(page, "next");
  }

  std::vector<std::string> all;
  for (const Json& call : whole["calls"]) all.push_back(text_at(call, "id"));
  EXPECT_EQ(pages, 3);
  EXPECT_EQ(all.size(), 7U);
  EXPECT_EQ(paged, all);
  EXPECT_TRUE(world.results(id, "?limit=0")["calls"].empty());
}

TEST_F(SampleCampaign, TheSameSeedGivesTheSameOutcomes) {
  const Json day{{"mix", {{"busy", 2}, {"no-answer", 2}, {"failed", 2}, {"voicemail", 2}, {"hangs-up-early", 2}}},
                 {"default", {{"talk_ms", 2600}}},
                 {"seed", 11}};
  World& first = make_world(day);
  World& second = make_world(day);
  Json other_day = day;
  other_day["seed"] = 12;
  World& third = make_world(other_day);

  std::vector<std::map<std::string, std::string>> outcomes;
  std::vector<std::pair<World*, std::string>> running;
  for (World* world : {&first, &second, &third}) running.emplace_back(world, world->trigger(contacts(1, 16)));
  for (const auto& [world, id] : running) {
    world->ended(id);
    EXPECT_THAT(world->differences(), IsEmpty());
    auto& found = outcomes.emplace_back();
    for (const Json& row : world->rows())
      found[text_at(row, "customerPhone")] = text_at(row, "status") + " " + text_at(row, "outcome");
  }

  EXPECT_EQ(outcomes[0].size(), 16U);
  EXPECT_EQ(outcomes[0], outcomes[1]);
  EXPECT_NE(outcomes[0], outcomes[2]);
}

}  // namespace
}  // namespace otto::system_test
