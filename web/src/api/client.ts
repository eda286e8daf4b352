import createClient from "openapi-fetch";
import type { paths } from "./schema";

/** What went wrong, in the server's own sentence. Status 0: Otto cannot be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly details: { field: string; message: string }[] = [],
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }
}

/** Every request says that it comes from the page: another site's form cannot. */
const headers = { "X-Otto-Request": "1" } as const;
/** The same, for the routes that demand it by name. */
export const fromThePage = { header: headers };

let onSignedOut: () => void = () => {};
/** `listener` is told when the server no longer knows this session. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener;
}

export const api = createClient<paths>({ baseUrl: "", headers });

interface Answered<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The answer's body, or an ApiError thrown. */
export async function answer<T>(call: Promise<Answered<T>>): Promise<T> {
  let answered: Answered<T>;
  try {
    answered = await call;
  } catch {
    throw new ApiError(0, "unreachable", "Otto cannot be reached. Is the connection up?");
  }
  const { data, error, response } = answered;
  if (response.ok) return data as T;
  if (response.status === 401 && !response.url.endsWith("/api/session")) onSignedOut();
  throw errorOf(response, error);
}

export function errorOf(response: Response, body: unknown): ApiError {
  const told = (body as { error?: { code?: string; message?: string; details?: ApiError["details"] } } | undefined)
    ?.error;
  const retry = Number(response.headers.get("Retry-After"));
  return new ApiError(
    response.status,
    told?.code ?? "unexpected",
    told?.message ?? `Otto answered ${response.status}.`,
    told?.details ?? [],
    Number.isFinite(retry) && retry > 0 ? retry : null,
  );
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "Something went wrong.";
}
