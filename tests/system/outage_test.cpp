// PostgreSQL away in the middle of a campaign, in every way that there is: live calls talk on, what is reported is
// acknowledged and kept, nobody is dialed; afterwards it is as if nothing had happened.
#include <filesystem>
#include <set>

#include "tests/system/world.hpp"

namespace otto::system_test {
namespace {

using testing::IsEmpty;

struct Outage {
  std::string name;
  std::function<void(World&)> begin, end;
};

/// The daemon's sessions are ended, so that it meets the database as it is now.
void end_sessions(World& world) {
  world.database().one(R"(SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'otto')");
}

const std::vector<Outage>& outages() {
  static const std::vector<Outage> all{
      {"stopped", [](World& w) { w.door().shut(); }, [](World& w) { w.door().open(); }},
      {"silent", [](World& w) { w.door().silence(); }, [](World& w) { w.door().open(); }},
      {"read-only",
       [](World& w) {
         w.database().alter("SET default_transaction_read_only TO on");
         end_sessions(w);
       },
       [](World& w) { w.database().alter("RESET default_transaction_read_only"); }},
      {"no connections",
       [](World& w) {
         w.database().alter("ALLOW_CONNECTIONS false");
         end_sessions(w);
       },
       [](World& w) { w.database().alter("ALLOW_CONNECTIONS true"); }},
      {"disk full",
       [](World& w) {
         w.database().one(R"(CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$)");
         for (const char* table : {"otto.attempt", "otto.call_fact", "otto.lease", "public.\"OutboundCampaign\""})
           w.database().one(std::string{"CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON "} + table +
                            " FOR EACH STATEMENT EXECUTE FUNCTION full_disk()");
       },
       [](World& w) { w.database().one("DROP FUNCTION full_disk() CASCADE"); }}};
  return all;
}

class Outages : public SystemTest {
 protected:
  static int live(World& world) { return world.sandbox("/_sandbox/health").body["live"].get<int>(); }
  static std::size_t dialed(World& world) { return world.seen("calls").size(); }
  static std::size_t ended(World& world) {
    std::size_t count = 0;
    for (const Json& call : world.seen("calls")) count += call["ended"].is_null() ? 0 : 1;
    return count;
  }
};

TEST_F(Outages, LiveCallsTalkOnAndNoReportIsLost) {
  World& world = make_world(Json::parse(R"({"seed": 9, "mix": {"busy": 1, "no-answer": 1, "hangs-up-early": 8},
                                            "default": {"talk_ms": 2500}})"),
                            {{kThroughDoor, "1"}});
  const std::string id = world.trigger(contacts(1, 60), {{"maxConcurrentCalls", 8}, {"delayBetweenCalls", 0.1}});

  for (const Outage& outage : outages()) {
    SCOPED_TRACE(outage.name);
    ASSERT_TRUE(wait_until([&] { return live(world) >= 5; }, seconds{20}));
    outage.begin(world);
    const std::size_t ended_before = ended(world);
    // What is being dialed at this moment still is: its rows were there before.
    ASSERT_TRUE(wait_until([&] { return ended(world) >= ended_before + 2; }, seconds{15}));
    const std::size_t dialed_before = dialed(world);
    const auto refused =
        world.call("POST", "/api/n8n/trigger-outbound-campaign", World::body_for(contacts(70, 71)).dump());
    EXPECT_EQ(refused.status, 503) << refused.text;
    EXPECT_EQ(world.call("GET", "/readyz").status, 200) << "webhooks must go on reaching this instance";
    ASSERT_TRUE(wait_until([&] { return live(world) == 0; }, seconds{20}));
    EXPECT_EQ(dialed(world), dialed_before) << "nobody is dialed while nothing can be written down";
    outage.end(world);
    EXPECT_TRUE(wait_until([&] { return dialed(world) > dialed_before; }, seconds{10})) << "dialing goes on";
  }

  // A claim whose answer was lost is found after a minute.
  world.database().one("UPDATE otto.attempt SET intent_at = intent_at - interval '1 minute' WHERE state = 'intent'");
  const Json results = world.ended(id, seconds{30});
  EXPECT_EQ(results["status"], "COMPLETED") << results;
  EXPECT_THAT(world.differences(), IsEmpty());
  EXPECT_EQ(results["contactsCompleted"].get<int>() + results["contactsFailed"].get<int>(), 60);
  std::set<std::string> numbers;
  for (const Json& call : world.seen("calls")) {
    EXPECT_TRUE(numbers.insert(text_at(call, "to")).second) << "called twice: " << call;
    if (text_at(call, "status") != "completed") continue;
    EXPECT_NE(text_at(call, "endedBy"), "carrier") << "cut: " << call;
  }
  EXPECT_EQ(numbers.size(), 60u);
  EXPECT_EQ(world.database().rows(R"(SELECT o."callSid", o."duration", (SELECT count(*) FROM otto.transcript_turn t
      WHERE t.attempt_id = a.id) AS turns, (SELECT json_agg(json_build_array(f.kind, f.reason, f.received_at))
      FROM (SELECT kind, payload->>'reason' AS reason, received_at FROM otto.call_fact WHERE attempt_id = a.id
      ORDER BY id) f) AS facts FROM "OutboundCall" o JOIN otto.attempt a ON a.call_sid = o."callSid"
      WHERE o."outcome" = 'HUMAN_ANSWERED' AND o."transcript" IS NULL)"),
            Json::array());
  for (const auto& entry : std::filesystem::directory_iterator{world.journal_dir()})
    EXPECT_EQ(entry.file_size(), 0u) << entry.path();
  EXPECT_THAT(world.violations(), IsEmpty());
}

TEST_F(Outages, WhatWasKeptSurvivesTheDaemonsDeath) {
  World& world =
      make_world(Json::parse(R"({"default": {"persona": "hangs-up-early", "talk_ms": 2000}})"), {{kThroughDoor, "1"}});
  const std::string id = world.trigger(contacts(1, 3));
  ASSERT_TRUE(wait_until([&] { return live(world) == 3; }, seconds{10}));
  world.door().shut();
  ASSERT_TRUE(wait_until([&] { return ended(world) == 3; }, seconds{15}));
  ASSERT_TRUE(wait_until([&] { return std::filesystem::exists(world.journal_dir()); }, seconds{1}));
  const int facts_before =
      world.database().count("otto.call_fact WHERE kind = 'status' AND payload->>'status' = 'completed'");
  ASSERT_TRUE(wait_until(
      [&] {
        // What is not acknowledged before the kill is nobody's to keep: the recordings' callbacks come last.
        std::string kept;
        for (const auto& entry : std::filesystem::directory_iterator{world.journal_dir()})
          kept += read_file(entry.path());
        int recordings = 0;
        for (const Json& call : world.seen("calls"))
          if (kept.find(text_at(call, "recordingSid")) != std::string::npos) ++recordings;
        return recordings == 3;
      },
      seconds{5}));
  world.kill_otto();
  world.database().one("UPDATE otto.lease SET until = now()");  // nobody waits for the dead one's to lapse
  world.door().open();
  world.start_otto();

  EXPECT_EQ(facts_before, 0);
  EXPECT_TRUE(wait_until(
      [&] {
        return world.database().count("otto.call_fact WHERE kind = 'status' AND payload->>'status' = 'completed'") == 3;
      },
      seconds{10}))
      << "from the journal, and from nothing else: Twilio repeats nothing that was acknowledged";
  EXPECT_EQ(world.ended(id)["status"], "COMPLETED");
  EXPECT_THAT(world.differences(), IsEmpty());
}

}  // namespace
}  // namespace otto::system_test
