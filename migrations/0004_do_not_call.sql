-- Numbers that are never called again, whatever the campaign. There is no foreign key to the campaign or the attempt
-- that brought a number here: the list outlives both.
-- Locks: writes to otto.contact wait while its index is built (about a second per million contacts).
-- Back: DROP TABLE otto.suppression; DROP INDEX otto.contact_unsettled_phone.
CREATE TABLE otto.suppression (
    phone text PRIMARY KEY,           -- E.164
    reason text NOT NULL,             -- a person's words
    source text NOT NULL CHECK (source IN ('agent', 'key', 'api')),  -- who brought it: the agent's tool, a key pressed, us
    campaign_id text,
    attempt_id uuid,
    at timestamptz NOT NULL
);

-- What an opt-out has to close: the number's queued contacts in every campaign.
CREATE INDEX contact_unsettled_phone ON otto.contact (phone) WHERE state IN ('due', 'open');
