/** Signatures after Standard Webhooks 1.0 (https://www.standardwebhooks.com), with HMAC-SHA256. */
import { createHmac, randomBytes } from 'node:crypto';
import { StatechatError } from '#machines/errors.ts';

const PREFIX = 'whsec_';
/** The specification wants 24 to 64. */
const SECRET_BYTES = 32;

export function newSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

export interface Signed {
  readonly id: string;
  /** Milliseconds since the epoch. The receiver compares it with its own clock. */
  readonly at: number;
  readonly body: string;
}

/** The headers of a message. With several secrets it has several signatures, the newest first. */
export function signedHeaders(secrets: readonly string[], { id, at, body }: Signed): Record<string, string> {
  const timestamp = String(Math.floor(at / 1_000));
  const signatures = secrets.map(
    (secret) => `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')}`,
  );
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}

function keyOf(secret: string): Buffer {
  if (!secret.startsWith(PREFIX))
    throw new StatechatError('unreadable_record', `a secret of webhooks does not begin with ${PREFIX}`, { expose: false });
  return Buffer.from(secret.slice(PREFIX.length), 'base64');
}
