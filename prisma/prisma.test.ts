// A real Prisma client beside Otto, on the same database: script/prisma
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { promisify } from "node:util";

import { House } from "../web/tests/house.ts";
import { type Connection, diff } from "./diff.ts";

const require = createRequire(import.meta.url);
let house: House;
let connection: Connection;
let prisma: any; // its types are made from the schema, after this is read

const sql = async (text: string) => {
  const { stdout } = await promisify(execFile)("psql", ["-qAt", house.database, "-c", text], { timeout: 60_000 });
  return stdout.trim();
};

before(async () => {
  house = await House.start();
  const { pathname, searchParams, username } = new URL(house.database.replace("@/", "@localhost/"));
  connection = { host: searchParams.get("host") ?? "localhost", user: username, database: pathname.slice(1) };
  const { PrismaClient } = require("./node_modules/otto-client");
  const { PrismaPg } = require("@prisma/adapter-pg");
  prisma = new PrismaClient({ adapter: new PrismaPg(connection) });
});
after(async () => {
  await prisma?.$disconnect();
  await house?.stop();
});

test("Prisma finds nothing to change in the database that Otto has made", async () => {
  assert.equal(await diff(connection), "");
  assert.notEqual(await sql("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'otto'"), "0");
  await sql('ALTER TABLE "OutboundCall" ADD COLUMN strange text');
  assert.match(await diff(connection), /DROP COLUMN "strange"/);
  await sql('ALTER TABLE "OutboundCall" DROP COLUMN strange');
  assert.equal(await diff(connection), "");
});

test("Prisma reads a campaign as Otto tells it", async () => {
  const { campaignId } = await house.api<{ campaignId: string }>("/api/n8n/trigger-outbound-campaign", {
    campaignName: "Read by Prisma",
    campaignType: "SERVICE_FOLLOWUP",
    dealershipId: "dealer-7",
    contacts: [
      { name: "Maria Alvarez", phone: "+14155550141", email: "maria@example.com" },
      { name: "Wei Chen", phone: "+13125550142" },
    ],
    settings: { delayBetweenCalls: 0, callDuringHours: { start: "00:00", end: "24:00" } },
  });
  const told = () => house.api<any>(`/api/n8n/campaign-results/${campaignId}`);
  while ((await told()).status !== "COMPLETED") await new Promise((done) => setTimeout(done, 100));
  // Recordings and summaries still come in: what both say is compared once nothing moved in between.
  for (;;) {
    const before = await told();
    const campaign = await prisma.outboundCampaign.findUnique({ where: { id: campaignId }, include: { calls: true } });
    const results = await told();
    if (JSON.stringify(before) !== JSON.stringify(results)) continue;
    for (const field of [
      "name",
      "type",
      "status",
      "totalContacts",
      "contactsCalled",
      "contactsCompleted",
      "contactsFailed",
    ]) {
      assert.equal(campaign[field], results[field], field);
    }
    assert.equal(campaign.dealershipId, "dealer-7");
    assert.equal(campaign.settings.delayBetweenCalls, 0);
    assert.equal(campaign.startedAt.toISOString(), new Date(results.startedAt).toISOString());
    assert.ok(Math.abs(Date.now() - campaign.startedAt.getTime()) < 600_000, "not hours off: UTC on both sides");
    const bySid = (calls: any[]) => [...calls].sort((a, b) => a.callSid.localeCompare(b.callSid));
    const date = (value: unknown) =>
      value instanceof Date || typeof value === "string" ? new Date(value).toISOString() : null;
    const rows = bySid(campaign.calls);
    assert.equal(rows.length, results.calls.length);
    for (const [index, call] of bySid(results.calls).entries()) {
      for (const [field, value] of Object.entries(call)) {
        if (!(field in rows[index])) continue;
        if (field.endsWith("At")) assert.equal(date(rows[index][field]), date(value), field);
        else assert.deepEqual(rows[index][field], value, field);
      }
    }
    return;
  }
});

test("what Prisma writes stands beside Otto's rows, and Otto tells it", async () => {
  const campaign = await prisma.outboundCampaign.create({
    data: {
      name: "Written by Prisma",
      type: "GENERAL",
      status: "COMPLETED",
      settings: { recordCalls: true },
      calls: {
        create: {
          callSid: "CA00000000000000000000000000000141",
          customerName: "Grace Kim",
          customerPhone: "+12065550143",
          status: "COMPLETED",
          outcome: "VOICEMAIL",
        },
      },
    },
    include: { calls: true },
  });
  assert.match(campaign.id, /^c[a-z0-9]{24}$/);
  const own = await sql("SELECT id FROM \"OutboundCampaign\" WHERE name = 'Read by Prisma'");
  assert.match(own, /^c[a-z0-9]{24}$/, "both make ids of one kind");
  assert.equal(
    await sql(
      `SELECT abs(extract(epoch FROM now() AT TIME ZONE 'UTC' - "initiatedAt")) < 600 FROM "OutboundCall" WHERE id = '${campaign.calls[0].id}'`,
    ),
    "t",
  );

  await prisma.outboundCampaign.update({ where: { id: own }, data: { contactsCalled: { increment: 1 } } });
  const results = await house.api<any>(`/api/n8n/campaign-results/${own}`);
  assert.equal(results.contactsCalled, 3);

  const again = {
    callSid: "CA00000000000000000000000000000141",
    customerName: "x",
    customerPhone: "+12065550143",
    status: "FAILED",
  };
  await assert.rejects(prisma.outboundCall.create({ data: again }), { code: "P2002" });
  await prisma.outboundCampaign.delete({ where: { id: campaign.id } });
  const call = await prisma.outboundCall.findUnique({ where: { callSid: again.callSid } });
  assert.equal(call.campaignId, null);
});
