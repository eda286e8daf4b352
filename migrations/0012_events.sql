-- Events to a campaign's eventsUrl: an outbox with one queue per campaign, dead letters in the same table.
-- Locks: a moment on otto.hook_outbox while its index is built. Back: DROP TABLE otto.event, otto.event_queue;
-- DROP INDEX otto.hook_outbox_dead.
CREATE TABLE otto.event_queue (
    campaign_id text PRIMARY KEY REFERENCES public."OutboundCampaign" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    url text NOT NULL,                -- called byte for byte
    last_sequence bigint NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,  -- POSTs since the last that went well
    due_at timestamptz                -- null: nothing is pending
);
CREATE INDEX event_queue_due ON otto.event_queue (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE otto.event (
    id text PRIMARY KEY,              -- the webhook-id header
    campaign_id text NOT NULL REFERENCES otto.event_queue (campaign_id) ON DELETE CASCADE ON UPDATE CASCADE,
    sequence bigint NOT NULL,
    type text NOT NULL,
    data text NOT NULL,               -- JSON, as it will be sent
    at timestamptz NOT NULL,
    queued_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    last_error text,
    given_up_at timestamptz           -- a dead letter
);
CREATE UNIQUE INDEX event_pending ON otto.event (campaign_id, sequence) WHERE given_up_at IS NULL;
CREATE INDEX event_dead ON otto.event (id) WHERE given_up_at IS NOT NULL;
CREATE INDEX hook_outbox_dead ON otto.hook_outbox (id) WHERE given_up_at IS NOT NULL;
