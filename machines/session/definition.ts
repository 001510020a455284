/** Definitions of the session machine, with what the host, lists and the journal need. */
import * as z from 'zod';
import type {
  EntryDescription,
  MachineDefinition,
  MachineEvent,
  PersistedMachine,
  SessionFacts,
  SessionPreview,
  SnapshotView,
} from '../definition.ts';
import { estimateTokens } from '../tokens.ts';
import { commandText } from './changes.ts';
import { contextSchema, NO_MEMORY, sessionContext } from './context.ts';
import { type SessionEventOf, sessionEvent } from './events.ts';
import { updateText } from './facts.ts';
import { handoffOf, serviceSoFar } from './handoff.ts';
import { NO_HANDOFF } from './handoff-facts.ts';
import { sessionMachine, sessionMachine1, sessionMachine2 } from './machine.ts';
import { afterClose } from './rating.ts';
import type { analyse, answer, summarise } from './runs.ts';
import type { LifecycleState } from './table-cells.ts';

const valueSchema = z.union([
  z.literal('CLOSED'),
  z.object({
    open: z.object({
      lifecycle: z.union([z.enum(['NEW', 'WAITING_AGENT', 'IDLE']), z.object({ ACTIVE: z.enum(['bot', 'human']) })]),
    }),
  }),
]);

/**
 * Parts of the context that lists need. Every turn reads the facts, so the rest is left unparsed.
 */
const holding = contextSchema.pick({ agent: true, tags: true, waiting: true }).loose();

/**
 * State of a session in its table. Throws a ZodError if the value is not one of the session
 * machine.
 */
export function lifecycleState(snapshot: Pick<SnapshotView, 'value'>): LifecycleState {
  const value = valueSchema.parse(snapshot.value);
  if (value === 'CLOSED') return 'CLOSED';
  const { lifecycle } = value.open;
  return typeof lifecycle === 'string' ? lifecycle : `ACTIVE.${lifecycle.ACTIVE}`;
}

/**
 * `handler` is `none` while the session waits for a human and once it is closed. An idle session
 * keeps the one it had.
 */
export function sessionFacts(snapshot: SnapshotView): SessionFacts {
  const state = lifecycleState(snapshot);
  const { agent, tags, waiting } = holding.parse(snapshot.context);
  const silent = state === 'WAITING_AGENT' || state === 'CLOSED';
  return {
    state: state.startsWith('ACTIVE') ? 'ACTIVE' : state,
    handler: silent ? 'none' : agent ? 'human' : 'bot',
    ...(agent ? { agentId: agent.id } : {}),
    tags,
    ...(state === 'WAITING_AGENT' && waiting ? { waitingSince: waiting.since } : {}),
    ...(state === 'WAITING_AGENT' && waiting?.queue ? { queue: waiting.queue } : {}),
  };
}

/** What lists need of the context. The older messages are left unparsed. */
const previewed = contextSchema
  .pick({
    customer: true,
    pending: true,
    priority: true,
    snoozed: true,
    scheduled: true,
    agent: true,
    waiting: true,
    handoff: true,
    service: true,
  })
  .extend({ messages: z.array(z.unknown()), counters: contextSchema.shape.counters.pick({ received: true, notes: true }).loose() })
  .loose();
const lastMessage = contextSchema.shape.messages.element.pick({ role: true, text: true, at: true }).loose();

/** UTF-16 units of a message that a list shows. */
const PREVIEW_LENGTH = 160;
/** Of a link in CommonMark, a list shows the words. */
const LINK = /\[((?:[^\]\\]|\\.)*)\]\((?:<[^>\n]*>|[^()\s]*)\)/g;
/** UTF-16 units in which links are found. Behind them nothing of a link is shown. */
const LINKS_WITHIN = 1_000;

function previewOf(text: string): string {
  const words = text.slice(0, LINKS_WITHIN).replaceAll(LINK, '$1');
  return words.slice(0, PREVIEW_LENGTH).toWellFormed();
}

function sessionPreview(context: unknown): SessionPreview {
  const { messages, counters, ...known } = previewed.parse(context);
  const { customer, pending, priority, snoozed } = known;
  const handoff = handoffOf(known);
  const news = (counters.received ?? 0) + counters.notes;
  const last = messages.length === 0 ? undefined : lastMessage.parse(messages.at(-1));
  return {
    customer: customer.name ?? customer.handle ?? customer.phone ?? null,
    last: last === undefined ? null : { author: last.role, text: previewOf(last.text), at: last.at },
    unanswered: pending,
    priority,
    ...(snoozed ? { snoozedUntil: snoozed.until } : {}),
    ...(news === 0 ? {} : { news }),
    ...(handoff === undefined ? {} : { handoff }),
  };
}

/**
 * Journal form of the session's events. A command is a customer's message. An agent's message is
 * journalled as `agent.message` when it is sent, because it may be refused, so its event is only a
 * transition.
 */
export function describeSessionEvent(event: MachineEvent): EntryDescription | undefined {
  const parsed = sessionEvent.safeParse(event);
  if (!parsed.success) return event.type.startsWith('xstate.after.') ? { kind: 'timer' } : describeRun(event);
  const known = parsed.data;
  switch (known.type) {
    case 'customer.message':
      return { kind: 'customer.message', author: 'customer', text: known.text };
    case 'customer.command':
      return { kind: 'customer.message', author: 'customer', text: commandText(known) };
    case 'customer.edit':
      return { kind: 'customer.edit', author: 'customer', text: known.text };
    case 'customer.revoke':
    case 'customer.reaction':
    case 'customer.call':
      return { kind: known.type, author: 'customer', ...textOfReport(known) };
    case 'agent.echo':
      return { kind: 'agent.message', author: known.agent.name, text: known.text };
    case 'message.cost':
      return { kind: 'effect', text: `the message cost ${known.costMicros} µ$` };
    case 'note':
      return { kind: 'note', author: known.agent.name, text: known.text };
    case 'agent.assign':
      return { kind: 'transition', author: 'system', text: `agent.assign: ${known.agent.name} by ${known.by}` };
    case 'agent.offline':
      return { kind: 'transition', author: 'system', text: `agent.offline: ${known.agent.name}` };
    case 'agent.extend':
      return { kind: 'transition', author: known.agent.name, text: `agent.extend: until ${new Date(known.until).toISOString()}` };
    case 'agent.claim':
    case 'agent.clear':
    case 'agent.message':
    case 'agent.reaction':
    case 'agent.release':
    case 'agent.transfer':
    case 'agent.unsnooze':
    case 'agent.unschedule':
      return { kind: 'transition', author: known.agent.name, text: known.type };
    case 'agent.update':
      return { kind: 'transition', author: known.agent.name, text: updateText(known) };
    case 'agent.snooze':
      return { kind: 'transition', author: known.agent.name, text: `agent.snooze: until ${new Date(known.until).toISOString()}` };
    case 'agent.schedule':
      return { kind: 'transition', author: known.agent.name, text: `agent.schedule: at ${new Date(known.sendAt).toISOString()}` };
    case 'snooze.due':
    case 'message.due':
      return { kind: 'timer', text: known.type };
    case 'media.kept':
      return { kind: 'media', text: `kept: ${known.mimeType}, ${known.size} bytes` };
    case 'media.lost':
      return { kind: 'media', text: `not kept: ${known.reason}` };
    case 'escalate':
      return { kind: 'transition', text: `escalate: ${known.reason}` };
    case 'close':
      return { kind: 'transition', author: known.by, text: known.reason === undefined ? 'close' : `close: ${known.reason}` };
    case 'effect.failed':
      return { kind: 'effect', text: `${known.effect} failed: ${known.reason}` };
    case 'wait.status':
      return { kind: 'transition', text: known.open ? `waits: place ${known.place ?? 'unknown'}` : 'waits: agents are away' };
    case 'run.spent':
      return { kind: 'run', text: `spent ${known.usage.tokensIn} + ${known.usage.tokensOut} tokens, ${known.usage.costMicros} µ$` };
    case 'analysis.progress':
      return { kind: 'run', text: known.phase };
  }
}

function textOfReport(event: SessionEventOf<'customer.revoke' | 'customer.reaction' | 'customer.call'>): { readonly text?: string } {
  if (event.type === 'customer.call') return { text: event.seconds === undefined ? event.phase : `${event.phase}: ${event.seconds} s` };
  return event.type === 'customer.reaction' && event.emoji !== null ? { text: event.emoji } : {};
}

function describeRun(event: MachineEvent): EntryDescription | undefined {
  if (event.type.startsWith('xstate.done.actor.')) return { kind: 'run', text: 'done' };
  if (event.type.startsWith('xstate.error.actor.')) return { kind: 'run', text: 'failed' };
  return undefined;
}

/** The implementations of the runs that sessions invoke. */
export interface SessionRuns {
  readonly answer: typeof answer;
  readonly summarise: typeof summarise;
  readonly analyse?: typeof analyse;
}

/**
 * Every version that stored sessions may have. New sessions begin with `session@3`. A session of an
 * older version is migrated when it is next loaded. Without runs, every answer fails, for sessions
 * that only humans handle.
 */
export function sessionDefinitions(runs?: SessionRuns): readonly MachineDefinition[] {
  const provided = runs === undefined ? {} : { actors: { ...runs } };
  const common = { id: 'session', facts: sessionFacts, preview: sessionPreview, events: sessionEvent, describe: describeSessionEvent };
  return [
    { ...common, version: 1, machine: sessionMachine1.provide(provided) },
    { ...common, version: 2, machine: sessionMachine2.provide(provided), migrateFrom: { version: 1, migrate: rememberFromNow } },
    {
      ...common,
      version: 3,
      machine: sessionMachine.provide(provided),
      afterClose,
      migrateFrom: { version: 2, migrate: listAnalysesFromNow },
    },
  ];
}

/** A session of an older version has no summaries. It weighs the messages that it still has. */
function rememberFromNow(persisted: PersistedMachine): PersistedMachine {
  const { messages, ...context } = sessionContext(persisted);
  const weighed = messages.map((message) => ({ ...message, tokens: estimateTokens(message.text) }));
  const regions = openRegions.safeParse(persisted.value).data?.open;
  return {
    ...persisted,
    value: regions === undefined ? persisted.value : { open: { ...regions, memory: 'idle' } },
    context: { ...context, messages: weighed, memory: NO_MEMORY },
  };
}

/** A session of an older version has no list of its analyses. */
function listAnalysesFromNow(persisted: PersistedMachine): PersistedMachine {
  const context = sessionContext(persisted);
  return { ...persisted, context: { ...context, analyses: [], handoff: NO_HANDOFF, service: serviceSoFar(context) } };
}

const openRegions = z.object({ open: z.looseObject({}) });
