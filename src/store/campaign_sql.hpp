// Campaigns: their rows, their state, and why a contact is or is not called.
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

/// Those that nobody has answered yet come first: their callees can still be spared the call.
inline constexpr char kOpenCalls[] = R"(
SELECT call_sid FROM otto.attempt WHERE campaign_id = $1 AND closed_at IS NULL ORDER BY state = 'in_progress', id)";

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

}  // namespace otto::store::sql
