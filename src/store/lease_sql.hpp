// Leases, and the POSTs that tell of campaigns' ends.
#pragma once

namespace otto::store::sql {

/// The same holder keeps its epoch, even after a lapse in which nobody else came.
inline constexpr char kAcquireLease[] = R"(
INSERT INTO otto.lease AS l (name, holder, epoch, until)
VALUES ($1, $2, 1, clock_timestamp() + $3::interval)
ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = clock_timestamp() + $3::interval,
  epoch = CASE WHEN l.holder = excluded.holder THEN l.epoch ELSE l.epoch + 1 END
WHERE l.holder = excluded.holder OR l.until <= clock_timestamp()
RETURNING epoch)";

inline constexpr char kReleaseLease[] = R"(
UPDATE otto.lease SET holder = '', until = clock_timestamp() WHERE name = $1 AND holder = $2)";

inline constexpr char kTakeDueHooks[] = R"(
UPDATE otto.hook_outbox SET due_at = $2::timestamptz, tries = tries + 1
WHERE id IN (SELECT id FROM otto.hook_outbox
  WHERE delivered_at IS NULL AND given_up_at IS NULL AND due_at <= $1::timestamptz
  ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING id, campaign_id, url, tries - 1 AS tries)";

inline constexpr char kHookDelivered[] = R"(
UPDATE otto.hook_outbox SET delivered_at = $2::timestamptz, last_error = NULL WHERE id = $1)";

inline constexpr char kHookRetry[] = R"(
UPDATE otto.hook_outbox SET due_at = $2::timestamptz, last_error = $3 WHERE id = $1)";

inline constexpr char kHookGiveUp[] = R"(
UPDATE otto.hook_outbox SET given_up_at = $2::timestamptz, last_error = $3 WHERE id = $1)";

}  // namespace otto::store::sql
