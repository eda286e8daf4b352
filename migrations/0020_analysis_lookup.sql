-- When the agent has to be asked for a conversation's analysis, because no webhook has brought it. Null: nothing is missing,
-- or the hour after the call's end is over.
-- Locks: a moment on otto.attempt; against writes while the index is built, which reads the table once. Back: DROP INDEX
-- otto.attempt_analysis; ALTER TABLE otto.attempt DROP COLUMN analysis_at; CREATE INDEX attempt_unanalysed ON otto.attempt
-- (closed_at) WHERE conversation_id IS NOT NULL AND NOT analysed.
ALTER TABLE otto.attempt ADD COLUMN analysis_at timestamptz;
UPDATE otto.attempt SET analysis_at = now()
WHERE conversation_id IS NOT NULL AND NOT analysed AND closed_at >= now() - interval '1 hour';
CREATE INDEX attempt_analysis ON otto.attempt (analysis_at) WHERE analysis_at IS NOT NULL;
DROP INDEX otto.attempt_unanalysed;
