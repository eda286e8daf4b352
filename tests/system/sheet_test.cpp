// The sheet while a campaign runs: people sort, cut and retype rows, Google throttles, the daemon is killed. Judged by
// the sandbox's cells and by its record of every request.
#include <array>
#include <csignal>
#include <fstream>
#include <set>

#include "otto/base/clock.hpp"

#include "tests/system/world.hpp"

namespace otto::system_test {
namespace {

using testing::IsEmpty;

class SheetCampaign : public SystemTest {
 protected:
  static constexpr const char* kPeople = "1PeopleSheetPeopleSheetPeopleSheetPeopleSheet";

  /// A sheet of `count` people, each answered as `persona` says.
  World& make(int count, const Json& scenario, Settings settings = {}) {
    std::string csv = "Name,Phone,Email,Status,Last Called,Notes,Vehicle\n";
    for (int n = 1; n <= count; ++n)
      csv += "Customer " + std::to_string(n) + "," + number(n) + ",,,,,Car " + std::to_string(n) + "\n";
    return make_world(scenario, std::move(settings), {{kPeople, csv}});
  }
  static std::string number(int n) {
    constexpr std::array kCodes{212, 213, 214, 215, 216, 217, 218, 219, 220, 224, 225};  // of the United States, all
    return "+1" + std::to_string(kCodes.at(static_cast<std::size_t>(n) / 100)) + "55501" +
           std::to_string(n % 100 + 100).substr(1);
  }
  static std::string start(World& world, const Json& settings = Json::object()) {
    Json body = World::body_for(nullptr, settings);
    body["googleSheetId"] = kPeople;
    const Answer answer = world.call("POST", "/api/n8n/trigger-outbound-campaign", body.dump());
    EXPECT_EQ(answer.status, 202) << answer.text;
    return text_at(answer.body, "campaignId");
  }
  static Answer control(World& world, const std::string& path, const Json& body) {
    net::ClientRequest request;
    request.method = "POST";
    request.url = world.sandbox_url() + "/_sandbox/" + path;
    request.headers.set("Content-Type", "application/json");
    request.body = body.dump();
    return ask(std::move(request));
  }
  static Json grid(World& world, std::size_t tab = 0) {
    const Json tabs = world.sandbox(std::string{"/_sandbox/sheets/"} + kPeople).body["tabs"];
    return tab < tabs.size() ? tabs[tab]["values"] : Json::array();
  }
  static std::string cell(const Json& row, std::size_t column) {
    return column < row.size() && row[column].is_string() ? row[column].get<std::string>() : std::string{};
  }
  static void edit(World& world, const Json& edits) {
    EXPECT_EQ(control(world, std::string{"sheets/"} + kPeople, {{"edits", edits}}).status, 200);
  }
  /// Which rows do not show what the database says of their number; empty once all of them do.
  static std::vector<std::string> wrong_rows(World& world) {
    std::map<std::string, std::string> outcomes, shown;
    for (const Json& row : world.rows()) outcomes[text_at(row, "customerPhone")] = text_at(row, "outcome");
    for (const Json& row : world.database().rows("SELECT phone, state, dialed, attempts FROM otto.contact")) {
      const std::string phone = text_at(row, "phone");
      const bool is_completed = text_at(row, "state") == "completed";
      const bool is_dialed = row["dialed"].get<bool>();
      if (is_dialed) shown[phone] = is_completed ? "COMPLETED" : outcomes[phone];
      // A kill may leave an attempt of which nobody knows a call; it is used up.
      if (!is_dialed && row["attempts"] != 0) shown[phone] = "FAILED";
    }
    std::vector<std::string> wrong;
    const Json rows = grid(world);
    for (std::size_t i = 1; i < rows.size(); ++i) {
      const std::string phone = cell(rows[i], 1), status = cell(rows[i], 3);
      const std::string expected = shown[phone];
      if (status != expected) wrong.push_back(phone + " shows \"" + status + "\" instead of \"" + expected + "\"");
      shown.erase(phone);
    }
    return wrong;
  }
  static bool all_written(World& world, milliseconds limit = seconds{60}) {
    return wait_until(
        [&] {
          if (world.database().count("otto.sheet_cells WHERE written_version < version AND missing_since IS NULL") > 0)
            return false;
          return world.database().count("otto.sheet_log WHERE appended_at IS NULL") == 0;
        },
        limit);
  }
  static void make_log_due(World& world) { world.database().one("UPDATE otto.sheet_log SET due_at = now()"); }
  static Json google(World& world) { return world.sandbox("/_sandbox/google").body; }
};

const Json kQuickDay = Json::parse(R"({"seed": 5, "mix": {"busy": 2, "no-answer": 2, "failed": 1, "hangs-up-early": 2},
                                       "default": {"talk_ms": 2500}})");

TEST_F(SheetCampaign, RowsThatPeopleSortInsertAndDeleteEndWithTheirOwnState) {
  World& world = make(40, kQuickDay);
  const std::string id = start(world, {{"delayBetweenCalls", 0.2}});

  ASSERT_TRUE(wait_until([&] { return world.seen("calls").size() >= 5; }, seconds{20}));
  edit(world, Json::parse(R"([{"op": "sort", "column": 0, "descending": true},
                              {"op": "insert_row", "at": 3, "cells": []},
                              {"op": "insert_row", "at": 7, "cells": ["Somebody new", "+12125550199"]}])"));
  ASSERT_TRUE(wait_until([&] { return world.seen("calls").size() >= 15; }, seconds{20}));
  edit(world, Json::parse(R"([{"op": "sort", "column": 1}, {"op": "delete_row", "at": 6}])"));
  world.ended(id, seconds{150});
  make_log_due(world);

  EXPECT_TRUE(all_written(world)) << world.database().rows(
      "SELECT * FROM otto.sheet_cells WHERE written_version < version");
  EXPECT_THAT(wrong_rows(world), IsEmpty()) << grid(world).dump(1);
  EXPECT_THAT(world.violations(), IsEmpty());
  EXPECT_LE(google(world)["most_reads_a_minute"].get<int>(), 60);
  EXPECT_EQ(google(world)["refused_by_quota"], 0);
}

TEST_F(SheetCampaign, AKilledDaemonAStormAndAnOutageLoseNothing) {
  World& world = make(30, kQuickDay);
  const std::string id = start(world, {{"delayBetweenCalls", 0.1}});
  ASSERT_TRUE(wait_until([&] { return world.seen("calls").size() >= 8; }, seconds{20}));
  control(world, "google", {{"fail_status", 429}, {"fail_reads", 2}, {"fail_writes", 2}, {"lose_replies", 1}});
  ASSERT_TRUE(wait_until([&] { return world.seen("calls").size() >= 16; }, seconds{20}));
  world.kill_otto();
  world.database().one("UPDATE otto.lease SET until = until - interval '2 minutes'");
  control(world, "google", {{"down", true}});
  world.start_otto();
  wait_until(
      [&] {
        world.database().one(R"(UPDATE otto.attempt SET intent_at = intent_at - interval '10 seconds',
      deadline_at = deadline_at - interval '10 seconds', last_fact_at = last_fact_at - interval '10 seconds'
      WHERE closed_at IS NULL)");
        return world.database().one("SELECT status FROM \"OutboundCampaign\"") == "COMPLETED";
      },
      seconds{40});
  EXPECT_EQ(world.database().one("SELECT status FROM \"OutboundCampaign\""), "COMPLETED")
      << "a sheet that is away holds no call up";
  control(world, "google", {{"down", false}});
  make_log_due(world);

  EXPECT_TRUE(all_written(world, seconds{120}));
  EXPECT_THAT(wrong_rows(world), IsEmpty()) << grid(world).dump(1);
  std::multiset<std::string> logged;
  const Json log = grid(world, 1);
  for (std::size_t i = 1; i < log.size(); ++i) logged.insert(cell(log[i], 10));
  std::multiset<std::string> ended;
  for (const Json& row : world.rows()) ended.insert(text_at(row, "callSid"));
  EXPECT_EQ(logged, ended) << "each call once, whatever was lost on the way";
}

TEST_F(SheetCampaign, AThousandCallsStayWithinGooglesQuota) {
  World& world =
      make(1000, Json::parse(R"({"mix": {"busy": 3, "no-answer": 1}})"), {{"TWILIO_CALLS_PER_SECOND", "100"}});
  const std::string id = start(world);
  world.ended(id, seconds{240});
  make_log_due(world);

  EXPECT_TRUE(all_written(world, seconds{120}));
  EXPECT_THAT(wrong_rows(world), IsEmpty());
  EXPECT_EQ(grid(world, 1).size(), 1001U) << "the header and a line for each call";
  const Json asked = google(world);
  EXPECT_LE(asked["most_reads_a_minute"].get<int>(), 60);
  EXPECT_LE(asked["most_writes_a_minute"].get<int>(), 10) << "a few rounds a minute, whatever the number of calls";
  EXPECT_EQ(asked["refused_by_quota"], 0);
  EXPECT_EQ(asked["tokens"], 1);
}

TEST_F(SheetCampaign, DoNotCallTypedByAPersonTakesEffectAndAddedRowsAreCalled) {
  World& world = make(12, Json::parse(R"({"default": "busy"})"));
  const std::string id = start(world, {{"delayBetweenCalls", 1}, {"followSheet", true}});
  Json later = World::body_for(Json::array({Json{{"name", "Customer 12"}, {"phone", number(12)}}}));
  later["campaignType"] = "SALES_OUTREACH";
  later["scheduledTime"] = format_iso8601(SystemClock{}.now() + seconds{12});
  const std::string second =
      text_at(world.call("POST", "/api/n8n/trigger-outbound-campaign", later.dump()).body, "campaignId");
  ASSERT_TRUE(wait_until([&] { return world.seen("calls").size() >= 1; }, seconds{20}));

  edit(world, Json::array({Json{{"op", "set"}, {"row", 13}, {"column", 3}, {"value", "DO_NOT_CALL"}},
                           Json{{"op", "set"}, {"row", 12}, {"column", 0}, {"value", "Renamed"}},
                           Json{{"op", "insert_row"}, {"at", 2}, {"cells", {"Added", number(50)}}}}));
  world.ended(id, seconds{120});
  make_log_due(world);

  EXPECT_TRUE(world.calls_to(number(12)).empty()) << "the sheet said DO_NOT_CALL";
  EXPECT_EQ(world.calls_to(number(50)).size(), 1u);
  EXPECT_EQ(text_at(world.row_of(number(11)), "customerName"), "Renamed");
  EXPECT_TRUE(all_written(world));
  const Json rows = grid(world);
  for (const Json& row : rows)
    if (cell(row, 1) == number(12)) EXPECT_EQ(cell(row, 3), "DO_NOT_CALL");

  // Whoever types it means every campaign: one that had queued the number already, and one that comes with it later.
  EXPECT_EQ(world.database().one("SELECT phone FROM otto.suppression"), number(12));
  EXPECT_THAT(world.database().one("SELECT reason FROM otto.suppression WHERE campaign_id = '" + id + "'"),
              testing::HasSubstr("of the sheet of the campaign \"System test\""));
  EXPECT_EQ(world.ended(second)["contactsFailed"], 1);
  EXPECT_TRUE(world.calls_to(number(12)).empty());
  const Json list = Json::array({Json{{"name", "Customer 12"}, {"phone", number(12)}}});
  const Answer third = world.call("POST", "/api/n8n/trigger-outbound-campaign", World::body_for(list).dump());
  EXPECT_EQ(third.status, 422) << third.text;
}

}  // namespace
}  // namespace otto::system_test
