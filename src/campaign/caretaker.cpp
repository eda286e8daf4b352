#include "otto/campaign/caretaker.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"

namespace otto::campaign {

namespace {

constexpr minutes kFirstWait{1}, kLongestWait{6 * 60};

}  // namespace

minutes removal_wait(int tries) noexcept {
  minutes wait = kFirstWait;
  for (int n = 1; n < tries && wait < kLongestWait; ++n) wait *= 2;
  return std::min(wait, kLongestWait);
}

Task<void> Caretaker::run() {
  SteadyPoint purge_at = deps_.timers.steady();
  do {
    co_await remove_recordings();
    if (deps_.timers.steady() < purge_at) continue;
    co_await purge();
    purge_at = deps_.timers.steady() + options_.purge_every;
  } while (co_await rt::rest(deps_.timers, options_.look));
}

TimePoint Caretaker::days_ago(int days) const { return deps_.timers.now() - hours{24} * days; }

Task<void> Caretaker::purge() {
  co_await purge(ports::Perishable::Recordings, options_.retention.recordings);
  co_await purge(ports::Perishable::Transcripts, options_.retention.transcripts);
  co_await purge(ports::Perishable::Contacts, options_.retention.contacts);
  co_await purge_audit();
}

/// What could not be done is due the next time as well.
Task<void> Caretaker::purge(ports::Perishable what, int days) {
  if (days == 0 || co_await rt::is_cancelled()) co_return;
  int contacts = 0;
  ports::PurgePlace place;
  for (;;) {
    auto step = co_await deps_.people.purge(what, days_ago(days), place, options_.batch, deps_.timers.now());
    if (!step) {
      log::warn("purge.failed", {{"what", to_string(what)}, {"error", step.error().detail}});
      break;
    }
    contacts += step->contacts;
    place = std::move(step->next);
    if (step->is_done || !co_await rt::rest(deps_.timers, options_.breath)) break;
  }
  if (contacts == 0) co_return;
  metrics::add("otto_purged_contacts_total", {{"what", std::string{to_string(what)}}}, contacts);
  log::info("purge.done", {{"what", to_string(what)}, {"contacts", contacts}});
}

Task<void> Caretaker::purge_audit() {
  if (options_.retention.audit == 0 || co_await rt::is_cancelled()) co_return;
  for (;;) {
    const auto gone = co_await deps_.people.purge_audit(days_ago(options_.retention.audit), options_.batch);
    if (!gone) log::warn("purge.failed", {{"what", "audit"}, {"error", gone.error().detail}});
    if (!gone || *gone < options_.batch || !co_await rt::rest(deps_.timers, options_.breath)) co_return;
  }
}

Task<void> Caretaker::remove_recordings() {
  auto due = co_await deps_.people.take_removals(options_.removals, options_.hold, deps_.timers.now());
  if (!due) co_return;  // the store is away: another look will do
  for (ports::RecordingRemoval& removal : *due) {
    if (co_await rt::is_cancelled()) co_return;
    co_await remove(std::move(removal));
  }
}

/// The row is what makes it sure: it goes when the line has said that the recording is gone.
Task<void> Caretaker::remove(ports::RecordingRemoval removal) {
  const auto done = co_await deps_.recordings.remove(removal.recording);
  Result<void> noted;
  if (done) {
    noted = co_await deps_.people.removed(removal.recording);
    log::info("recording.removed", {{"recording", removal.recording}});
  } else {
    const auto wait = removal_wait(removal.tries);
    log::warn("recording.not_removed",
              {{"recording", removal.recording}, {"try", removal.tries}, {"error", done.error().detail}});
    noted = co_await deps_.people.postpone_removal(removal.recording, deps_.timers.now() + wait, done.error().detail);
  }
  if (!noted) log::warn("recording.removal_not_noted", {{"error", noted.error().detail}});
}

}  // namespace otto::campaign
