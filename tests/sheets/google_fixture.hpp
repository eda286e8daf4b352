// A reader and writer with a service account against the sandbox's Google, over real HTTP on one loop.
#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>

#include "otto/rt/group.hpp"
#include "otto/sandbox/sandbox.hpp"
#include "otto/sheets/google_sheet.hpp"

namespace otto::sheets {

inline const std::string kSample = "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms";

class GoogleFixture : public testing::Test {
 protected:
  GoogleFixture() {
    sandbox::Options options;
    options.samples = OTTO_SOURCE_DIR "/tests/data";
    const std::string csv = OTTO_SOURCE_DIR "/tests/data/campaign.csv";
    options.sheets = {kSample + ":0:Outbound Campaigns=" + csv, kSample + ":77:Jon's / Data=" + csv};
    world = sandbox::Sandbox::make(loop, timers, options).value();
    base = "http://127.0.0.1:" + std::to_string(world->listen("127.0.0.1", 0).value());
    account = load_service_account(world->google().key_json(base), base).value();
    tasks.spawn("sandbox", world->run());
  }
  ~GoogleFixture() override {
    tasks.spawn("stop", world->stop());
    while (tasks.size() > 0) loop.run_one();
  }

  GoogleSheet& google() {
    if (!sheet) {
      GoogleSheetSettings settings;
      settings.account = account;
      settings.api_base_url = base;
      sheet = make_google_sheet(std::move(settings), loop, timers);
    }
    return *sheet;
  }
  template <class T>
  T run(Task<T> task) {
    std::optional<T> value;
    tasks.spawn("test", keep(std::move(task), value));
    while (!value) loop.run_one();
    return std::move(*value);
  }
  static ports::SheetSource at(const std::string& tab, std::optional<std::string> gid = std::nullopt) {
    ports::SheetSource source;
    source.id = kSample;
    source.tab = tab;
    source.gid = std::move(gid);
    return source;
  }
  Result<ports::SheetTable> read(ports::SheetSource source) { return run(google().read(std::move(source))); }
  Error refused(ports::SheetSource source) {
    const auto table = read(std::move(source));
    return table ? Error{Errc::Internal, "it was read"} : table.error();
  }
  Json control(const std::string& path, const Json& body = nullptr) {
    net::Request request;
    request.method = body.is_null() ? "GET" : "POST";
    request.path = path;
    request.body = body.dump();
    const auto response =
        path.ends_with("google") ? world->google().control(request) : world->sheets().control(request, kSample);
    EXPECT_EQ(response.status, 200) << response.body;
    return parse_json(response.body).value();
  }
  void set_faults(const Json& faults) { control("/_sandbox/google", faults); }
  std::string violations() const { return world->world().ledger.violations().dump(1); }
  int requests(const std::string& op) const {
    int count = 0;
    for (const auto& line : split(world->world().ledger.lines_after(0), '\n'))
      if (line.find("\"kind\":\"google\"") != std::string::npos && line.find("\"op\":\"" + op) != std::string::npos)
        ++count;
    return count;
  }

  Loop loop{1};
  rt::RealTimers timers;
  std::unique_ptr<sandbox::Sandbox> world;
  std::string base;
  ServiceAccount account;
  std::unique_ptr<GoogleSheet> sheet;
  rt::Group tasks{loop, "fixture"};

 private:
  template <class T>
  static Task<void> keep(Task<T> task, std::optional<T>& value) {
    value.emplace(co_await std::move(task));
  }
};

}  // namespace otto::sheets
