/**
 * Share links over the store's expiring records. A token is `share.{id}.{code}`. The code
 * authenticates the id, and all else is in the store.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import * as z from 'zod';
import type { ExpiringRecord, ExpiringRecords } from '#storage/expiring-records.ts';
import type { Caller } from '../operations/caller.ts';
import type { ShareLink, ShareLinks } from '../operations/share-link-port.ts';

export interface ShareLinkParts {
  readonly records: ExpiringRecords;
  /** The same on every instance. */
  readonly key: Uint8Array;
  readonly now: () => number;
}

export interface ShareLinkCallers extends ShareLinks {
  /** The caller behind a token. Undefined if it is no share link's, or the link has ended. */
  caller(token: string): Promise<Caller | undefined>;
}

const target = z.strictObject({ sessionId: z.string(), seq: z.int().nullable(), personal: z.boolean() });
/** Links that a list shows. */
const MOST = 500;

export function shareLinksOf({ records, key, now }: ShareLinkParts): ShareLinkCallers {
  const codeOf = (id: string): Buffer => createHmac('sha256', key).update(id).digest();

  return {
    async create({ createdBy, expiresAt, ...shown }) {
      const id = uuidv7();
      const createdAt = now();
      const record: ExpiringRecord = { kind: 'share_link', id, owner: createdBy, version: 1, content: shown, createdAt, expiresAt };
      await records.putExpiringRecord(record, createdAt);
      return { link: { id, createdBy, createdAt, expiresAt, ...shown }, token: `share.${id}.${codeOf(id).toString('base64url')}` };
    },

    async list() {
      return (await records.expiringRecords('share_link', undefined, MOST, now())).map(linkIn);
    },

    revoke: (id) => records.removeExpiringRecord('share_link', id),

    async caller(token) {
      const [, id, code] = /^share\.([\w-]{36})\.([\w-]{43})$/.exec(token) ?? [];
      if (id === undefined || code === undefined || !timingSafeEqual(codeOf(id), Buffer.from(code, 'base64url'))) return undefined;
      const record = await records.expiringRecord('share_link', id, now());
      if (record === undefined) return undefined;
      const { sessionId, seq, personal } = linkIn(record);
      return {
        kind: 'agent',
        agent: { id: `share:${id}`, name: 'Share link' },
        role: 'agent',
        scopes: new Set(['moments:read']),
        share: { sessionId, seq, personal },
        validUntil: record.expiresAt,
      };
    },
  };
}

function linkIn({ id, owner, createdAt, expiresAt, content }: ExpiringRecord): ShareLink {
  return { id, createdBy: owner, createdAt, expiresAt, ...target.parse(content) };
}
