// The pages in a real browser, against the real daemon. One story after the other: a campaign that one test starts is
// looked at by the next.
import { createHmac } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Browser, type BrowserContext, type Page, chromium } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { House, password, viewPassword, viewSecret } from "./house";
import { Receiver } from "./receiver";

const axeSource = readFileSync(resolve(import.meta.dirname, "../node_modules/axe-core/axe.min.js"), "utf8");

let house: House;
const receiver = new Receiver();
let browser: Browser;
let context: BrowserContext;
let page: Page;
const complaints: string[] = []; // what the browser has said against a page: errors, policy violations

const pictures = process.env["OTTO_SCREENSHOTS"];

async function newContext(options: { width?: number; dark?: boolean } = {}): Promise<BrowserContext> {
  const made = await browser.newContext({
    viewport: { width: options.width ?? 1280, height: 860 },
    colorScheme: options.dark ? "dark" : "light",
    locale: "en-US",
    baseURL: house.url,
  });
  made.setDefaultTimeout(15_000);
  made.on("console", (message) => {
    const expected = /status of (401|403|404|409|422|429)/.test(message.text()); // refusals that the tests provoke
    if (message.type() === "error" && !expected) complaints.push(`${message.page()?.url()}: ${message.text()}`);
  });
  made.on("weberror", (error) => complaints.push(String(error.error())));
  return made;
}

async function signIn(on: Page, secret = password): Promise<void> {
  await on.goto("/");
  await on.getByRole("textbox", { name: "Password" }).fill(secret);
  await on.getByRole("button", { name: "Sign in" }).click();
}

/** What an authenticator app shows now (RFC 6238). */
function codeNow(): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac("sha1", viewSecret.bytes).update(counter).digest();
  const at = (mac[19] ?? 0) & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** No serious finding of axe-core; a picture, when they are asked for. */
async function look(on: Page, name: string, isPictured = true): Promise<void> {
  // What is still fading in has the contrast of neither its beginning nor its end.
  await on.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .filter((animation) => animation.effect?.getTiming().iterations !== Number.POSITIVE_INFINITY)
        .map((animation) => animation.finished.catch(() => undefined)),
    ),
  );
  const isolated = await on.context().newCDPSession(on); // past the page's own policy
  await isolated.send("Page.setBypassCSP", { enabled: true });
  await on.evaluate(axeSource);
  const findings = await on.evaluate(async () => {
    const axe = (
      window as unknown as {
        axe: { run: () => Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }> };
      }
    ).axe;
    const { violations } = await axe.run();
    return violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
  });
  expect(findings, name).toEqual([]);
  const wider = await on.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(wider, `${name} is wider than the window`).toBeLessThanOrEqual(0);
  if (!pictures || !isPictured) return;
  const dismiss = on.getByRole("button", { name: "Dismiss" });
  await dismiss.evaluateAll((buttons) => buttons.forEach((button) => (button as HTMLElement).click()));
  await expect.poll(() => dismiss.count()).toBe(0);
  mkdirSync(pictures, { recursive: true });
  await on.screenshot({ path: join(pictures, `${name}.png`) });
}

beforeAll(async () => {
  house = await House.start({ settings: { OTTO_CALLBACK_HOSTS: "127.0.0.1" } });
  browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"],
  });
  context = await newContext();
  page = await context.newPage();
});
afterAll(async () => {
  await browser?.close();
  await house?.stop();
  receiver.stop();
});

it("refuses a wrong password and accepts the right one", async () => {
  await signIn(page, "not it");
  await expect.poll(() => page.getByRole("alert").textContent()).toContain("password");
  await look(page, "sign-in");
  await signIn(page);
  await page.getByRole("heading", { name: "Campaigns" }).waitFor();
  const cookie = (await context.cookies()).find(({ name }) => name.includes("otto"));
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict" });
});

it("paints the first page within a second", async () => {
  await page.goto("/campaigns");
  await page.getByRole("heading", { name: "Campaigns" }).waitFor();
  const paint = () => page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0);
  await expect.poll(paint).toBeGreaterThan(0);
  expect(await paint()).toBeLessThan(1_000);
});

it("checks the sheet, then starts a campaign from it", async () => {
  await page.getByRole("link", { name: "New campaign" }).click();
  await page.getByLabel("Name", { exact: true }).fill("December service");
  await page.getByLabel("Call from").fill("00:00");
  await page.getByLabel("until").fill("24:00");
  for (const day of ["Sat", "Sun"]) await page.getByLabel(day, { exact: true }).check();
  await page.getByLabel("Seconds between calls").fill("1");
  await page.getByLabel("Calls at once").fill("3");
  await page.getByRole("button", { name: "Check the list" }).click();
  await page.getByText("7 will be called, 5 will not").waitFor();
  await look(page, "new-campaign");
  await page.getByRole("button", { name: "Start the campaign" }).click();
  await page.getByRole("heading", { name: "December service" }).waitFor();
});

it("shows calls as they are spoken, and lets one be listened to", async () => {
  await page.getByRole("link", { name: /Live calls/ }).click();
  await page.locator(".turn").first().waitFor({ timeout: 30_000 });
  await look(page, "live");
  const listen = page.getByRole("button", { name: "Listen in" }).first();
  await listen.click();
  await page.getByText("Listening in", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Stop listening" }).first().click();
});

it("watches the campaign to its end", async () => {
  await page.getByRole("link", { name: "Campaigns", exact: true }).click();
  await page.getByRole("link", { name: "December service" }).click();
  await page.getByText("7 of 7 done").waitFor({ timeout: 60_000 });
  await page.getByText("Completed", { exact: true }).first().waitFor();
  await page
    .getByRole("row", { name: /Human answered/ })
    .first()
    .waitFor();
  await look(page, "campaign");
}, 90_000);

it("finds contacts by outcome, name and order, and exports them", async () => {
  await page.getByRole("combobox", { name: "Outcome" }).click();
  await page.getByRole("option", { name: "Busy" }).click();
  await expect.poll(() => page.getByRole("row", { name: /Busy/ }).count()).toBe(1);
  await page.getByRole("combobox", { name: "Outcome" }).click();
  await page.getByRole("option", { name: "Busy" }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export as CSV" }).click();
  const stream = await (await download).createReadStream();
  let csv = "";
  for await (const piece of stream) csv += String(piece);
  expect(csv.trim().split("\n")).toHaveLength(8);
});

it("opens a call, shows what was said, and plays its recording", async () => {
  const row = page.getByRole("row", { name: /Human answered/ }).first();
  await row.getByRole("link").click();
  await page.getByRole("heading", { name: "Recording" }).waitFor();
  await page.getByRole("img", { name: /Waveform/ }).waitFor();
  const audio = page.locator("audio");
  await page.locator("button .turn").first().click();
  await expect
    .poll(() => audio.evaluate((element: HTMLAudioElement) => !element.paused && element.currentTime > 0.2))
    .toBe(true);
  await expect.poll(() => page.locator('.turn[data-now="true"]').count()).toBe(1);
  await audio.evaluate((element: HTMLAudioElement) => element.pause());
  await page.getByText("What happened").waitFor();
  await look(page, "call");
});

it("shows names in any script as text, and runs nothing that stands in them", async () => {
  const canary = "<img src=x onerror=\"window.hacked=1\">{{constructor.constructor('window.hacked=1')()}}";
  await house.api("/api/n8n/trigger-outbound-campaign", {
    campaignName: `${canary} 十二月 דצמבר`,
    campaignType: "GENERAL",
    eventsUrl: await receiver.start(),
    contacts: [
      { name: `${canary} 李小龍 محمد`, phone: "+14155550171" },
      { name: "Second", phone: "+14155550172" },
    ],
    settings: { callDuringHours: { start: "00:00", end: "24:00" }, delayBetweenCalls: 3600 },
  });
  await page.getByRole("link", { name: "Campaigns", exact: true }).click();
  await page.getByRole("link", { name: /十二月/ }).click();
  await page.getByText("李小龍 محمد").first().waitFor();
  expect(await page.evaluate(() => "hacked" in window)).toBe(false);
});

it("pauses, tells why nothing is dialed, resumes and stops a campaign", async () => {
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByText("The campaign is held").waitFor();
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByText("What it is doing").waitFor();
  await page.getByRole("button", { name: "Change pace" }).click();
  await page.getByRole("dialog").getByLabel("Calls at once").fill("2");
  await page.getByRole("dialog").getByRole("button", { name: "Change", exact: true }).click();
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await page.getByRole("button", { name: "Stop" }).click();
  await look(page, "stop", false);
  await page.getByRole("button", { name: "Stop the campaign" }).click();
  await page.getByText("Stopped", { exact: true }).first().waitFor();
});

it("shows what a receiver has refused, and sends it again", async () => {
  await page.getByRole("link", { name: "Undelivered" }).click();
  await page.getByRole("heading", { name: "Undelivered" }).waitFor();
  await expect
    .poll(
      async () => {
        await page.reload();
        await page.getByRole("heading", { name: "Undelivered" }).waitFor();
        await page.getByText(/Everything has been delivered|Given up/).waitFor();
        return page.getByRole("cell", { name: "campaign.stopped", exact: true }).count();
      },
      { timeout: 20_000 },
    )
    .toBe(1);
  await look(page, "undelivered");
  receiver.status = 204;
  await page.getByRole("button", { name: "Send all again" }).click();
  await page.getByText("Everything has been delivered.").waitFor();
  await expect.poll(() => receiver.taken, { timeout: 20_000 }).toBeGreaterThan(0);
});

it("keeps the do-not-call list", async () => {
  await page.getByRole("link", { name: "Do not call" }).click();
  await page.getByRole("button", { name: "Add a number" }).click();
  await page.getByLabel("Phone number").fill("415 555 0188");
  await page.getByLabel("Reason").fill("asked by letter");
  await page.getByRole("button", { name: "Add", exact: true }).click();
  await page.getByRole("cell", { name: "(415) 555-0188" }).waitFor();
  await look(page, "do-not-call");
  await page.getByRole("button", { name: "Remove +14155550188" }).click();
  await page.getByRole("button", { name: "Remove from the list" }).click();
  await page.getByRole("cell", { name: "(415) 555-0188" }).waitFor({ state: "detached" });
});

it("tells who did what", async () => {
  await page.getByRole("link", { name: "Who did what" }).click();
  await page.getByRole("cell", { name: "do_not_call.add" }).waitFor();
  for (const action of ["campaign.stop", "recording.play", "call.listen", "session.refused", "contacts.export"])
    expect(await page.getByRole("cell", { name: action }).count(), action).toBeGreaterThan(0);
  await look(page, "audit");
});

it("shows the checks and the settings, and no secret", async () => {
  await page.getByRole("link", { name: "Settings and checks" }).click();
  await page.getByText("database", { exact: true }).waitFor();
  await look(page, "settings");
  expect(await page.content()).not.toContain("0770sandbox0770sandbox0770sandbo");
});

it("is usable on a phone and in the dark", async () => {
  const small = await newContext({ width: 390, dark: true });
  const other = await small.newPage();
  await signIn(other);
  await other.getByRole("heading", { name: "Campaigns" }).waitFor();
  await look(other, "phone");
  await other.getByRole("button", { name: "Menu" }).click();
  await other.getByRole("link", { name: /Live calls/ }).click();
  await other.getByRole("heading", { name: "Live calls" }).waitFor();
  await look(other, "phone-live", false);
  const { calls } = await house.api<{ calls: { callId: string; campaignId: string; outcome: string }[] }>("/api/calls");
  const call = calls.find(({ outcome }) => outcome === "HUMAN_ANSWERED");
  const pages = {
    new: "/new",
    campaign: `/campaigns/${call?.campaignId}`,
    call: `/calls/${call?.callId}`,
    "do-not-call": "/do-not-call",
    undelivered: "/undelivered",
    audit: "/audit",
    settings: "/settings",
  };
  for (const [name, path] of Object.entries(pages)) {
    await other.goto(path);
    await other.getByRole("heading", { level: 1 }).waitFor();
    await other.waitForLoadState("load");
    await look(other, `phone-${name}`, name === "call");
  }
  await small.close();
});

it("can be used without a mouse", async () => {
  await page.goto("/campaigns");
  await page.getByRole("heading", { name: "Campaigns" }).waitFor();
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the content");
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("content");
  await page.keyboard.press("Tab");
  await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toContain("New campaign");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "New campaign" }).waitFor();
});

it("lets those who may only look change nothing", async () => {
  const viewer = await newContext();
  const other = await viewer.newPage();
  await signIn(other, viewPassword);
  const code = other.getByRole("textbox", { name: "Code of the authenticator app" });
  await code.fill("000000");
  await look(other, "sign-in-code", false);
  await other.getByRole("button", { name: "Sign in" }).click();
  await expect.poll(() => other.getByRole("alert").textContent()).toContain("code is not right");
  await code.fill(codeNow());
  await other.getByRole("button", { name: "Sign in" }).click();
  await other.getByRole("heading", { name: "Campaigns" }).waitFor();
  expect(await other.getByRole("link", { name: "New campaign" }).count()).toBe(0);
  const status = await other.evaluate(
    async () =>
      (
        await fetch("/api/do-not-call", {
          method: "POST",
          headers: { "Content-Type": "application/json", "X-Otto-Request": "1" },
          body: JSON.stringify({ phone: "+14155550189" }),
        })
      ).status,
  );
  expect(status).toBe(403);
  await viewer.close();
});

it("shows who is signed in, and ends what was left open elsewhere", async () => {
  const elsewhere = await newContext();
  const other = await elsewhere.newPage();
  await signIn(other);
  await other.getByRole("heading", { name: "Campaigns" }).waitFor();
  await page.goto("/settings");
  await page.getByRole("heading", { name: "Sessions" }).waitFor();
  await page.getByText("this one").waitFor();
  const ends = page.getByRole("button", { name: /^End the session from/ });
  await expect.poll(() => ends.count()).toBeGreaterThan(0);
  await look(page, "sessions", false);
  await page.getByRole("button", { name: "End all others" }).click();
  await expect.poll(() => ends.count()).toBe(0);
  expect(await other.evaluate(async () => (await fetch("/api/campaigns")).status)).toBe(401);
  expect(await page.evaluate(async () => (await fetch("/api/campaigns")).status)).toBe(200);
  await elsewhere.close();
});

it("says that the connection is lost, and catches up", async () => {
  await page.goto("/live");
  const badge = page.getByRole("status").first();
  await expect.poll(() => badge.textContent()).toContain("Live");
  await context.setOffline(true);
  // An open stream does not notice that the network is gone: a new page's does.
  await page.evaluate(() => window.dispatchEvent(new Event("offline")));
  await expect.poll(() => badge.textContent()).toContain("lost");
  await context.setOffline(false);
  await page.evaluate(() => window.dispatchEvent(new Event("online")));
  await expect.poll(() => badge.textContent(), { timeout: 15_000 }).toBe("Live");
});

it("signs out for good", async () => {
  const cookies = await context.cookies();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in to Otto" }).waitFor();
  await context.addCookies(cookies); // a copy of the session is worth nothing now
  await page.goto("/campaigns");
  await page.getByRole("heading", { name: "Sign in to Otto" }).waitFor();
});

it("has not made the browser complain", () => expect(complaints).toEqual([]));
