/**
 * What is stored as a session's snapshot: XState's persisted snapshot, and what XState does not keep.
 *
 * Owns: the stored format and its reading. Does not own: what is put into it (hosted-actor.ts), or the machine's part of
 * it, which only the machine can judge.
 */
import * as z from 'zod';
import type { Json, PersistedMachine } from '#machines/definition.ts';
import { StatechatError } from '#machines/errors.ts';
import { parseSessionId, type SessionId } from '#machines/ids.ts';
import type { StoredDialogues } from './dialogues.ts';
import type { StoredMailboxes } from './mailboxes.ts';
import type { StatesBySerial } from './restorability.ts';
import type { Timer } from './session-timers.ts';
import type { Stimulus } from './stimulus.ts';

export interface Envelope {
  readonly format: 1;
  readonly snapshot: PersistedMachine;
  readonly timers: readonly Timer[];
  /** Serials of the actors by path; the root's path is empty. */
  readonly serials: Readonly<Record<string, number>>;
  readonly next: number;
  readonly dialogues?: StoredDialogues;
  /** By serial: states that a machine has left without entering them again, and yet is in. XState allows it, and forgets. */
  readonly absent?: StatesBySerial;
  /** By serial: states that a machine is still in, though its value no longer leads there. XState allows that too. */
  readonly lingering?: StatesBySerial;
  /** What actors have yet to hear, because running code must say something first. */
  readonly mailboxes?: StoredMailboxes;
  /** Stimuli that wait for the same reason. */
  readonly held?: readonly Stimulus[];
  /** Of a machine that failed: its tags may be those of no state that it is in. */
  readonly tags?: readonly string[];
  /** Kept by the host of the actor: sessions before this one whose events may still come again. */
  readonly lineage?: readonly { readonly id: SessionId; readonly closedAt: number }[];
}

const timerSchema = z.object({
  serial: z.number().int(),
  id: z.string(),
  source: z.number().int(),
  target: z.number().int(),
  event: z.looseObject({ type: z.string() }),
  due: z.number(),
  cancellable: z.boolean(),
});

const envelopeSchema = z.object({
  format: z.literal(1),
  snapshot: z.looseObject({ status: z.enum(['active', 'done', 'error', 'stopped']), context: z.unknown(), value: z.unknown() }),
  timers: z.array(timerSchema),
  serials: z.record(z.string(), z.number().int()),
  next: z.number().int(),
  lineage: z.array(z.object({ id: z.string().transform(parseSessionId), closedAt: z.number() })).optional(),
  dialogues: z.record(z.string(), z.array(z.unknown()).nullable()).optional(),
  absent: z.record(z.string(), z.array(z.string())).optional(),
  lingering: z.record(z.string(), z.array(z.string())).optional(),
  mailboxes: z.array(z.object({ to: z.number().int(), letters: z.array(z.unknown()) })).optional(),
  held: z.array(z.looseObject({ kind: z.string() })).optional(),
  tags: z.array(z.string()).optional(),
});

/** Reads a stored snapshot. Throws `StatechatError` code `unreadable_snapshot`. */
export function decodeEnvelope(stored: Json): Envelope {
  const result = envelopeSchema.safeParse(stored);
  if (!result.success) {
    throw new StatechatError('unreadable_snapshot', `the stored snapshot is not an envelope of format 1: ${z.prettifyError(result.error)}`);
  }
  return result.data as Envelope;
}
