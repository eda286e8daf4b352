// Counters, gauges and histograms in Prometheus' text form. Every metric is declared in metrics.cpp's table.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace otto::metrics {

using Labels = std::map<std::string, std::string>;

/// Adds to a counter or a gauge; `name` must be in the table (asserted in debug builds). Any thread.
void add(std::string_view name, const Labels& labels = {}, double amount = 1);
void set(std::string_view name, double value, const Labels& labels = {});
/// Into a histogram, in seconds.
void observe(std::string_view name, double seconds, const Labels& labels = {});
/// The whole registry as text/plain; version=0.0.4.
std::string text();

enum class Kind : std::uint8_t { Counter, Gauge, Histogram };
/// One metric as the documentation's table shows it. Every add, set and observe gives exactly these labels.
struct MetricInfo {
  std::string_view name;
  Kind kind;
  std::vector<std::string_view> labels;
  std::string_view help;
};
const std::vector<MetricInfo>& table();

}  // namespace otto::metrics
