import type { IDataObject, IExecuteFunctions, IHttpRequestMethods, JsonObject } from 'n8n-workflow';
import { NodeApiError } from 'n8n-workflow';

export interface Call {
  method: IHttpRequestMethods;
  path: string;
  qs?: IDataObject;
  body?: IDataObject;
  headers?: IDataObject;
}

interface Answer {
  statusCode: number;
  headers: IDataObject;
  body: unknown;
}

/** What Otto says of a refusal: {"success":false,"error":{"code","message","details":[{"field","message"}]}}. */
interface Refusal {
  code: string;
  message: string;
  details: Array<{ field: string; message: string }>;
}

function refusal(body: unknown): Refusal | undefined {
  const error = (body as { error?: Partial<Refusal> } | undefined)?.error;
  if (typeof error?.message !== 'string') return undefined;
  return { code: error.code ?? '', message: error.message, details: error.details ?? [] };
}

/** What to do about a refusal that Otto's own sentence does not say already. */
function hint(status: number, details: Refusal['details']): string {
  const fields = details.map(({ field, message }) => `${field}: ${message}`).join('\n');
  if (fields !== '') return fields;
  if (status === 401)
    return "Check the API key of this node's credentials: it must be one of N8N_API_KEY in Otto's settings.";
  if (status === 429) return 'Try again later, or let fewer items reach this node at once.';
  if (status >= 500)
    return 'Otto or a service it needs is not available. Turn on "Retry On Fail" in the settings of this node.';
  return '';
}

function refused(context: IExecuteFunctions, answer: Answer, itemIndex: number): NodeApiError {
  const said = refusal(answer.body);
  const message = said?.message ?? `What answers at the Base URL is not Otto: it said ${answer.statusCode}.`;
  const description = said ? hint(answer.statusCode, said.details) : "Check the Base URL of this node's credentials.";
  const response: JsonObject = { message, code: said?.code ?? '', statusCode: answer.statusCode };
  return new NodeApiError(context.getNode(), response, {
    message,
    description,
    httpCode: String(answer.statusCode),
    itemIndex,
  });
}

/** Whether the same request may well be taken later: Otto was silent, or it or a service of its was not available. */
export function passing(error: unknown): boolean {
  if (!(error instanceof NodeApiError)) return false;
  return error.httpCode === null || error.httpCode === '429' || Number(error.httpCode) >= 500;
}

const timeout = 60_000; // ms: Otto reads a campaign's sheet before it answers

/** One request to Otto; a refusal or silence throws with a sentence for n8n's panel. */
export async function ask(context: IExecuteFunctions, itemIndex: number, call: Call): Promise<IDataObject> {
  const { baseUrl } = await context.getCredentials<{ baseUrl: string }>('ottoApi', itemIndex);
  const base = baseUrl.trim().replace(/\/+$/, '');
  let answer: Answer;
  try {
    answer = (await context.helpers.httpRequestWithAuthentication.call(context, 'ottoApi', {
      method: call.method,
      url: base + call.path,
      qs: call.qs,
      body: call.body,
      headers: { Accept: 'application/json', ...call.headers },
      json: true,
      timeout,
      disableFollowRedirect: true,
      returnFullResponse: true,
      ignoreHttpStatusErrors: true,
    })) as Answer;
  } catch (cause) {
    const { message: why = String(cause), code = '' } = (cause ?? {}) as { message?: string; code?: string };
    throw new NodeApiError(
      context.getNode(),
      { message: why, code },
      {
        message: `Otto cannot be reached at ${base}`,
        description: `${why}. Check the Base URL of this node's credentials and that Otto runs.`,
        itemIndex,
      },
    );
  }
  const success = (answer.body as { success?: boolean; status?: string } | undefined)?.success;
  // The status report of a house on fire is an answer, not a refusal.
  const report = success === undefined && typeof (answer.body as IDataObject | undefined)?.services === 'object';
  if (report || (answer.statusCode >= 200 && answer.statusCode < 300 && success === true))
    return answer.body as IDataObject;
  throw refused(context, answer, itemIndex);
}

/** A list's entries, page by page, up to `limit` (0: all). */
export async function askAll(
  context: IExecuteFunctions,
  itemIndex: number,
  path: string,
  key: string,
  qs: IDataObject,
  limit: number,
): Promise<IDataObject[]> {
  const page = 200; // the largest that every list takes
  const entries: IDataObject[] = [];
  let cursor: unknown;
  do {
    const left = limit === 0 ? page : limit - entries.length;
    const query: IDataObject = { ...qs, limit: Math.min(page, left) };
    if (typeof cursor === 'string') query.cursor = cursor;
    const answer = await ask(context, itemIndex, { method: 'GET', path, qs: query });
    entries.push(...(answer[key] as IDataObject[]));
    cursor = answer.nextCursor;
  } while (typeof cursor === 'string' && (limit === 0 || entries.length < limit));
  return limit === 0 ? entries : entries.slice(0, limit);
}
