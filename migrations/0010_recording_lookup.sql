-- When the line has to be asked for a call's recording, because no callback has told of it. Null: nothing is missing.
-- Locks: a moment on otto.attempt. Back: DROP INDEX otto.attempt_recording; ALTER TABLE otto.attempt DROP COLUMN recording_at.
ALTER TABLE otto.attempt ADD COLUMN recording_at timestamptz;
CREATE INDEX attempt_recording ON otto.attempt (recording_at) WHERE recording_at IS NOT NULL;
