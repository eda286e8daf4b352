// The command line: settings that are wrong, migrations, the doctor, and the commands that ask a running daemon.
#include <algorithm>
#include <fstream>

#include "tests/system/world.hpp"

namespace otto::system_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

class Programs : public SystemTest {};

TEST_F(Programs, EverySettingThatIsWrongHasItsLineAndAllOfThemComeAtOnce) {
  const std::vector<std::string> settings{"BASE_URL=http://otto.example.com",
                                          "PORT=99999",
                                          "DATABASE_URL=mysql://localhost/otto",
                                          "TWILIO_ACCOUNT_SID=AC12",
                                          "TWILIO_AUTH_TOKEN=0770secret0770secret0770secret07",
                                          "TWILIO_OUTBOUND_NUMBER=4155550100",
                                          "TWILIO_API_KEY_SID=SK0770770770770770770770770770077b",
                                          "ELEVENLABS_OUTBOUND_AGENT_ID=agent_sandbox",
                                          "OTTO_DRAIN_SECONDS=soon"};

  const Finished serve = run_command({OTTO_BUILD_DIR "/otto", "serve"}, settings);

  EXPECT_EQ(serve.status, 1);
  const auto lines = lines_of(serve.output);
  for (const char* name : {"BASE_URL", "PORT", "DATABASE_URL", "TWILIO_ACCOUNT_SID", "TWILIO_OUTBOUND_NUMBER",
                           "TWILIO_API_KEY_SECRET", "ELEVENLABS_API_KEY", "N8N_API_KEY", "OTTO_DRAIN_SECONDS"})
    EXPECT_EQ(
        std::count_if(lines.begin(), lines.end(),
                      [&](const std::string& line) { return line.starts_with(std::string{"otto: "} + name + " "); }),
        1)
        << name << "\n"
        << serve.output;
  EXPECT_EQ(lines.size(), 9U) << serve.output;
  EXPECT_THAT(serve.output, testing::Not(HasSubstr("0770secret")));
}

TEST_F(Programs, AWeakDashboardPasswordEndsTheStartAndTheDoctor) {
  auto settings = make_world().environment();
  settings.emplace_back("OTTO_DASHBOARD_PASSWORD=Password123!");

  const Finished serve = run_command({OTTO_BUILD_DIR "/otto", "serve"}, settings);
  const Finished doctor = run_command({OTTO_BUILD_DIR "/otto", "doctor"}, settings);

  EXPECT_EQ(serve.status, 1);
  EXPECT_THAT(serve.output, testing::StartsWith("otto: OTTO_DASHBOARD_PASSWORD is too easy to guess"));
  EXPECT_EQ(lines_of(serve.output).size(), 1U) << serve.output;
  EXPECT_EQ(doctor.status, 1);
  EXPECT_THAT(doctor.output, HasSubstr("OTTO_DASHBOARD_PASSWORD is too easy"));
}

TEST_F(Programs, ASecondFactorIsMadeWithoutAnySettings) {
  const Finished made = run_command({OTTO_BUILD_DIR "/otto", "totp", "--view"}, {});

  EXPECT_EQ(made.status, 0);
  const auto lines = lines_of(made.output);
  ASSERT_EQ(lines.size(), 2U) << made.output;
  EXPECT_TRUE(lines[0].starts_with("OTTO_DASHBOARD_VIEW_TOTP_SECRET=")) << made.output;
  EXPECT_THAT(lines[1], AllOf(testing::StartsWith("otpauth://totp/Otto:"), HasSubstr(lines[0].substr(32))));
}

TEST_F(Programs, ADatabaseThatIsNotThereEndsTheDaemonWithOneClearLine) {
  World& world = make_world();
  auto settings = world.environment();
  settings.emplace_back("DATABASE_URL=postgresql://otto@127.0.0.1:1/otto");
  std::erase_if(settings, [](const std::string& entry) {
    return entry.starts_with("DATABASE_URL=") && !entry.ends_with("127.0.0.1:1/otto");
  });

  const Finished serve = run_command({OTTO_BUILD_DIR "/otto", "serve"}, settings);

  EXPECT_EQ(serve.status, 1);
  EXPECT_THAT(serve.output, HasSubstr("otto: DATABASE_URL: "));
  EXPECT_EQ(lines_of(serve.output).size(), 1U) << serve.output;
}

TEST_F(Programs, APortThatIsTakenIsNamed) {
  World& world = make_world();

  const Finished second = world.command({"serve"});

  EXPECT_EQ(second.status, 1);
  EXPECT_THAT(second.output, HasSubstr("PORT"));
}

TEST_F(Programs, MigrateBringsAnEmptyDatabaseUpToDateAndDoesNothingTwice) {
  const Database empty;
  const std::vector<std::string> settings{"DATABASE_URL=" + empty.url()};  // it needs no others
  const auto migrate = [&](std::vector<std::string> options) {
    options.insert(options.begin(), {OTTO_BUILD_DIR "/otto", "migrate"});
    return run_command(options, settings);
  };

  const Finished dry = migrate({"--dry-run"});
  const Finished first = migrate({});
  const Finished again = migrate({});

  EXPECT_EQ(dry.status, 0);
  EXPECT_THAT(dry.output, AllOf(HasSubstr("would apply"), HasSubstr("0001")));
  EXPECT_EQ(first.status, 0);
  EXPECT_THAT(first.output, AllOf(HasSubstr("applied"), HasSubstr("0001")));
  EXPECT_EQ(again.status, 0);
  EXPECT_THAT(again.output, HasSubstr("up to date"));
}

TEST_F(Programs, TheDoctorFindsEverythingInOrderOrSaysWhatIsNot) {
  World& world = make_world();
  auto settings = world.environment();
  settings.erase(std::find(settings.begin(), settings.end(), std::string{"TWILIO_AUTH_TOKEN="} + kToken));
  settings.emplace_back("TWILIO_AUTH_TOKEN=0770wrong0770wrong0770wrong0770w");

  const Finished well = world.command({"doctor"});
  const Finished json = world.command({"doctor", "--json"});
  const Finished ill = run_command({OTTO_BUILD_DIR "/otto", "doctor"}, settings);

  EXPECT_EQ(well.status, 0) << well.output;
  for (const char* what : {"settings", "database", "address", "webhooks", "mediaStream", "twilio", "callerIds",
                           "twilioBalance", "elevenlabs", "elevenlabsCredits", "googleSheets", "clock"})
    EXPECT_THAT(well.output, HasSubstr(std::string{"ok   "} + what + " "));
  EXPECT_EQ(Json::parse(json.output)["ok"], true);
  EXPECT_EQ(ill.status, 1);
  EXPECT_THAT(ill.output, AllOf(HasSubstr("BAD  twilio "), HasSubstr("BAD  webhooks "), HasSubstr("TWILIO_AUTH_TOKEN"),
                                HasSubstr("ok   elevenlabs ")));
}

TEST_F(Programs, TheDoctorAsksTheRunningDaemonWhatItTakesFromTwilio) {
  World& world = make_world();
  auto elsewhere = world.environment();
  std::replace(elsewhere.begin(), elsewhere.end(), "BASE_URL=" + world.url(), "BASE_URL=" + world.url() + "/otto");
  auto strange = world.environment();
  std::replace(strange.begin(), strange.end(), "BASE_URL=" + world.url(), "BASE_URL=" + world.sandbox_url());
  auto nobody = world.environment();
  const auto port = std::to_string(World::free_port());
  std::replace(nobody.begin(), nobody.end(), "BASE_URL=" + world.url(), "BASE_URL=http://127.0.0.1:" + port);
  std::replace(nobody.begin(), nobody.end(), "PORT=" + std::to_string(world.port()), "PORT=" + port);
  const std::vector<std::string> doctor{OTTO_BUILD_DIR "/otto", "doctor"};

  const Finished moved = run_command(doctor, elsewhere);
  const Finished led_astray = run_command(doctor, strange);
  const Finished before = run_command(doctor, nobody);
  const Finished unset = run_command({OTTO_BUILD_DIR "/otto", "doctor", "--json"}, {"PORT=99999"});

  EXPECT_EQ(moved.status, 1);
  EXPECT_THAT(moved.output, HasSubstr("BAD  webhooks "));
  EXPECT_EQ(led_astray.status, 1);
  EXPECT_THAT(led_astray.output, AllOf(HasSubstr("BAD  webhooks "), HasSubstr("not Otto")));
  EXPECT_EQ(before.status, 0) << before.output;
  EXPECT_THAT(before.output, AllOf(HasSubstr("warn webhooks "), HasSubstr("Start `otto serve`")));
  EXPECT_EQ(unset.status, 1);
  EXPECT_EQ(Json::parse(unset.output)["checks"][0]["check"], "settings");
  EXPECT_EQ(world.database().count("otto.call_fact"), 0) << "nothing comes of it";
}

TEST_F(Programs, AnAgentCanBeMadeBeforeAnythingElseIsSetUp) {
  World& world = make_world();
  const std::vector<std::string> command{OTTO_BUILD_DIR "/otto", "agent",           "create",      "--prompt",
                                         "You remind people.",   "--first-message", "Hello there."};

  const Finished made =
      run_command(command, {"ELEVENLABS_API_KEY=sk_sandbox_0770", "ELEVENLABS_API_BASE_URL=" + world.sandbox_url()});
  const Finished keyless = run_command(command, {"ELEVENLABS_API_BASE_URL=" + world.sandbox_url()});

  EXPECT_EQ(made.status, 0) << made.output;
  EXPECT_THAT(made.output, HasSubstr("\nELEVENLABS_OUTBOUND_AGENT_ID=agent_"));
  EXPECT_EQ(keyless.status, 1);
  EXPECT_EQ(lines_of(keyless.output).size(), 1U) << keyless.output;
  EXPECT_THAT(keyless.output, HasSubstr("ELEVENLABS_API_KEY"));
}

TEST_F(Programs, CampaignsAreStartedShownAndStoppedFromTheCommandLine) {
  World& world = make_world({{"default", {{"persona", "hangs-up-early"}, {"talk_ms", 1500}}}});
  const TempDir dir;
  std::ofstream{dir.path() + "/campaign.json"} << World::body_for(contacts(1, 1));

  const Finished started = world.command({"campaign", "start", dir.path() + "/campaign.json"});
  ASSERT_EQ(started.status, 0) << started.output;
  const std::string id = text_at(Json::parse(started.output), "campaignId");
  world.ended(id);
  const Finished shown = world.command({"campaign", "show", id});
  const Finished stopped = world.command({"campaign", "stop", id});
  const Finished unknown = world.command({"campaign", "show", "cm0000000000000000000000"});

  EXPECT_EQ(shown.status, 0);
  EXPECT_THAT(shown.output, AllOf(HasSubstr("COMPLETED"), HasSubstr(phone(1)), HasSubstr("HUMAN_ANSWERED")));
  EXPECT_EQ(stopped.status, 1);
  EXPECT_THAT(stopped.output, HasSubstr("has ended by itself"));
  EXPECT_EQ(unknown.status, 1);
}

TEST_F(Programs, TheCommandLineDescribesItself) {
  const auto completed = [](const std::string& words, int at) {
    const std::string script = "eval \"$(" OTTO_BUILD_DIR "/otto completion bash)\"; COMP_WORDS=(" + words +
                               "); COMP_CWORD=" + std::to_string(at) + "; _otto; echo \"${COMPREPLY[*]}\"";
    return run_command({"/bin/bash", "-c", script}, {}).output;
  };
  EXPECT_THAT(completed("otto ca", 1), HasSubstr("call campaign"));
  EXPECT_THAT(completed("otto campaign re", 2), HasSubstr("resume rehearse"));
  EXPECT_THAT(completed("otto campaign show cm1 --j", 4), HasSubstr("--json"));
  const Finished man = run_command({OTTO_BUILD_DIR "/otto", "man"}, {});
  EXPECT_THAT(man.output, AllOf(HasSubstr(".TH OTTO 1"), HasSubstr("otto campaign start file"),
                                HasSubstr("OTTO_DRAIN_SECONDS"), HasSubstr("\\-\\-contacts")));
  for (const char* shell : {"zsh", "fish"})
    EXPECT_THAT(run_command({OTTO_BUILD_DIR "/otto", "completion", shell}, {}).output, HasSubstr("rehearse"));
}

TEST_F(Programs, TheOpsRoutesAnswerEverybody) {
  World& world = make_world();
  const auto get = [&](const std::string& path) {
    net::ClientRequest request;
    request.url = world.url() + path;
    return ask(std::move(request));
  };

  EXPECT_EQ(get("/healthz").status, 200);
  EXPECT_EQ(get("/readyz").status, 200);
  EXPECT_THAT(get("/metrics").text, HasSubstr("otto_loop_lag_seconds"));
  const Answer openapi = get("/openapi.json");
  EXPECT_TRUE(openapi.body["paths"].contains("/api/n8n/trigger-outbound-campaign"));
  const Finished version = world.command({"--version"});
  EXPECT_EQ(version.status, 0);
  EXPECT_THAT(version.output, testing::StartsWith("otto "));
}

}  // namespace
}  // namespace otto::system_test
