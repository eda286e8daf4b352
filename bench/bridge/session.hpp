// One run from the subject's start to its end: the calls come, the window is measured, the calls go.
#pragma once

#include <memory>

#include "bench/bridge/load.hpp"
#include "bench/bridge/providers.hpp"
#include "bench/bridge/subject.hpp"

namespace otto::bench {

/// Kinds of descriptors of which none may outlive the calls.
inline constexpr const char *kAgents = "agents", *kCallers = "callers";

struct Figures {
  Reading empty, from, to, after;         ///< of the subject: before the calls, around the window, after them
  Reading own_from, own_to;               ///< of this program, around the window
  std::vector<std::int64_t> soak_rss_kb;  ///< at each hundredth of the calls that have ended
  std::vector<int> soak_live;             ///< calls that the carrier has under way, then
  std::map<std::string, int> descriptors_before, descriptors_after;  ///< by what they are
  bool complete = false;                                             ///< every call came up
  int exit_status = 0;
};

class Session {
 public:
  explicit Session(Load& load);
  Figures run();

 private:
  void start_daemon();
  void start_reference();
  void trigger();
  void connect_reference_calls();
  void open_reference_call(std::uint32_t number);
  void rest(std::int64_t nanoseconds);
  bool reached(const int& count, int wanted);
  void soak(Figures& figures);
  void measure(Figures& figures);
  void end_calls();
  void finish(Call& call);  ///< silence, then the callee hangs up
  std::map<std::string, int> descriptors() const;
  Reading read() const { return read_process(program_->pid()); }

  Load& load_;
  Media media_;
  AgentHost agents_;
  HttpServer rest_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<Program> program_;
  std::unique_ptr<Carrier> carrier_;
  std::unique_ptr<HttpClient> n8n_;
  std::uint16_t port_ = 0;
};

/// What was measured, for a reader and for a program.
Json figures_json(const Load& load, const Figures& figures);
void print_figures(const Json& json);

}  // namespace otto::bench
