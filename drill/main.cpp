// otto-drill: breaks running daemons on purpose and judges what became of the people who were to be phoned.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>
#include <fcntl.h>
#include <filesystem>
#include <set>
#include <sys/file.h>

#include "drill/costs.hpp"
#include "drill/faults.hpp"
#include "drill/outages.hpp"
#include "drill/scenes.hpp"

namespace {

using namespace otto;

void print_counts(const char* title, const std::map<std::string, int>& counts) {
  int sum = 0;
  for (const auto& [kind, count] : counts) sum += count;
  std::printf("%s: %d\n", title, sum);
  for (const auto& [kind, count] : counts) std::printf("  %6d  %s\n", count, kind.c_str());
}

/// Two drills in one directory would judge each other's calls. Held until the program ends.
bool is_free(const std::string& dir) {
  const int file = ::open((dir + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  return file >= 0 && ::flock(file, LOCK_EX | LOCK_NB) == 0;
}

int report(const drill::FaultOptions& options, const drill::FaultReport& result) {
  const auto& found = result.findings;
  const bool holds = found.holds() && result.ended && result.crashes.empty();
  print_counts("faults of processes and database", result.faults);
  print_counts("faults of the carrier", result.providers);
  std::printf("contacts %d, attempts %d, calls %d, callbacks acknowledged %d, most creates in a second %d\n",
              found.contacts, found.attempts, found.calls, found.callbacks, found.most_per_second);
  for (const auto& sentence : found.sentences) std::printf("  %s\n", sentence.c_str());
  for (const auto& [invariant, count] : found.broken) std::printf("  %s broken %d times\n", invariant.c_str(), count);
  if (!result.ended) std::printf("  not ended: %s\n", result.unfinished.c_str());
  for (const auto& crash : result.crashes) std::printf("  %s\n", crash.c_str());
  int faults = 0;
  for (const auto& [kind, count] : result.faults) faults += count;
  std::printf(
      "drill: seed %llu, %d instances, %d faults in %lld s, at rest after %lld s: spoken to twice %d, lost %d, rows "
      "that disagree %d%s\n",
      static_cast<unsigned long long>(options.seed), options.instances, faults,
      static_cast<long long>(result.took.count()), static_cast<long long>(result.settled.count()), found.spoken_twice,
      found.lost, found.disagreeing, holds ? "" : "; FAILED");
  std::fflush(stdout);
  return holds ? 0 : 1;
}

/// Each rule broken on purpose must be found, and so must each untruth in a history that holds.
int prove(drill::FaultOptions options) {
  options.falsifies = true;
  const auto whole = drill::drill_faults(options);
  int missed = whole.missed;
  if (report(options, whole) != 0) ++missed;
  options.falsifies = false;
  const std::map<std::string, std::set<std::string>> rules{
      {"fence", {"I9"}}, {"once", {"I1"}}, {"rescue", {"I2", "I3"}}};
  for (const auto& [rule, expected] : rules) {
    options.broken = rule;
    options.until = expected;
    const auto result = drill::drill_faults(options);
    const bool found = std::ranges::any_of(
        expected, [&](const std::string& invariant) { return result.findings.broken.contains(invariant); });
    std::printf("a daemon that breaks \"%s\": %s\n", rule.c_str(), found ? "found" : "MISSED");
    // Of the others many do not hold in a history that was broken off.
    for (const auto& sentence : result.findings.sentences)
      if (expected.contains(sentence.substr(0, sentence.find(':')))) std::printf("  %s\n", sentence.c_str());
    std::fflush(stdout);
    if (!found) ++missed;
  }
  return missed;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Breaks running daemons on purpose and judges what became of the people who were to be phoned"};
  drill::FaultOptions options;
  options.dir = (std::filesystem::temp_directory_path() / "otto-drill").string();
  bool proves = false;
  int shared = 0, crashed = 0, frozen = 0, drained = 0, lossy = 0, measured = 0;
  drill::OutageOptions outages;
  app.option_defaults()->always_capture_default();
  auto* faults = app.add_option("--faults", options.faults, "of processes and of the database");
  app.add_option("--seed", options.seed, "of the schedule and of the carrier");
  app.add_option("--instances", options.instances)->check(CLI::Range(1, 8));
  app.add_option("--break", options.broken, "a rule to break: once, fence or rescue");
  app.add_option("--logs", options.dir, "where the programs' logs stay; emptied first");
  app.add_flag("--prove", proves, "break each rule in turn, and falsify a history: each must be found");
  app.add_option("--share", shared, "three instances share one campaign of so many contacts, two are killed");
  app.add_option("--crash", crashed, "kill -9 with so many live calls and a second instance");
  app.add_option("--freeze", frozen,
                 "a leader with so many live calls frozen beyond its lease, woken when all is taken");
  app.add_option("--drain", drained, "SIGTERM with so many live calls and a successor on the same port");
  app.add_option("--chaos", lossy, "so many calls whose callbacks are lost, repeated, reordered and late");
  app.add_option("--costs", measured, "measures what a dial and a callback cost, over so many calls");
  app.add_option("--outages", outages.calls, "the database away in each way, with so many live calls");
  app.add_option("--outage-seconds", outages.seconds, "how long each time")->check(CLI::Range(5, 600));
  app.add_option("--outage-kind", outages.kind,
                 "only this one: stopped, silent, read-only, no-connections, disk-full, data-full, journal-full");
  CLI11_PARSE(app, argc, argv);
  if (!is_free(options.dir)) {
    std::fprintf(stderr, "otto-drill: another drill keeps its logs in %s; name another directory by --logs.\n",
                 options.dir.c_str());
    return 2;
  }
  try {
    if (proves) {
      if (faults->count() == 0) options.faults = 100;
      return prove(options);
    }
    if (outages.calls > 0) return drill::outages_under_calls(outages, options.dir) ? 0 : 1;
    if (shared > 0) return drill::share_campaign(shared, options.dir) ? 0 : 1;
    if (crashed > 0) return drill::crash_under_calls(crashed, options.dir) ? 0 : 1;
    if (frozen > 0) return drill::freeze_under_calls(frozen, options.dir) ? 0 : 1;
    if (drained > 0) return drill::drain_under_calls(drained, options.dir) ? 0 : 1;
    if (measured > 0) return drill::measure_costs(measured, options.dir) ? 0 : 1;
    if (lossy > 0) return drill::lose_callbacks(lossy, options.dir) ? 0 : 1;
    return report(options, drill::drill_faults(options));
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "otto-drill: %s\n", failure.what());
    return 2;
  }
}
