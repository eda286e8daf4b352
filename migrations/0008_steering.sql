-- Pausing, and a fair share of the account's call rate. "OutboundCampaign"."status" stays RUNNING (or PENDING) while a
-- campaign is held: the first system's programs know no such state.
-- Locks: none beyond a moment. Back: DROP TABLE otto.pace; drop the columns.
ALTER TABLE otto.campaign_ext
    ADD COLUMN hold text CHECK (hold IN ('paused', 'test', 'failures', 'account', 'budget')),
    ADD COLUMN hold_reason text,
    ADD COLUMN held_at timestamptz,
    ADD COLUMN resumed_at timestamptz,   -- failures before it do not count any more
    ADD COLUMN test_of text;             -- the campaign whose settings this test call tries

-- Stride scheduling: whoever has the lowest pass of those that want a place takes the next one, and its pass grows by
-- 1 / weight.
CREATE TABLE otto.pace (
    campaign_id text PRIMARY KEY REFERENCES public."OutboundCampaign" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    pass double precision NOT NULL,
    wants_until timestamptz NOT NULL     -- it had somebody to call and was told to wait; '-infinity': it does not
);
CREATE INDEX pace_wanting ON otto.pace (wants_until);
ALTER TABLE otto.call_rate
    ADD COLUMN pass double precision NOT NULL DEFAULT 0;   -- of whoever took the last place
