// A sandbox and a tiny Otto on one loop, on loopback.
#pragma once

#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <string>

#include "otto/crypto/digest.hpp"
#include "otto/sandbox/sandbox.hpp"

#include "tests/sandbox/tiny_otto.hpp"

namespace otto::sandbox::test {

inline constexpr const char* kTo = "+14155550101";
inline constexpr const char* kAttempt = "0198b1a2-0000-7000-8000-000000000001";

class WorldFixture : public testing::Test {
 protected:
  /// Runs `story` on the loop, with everything started before and ended after it.
  void play(const Json& scenario, const std::function<Task<void>()>& story) {
    Options options;
    options.samples = OTTO_SOURCE_DIR "/tests/data";
    options.speed = 20;
    options.id_salt = 7;
    options.scenario = parse_scenario(scenario).value();
    auto made = Sandbox::make(loop, timers, options);
    ASSERT_TRUE(made) << made.error().detail;
    sandbox = std::move(*made);
    api = "http://127.0.0.1:" + std::to_string(sandbox->listen("127.0.0.1", 0).value());
    otto = std::make_unique<TinyOtto>(loop, sandbox->world().identity.auth_token);
    otto->listen();
    rt::Group tasks{loop, "test"};
    tasks.spawn("sandbox", sandbox->run());
    tasks.spawn("story", tell(story));
    loop.run_for(seconds{60});
    EXPECT_TRUE(told);
  }

  Task<void> tell(std::function<Task<void>()> story) {
    co_await story();
    told = true;
    co_await sandbox->stop();
    co_await otto->stop();
  }

  Task<net::ClientResult> request(std::string method, std::string target, FormFields form = {}) {
    net::ClientRequest out;
    out.method = std::move(method);
    out.url = api + target;
    const auto& who = sandbox->world().identity;
    out.headers.add("Authorization", "Basic " + crypto::base64_encode(who.account_sid + ":" + who.auth_token));
    out.headers.add("xi-api-key", who.elevenlabs_key);
    if (out.method == "POST") out.headers.add("Content-Type", "application/x-www-form-urlencoded");
    out.body = format_form(form);
    auto result = co_await net::send_request(std::move(out));
    co_return result;
  }
  std::string account() const { return "/2010-04-01/Accounts/" + sandbox->world().identity.account_sid; }

  FormFields create_form(const std::string& to = kTo) const {
    const auto with = [&](const std::string& path) { return otto->base + path + "?attempt=" + kAttempt; };
    return {{"To", to},
            {"From", "+14155550100"},
            {"Url", with("/twiml")},
            {"StatusCallback", with("/status") + "#rc=2&rp=ct,rt,5xx"},
            {"StatusCallbackEvent", "initiated"},
            {"StatusCallbackEvent", "ringing"},
            {"StatusCallbackEvent", "answered"},
            {"StatusCallbackEvent", "completed"},
            {"MachineDetection", "Enable"},
            {"AsyncAmd", "true"},
            {"AsyncAmdStatusCallback", with("/amd")},
            {"Record", "true"},
            {"RecordingChannels", "dual"},
            {"RecordingStatusCallback", with("/recording")},
            {"Timeout", "30"},
            {"TimeLimit", "60"}};
  }
  /// The created call's SID; "" when it was refused.
  Task<std::string> create(FormFields form) {
    auto result = co_await request("POST", account() + "/Calls.json", std::move(form));
    last_status = result.response ? result.response->status : 0;
    if (!result.response || last_status != 201) co_return std::string{};
    const auto body = parse_json(result.response->body);
    co_return body ? text_at(*body, "sid") : std::string{};
  }
  /// Waits on the loop until the call is over and its webhooks have gone out.
  Task<void> over(std::string sid) {
    for (int i = 0; i < 4000; ++i) {
      const auto& record = sandbox->carrier().find(sid)->record();
      const bool recorded = record.recording_sid.empty() || !otto->values("/recording", "RecordingSid").empty();
      if (record.over() && recorded) co_return;
      co_await timers.sleep_for(milliseconds{10});
    }
    ADD_FAILURE() << "the call did not end: " << sandbox->world().ledger.lines_after(0);
  }
  const CallRecord& call(const std::string& sid) { return sandbox->carrier().find(sid)->record(); }
  std::string violations() const { return sandbox->world().ledger.violations().dump(1); }

  Loop loop;
  rt::RealTimers timers;
  std::unique_ptr<Sandbox> sandbox;
  std::unique_ptr<TinyOtto> otto;
  std::string api;
  int last_status = 0;
  bool told = false;
};

}  // namespace otto::sandbox::test
