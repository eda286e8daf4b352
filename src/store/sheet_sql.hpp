// The statements around sheets; as in sql.hpp, each is a range of an index.
#pragma once

namespace otto::store::sql {

inline constexpr char kInsertSheet[] = R"(
INSERT INTO otto.campaign_sheet (campaign_id, spreadsheet, gid, tab, write_back, follow)
VALUES ($1, $2, $3, $4, $5, $6))";

/// $2 has the rows with anything in these cells.
inline constexpr char kInsertCells[] = R"(
INSERT INTO otto.sheet_cells (contact_id, campaign_id, seen_status, seen_last_called, seen_notes, kept_notes, is_shared)
SELECT c.id, c.campaign_id, coalesce(s.status, ''), coalesce(s.last_called, ''), coalesce(s.notes, ''),
  coalesce(s.notes, ''), coalesce(s.is_shared, false)
FROM otto.contact c LEFT JOIN jsonb_to_recordset($2::jsonb)
  AS s (phone text, status text, last_called text, notes text, is_shared boolean) ON s.phone = c.phone
WHERE c.campaign_id = $1 AND NOT EXISTS (SELECT 1 FROM otto.sheet_cells x WHERE x.contact_id = c.id))";

/// In the transaction that changes the contact's state. Empty notes leave the cell alone, and those of before too.
inline constexpr char kWantRow[] = R"(
UPDATE otto.sheet_cells SET status = $2, last_called = $3, notes = $4, attempt = $5, version = version + 1
WHERE contact_id = $1 AND attempt <= $5 AND (status, last_called, notes) IS DISTINCT FROM ($2, $3, $4)
  AND EXISTS (SELECT 1 FROM otto.campaign_sheet s WHERE s.campaign_id = sheet_cells.campaign_id AND s.write_back))";

/// The same for contacts that end because their number is on the do-not-call list; their other cells stay.
inline constexpr char kWantDoNotCall[] = R"(
UPDATE otto.sheet_cells SET status = 'DO_NOT_CALL', version = version + 1
WHERE contact_id = ANY ($1::bigint[]) AND status <> 'DO_NOT_CALL'
  AND EXISTS (SELECT 1 FROM otto.campaign_sheet s WHERE s.campaign_id = sheet_cells.campaign_id AND s.write_back))";

/// Once per attempt; what comes before the line is appended may only bring it forward.
inline constexpr char kQueueLog[] = R"(
INSERT INTO otto.sheet_log (attempt_id, campaign_id, due_at)
SELECT $1::uuid, campaign_id, $3::timestamptz FROM otto.campaign_sheet WHERE campaign_id = $2 AND write_back
ON CONFLICT (attempt_id) DO UPDATE SET due_at = least(sheet_log.due_at, excluded.due_at)
WHERE sheet_log.appended_at IS NULL)";

inline constexpr char kActiveNumbers[] = R"(
SELECT DISTINCT c.phone, p."name", p."type"::text AS type FROM public."OutboundCampaign" p
JOIN otto.contact c ON c.campaign_id = p."id"
WHERE p."status" IN ('PENDING', 'RUNNING') AND c.state IN ('due', 'open') AND c.phone = ANY ($1::text[]))";

/// One campaign after the other out of each index, so that what is unwritten in a sheet that is gone for good costs one
/// look, however much it is.
inline constexpr char kSheetJobs[] = R"(
WITH RECURSIVE unwritten (campaign_id) AS (
  (SELECT campaign_id FROM otto.sheet_cells WHERE written_version < version ORDER BY campaign_id LIMIT 1)
  UNION ALL
  SELECT (SELECT c.campaign_id FROM otto.sheet_cells c WHERE c.written_version < c.version
    AND c.campaign_id > u.campaign_id ORDER BY c.campaign_id LIMIT 1)
  FROM unwritten u WHERE u.campaign_id IS NOT NULL),
logged (campaign_id, due_at) AS (
  (SELECT campaign_id, due_at FROM otto.sheet_log WHERE appended_at IS NULL ORDER BY campaign_id, due_at LIMIT 1)
  UNION ALL
  SELECT n.campaign_id, n.due_at FROM logged g CROSS JOIN LATERAL (SELECT l.campaign_id, l.due_at FROM otto.sheet_log l
    WHERE l.appended_at IS NULL AND l.campaign_id > g.campaign_id ORDER BY l.campaign_id, l.due_at LIMIT 1) n),
active AS (SELECT "id" AS campaign_id FROM public."OutboundCampaign" WHERE "status" IN ('PENDING', 'RUNNING')),
wanted AS (SELECT campaign_id FROM active UNION SELECT campaign_id FROM unwritten UNION SELECT campaign_id FROM logged)
SELECT s.campaign_id, p."name", s.spreadsheet, s.gid, s.tab, s.write_back, s.follow,
  p."status" IN ('PENDING', 'RUNNING') AS is_active,
  EXISTS (SELECT 1 FROM unwritten u WHERE u.campaign_id = s.campaign_id) AS has_unwritten,
  EXISTS (SELECT 1 FROM logged l WHERE l.campaign_id = s.campaign_id AND l.due_at <= $1::timestamptz) AS has_log
FROM wanted w CROSS JOIN LATERAL (SELECT * FROM otto.campaign_sheet WHERE campaign_id = w.campaign_id LIMIT 1) s
CROSS JOIN LATERAL (SELECT "name", "status" FROM public."OutboundCampaign" WHERE "id" = w.campaign_id LIMIT 1) p)";

#define OTTO_SHEET_CONTACT                                                                                 \
  R"( SELECT c.id, c.row_number, c.name, c.phone, c.email, c.variables, c.state, s.status, )"              \
  R"( s.last_called, s.notes, s.version, s.seen_status, s.seen_last_called, s.seen_notes, s.kept_notes, )" \
  R"( s.aimed, s.is_shared, s.missing_since FROM otto.sheet_cells s JOIN otto.contact c ON c.id = s.contact_id )"

inline constexpr char kUnwritten[] = OTTO_SHEET_CONTACT R"(
WHERE s.campaign_id = $1 AND s.written_version < s.version ORDER BY s.campaign_id, s.contact_id LIMIT $2)";

inline constexpr char kDueRows[] = OTTO_SHEET_CONTACT R"(
WHERE c.campaign_id = $1 AND c.state = 'due' ORDER BY c.id)";

inline constexpr char kDueRowsOf[] = OTTO_SHEET_CONTACT R"(
WHERE c.campaign_id = $1 AND c.phone = ANY ($2::text[]) AND c.state = 'due' ORDER BY c.id)";

inline constexpr char kRowsOf[] = OTTO_SHEET_CONTACT R"(
WHERE c.campaign_id = $1 AND c.phone = ANY ($2::text[]) ORDER BY c.id)";

inline constexpr char kAimed[] = OTTO_SHEET_CONTACT R"(
WHERE s.campaign_id = $1 AND s.written_version < s.version AND s.aimed IS NOT NULL ORDER BY s.contact_id)";
#undef OTTO_SHEET_CONTACT

inline constexpr char kKnownNumbers[] = R"(
SELECT phone FROM otto.contact WHERE campaign_id = $1 AND phone = ANY ($2::text[]))";

inline constexpr char kForgetBarred[] = R"(
DELETE FROM otto.sheet_barred WHERE sheet = $1 AND phone = ANY ($2::text[]))";

inline constexpr char kNewlyBarred[] = R"(
SELECT phone FROM unnest($2::text[]) AS b (phone)
WHERE NOT EXISTS (SELECT FROM otto.sheet_barred s WHERE s.sheet = $1 AND s.phone = b.phone))";

inline constexpr char kNoteBarred[] = R"(
INSERT INTO otto.sheet_barred (sheet, phone) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING)";

inline constexpr char kAim[] = R"(
UPDATE otto.sheet_cells SET aimed = a.aimed
FROM jsonb_to_recordset($1::jsonb) AS a (id bigint, aimed jsonb) WHERE contact_id = a.id)";

/// A row that is missing stays unwritten for ten minutes: it may have been cut to be pasted elsewhere.
inline constexpr char kSettleRows[] = R"(
UPDATE otto.sheet_cells c SET
  seen_status = CASE WHEN w.is_written THEN w.status ELSE c.seen_status END,
  seen_last_called = CASE WHEN w.is_written THEN w.last_called ELSE c.seen_last_called END,
  seen_notes = CASE WHEN w.is_written THEN w.notes ELSE c.seen_notes END,
  kept_notes = CASE WHEN w.is_written THEN w.kept_notes ELSE c.kept_notes END,
  aimed = CASE WHEN w.is_written THEN NULL ELSE c.aimed END,
  is_shared = c.is_shared OR w.is_shared,
  missing_since = CASE WHEN w.is_missing THEN coalesce(c.missing_since, $2::timestamptz) END,
  written_version = CASE WHEN w.is_written
    OR (w.is_missing AND c.missing_since < $2::timestamptz - interval '10 minutes') THEN w.version
    ELSE c.written_version END,
  remark = nullif(w.remark, '')
FROM jsonb_to_recordset($1::jsonb) AS w (id bigint, version bigint, status text, last_called text, notes text,
  kept_notes text, is_written boolean, is_shared boolean, is_missing boolean, remark text)
WHERE c.contact_id = w.id)";

// ---- people's edits -----------------------------------------------------------------------------------------------

/// A number that another contact of the campaign has stays with that one.
inline constexpr char kChangeContacts[] = R"(
UPDATE otto.contact c SET name = n.name, email = nullif(n.email, ''), variables = n.variables, phone = n.phone,
  zones = ARRAY (SELECT jsonb_array_elements_text(n.zones)), row_number = n.row
FROM jsonb_to_recordset($1::jsonb)
  AS n (id bigint, row integer, name text, phone text, email text, variables jsonb, zones jsonb)
WHERE c.id = n.id AND c.state = 'due'
  AND (c.phone = n.phone OR NOT EXISTS (SELECT 1 FROM otto.contact o
    WHERE o.campaign_id = c.campaign_id AND o.phone = n.phone)))";

inline constexpr char kDropContacts[] = R"(
UPDATE otto.contact c SET state = 'failed', last_error = d.reason
FROM jsonb_to_recordset($1::jsonb) AS d (id bigint, reason text) WHERE c.id = d.id AND c.state = 'due')";

/// Repeated with every look while the row is away, so a contact whose row is back waits half a minute at most.
inline constexpr char kHoldAbsent[] = R"(
WITH held AS (
  UPDATE otto.sheet_cells SET missing_since = coalesce(missing_since, $2::timestamptz)
  WHERE contact_id = ANY ($1::bigint[]) RETURNING contact_id)
UPDATE otto.contact SET next_at = greatest(next_at, $2::timestamptz + interval '30 seconds')
FROM held WHERE contact.id = held.contact_id AND state = 'due')";

inline constexpr char kTakeBack[] = R"(
UPDATE otto.sheet_cells SET missing_since = NULL WHERE contact_id = ANY ($1::bigint[]))";

inline constexpr char kAddContacts[] = R"(
INSERT INTO otto.contact (campaign_id, row_number, name, phone, email, variables, zones, next_at)
SELECT $1, n.row, n.name, n.phone, nullif(n.email, ''), n.variables, ARRAY (SELECT jsonb_array_elements_text(n.zones)),
  $3::timestamptz
FROM jsonb_to_recordset($2::jsonb)
  AS n (row integer, name text, phone text, email text, variables jsonb, zones jsonb)
ON CONFLICT DO NOTHING)";

inline constexpr char kCountEdits[] = R"(
UPDATE public."OutboundCampaign" SET "totalContacts" = "totalContacts" + $2, "contactsFailed" = "contactsFailed" + $3
WHERE "id" = $1)";

inline constexpr char kSheetRemark[] = R"(
UPDATE otto.campaign_sheet SET remark = nullif($2, '') WHERE campaign_id = $1)";

// ---- the call log -------------------------------------------------------------------------------------------------

inline constexpr char kDueLog[] = R"(
SELECT l.attempt_id, l.sent, a.call_sid, o."initiatedAt" AS at, c.name, c.phone, o."status" AS status, o."outcome" AS
  outcome, o."duration" AS duration, o."answeredBy" AS answered_by, o."recordingUrl" AS recording_url, o."notes" AS
  notes, p."name" AS campaign
FROM otto.sheet_log l JOIN otto.attempt a ON a.id = l.attempt_id JOIN otto.contact c ON c.id = a.contact_id
JOIN public."OutboundCampaign" p ON p."id" = l.campaign_id
JOIN public."OutboundCall" o ON o."callSid" = a.call_sid
WHERE l.campaign_id = $1 AND l.appended_at IS NULL AND l.due_at <= $2::timestamptz
ORDER BY l.campaign_id, l.due_at LIMIT $3)";

inline constexpr char kLogSent[] = R"(
UPDATE otto.sheet_log SET sent = true WHERE attempt_id = ANY ($1::uuid[]))";

inline constexpr char kLogAppended[] = R"(
UPDATE otto.sheet_log SET appended_at = $2::timestamptz WHERE attempt_id = ANY ($1::uuid[]))";

}  // namespace otto::store::sql
