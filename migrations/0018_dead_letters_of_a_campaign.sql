-- The dead letters of one campaign, a page of them by id: without it every other campaign's are passed over.
-- Locks: otto.event against writes while the index is built; it holds dead letters alone. Back: DROP INDEX
-- otto.event_dead_of_campaign.
CREATE INDEX event_dead_of_campaign ON otto.event (campaign_id, id) WHERE given_up_at IS NOT NULL;
