-- The first system's two tables, exactly as Prisma generates them for its models, so that programs which use those
-- models keep working on this database. When they exist already, otto checks them and does not run this file.
-- Locks: none on a database without these tables. Back: drop both tables and both types.
-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "CampaignType" AS ENUM ('APPOINTMENT_REMINDER', 'SERVICE_FOLLOWUP', 'SALES_OUTREACH', 'CUSTOMER_SATISFACTION', 'PAYMENT_REMINDER', 'GENERAL');

-- CreateEnum
CREATE TYPE "CampaignStatus" AS ENUM ('PENDING', 'RUNNING', 'COMPLETED', 'STOPPED', 'FAILED');

-- CreateTable
CREATE TABLE "OutboundCampaign" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "type" "CampaignType" NOT NULL,
    "dealershipId" TEXT,
    "googleSheetId" TEXT,
    "status" "CampaignStatus" NOT NULL DEFAULT 'PENDING',
    "totalContacts" INTEGER NOT NULL DEFAULT 0,
    "contactsCalled" INTEGER NOT NULL DEFAULT 0,
    "contactsCompleted" INTEGER NOT NULL DEFAULT 0,
    "contactsFailed" INTEGER NOT NULL DEFAULT 0,
    "startedAt" TIMESTAMP(3),
    "completedAt" TIMESTAMP(3),
    "scheduledTime" TIMESTAMP(3),
    "settings" JSONB,

    CONSTRAINT "OutboundCampaign_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "OutboundCall" (
    "id" TEXT NOT NULL,
    "callSid" TEXT NOT NULL,
    "customerName" TEXT NOT NULL,
    "customerPhone" TEXT NOT NULL,
    "customerEmail" TEXT,
    "status" TEXT NOT NULL,
    "direction" TEXT NOT NULL DEFAULT 'OUTBOUND',
    "initiatedAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "answeredAt" TIMESTAMP(3),
    "completedAt" TIMESTAMP(3),
    "duration" INTEGER,
    "answeredBy" TEXT,
    "recordingUrl" TEXT,
    "recordingSid" TEXT,
    "recordingDuration" INTEGER,
    "transcript" TEXT,
    "outcome" TEXT,
    "notes" TEXT,
    "campaignId" TEXT,

    CONSTRAINT "OutboundCall_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "OutboundCall_callSid_key" ON "OutboundCall"("callSid");

-- AddForeignKey
ALTER TABLE "OutboundCall" ADD CONSTRAINT "OutboundCall_campaignId_fkey" FOREIGN KEY ("campaignId") REFERENCES "OutboundCampaign"("id") ON DELETE SET NULL ON UPDATE CASCADE;

