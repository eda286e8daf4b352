// What people look at: statements of their own, so that sql.hpp stays the engine's. Lists walk an index from where the
// page before has ended; tests/store/plans_test.cpp shows the plans.
#pragma once

#include <string>

#include "otto/ports/views.hpp"

namespace otto::store::sql {

/// No column of a joined table is named like one of these.
#define OTTO_CAMPAIGN_LINE                                                                                   \
  R"( SELECT c."id", c."name", c."type"::text AS type, c."status"::text AS status, e.hold, e.hold_reason, )" \
  R"( e.failure_reason, e.created_at, c."startedAt" AS started_at, c."completedAt" AS completed_at, )"       \
  R"( c."totalContacts" AS total, c."contactsCalled" AS called, c."contactsCompleted" AS completed, )"       \
  R"( c."contactsFailed" AS failed, (SELECT count(*) FROM otto.attempt a WHERE a.campaign_id = c."id" )"     \
  R"( AND a.closed_at IS NULL AND a.state IN ('accepted', 'initiated', 'ringing', 'in_progress')) AS live_calls )"
#define OTTO_CAMPAIGN_JOIN \
  R"( FROM public."OutboundCampaign" c LEFT JOIN otto.campaign_ext e ON e.campaign_id = c."id" )"

/// Ids are made in order of time: newest first is backwards through the key. The cursor ($1) may be null. With a filter
/// the planner may read all campaigns: ten thousand of them take 4 ms.
inline constexpr char kCampaignLines[] = OTTO_CAMPAIGN_LINE OTTO_CAMPAIGN_JOIN R"(
WHERE ($1::text IS NULL OR c."id" < $1) AND ($2::text = '' OR c."status"::text = $2) AND ($3::text = '' OR c."name" ILIKE $3)
ORDER BY c."id" DESC LIMIT $4)";

inline constexpr char kCampaignLine[] = OTTO_CAMPAIGN_LINE OTTO_CAMPAIGN_JOIN R"(WHERE c."id" = $1)";

/// The feed's: those that are not over, and those that it was asked for. LIMIT 1: never by a hash of all campaigns.
inline constexpr char kLiveCampaigns[] = OTTO_CAMPAIGN_LINE R"(
FROM public."OutboundCampaign" c
LEFT JOIN LATERAL (SELECT * FROM otto.campaign_ext x WHERE x.campaign_id = c."id" LIMIT 1) e ON true
WHERE c."id" = ANY (ARRAY(SELECT "id" FROM public."OutboundCampaign" WHERE "status" IN ('PENDING', 'RUNNING')
  ORDER BY "id" DESC LIMIT 200) || $1::text[])
ORDER BY c."id" DESC)";
#undef OTTO_CAMPAIGN_JOIN
#undef OTTO_CAMPAIGN_LINE

/// Partial indexes count all of it; of each running campaign the first in line is looked at.
inline constexpr char kBacklog[] = R"(
SELECT (SELECT count(*) FROM otto.event WHERE given_up_at IS NULL)
    + (SELECT count(*) FROM otto.hook_outbox WHERE delivered_at IS NULL AND given_up_at IS NULL) AS events,
  (SELECT count(*) FROM otto.event WHERE given_up_at IS NOT NULL)
    + (SELECT count(*) FROM otto.hook_outbox WHERE given_up_at IS NOT NULL) AS dead_letters,
  (SELECT count(*) FROM otto.sheet_cells WHERE written_version < version) AS sheet_rows,
  (SELECT greatest(0, extract(epoch FROM $1::timestamptz - min(first.next_at)) * 1000)::bigint
    FROM public."OutboundCampaign" c JOIN otto.campaign_ext e ON e.campaign_id = c."id" CROSS JOIN LATERAL
      (SELECT next_at FROM otto.contact WHERE campaign_id = c."id" AND state = 'due' ORDER BY next_at, id LIMIT 1) first
    WHERE c."status" = 'RUNNING' AND e.hold IS NULL) AS lag_ms)";

inline constexpr char kCampaignExtras[] = R"(
SELECT e.settings, e.spent_micros, (SELECT coalesce(sum(a.reserved_micros), 0)::bigint FROM otto.attempt a
  WHERE a.campaign_id = e.campaign_id AND a.closed_at IS NULL) AS reserved,
  s.spreadsheet, s.tab, s.gid
FROM otto.campaign_ext e LEFT JOIN otto.campaign_sheet s ON s.campaign_id = e.campaign_id WHERE e.campaign_id = $1)";

inline constexpr char kCallHours[] = R"(
SELECT date_trunc('hour', "initiatedAt") AS hour, count(*) AS calls, count("answeredAt") AS answered
FROM public."OutboundCall" WHERE "campaignId" = $1 AND "initiatedAt" > (SELECT "initiatedAt" - interval '14 days'
  FROM public."OutboundCall" WHERE "campaignId" = $1 ORDER BY "campaignId" DESC, "initiatedAt" DESC LIMIT 1)
GROUP BY 1 ORDER BY 1)";

/// The page of a campaign's contacts: $1 campaign, $2 state or '', $3 outcome or '', $4 pattern of the name or '', $5
/// of the number or '', $6 limit; with a cursor $7 its key and $8 its contact.
struct ContactListShape {
  ports::ContactSort sort = ports::ContactSort::Row;
  bool descending = false, from_cursor = false, by_outcome = false;
};
std::string contact_lines(const ContactListShape& shape);

#define OTTO_CALL_LINE                                                                                  \
  R"( SELECT o."id", o."callSid" AS call_sid, o."customerName" AS customer_name, )"                     \
  R"( o."customerPhone" AS customer_phone, o."status", o."campaignId" AS campaign_id, o."outcome", )"   \
  R"( o."answeredBy" AS answered_by, o."initiatedAt" AS initiated_at, o."answeredAt" AS answered_at, )" \
  R"( o."completedAt" AS completed_at, o."duration", o."recordingSid" IS NOT NULL AS has_recording, )"  \
  R"( p."name" AS campaign_name, a.id AS attempt, a.state AS attempt_state, a.cost_micros )"            \
  R"( FROM public."OutboundCall" o LEFT JOIN public."OutboundCampaign" p ON p."id" = o."campaignId" )"  \
  R"( LEFT JOIN otto.attempt a ON a.call_sid = o."callSid" )"

inline constexpr char kCallLines[] = OTTO_CALL_LINE R"(
WHERE $1::text IS NULL OR o."id" < $1 ORDER BY o."id" DESC LIMIT $2)";

inline constexpr char kCallLinesOf[] = OTTO_CALL_LINE R"(
WHERE o."campaignId" = $1 AND ($2::text IS NULL OR o."id" < $2) ORDER BY o."campaignId" DESC, o."id" DESC LIMIT $3)";

inline constexpr char kCallLine[] = OTTO_CALL_LINE R"(WHERE o."id" = $1 OR o."callSid" = $1)";

inline constexpr char kLiveCalls[] = OTTO_CALL_LINE R"(
WHERE o."callSid" IN (SELECT l.call_sid FROM otto.attempt l
  WHERE l.state IN ('accepted', 'initiated', 'ringing', 'in_progress') LIMIT 1000)
ORDER BY o."id" DESC)";

inline constexpr char kCallLinesById[] = OTTO_CALL_LINE R"(WHERE o."id" = ANY ($1::text[]))";
#undef OTTO_CALL_LINE

inline constexpr char kFactsOfCall[] = R"(
SELECT attempt_id, dedupe_key, kind, at, call_sid, sequence, payload FROM otto.call_fact
WHERE attempt_id = $1::uuid AND call_sid IN ('', $2) ORDER BY at, id)";

inline constexpr char kTurns[] = R"(
SELECT number, role, text, original, at FROM otto.transcript_turn WHERE attempt_id = $1::uuid ORDER BY number)";

/// The numbers that are known go with their attempts.
inline constexpr char kNewTurns[] = R"(
SELECT o."id" AS call_id, t.number, t.role, t.text, t.original, t.at
FROM jsonb_to_recordset($1::jsonb) AS k (attempt uuid, known integer)
JOIN otto.attempt a ON a.id = k.attempt JOIN public."OutboundCall" o ON o."callSid" = a.call_sid
JOIN otto.transcript_turn t ON t.attempt_id = k.attempt AND t.number > k.known
ORDER BY t.at, t.number LIMIT 5000)";

/// The row's cells belong to the contact's last attempt alone.
inline constexpr char kSheetCellsOfCall[] = R"(
SELECT s.status, s.last_called, s.notes, s.written_version >= s.version AS written
FROM otto.attempt a JOIN otto.sheet_cells s ON s.contact_id = a.contact_id AND s.attempt = a.n
WHERE a.id = $1::uuid AND s.version > 0)";

inline constexpr char kSheetLogOfCall[] = R"(
SELECT due_at, appended_at FROM otto.sheet_log WHERE attempt_id = $1::uuid)";

}  // namespace otto::store::sql
