/**
 * Port of records that expire by themselves, which are sandboxes, share links, and
 * answers to requests with an idempotency key. A record is
 * changed by compare-and-set on its version, so two callers never overwrite each other. Each store
 * has one (`StoreLifecycle.expiringRecords`).
 *
 * Times are milliseconds since the epoch. Failures to reach the store are `Unavailable`.
 *
 * Invariant. A record that has expired is in no answer, whether it is deleted yet or not.
 */
import * as z from 'zod';
import { InvalidInput } from '#machines/errors.ts';

const EXPIRING_KINDS = ['sandbox', 'share_link', 'idempotency'] as const;
export type ExpiringKind = (typeof EXPIRING_KINDS)[number];

/** Characters of a record's content as JSON. A sandbox with many steps. */
export const MAX_RECORD = 1_000_000;

export const expiringRecordSchema = z.strictObject({
  kind: z.enum(EXPIRING_KINDS),
  /** Unique in its kind. */
  id: z.string().min(1).max(100),
  /** Id of the agent who made it. */
  owner: z.string().min(1).max(100),
  /** 1 for a new record, and one more with each change. */
  version: z.int().positive(),
  /** What may be in it is the caller's rule. */
  content: z.json(),
  createdAt: z.int().nonnegative(),
  expiresAt: z.int().nonnegative(),
});
export type ExpiringRecord = z.infer<typeof expiringRecordSchema>;

export interface ExpiringRecords {
  expiringRecord(kind: ExpiringKind, id: string, now: number): Promise<ExpiringRecord | undefined>;
  /** The newest first, at most `limit`. Without an owner those of all. */
  expiringRecords(kind: ExpiringKind, owner: string | undefined, limit: number, now: number): Promise<readonly ExpiringRecord[]>;
  /**
   * Stores a record of version 1, or the next version of one that has not expired. False if it has
   * another version by now, exists already, or does not exist.
   */
  putExpiringRecord(record: ExpiringRecord, now: number): Promise<boolean>;
  /** False if it does not exist. */
  removeExpiringRecord(kind: ExpiringKind, id: string): Promise<boolean>;
  /** Deletes what has expired, at most `limit`. Resolves to how many it deleted. */
  forgetExpiringRecords(now: number, limit: number): Promise<number>;
}

/** Throws `InvalidInput` on what no caller should have let through. */
export function checkExpiringRecord(record: ExpiringRecord): void {
  const { success, error } = expiringRecordSchema.safeParse(record);
  if (!success) throw new InvalidInput(`The record cannot be stored: ${z.prettifyError(error)}`);
  if (JSON.stringify(record.content).length > MAX_RECORD) {
    throw new InvalidInput(`The record cannot be stored: its content has more than ${MAX_RECORD} characters.`);
  }
}
