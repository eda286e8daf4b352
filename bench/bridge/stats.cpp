#include "bench/bridge/stats.hpp"

#include <algorithm>
#include <bit>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "bench/bridge/poller.hpp"

namespace otto::bench {

namespace {

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file{path};
  std::ostringstream out;
  out << file.rdbuf();
  return out.str();
}

/// The number behind `name` in a text of "Name: number" lines.
std::int64_t named(const std::string& text, const std::string& name) {
  const auto at = text.find(name);
  return at == std::string::npos ? 0 : std::strtoll(text.c_str() + at + name.size(), nullptr, 10);
}

}  // namespace

void Histogram::add(std::int64_t nanoseconds) {
  const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(nanoseconds, kSteps));
  const auto power = static_cast<unsigned>(std::bit_width(value)) - 1;
  const auto step = (value >> (power - 5)) & (kSteps - 1);
  ++counts_[static_cast<std::size_t>(power) * kSteps + step];
  ++count_;
  max_ = std::max(max_, nanoseconds);
}

void Histogram::add(const Histogram& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  max_ = std::max(max_, other.max_);
}

double Histogram::percentile_ms(double percent) const {
  const auto wanted = static_cast<std::int64_t>(static_cast<double>(count_) * percent / 100);
  std::int64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (count_ == 0 || seen <= wanted) continue;
    const auto power = static_cast<int>(i / kSteps);
    const auto upper = static_cast<double>(kSteps + i % kSteps + 1) / kSteps * static_cast<double>(1ULL << power);
    return std::min(upper, static_cast<double>(max_)) / 1e6;
  }
  return max_ms();
}

Json Histogram::json() const {
  return {{"p50", percentile_ms(50)},    {"p90", percentile_ms(90)}, {"p99", percentile_ms(99)},
          {"p999", percentile_ms(99.9)}, {"max", max_ms()},          {"count", count_}};
}

Reading read_process(pid_t pid) {
  const std::filesystem::path root = "/proc/" + std::to_string(pid);
  Reading reading;
  std::error_code ignored;
  for (const auto& task : std::filesystem::directory_iterator{root / "task", ignored}) {
    reading.cpu_ns += std::strtoll(text_of(task.path() / "schedstat").c_str(), nullptr, 10);
    const auto status = text_of(task.path() / "status");
    reading.switches += named(status, "\nvoluntary_ctxt_switches:") + named(status, "\nnonvoluntary_ctxt_switches:");
  }
  reading.at_ns = now_ns();
  // Behind the program's name, which may hold anything, utime and stime are the fields 14 and 15.
  const auto stat = text_of(root / "stat");
  std::istringstream fields{stat.substr(std::min(stat.size(), stat.rfind(')') + 1))};
  std::string skipped;
  for (int i = 3; i < 14; ++i) fields >> skipped;
  fields >> reading.user_ticks >> reading.system_ticks;
  const auto status = text_of(root / "status");
  reading.rss_kb = named(status, "VmRSS:");
  reading.rss_anon_kb = named(status, "RssAnon:");
  for ([[maybe_unused]] const auto& fd : std::filesystem::directory_iterator{root / "fd", ignored})
    ++reading.descriptors;
  return reading;
}

namespace {

constexpr const char* kListening = "0A";  // TCP_LISTEN in /proc/net/tcp

std::uint16_t port_in(const std::string& address) {
  return static_cast<std::uint16_t>(std::strtoul(address.c_str() + address.rfind(':') + 1, nullptr, 16));
}

/// The sockets of its network namespace, by inode.
std::map<std::string, std::string> sockets_of(const std::filesystem::path& root,
                                              const std::map<std::uint16_t, std::string>& ports) {
  std::map<std::string, std::string> sockets;
  std::string line, skipped;
  for (const char* const family : {"tcp", "tcp6"}) {
    std::istringstream rows{text_of(root / "net" / family)};
    for (std::getline(rows, line); std::getline(rows, line);) {
      std::istringstream fields{line};
      std::string local, remote, state, inode;
      fields >> skipped >> local >> remote >> state;
      for (int i = 0; i < 5; ++i) fields >> skipped;
      fields >> inode;
      std::string& name = sockets["socket:[" + inode + "]"];
      name = "TCP to " + std::to_string(port_in(remote));
      if (const auto ours = ports.find(port_in(local)); ours != ports.end()) name = ours->second;
      if (const auto theirs = ports.find(port_in(remote)); theirs != ports.end()) name = theirs->second;
      if (state == kListening) name = "listening";
    }
  }
  return sockets;
}

}  // namespace

std::map<std::string, int> descriptors_of(pid_t pid, const std::map<std::uint16_t, std::string>& ports) {
  const std::filesystem::path root = "/proc/" + std::to_string(pid);
  const auto sockets = sockets_of(root, ports);
  std::map<std::string, int> kinds;
  std::error_code ignored;
  for (const auto& fd : std::filesystem::directory_iterator{root / "fd", ignored}) {
    std::string name = std::filesystem::read_symlink(fd.path(), ignored).string();
    if (name.starts_with("socket:")) {
      // The database is reached by the only sockets that are no TCP.
      const auto found = sockets.find(name);
      name = found == sockets.end() ? "database" : found->second;
    }
    ++kinds[name.starts_with("pipe:") ? "pipe" : name];
  }
  return kinds;
}

Spent spent_between(const Reading& from, const Reading& to) {
  Spent spent;
  spent.seconds = static_cast<double>(to.at_ns - from.at_ns) / 1e9;
  spent.total_ms = static_cast<double>(to.cpu_ns - from.cpu_ns) / 1e6;
  spent.switches = static_cast<double>(to.switches - from.switches);
  // The sum is exact to the nanosecond; how it divides is known to a hundredth of a second.
  const auto user = static_cast<double>(to.user_ticks - from.user_ticks);
  const auto system = static_cast<double>(to.system_ticks - from.system_ticks);
  if (user + system > 0) spent.user_ms = spent.total_ms * user / (user + system);
  spent.system_ms = spent.total_ms - spent.user_ms;
  return spent;
}

}  // namespace otto::bench
