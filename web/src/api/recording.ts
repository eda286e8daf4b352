import { errorOf } from "./client";

/** Beyond this no waveform is drawn: the page would hold too much. An hour of 16-bit stereo is 115 MB. */
export const maxWaveformBytes = 48 * 1024 * 1024;

/** The whole recording, in the pieces in which the server gives it. Null: it is larger than `limit`. */
export async function fetchRecording(url: string, limit: number, signal: AbortSignal): Promise<ArrayBuffer | null> {
  const pieces: Uint8Array[] = [];
  let received = 0;
  for (;;) {
    const response = await fetch(url, { headers: { Range: `bytes=${received}-` }, signal });
    if (!response.ok) throw errorOf(response, await response.json().catch(() => undefined));
    const piece = new Uint8Array(await response.arrayBuffer());
    pieces.push(piece);
    received += piece.length;
    const total = Number(/\/(\d+)$/.exec(response.headers.get("Content-Range") ?? "")?.[1] ?? received);
    if (total > limit) return null;
    if (response.status === 200 || received >= total || piece.length === 0) break;
  }
  const whole = new Uint8Array(received);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole.buffer;
}
