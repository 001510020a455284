/**
 * API tokens port. A token lets one program in, with some of the scopes. The store has the digest
 * of its secret, never the secret. Each store has one (`StoreLifecycle.apiTokens`).
 *
 * A token is changed by compare-and-set on its version, so two callers never overwrite each other.
 * The time of its last use is apart from that, because each instance writes it from time to time.
 * Times are milliseconds since the epoch. Failures to reach the store are `Unavailable`.
 */
import * as z from 'zod';
import { InvalidInput } from '#machines/errors.ts';
import { ROLES } from '#storage/approvals.ts';

const time = z.int().nonnegative();
const digest = z.string().regex(/^[0-9a-f]{64}$/);

export const storedApiTokenSchema = z.strictObject({
  id: z.string().min(1).max(100),
  /** As people read it. Several tokens may have one name. */
  name: z.string().min(1).max(100),
  /** Digest of the secret, in hexadecimal. */
  digest,
  /** The digest before the last rotation, and until when it is accepted. */
  former: z.strictObject({ digest, until: time }).nullable(),
  scopes: z.array(z.string().min(1).max(100)).max(100),
  /** What the program may decide, as a person of that role may. */
  role: z.enum(ROLES),
  /** Null for the default of the program. */
  requestsPerMinute: z.int().positive().nullable(),
  /** Id of the agent or program that made it. */
  createdBy: z.string().min(1).max(100),
  createdAt: time,
  /** Null if it stays valid until it is revoked. */
  expiresAt: time.nullable(),
  /** 1 for a new token, and one more with each change. */
  version: z.int().positive(),
  lastUsedAt: time.nullable(),
});
export type StoredApiToken = z.infer<typeof storedApiTokenSchema>;

export interface ApiTokenUse {
  readonly id: string;
  readonly at: number;
}

export interface ApiTokens {
  /** Also one that has expired. */
  apiToken(id: string): Promise<StoredApiToken | undefined>;
  /** The newest first, at most `limit`. */
  apiTokens(limit: number): Promise<readonly StoredApiToken[]>;
  /**
   * Stores a token of version 1, or the next version of one. False if it has another version by
   * now, exists already, or does not exist. The time of the last use stays as it is.
   */
  putApiToken(token: StoredApiToken): Promise<boolean>;
  /** False if it does not exist. */
  removeApiToken(id: string): Promise<boolean>;
  /** Keeps when tokens were used. The time only moves forward. Unknown ids are left out. */
  recordApiTokenUses(uses: readonly ApiTokenUse[]): Promise<void>;
}

/** Throws `InvalidInput` on what no caller should have let through. */
export function checkStoredApiToken(token: StoredApiToken): void {
  const { success, error } = storedApiTokenSchema.safeParse(token);
  if (!success) throw new InvalidInput(`The token cannot be stored: ${z.prettifyError(error)}`);
}
