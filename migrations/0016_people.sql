-- Who did what, and what is left to do about people's data.
-- Locks: a moment on otto.campaign_ext and otto.attempt. Back: DROP TABLE otto.audit, otto.recording_removal; drop the
-- columns.
CREATE TABLE otto.audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    who text NOT NULL,                -- a key's or a session's name; '': nobody got in
    peer text NOT NULL,
    action text NOT NULL,
    target text NOT NULL,             -- a campaign, a call; telephone numbers only masked
    detail text NOT NULL,
    status integer NOT NULL           -- of the answer
);
CREATE INDEX audit_at ON otto.audit (at);

-- Recordings that are to be removed at the line; a row goes when the line has said so.
CREATE TABLE otto.recording_removal (
    recording_sid text PRIMARY KEY,
    due_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    last_error text
);
CREATE INDEX recording_removal_due ON otto.recording_removal (due_at);

ALTER TABLE otto.attempt
    ADD COLUMN erased_at timestamptz;             -- who it was is forgotten; late reports are not taken
-- What has been forgotten of a campaign's people because its time had come.
ALTER TABLE otto.campaign_ext
    ADD COLUMN recordings_purged_at timestamptz,
    ADD COLUMN transcripts_purged_at timestamptz,
    ADD COLUMN contacts_purged_at timestamptz;
