// What is counted: latencies as a histogram, a process by what the kernel says of it.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <sys/types.h>

#include "otto/base/json.hpp"

namespace otto::bench {

/// Of nanoseconds, with 32 steps to each power of two: an answer is at most 3 % too high.
class Histogram {
 public:
  void add(std::int64_t nanoseconds);
  void add(const Histogram& other);
  std::int64_t count() const { return count_; }
  double percentile_ms(double percent) const;  ///< 0 when empty
  double max_ms() const { return static_cast<double>(max_) / 1e6; }
  Json json() const;  ///< {p50, p90, p99, p999, max, count} in milliseconds

 private:
  static constexpr int kSteps = 32;
  std::array<std::uint32_t, 64UL * kSteps> counts_{};
  std::int64_t count_ = 0, max_ = 0;
};

/// A process at one moment.
struct Reading {
  std::int64_t at_ns = 0, cpu_ns = 0;  ///< CPU time of all its threads
  std::int64_t user_ticks = 0, system_ticks = 0;
  std::int64_t rss_kb = 0, rss_anon_kb = 0;
  std::int64_t descriptors = 0, switches = 0;  ///< context switches of all its threads
};
Reading read_process(pid_t pid);

/// How many descriptors of each kind it holds. A TCP connection is known by the port at either end; one without a name
/// is called by its peer's.
std::map<std::string, int> descriptors_of(pid_t pid, const std::map<std::uint16_t, std::string>& ports);

/// From one moment to a later one, in milliseconds of CPU.
struct Spent {
  double seconds = 0, total_ms = 0, user_ms = 0, system_ms = 0, switches = 0;
};
Spent spent_between(const Reading& from, const Reading& to);

}  // namespace otto::bench
