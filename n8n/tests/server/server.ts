// A whole n8n, headless, with the node package installed as a community package and its rows in PostgreSQL.
import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

const root = resolve(import.meta.dirname, "../../..");
const program = join(root, "n8n/server/node_modules/n8n/bin/n8n");

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}

export interface Workflow {
  id: string;
  name: string;
  nodes: Array<{
    name: string;
    type: string;
    parameters: Record<string, unknown>;
    credentials?: unknown;
    webhookId?: string;
  }>;
}

export class N8n {
  readonly url: string;
  private readonly folder = mkdtempSync(join(tmpdir(), "otto-n8n-"));
  private readonly environment: Record<string, string>;
  private child: ChildProcess | undefined;
  private said = "";

  private constructor(port: number, brokerPort: number, environment: Record<string, string>) {
    this.url = `http://127.0.0.1:${port}`;
    this.environment = {
      PATH: process.env["PATH"] ?? "",
      HOME: this.folder,
      TZ: "UTC",
      GENERIC_TIMEZONE: "UTC",
      N8N_USER_FOLDER: this.folder,
      N8N_ENCRYPTION_KEY: "made up for a test of an hour",
      N8N_LISTEN_ADDRESS: "127.0.0.1",
      N8N_HOST: "127.0.0.1",
      N8N_PORT: String(port),
      WEBHOOK_URL: `${this.url}/`,
      N8N_RUNNERS_BROKER_LISTEN_ADDRESS: "127.0.0.1",
      N8N_RUNNERS_BROKER_PORT: String(brokerPort),
      N8N_DIAGNOSTICS_ENABLED: "false",
      N8N_VERSION_NOTIFICATIONS_ENABLED: "false",
      N8N_TEMPLATES_ENABLED: "false",
      N8N_PERSONALIZATION_ENABLED: "false",
      N8N_DYNAMIC_BANNERS_ENABLED: "false",
      N8N_LICENSE_AUTO_RENEW_ENABLED: "false",
      N8N_UNVERIFIED_PACKAGES_ENABLED: "true",
      ...environment,
    };
    const nodes = join(this.folder, ".n8n/nodes/node_modules/n8n-nodes-otto");
    mkdirSync(nodes, { recursive: true });
    for (const part of ["dist", "package.json"])
      cpSync(join(root, "n8n/n8n-nodes-otto", part), join(nodes, part), { recursive: true });
  }

  /** `port`: where it will listen; its database is made anew on OTTO_TEST_DATABASE_URL's server. */
  static async install(port: number): Promise<N8n> {
    const server = process.env["OTTO_TEST_DATABASE_URL"];
    if (!server) throw new Error("OTTO_TEST_DATABASE_URL is not set: script/with-postgres sets it");
    const name = `otto_n8n_${process.pid}`;
    execFileSync("psql", ["-q", server, "-c", `DROP DATABASE IF EXISTS ${name}`, "-c", `CREATE DATABASE ${name}`], {
      stdio: "ignore",
    });
    const { searchParams, username } = new URL(server.replace("@/", "@localhost/"));
    return new N8n(port, await freePort(), {
      DB_TYPE: "postgresdb",
      DB_POSTGRESDB_HOST: searchParams.get("host") ?? "localhost",
      DB_POSTGRESDB_DATABASE: name,
      DB_POSTGRESDB_USER: username,
    });
  }

  /** n8n's own command line. */
  async command(...args: string[]): Promise<string> {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, ...args], {
      env: { ...this.environment, N8N_RUNNERS_BROKER_PORT: String(await freePort()) },
      cwd: this.folder,
      maxBuffer: 64 << 20,
    });
    return stdout + stderr;
  }

  async import(what: "workflow" | "credentials", value: unknown): Promise<void> {
    const file = join(this.folder, `${what}.json`);
    writeFileSync(file, JSON.stringify(value));
    await this.command(`import:${what}`, `--input=${file}`);
  }

  async start(): Promise<void> {
    const child = spawn(process.execPath, [program, "start"], {
      env: this.environment,
      cwd: this.folder,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = child;
    const hear = (text: Buffer) => (this.said = (this.said + text.toString()).slice(-1_000_000));
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    // It says that it is ready once its workflows are active; its health check says so too early.
    while (!/Editor is now accessible/.test(this.said)) {
      if (child.exitCode !== null) throw new Error(`n8n ended with ${child.exitCode}:\n${this.said}`);
      await new Promise((done) => setTimeout(done, 100));
    }
  }

  get log(): string {
    return this.said;
  }

  async stop(): Promise<void> {
    if (this.child && this.child.exitCode === null) {
      const ended = new Promise((done) => this.child?.once("exit", done));
      this.child.kill("SIGKILL");
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
