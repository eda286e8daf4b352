#include "otto/base/failpoint.hpp"

#include <array>

namespace otto::failpoint {

std::span<const std::string_view> names() noexcept {
  static constexpr std::array<std::string_view, 48> kNames{
      "lease.before_renewal", "lease.after_renewal",
      // the protocol's commits: before_commit on a database thread, after_commit on the loop
      "claim.before_commit", "claim.after_commit", "arm.before_commit", "arm.after_commit", "disarm.before_commit",
      "disarm.after_commit", "bind.before_commit", "bind.after_commit", "close.before_commit", "close.after_commit",
      "complete.before_commit", "complete.after_commit",
      // an event's POST: before its first byte, and between its answer and its record
      "event.before_post", "event.before_settle",
      // the create request
      "create.before_connect", "create.connected", "create.before_first_byte", "create.after_last_byte",
      "create.answered", "create.parsed",
      // callbacks: done and not yet answered, answered
      "before_ack.twiml", "after_ack.twiml", "before_ack.status-callback", "after_ack.status-callback",
      "before_ack.amd-callback", "after_ack.amd-callback", "before_ack.recording-callback",
      "after_ack.recording-callback", "before_ack.stream-end", "after_ack.stream-end", "before_ack.post-call",
      "after_ack.post-call",
      // the live call
      "stream.attached", "stream.ended",
      // what is kept while the database is away, and handed over afterwards; before_write to after_sync on a thread of
      // the journal's
      "journal.before_write", "journal.before_sync", "journal.after_sync", "replay.before_hand_over",
      "replay.after_hand_over", "journal.before_removal", "journal.after_removal",
      //
      "reconcile.before_pass",
      // SIGTERM
      "drain.begin", "drain.dialing_ended", "drain.calls_ended", "drain.before_database_stop"};
  return kNames;
}

}  // namespace otto::failpoint
