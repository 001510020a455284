/** Operations that read a session's life, entry by entry (SPEC V2). */
import * as z from 'zod';
import { causeOf } from '#actors/session/moment.ts';
import type { Json } from '#machines/definition.ts';
import { StatechatError } from '#machines/errors.ts';
import { MAX_SEQ } from '#machines/ids.ts';
import type { JournalEntry, SessionRow } from '#storage/port.ts';
import type { Caller } from './caller.ts';
import type { OperationContext } from './context.ts';
import { graphSchema } from './machines.ts';
import { hiddenCause, momentSchema, momentView, resultShape } from './moment-view.ts';
import { defineOperation } from './operation.ts';
import { wholeNumber } from './paging.ts';
import { OperationProblem, problemTypes } from './problems.ts';
import { HIDDEN, hideAddress, seesPersonal } from './redaction.ts';
import { sessionSchema, sessionView } from './session-view.ts';
import { existingSession, noSuchSession, sessionIdInput } from './sessions.ts';

const scope = 'moments:read';
const effect = 'read';

/** The lanes of a timeline. */
const lane = z.enum(['customer', 'assistant', 'agent', 'timers', 'runs', 'effects', 'machine']);

const promptSchema = z.strictObject({
  system: z.array(z.strictObject({ text: z.string(), cached: z.boolean() })).readonly(),
  messages: z.array(z.strictObject({ role: z.enum(['user', 'assistant']), text: z.string() })).readonly(),
});

export const replaySession = defineOperation({
  name: 'sessions.replay',
  scope,
  effect,
  summary: 'Recomputes a session after one entry of its journal, with what the entry changed and why.',
  input: z.strictObject({
    sessionId: sessionIdInput,
    seq: wholeNumber(1, MAX_SEQ).exactOptional().describe('Default: the last entry.'),
  }),
  output: momentSchema.extend({
    prompt: promptSchema.nullable().describe('What a model would have received then. Null: nothing was started, or it is hidden.'),
  }),
  errors: [problemTypes.notFound, problemTypes.unreplayable],
  target: ({ sessionId }) => sessionId,
  async run(context, { sessionId, seq }) {
    const row = await sharedSession(context, sessionId);
    const wanted = allowedSeq(context.caller, row, seq ?? row.version);
    const moment = await replayed(() => context.replays.momentAt(row, wanted));
    const personal = seesPersonal(context.caller, row);
    const prompt = personal && moment.started.length > 0 ? context.promptOf(row.assistant, moment) : undefined;
    return {
      ...momentView(moment, personal),
      prompt: prompt === undefined ? null : { system: prompt.system, messages: prompt.messages.map(({ role, text }) => ({ role, text })) },
    };
  },
});

export const getTimeline = defineOperation({
  name: 'sessions.timeline',
  scope,
  effect,
  summary: "Reads a session's journal as a timeline with lanes.",
  input: z.strictObject({
    sessionId: sessionIdInput,
    after: wholeNumber(0, MAX_SEQ).default(0).describe('Only entries after this `seq`.'),
    limit: wholeNumber(1, 1_000).default(1_000),
  }),
  output: z.strictObject({
    session: sessionSchema,
    entries: z.array(
      z.strictObject({
        seq: z.number(),
        at: z.number(),
        kind: z.string(),
        lane,
        author: z.string().nullable(),
        text: z.string().nullable(),
        event: z.string().optional().describe('Type of the event that the machine received.'),
        about: z.string().optional().describe('Id of the timer that fired, type of the effect, or state that it led to.'),
        moved: z.boolean().describe('The entry moved the machine.'),
        ...resultShape,
        serial: z.number().optional().describe('Of the timer that fired, or the run that sent the event.'),
        instance: z.string().optional().describe('The instance that committed the turn. Only for the first entry of a turn.'),
        delivery: z.strictObject({ status: z.string(), at: z.number() }).nullable(),
      }),
    ),
    next: z.number().nullable().describe('`after` of the following page. Null: this was the last one.'),
    redacted: z.boolean().describe('Personal data is hidden.'),
  }),
  errors: [problemTypes.notFound],
  target: ({ sessionId }) => sessionId,
  async run(context, { sessionId, after, limit }) {
    const row = await sharedSession(context, sessionId);
    const personal = seesPersonal(context.caller, row);
    const last = allowedSeq(context.caller, row, row.version);
    const found = (await context.store.journal(row.id, after, limit + 1)).filter(({ seq }) => seq <= last);
    const shown = found.slice(0, limit);
    const ofSession = row.machineId === 'session';
    return {
      session: personal ? { ...sessionView(row), tags: [...row.tags] } : hiddenSession(row),
      entries: shown.map((entry) => timelineEntry(entry, personal, ofSession)),
      next: found.length > limit ? (shown.at(-1)?.seq ?? null) : null,
      redacted: !personal,
    };
  },
});

export const getSessionMachine = defineOperation({
  name: 'sessions.machine',
  scope,
  effect,
  summary: 'Reads the states and transitions of the machine that a session runs.',
  input: z.strictObject({ sessionId: sessionIdInput }),
  output: graphSchema,
  errors: [problemTypes.notFound],
  target: ({ sessionId }) => sessionId,
  async run(context, { sessionId }) {
    const { machineId, machineVersion } = await sharedSession(context, sessionId);
    const graph = context.graphOf(machineId, machineVersion);
    if (graph !== undefined) return graph;
    throw new OperationProblem(problemTypes.notFound, `The machine ${machineId}@${machineVersion} of this session is not registered here.`);
  },
});

function timelineEntry(entry: JournalEntry, personal: boolean, ofSession: boolean) {
  const whole = causeOf(entry, null);
  const { ignored, refused, parked, moved, author, text, serial, instance, event } = personal ? whole : hiddenCause(whole, ofSession);
  const { seq, at, kind, delivery } = entry;
  return {
    seq,
    at,
    kind,
    lane: laneOf(entry),
    author,
    text,
    ...typeIn(event),
    ...aboutOf(entry),
    moved: moved !== undefined,
    ...(ignored === undefined ? {} : { ignored }),
    ...(refused === undefined ? {} : { refused }),
    ...(parked === undefined ? {} : { parked }),
    ...(serial === undefined ? {} : { serial }),
    ...(instance === undefined ? {} : { instance }),
    delivery: delivery === null ? null : { status: delivery.status, at: delivery.at },
  };
}

function typeIn(event: Json | undefined): { readonly event?: string } {
  const type: unknown = Reflect.get(Object(event), 'type');
  return typeof type === 'string' ? { event: type } : {};
}

const aboutSchema = z
  .object({ id: z.string(), effect: z.string(), action: z.string(), to: z.object({ state: z.string() }) })
  .partial()
  .catch({});

/** Only names that the author of the machine chose, which are no personal data. */
function aboutOf({ kind, payload }: Pick<JournalEntry, 'kind' | 'payload'>): { readonly about?: string } {
  const { id, effect, action, to } = aboutSchema.parse(payload);
  const about = kind === 'timer' ? id : kind === 'transition' ? to?.state : (effect ?? action);
  return about === undefined ? {} : { about };
}

function laneOf({ kind, author }: Pick<JournalEntry, 'kind' | 'author'>): z.infer<typeof lane> {
  if (kind.startsWith('customer.')) return 'customer';
  if (['assistant.message', 'assistant.reaction', 'system.message'].includes(kind)) return 'assistant';
  if (['agent.message', 'agent.reaction', 'note'].includes(kind)) return 'agent';
  if (kind === 'timer') return 'timers';
  if (kind === 'run') return 'runs';
  if (kind === 'effect' || kind === 'log') return 'effects';
  return kind === 'transition' && author !== null && author !== 'system' ? 'agent' : 'machine';
}

function hiddenSession(row: SessionRow): z.input<typeof sessionSchema> {
  const { agentId, tags, queue, address, ...shown } = sessionView(row);
  return {
    ...shown,
    address: hideAddress(address),
    agentId: agentId === null ? null : HIDDEN,
    tags: [...tags].map(() => HIDDEN),
    queue: queue === null ? null : HIDDEN,
  };
}

/** A share link shows one session. To others there is no such session. */
async function sharedSession(context: OperationContext, sessionId: string): Promise<SessionRow> {
  const { share } = context.caller;
  if (share !== undefined && share.sessionId !== sessionId) throw noSuchSession(sessionId.slice(0, 80));
  return existingSession(context, sessionId);
}

/** A link to one step shows nothing after it. */
function allowedSeq({ share }: Caller, row: SessionRow, seq: number): number {
  const last = Math.min(row.version, share?.seq ?? row.version);
  if (seq <= last) return seq;
  if (share !== undefined && seq === row.version) return last;
  throw new OperationProblem(problemTypes.notFound, `The session has no entry ${seq}. Its last one is ${last}.`, { last });
}

/** Throws the problem `unreplayable` in place of the error. */
export async function replayed<T>(replay: () => Promise<T>): Promise<T> {
  try {
    return await replay();
  } catch (error) {
    if (!(error instanceof StatechatError) || error.retryable) throw error;
    const detail = 'The journal cannot be replayed with the machines of this program. GET /api/sessions/:id/history has its entries.';
    throw new OperationProblem(problemTypes.unreplayable, detail, { reason: error.code });
  }
}
