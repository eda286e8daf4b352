-- Why a contact is called, waits or is passed over: the last decision about each, and how often each rule has spoken.
-- Locks: none beyond a moment. Back: DROP TABLE otto.decision_count; drop the columns.
ALTER TABLE otto.contact
    ADD COLUMN decision text,            -- the rule, in one word
    ADD COLUMN decision_reason text,     -- the same as a person's sentence, with what it was decided by
    ADD COLUMN decided_at timestamptz;

CREATE TABLE otto.decision_count (
    campaign_id text NOT NULL REFERENCES public."OutboundCampaign" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    rule text NOT NULL,
    decisions bigint NOT NULL,
    last_at timestamptz NOT NULL,
    last_reason text NOT NULL,
    PRIMARY KEY (campaign_id, rule)
);
