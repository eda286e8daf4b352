// Statements about people's data. Wherever $1 is an array it holds contacts.
#pragma once

namespace otto::store::sql {

/// A number's contacts in all campaigns: one look into each campaign's index.
inline constexpr char kContactsOfNumber[] = R"(
SELECT k.id FROM otto.campaign_ext e
JOIN LATERAL (SELECT id FROM otto.contact c WHERE c.campaign_id = e.campaign_id AND c.phone = $1) k ON true)";

/// Open, or so young that its recording and summary may still come.
inline constexpr char kBusyNumber[] = R"(
SELECT bool_or(closed_at IS NULL) AS is_open FROM otto.attempt
WHERE to_e164 = $1 AND state <> 'intent' AND (closed_at IS NULL OR closed_at > $2::timestamptz - interval '15 minutes')
HAVING count(*) > 0)";

#define OTTO_ATTEMPTS "(SELECT id FROM otto.attempt WHERE contact_id = ANY ($1::bigint[]))"
#define OTTO_CALLS \
  R"(("callSid" IN (SELECT call_sid FROM otto.attempt WHERE contact_id = ANY ($1::bigint[]) AND call_sid IS NOT NULL)))"

inline constexpr char kQueueRemovals[] = R"(
INSERT INTO otto.recording_removal (recording_sid, due_at)
SELECT sid, $2::timestamptz FROM (
  SELECT payload ->> 'recording_sid' AS sid FROM otto.call_fact
  WHERE kind = 'recording' AND attempt_id IN )" OTTO_ATTEMPTS R"(
  UNION SELECT "recordingSid" FROM public."OutboundCall" WHERE )" OTTO_CALLS R"() known
WHERE sid <> '' ON CONFLICT DO NOTHING)";
inline constexpr char kForgetRecordingFacts[] = R"(
DELETE FROM otto.call_fact WHERE kind = 'recording' AND attempt_id IN )" OTTO_ATTEMPTS;
inline constexpr char kForgetRecordings[] = R"(
UPDATE public."OutboundCall" SET "recordingUrl" = NULL, "recordingSid" = NULL, "recordingDuration" = NULL
WHERE "recordingSid" IS NOT NULL AND )" OTTO_CALLS;
/// Nobody looks for them at the line any more.
inline constexpr char kSeekNoRecordings[] = R"(
UPDATE otto.attempt SET recording_at = NULL WHERE contact_id = ANY ($1::bigint[]) AND recording_at IS NOT NULL)";

inline constexpr char kForgetTurns[] = R"(
DELETE FROM otto.transcript_turn WHERE attempt_id IN )" OTTO_ATTEMPTS;
inline constexpr char kForgetTraces[] = R"(
DELETE FROM otto.call_fact WHERE kind IN ('tool_used', 'key_pressed') AND attempt_id IN )" OTTO_ATTEMPTS;
inline constexpr char kForgetWordsOfFacts[] = R"(
UPDATE otto.call_fact SET payload = payload - 'summary' - 'evidence'
WHERE payload ?| array['summary', 'evidence'] AND attempt_id IN )" OTTO_ATTEMPTS;
inline constexpr char kForgetWordsOfCalls[] = R"(
UPDATE public."OutboundCall" SET "transcript" = NULL, "notes" = NULL
WHERE ("transcript" IS NOT NULL OR "notes" IS NOT NULL) AND )" OTTO_CALLS;
inline constexpr char kSeekNoSummaries[] = R"(
UPDATE otto.attempt SET analysed = true, analysis_at = NULL WHERE contact_id = ANY ($1::bigint[]) AND NOT analysed)";

/// A number that is none: it keeps the campaign's rows apart, and nothing can be dialed with it.
inline constexpr char kForgetContacts[] = R"(
UPDATE otto.contact SET name = '', phone = 'erased-' || id, email = NULL, variables = '{}'
WHERE id = ANY ($1::bigint[]) AND phone NOT LIKE 'erased-%')";
inline constexpr char kForgetAttempts[] = R"(
UPDATE otto.attempt SET to_e164 = 'erased', erased_at = $2::timestamptz
WHERE contact_id = ANY ($1::bigint[]) AND erased_at IS NULL)";
inline constexpr char kForgetCalls[] = R"(
UPDATE public."OutboundCall" SET "customerName" = 'erased', "customerPhone" = 'erased', "customerEmail" = NULL
WHERE )" OTTO_CALLS;
inline constexpr char kForgetCells[] = R"(
DELETE FROM otto.sheet_cells WHERE contact_id = ANY ($1::bigint[]))";

/// Rows of the first system, which no attempt knows.
inline constexpr char kForgetOldCalls[] = R"(
UPDATE public."OutboundCall" SET "customerName" = 'erased', "customerPhone" = 'erased', "customerEmail" = NULL,
  "transcript" = NULL, "notes" = NULL
WHERE "customerPhone" = $1)";
inline constexpr char kForgetEventsOfNumber[] = R"(
DELETE FROM otto.event WHERE strpos(data, $1) > 0)";
/// Triggers' answers, which name the contacts that were left out as the list had them: perhaps the number's, however it
/// is written. $1: its last digits.
inline constexpr char kAnswersWithDigits[] = R"(
SELECT key_hash, body FROM otto.idempotency
WHERE strpos(regexp_replace(body, '[^0-9]', '', 'g'), $1) > 0 ORDER BY key_hash FOR UPDATE)";
inline constexpr char kChangeAnswer[] = R"(
UPDATE otto.idempotency SET body = $2 WHERE key_hash = $1)";
inline constexpr char kForgetEventsOfCampaign[] = R"(
DELETE FROM otto.event WHERE campaign_id = $1)";

// ---- what is due --------------------------------------------------------------------------------------------------

/// $2: this campaign only, or null; $3: what is to go.
inline constexpr char kPurgeable[] = R"(
SELECT e.campaign_id FROM otto.campaign_ext e JOIN public."OutboundCampaign" c ON c."id" = e.campaign_id
WHERE CASE $3 WHEN 'recordings' THEN e.recordings_purged_at WHEN 'transcripts' THEN e.transcripts_purged_at
    ELSE e.contacts_purged_at END IS NULL AND c."status" IN ('COMPLETED', 'STOPPED', 'FAILED') AND c."completedAt" < $1::timestamp
  AND ($2::text IS NULL OR e.campaign_id = $2)
  AND NOT EXISTS (SELECT FROM otto.attempt a WHERE a.campaign_id = e.campaign_id AND a.closed_at IS NULL)
LIMIT 1 FOR UPDATE OF e SKIP LOCKED)";
inline constexpr char kPurgeBatch[] = R"(
SELECT id, row_number FROM otto.contact WHERE campaign_id = $1 AND (row_number, id) > ($2::integer, $3::bigint)
ORDER BY campaign_id, row_number, id LIMIT $4::integer)";
inline constexpr char kPurged[] = R"(
UPDATE otto.campaign_ext SET
  recordings_purged_at = CASE $3 WHEN 'recordings' THEN $2::timestamptz ELSE recordings_purged_at END,
  transcripts_purged_at = CASE $3 WHEN 'transcripts' THEN $2::timestamptz ELSE transcripts_purged_at END,
  contacts_purged_at = CASE $3 WHEN 'contacts' THEN $2::timestamptz ELSE contacts_purged_at END
WHERE campaign_id = $1)";
inline constexpr char kPurgeAudit[] = R"(
DELETE FROM otto.audit WHERE id IN (SELECT id FROM otto.audit WHERE at < $1::timestamptz ORDER BY at LIMIT $2::integer))";

// ---- recordings at the line ---------------------------------------------------------------------------------------

inline constexpr char kTakeRemovals[] = R"(
UPDATE otto.recording_removal SET tries = tries + 1, due_at = $1::timestamptz + $3::integer * interval '1 second'
WHERE recording_sid IN (SELECT recording_sid FROM otto.recording_removal WHERE due_at <= $1::timestamptz
  ORDER BY due_at LIMIT $2::integer FOR UPDATE SKIP LOCKED)
RETURNING recording_sid, tries)";
inline constexpr char kRemoved[] = R"(
DELETE FROM otto.recording_removal WHERE recording_sid = $1)";
inline constexpr char kPostponeRemoval[] = R"(
UPDATE otto.recording_removal SET due_at = $2::timestamptz, last_error = $3 WHERE recording_sid = $1)";

// ---- export -------------------------------------------------------------------------------------------------------

inline constexpr char kExportPerson[] = R"(
WITH contacts AS (SELECT c.*, p."name" AS campaign FROM otto.contact c JOIN public."OutboundCampaign" p
    ON p."id" = c.campaign_id WHERE c.id = ANY ($1::bigint[])),
calls AS (SELECT o.*, a.id AS attempt FROM public."OutboundCall" o LEFT JOIN otto.attempt a ON a.call_sid = o."callSid"
  WHERE o."customerPhone" = $2 OR )" OTTO_CALLS R"()
SELECT jsonb_build_object(
  'phone', $2::text,
  'doNotCall', (SELECT jsonb_build_object('reason', reason, 'source', source, 'since', at) FROM otto.suppression
    WHERE phone = $2),
  'contacts', coalesce((SELECT jsonb_agg(jsonb_build_object('campaignId', campaign_id, 'campaign', campaign,
      'row', row_number, 'name', name, 'phone', phone, 'email', email, 'variables', variables, 'zones', zones,
      'state', state, 'attempts', attempts) ORDER BY id) FROM contacts), '[]'),
  'calls', coalesce((SELECT jsonb_agg(to_jsonb(calls) - 'attempt' || jsonb_build_object(
      'facts', coalesce((SELECT jsonb_agg(jsonb_build_object('at', f.at, 'kind', f.kind, 'what', f.payload)
        ORDER BY f.at, f.id) FROM otto.call_fact f WHERE f.attempt_id = calls.attempt), '[]'),
      'turns', coalesce((SELECT jsonb_agg(jsonb_build_object('at', t.at, 'role', t.role, 'text', t.text,
        'original', t.original) ORDER BY t.number) FROM otto.transcript_turn t WHERE t.attempt_id = calls.attempt), '[]'))
    ORDER BY "initiatedAt") FROM calls), '[]'))::text)";
#undef OTTO_ATTEMPTS
#undef OTTO_CALLS

}  // namespace otto::store::sql
