#include "drill/costs.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <unistd.h>

#include "otto/base/text.hpp"

#include "drill/history.hpp"
#include "drill/house.hpp"

namespace otto::drill {

namespace {

struct Stat {
  int parent = 0;
  double cpu_ms = 0;
};

/// Of /proc/PID/stat; the process may be gone.
Stat stat_of(const std::string& pid) {
  const std::string text = system_test::read_file("/proc/" + pid + "/stat");
  const auto name_ends = text.rfind(") ");
  if (name_ends == std::string::npos) return {};
  std::istringstream fields{text.substr(name_ends + 2)};
  std::string state;
  Stat stat;
  fields >> state >> stat.parent;
  double ticks = 0, value = 0;
  for (int field = 5; field <= 15; ++field) {
    fields >> value;
    if (field >= 14) ticks += value;
  }
  stat.cpu_ms = ticks * 1000 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  return stat;
}

struct Sample {
  double daemon_ms = 0, database_ms = 0;
  double statements = 0, transactions = 0, log_bytes = 0;
  int calls = 0, callbacks = 0;
};

class Meter {
 public:
  explicit Meter(House& house) : house_{house} {}

  /// The server's processes are the postmaster's children, as is the one that answers here. What those have used that
  /// end meanwhile is not counted: it was for the drill.
  Sample take() {
    Sample sample;
    sample.daemon_ms = stat_of(std::to_string(house_.instances()[0]->pid())).cpu_ms;
    const int postmaster = stat_of(house_.one("SELECT pg_backend_pid()")).parent;
    if (postmaster == 0) throw std::runtime_error{"the server's processes are not to be seen in /proc"};
    for (const auto& entry : std::filesystem::directory_iterator{"/proc"}) {
      const std::string pid = entry.path().filename().string();
      if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
      if (const Stat stat = stat_of(pid); stat.parent == postmaster) sample.database_ms += stat.cpu_ms;
    }
    sample.log_bytes = std::stod(house_.one("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"));
    const auto page = house_.call("GET", "/metrics");
    std::istringstream lines{page.text};
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("otto_db_statements_total{")) sample.statements += std::stod(line.substr(line.rfind(' ')));
      if (line.starts_with("otto_db_seconds_count{")) sample.transactions += std::stod(line.substr(line.rfind(' ')));
    }
    sample.calls = static_cast<int>(house_.seen("calls").size());
    for (const Json& line : house_.sandbox_log()) sample.callbacks += line["kind"] == "webhook" ? 1 : 0;
    return sample;
  }

 private:
  House& house_;
};

void print(const char* what, const Sample& a, const Sample& b) {
  const double calls = b.calls - a.calls;
  std::printf(
      "%s: %.0f calls, %.1f callbacks each; processor time per call: daemon %.2f ms, PostgreSQL %.2f ms; %.1f "
      "transactions and %.1f statements (without BEGIN and COMMIT) and %.1f KB of log per call\n",
      what, calls, (b.callbacks - a.callbacks) / calls, (b.daemon_ms - a.daemon_ms) / calls,
      (b.database_ms - a.database_ms) / calls, (b.transactions - a.transactions) / calls,
      (b.statements - a.statements) / calls, (b.log_bytes - a.log_bytes) / calls / 1000);
}

HouseOptions house_options(const std::string& dir, int copies) {
  HouseOptions options;
  options.calls_per_second = 100;
  options.scenario = {{"seed", 4},
                      {"mix", {{"busy", 2}, {"no-answer", 3}, {"failed", 1}, {"hangs-up-early", 4}}},
                      {"default", {{"talk_ms", 400}, {"verdict_after_ms", 200}}}};
  if (copies > 1) options.scenario["default"]["webhooks"] = {{"duplicate", 1.0}, {"copies", copies}};
  options.settings["OTTO_DRILL_HURRY"] = "";
  options.dir = dir;
  return options;
}

/// From idle to idle.
std::pair<Sample, Sample> run(House& house, int calls) {
  Meter meter{house};
  const Sample before = meter.take();
  house.trigger(contacts(0, calls),
                {{"delayBetweenCalls", 0},
                 {"maxConcurrentCalls", 50},
                 {"maxAttemptsPerContact", 1},
                 {"pauseOnFailures", 0},
                 {"callDuringHours", {{"start", "00:00"}, {"end", "24:00"}}}},
                "Costs");
  const bool ended = wait_until(
      [&] {
        wait_until([] { return false; }, milliseconds{500});
        return house.count("public.\"OutboundCampaign\" WHERE status = 'RUNNING' OR status = 'PENDING'") == 0 &&
               house.live() == 0;
      },
      seconds{120} + milliseconds{calls * 60});
  wait_until([&] { return wait_until([] { return false; }, milliseconds{500}), disagreements(house).empty(); },
             seconds{60});
  if (!ended) throw std::runtime_error{"the campaign did not end"};
  return {before, meter.take()};
}

}  // namespace

bool measure_costs(int calls, const std::string& dir) {
  std::pair<Sample, Sample> once, thrice;
  {
    House house{house_options(dir, 1)};
    once = run(house, calls);
    print("each callback once", once.first, once.second);
    for (const Json& row : house.rows(
             "SELECT relname, pg_total_relation_size(c.oid) AS bytes, pg_indexes_size(c.oid) AS indexes FROM pg_class "
             "c "
             "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname IN ('otto', 'public') "
             "AND pg_total_relation_size(c.oid) > 200000 ORDER BY 2 DESC"))
      std::printf("  %-20s %6.0f bytes per call, %.0f of them indexes\n", text_at(row, "relname").c_str(),
                  row["bytes"].get<double>() / calls, row["indexes"].get<double>() / calls);
  }
  {
    House house{house_options(dir, 3)};
    thrice = run(house, calls);
    print("each callback three times", thrice.first, thrice.second);
  }
  const auto per_call = [](const std::pair<Sample, Sample>& runs, double Sample::* what) {
    return (runs.second.*what - runs.first.*what) / (runs.second.calls - runs.first.calls);
  };
  const auto callbacks = [](const std::pair<Sample, Sample>& runs) {
    return static_cast<double>(runs.second.callbacks - runs.first.callbacks) / (runs.second.calls - runs.first.calls);
  };
  const double more = callbacks(thrice) - callbacks(once);
  std::printf("a repeated callback: daemon %.2f ms, PostgreSQL %.2f ms, %.1f statements\n",
              (per_call(thrice, &Sample::daemon_ms) - per_call(once, &Sample::daemon_ms)) / more,
              (per_call(thrice, &Sample::database_ms) - per_call(once, &Sample::database_ms)) / more,
              (per_call(thrice, &Sample::statements) - per_call(once, &Sample::statements)) / more);
  return more > 0;
}

}  // namespace otto::drill
