// What an answer to a webhook means and when it is tried again. Pure. The table is n8n's, whose Wait and Webhook nodes
// are the usual receivers (its answers carry no codes, so their words decide); others fall under the general rules.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/base/error.hpp"
#include "otto/ports/hook.hpp"

namespace otto::hooks {

enum class Verdict : std::uint8_t {
  Delivered,
  Retry,         ///< for about a day
  RetryBriefly,  ///< for some minutes: probably a mistake of configuration
  GiveUp,
};

struct Judgement {
  Verdict verdict = Verdict::Retry;
  std::string reason;    ///< a sentence's part for logs and the store: "n8n's execution is still running (409: …)"
  bool is_gone = false;  ///< 410: nothing else will be taken there either
};

/// An error is a POST that got no answer.
Judgement judge(const Result<ports::HookAnswer>& answer);

/// The wait after the `tries`-th try (from 1), or nullopt when it was the last: 2 s, 5 s, 15 s, 1 min, 5 min, 30 min,
/// then every 2 h for about a day; RetryBriefly ends before the half hour. `dice` in [0, 1) spreads each wait by a
/// fifth either way, so that many campaigns do not call a restarted server at once. Never less than `retry_after`
/// (itself at most 2 h).
std::optional<milliseconds> wait_after(int tries, Verdict verdict, double dice, seconds retry_after = seconds{0});

/// The wait before an event is tried again, or nullopt: it becomes a dead letter. `failures` of its queue before this
/// one choose the wait (as wait_after(), then every 2 h), so that what waited behind another does not begin anew.
/// `tries` with this one end a RetryBriefly as there; `age` ends all after a day in the queue.
std::optional<milliseconds> event_wait(int failures, int tries, TimePoint::duration age, Verdict verdict, double dice,
                                       seconds retry_after);

/// OTTO_CALLBACK_HOSTS: "host" allows every port of it, "host:port" one; case does not matter.
bool is_allowed_host(const std::vector<std::string>& allowed, const std::string& host, std::uint16_t port);

}  // namespace otto::hooks
