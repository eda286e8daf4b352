// Every statement of the engine, by name; the files beside this one say when each runs. Each is a range of an index
// whatever the size of a campaign: tests/store/plans_test.cpp shows the plans.
#pragma once

namespace otto::store::sql {

// ---- campaigns --------------------------------------------------------------------------------------------------

inline constexpr char kInsertCampaign[] = R"(
INSERT INTO public."OutboundCampaign" ("id", "name", "type", "dealershipId", "googleSheetId", "status",
  "totalContacts", "scheduledTime", "settings")
VALUES ($1, $2, $3::public."CampaignType", $4, $5, 'PENDING', $6, $7::timestamp, $8::jsonb))";

inline constexpr char kInsertCampaignExt[] = R"(
INSERT INTO otto.campaign_ext (campaign_id, settings, sheet_tab, callback_url, created_at, hold, hold_reason, held_at,
  test_of)
VALUES ($1, $2::jsonb, $3, $4, now(), $5, $6, CASE WHEN $5::text IS NULL THEN NULL ELSE now() END, $7))";

inline constexpr char kRememberAnswer[] = R"(
INSERT INTO otto.idempotency (key_hash, request_hash, body) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING)";

inline constexpr char kForgetOldAnswers[] = R"(
DELETE FROM otto.idempotency WHERE created_at < now() - interval '7 days')";

inline constexpr char kFindAnswer[] = R"(
SELECT request_hash, body FROM otto.idempotency WHERE key_hash = $1)";

#define OTTO_CAMPAIGN_COLUMNS                                                                                  \
  R"( c."id", c."name", c."type"::text AS type, c."status"::text AS status, c."dealershipId" AS dealership, )" \
  R"( c."googleSheetId" AS sheet, c."totalContacts" AS total, c."contactsCalled" AS called, )"                 \
  R"( c."contactsCompleted" AS completed, c."contactsFailed" AS failed, c."startedAt" AS started_at, )"        \
  R"( c."completedAt" AS completed_at, c."scheduledTime" AS scheduled_time, e.settings, e.callback_url, )"     \
  R"( e.failure_reason, e.hold, e.hold_reason, e.held_at, e.test_of )"

inline constexpr char kLoadCampaign[] = "SELECT " OTTO_CAMPAIGN_COLUMNS R"(
FROM public."OutboundCampaign" c LEFT JOIN otto.campaign_ext e ON e.campaign_id = c."id" WHERE c."id" = $1)";

/// Campaigns of other programs on these tables have no row of ours, and are not ours to run.
inline constexpr char kRunnable[] = "SELECT " OTTO_CAMPAIGN_COLUMNS R"(
FROM public."OutboundCampaign" c JOIN otto.campaign_ext e ON e.campaign_id = c."id" WHERE c."status" = 'RUNNING' AND e.hold IS NULL
UNION ALL
SELECT )" OTTO_CAMPAIGN_COLUMNS R"(
FROM public."OutboundCampaign" c JOIN otto.campaign_ext e ON e.campaign_id = c."id"
WHERE c."status" = 'PENDING' AND e.hold IS NULL AND (c."scheduledTime" IS NULL OR c."scheduledTime" <= $1::timestamp))";
#undef OTTO_CAMPAIGN_COLUMNS

inline constexpr char kStart[] = R"(
UPDATE public."OutboundCampaign" SET "status" = 'RUNNING', "startedAt" = $2::timestamp
WHERE "id" = $1 AND "status" = 'PENDING')";

/// Claims, starts, pauses and ends of one campaign pass one after the other. Both rows are locked, so that both are
/// read as whoever was here before has left them.
#define OTTO_LOCK_CAMPAIGN(id)                                                                              \
  "SELECT c.\"status\"::text AS status, e.settings, e.hold, e.hold_reason, e.calls_closed, e.spent_micros " \
  "FROM public.\"OutboundCampaign\" c JOIN otto.campaign_ext e ON e.campaign_id = c.\"id\" "                \
  "WHERE c.\"id\" = " id " FOR NO KEY UPDATE"
inline constexpr char kLockCampaign[] = OTTO_LOCK_CAMPAIGN("$1");
/// Of attempt $1, which may have been closed if $2.
inline constexpr char kLockCampaignOf[] = OTTO_LOCK_CAMPAIGN(
    "(SELECT campaign_id FROM otto.attempt WHERE id = $1::uuid AND (closed_at IS NULL OR $2::boolean))");
#undef OTTO_LOCK_CAMPAIGN

inline constexpr char kHold[] = R"(
UPDATE otto.campaign_ext SET hold = $2, hold_reason = $3, held_at = $4::timestamptz WHERE campaign_id = $1)";

inline constexpr char kResume[] = R"(
UPDATE otto.campaign_ext SET hold = NULL, hold_reason = NULL, held_at = NULL, resumed_at = $2::timestamptz
WHERE campaign_id = $1)";

/// What the first system's programs read keeps what was given, and then what was changed.
inline constexpr char kChangeSettings[] = R"(
WITH public_row AS (
  UPDATE public."OutboundCampaign" SET "settings" = coalesce("settings", '{}'::jsonb) || $3::jsonb WHERE "id" = $1)
UPDATE otto.campaign_ext SET settings = $2::jsonb WHERE campaign_id = $1)";

/// Contacts that were held back by what has just been changed.
inline constexpr char kLookAgainAtHeld[] = R"(
UPDATE otto.contact SET next_at = $2::timestamptz
WHERE campaign_id = $1 AND state = 'due' AND next_at > $2::timestamptz
  AND decision IN ('calling_hours', 'legal_hours', 'daily_cap'))";

inline constexpr char kEndCampaign[] = R"(
UPDATE public."OutboundCampaign" SET "status" = $2::public."CampaignStatus", "completedAt" = $3::timestamp
WHERE "id" = $1)";

inline constexpr char kFailureReason[] = R"(
UPDATE otto.campaign_ext SET failure_reason = $2 WHERE campaign_id = $1)";

inline constexpr char kQueueHook[] = R"(
INSERT INTO otto.hook_outbox (id, campaign_id, url, due_at)
SELECT $2, campaign_id, callback_url, $3::timestamptz FROM otto.campaign_ext
WHERE campaign_id = $1 AND callback_url IS NOT NULL ON CONFLICT DO NOTHING)";

/// An attempt that is being armed at this moment is left alone: it will find the campaign stopped.
inline constexpr char kWithdrawIntents[] = R"(
WITH gone AS (
  DELETE FROM otto.attempt WHERE id IN (SELECT id FROM otto.attempt
    WHERE campaign_id = $1 AND closed_at IS NULL AND state = 'intent' FOR UPDATE SKIP LOCKED)
  RETURNING contact_id)
UPDATE otto.contact SET state = 'due', attempts = attempts - 1 FROM gone WHERE contact.id = gone.contact_id)";

inline constexpr char kOpenCalls[] = R"(
SELECT call_sid FROM otto.attempt WHERE campaign_id = $1 AND closed_at IS NULL ORDER BY id)";

/// In the index's order: without one, LIMIT 1 tempts the planner into a scan that ends early only if it is lucky.
inline constexpr char kIsUnsettled[] = R"(
SELECT 1 FROM otto.contact WHERE campaign_id = $1 AND state IN ('due', 'open') ORDER BY campaign_id, id LIMIT 1)";

inline constexpr char kOutcomes[] = R"(
SELECT "outcome", count(*) FROM public."OutboundCall"
WHERE "campaignId" = $1 AND "outcome" IS NOT NULL GROUP BY "outcome")";

#define OTTO_CALL_COLUMNS                                                                                            \
  R"( "id", "callSid" AS call_sid, "customerName" AS customer_name, "customerPhone" AS customer_phone, )"            \
  R"( "customerEmail" AS customer_email, "status", "direction", "initiatedAt" AS initiated_at, )"                    \
  R"( "answeredAt" AS answered_at, "completedAt" AS completed_at, "duration", "answeredBy" AS answered_by, )"        \
  R"( "recordingUrl" AS recording_url, "recordingSid" AS recording_sid, "recordingDuration" AS recording_duration,)" \
  R"( "transcript", "outcome", "notes", "campaignId" AS campaign_id )"

/// Ids are made in order of time and never change, so a page's end is a stable place to go on from.
inline constexpr char kCalls[] = "SELECT " OTTO_CALL_COLUMNS R"(
FROM public."OutboundCall" WHERE "campaignId" = $1 AND "id" > $2 ORDER BY "campaignId", "id" LIMIT $3)";

inline constexpr char kCall[] = "SELECT " OTTO_CALL_COLUMNS R"(
FROM public."OutboundCall" WHERE "id" = $1 OR "callSid" = $1)";
#undef OTTO_CALL_COLUMNS

/// Contacts that ended without a call that the line has known: no row of "OutboundCall" tells why.
inline constexpr char kUncalled[] = R"(
SELECT row_number, name, phone, last_error FROM otto.contact
WHERE campaign_id = $1 AND state = 'failed' AND NOT dialed ORDER BY row_number LIMIT $2)";

inline constexpr char kCountRunning[] = R"(
SELECT count(*) FROM public."OutboundCampaign" c JOIN otto.campaign_ext e ON e.campaign_id = c."id"
WHERE c."status" = 'RUNNING')";

// ---- why ----------------------------------------------------------------------------------------------------------

inline constexpr char kCampaignState[] = R"(
SELECT e.calls_closed, e.spent_micros, o.calls, o.reserved,
  (SELECT count(*) FROM otto.attempt WHERE closed_at IS NULL AND state <> 'unknown') AS account_calls,
  coalesce((SELECT greatest((extract(epoch FROM next_at - clock_timestamp()) * 1000)::bigint, 0) FROM otto.call_rate
    WHERE name = 'account'), 0) AS rate_wait,
  (SELECT coalesce(sum(calls), 0)::integer FROM otto.calls_per_hour
    WHERE hour > $2::timestamptz - interval '25 hours' AND hour <= $2::timestamptz) AS calls_of_day
FROM otto.campaign_ext e, LATERAL (SELECT count(*) AS calls, coalesce(sum(reserved_micros), 0)::bigint AS reserved
  FROM otto.attempt a WHERE a.campaign_id = e.campaign_id AND a.closed_at IS NULL) o
WHERE e.campaign_id = $1)";

#define OTTO_DECISION                                                                                             \
  R"( SELECT id, campaign_id, row_number, name, phone, email, variables, array_to_json(zones) AS zones, state, )" \
  R"( attempts, next_at, is_callback, decision, decision_reason, decided_at, last_error, )"                       \
  R"( (SELECT s.phone FROM otto.suppression s WHERE s.phone = contact.phone) IS NOT NULL AS suppressed )"         \
  R"( FROM otto.contact )"

inline constexpr char kDecision[] = OTTO_DECISION "WHERE campaign_id = $1 AND phone = $2";

inline constexpr char kNextDecision[] = OTTO_DECISION R"(
WHERE campaign_id = $1 AND state = 'due' ORDER BY next_at, id LIMIT 1)";
#undef OTTO_DECISION

inline constexpr char kRuleCounts[] = R"(
SELECT rule, decisions, last_at, last_reason FROM otto.decision_count WHERE campaign_id = $1
ORDER BY decisions DESC, rule LIMIT 20)";

// ---- claim --------------------------------------------------------------------------------------------------------

/// What a claim looks at under its campaign's lock. The lease FOR SHARE: a takeover waits until the claim that still
/// held it has committed. The open attempts, with how many of them were claimed under an earlier epoch and not sent. Of
/// the calls that ended since the campaign was resumed the last $4, for the brake on failures.
inline constexpr char kLookAround[] = R"(
SELECT (SELECT 1 FROM otto.lease WHERE name = 'campaign:' || $1 AND holder = $2 AND epoch = $3::bigint FOR SHARE)
    IS NOT NULL AS leads,
  open.calls, open.reserved, open.superseded, ended.calls AS ended, ended.failed
FROM (SELECT count(*) AS calls, coalesce(sum(reserved_micros), 0)::bigint AS reserved,
    count(*) FILTER (WHERE state = 'intent' AND epoch < $3::bigint) AS superseded
  FROM otto.attempt WHERE campaign_id = $1 AND closed_at IS NULL) open,
  (SELECT count(*) AS calls, count(*) FILTER (WHERE outcome = 'FAILED') AS failed
  FROM (SELECT outcome FROM otto.attempt WHERE campaign_id = $1 AND closed_at IS NOT NULL
    AND closed_at > coalesce((SELECT resumed_at FROM otto.campaign_ext WHERE campaign_id = $1), '-infinity')
    ORDER BY closed_at DESC LIMIT $4::integer) last) ended)";

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
  recording_at = CASE WHEN $10 THEN coalesce($11::timestamptz, recording_at) END
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

// ---- what a live call and the reconciler read ---------------------------------------------------------------------

#define OTTO_CONTEXT                                                                                             \
  R"( SELECT a.id, a.campaign_id, a.from_e164, a.state AS attempt_state, a.call_sid, )"                          \
  R"( coalesce(a.sending_at, a.intent_at) AS sending_at, p."type"::text AS type, p."status"::text AS status, )"  \
  R"( p."dealershipId" AS dealership, e.settings, c.id AS contact_id, c.row_number, c.name, c.phone, c.email, )" \
  R"( c.variables, array_to_json(c.zones) AS zones, c.state AS contact_state, c.attempts, c.next_at, )"          \
  R"( c.is_callback )"                                                                                           \
  R"( FROM otto.attempt a JOIN otto.contact c ON c.id = a.contact_id )"                                          \
  R"( JOIN public."OutboundCampaign" p ON p."id" = a.campaign_id JOIN otto.campaign_ext e ON e.campaign_id = p."id" )"

inline constexpr char kLoadContext[] = OTTO_CONTEXT "WHERE a.id = $1::uuid";

inline constexpr char kLastTurns[] = R"(
SELECT number, role, text, original, at FROM otto.transcript_turn WHERE attempt_id = $1::uuid
ORDER BY number DESC LIMIT 6)";

inline constexpr char kUnknown[] = OTTO_CONTEXT R"(
WHERE a.id IN (SELECT id FROM otto.attempt WHERE state = 'unknown' ORDER BY sending_at LIMIT 100)
ORDER BY a.sending_at)";

inline constexpr char kSilent[] = OTTO_CONTEXT R"(
WHERE a.id IN (SELECT id FROM otto.attempt
  WHERE state IN ('accepted', 'initiated', 'ringing', 'in_progress') AND last_fact_at < $1::timestamptz
  ORDER BY last_fact_at LIMIT 100)
ORDER BY a.last_fact_at)";

inline constexpr char kUnanalysed[] = OTTO_CONTEXT R"(
WHERE a.id IN (SELECT id FROM otto.attempt
  WHERE conversation_id IS NOT NULL AND NOT analysed AND closed_at >= $1::timestamptz
  ORDER BY closed_at LIMIT 100)
ORDER BY a.closed_at)";

/// Each is asked for again when twice as long has passed since the call's end, for a day.
inline constexpr char kTakeUnrecorded[] = R"(
WITH due AS (SELECT id, closed_at FROM otto.attempt WHERE recording_at <= $1::timestamptz
  ORDER BY recording_at LIMIT 100 FOR UPDATE SKIP LOCKED)
UPDATE otto.attempt SET recording_at = CASE WHEN due.closed_at > $1::timestamptz - interval '1 day'
  THEN $1::timestamptz + greatest($1::timestamptz - due.closed_at, interval '1 second') END
FROM due WHERE attempt.id = due.id RETURNING attempt.id)";

inline constexpr char kUnrecorded[] = OTTO_CONTEXT "WHERE a.id = ANY ($1::uuid[])";
#undef OTTO_CONTEXT

/// A duplicate call's facts stay out of the state of the bound one.
inline constexpr char kFactsOfMany[] = R"(
SELECT f.attempt_id, f.dedupe_key, f.kind, f.at, f.call_sid, f.sequence, f.payload
FROM otto.call_fact f JOIN otto.attempt a ON a.id = f.attempt_id
WHERE f.attempt_id = ANY ($1::uuid[]) AND (f.call_sid = '' OR a.call_sid IS NULL OR f.call_sid = a.call_sid))";

inline constexpr char kFindByCall[] = R"(
SELECT id FROM otto.attempt WHERE call_sid = $1)";

inline constexpr char kAttemptExists[] = R"(
SELECT 1 FROM otto.attempt WHERE id = $1::uuid)";

/// Facts of the attempt that are being recorded may be making the call's row, which the transcript then goes into.
inline constexpr char kShareAttempt[] = R"(
SELECT 1 FROM otto.attempt WHERE id = $1::uuid FOR SHARE)";

inline constexpr char kLookAt[] = R"(
SELECT a.id, a.closed_at IS NOT NULL AS closed, coalesce((SELECT f.payload ->> 'answered_by' FROM otto.call_fact f
  WHERE f.attempt_id = a.id AND f.kind = 'amd' AND f.call_sid = a.call_sid ORDER BY f.id DESC LIMIT 1), '') AS verdict,
  (SELECT count(*) FROM otto.call_fact f WHERE f.attempt_id = a.id AND f.kind = 'stream_started') AS streams,
  coalesce((SELECT f.payload ->> 'reason' FROM otto.call_fact f WHERE f.attempt_id = a.id AND f.kind = 'stream_started'
    ORDER BY f.dedupe_key DESC LIMIT 1), '') AS streamed_by
FROM otto.attempt a WHERE a.id = ANY ($1::uuid[]))";

inline constexpr char kSaveTurns[] = R"(
INSERT INTO otto.transcript_turn (attempt_id, number, role, text, original, at)
SELECT $1::uuid, number, role, text, original, at
FROM jsonb_to_recordset($2::jsonb) AS t (number integer, role text, text text, original text, at timestamptz)
WHERE NOT EXISTS (SELECT FROM otto.attempt WHERE id = $1::uuid AND erased_at IS NOT NULL)
ON CONFLICT (attempt_id, number) DO UPDATE SET role = excluded.role, text = excluded.text,
  original = excluded.original, at = excluded.at)";

inline constexpr char kWriteTranscript[] = R"(
UPDATE public."OutboundCall" SET "transcript" = otto.transcript($1::uuid)
WHERE "callSid" = (SELECT call_sid FROM otto.attempt WHERE id = $1::uuid))";

inline constexpr char kSaveFigures[] = R"(
INSERT INTO otto.call_figures (attempt_id, stream, at, answer_to_ready_ms, answer_to_stream_ms, answer_to_audio_ms,
  turn_ms, interruptions, dropped_bytes)
VALUES ($1::uuid, $2, $3::timestamptz, $4, $5, $6, $7::integer[], $8, $9) ON CONFLICT DO NOTHING)";

inline constexpr char kFigures[] = R"(
SELECT stream, at, answer_to_ready_ms, answer_to_stream_ms, answer_to_audio_ms, array_to_json(turn_ms) AS turn_ms,
  interruptions, dropped_bytes
FROM otto.call_figures WHERE attempt_id = $1::uuid ORDER BY at, stream)";

inline constexpr char kEvidence[] = R"(
SELECT kind, at, payload FROM otto.call_fact
WHERE attempt_id = $1::uuid AND kind IN ('amd', 'greeting_heard', 'machine_handled') ORDER BY at, id)";

inline constexpr char kReleaseAbandoned[] = R"(
WITH gone AS (
  DELETE FROM otto.attempt WHERE id IN (SELECT id FROM otto.attempt
    WHERE state = 'intent' AND intent_at < $1::timestamptz ORDER BY intent_at LIMIT 100 FOR UPDATE SKIP LOCKED)
  RETURNING contact_id)
UPDATE otto.contact SET state = 'due', attempts = attempts - 1, next_at = $2::timestamptz
FROM gone WHERE contact.id = gone.contact_id)";

inline constexpr char kMarkOverdue[] = R"(
WITH late AS (
  SELECT id FROM otto.attempt WHERE state = 'sending' AND deadline_at < $1::timestamptz
  ORDER BY deadline_at LIMIT 100 FOR UPDATE SKIP LOCKED),
told AS (
  INSERT INTO otto.call_fact (attempt_id, dedupe_key, kind, at, call_sid, payload)
  SELECT id, 'overdue', 'ambiguous', $1::timestamptz, '', '{"reason": "nobody reported how the request ended"}'
  FROM late ON CONFLICT DO NOTHING)
UPDATE otto.attempt SET state = 'unknown', last_fact_at = $1::timestamptz FROM late WHERE attempt.id = late.id)";

// ---- the do-not-call list -----------------------------------------------------------------------------------------

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

// ---- sessions of the dashboard ------------------------------------------------------------------------------------

inline constexpr char kForgetRevoked[] = R"(
DELETE FROM otto.revoked_session WHERE until <= $1::timestamptz)";

inline constexpr char kRevokeSessions[] = R"(
INSERT INTO otto.revoked_session (id_hash, until) SELECT unnest($1::text[]), $2::timestamptz ON CONFLICT DO NOTHING)";

inline constexpr char kRevokedSessions[] = R"(
SELECT id_hash FROM otto.revoked_session WHERE until > $1::timestamptz)";

inline constexpr char kForgetSessions[] = R"(
DELETE FROM otto.dashboard_session WHERE until <= $1::timestamptz)";

inline constexpr char kUseSession[] = R"(
WITH used AS (
  INSERT INTO otto.dashboard_session AS s (id_hash, role, peer, signed_in_at, last_used_at, until)
  VALUES ($1, $2, $3, $4::timestamptz, $5::timestamptz, $6::timestamptz)
  ON CONFLICT (id_hash) DO UPDATE SET peer = EXCLUDED.peer, last_used_at = EXCLUDED.last_used_at
    WHERE s.last_used_at <= EXCLUDED.last_used_at - interval '30 seconds')
SELECT NOT EXISTS (SELECT FROM otto.revoked_session WHERE id_hash = $1))";

inline constexpr char kSessionsInUse[] = R"(
SELECT id_hash, role, peer, signed_in_at, last_used_at, until FROM otto.dashboard_session s
WHERE ($1 = '' OR role = $1) AND last_used_at > $2::timestamptz AND until > $3::timestamptz
  AND NOT EXISTS (SELECT FROM otto.revoked_session r WHERE r.id_hash = s.id_hash)
ORDER BY last_used_at DESC, id_hash LIMIT 200)";

// Steps that are long past are refused without a look.
inline constexpr char kForgetCodes[] = R"(
DELETE FROM otto.used_code WHERE role = $1 AND step < $2::bigint - 10)";

inline constexpr char kTakeCode[] = R"(
INSERT INTO otto.used_code (role, step) VALUES ($1, $2) ON CONFLICT DO NOTHING)";

// ---- who did what -------------------------------------------------------------------------------------------------

inline constexpr char kNoteAudit[] = R"(
INSERT INTO otto.audit (at, who, peer, action, target, detail, status)
SELECT $1::timestamptz, $2, $3, $4, $5, $6, $7::integer
WHERE NOT $8::boolean OR NOT EXISTS (SELECT FROM otto.audit WHERE at > $1::timestamptz - interval '1 minute'
  AND who = $2 AND action = $4 AND target = $5))";

/// $2: the action or '', $3: the begin of actions or ''. Newest first.
inline constexpr char kAuditPage[] = R"(
SELECT id, at, who, peer, action, target, detail, status FROM otto.audit
WHERE id < $1::bigint AND ($2::text = '' OR action = $2) AND ($3::text = '' OR starts_with(action, $3))
  AND ($4::text = '' OR who = $4) ORDER BY id DESC LIMIT $5::integer)";

// ---- leases and hooks ---------------------------------------------------------------------------------------------

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
