// The workflow templates in a real n8n against the real daemon and the sandbox, to the end: script/n8n templates
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { after, before, test } from "node:test";

import { House, apiKey } from "../../../web/tests/house.ts";
import { N8n, type Workflow, freePort } from "./server.ts";

const templates = resolve(import.meta.dirname, "../../templates");
const webhookKey = "webhook-key-0123456789";
const anyHour = { callDuringHours: { start: "00:00", end: "24:00" }, delayBetweenCalls: 0, legalHours: false };

let house: House;
let n8n: N8n;
const workflows = new Map<string, Workflow>();
const reports: string[] = [];
const receiver = createServer((request, response) => {
  let body = "";
  request.on("data", (piece: Buffer) => (body += piece.toString()));
  request.on("end", () => {
    reports.push(JSON.parse(body).text);
    response.writeHead(204).end();
  });
});

/** The templates as somebody fills them in after the import: credentials, addresses, and a minute that is soon. */
function filledIn(file: string, reportUrl: string): Workflow {
  const text = readFileSync(join(templates, file), "utf8")
    .replaceAll("https://otto.example.com", house.url)
    .replaceAll("https://hooks.example.com/report", reportUrl)
    // Due twice a minute here, it starts one campaign all the same: Otto refuses a key that comes with another callback.
    .replaceAll("=n8n-{{ $workflow.id }}-{{ $execution.id }}", "one-campaign")
    .replaceAll("{ delayBetweenCalls: 30 }", JSON.stringify(anyHour).replaceAll('"', "'"));
  const workflow = JSON.parse(text) as Workflow;
  workflow.id = file.replace(/\W/g, "").slice(0, 16);
  for (const node of workflow.nodes) {
    if (node.type.startsWith("n8n-nodes-otto.")) node.credentials = { ottoApi: { id: "otto", name: "Otto" } };
    if (node.type === "n8n-nodes-base.webhook")
      node.credentials = { httpHeaderAuth: { id: "webhook", name: "Webhook" } };
    if (node.parameters["genericAuthType"]) node.credentials = { httpHeaderAuth: { id: "key", name: "Key" } };
    if (node.type === "n8n-nodes-base.scheduleTrigger") {
      node.parameters = { rule: { interval: [{ field: "cronExpression", expression: "*/30 * * * * *" }] } };
    }
  }
  workflows.set(file, workflow);
  return workflow;
}

async function reported(pattern: RegExp): Promise<string> {
  for (;;) {
    const found = reports.find((text) => pattern.test(text));
    if (found) return found;
    await new Promise((done) => setTimeout(done, 100)); // the test's own timeout bounds it
  }
}

const hook = (file: string, path: string) => {
  const node = workflows.get(file)!.nodes.find(({ webhookId }) => webhookId)!;
  return `${n8n.url}/webhook/${node.type.endsWith("Trigger") ? `${node.webhookId}/` : ""}${path}`;
};

const post = (url: string, body: unknown, headers = {}) =>
  fetch(url, {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(body),
  });

before(async () => {
  await new Promise<void>((done) => receiver.listen(0, "127.0.0.1", done));
  const port = await freePort();
  house = await House.start({ settings: { OTTO_CALLBACK_HOSTS: `127.0.0.1:${port}` } });
  n8n = await N8n.install(port);
  await n8n.import("credentials", [
    { id: "otto", name: "Otto", type: "ottoApi", data: { baseUrl: house.url, apiKey, webhookSecret: "" } },
    { id: "key", name: "Key", type: "httpHeaderAuth", data: { name: "X-API-Key", value: apiKey } },
    { id: "webhook", name: "Webhook", type: "httpHeaderAuth", data: { name: "X-Webhook-Key", value: webhookKey } },
  ]);
  const reportUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/report`;
  await n8n.import(
    "workflow",
    readdirSync(templates)
      .filter((file) => file.endsWith(".json"))
      .map((file) => filledIn(file, reportUrl)),
  );
});
after(async () => {
  if (process.exitCode && n8n) console.error(n8n.log.slice(-5000));
  await n8n?.stop();
  await house?.stop();
  receiver.close();
});

test("the templates are taken, and what they say is true", async () => {
  for (const { id } of workflows.values()) await n8n.command("publish:workflow", `--id=${id}`);
  await n8n.start();
  assert.match(n8n.log, /Activated workflow|Start Active Workflows/i);
});

test("a webhook starts a campaign; its end is waited for, its summary posted", async () => {
  const url = hook("campaign-from-a-webhook.json", "otto-campaign");
  const body = {
    campaignName: "From a webhook",
    contacts: [{ name: "Maria Alvarez", phone: "+14155550131" }],
    settings: anyHour,
  };
  assert.equal((await post(url, body)).status, 403, "nobody without the webhook's key has people phoned");
  const answer = await post(url, body, { "X-Webhook-Key": webhookKey });
  const told = (await answer.json()) as { campaignId: string; totalContacts: number };
  assert.equal(answer.status, 202, JSON.stringify(told));
  assert.equal(told.totalContacts, 1);
  assert.match(
    await reported(/^From a webhook/),
    /^From a webhook: COMPLETED\. \d of 1 contacts reached, \d not\. Calls: 1 /,
  );

  const wrong = await post(
    url,
    { ...body, contacts: [{ name: "Tom Baker", phone: "n/a" }] },
    { "X-Webhook-Key": webhookKey },
  );
  assert.equal(wrong.status, 422);
  assert.match(((await wrong.json()) as { error: string }).error, /cannot be called|digits/);
});

test("events of a campaign start the workflow that sums it up, and the agent's tool is answered by another", async () => {
  const scenario = {
    agent: {
      turns: 1,
      first_message_ms: 1000,
      tools: [{ name: "check_availability", parameters: { day: "Tuesday" } }],
    },
    numbers: { "+14155550132": { persona: "answers", turns: 2 } },
  };
  assert.ok((await post(`${house.sandbox}/_sandbox/scenario`, scenario)).ok);
  const [events, tools] = [hook("summary-of-every-campaign.json", "otto"), hook("tools-of-the-agent.json", "otto")];
  assert.equal((await post(events, { type: "campaign.completed" })).status, 401, "an event that nobody signed");
  assert.equal((await post(tools, { tool: "check_availability" })).status, 401, "a tool call that nobody signed");
  await house.api("/api/n8n/trigger-outbound-campaign", {
    campaignName: "Told by events",
    campaignType: "GENERAL",
    contacts: [{ name: "Maria Alvarez", phone: "+14155550132" }],
    eventsUrl: events,
    settings: { ...anyHour, toolWebhookUrl: tools },
  });
  assert.match(await reported(/^Told by events/), /: COMPLETED\. 1 of 1 contacts reached/);
  assert.equal(reports.filter((text) => text.startsWith("Told by events")).length, 1);
  const held = (await (await fetch(`${house.sandbox}/_sandbox/conversations`)).json()) as {
    conversations: Array<{ tools: Array<{ result: string }> }>;
  };
  const results = held.conversations.flatMap(({ tools }) => tools.map(({ result }) => JSON.parse(result) as unknown));
  assert.deepEqual(results, [{ day: "Tuesday", free: ["10:00", "11:30", "15:00"] }]);
});

test("the schedule starts a campaign of the sheet, waits for Otto's callback, and posts the summary", async () => {
  const text = await reported(/^Campaign of /);
  assert.match(text, /: COMPLETED\. \d of 7 contacts reached, \d not\. Calls: /);
});
