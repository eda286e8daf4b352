// A backup, and the life after it: script/deploy backup
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { test } from "node:test";

import { House } from "../web/tests/house.ts";

const scripts = join(import.meta.dirname, "postgres");
const hours = { delayBetweenCalls: 0, callDuringHours: { start: "00:00", end: "24:00" } };

test("what was backed up is there again, and what had not ended waits for a person", async () => {
  const folder = mkdtempSync(join(tmpdir(), "otto-backup-"));
  const house = await House.start();
  let again: House | undefined;
  try {
    const begin = (campaignName: string, phone: string, further = {}) =>
      house.api<{ campaignId: string }>("/api/n8n/trigger-outbound-campaign", {
        campaignName,
        campaignType: "GENERAL",
        contacts: [{ name: "Maria Alvarez", phone }],
        settings: hours,
        ...further,
      });
    const done = (await begin("Done", "+14155550151")).campaignId;
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    const later = (await begin("Later", "+14155550152", { scheduledTime: tomorrow })).campaignId;
    await house.api("/api/do-not-call", { phone: "+14155550153", reason: "asked by letter" });
    const results = (from: House, id: string) => from.api<Record<string, unknown>>(`/api/n8n/campaign-results/${id}`);
    while ((await results(house, done))["status"] !== "COMPLETED") await new Promise((next) => setTimeout(next, 100));

    const old = join(folder, "otto-20200101T000000Z.dump");
    writeFileSync(old, "");
    utimesSync(old, 1, 1);
    const environment = { ...process.env, DATABASE_URL: house.database, OTTO_BACKUP_DIR: folder };
    // Its recording may still come in: a backup during which nothing did.
    let [file, told] = ["", ""];
    do {
      told = JSON.stringify((await results(house, done))["calls"]);
      file = execFileSync(join(scripts, "backup"), { env: environment }).toString().trim();
    } while (told !== JSON.stringify((await results(house, done))["calls"]));
    assert.ok(readdirSync(folder).every((name) => /^otto-2[0-9TZ]+\.dump$/.test(name) && name !== basename(old)));

    const server = process.env["OTTO_TEST_DATABASE_URL"] ?? "";
    const name = `otto_restored_${process.pid}`;
    execFileSync("psql", ["-q", server, "-c", `CREATE DATABASE ${name}`]);
    const restored = server.replace("/postgres?", `/${name}?`);
    const restore = () =>
      execFileSync(join(scripts, "restore"), [file], {
        env: { ...process.env, DATABASE_URL: restored },
        stdio: "pipe",
      }).toString();
    assert.match(restore(), /campaigns paused: 1/);
    assert.throws(restore, /holds Otto's tables already/);

    again = await House.start({ on: restored });
    const withoutAddress = (text: string) => text.replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, "");
    assert.equal(withoutAddress(JSON.stringify((await results(again, done))["calls"])), withoutAddress(told));
    const { campaign } = await again.api<{ campaign: Record<string, unknown> }>(`/api/campaigns/${later}`);
    assert.equal(campaign["hold"], "paused");
    assert.match(String(campaign["holdReason"]), /restored from a backup/);
    const { entries } = await again.api<{ entries: Array<{ phone: string }> }>("/api/do-not-call");
    assert.deepEqual(
      entries.map(({ phone }) => phone),
      ["+14155550153"],
    );
  } finally {
    await again?.stop();
    await house.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
