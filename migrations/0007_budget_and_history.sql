-- What a campaign may cost and has cost, and how often a number has been called: both are looked at by every claim.
-- Locks: writes to otto.attempt wait while its two indexes are built (about a second per million attempts).
-- Back: drop the two indexes and the columns.
ALTER TABLE otto.attempt
    ADD COLUMN price_micros bigint NOT NULL DEFAULT 0,     -- per minute, in millionths of the price's currency
    ADD COLUMN reserved_micros bigint NOT NULL DEFAULT 0,  -- the most that it can cost; counts while it is open
    ADD COLUMN cost_micros bigint;                         -- once it is closed
-- Calls that may have rung.
CREATE INDEX attempt_recent ON otto.attempt (to_e164, intent_at) WHERE state NOT IN ('refused', 'not_placed');
CREATE INDEX attempt_closed ON otto.attempt (campaign_id, closed_at) WHERE closed_at IS NOT NULL;

ALTER TABLE otto.campaign_ext
    ADD COLUMN calls_closed integer NOT NULL DEFAULT 0,    -- calls that were placed and have ended
    ADD COLUMN spent_micros bigint NOT NULL DEFAULT 0;     -- by calls that have ended

ALTER TABLE otto.contact
    ADD COLUMN is_callback boolean NOT NULL DEFAULT false; -- next_at is the time that the contact asked for
