// What a live call and the reconciler read and write of an attempt.
#pragma once

namespace otto::store::sql {

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
    AND NOT id = ANY ($2::uuid[])
  ORDER BY last_fact_at LIMIT 100)
ORDER BY a.last_fact_at)";

/// Each comes again when twice the time since the call's end has passed, until `span` after it.
#define OTTO_TAKE(column, span)                                                                      \
  "WITH due AS (SELECT id, closed_at FROM otto.attempt WHERE " column                                \
  " <= $1::timestamptz "                                                                             \
  "ORDER BY " column                                                                                 \
  " LIMIT 100 FOR UPDATE SKIP LOCKED) "                                                              \
  "UPDATE otto.attempt SET " column " = CASE WHEN due.closed_at > $1::timestamptz - interval '" span \
  "' "                                                                                               \
  "THEN $1::timestamptz + greatest($1::timestamptz - due.closed_at, interval '1 second') END "       \
  "FROM due WHERE attempt.id = due.id RETURNING attempt.id"

inline constexpr char kTakeUnrecorded[] = OTTO_TAKE("recording_at", "1 day");
inline constexpr char kTakeUnanalysed[] = OTTO_TAKE("analysis_at", "1 hour");
#undef OTTO_TAKE

inline constexpr char kTaken[] = OTTO_CONTEXT "WHERE a.id = ANY ($1::uuid[])";
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

}  // namespace otto::store::sql
