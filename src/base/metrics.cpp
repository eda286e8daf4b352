#include "otto/base/metrics.hpp"

#include <algorithm>
#include <cassert>
#include <memory>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <unordered_map>

namespace otto::metrics {
namespace {

using Buckets = prometheus::Histogram::BucketBoundaries;

struct Row {
  MetricInfo info;
  Buckets buckets;  ///< seconds, upper edges; empty unless a histogram
};

const Buckets& fast_buckets() {  // a database verb, a turn of the loop
  static const Buckets edges{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
  return edges;
}
const Buckets& talk_buckets() {  // what a person waits for
  static const Buckets edges{0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.5, 2, 3, 5, 8, 13, 21, 34, 60};
  return edges;
}

/// The one table of names. Adding a metric is one row here.
const std::vector<Row>& rows() {
  using enum Kind;
  static const std::vector<Row> all{
      {{"otto_calls_total", Counter, {"status"}, "Calls by the status they ended with."}, {}},
      {{"otto_call_outcomes_total", Counter, {"outcome"}, "Calls by outcome."}, {}},
      {{"otto_live_calls", Gauge, {}, "Calls that are up now on this instance."}, {}},
      {{"otto_campaigns_running", Gauge, {}, "Campaigns that this instance is running."}, {}},
      {{"otto_dial_seconds", Histogram, {}, "From claiming a contact to the carrier's answer."}, fast_buckets()},
      {{"otto_turn_latency_seconds", Histogram, {}, "From the end of a person's words to the agent's first audio."},
       talk_buckets()},
      {{"otto_answer_to_ready_seconds", Histogram, {}, "From the answer until the agent can hear and speak."},
       talk_buckets()},
      {{"otto_answer_to_speech_seconds", Histogram, {}, "From the answer to the agent's first audio at the line."},
       talk_buckets()},
      {{"otto_conversations_total", Counter, {"reason"}, "Answered calls by why they ended."}, {}},
      {{"otto_media_dropped_total", Counter, {"side"}, "Audio frames dropped because a queue was full."}, {}},
      {{"otto_provider_errors_total", Counter, {"provider", "class"}, "Failed requests to a provider."}, {}},
      {{"otto_http_requests_total", Counter, {"route", "status"}, "Requests answered, by route and status."}, {}},
      {{"otto_http_request_seconds", Histogram, {"route"}, "Time to answer a request, by route."}, fast_buckets()},
      {{"otto_db_seconds", Histogram, {"verb"}, "Time of a database verb, without waiting for a connection."},
       fast_buckets()},
      {{"otto_db_statements_total", Counter, {"verb"}, "Statements of database verbs, without BEGIN and COMMIT."}, {}},
      {{"otto_db_round_trips_total", Counter, {"verb"}, "Times that database verbs waited for the server."}, {}},
      {{"otto_db_waiting", Gauge, {}, "Database work waiting for a connection."}, {}},
      {{"otto_loop_lag_seconds", Histogram, {}, "How late the event loop runs a timer."}, fast_buckets()},
      {{"otto_task_failures_total", Counter, {"task"}, "Tasks that ended by an unexpected exception."}, {}},
      {{"otto_tool_calls_total", Counter, {"tool", "result"}, "Tool calls of the agent; tool \"other\": not ours."},
       {}},
      {{"otto_hook_deliveries_total", Counter, {"result"}, "Outgoing webhook attempts, by result."}, {}},
      {{"otto_traces_total", Counter, {"result"}, "Calls' traces for the collector, by result."}, {}},
      {{"otto_journalled_total", Counter, {"kind"}, "Records kept on disk while the database was away."}, {}},
      {{"otto_journal_bytes", Gauge, {}, "What is on this instance's disk and not in the database yet."}, {}},
      {{"otto_database_up", Gauge, {}, "1 while the database answers this instance."}, {}},
      {{"otto_events_waiting", Gauge, {}, "Events and callbacks not taken yet, of all instances."}, {}},
      {{"otto_dead_letters", Gauge, {}, "Events and callbacks given up, of all instances."}, {}},
      {{"otto_sheet_rows_waiting", Gauge, {}, "Sheet rows not written yet, of all instances."}, {}},
      {{"otto_campaign_lag_seconds", Gauge, {}, "How long the longest waiting contact could have been dialed."}, {}},
      {{"otto_purged_contacts_total", Counter, {"what"}, "Contacts whose data went because its time had come."}, {}},
  };
  return all;
}

/// The registry and its families, made once and never destroyed: tasks may count until the process ends.
struct Registered {
  prometheus::Registry registry;
  struct Metric {
    const Row* row = nullptr;
    prometheus::Family<prometheus::Counter>* counters = nullptr;
    prometheus::Family<prometheus::Gauge>* gauges = nullptr;
    prometheus::Family<prometheus::Histogram>* histograms = nullptr;
  };
  std::unordered_map<std::string_view, Metric> by_name;

  Registered() {
    for (const auto& row : rows()) {
      const std::string name{row.info.name};
      const std::string help{row.info.help};
      Metric metric;
      metric.row = &row;
      switch (row.info.kind) {
        case Kind::Counter:
          metric.counters = &prometheus::BuildCounter().Name(name).Help(help).Register(registry);
          break;
        case Kind::Gauge:
          metric.gauges = &prometheus::BuildGauge().Name(name).Help(help).Register(registry);
          break;
        case Kind::Histogram:
          metric.histograms = &prometheus::BuildHistogram().Name(name).Help(help).Register(registry);
          break;
      }
      by_name.emplace(row.info.name, metric);
      if (row.info.labels.empty()) touch(metric);
    }
  }

  /// A series without labels is shown from the start, at zero.
  static void touch(const Metric& metric) {
    if (metric.counters) metric.counters->Add({});
    if (metric.gauges) metric.gauges->Add({});
    if (metric.histograms) metric.histograms->Add({}, metric.row->buckets);
  }
};

Registered& registered() {
  static auto* const instance = new Registered;
  return *instance;
}

/// The series of one label set. The family's own look-up hashes and locks, so each thread keeps what it has found;
/// label values come from our own code, which bounds their number.
struct Series {
  prometheus::Counter* counter = nullptr;
  prometheus::Gauge* gauge = nullptr;
  prometheus::Histogram* histogram = nullptr;
};

[[maybe_unused]] bool labels_match(const MetricInfo& info, const Labels& labels) {
  return labels.size() == info.labels.size() &&
         std::all_of(info.labels.begin(), info.labels.end(),
                     [&labels](std::string_view name) { return labels.contains(std::string{name}); });
}

Series find(std::string_view name, const Labels& labels) {
  thread_local std::unordered_map<std::string_view, std::map<Labels, Series>> found;
  if (const auto metric = found.find(name); metric != found.end()) {
    if (const auto series = metric->second.find(labels); series != metric->second.end()) return series->second;
  }
  const auto& known = registered().by_name;
  const auto it = known.find(name);
  assert(it != known.end() && "a metric must be declared in the table");
  if (it == known.end()) return {};
  const auto& metric = it->second;
  assert(labels_match(metric.row->info, labels) && "a metric must get the labels of its row");
  Series series;
  if (metric.counters) series.counter = &metric.counters->Add(labels);
  if (metric.gauges) series.gauge = &metric.gauges->Add(labels);
  if (metric.histograms) series.histogram = &metric.histograms->Add(labels, metric.row->buckets);
  found[it->first].emplace(labels, series);  // keyed by the table's own text, which outlives the thread
  return series;
}

}  // namespace

void add(std::string_view name, const Labels& labels, double amount) {
  const Series series = find(name, labels);
  if (series.counter) series.counter->Increment(amount);
  if (series.gauge) series.gauge->Increment(amount);
}

void set(std::string_view name, double value, const Labels& labels) {
  const Series series = find(name, labels);
  assert(series.gauge && "only a gauge can be set");
  if (series.gauge) series.gauge->Set(value);
}

void observe(std::string_view name, double seconds, const Labels& labels) {
  const Series series = find(name, labels);
  assert(series.histogram && "only a histogram observes");
  if (series.histogram) series.histogram->Observe(seconds);
}

std::string text() { return prometheus::TextSerializer{}.Serialize(registered().registry.Collect()); }

const std::vector<MetricInfo>& table() {
  static const std::vector<MetricInfo> infos = [] {
    std::vector<MetricInfo> out;
    for (const auto& row : rows()) out.push_back(row.info);
    return out;
  }();
  return infos;
}

}  // namespace otto::metrics
