-- A campaign's contacts by how their calls ended, without a look at each contact's last attempt.
-- Locks: writes to otto.attempt wait while the index is built (about a second per million rows). Back: drop the index.
CREATE INDEX attempt_outcome ON otto.attempt (campaign_id, outcome, contact_id) WHERE outcome IS NOT NULL;
