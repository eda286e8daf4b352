// The do-not-call list.
#pragma once

namespace otto::store::sql {

inline constexpr char kLockNumber[] = R"(
SELECT pg_advisory_xact_lock(1869902959, hashtext($1)))";

inline constexpr char kNumberOfAttempt[] = R"(
SELECT to_e164 FROM otto.attempt WHERE id = $1::uuid)";

inline constexpr char kAddSuppression[] = R"(
INSERT INTO otto.suppression (phone, reason, source, campaign_id, attempt_id, at)
VALUES ($1, $2, $3, $4, $5::uuid, $6::timestamptz) ON CONFLICT (phone) DO NOTHING)";

inline constexpr char kDropIntentsOfNumber[] = R"(
WITH gone AS (DELETE FROM otto.attempt WHERE to_e164 = $1 AND closed_at IS NULL AND state = 'intent'
  RETURNING contact_id)
UPDATE otto.contact SET state = 'due', attempts = attempts - 1 FROM gone WHERE contact.id = gone.contact_id)";

/// Waits for whoever settles one of them at this moment, so that the next statement sees how it was left.
inline constexpr char kLockContactsOfNumber[] = R"(
SELECT 1 FROM otto.contact WHERE phone = $1 AND state IN ('due', 'open') ORDER BY id FOR UPDATE)";

inline constexpr char kCloseContactsOfNumber[] = R"(
UPDATE otto.contact SET state = 'failed', last_error = $2 WHERE phone = $1 AND state = 'due' RETURNING id, campaign_id)";

inline constexpr char kUnansweredOfNumber[] = R"(
SELECT call_sid FROM otto.attempt
WHERE to_e164 = $1 AND closed_at IS NULL AND call_sid IS NOT NULL AND state <> 'in_progress')";

inline constexpr char kLiftSuppression[] = R"(
DELETE FROM otto.suppression WHERE phone = $1)";

inline constexpr char kSuppressedOf[] = R"(
SELECT phone FROM otto.suppression WHERE phone = ANY ($1::text[]))";

inline constexpr char kListSuppressed[] = R"(
SELECT phone, reason, source, campaign_id, attempt_id, at FROM otto.suppression
WHERE phone > $1 ORDER BY phone LIMIT $2)";

}  // namespace otto::store::sql
