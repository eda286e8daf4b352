// One loop for the test's two sides: the code under test and the raw peer that talks to it. A scenario that does not
// end within ten seconds fails; a loop that still has work afterwards fails too (a leaked operation).
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <gtest/gtest.h>
#include <optional>

#include "otto/base/log.hpp"
#include "otto/rt/group.hpp"
#include "otto/rt/task.hpp"
#include "otto/rt/time.hpp"

namespace otto::net {

class NetTest : public testing::Test {
 protected:
  NetTest() { log::start(log::Level::Off, log::Format::Text); }

  /// Runs `scenario` to its end, then whatever it has left behind.
  void run(Task<void> scenario) {
    std::optional<std::exception_ptr> ended;
    boost::asio::co_spawn(loop, std::move(scenario), [&ended](std::exception_ptr failure) { ended = failure; });
    loop.restart();
    while (!ended && loop.run_one_for(std::chrono::seconds{10}) > 0) {
    }
    ASSERT_TRUE(ended.has_value()) << "the scenario hangs";
    if (*ended) std::rethrow_exception(*ended);
    loop.restart();
    loop.run_for(std::chrono::seconds{10});
    EXPECT_TRUE(loop.stopped()) << "an operation was left behind";
  }

  Loop loop;
  rt::RealTimers timers;
};

}  // namespace otto::net
