// The node against the real daemon, the sandbox and PostgreSQL: script/n8n test
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";

import { House, apiKey } from "../../web/tests/house.ts";
import { type Arrived, type Credentials, type Json, hear, node, run, signature, trigger } from "./n8n.ts";

let house: House;
let credentials: Credentials;
const arrived: Arrived[] = [];
const receiver = createServer((request, response) => {
  let body = "";
  request.on("data", (piece: Buffer) => (body += piece.toString()));
  request.on("end", () => {
    arrived.push({ headers: request.headers, body });
    response.writeHead(204).end();
  });
});
let eventsUrl = "";

const anyHour = { callDuringHours: { start: "00:00", end: "24:00" }, delayBetweenCalls: 0 };
let numbers = 110; // a number waits for one campaign of a type at a time
const started = (further: Json = {}): Json => ({
  resource: "campaign",
  operation: "start",
  campaignName: "Node tests",
  campaignType: "GENERAL",
  source: "json",
  contactsJson: JSON.stringify([{ name: "Maria Alvarez", phone: `+14155550${numbers++}` }]),
  settings: { further: JSON.stringify(anyHour) },
  ...further,
});
const later = new Date(Date.now() + 86_400_000).toISOString();
const waiting = (further: Json = {}) => started({ options: { scheduledTime: later }, ...further });
const one = async (set: Json, options = {}) => (await run(credentials, set, options))[0].json;
const campaign = (operation: string, campaignId: unknown, further: Json = {}) =>
  one({ resource: "campaign", operation, campaignId, ...further });

before(async () => {
  await new Promise<void>((done) => receiver.listen(0, "127.0.0.1", done));
  const { port } = receiver.address() as AddressInfo;
  eventsUrl = `http://127.0.0.1:${port}/otto-events`;
  house = await House.start({ settings: { OTTO_CALLBACK_HOSTS: `127.0.0.1:${port}` } });
  credentials = { baseUrl: `${house.url}/`, apiKey };
});
after(async () => {
  await house?.stop();
  receiver.close();
});

test("every operation of the panel has its code, and all code its operation", async () => {
  const { operations } = await import("../n8n-nodes-otto/dist/nodes/Otto/operations.js");
  const shown = node.description.properties
    .filter(({ name }: Json) => name === "operation")
    .flatMap(({ displayOptions, options }: { displayOptions: { show: { resource: string[] } }; options: Json[] }) =>
      options.map(({ value }) => `${displayOptions.show.resource[0]}.${String(value)}`),
    );
  assert.deepEqual(shown.sort(), Object.keys(operations).sort());
});

test("the credentials' test tells a right key from a wrong one", async () => {
  const { OttoApi } = await import("../n8n-nodes-otto/dist/credentials/OttoApi.credentials.js");
  const { request } = new OttoApi().test;
  for (const [key, status] of [
    [apiKey, 200],
    ["a wrong key", 401],
  ] as const) {
    const answer = await fetch(`${house.url}${request.url}?limit=${request.qs.limit}`, {
      headers: { "X-API-Key": key },
    });
    assert.equal(answer.status, status);
  }
});

test("a campaign is started, waited for and told; its events start the trigger, once, and nothing else does", async () => {
  const begun = await one(
    started({
      contactsJson: JSON.stringify([
        { name: "Maria Alvarez", phone: "+14155550101" },
        { name: "Tom Baker", phone: "n/a" },
      ]),
      options: { eventsUrl },
    }),
  );
  assert.equal(begun.totalContacts, 1);
  assert.equal((begun.skippedContacts as Json[])[0].phone, "n/a");

  const ended = await campaign("waitForEnd", begun.campaignId, { pollInterval: 1, timeout: 5 });
  assert.equal(ended.status, "COMPLETED");
  const calls = ended.calls as Json[];
  assert.equal(calls.length, 1);
  assert.equal(calls[0].customerPhone, "+14155550101");
  assert.deepEqual((await campaign("getResults", begun.campaignId, { returnAll: true })).calls, calls);
  const call = await one({ resource: "call", operation: "get", callId: calls[0].callSid });
  assert.equal((call.call as Json).callSid, calls[0].callSid);
  const listed = await run(credentials, {
    resource: "call",
    operation: "getAll",
    filters: { campaignId: begun.campaignId },
  });
  assert.equal(listed.length, 1);
  const contacts = await run(credentials, {
    resource: "contact",
    operation: "getAll",
    campaignId: begun.campaignId,
    returnAll: true,
  });
  assert.equal(contacts.length, 1);
  const hungUp = run(credentials, { resource: "call", operation: "hangUp", callId: calls[0].callSid });
  await assert.rejects(hungUp, { httpCode: "409" });

  const told = () => arrived.find(({ body }) => body.includes('"campaign.completed"'));
  while (!told()) await new Promise((done) => setTimeout(done, 50)); // the test's own timeout bounds it
  const heard = await hear(credentials, told()!);
  assert.equal(heard.status, 200);
  assert.equal(heard.items[0].json.campaignId, begun.campaignId);

  const state: Json = {};
  const sequences: number[] = [];
  for (const event of arrived) {
    const { status, items } = await hear(credentials, event, {}, state);
    assert.equal(status, 200);
    assert.equal(items.length, 1);
    sequences.push(items[0].json.sequence as number);
    assert.equal((await hear(credentials, event, {}, state)).items.length, 0, "a repeat starts nothing");
  }
  assert.deepEqual(
    sequences,
    [...sequences].sort((a, b) => a - b),
  );
  const only = await hear(credentials, arrived[0], { events: ["contact.do_not_call"] });
  assert.deepEqual(only, { status: 200, items: [] });

  const event = arrived[0];
  assert.equal((await hear(credentials, { ...event, body: event.body.replace("Node", "node") })).status, 401);
  assert.equal((await hear({ ...credentials, apiKey: "another key" }, event)).status, 401);
  assert.equal((await hear({ ...credentials, webhookSecret: "whsec_AAAA" }, event)).status, 401);
  assert.equal((await hear(credentials, { ...event, headers: {} })).status, 401);
});

test("an event that was recorded and is sent again later is refused", () => {
  const at = 1_700_000_000;
  // The vector of the Standard Webhooks specification.
  const vector = {
    id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
    timestamp: "1614265330",
    signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    body: '{"test": 2432232314}',
  };
  const secret = { apiKey: "", webhookSecret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" };
  assert.equal(signature.fault(vector, secret, 1614265330_000), undefined);
  assert.equal(signature.fault(vector, secret, 1614265330_000 + 301_000).status, 400);
  assert.equal(signature.fault(vector, secret, at * 1000).status, 400);
  assert.equal(signature.fault({ ...vector, timestamp: "soon" }, secret, 1614265330_000).status, 401);
  assert.equal(
    signature.fault({ ...vector, signature: `v1a,x ${vector.signature}` }, secret, 1614265330_000),
    undefined,
  );
});

test("n8n's retries of a step start one campaign; the next run starts another", async () => {
  const step = waiting({ campaignType: "PAYMENT_REMINDER" });
  const [first, again, next] = [
    await one(step, { execution: "41" }),
    await one(step, { execution: "41" }),
    await one({ ...step, campaignType: "SALES_OUTREACH" }, { execution: "42" }),
  ];
  assert.equal(first.campaignId, again.campaignId);
  assert.notEqual(first.campaignId, next.campaignId);
});

test("all input items are the contacts of one campaign", async () => {
  const items = [
    { json: { name: "Maria Alvarez", phone: "+14155550108", Vehicle: "2021 RAV4" } },
    { json: { name: "Wei Chen", phone: "+13125550103" } },
  ];
  const output = await run(credentials, waiting({ source: "items" }), { items });
  assert.equal(output.length, 1);
  assert.equal(output[0].json.totalContacts, 2);
  assert.deepEqual(output[0].pairedItem, [{ item: 0 }, { item: 1 }]);
});

test("a sheet and a CSV are taken too", async () => {
  const sheet = await one({ ...waiting(), source: "sheet", resource: "contact", operation: "preview", settings: {} });
  assert.ok((sheet.callable as number) > 3);
  const csv = await one({
    ...waiting({ source: "csv", contactsCsv: "Name,Phone\nMaria,+14155550101" }),
    resource: "contact",
    operation: "preview",
  });
  assert.equal(csv.callable, 1);
});

test("a campaign is steered", async () => {
  const settings = {
    hoursStart: "10:00",
    hoursEnd: "18:00",
    voicemailMessage: "Please call us.",
    budgetMaxCalls: 5,
    maxAttemptsPerContact: 2,
  };
  const { campaignId } = await one(waiting({ settings }));
  assert.equal((await campaign("pause", campaignId, { reason: "lunch" })).hold, "paused");
  assert.equal((await campaign("resume", campaignId)).hold, null);
  const updated = await campaign("update", campaignId, {
    settings: { delayBetweenCalls: 7, hoursStart: "09:00", hoursEnd: "17:00", days: ["MON", "TUE"] },
  });
  const now = updated.settings as Json;
  assert.equal(now.delayBetweenCalls, 7);
  assert.equal(now.maxAttemptsPerContact, 2);
  assert.deepEqual(now.callDuringHours, { start: "09:00", end: "17:00", timezone: "contact", days: ["MON", "TUE"] });
  const half = campaign("update", campaignId, { settings: { timezone: "America/New_York" } });
  await assert.rejects(half, /both "From" and "To"/);
  assert.equal(((await campaign("get", campaignId)).campaign as Json).campaignId, campaignId);
  assert.ok(await campaign("explain", campaignId));
  assert.ok(await one({ resource: "contact", operation: "explain", campaignId, phone: `+14155550${numbers - 1}` }));
  assert.equal((await campaign("testCall", campaignId, { phone: "+14155550101" })).testOf, campaignId);
  assert.equal((await campaign("stop", campaignId)).status, "STOPPED");
  const found = await run(credentials, {
    resource: "campaign",
    operation: "getAll",
    limit: 3,
    filters: { status: "STOPPED" },
  });
  assert.ok(found.some(({ json }) => json.campaignId === campaignId));
  assert.equal((await run(credentials, { resource: "campaign", operation: "getAll", limit: 1 })).length, 1);
});

test("the do-not-call list and the service's state", async () => {
  const phone = "+12065550109";
  assert.equal((await one({ resource: "doNotCall", operation: "add", phone, reason: "asked by letter" })).added, true);
  const listed = await run(credentials, { resource: "doNotCall", operation: "getAll", returnAll: true });
  assert.ok(listed.some(({ json }) => json.phone === phone));
  assert.equal((await one({ resource: "doNotCall", operation: "remove", phone })).removed, true);
  assert.ok((await one({ resource: "service", operation: "getStatus" })).services);
});

test("errors say in the panel what is wrong and what to do", async () => {
  const refused = (set: Json, who = credentials) =>
    run(who, set).then(
      () => assert.fail("it was taken"),
      (error: Json) => error,
    );
  const wrong = await refused(waiting({ settings: { delayBetweenCalls: 7200 } }));
  assert.match(String(wrong.message), /delayBetweenCalls|3600/);
  assert.match(String(wrong.description), /settings\.delayBetweenCalls/);
  assert.equal(wrong.httpCode, "422");
  const stranger = await refused(waiting(), { ...credentials, apiKey: "a wrong key" });
  assert.match(String(stranger.description), /API key of this node's credentials/);
  const nobody = await refused(waiting(), { ...credentials, baseUrl: "http://127.0.0.1:9" });
  assert.match(String(nobody.message), /^Otto cannot be reached at http:\/\/127\.0\.0\.1:9$/);
  const elsewhere = await refused(waiting(), { ...credentials, baseUrl: new URL(eventsUrl).origin });
  assert.match(String(elsewhere.message), /is not Otto/);
  assert.match(String((await refused(waiting({ contactsJson: "[{" }))).message), /Contacts is not valid JSON/);
  assert.match(
    String((await refused({ resource: "campaign", operation: "get", campaignId: "" })).message),
    /Campaign ID is empty/,
  );
  const missing = await refused({ resource: "campaign", operation: "get", campaignId: "nothing/here" });
  assert.equal(missing.httpCode, "404");

  const [{ json, error }] = await run(
    credentials,
    { resource: "campaign", operation: "get", campaignId: "nothing" },
    { continueOnFail: true },
  );
  assert.match(String(json.error), /campaign/i);
  assert.ok(error);
});

test("waiting ends by its own timeout and when the workflow is stopped", async () => {
  const { campaignId } = await one(waiting());
  const wait = { resource: "campaign", operation: "waitForEnd", campaignId, pollInterval: 5, timeout: 0.01 };
  await assert.rejects(run(credentials, wait), /not ended in time/);
  await assert.rejects(
    run(credentials, { ...wait, timeout: 5 }, { signal: AbortSignal.abort() }),
    /workflow was stopped/,
  );
});

test("the trigger names its events as the API does", async () => {
  const { webhooks } = (await (await fetch(`${house.url}/openapi.json`)).json()) as { webhooks: Json };
  const text = JSON.stringify(webhooks);
  const options = trigger.description.properties.find(({ name }: Json) => name === "events").options as Json[];
  const known = [...new Set(text.match(/"(campaign|call|contact)\.[a-z_]+"/g))].map((name) => name.slice(1, -1));
  assert.deepEqual(options.map(({ value }) => value).sort(), known.sort());
});
