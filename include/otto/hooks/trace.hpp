// A call as an OpenTelemetry trace, made from what is recorded of it, and the exporter that sends traces to a collector
// (OTLP over HTTP, as JSON). No span bears what was said, a name or a number.
#pragma once

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "otto/base/json.hpp"
#include "otto/ports/hook.hpp"
#include "otto/ports/views.hpp"
#include "otto/rt/mailbox.hpp"
#include "otto/rt/time.hpp"

namespace otto::hooks {

/// The spans of one call: "call" and below it "dial", "ring", "connect" and "conversation", as far as the call came.
/// The trace's id is the attempt's, so whoever has a log line or a row finds the trace. Pure. Empty for a call that is
/// not ours.
Json::array_t spans_of(const ports::CallDetail& detail);

/// The body of a POST to /v1/traces.
Json export_request(const std::string& service, const std::string& instance, Json::array_t spans);

/// Sends the trace of each call some seconds after its end. Traces are for looking at, not for keeping: what a
/// collector does not take for long, and what a stopped daemon had not sent, is dropped.
class TraceExporter {
 public:
  /// Everything outlives the exporter.
  struct Deps {
    Loop& loop;
    rt::Timers& timers;
    ports::Views& views;
    ports::HookSender& sender;
  };
  struct Options {
    std::string url;  ///< of the collector, with /v1/traces
    std::vector<std::pair<std::string, std::string>> headers;
    std::string service, instance;
    seconds delay{5};              ///< after a call's end: what the agent reports last comes a moment later
    seconds patience{30};          ///< after a collector that took nothing, or a database that was away
    std::size_t batch = 50;        ///< calls in one POST
    std::size_t waiting = 10'000;  ///< beyond so many the oldest are dropped
    Options() = default;
  };
  TraceExporter(Deps deps, Options options);

  void call_ended(std::string call_sid);
  /// Until stop(), which lets it send once more what is due.
  Task<void> run();
  void stop();

 private:
  struct Ended {
    std::string call_sid;
    TimePoint at;
  };
  std::vector<Ended> take_due();
  void put_back(std::vector<Ended> calls);
  Task<bool> send(const std::vector<Ended>& calls);
  Task<bool> post(Json::array_t spans, std::size_t calls);

  Deps deps_;
  Options options_;
  std::deque<Ended> ended_;
  TimePoint not_before_;
  rt::Event stopped_;
  bool stopping_ = false;
};

}  // namespace otto::hooks
