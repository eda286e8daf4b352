#include "otto/base/metrics.hpp"

#include <gtest/gtest.h>
#include <regex>
#include <set>
#include <thread>

#include "otto/base/error.hpp"

namespace otto::metrics {
namespace {

/// The value of the one line that begins with `series`; -1 when there is none.
double value_of(const std::string& series) {
  const std::string all = text();
  const auto at = all.find("\n" + series + " ");
  return at == std::string::npos ? -1 : std::stod(all.substr(at + series.size() + 2));
}

TEST(Metrics, EveryNameIsWellFormedUniqueAndExplained) {
  const std::regex shape{"otto_[a-z_]+"};
  std::set<std::string_view> names;
  for (const auto& info : table()) {
    EXPECT_TRUE(std::regex_match(std::string{info.name}, shape)) << info.name;
    EXPECT_TRUE(names.insert(info.name).second) << info.name;
    EXPECT_TRUE(info.help.ends_with('.')) << info.name;
    EXPECT_EQ(info.name.ends_with("_total"), info.kind == Kind::Counter) << info.name;
    if (info.kind == Kind::Histogram) EXPECT_TRUE(info.name.ends_with("_seconds")) << info.name;
    EXPECT_LE(info.labels.size(), 2u) << info.name;
  }
}

TEST(Metrics, SeriesWithoutLabelsShowZeroFromTheStart) {
  EXPECT_EQ(value_of("otto_db_waiting"), 0);
  EXPECT_EQ(value_of("otto_loop_lag_seconds_count"), 0);
}

TEST(Metrics, CountersAddUpPerLabelSet) {
  add("otto_provider_errors_total", {{"provider", "line"}, {"class", "timeout"}});
  add("otto_provider_errors_total", {{"class", "timeout"}, {"provider", "line"}}, 2);
  add("otto_provider_errors_total", {{"provider", "sheet"}, {"class", "quota"}});

  EXPECT_EQ(value_of(R"(otto_provider_errors_total{class="timeout",provider="line"})"), 3);
  EXPECT_EQ(value_of(R"(otto_provider_errors_total{class="quota",provider="sheet"})"), 1);
}

TEST(Metrics, GaugesGoUpAndDown) {
  set("otto_live_calls", 5);
  add("otto_live_calls");
  add("otto_live_calls", {}, -2);
  EXPECT_EQ(value_of("otto_live_calls"), 4);
}

TEST(Metrics, HistogramsCountAndSumAndFillTheirBuckets) {
  observe("otto_turn_latency_seconds", 0.15);
  observe("otto_turn_latency_seconds", 100);
  EXPECT_EQ(value_of("otto_turn_latency_seconds_count"), 2);
  EXPECT_DOUBLE_EQ(value_of("otto_turn_latency_seconds_sum"), 100.15);
  EXPECT_EQ(value_of(R"(otto_turn_latency_seconds_bucket{le="0.1"})"), 0);
  EXPECT_EQ(value_of(R"(otto_turn_latency_seconds_bucket{le="0.2"})"), 1);
  EXPECT_EQ(value_of(R"(otto_turn_latency_seconds_bucket{le="+Inf"})"), 2);
}

TEST(Metrics, LabelValuesAreEscapedInTheText) {
  add("otto_task_failures_total", {{"task", "a\"b\\c\nd"}});
  EXPECT_EQ(value_of(R"(otto_task_failures_total{task="a\"b\\c\nd"})"), 1);
}

TEST(Metrics, ThreadsLoseNoCount) {
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([] {
        for (int i = 0; i < 1000; ++i) add("otto_media_dropped_total", {{"side", "line"}});
      });
    }
  }
  EXPECT_EQ(value_of(R"(otto_media_dropped_total{side="line"})"), 4000);
}

TEST(Errors, HaveOneNameEach) {
  std::set<std::string_view> names;
  for (int code = 0; code <= static_cast<int>(Errc::Internal); ++code) names.insert(to_string(static_cast<Errc>(code)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(Errc::Internal) + 1);
  EXPECT_TRUE(names.contains("provider_unavailable"));
}

TEST(Errors, ReadingAResultThatHoldsOneThrowsWithItsSentence) {
  const Result<int> result = Error{Errc::NotFound, "There is no such row."};
  try {
    static_cast<void>(result.value());
    FAIL() << "nothing was thrown";
  } catch (const std::logic_error& e) {
    EXPECT_NE(std::string{e.what()}.find("not_found: There is no such row."), std::string::npos);
  }
}

}  // namespace
}  // namespace otto::metrics
