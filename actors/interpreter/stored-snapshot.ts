/**
 * What is stored as a session's snapshot, which is XState's persisted snapshot and what XState does
 * not keep.
 *
 * Owns the stored form of snapshots and inputs, and reading it. Releases since 0.1.0 share it, and
 * several releases run on one database during an update. So the keys on disk never change, and code
 * has names of its own.
 *
 * | in code | on disk |
 * | --- | --- |
 * | machine | snapshot |
 * | nextSerial | next |
 * | callbackHistories, with `received` and `sent` | dialogues, with `heard` and `said` |
 * | missingStates, surplusStates | absent, lingering |
 * | detachedChildren, reservedSystemIds | orphans, taken |
 * | interruptedStep | underWay |
 * | its `input`, `openCall`, `nextSerial` | its `stimulus`, `open`, `next` |
 * | heldInputs | held |
 * | an answer's `sent` | `said` |
 * | the `input` of a hold | `stimulus` |
 *
 * Does not own what is put into a snapshot (hosted-actor.ts), or the machine's part of it, which
 * only the machine can judge.
 */
import * as z from 'zod';
import type { Json, PersistedMachine } from '#machines/definition.ts';
import { StatechatError } from '#machines/errors.ts';
import { parseSessionId, type SessionId } from '#machines/ids.ts';
import type { CallbackHistoriesBySerial, CallbackHistory } from './callback-history.ts';
import type { DetachedChild } from './detached-children.ts';
import type { ActorInput, Recipient } from './input.ts';
import type { StateDifferences } from './restorability.ts';
import type { Answer, Call } from './sync-calls.ts';
import type { Timer } from './timers.ts';

/** See `restorability.ts` for `missingStates` and `surplusStates`. */
export interface StoredSnapshot extends StateDifferences {
  readonly machine: PersistedMachine;
  readonly timers: readonly Timer[];
  /** Serials of the actors by path. The path of the root is empty. */
  readonly serials: Readonly<Record<string, number>>;
  readonly nextSerial: number;
  readonly callbackHistories?: CallbackHistoriesBySerial;
  /** Children of child machines that failed. They keep running. */
  readonly detachedChildren?: readonly DetachedChild[];
  /** System ids of such children that never started. No other actor can have them. */
  readonly reservedSystemIds?: readonly string[];
  /** A step that waits for code. The rest of the snapshot is as it was before that step. */
  readonly interruptedStep?: InterruptedStep;
  /** Inputs that arrived while the step waits. */
  readonly heldInputs?: readonly ActorInput[];
  /** For a machine that failed. Its tags may be those of no state that it is in. */
  readonly tags?: readonly string[];
  /**
   * Earlier sessions of the address whose events may still arrive again. Kept by the host of the
   * actor.
   */
  readonly lineage?: readonly { readonly id: SessionId; readonly closedAt: number }[];
  /** `traceparent` of the last turn, if it was traced. Kept by the host of the actor. */
  readonly trace?: string;
}

/** What a session that does not exist yet begins from. */
export interface Beginning {
  readonly kind: 'beginning';
  /** The input of the machine. */
  readonly input?: Json | undefined;
  readonly firstSerial: number;
}

/** A step that broke off to let code run, and will be played again from its beginning. */
export interface InterruptedStep {
  readonly input: ActorInput | Beginning;
  /** When the step began. */
  readonly at: number;
  /** What code answered so far, call by call. */
  readonly answers: readonly Answer[];
  /** The call that the step waits for. */
  readonly openCall: Call;
  /** No serial from here on was ever given away. */
  readonly nextSerial: number;
}

const integer = z.number().int();
const eventSchema = z.looseObject({ type: z.string() });
const statesSchema = z.record(z.string(), z.array(z.string()));
const sentSchema = z.array(z.object({ to: z.custom<Recipient>((to) => typeof to === 'string'), event: eventSchema }));
const callSchema = z.object({ serial: integer, call: integer, event: eventSchema.optional() });
const answerSchema = z
  .object({ serial: integer, call: integer, said: sentSchema })
  .transform(({ said: sent, ...answer }): Answer => ({ ...answer, sent }));

const timerSchema = z.object({
  serial: integer,
  id: z.string(),
  source: integer,
  target: integer,
  event: eventSchema,
  due: z.number(),
  cancellable: z.boolean(),
});

const inputSchema: z.ZodType<ActorInput> = z.lazy(() =>
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('event'), event: eventSchema }),
    z.object({ kind: z.enum(['timer', 'drop']), serial: integer }),
    z.object({
      kind: z.literal('signal'),
      serial: integer,
      to: z.custom<Recipient>((to) => typeof to === 'string'),
      event: eventSchema,
      prompt: z.boolean(),
    }),
    z
      .object({ kind: z.literal('answer'), serial: integer, call: integer, said: sentSchema })
      .transform(({ said: sent, ...answer }) => ({ ...answer, sent })),
    z
      .object({ kind: z.literal('hold'), stimulus: inputSchema, first: z.literal(true).optional() })
      .transform(({ kind, stimulus: input, first }) => ({ kind, input, ...(first ? { first } : {}) })),
    z.object({ kind: z.enum(['abandon', 'wake', 'release', 'skip']) }),
  ]),
);

const beginningSchema = z
  .object({ kind: z.literal('beginning'), input: z.unknown().optional(), firstSerial: integer })
  .transform((beginning) => beginning as Beginning);

const historyLineSchema = z.union([
  z.object({ heard: eventSchema }).transform(({ heard: received }) => ({ received })),
  z
    .object({ said: eventSchema, to: z.custom<Recipient>((to) => typeof to === 'string') })
    .transform(({ said: event, to }) => ({ sent: { to, event } })),
]);

const snapshotSchema = z.object({
  format: z.literal(1),
  snapshot: z.looseObject({ status: z.enum(['active', 'done', 'error', 'stopped']), context: z.unknown(), value: z.unknown() }),
  timers: z.array(timerSchema),
  serials: z.record(z.string(), integer),
  next: integer,
  lineage: z.array(z.object({ id: z.string().transform(parseSessionId), closedAt: z.number() })).optional(),
  dialogues: z.record(z.string(), z.array(historyLineSchema).nullable()).optional(),
  // A program before 0.1.0 kept places in mailboxes. Such a snapshot is better unread than half
  // read.
  mailboxes: z.array(z.unknown()).max(0).optional(),
  absent: statesSchema.optional(),
  lingering: statesSchema.optional(),
  orphans: z
    .array(
      z.looseObject({
        id: z.string(),
        parent: integer,
        path: z.array(z.string()),
        snapshot: z.looseObject({ status: z.string() }),
        serials: z.record(z.string(), integer),
      }),
    )
    .optional(),
  taken: z.array(z.string()).optional(),
  underWay: z
    .object({
      stimulus: z.union([inputSchema, beginningSchema]),
      at: z.number(),
      answers: z.array(answerSchema),
      open: callSchema,
      next: integer,
    })
    .transform(
      ({ stimulus: input, at, answers, open: openCall, next: nextSerial }): InterruptedStep => ({
        input,
        at,
        answers,
        openCall,
        nextSerial,
      }),
    )
    .optional(),
  held: z.array(inputSchema).optional(),
  tags: z.array(z.string()).optional(),
  trace: z.string().optional(),
});

/** Reads a stored snapshot. Throws `StatechatError` code `unreadable_snapshot`. */
export function decodeSnapshot(stored: Json): StoredSnapshot {
  const result = snapshotSchema.safeParse(stored);
  if (!result.success) {
    throw new StatechatError('unreadable_snapshot', `the stored snapshot is not of format 1: ${z.prettifyError(result.error)}`);
  }
  const { snapshot, timers, serials, next, lineage, dialogues, absent, lingering, orphans, taken, underWay, held, tags, trace } =
    result.data;
  return {
    machine: snapshot as PersistedMachine,
    timers,
    serials,
    nextSerial: next,
    ...(dialogues && { callbackHistories: dialogues }),
    ...(absent && { missingStates: absent }),
    ...(lingering && { surplusStates: lingering }),
    ...(orphans && { detachedChildren: orphans as readonly object[] as readonly DetachedChild[] }),
    ...(taken && { reservedSystemIds: taken }),
    ...(underWay && { interruptedStep: underWay }),
    ...(held && { heldInputs: held }),
    ...(tags && { tags }),
    ...(lineage && { lineage }),
    ...(trace !== undefined && { trace }),
  };
}

/** The stored form of a snapshot. */
export function encodeSnapshot(snapshot: StoredSnapshot): Json {
  const { missingStates, surplusStates, callbackHistories, interruptedStep, heldInputs, detachedChildren, reservedSystemIds } = snapshot;
  // Most sessions have the first five alone. Spreads of absent parts would cost more than the rest.
  const stored: { [key: string]: unknown } = {
    format: 1,
    snapshot: snapshot.machine,
    timers: snapshot.timers,
    serials: snapshot.serials,
    next: snapshot.nextSerial,
  };
  if (missingStates) stored.absent = missingStates;
  if (surplusStates) stored.lingering = surplusStates;
  if (detachedChildren) stored.orphans = detachedChildren;
  if (reservedSystemIds) stored.taken = reservedSystemIds;
  if (snapshot.tags) stored.tags = snapshot.tags;
  if (callbackHistories) stored.dialogues = encodeHistories(callbackHistories);
  if (interruptedStep) stored.underWay = encodeStep(interruptedStep);
  if (heldInputs) stored.held = heldInputs.map(encodeInput);
  if (snapshot.lineage) stored.lineage = snapshot.lineage;
  if (snapshot.trace !== undefined) stored.trace = snapshot.trace;
  return stored as object as Json;
}

function encodeHistories(histories: CallbackHistoriesBySerial): object {
  const encode = (history: CallbackHistory) =>
    history.map((line) => ('received' in line ? { heard: line.received } : { said: line.sent.event, to: line.sent.to }));
  return Object.fromEntries(Object.entries(histories).map(([serial, history]) => [serial, history && encode(history)]));
}

function encodeStep({ input, at, answers, openCall, nextSerial }: InterruptedStep): object {
  return {
    stimulus: input.kind === 'beginning' ? input : encodeInput(input),
    at,
    answers: answers.map(({ sent, ...answer }) => ({ ...answer, said: sent })),
    open: openCall,
    next: nextSerial,
  };
}

/** Reads an input from a journal entry. Undefined if it is none. */
export function decodeInput(stored: unknown): ActorInput | undefined {
  return inputSchema.safeParse(stored).data;
}

/** The stored form of an input. */
export function encodeInput(input: ActorInput): Json & object {
  const stored =
    input.kind === 'answer'
      ? { kind: input.kind, serial: input.serial, call: input.call, said: input.sent }
      : input.kind === 'hold'
        ? { kind: input.kind, stimulus: encodeInput(input.input), ...(input.first ? { first: true } : {}) }
        : input;
  return stored as object as Json & object;
}

/**
 * The next free serial of a stored snapshot that may be of any format. Undefined if it has none.
 */
export function nextSerialIn(stored: Json): number | undefined {
  const parsed = z.object({ next: integer.optional(), underWay: z.object({ next: integer }).optional() }).safeParse(stored).data;
  return parsed?.underWay?.next ?? parsed?.next;
}
