// The statements of the outbox of events; as in sql.hpp, each is a range of an index.
#pragma once

namespace otto::store::sql {

inline constexpr char kInsertQueue[] = R"(
INSERT INTO otto.event_queue (campaign_id, url) VALUES ($1, $2))";

inline constexpr char kHasQueue[] = R"(
SELECT 1 FROM otto.event_queue WHERE campaign_id = $1)";

/// The queue's row stays locked until the transaction ends, so that events are queued in the order in which what they
/// tell was committed, and no later one is seen before an earlier. A queue that is too long takes no more: the event is
/// a dead letter at once.
inline constexpr char kQueueEvent[] = R"(
WITH queue AS (
  UPDATE otto.event_queue SET last_sequence = last_sequence + 1, due_at = coalesce(due_at, $5::timestamptz)
  WHERE campaign_id = $1 RETURNING last_sequence),
bound AS (
  SELECT queue.last_sequence, queue.last_sequence - coalesce((SELECT e.sequence FROM otto.event e
    WHERE e.campaign_id = $1 AND e.given_up_at IS NULL ORDER BY e.sequence LIMIT 1), queue.last_sequence)
    >= $6::bigint AS is_full
  FROM queue)
INSERT INTO otto.event (id, campaign_id, sequence, type, data, at, queued_at, given_up_at, last_error)
SELECT $2, $1, last_sequence, $3, $4, $5::timestamptz, $5::timestamptz, CASE WHEN is_full THEN $5::timestamptz END,
  CASE WHEN is_full THEN $7 END
FROM bound)";

inline constexpr char kTakeQueues[] = R"(
UPDATE otto.event_queue SET due_at = $2::timestamptz
WHERE campaign_id IN (SELECT campaign_id FROM otto.event_queue WHERE due_at <= $1::timestamptz
  ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED)
RETURNING campaign_id, url, failures)";

/// One snapshot: what it does not show has a sequence beyond last_sequence.
inline constexpr char kFront[] = R"(
SELECT q.last_sequence, e.id, e.sequence, e.type, e.data, e.at, e.queued_at, e.tries
FROM otto.event_queue q LEFT JOIN LATERAL (SELECT * FROM otto.event p
  WHERE p.campaign_id = q.campaign_id AND p.given_up_at IS NULL ORDER BY p.sequence LIMIT $2) e ON true
WHERE q.campaign_id = $1 ORDER BY e.sequence)";

inline constexpr char kEventSent[] = R"(
WITH gone AS (DELETE FROM otto.event WHERE id = $2 AND given_up_at IS NULL)
UPDATE otto.event_queue SET failures = 0 WHERE campaign_id = $1 AND failures > 0)";

inline constexpr char kPostpone[] = R"(
WITH tried AS (UPDATE otto.event SET tries = tries + 1, last_error = $4 WHERE id = $2)
UPDATE otto.event_queue SET failures = failures + 1, due_at = $3::timestamptz WHERE campaign_id = $1)";

inline constexpr char kBury[] = R"(
UPDATE otto.event SET given_up_at = $3::timestamptz, last_error = $2, tries = tries + 1
WHERE id = $1 AND given_up_at IS NULL)";

inline constexpr char kBuryAll[] = R"(
UPDATE otto.event SET given_up_at = $3::timestamptz, last_error = $2
WHERE campaign_id = $1 AND given_up_at IS NULL)";

/// Compared on the row as whoever was here before has left it: what was queued meanwhile is not overlooked.
inline constexpr char kReleaseQueue[] = R"(
UPDATE otto.event_queue SET due_at = CASE WHEN last_sequence = $2::bigint THEN NULL ELSE $3::timestamptz END
WHERE campaign_id = $1)";

/// $1: a campaign, or '' for all.
inline constexpr char kDeadLetters[] = R"(
(SELECT e.id, e.campaign_id, e.type, q.url, e.last_error, e.given_up_at
 FROM otto.event e JOIN otto.event_queue q ON q.campaign_id = e.campaign_id
 WHERE e.given_up_at IS NOT NULL AND e.id > $2 AND ($1 = '' OR e.campaign_id = $1) ORDER BY e.id LIMIT $3)
UNION ALL
(SELECT h.id, h.campaign_id, 'campaign.ended', h.url, h.last_error, h.given_up_at FROM otto.hook_outbox h
 WHERE h.given_up_at IS NOT NULL AND h.id > $2 AND ($1 = '' OR h.campaign_id = $1) ORDER BY h.id LIMIT $3)
ORDER BY 1 LIMIT $3)";

/// In the order of their queues, whose rows are then locked one after the other. $1: an id, or ''; $2 as above.
inline constexpr char kDeadEvents[] = R"(
SELECT id, campaign_id FROM otto.event WHERE given_up_at IS NOT NULL AND ($1 = '' OR id = $1)
  AND ($2 = '' OR campaign_id = $2) ORDER BY campaign_id, sequence LIMIT $3)";

/// A queue that waits for its receiver waits a minute at most now; sooner it might be in somebody's hands.
inline constexpr char kReplayEvent[] = R"(
WITH queue AS (
  UPDATE otto.event_queue SET last_sequence = last_sequence + 1, failures = 0,
    due_at = least(coalesce(due_at, $3::timestamptz), $3::timestamptz + interval '1 minute')
  WHERE campaign_id = $2 RETURNING last_sequence)
UPDATE otto.event SET given_up_at = NULL, tries = 0, queued_at = $3::timestamptz, sequence = queue.last_sequence
FROM queue WHERE id = $1 AND given_up_at IS NOT NULL)";

inline constexpr char kReplayCallbacks[] = R"(
UPDATE otto.hook_outbox SET given_up_at = NULL, tries = 0, due_at = $3::timestamptz
WHERE id IN (SELECT id FROM otto.hook_outbox WHERE given_up_at IS NOT NULL AND ($1 = '' OR id = $1)
  AND ($2 = '' OR campaign_id = $2) ORDER BY id LIMIT $4))";

}  // namespace otto::store::sql
