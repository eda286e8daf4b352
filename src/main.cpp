// otto: the daemon and its command line.
#include <array>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <malloc.h>
#include <sched.h>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "otto/cli/cli.hpp"

namespace {

/// One arena: what a database thread allocates and the loop frees would else be kept by an arena each, and a daemon
/// that has carried ten thousand calls would hold a third more than it needs, growing. Media messages allocate nothing,
/// so nobody waits for the lock. Fixed thresholds: glibc else raises them with the largest block that it has seen
/// freed.
void keep_memory_small() {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TRIM_THRESHOLD, 128 * 1024);
}

/// The heap in pages of 2 MB, where the system gives them on request. What a call needs lies scattered over some
/// fifteen small pages, and with hundreds of calls every event waits for page tables longer than for anything that it
/// does: a fifth of the daemon's time in user mode (docs/performance.md). glibc reads this setting only when a
/// program starts: so it starts once more.
void start_with_huge_pages(char** argv) {
  constexpr const char* kSetting = "GLIBC_TUNABLES";
  std::string modes;
  std::getline(std::ifstream{"/sys/kernel/mm/transparent_hugepage/enabled"}, modes);
  if (modes.find("[madvise]") == std::string::npos || std::getenv(kSetting) != nullptr) return;
  std::array<char, PATH_MAX> path{};  // by its name: /proc/self/exe would be the process's name from now on
  if (::readlink("/proc/self/exe", path.data(), path.size() - 1) <= 0) return;
  ::setenv(kSetting, "glibc.malloc.hugetlb=1", 1);
  ::execv(path.data(), argv);
  ::unsetenv(kSetting);
}

/// The loop's turns are short, and a callee waits for each. With a short slice of time it is let in at once when it has
/// something to do, before whoever is in the middle of a long one; it gets no larger share (Linux 6.12 on; before, the
/// value means nothing). Threads do not inherit it.
void ask_for_short_waits() {
  struct {  // sched_attr of sched_setattr(2), whose header does not go with <sched.h>
    std::uint32_t size = 48, policy = SCHED_OTHER;
    std::uint64_t flags = 0x01;  // SCHED_FLAG_RESET_ON_FORK
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime = 100'000, deadline = 0, period = 0;  // ns; the least that may be asked for
  } wanted;
  if (::sched_getscheduler(0) != SCHED_OTHER) return;
  wanted.nice = ::getpriority(PRIO_PROCESS, 0);
  ::syscall(SYS_sched_setattr, 0, &wanted, 0);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 1 && std::string_view{argv[1]} == "serve") {
    start_with_huge_pages(argv);
    ask_for_short_waits();
  }
  keep_memory_small();
  try {
    return otto::cli::run(argc, argv);
  } catch (const std::exception& e) {  // wall
    std::fprintf(stderr, "otto: %s\n", e.what());
    return 1;
  }
}
