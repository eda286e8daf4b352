// What programs and people get from the command line: one JSON document, events a line each, CSV, and a bar on a
// terminal.
#include <fstream>

#include "tests/system/world.hpp"

namespace otto::system_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class CommandLine : public SystemTest {
 protected:
  /// A shell's command that runs `otto`, with nothing but its standard output.
  static std::vector<std::string> output_only(const std::vector<std::string>& arguments) {
    std::vector<std::string> command{"/bin/sh", "-c", R"(exec "$0" "$@" 2>/dev/null)", OTTO_BUILD_DIR "/otto"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    return command;
  }
  static Finished output_of(const World& world, const std::vector<std::string>& arguments) {
    return run_command(output_only(arguments), world.environment(), 60);
  }
  /// `otto` on a terminal of its own.
  static std::vector<std::string> on_terminal(const std::string& arguments) {
    return {"/usr/bin/script", "-qefc", OTTO_BUILD_DIR "/otto " + arguments, "/dev/null"};
  }
  static std::vector<Json> events_of(const std::string& text) {
    std::vector<Json> events;
    for (std::size_t at = 0; at < text.size();) {
      const auto end = std::min(text.find('\n', at), text.size());
      const auto event = parse_json(text.substr(at, end - at));
      EXPECT_TRUE(event) << text;
      if (event) events.push_back(*event);
      at = end + 1;
    }
    return events;
  }
};

TEST_F(CommandLine, EveryCommandAnswersInOneJsonDocument) {
  World& world = make_world();
  const TempDir dir;
  Json later = World::body_for(contacts(1, 2));
  later["scheduledTime"] = format_iso8601(SystemClock{}.now() + std::chrono::hours{1});
  std::ofstream{dir.path() + "/campaign.json"} << later;
  std::ofstream{dir.path() + "/change.json"} << R"({"delayBetweenCalls": 7})";
  const auto answer = [&](std::vector<std::string> arguments, int status = 0) {
    arguments.emplace_back("--json");
    const Finished done = output_of(world, arguments);
    EXPECT_EQ(done.status, status) << arguments[0] << " " << arguments[1] << "\n" << done.output;
    const auto document = parse_json(done.output);
    EXPECT_TRUE(document) << arguments[0] << " " << arguments[1] << "\n" << done.output;
    return document.has_value() ? *document : Json::object();
  };

  EXPECT_EQ(answer({"contacts", "check", OTTO_SOURCE_DIR "/tests/data/campaign.csv"})["callable"], 7);
  const std::string id = text_at(answer({"campaign", "start", dir.path() + "/campaign.json"}), "campaignId");
  EXPECT_EQ(answer({"campaign", "list"})["campaigns"][0]["campaignId"], id);
  EXPECT_EQ(answer({"campaign", "show", id})["totalContacts"], 2);
  EXPECT_EQ(answer({"campaign", "why", id})["status"], "PENDING");
  EXPECT_EQ(answer({"campaign", "why", id, phone(1)})["contact"]["attempts"], 0);
  EXPECT_EQ(answer({"campaign", "pause", id, "--reason", "a look"})["holdReason"], "a look");
  EXPECT_EQ(answer({"campaign", "resume", id})["hold"], nullptr);
  EXPECT_EQ(answer({"campaign", "change", id, dir.path() + "/change.json"})["settings"]["delayBetweenCalls"], 7);
  EXPECT_EQ(answer({"do-not-call", "add", phone(2), "--reason", "asked"})["contactsClosed"], 1);
  EXPECT_EQ(answer({"do-not-call", "list"})["entries"][0]["phone"], phone(2));
  EXPECT_EQ(answer({"campaign", "contacts", id, "--state", "failed"})["contacts"][0]["phone"], phone(2));
  EXPECT_EQ(answer({"campaign", "contacts", id, "--state", "lost"}, 1)["error"]["code"], "invalid_input");
  EXPECT_EQ(answer({"do-not-call", "remove", phone(2)})["removed"], true);
  EXPECT_EQ(answer({"do-not-call", "remove", phone(2)}, 1)["error"]["code"], "not_found");
  EXPECT_EQ(answer({"campaign", "stop", id})["status"], "STOPPED");
  EXPECT_EQ(answer({"campaign", "results", id})["calls"], Json::array());
  EXPECT_EQ(answer({"campaign", "show", "cm0000000000000000000000"}, 1)["success"], false);
  EXPECT_TRUE(answer({"person", "export", phone(1)}).contains("contacts"));
  EXPECT_EQ(answer({"person", "erase", phone(1)})["contacts"], 1);
  EXPECT_EQ(answer({"webhooks", "dead"})["deadLetters"], Json::array());
  EXPECT_EQ(answer({"webhooks", "replay", "--all"})["replayed"], 0);
  EXPECT_EQ(answer({"agent", "fix", "--dry-run"})["applied"], false);
  EXPECT_TRUE(answer({"agent", "create", "--prompt", "You remind.", "--first-message", "Hello."}).contains("agentId"));
  EXPECT_EQ(answer({"migrate", "--dry-run"})["pending"], Json::array());
  EXPECT_EQ(answer({"settings"})["settings"][0]["name"], "BASE_URL");
  EXPECT_EQ(answer({"status"})["services"]["database"]["ok"], true);
  EXPECT_EQ(answer({"audit", "--action", "campaign.stop"})["entries"][0]["target"], id);
  EXPECT_EQ(answer({"calls", "list", "--live"})["calls"], Json::array());
}

TEST_F(CommandLine, WhereNothingAnswersTheDocumentSaysSo) {
  const std::vector<std::string> command{"/bin/sh", "-c", R"(exec "$0" campaign list --json 2>/dev/null)",
                                         OTTO_BUILD_DIR "/otto"};

  const Finished away = run_command(command, {"OTTO_URL=http://127.0.0.1:1", "OTTO_API_KEY=none"});
  const Finished unset = run_command(command, {"PORT=99999"});

  EXPECT_EQ(away.status, 1);
  EXPECT_EQ(Json::parse(away.output)["error"]["code"], "connect_failed") << "no setting but the two is needed";
  EXPECT_EQ(unset.status, 1);
  EXPECT_EQ(Json::parse(unset.output)["error"]["code"], "config");
}

TEST_F(CommandLine, ACallIsToldAsItGoesOnAnObjectALine) {
  World& world = make_world({{"default", {{"persona", "hangs-up-early"}, {"talk_ms", 1500}}}});

  const Finished called = output_of(world, {"call", phone(1), "--name", "Maria", "--any-hour", "--json"});

  EXPECT_EQ(called.status, 0) << called.output;
  const auto events = events_of(called.output);
  ASSERT_GE(events.size(), 3U) << called.output;
  EXPECT_EQ(events.front()["event"], "started");
  EXPECT_EQ(events.back()["event"], "ended");
  EXPECT_EQ(events.back()["calls"][0]["customerPhone"], phone(1));

  const Finished list = output_of(world, {"calls", "list"});
  EXPECT_THAT(list.output, HasSubstr(phone(1)));
  const std::string sid = text_at(events.back()["calls"][0], "callSid");
  wait_until([&] { return !world.call("GET", "/api/calls/" + sid).body["turns"].empty(); }, seconds{20});
  const Finished shown = output_of(world, {"calls", "show", sid});
  EXPECT_THAT(shown.output, AllOf(HasSubstr("Maria, " + phone(1) + ": COMPLETED"), HasSubstr("Agent: ")));
  const Finished ended = output_of(world, {"calls", "hang-up", sid, "--json"});
  EXPECT_EQ(ended.status, 1);
  EXPECT_EQ(Json::parse(ended.output)["error"]["code"], "call_ended");
  const TempDir dir;
  wait_until([&] { return !text_at(world.row_of(phone(1)), "recordingSid").empty(); }, seconds{20});
  const Finished recorded = output_of(world, {"calls", "recording", sid, dir.path() + "/call.wav", "--json"});
  EXPECT_EQ(recorded.status, 0) << recorded.output;
  const std::string sound = read_file(dir.path() + "/call.wav");
  EXPECT_THAT(sound, testing::StartsWith("RIFF"));
  EXPECT_EQ(Json::parse(recorded.output)["bytes"], sound.size());
}

TEST_F(CommandLine, ResultsHoldEveryCallHoweverMany) {
  World& world = make_world({{"default", {{"persona", "hangs-up-early"}, {"talk_ms", 500}}}});
  const std::string id = world.trigger(contacts(1, 1));
  world.ended(id);
  world.database().one(
      R"(INSERT INTO "OutboundCall" ("id", "callSid", "customerName", "customerPhone", "status", "campaignId", "transcript")
         SELECT 'cmx' || n, 'CA' || n, '=HYPERLINK("x")', '+14155550199', 'COMPLETED', ')" +
      id + R"(', 'Agent: "Hi", you.'
         FROM generate_series(1, 1203) n RETURNING 1)");

  const Finished csv = output_of(world, {"campaign", "results", id, "--csv"});
  const Finished json = output_of(world, {"campaign", "results", id, "--json"});
  const Finished text = output_of(world, {"campaign", "results", id});
  const Finished both = output_of(world, {"campaign", "results", id, "--csv", "--json"});

  EXPECT_EQ(csv.status, 0);
  EXPECT_THAT(csv.output, testing::StartsWith("\xEF\xBB\xBFid,callSid,customerName,customerPhone,"));
  const auto rows_with = [&](const std::string& part) {
    int found = 0;
    for (auto at = csv.output.find(part); at != std::string::npos; at = csv.output.find(part, at + 1)) ++found;
    return found;
  };
  EXPECT_EQ(rows_with("\"'=HYPERLINK(\"\"x\"\")\",'+14155550199,,COMPLETED,"), 1203);
  EXPECT_EQ(rows_with("\"Agent: \"\"Hi\"\", you.\""), 1203);
  EXPECT_EQ(json.status, 0);
  EXPECT_EQ(Json::parse(json.output)["calls"].size(), 1204U);
  EXPECT_EQ(Json::parse(json.output)["status"], "COMPLETED");
  EXPECT_EQ(std::count(text.output.begin(), text.output.end(), '\n'), 1204 + 3) << "figures, a blank line, the head";
  EXPECT_EQ(both.status, 2);
}

TEST_F(CommandLine, ContactsAreListedHoweverMany) {
  World& world = make_world();
  Json people = Json::array();  // 500 of them, more than two pages
  for (const int area : {206, 312, 412, 415, 512})
    for (int n = 100; n < 200; ++n)
      people.push_back({{"name", "Customer " + std::to_string(people.size())},
                        {"phone", "+1" + std::to_string(area) + "5550" + std::to_string(n)}});
  people[3]["name"] = "=1+1";
  Json later = World::body_for(people);
  later["scheduledTime"] = format_iso8601(SystemClock{}.now() + std::chrono::hours{1});
  const Answer triggered = world.call("POST", "/api/n8n/trigger-outbound-campaign", later.dump());
  ASSERT_EQ(triggered.status, 202) << triggered.text;
  const std::string id = text_at(triggered.body, "campaignId");

  const Finished csv = output_of(world, {"campaign", "contacts", id, "--csv"});
  const Finished text = output_of(world, {"campaign", "contacts", id});
  const Finished some = output_of(world, {"campaign", "contacts", id, "--search", "customer 49", "--json"});
  const Finished none = output_of(world, {"campaign", "contacts", id, "--outcome", "BUSY"});

  const auto lines = [](const Finished& done) { return std::ranges::count(done.output, '\n'); };
  EXPECT_EQ(csv.status, 0);
  EXPECT_THAT(csv.output, testing::StartsWith("\xEF\xBB\xBFrow,name,phone,email,state,attempts,nextAt,reason,"));
  EXPECT_THAT(csv.output, testing::HasSubstr(",'=1+1,"));
  EXPECT_EQ(lines(csv), 500 + 1) << "the head";
  EXPECT_EQ(lines(text), 500 + 1);
  EXPECT_EQ(Json::parse(some.output)["contacts"].size(), 11U) << "49, 490 to 499";
  EXPECT_EQ(none.output, "No contact is like that.\n");
}

TEST_F(CommandLine, ACampaignIsWatchedToItsEndByABarOnATerminalAndByLinesElsewhere) {
  World& world = make_world({{"default", {{"persona", "hangs-up-early"}, {"talk_ms", 500}}}});
  const TempDir dir;
  std::vector<std::unique_ptr<Process>> all;  // side by side, each with three people of its own
  const auto watch = [&](const std::vector<std::string>& variables, bool is_on_terminal,
                         const std::string& option = "") {
    const std::string file = dir.path() + "/" + std::to_string(all.size());
    const int first = static_cast<int>(all.size()) * 3 + 1;
    std::ofstream{file + ".json"} << World::body_for(contacts(first, first + 2));
    std::vector<std::string> start{"campaign", "start", file + ".json", "--wait"};
    if (!option.empty()) start.push_back(option);
    auto environment = world.environment();
    environment.insert(environment.end(), variables.begin(), variables.end());
    const auto command = is_on_terminal ? on_terminal("campaign start " + file + ".json --wait") : output_only(start);
    all.push_back(std::make_unique<Process>(command, environment, file + ".out"));
  };
  watch({"TERM=xterm", "LANG=C.UTF-8"}, true);
  watch({"TERM=xterm", "NO_COLOR=1"}, true);
  watch({"TERM=xterm", "CI=true"}, true);
  watch({"TERM=xterm"}, false);
  watch({"TERM=xterm"}, false, "--json");
  for (auto& one : all) {
    wait_until([&] { return one->status().has_value(); }, seconds{60});
    EXPECT_EQ(one->status(), 0) << one->output();
  }

  EXPECT_THAT(all[0]->output(),
              AllOf(HasSubstr("\r\x1b[K"), HasSubstr("█"), HasSubstr("\x1b[32m"), HasSubstr("100%  3/3 called")));
  EXPECT_THAT(all[1]->output(), AllOf(HasSubstr("#"), HasSubstr("100%  3/3 called"), Not(HasSubstr("\x1b[32m"))));
  for (const std::size_t plain : {2U, 3U})
    EXPECT_THAT(all[plain]->output(), AllOf(HasSubstr("COMPLETED: 3 of 3 contacts called"), Not(HasSubstr("\x1b"))));
  const auto events = events_of(all[4]->output());
  ASSERT_GE(events.size(), 2U);
  EXPECT_EQ(events.front()["event"], "started");
  EXPECT_EQ(events.back()["event"], "ended");
}

TEST_F(CommandLine, ACampaignThatWasStoppedIsNoSuccessOfWhoWaits) {
  World& world = make_world();
  Json later = World::body_for(contacts(1, 1));
  later["scheduledTime"] = format_iso8601(SystemClock{}.now() + std::chrono::hours{1});
  const Answer started = world.call("POST", "/api/n8n/trigger-outbound-campaign", later.dump());
  const std::string id = text_at(started.body, "campaignId");
  world.command({"campaign", "stop", id});

  const Finished watched = world.command({"campaign", "watch", id});

  EXPECT_EQ(watched.status, 1);
  EXPECT_THAT(watched.output, HasSubstr("STOPPED: 0 of 1 contact called"));
}

}  // namespace
}  // namespace otto::system_test
