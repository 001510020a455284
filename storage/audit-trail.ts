/**
 * Audit trail port. It keeps which caller read and changed what. Entries are appended and never
 * changed. Each store has one (`StoreLifecycle.auditTrail`).
 *
 * Stores cut texts to their lengths (`storableAudit`), because callers choose some of them, and an
 * index of PostgreSQL takes no long ones.
 *
 * Times are milliseconds since the epoch. Failures to reach the store are `Unavailable`.
 */
import * as z from 'zod';
import { clip, wellFormed } from '#machines/text.ts';
import type { Page } from '#storage/port.ts';

export const auditRecordSchema = z.strictObject({
  /** When the call ended. */
  at: z.int().nonnegative(),
  /** Id of the agent, or of the program that acts in an agent's name. */
  agent: z.string().max(200),
  /** `token` for the API token, `agent` for a person, `none` for a caller that was not known. */
  kind: z.enum(['token', 'agent', 'none']),
  role: z.string().max(40),
  /** Name of the operation, such as `sessions.list`. */
  operation: z.string().max(100),
  effect: z.enum(['read', 'write']),
  /** Id of what was read or changed. Null for lists and for input that names nothing. */
  target: z.string().max(200).nullable(),
  /** `done`, or the code of the error. */
  outcome: z.string().max(100),
  /** What was changed, in short and without secrets. Null if the operation says it all. */
  detail: z.string().max(500).nullable(),
  /** Network address of the caller. Null if the projection has none. */
  network: z.string().max(100).nullable(),
});
export type AuditRecord = z.infer<typeof auditRecordSchema>;

/** An entry must match every field that is given. */
export interface AuditFilter {
  readonly agent?: string;
  readonly operation?: string;
  readonly target?: string;
  readonly effect?: 'read' | 'write';
  /** Inclusive. */
  readonly from?: number;
  /** Exclusive. */
  readonly to?: number;
}

export interface AuditTrail {
  /** All of them, in the order given, or none. */
  appendAudit(records: readonly AuditRecord[]): Promise<void>;
  /** Newest first. */
  audit(filter: AuditFilter, limit: number, cursor?: string): Promise<Page<AuditRecord>>;
  /** How many entries are from before `before`. */
  countAudit(before: number): Promise<number>;
  /** Deletes up to `limit` entries from before `before`. Returns how many. */
  forgetAudit(before: number, limit: number): Promise<number>;
}

/** The entry with each text well-formed and no longer than the schema allows. */
export function storableAudit(record: AuditRecord): AuditRecord {
  const { shape } = auditRecordSchema;
  const cut = (text: string, { maxLength }: { readonly maxLength: number | null }): string => clip(wellFormed(text), maxLength ?? 0);
  const cutOrNull = (text: string | null, schema: z.ZodNullable<z.ZodString>): string | null =>
    text === null ? null : cut(text, schema.unwrap());
  const { agent, role, operation, target, outcome, detail, network } = record;
  return {
    ...record,
    agent: cut(agent, shape.agent),
    role: cut(role, shape.role),
    operation: cut(operation, shape.operation),
    target: cutOrNull(target, shape.target),
    outcome: cut(outcome, shape.outcome),
    detail: cutOrNull(detail, shape.detail),
    network: cutOrNull(network, shape.network),
  };
}

export function matchesAudit(record: AuditRecord, { agent, operation, target, effect, from, to }: AuditFilter): boolean {
  return (
    (agent === undefined || record.agent === agent) &&
    (operation === undefined || record.operation === operation) &&
    (target === undefined || record.target === target) &&
    (effect === undefined || record.effect === effect) &&
    (from === undefined || record.at >= from) &&
    (to === undefined || record.at < to)
  );
}
