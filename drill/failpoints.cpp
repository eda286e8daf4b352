#include "drill/failpoints.hpp"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include "otto/base/failpoint.hpp"
#include "otto/base/text.hpp"

namespace otto::drill {
namespace {

struct Place {
  std::string action;  // empty: none
  int nth = 1;
  std::atomic<int> passed = 0;
};

// Filled before any thread starts and only read afterwards.
std::map<std::string, std::unique_ptr<Place>, std::less<>> places;
std::vector<std::string> broken;
int seen = -1;

[[noreturn]] void refuse(const std::string& what) {
  std::fprintf(stderr, "otto-drilled: %s\n", what.c_str());
  std::exit(2);
}

std::vector<std::string> list_in(const char* variable) {
  std::vector<std::string> entries;
  const char* text = std::getenv(variable);
  if (text == nullptr) return entries;
  for (auto& entry : split(text, ','))
    if (!entry.empty()) entries.emplace_back(entry);
  return entries;
}

void plan(const std::string& spec) {
  const auto equals = spec.find('=');
  if (equals == std::string::npos) refuse("OTTO_FAILPOINTS: \"" + spec + "\" is not name[:nth]=action");
  std::string name = spec.substr(0, equals);
  int nth = 1;
  if (const auto colon = name.find(':'); colon != std::string::npos) {
    nth = std::atoi(name.c_str() + colon + 1);
    name.resize(colon);
  }
  const std::string action = spec.substr(equals + 1);
  const auto place = places.find(name);
  if (place == places.end()) refuse("OTTO_FAILPOINTS: there is no place called " + name);
  if (nth < 1 || (action != "exit" && action != "stop" && action != "throw" && action != "delay"))
    refuse("OTTO_FAILPOINTS: \"" + spec + "\" is not name[:nth]=exit|stop|throw|delay");
  place->second->nth = nth;
  place->second->action = action;
}

void act(const Place& place, const std::string& name) {
  if (place.action == "exit") ::_exit(137);
  if (place.action == "stop") ::raise(SIGSTOP);
  if (place.action == "delay") std::this_thread::sleep_for(std::chrono::milliseconds{500});
  if (place.action == "throw") throw std::runtime_error{"the failpoint " + name};
}

bool pass(std::string_view stage, std::string_view name) {
  if (stage == "broken") {
    for (const auto& rule : broken)
      if (rule == name) return true;
    return false;
  }
  const std::string full = std::string{stage} + "." + std::string{name};
  const auto found = places.find(full);
  if (found == places.end()) {
    if (stage == "after_ack") return false;  // an answer to somebody else
    std::fprintf(stderr, "otto-drilled: %s is missing in failpoint::names()\n", full.c_str());
    std::abort();
  }
  Place& place = *found->second;
  const int count = ++place.passed;
  if (count == 1 && seen >= 0) {
    const std::string line = full + "\n";
    std::ignore = ::write(seen, line.data(), line.size());
  }
  if (!place.action.empty() && count == place.nth) act(place, full);
  return false;
}

}  // namespace

void install_failpoints() {
  for (const auto name : failpoint::names()) places.emplace(name, std::make_unique<Place>());
  for (const auto& spec : list_in("OTTO_FAILPOINTS")) plan(spec);
  broken = list_in("OTTO_BROKEN");
  if (const char* file = std::getenv("OTTO_FAILPOINTS_SEEN"))
    seen = ::open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  failpoint::hook = pass;
}

}  // namespace otto::drill
