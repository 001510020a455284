/**
 * Seals the secrets of endpoints before they are stored, by AES-256-GCM. They cannot be hashed,
 * because signing needs them.
 *
 * Invariants, with their tests in `test/src/webhooks/sealing.test.ts`
 * 1. With a key, the store never receives a secret as it is.
 * 2. A secret opens only for the endpoint that it was sealed for.
 */
import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';
import type { Secret } from '#machines/secret.ts';
import type { StoredEndpoint, Webhooks } from '#storage/webhooks.ts';

const PREFIX = 'sealed';
const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

export interface Sealer {
  seal(text: string, endpointId: string): string;
  /** A text that no key opens stays sealed. */
  open(text: string, endpointId: string): string;
  /** Sealed with the first key. Without keys every text is. */
  isCurrent(text: string): boolean;
}

export function isSealed(text: string): boolean {
  return text.startsWith(`${PREFIX}.`);
}

/** @param secrets the first one seals, and all of them open. Without one, nothing is sealed. */
export function sealerOf(secrets: readonly Secret[]): Sealer {
  const keys = secrets.map((secret) => {
    const key = Buffer.from(hkdfSync('sha256', secret.reveal(), '', 'statechat sealed secrets', 32));
    return { key, name: createHash('sha256').update(key).digest('hex').slice(0, 8) };
  });
  const [current] = keys;

  return {
    seal(text, endpointId) {
      if (current === undefined || isSealed(text)) return text;
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv(CIPHER, current.key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(endpointId));
      const content = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return [PREFIX, current.name, Buffer.concat([iv, cipher.getAuthTag(), content]).toString('base64url')].join('.');
    },

    open(text, endpointId) {
      const [, name, packed = ''] = text.split('.');
      const key = isSealed(text) ? keys.find((one) => one.name === name)?.key : undefined;
      if (key === undefined) return text;
      const bytes = Buffer.from(packed, 'base64url');
      const [iv, tag, content] = [0, IV_BYTES, IV_BYTES + TAG_BYTES].map((start, index, starts) =>
        bytes.subarray(start, starts[index + 1]),
      );
      try {
        const decipher = createDecipheriv(CIPHER, key, iv ?? '', { authTagLength: TAG_BYTES }).setAAD(Buffer.from(endpointId));
        decipher.setAuthTag(tag ?? Buffer.of());
        return decipher.update(content ?? Buffer.of(), undefined, 'utf8') + decipher.final('utf8');
      } catch {
        return text;
      }
    },

    isCurrent: (text) => current === undefined || text.startsWith(`${PREFIX}.${current.name}.`),
  };
}

/** The same webhooks, whose secrets are sealed in the store. */
export function sealedWebhooks(webhooks: Webhooks, sealer: Sealer): Webhooks {
  return {
    ...webhooks,
    async endpoints() {
      const records = await webhooks.endpoints();
      return records.map(({ endpoint, health }) => ({ endpoint: mapSecrets(endpoint, sealer.open), health }));
    },
    putEndpoint: (endpoint) => webhooks.putEndpoint(mapSecrets(endpoint, sealer.seal)),
  };
}

/**
 * Seals what was stored without a key or with an earlier one. Resolves to how many endpoints have
 * changed. One that an admin changes at the same moment is sealed by that change.
 */
export async function sealAgain(webhooks: Webhooks, sealer: Sealer): Promise<number> {
  let changed = 0;
  for (const { endpoint } of await webhooks.endpoints()) {
    if (endpoint.secrets.every(({ value }) => sealer.isCurrent(value))) continue;
    const opened = mapSecrets(endpoint, sealer.open);
    if (opened.secrets.some(({ value }) => isSealed(value))) continue;
    const sealed = mapSecrets({ ...opened, version: opened.version + 1 }, sealer.seal);
    if (await webhooks.putEndpoint(sealed)) changed += 1;
  }
  return changed;
}

function mapSecrets(endpoint: StoredEndpoint, change: (text: string, endpointId: string) => string): StoredEndpoint {
  const secrets = endpoint.secrets.map(({ value, until }) => ({ value: change(value, endpoint.id), until }));
  return { ...endpoint, secrets };
}
