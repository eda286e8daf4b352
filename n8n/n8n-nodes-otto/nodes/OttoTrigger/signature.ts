import { createHmac, timingSafeEqual } from 'node:crypto';

const prefix = 'whsec_';
const tolerance = 5 * 60; // seconds between signing and arrival, as Standard Webhooks' libraries allow

/** The key of a secret as Otto reads OTTO_WEBHOOK_SECRET: "whsec_" and base64, or any other text as it is. */
function key(secret: string): Buffer {
  return secret.startsWith(prefix) ? Buffer.from(secret.slice(prefix.length), 'base64') : Buffer.from(secret, 'utf8');
}

/** The secret that holds while Otto has no OTTO_WEBHOOK_SECRET. */
function derived(apiKey: string): string {
  return prefix + createHmac('sha256', apiKey).update('otto outgoing webhooks v1').digest('base64');
}

export interface Signed {
  id?: string;
  timestamp?: string;
  signature?: string;
  body: Buffer | string;
}

/** What is wrong with an event, with the status to answer; undefined: it is Otto's own, and fresh. */
export function fault(
  { id, timestamp, signature, body }: Signed,
  { apiKey, webhookSecret }: { apiKey: string; webhookSecret?: string },
  now = Date.now(),
): { status: number; message: string } | undefined {
  if (!id || !timestamp || !signature)
    return { status: 401, message: 'The headers webhook-id, webhook-timestamp and webhook-signature are missing.' };
  const secret = webhookSecret?.trim() || derived(apiKey);
  const expected = createHmac('sha256', key(secret)).update(`${id}.${timestamp}.`).update(body).digest();
  const matches = signature.split(' ').some((one) => {
    const [version, value = ''] = one.split(',');
    const given = Buffer.from(value, 'base64');
    return version === 'v1' && given.length === expected.length && timingSafeEqual(given, expected);
  });
  if (!matches)
    return {
      status: 401,
      message: 'The signature is not of this webhook secret: compare the credentials with OTTO_WEBHOOK_SECRET.',
    };
  // Signed, but perhaps recorded and sent again; 400, because a clock that is off is no reason to give all events up.
  if (!(Math.abs(now / 1000 - Number(timestamp)) <= tolerance)) {
    return {
      status: 400,
      message: 'The event was signed more than five minutes ago, or the clocks differ by as much.',
    };
  }
  return undefined;
}
