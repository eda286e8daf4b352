// A line on a scripted API, with waits that take no time.
#pragma once

#include <functional>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "otto/base/json.hpp"
#include "otto/twilio/line.hpp"

#include "tests/net/net_fixture.hpp"
#include "tests/twilio/scripted_api.hpp"

namespace otto::twilio {
inline const std::string kAccount = "AC00000000000000000000000000000001";
inline const std::string kCall = "CA00000000000000000000000000000001";
inline const std::string kCallPath = "/2010-04-01/Accounts/" + kAccount + "/Calls/" + kCall;

/// Sleeps no time at all and remembers how long it was asked to.
class InstantTimers final : public rt::Timers {
 public:
  const Clock& clock() const override { return clock_; }
  Task<void> sleep_until(SteadyPoint when) override {
    slept.push_back(std::chrono::round<milliseconds>(when - clock_.steady()));
    co_return;
  }
  std::vector<milliseconds> slept;

 private:
  SystemClock clock_;
};

inline std::string call_json(std::string_view sid = kCall,
                             std::string_view created = "Fri, 18 Oct 2019 17:02:00 +0000") {
  return Json{{"sid", sid},         {"to", "+15555550101"},        {"from", "+15555550102"},
              {"status", "queued"}, {"direction", "outbound-api"}, {"date_created", created}}
      .dump();
}

inline std::string error_json(int code, int status) {
  return Json{{"code", code}, {"message", "Twilio's words"}, {"status", status}}.dump();
}

class LineTest : public net::NetTest {
 protected:
  LineTest() {
    settings.account_sid = kAccount;
    settings.auth_token = "secret";
    settings.api_base_url = api.url();
    settings.base_url = "https://calls.example.com";
  }

  /// Runs `scenario` against the script.
  void with_line(std::function<Task<void>(ports::Line&)> scenario) { run(whole(std::move(scenario))); }
  Task<void> whole(std::function<Task<void>(ports::Line&)> scenario) {
    rt::Group group{loop, "test"};
    group.spawn("api", api.serve());
    const auto line = make_line(settings, timers_);
    co_await scenario(*line);
    group.stop();
    co_await group.join();
  }

  ports::PlaceResult place(ports::PlaceRequest request) {
    ports::PlaceResult result;
    with_line([&](ports::Line& line) -> Task<void> { result = co_await line.place(std::move(request)); });
    return result;
  }
  ports::PlaceVerdict place_with(Step step) {
    api.then(std::move(step));
    return place(a_request()).verdict;
  }
  static ports::PlaceRequest a_request() {
    ports::PlaceRequest request;
    request.attempt = AttemptId{"0190a000-0000-7000-8000-000000000001"};
    request.to = "+15555550101";
    request.from = "+15555550102";
    return request;
  }

  ScriptedApi api{loop};
  InstantTimers timers_;
  LineSettings settings;
};

}  // namespace otto::twilio
