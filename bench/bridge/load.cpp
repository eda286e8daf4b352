// bench_load: both providers' sides of N live calls in one program on one core, against the real daemon or against the
// bare reference. How to read what it prints: docs/performance.md.
#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <sys/resource.h>

#include "bench/bridge/session.hpp"

namespace {

/// Two sockets for each call, and the control plane's.
void raise_descriptor_limit() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// The daemon's pools to its database and to the providers grow to a size that no number of calls changes.
constexpr int kPooledDescriptors = 16;

bool is_good(const otto::bench::Load& load, const otto::bench::Figures& figures) {
  const auto& totals = load.totals;
  if (!figures.complete || figures.exit_status != 0) return false;
  const auto open = [&](const char* kind) { return figures.descriptors_after.contains(kind); };
  if (open(otto::bench::kAgents) || open(otto::bench::kCallers)) return false;
  return totals.up.clean() && totals.down.clean() && totals.failed == 0 && totals.lost_legs == 0 &&
         totals.webhooks_failed == 0 && figures.after.descriptors <= figures.empty.descriptors + kPooledDescriptors;
}

}  // namespace

int main(int count, char** words) {
  using namespace otto::bench;
  Options options;
  std::string subject = "daemon";
  CLI::App app{"N live calls of real-time audio through a bridge; see docs/performance.md"};
  app.add_option("--subject", subject)->check(CLI::IsMember({"daemon", "reference"}))->capture_default_str();
  app.add_option("--program", options.program, "otto or bench_reference")->required();
  app.add_option("--core", options.core, "the only core for the subject");
  app.add_option("--calls", options.calls)->check(CLI::Range(1, 12'000))->capture_default_str();
  app.add_option("--seconds", options.seconds, "of the measured window")->capture_default_str();
  app.add_option("--settle-ms", options.settle_ms, "before it")->capture_default_str();
  app.add_option("--rate", options.rate, "calls started per second")->check(CLI::Range(1, 100))->capture_default_str();
  app.add_option("--event-ms", options.event_ms, "of speech per event of the agent")
      ->check(CLI::Range(20, 2000))
      ->capture_default_str();
  app.add_flag("--pcm", options.pcm, "the agent speaks and hears pcm_16000; the reference forwards what is as long");
  app.add_flag("!--plain", options.tls, "no TLS to the agent; only for the reference");
  app.add_option("--interrupt-ms", options.interrupt_ms, "mean time between a call's interruptions");
  app.add_option("--soak-ms", options.soak_ms, "each call ends so long after its first word");
  app.add_flag("--strict", options.strict,
               "exit with 1 when a frame was lost, foreign, reordered or damaged, or a socket was left");
  app.add_option("--json", options.json, "where the figures go as well");
  app.add_option("--during", options.during,
                 "a shell command that runs during the window, with OTTO_PORT and OTTO_PID, then gets SIGTERM");
  CLI11_PARSE(app, count, words);
  options.subject = subject == "daemon" ? Subject::Daemon : Subject::Reference;
  options.event_ms -= options.event_ms % 20;
  if (options.subject == Subject::Daemon && !options.tls) return std::fputs("the daemon insists on TLS\n", stderr), 2;
  raise_descriptor_limit();
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  try {
    Load load{options};
    load.tls = make_tls_identity();
    Session session{load};
    const auto figures = session.run();
    const auto json = figures_json(load, figures);
    print_figures(json);
    if (!options.json.empty()) std::ofstream{options.json} << json.dump(1) << "\n";
    return figures.complete && (is_good(load, figures) || !options.strict) ? 0 : 1;
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "bench_load: %s\n", failure.what());
    return 1;
  }
}
