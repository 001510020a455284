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
import type { StoredDialogues } from './callback-history.ts';
import type { DetachedChild } from './detached-children.ts';
import type { Stimulus } from './input.ts';
import type { StatesBySerial } from './restorability.ts';
import type { Call } from './step.ts';
import type { Answer } from './sync-calls.ts';
import type { Timer } from './timers.ts';

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
  /** Children of child machines that failed: they run on. */
  readonly orphans?: readonly DetachedChild[];
  /** System ids of such children that never began: nobody else can have them. */
  readonly taken?: readonly string[];
  /** A step that waits for running code: the rest is as it was before that step. */
  readonly underWay?: StepUnderWay;
  /** Stimuli that came meanwhile. */
  readonly held?: readonly Stimulus[];
  /** Of a machine that failed: its tags may be those of no state that it is in. */
  readonly tags?: readonly string[];
  /** Kept by the host of the actor: sessions before this one whose events may still come again. */
  readonly lineage?: readonly { readonly id: SessionId; readonly closedAt: number }[];
}

/** What a session that does not exist yet is to begin from. */
export interface Beginning {
  readonly kind: 'beginning';
  readonly input?: Json | undefined;
  readonly firstSerial: number;
}

/** A step that broke off to let code run, and will be played again from its beginning. */
export interface StepUnderWay {
  readonly stimulus: Stimulus | Beginning;
  /** When it began. */
  readonly at: number;
  /** What code said so far, call by call. */
  readonly answers: readonly Answer[];
  /** What the step waits for. */
  readonly open: Call;
  /** No serial from here on was ever given away. */
  readonly next: number;
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
  // Of a program before 0.1.0, which kept places in mailboxes: better unread than half read.
  mailboxes: z.array(z.unknown()).max(0).optional(),
  absent: z.record(z.string(), z.array(z.string())).optional(),
  lingering: z.record(z.string(), z.array(z.string())).optional(),
  orphans: z
    .array(
      z.looseObject({
        id: z.string(),
        parent: z.number().int(),
        path: z.array(z.string()),
        snapshot: z.looseObject({ status: z.string() }),
        serials: z.record(z.string(), z.number().int()),
      }),
    )
    .optional(),
  taken: z.array(z.string()).optional(),
  underWay: z
    .object({
      stimulus: z.looseObject({ kind: z.string() }),
      at: z.number(),
      answers: z.array(z.object({ serial: z.number().int(), call: z.number().int(), said: z.array(z.unknown()) })),
      open: z.object({ serial: z.number().int(), call: z.number().int(), event: z.looseObject({ type: z.string() }).optional() }),
      next: z.number().int(),
    })
    .optional(),
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
