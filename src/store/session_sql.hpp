// The dashboard's sessions, and who did what.
#pragma once

namespace otto::store::sql {

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

}  // namespace otto::store::sql
