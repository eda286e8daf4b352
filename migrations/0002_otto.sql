-- Everything of otto's own. References into public are foreign keys only; nothing is added to the tables there.
-- Locks: a short one on "OutboundCampaign" while the foreign keys are made. Back: DROP SCHEMA otto CASCADE.

-- What a campaign has beyond its public row.
CREATE TABLE otto.campaign_ext (
    campaign_id text PRIMARY KEY REFERENCES public."OutboundCampaign" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    settings jsonb NOT NULL,          -- complete, defaults filled in
    sheet_tab text,
    callback_url text,                -- called byte for byte
    failure_reason text,
    created_at timestamptz NOT NULL
);

CREATE TABLE otto.contact (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    campaign_id text NOT NULL REFERENCES public."OutboundCampaign" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    row_number integer NOT NULL,      -- in the sheet or the list it came from
    name text NOT NULL,
    phone text NOT NULL,              -- E.164
    email text,
    variables jsonb NOT NULL,
    zones text[] NOT NULL,            -- IANA zones in which the number may be
    state text NOT NULL DEFAULT 'due' CHECK (state IN ('due', 'open', 'completed', 'failed')),
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    next_at timestamptz NOT NULL,     -- while due: not before
    dialed boolean NOT NULL DEFAULT false,  -- a call of it has been known to the line
    last_error text
);
CREATE UNIQUE INDEX contact_number ON otto.contact (campaign_id, phone);
CREATE INDEX contact_due ON otto.contact (campaign_id, next_at, id) WHERE state = 'due';
CREATE INDEX contact_unsettled ON otto.contact (campaign_id, id) WHERE state IN ('due', 'open');

-- One try to reach a contact; ours from before the line hears of it. Open while closed_at is null.
CREATE TABLE otto.attempt (
    id uuid PRIMARY KEY,
    campaign_id text NOT NULL REFERENCES public."OutboundCampaign" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    contact_id bigint NOT NULL REFERENCES otto.contact (id) ON DELETE CASCADE,
    n integer NOT NULL,               -- 1 for the contact's first
    to_e164 text NOT NULL,
    from_e164 text NOT NULL,
    state text NOT NULL CHECK (state IN ('intent', 'sending', 'unknown', 'not_placed', 'refused', 'accepted',
        'initiated', 'ringing', 'in_progress', 'completed', 'busy', 'no_answer', 'failed', 'canceled')),
    outcome text,
    call_sid text,
    conversation_id text,
    analysed boolean NOT NULL DEFAULT false,
    instance_id text NOT NULL,        -- who claimed it, under which epoch of the campaign's lease
    epoch bigint NOT NULL,
    intent_at timestamptz NOT NULL,
    sending_at timestamptz,
    deadline_at timestamptz,
    last_fact_at timestamptz,
    closed_at timestamptz
);
CREATE UNIQUE INDEX attempt_number ON otto.attempt (contact_id, n);
CREATE UNIQUE INDEX attempt_call ON otto.attempt (call_sid);
-- Whatever goes wrong elsewhere: one open attempt per contact, and one per telephone over all campaigns.
CREATE UNIQUE INDEX attempt_open_contact ON otto.attempt (contact_id) WHERE closed_at IS NULL;
CREATE UNIQUE INDEX attempt_open_phone ON otto.attempt (to_e164) WHERE closed_at IS NULL;
CREATE INDEX attempt_open_campaign ON otto.attempt (campaign_id) WHERE closed_at IS NULL;
-- The reconciler's lists, each as short as the work that is left.
CREATE INDEX attempt_intent ON otto.attempt (intent_at) WHERE state = 'intent';
CREATE INDEX attempt_sending ON otto.attempt (deadline_at) WHERE state = 'sending';
CREATE INDEX attempt_unknown ON otto.attempt (sending_at) WHERE state = 'unknown';
CREATE INDEX attempt_live ON otto.attempt (last_fact_at)
    WHERE state IN ('accepted', 'initiated', 'ringing', 'in_progress');
CREATE INDEX attempt_unanalysed ON otto.attempt (closed_at) WHERE conversation_id IS NOT NULL AND NOT analysed;

-- Reports as they came; never changed. An attempt's state follows from them.
CREATE TABLE otto.call_fact (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    attempt_id uuid NOT NULL REFERENCES otto.attempt (id) ON DELETE CASCADE,
    dedupe_key text NOT NULL,
    kind text NOT NULL,
    at timestamptz NOT NULL,          -- when it happened
    call_sid text NOT NULL,           -- '' before one is known; another one than the attempt's is a duplicate call's
    sequence integer,
    payload jsonb NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX call_fact_once ON otto.call_fact (attempt_id, dedupe_key);

CREATE TABLE otto.transcript_turn (
    attempt_id uuid NOT NULL REFERENCES otto.attempt (id) ON DELETE CASCADE,
    number integer NOT NULL,
    role text NOT NULL CHECK (role IN ('agent', 'customer')),
    text text NOT NULL,
    original text,                    -- what the agent meant to say before it was interrupted
    at timestamptz NOT NULL,
    PRIMARY KEY (attempt_id, number)
);

-- public."OutboundCall"."transcript": one line per turn.
CREATE FUNCTION otto.transcript(uuid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT string_agg(CASE role WHEN 'agent' THEN 'Agent: ' ELSE 'Customer: ' END || text, E'\n' ORDER BY number)
    FROM otto.transcript_turn WHERE attempt_id = $1
$$;

-- Who leads what, by the database's clock.
CREATE TABLE otto.lease (
    name text PRIMARY KEY,
    holder text NOT NULL,             -- '' after a release
    epoch bigint NOT NULL,            -- +1 for each new holder
    until timestamptz NOT NULL
);

-- When the account may place its next call, over all campaigns and instances.
CREATE TABLE otto.call_rate (
    name text PRIMARY KEY,
    next_at timestamptz NOT NULL
);

-- A trigger's answer, for its repeats; kept for a week.
CREATE TABLE otto.idempotency (
    key_hash text PRIMARY KEY,
    request_hash text NOT NULL,
    body text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idempotency_age ON otto.idempotency (created_at);

-- The POST that tells a campaign's callback URL of its end.
CREATE TABLE otto.hook_outbox (
    id text PRIMARY KEY,              -- the webhook-id header
    campaign_id text NOT NULL UNIQUE REFERENCES public."OutboundCampaign" ("id") ON DELETE CASCADE ON UPDATE CASCADE,
    url text NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    due_at timestamptz NOT NULL,
    last_error text,
    delivered_at timestamptz,
    given_up_at timestamptz
);
CREATE INDEX hook_outbox_due ON otto.hook_outbox (due_at) WHERE delivered_at IS NULL AND given_up_at IS NULL;
