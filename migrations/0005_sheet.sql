-- What goes back into the sheet that a campaign's contacts came from: rows here are the outbox, one per contact (the
-- latest wish wins, so a contact's states arrive in order) and one per finished call for the call log.
-- Locks: none but for a moment on the tables that are referred to. Back: DROP TABLE otto.sheet_log, otto.sheet_cells,
-- otto.campaign_sheet.

CREATE TABLE otto.campaign_sheet (
    campaign_id text PRIMARY KEY REFERENCES public."OutboundCampaign" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    spreadsheet text NOT NULL,
    gid text,                         -- the tab's number, where it is known; a tab may be renamed
    tab text NOT NULL,
    write_back boolean NOT NULL,      -- false: only read for what people change in it
    follow boolean NOT NULL,          -- rows that people add are called too
    remark text                       -- why the last pass failed
);

CREATE TABLE otto.sheet_cells (
    contact_id bigint PRIMARY KEY REFERENCES otto.contact (id) ON DELETE CASCADE,
    campaign_id text NOT NULL REFERENCES otto.campaign_sheet (campaign_id) ON DELETE CASCADE ON UPDATE CASCADE,
    -- What the row shall show. Empty notes: what stands there stays.
    status text NOT NULL DEFAULT '',
    last_called text NOT NULL DEFAULT '',
    notes text NOT NULL DEFAULT '',
    attempt integer NOT NULL DEFAULT 0,           -- whose state this is; an earlier one's late facts change nothing
    version bigint NOT NULL DEFAULT 0,            -- +1 with each change
    written_version bigint NOT NULL DEFAULT 0,
    -- What stood there when it was imported, or what we wrote last: whatever differs was typed by a person.
    seen_status text NOT NULL DEFAULT '',
    seen_last_called text NOT NULL DEFAULT '',
    seen_notes text NOT NULL DEFAULT '',
    kept_notes text NOT NULL DEFAULT '',          -- the person's part of seen_notes
    -- What is being written; ours as well, should we die before its end is known.
    aimed jsonb,
    is_shared boolean NOT NULL DEFAULT false,     -- the number stood in several rows: its other cells decide
    missing_since timestamptz,                    -- no row of it can be found
    remark text                                   -- what a person should know about its row
);
CREATE INDEX sheet_cells_unwritten ON otto.sheet_cells (campaign_id, contact_id) WHERE written_version < version;

CREATE TABLE otto.sheet_log (
    attempt_id uuid PRIMARY KEY REFERENCES otto.attempt (id) ON DELETE CASCADE,
    campaign_id text NOT NULL REFERENCES otto.campaign_sheet (campaign_id) ON DELETE CASCADE ON UPDATE CASCADE,
    due_at timestamptz NOT NULL,      -- a little after the call's end: recording and summary come later
    sent boolean NOT NULL DEFAULT false,          -- an append that held it has begun: look before it is repeated
    appended_at timestamptz
);
CREATE INDEX sheet_log_due ON otto.sheet_log (campaign_id, due_at) WHERE appended_at IS NULL;
