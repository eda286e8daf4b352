#include "drill/failpoints.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include "otto/base/failpoint.hpp"
#include "otto/base/text.hpp"

namespace otto::drill {
namespace {

struct Place {
  std::string action;  // empty: none
  int left = 0;        // passes until it happens
  bool passed = false;
};

std::mutex guard;  // over the places: database threads pass them too
std::map<std::string, Place, std::less<>> places;
std::vector<std::string> broken;
int seen = -1;
Orders* orders = nullptr;
std::uint32_t last_order = 0;

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
  place->second.left = nth;
  place->second.action = action;
}

void act(const std::string& action, const std::string& name) {
  if (orders != nullptr) ++orders->fired;
  if (action == "exit") ::_exit(137);
  if (action == "stop") ::kill(::getpid(), SIGSTOP);
  if (action == "delay") std::this_thread::sleep_for(std::chrono::milliseconds{500});
  if (action == "throw") throw std::runtime_error{"the failpoint " + name};
}

void take_order() {
  if (orders == nullptr || orders->number == last_order) return;
  last_order = orders->number;
  for (auto& [name, place] : places) place.action.clear();
  if (orders->spec[0] != 0) plan(orders->spec);
}

/// What has to be done now; "" as a rule.
std::string count(std::string_view stage, const std::string& name) {
  const std::lock_guard lock{guard};
  take_order();
  const auto found = places.find(name);
  if (found == places.end()) {
    if (stage == "after_ack") return {};  // an answer to somebody else
    std::fprintf(stderr, "otto-drilled: %s is missing in failpoint::names()\n", name.c_str());
    std::abort();
  }
  Place& place = found->second;
  if (!std::exchange(place.passed, true) && seen >= 0) {
    const std::string line = name + "\n";
    std::ignore = ::write(seen, line.data(), line.size());
  }
  if (place.action.empty() || --place.left > 0) return {};
  return std::exchange(place.action, {});
}

bool pass(std::string_view stage, std::string_view name) {
  if (stage == "broken") {
    for (const auto& rule : broken)
      if (rule == name) return true;
    return false;
  }
  const std::string full = std::string{stage} + "." + std::string{name};
  if (const auto action = count(stage, full); !action.empty()) act(action, full);
  return false;
}

}  // namespace

void install_failpoints() {
  for (const auto name : failpoint::names()) places.emplace(name, Place{});
  for (const auto& spec : list_in("OTTO_FAILPOINTS")) plan(spec);
  broken = list_in("OTTO_BROKEN");
  if (const char* file = std::getenv("OTTO_FAILPOINTS_SEEN"))
    seen = ::open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (const char* file = std::getenv("OTTO_FAILPOINTS_ORDERS")) {
    const int page = ::open(file, O_RDWR | O_CLOEXEC);
    void* mapped = ::mmap(nullptr, sizeof(Orders), PROT_READ | PROT_WRITE, MAP_SHARED, page, 0);
    if (page < 0 || mapped == MAP_FAILED) refuse("OTTO_FAILPOINTS_ORDERS cannot be mapped");
    orders = static_cast<Orders*>(mapped);
    last_order = orders->number;
  }
  failpoint::hook = pass;
}

}  // namespace otto::drill
