// A whole Otto for tests in TypeScript: PostgreSQL as given, the sandbox for Twilio, ElevenLabs and Google, the daemon.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const root = resolve(import.meta.dirname, "../..");

export const password = "a password for the browser's tests";
export const viewPassword = "a password that only looks";
/** RFC 6238's, as bytes and as the setting has it. */
export const viewSecret = { bytes: "12345678901234567890", base32: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ" };
export const apiKey = "browser-tests-key-0123456789";

const sheet = "1BrowserBrowserBrowserBrowserBrowserBrowser1";

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}

export class House {
  readonly url: string;
  readonly sandbox: string;
  readonly database: string;
  private readonly folder: string;
  private readonly children: ChildProcess[];

  private constructor(url: string, sandbox: string, database: string, folder: string, children: ChildProcess[]) {
    this.url = url;
    this.sandbox = sandbox;
    this.database = database;
    this.folder = folder;
    this.children = children;
  }

  /** `settings`: further lines of the daemon's file; `on`: a database that is there already. */
  static async start(options: { seed?: number; settings?: Record<string, string>; on?: string } = {}): Promise<House> {
    for (let tries = 1; ; tries++) {
      try {
        return await House.begin(options);
      } catch (error) {
        // Between looking for a free port and listening there another program may take it.
        if (tries === 3 || !/PORT|in use/.test(String(error))) throw error;
      }
    }
  }

  private static async begin({ seed = 7, settings = {} as Record<string, string>, on = "" }): Promise<House> {
    const server = process.env["OTTO_TEST_DATABASE_URL"];
    if (!server) throw new Error("OTTO_TEST_DATABASE_URL is not set: script/with-postgres sets it");
    const name = `otto_house_${process.pid}`;
    if (!on)
      execFileSync("psql", ["-q", server, "-c", `DROP DATABASE IF EXISTS ${name}`, "-c", `CREATE DATABASE ${name}`]);
    const database = on || server.replace("/postgres?", `/${name}?`);
    const [port, sandboxPort] = [await freePort(), await freePort()];
    const [url, sandbox] = [`http://127.0.0.1:${port}`, `http://127.0.0.1:${sandboxPort}`];
    const folder = mkdtempSync(join(tmpdir(), "otto-browser-"));
    writeFileSync(
      join(folder, "otto.env"),
      `BASE_URL=${url}
PORT=${port}
DATABASE_URL=${database}
TWILIO_ACCOUNT_SID=AC0770770770770770770770770770077a
TWILIO_AUTH_TOKEN=0770sandbox0770sandbox0770sandbo
TWILIO_OUTBOUND_NUMBER=+14155550100
TWILIO_API_BASE_URL=${sandbox}
TWILIO_CALLS_PER_SECOND=5
ELEVENLABS_API_KEY=sk_sandbox_0770
ELEVENLABS_OUTBOUND_AGENT_ID=agent_sandbox
ELEVENLABS_API_BASE_URL=${sandbox}
GOOGLE_SHEETS_CAMPAIGN_ID=${sheet}
GOOGLE_SHEETS_EXPORT_BASE_URL=${sandbox}
N8N_API_KEY=${apiKey}
OTTO_DASHBOARD_PASSWORD=${password}
OTTO_DASHBOARD_VIEW_PASSWORD=${viewPassword}
OTTO_DASHBOARD_VIEW_TOTP_SECRET=${viewSecret.base32}
OTTO_PRICE_PER_MINUTE=0.014
OTTO_ALLOWED_DESTINATIONS=US,DE
OTTO_JOURNAL_DIR=${join(folder, "journal")}
${Object.entries(settings)
  .map(([setting, value]) => `${setting}=${value}`)
  .join("\n")}
`,
    );
    const children: ChildProcess[] = [];
    const house = new House(url, sandbox, database, folder, children);
    const run = async (program: string, args: string[], ready: string) => {
      const child = spawn(join(root, "build", program), args, {
        cwd: root,
        env: { PATH: process.env["PATH"] ?? "" },
        stdio: ["ignore", "pipe", "pipe"],
      });
      children.push(child);
      let said = "";
      await new Promise<void>((done, fail) => {
        const timer = setTimeout(() => fail(new Error(`${program} never said "${ready}":\n${said}`)), 20_000);
        const hear = (text: Buffer) => {
          said += text.toString();
          if (!said.includes(ready)) return;
          clearTimeout(timer);
          said = "";
          done();
        };
        child.stdout.on("data", hear);
        child.stderr.on("data", hear);
        child.once("exit", (code) => fail(new Error(`${program} ended with ${code}:\n${said}`)));
      });
    };
    const tab = `${sheet}:0:Outbound Campaigns=tests/data/campaign.csv`;
    const options = ["--port", String(sandboxPort), "--seed", String(seed), "--speed", "4", "--sheet", tab];
    try {
      await run("otto-sandbox", options, "listens on");
      await run("otto", ["serve", "--config", join(folder, "otto.env")], "otto listens on");
    } catch (error) {
      await house.stop();
      throw error;
    }
    return house;
  }

  async stop(): Promise<void> {
    for (const child of this.children.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = new Promise((done) => child.once("exit", done));
      child.kill("SIGKILL");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The API as n8n uses it. */
  async api<T>(path: string, body?: unknown): Promise<T> {
    const response = await fetch(this.url + path, {
      method: body === undefined ? "GET" : "POST",
      headers: { "X-API-Key": apiKey, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${path} was answered with ${response.status}: ${await response.text()}`);
    return (await response.json()) as T;
  }
}
