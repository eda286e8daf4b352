-- Lists that people look at: a campaign's contacts in each order that they sort them by, and its calls by the hour.
-- Locks: writes to otto.contact and "OutboundCall" wait while the indexes are built (about a second per million rows
-- each). Back: drop the indexes and the column.
ALTER TABLE otto.contact
    ADD COLUMN last_call_at timestamptz NOT NULL DEFAULT '-infinity';  -- of its last attempt; '-infinity': none yet
UPDATE otto.contact SET last_call_at = last.at
FROM (SELECT contact_id, max(intent_at) AS at FROM otto.attempt GROUP BY contact_id) last
WHERE contact.id = last.contact_id;

CREATE INDEX contact_by_row ON otto.contact (campaign_id, row_number, id);
CREATE INDEX contact_by_name ON otto.contact (campaign_id, name, id);
CREATE INDEX contact_by_attempts ON otto.contact (campaign_id, attempts, id);
CREATE INDEX contact_by_last_call ON otto.contact (campaign_id, last_call_at, id);

-- Partial, because Prisma does not see partial indexes.
DO $$
BEGIN
    CREATE INDEX IF NOT EXISTS otto_call_hours ON public."OutboundCall" ("campaignId", "initiatedAt")
        INCLUDE ("answeredAt") WHERE "campaignId" IS NOT NULL;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'otto may not make indexes on the public tables: %', SQLERRM;
END
$$;
