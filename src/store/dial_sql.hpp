// The dialing protocol: claim, arm, and what a report changes.
#pragma once

namespace otto::store::sql {

// ---- claim --------------------------------------------------------------------------------------------------------

/// What a claim looks at under its campaign's lock. The lease FOR SHARE: a takeover waits until the claim that still
/// held it has committed. The open attempts, with how many of them were claimed under an earlier epoch and not sent. Of
/// the calls that ended since the campaign was resumed the last $4, for the brake on failures; of those that were
/// answered how many of the last $5 failed all the same.
inline constexpr char kLookAround[] = R"(
SELECT (SELECT 1 FROM otto.lease WHERE name = 'campaign:' || $1 AND holder = $2 AND epoch = $3::bigint FOR SHARE)
    IS NOT NULL AS leads,
  open.calls, open.reserved, open.superseded, ended.calls AS ended, ended.failed, ended.in_vain
FROM (SELECT count(*) AS calls, coalesce(sum(reserved_micros), 0)::bigint AS reserved,
    count(*) FILTER (WHERE state = 'intent' AND epoch < $3::bigint) AS superseded
  FROM otto.attempt WHERE campaign_id = $1 AND closed_at IS NULL) open,
  (SELECT count(*) AS calls, count(*) FILTER (WHERE outcome = 'FAILED') AS failed,
    count(*) FILTER (WHERE outcome = 'FAILED' AND state = 'completed' AND place <= $5::integer) AS in_vain
  FROM (SELECT outcome, state, row_number() OVER (PARTITION BY state = 'completed' ORDER BY closed_at DESC) AS place
    FROM (SELECT outcome, state, closed_at FROM otto.attempt WHERE campaign_id = $1 AND closed_at IS NOT NULL
      AND closed_at > coalesce((SELECT resumed_at FROM otto.campaign_ext WHERE campaign_id = $1), '-infinity')
      ORDER BY closed_at DESC LIMIT $4::integer) last) ranked) ended)";

/// The clock is the database's, unless a rehearsal brings its own. How long the account's schedule is full, whether it
/// is another campaign's turn, and how many calls are under way; an ambiguous request counts for no conversation.
inline constexpr char kPace[] = R"(
SELECT coalesce((extract(epoch FROM r.next_at - clock.now) * 1000)::bigint, 0) AS wait_ms,
  own.pass, EXISTS (SELECT FROM otto.pace o WHERE o.wants_until > clock.now AND o.campaign_id <> $1
    AND (o.pass, o.campaign_id) < (own.pass, $1)) AS is_others_turn,
  (SELECT count(*) FROM otto.attempt WHERE closed_at IS NULL AND state <> 'unknown') AS open_calls,
  (SELECT count(*) FROM otto.attempt WHERE closed_at IS NULL AND state <> 'unknown' AND instance_id = $2) AS open_here
FROM (SELECT coalesce($3::timestamptz, clock_timestamp()) AS now) clock
LEFT JOIN otto.call_rate r ON r.name = 'account'
CROSS JOIN LATERAL (SELECT greatest(coalesce((SELECT p.pass FROM otto.pace p WHERE p.campaign_id = $1), 0),
  coalesce(r.pass, 0)) AS pass) own)";

inline constexpr char kWantPlace[] = R"(
INSERT INTO otto.pace (campaign_id, pass, wants_until) VALUES ($1, $2, coalesce($4::timestamptz, clock_timestamp()) + $3::interval)
ON CONFLICT (campaign_id) DO UPDATE SET pass = excluded.pass, wants_until = excluded.wants_until)";

inline constexpr char kWantNoPlace[] = R"(
UPDATE otto.pace SET wants_until = '-infinity' WHERE campaign_id = $1 AND wants_until > '-infinity')";

/// Every claim of the account passes this one row, one after the other.
inline constexpr char kLockRate[] = R"(
INSERT INTO otto.call_rate AS r (name, next_at) VALUES ('account', '1970-01-01')
ON CONFLICT (name) DO UPDATE SET name = excluded.name)";

/// The place taken lies one interval before the next free one; the campaign's next turn comes at the pass $5.
inline constexpr char kTakePlace[] = R"(
WITH clock AS (SELECT coalesce($3::timestamptz, clock_timestamp()) AS now),
turn AS (
  INSERT INTO otto.pace (campaign_id, pass, wants_until) VALUES ($4, $5, '-infinity')
  ON CONFLICT (campaign_id) DO UPDATE SET pass = excluded.pass, wants_until = excluded.wants_until),
opened AS (
  UPDATE otto.contact SET state = 'open', attempts = attempts + 1, decision = 'dialed', decision_reason = $7,
    decided_at = $8::timestamptz, last_call_at = $8::timestamptz
  WHERE id = $6)
UPDATE otto.call_rate r SET next_at = greatest(next_at, clock.now) + $1::interval, pass = $2
FROM clock WHERE name = 'account' RETURNING (extract(epoch FROM r.next_at - $1::interval - clock.now) * 1000)::bigint)";

/// Whoever claimed them leads no more; should it live, its arm finds nothing. One that is being armed at this moment is
/// left alone.
inline constexpr char kReleaseSuperseded[] = R"(
WITH gone AS (
  DELETE FROM otto.attempt WHERE id IN (SELECT id FROM otto.attempt
    WHERE campaign_id = $1 AND closed_at IS NULL AND state = 'intent' AND epoch < $2::bigint FOR UPDATE SKIP LOCKED)
  RETURNING contact_id)
UPDATE otto.contact SET state = 'due', attempts = attempts - 1, next_at = $3::timestamptz, decision = 'not_sent',
  decision_reason = 'another instance has taken the campaign over', decided_at = $3::timestamptz
FROM gone WHERE contact.id = gone.contact_id)";

/// The list is asked by a scalar query: EXISTS might be planned as a hash of the whole list.
inline constexpr char kDueContacts[] = R"(
SELECT id, campaign_id, row_number, name, phone, email, variables, array_to_json(zones) AS zones, state, attempts,
  next_at, is_callback,
  (SELECT s.phone FROM otto.suppression s WHERE s.phone = contact.phone) IS NOT NULL AS suppressed,
  (SELECT json_agg(json_build_object('at', h.intent_at, 'own', h.contact_id = contact.id))
    FROM (SELECT a.intent_at, a.contact_id FROM otto.attempt a WHERE a.to_e164 = contact.phone
      AND a.state NOT IN ('refused', 'not_placed') AND a.intent_at > $2::timestamptz - interval '24 hours'
      ORDER BY a.intent_at DESC LIMIT 100) h) AS history
FROM otto.contact WHERE campaign_id = $1 AND state = 'due' AND next_at <= $2::timestamptz
ORDER BY next_at, id LIMIT $3 FOR UPDATE SKIP LOCKED)";

inline constexpr char kHoldBack[] = R"(
UPDATE otto.contact SET next_at = held.at, decision = held.rule, decision_reason = held.reason,
  decided_at = $2::timestamptz
FROM jsonb_to_recordset($1::jsonb) AS held (id bigint, at timestamptz, rule text, reason text)
WHERE contact.id = held.id)";

inline constexpr char kCountDecisions[] = R"(
INSERT INTO otto.decision_count AS d (campaign_id, rule, decisions, last_at, last_reason)
SELECT $1, n.rule, n.decisions, $3::timestamptz, n.reason
FROM jsonb_to_recordset($2::jsonb) AS n (rule text, decisions bigint, reason text)
ON CONFLICT (campaign_id, rule) DO UPDATE SET decisions = d.decisions + excluded.decisions, last_at = excluded.last_at,
  last_reason = excluded.last_reason)";

/// Whoever adds a number to the do-not-call list holds its lock alone; claims and arms of the number share it and never
/// wait for it. The first key is ours ("otto"), the second the number's hash.
#define OTTO_TRY_NUMBER(phone) "pg_try_advisory_xact_lock_shared(1869902959, hashtext(" phone "))"

/// Nothing happens when the number has an open attempt, in whatever campaign, or is being suppressed.
inline constexpr char kInsertAttempt[] = R"(
INSERT INTO otto.attempt (id, campaign_id, contact_id, n, to_e164, from_e164, state, instance_id, epoch, intent_at,
  price_micros, reserved_micros)
SELECT $1::uuid, $2, $3::bigint, $4::integer, $5, $6, 'intent', $7, $8::bigint, $9::timestamptz, $10::bigint,
  $11::bigint
WHERE )" OTTO_TRY_NUMBER("$5") R"(
  AND ($12::integer = 0 OR (SELECT count(*) FROM (SELECT FROM otto.attempt a WHERE a.to_e164 = $5
    AND a.state NOT IN ('refused', 'not_placed') AND a.intent_at > $9::timestamptz - interval '24 hours'
    LIMIT $12::integer) recent) < $12::integer)
ON CONFLICT DO NOTHING)";

inline constexpr char kCloseContacts[] = R"(
UPDATE otto.contact SET state = 'failed', last_error = barred.reason, decision = barred.rule,
  decision_reason = barred.reason, decided_at = $2::timestamptz
FROM jsonb_to_recordset($1::jsonb) AS barred (id bigint, rule text, reason text)
WHERE contact.id = barred.id)";

inline constexpr char kNextDue[] = R"(
SELECT next_at FROM otto.contact WHERE campaign_id = $1 AND state = 'due' ORDER BY next_at, id LIMIT 1)";

// ---- the two commits of the protocol --------------------------------------------------------------------------------

/// FOR SHARE: either a stop sees this attempt as sending, or this attempt sees the stop. The number's lock does the
/// same for an opt-out; it must be held before kArm looks at the list.
inline constexpr char kShareRunningCampaign[] = R"(
SELECT 1 FROM public."OutboundCampaign"
WHERE "id" = (SELECT campaign_id FROM otto.attempt WHERE id = $1::uuid) AND "status" = 'RUNNING'
  AND )" OTTO_TRY_NUMBER("(SELECT to_e164 FROM otto.attempt WHERE id = $1::uuid)") R"( FOR SHARE)";

/// Calls are counted by the hour; a day is the current hour and the 24 before it. The hour's row is the last that is
/// locked. It is sent along with the statement above, so it tries for the number itself rather than wait for an opt-out
/// that has deleted the attempt.
inline constexpr char kArm[] = R"(
WITH armed AS (
  UPDATE otto.attempt SET state = 'sending', sending_at = $2::timestamptz, deadline_at = $3::timestamptz
  WHERE id = $1::uuid AND state = 'intent' AND )" OTTO_TRY_NUMBER("to_e164") R"(
    AND NOT EXISTS (SELECT FROM otto.suppression WHERE phone = to_e164)
    AND NOT EXISTS (SELECT FROM otto.campaign_ext e WHERE e.campaign_id = attempt.campaign_id AND e.hold IS NOT NULL)
  RETURNING id)
INSERT INTO otto.calls_per_hour AS h (hour, calls) SELECT date_trunc('hour', $2::timestamptz), 1 FROM armed
ON CONFLICT (hour) DO UPDATE SET calls = h.calls + 1)";
#undef OTTO_TRY_NUMBER

inline constexpr char kCallsOfDay[] = R"(
SELECT coalesce(sum(calls), 0)::integer FROM otto.calls_per_hour
WHERE hour > $1::timestamptz - interval '25 hours' AND hour <= $1::timestamptz)";

/// Of an attempt that has just been disarmed.
inline constexpr char kUncountCall[] = R"(
UPDATE otto.calls_per_hour SET calls = calls - 1
WHERE hour = date_trunc('hour', (SELECT intent_at FROM otto.attempt WHERE id = $1::uuid)))";

inline constexpr char kDisarm[] = R"(
UPDATE otto.attempt SET state = 'intent', intent_at = coalesce(sending_at, intent_at), sending_at = NULL,
  deadline_at = NULL
WHERE id = $1::uuid AND state = 'sending')";

inline constexpr char kWithdraw[] = R"(
WITH gone AS (DELETE FROM otto.attempt WHERE id = $1::uuid AND state = 'intent' RETURNING contact_id)
UPDATE otto.contact SET state = 'due', attempts = attempts - 1, next_at = $2::timestamptz, last_error = $3,
  decision = 'not_sent', decision_reason = $3, decided_at = now()
FROM gone WHERE contact.id = gone.contact_id)";

// ---- facts --------------------------------------------------------------------------------------------------------

inline constexpr char kLockAttempt[] = R"(
SELECT a.campaign_id, a.contact_id, a.n, a.to_e164, a.state, a.outcome, a.call_sid, a.closed_at,
  a.price_micros, a.cost_micros, c.row_number, a.erased_at IS NOT NULL AS erased,
  EXISTS (SELECT FROM otto.event_queue q WHERE q.campaign_id = a.campaign_id) AS has_events,
  EXISTS (SELECT FROM otto.campaign_sheet s WHERE s.campaign_id = a.campaign_id AND s.write_back) AS has_sheet,
  coalesce(a.sending_at, a.intent_at) AS sending_at, c.name, c.phone, c.email,
  (SELECT s.phone FROM otto.suppression s WHERE s.phone = a.to_e164) IS NOT NULL AS suppressed
FROM otto.attempt a JOIN otto.contact c ON c.id = a.contact_id WHERE a.id = $1::uuid FOR UPDATE OF a)";

/// Whether an earlier attempt at the number has heard of this call.
inline constexpr char kIsOfAnother[] = R"(
SELECT 1 FROM otto.attempt a JOIN otto.call_fact f ON f.attempt_id = a.id
WHERE a.to_e164 = $2 AND a.state NOT IN ('refused', 'not_placed') AND a.intent_at > $3::timestamptz - interval '1 hour'
  AND a.id <> $1::uuid AND f.call_sid = $4 LIMIT 1)";

inline constexpr char kFacts[] = R"(
SELECT attempt_id, dedupe_key, kind, at, call_sid, sequence, payload FROM otto.call_fact WHERE attempt_id = $1::uuid)";

inline constexpr char kTouchAttempt[] = R"(
UPDATE otto.attempt SET last_fact_at = $2::timestamptz WHERE id = $1::uuid)";

/// What is new, and what follows from all that is known.
inline constexpr char kUpdateAttempt[] = R"(
WITH told AS (
  INSERT INTO otto.call_fact (attempt_id, dedupe_key, kind, at, call_sid, sequence, payload)
  SELECT $1::uuid, dedupe_key, kind, at, call_sid, sequence, payload
  FROM jsonb_to_recordset($12::jsonb)
    AS f (dedupe_key text, kind text, at timestamptz, call_sid text, sequence integer, payload jsonb)
  ON CONFLICT DO NOTHING)
UPDATE otto.attempt SET state = $2, outcome = $3, call_sid = $4, conversation_id = $5, analysed = $6,
  last_fact_at = $7::timestamptz, closed_at = $8::timestamptz, cost_micros = $9::bigint,
  recording_at = CASE WHEN $10 THEN coalesce($11::timestamptz, recording_at) END,
  analysis_at = CASE WHEN NOT $6 THEN coalesce($13::timestamptz, analysis_at) END
WHERE id = $1::uuid)";

inline constexpr char kInsertCall[] = R"(
INSERT INTO public."OutboundCall" ("callSid", "status", "initiatedAt", "answeredAt", "completedAt", "duration",
  "answeredBy", "recordingUrl", "recordingSid", "recordingDuration", "outcome", "notes", "id", "customerName",
  "customerPhone", "customerEmail", "campaignId", "direction", "transcript")
VALUES ($1, $2, $3::timestamp, $4::timestamp, $5::timestamp, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
  'OUTBOUND', otto.transcript($18::uuid)))";

inline constexpr char kUpdateCall[] = R"(
UPDATE public."OutboundCall" SET "status" = $2, "initiatedAt" = $3::timestamp, "answeredAt" = $4::timestamp,
  "completedAt" = $5::timestamp, "duration" = $6, "answeredBy" = $7, "recordingUrl" = $8, "recordingSid" = $9,
  "recordingDuration" = $10, "outcome" = $11, "notes" = $12
WHERE "callSid" = $1)";

/// Of attempt $1, which may have been closed if $2.
inline constexpr char kLockContactOf[] = R"(
SELECT state, attempts, dialed FROM otto.contact WHERE id =
  (SELECT contact_id FROM otto.attempt WHERE id = $1::uuid AND (closed_at IS NULL OR $2::boolean)) FOR UPDATE)";

/// Attempts that hold the lock which a resurrected one would need.
inline constexpr char kOthersOpen[] = R"(
SELECT id, contact_id, state FROM otto.attempt WHERE contact_id = $2 AND closed_at IS NULL AND id <> $1::uuid
UNION
SELECT id, contact_id, state FROM otto.attempt WHERE to_e164 = $3 AND closed_at IS NULL AND id <> $1::uuid)";

inline constexpr char kDropIntent[] = R"(
DELETE FROM otto.attempt WHERE id = $1::uuid AND state = 'intent')";

inline constexpr char kSettleContact[] = R"(
UPDATE otto.contact SET state = $2, attempts = $3, dialed = $4, next_at = coalesce($5::timestamptz, next_at),
  last_error = $6, is_callback = $7, decision = coalesce($8, decision),
  decision_reason = coalesce($9, decision_reason),
  decided_at = CASE WHEN $8::text IS NULL THEN decided_at ELSE $10::timestamptz END
WHERE id = $1)";

inline constexpr char kCount[] = R"(
UPDATE public."OutboundCampaign" SET "contactsCalled" = "contactsCalled" + $2,
  "contactsCompleted" = "contactsCompleted" + $3, "contactsFailed" = "contactsFailed" + $4
WHERE "id" = $1)";

/// The same together with what the campaign's calls have cost; a row whose sums stay as they are is left alone.
inline constexpr char kSettleCampaign[] = R"(
WITH spent AS (
  UPDATE otto.campaign_ext SET calls_closed = calls_closed + $5, spent_micros = spent_micros + $6::bigint
  WHERE campaign_id = $1 AND ($5::integer, $6::bigint) <> (0, 0))
UPDATE public."OutboundCampaign" SET "contactsCalled" = "contactsCalled" + $2,
  "contactsCompleted" = "contactsCompleted" + $3, "contactsFailed" = "contactsFailed" + $4
WHERE "id" = $1 AND ($2::integer, $3::integer, $4::integer) <> (0, 0, 0))";

}  // namespace otto::store::sql
