-- Indexes on the two public tables for what otto asks of them: partial, because Prisma does not see partial indexes.
-- Without the right to make them (the tables belong to another role) otto works all the same, more slowly.
-- Locks: writes to both tables wait while the indexes are built. Back: drop the two indexes.
DO $$
BEGIN
    CREATE INDEX IF NOT EXISTS otto_call_campaign ON public."OutboundCall" ("campaignId", "id")
        INCLUDE ("outcome") WHERE "campaignId" IS NOT NULL;
    CREATE INDEX IF NOT EXISTS otto_campaign_active ON public."OutboundCampaign" ("status", "scheduledTime")
        WHERE "status" IN ('PENDING', 'RUNNING');
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'otto may not make indexes on the public tables: %', SQLERRM;
END
$$;
