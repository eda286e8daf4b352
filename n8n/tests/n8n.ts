// The part of n8n that runs a node, as its nodes see it: what script/n8n shows in a whole n8n, without starting one.
import { createRequire } from "node:module";
import { resolve } from "node:path";

const built = createRequire(resolve(import.meta.dirname, "../n8n-nodes-otto/package.json"));

export type Json = Record<string, unknown>;
export interface Item {
  json: Json;
  pairedItem?: unknown;
  error?: Error;
}
interface Property {
  name: string;
  default?: unknown;
  displayOptions?: { show?: Record<string, unknown[]> };
}
interface Request {
  method: string;
  url: string;
  qs?: Json;
  body?: unknown;
  headers: Record<string, string>;
}

const { Otto } = built("./dist/nodes/Otto/Otto.node.js");
const { OttoTrigger } = built("./dist/nodes/OttoTrigger/OttoTrigger.node.js");
export const node = new Otto();
export const trigger = new OttoTrigger();
export const signature = built("./dist/nodes/OttoTrigger/signature.js");

export interface Credentials {
  baseUrl: string;
  apiKey: string;
  webhookSecret?: string;
}

/** A parameter as the panel holds it: what was set, else the default of the field that is shown. */
function parameter(properties: Property[], set: Json, name: string, fallback: unknown): unknown {
  if (name in set) return set[name];
  const shown = properties.filter(
    (property) =>
      property.name === name &&
      Object.entries(property.displayOptions?.show ?? {}).every(([other, values]) =>
        values.includes(other in set ? set[other] : parameter(properties, set, other, undefined)),
      ),
  );
  if (shown.length === 0 && fallback === undefined) throw new Error(`Could not get parameter ${name}`);
  return shown[0]?.default ?? fallback;
}

async function send({ method, url, qs = {}, body, headers }: Request, apiKey: string) {
  const query = new URLSearchParams(Object.entries(qs).map(([name, value]) => [name, String(value)])).toString();
  const answer = await fetch(query === "" ? url : `${url}?${query}`, {
    method,
    headers: { ...headers, "X-API-Key": apiKey, ...(body === undefined ? {} : { "Content-Type": "application/json" }) },
    redirect: "manual",
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const json = answer.headers.get("content-type")?.includes("application/json") ?? false;
  return {
    statusCode: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: json ? JSON.parse(text) : text,
  };
}

/** Runs the Otto node on items with these parameters. `execution`: its id, the same for n8n's retries. */
export async function run(
  credentials: Credentials,
  set: Json,
  {
    items = [{ json: {} }] as Item[],
    execution = crypto.randomUUID() as string,
    continueOnFail = false,
    signal = undefined as AbortSignal | undefined,
  } = {},
): Promise<Item[]> {
  const context = {
    getInputData: () => items,
    getNodeParameter: (name: string, _item: number, fallback?: unknown) =>
      parameter(node.description.properties, set, name, fallback),
    getNode: () => ({
      id: "otto-node",
      name: "Otto",
      type: "n8n-nodes-otto.otto",
      typeVersion: 1,
      position: [0, 0],
      parameters: set,
    }),
    getWorkflow: () => ({ id: "tests", name: "Tests", active: false }),
    getExecutionId: () => execution,
    evaluateExpression: () => 0,
    getExecutionCancelSignal: () => signal,
    getCredentials: async () => credentials,
    continueOnFail: () => continueOnFail,
    helpers: {
      httpRequestWithAuthentication: (_type: string, request: Request) => send(request, credentials.apiKey),
    },
  };
  const [output] = await node.execute.call(context);
  return output;
}

export interface Arrived {
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** Lets the trigger node hear a request. */
export async function hear(credentials: Credentials, { headers, body }: Arrived, set: Json = {}, state: Json = {}) {
  let status = 200;
  const response = {
    status(code: number) {
      status = code;
      return response;
    },
    json: () => response,
  };
  const answer = await trigger.webhook.call({
    getRequestObject: () => ({ headers, rawBody: Buffer.from(body) }),
    getResponseObject: () => response,
    getBodyData: () => JSON.parse(body) as Json,
    getCredentials: async () => credentials,
    getNodeParameter: (name: string, fallback?: unknown) =>
      parameter(trigger.description.properties, set, name, fallback),
    getWorkflowStaticData: () => state,
  });
  return { status, items: (answer.workflowData?.[0] ?? []) as Item[] };
}
