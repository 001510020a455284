/**
 * Changes of events and answers to a session's context, as plain functions from context to context.
 * No clock, no randomness. Those of analyses and summaries are in files beside it.
 */

import type * as z from 'zod';
import { estimateTokens } from '../tokens.ts';
import { withCard } from './cards.ts';
import { contextPolicy, localeOf, type Memory, type Message, type SessionContext, tokenLimitOf, withoutUndefined } from './context.ts';
import { isCourtesyToAgent } from './courtesy.ts';
import type { ReactionSendParams } from './effects.ts';
import type { Agent, SessionEvent, SessionEventOf } from './events.ts';
import { answeredByHuman, asked, ended } from './handoff.ts';
import type { HostEvent, SupersededEvent } from './host-events.ts';
import { readFacts, unread } from './reading.ts';
import type { AnswerInput, answerOutput, RunInput } from './runs.ts';
import type { RunUsage } from './usage.ts';
import { lastWhole, uncovered, waits } from './window.ts';

export type Patch = Partial<SessionContext>;
export type Written = SessionEventOf<'customer.message'> | SessionEventOf<'customer.command'>;
type Done = z.output<typeof answerOutput>;

/** Records activity. Time does not go back, whatever the order of events. */
export function touched(context: SessionContext, event: SessionEvent | HostEvent): Patch {
  const customer = 'customer' in event && event.customer ? { ...context.customer, ...withoutUndefined(event.customer) } : context.customer;
  const until = 'windowUntil' in event ? event.windowUntil : undefined;
  return {
    lastActivityAt: Math.max(context.lastActivityAt, event.at),
    customer,
    ...(until === undefined ? {} : { windowUntil: Math.max(context.windowUntil ?? 0, until) }),
  };
}

/** A thank-you to an agent waits for no answer. */
export function recorded(context: SessionContext, event: Written): Patch {
  const isCourtesy = event.type === 'customer.message' && isCourtesyToAgent(context, event);
  const { counters = context.counters, ...rest } = recorded2(context, event);
  const patch = { ...rest, counters: { ...counters, received: (counters.received ?? 0) + 1 } };
  return isCourtesy ? { ...patch, ...setAside({ ...context, ...patch }, event.id) } : { ...patch, ...asked(context, event.at) };
}

/** The message that was recorded last is no question, so it waits for no answer. */
export function setAside({ messages, pending }: SessionContext, id: string): Pick<SessionContext, 'messages' | 'pending'> {
  const at = messages.findLastIndex((message) => message.id === id);
  const set = messages.map((message, index): Message => (index === at ? { ...message, aside: true } : message));
  return { messages: set, pending: Math.max(0, pending - 1) };
}

/** Of session@2, where every message waited for an answer. */
export function recorded2(context: SessionContext, event: Written): Patch {
  const text = event.type === 'customer.message' ? event.text : commandText(event);
  const media = event.media?.length ? { media: event.media.map(withoutUndefined) } : {};
  const { id, at, replyTo, quoted } = event;
  const message: Message = { id, role: 'customer', text, at, ...media, ...withoutUndefined({ replyTo, quoted }) };
  return { ...added(context, message), pending: context.pending + 1 };
}

export function commandText(event: SessionEventOf<'customer.command'>): string {
  return event.args === '' ? `/${event.name}` : `/${event.name} ${event.args}`;
}

/** Longest text that may name a subject. Anything longer is a question. */
const MAX_SUBJECT_TEXT = 200;
const UNSEEN = /\p{Default_Ignorable_Code_Point}/gu;
const AROUND_SUBJECT = /^[\s"'“”„«»‘’()[\]]+|[\s"'“”„«»‘’()[\].,:;!?؟،؛]+$/gu;

/** The subject that a text names by `policy.subjectPattern`. Undefined if it names none. */
export function subjectNamed(pattern: string, text: string): string | undefined {
  if (text.length > MAX_SUBJECT_TEXT) return undefined;
  const plain = text.normalize('NFKC').replaceAll(UNSEEN, '').replaceAll(AROUND_SUBJECT, '').replaceAll(/\s+/g, ' ');
  const found = new RegExp(`^(?:${pattern})$`, 'u').exec(plain);
  return found === null ? undefined : (found.groups?.['subject'] ?? plain);
}

export function edited(context: SessionContext, event: SessionEventOf<'customer.edit'>): Patch {
  const { text } = event;
  const change = context.memory === undefined ? { text } : { text, tokens: estimateTokens(text) };
  const messages = context.messages.map((message) => (isEdited(message, event) ? { ...message, ...change } : message));
  return { messages, ...unread(context, event) };
}

export function isEdited(message: Message, event: SessionEventOf<'customer.edit'>): boolean {
  return message.role === 'customer' && message.id === event.id;
}

export function agentWrote(context: SessionContext, event: SessionEventOf<'agent.message'>): Patch {
  const id = `agent.${context.counters.messages + 1}`;
  // A model reads that there were files, and which.
  const said = withCard(event.text, event.card);
  const text = [...(said === '' ? [] : [said]), ...(event.files ?? []).map(({ name }) => `[${name}]`)].join('\n');
  return {
    ...added(context, { id, role: 'agent', text, at: event.at, agentName: event.agent.name }),
    pending: 0,
    ...answeredByHuman(context, event.at),
    // Before session@3 nothing depends on it.
    ...(context.analyses === undefined ? {} : { attendedBy: event.agent }),
  };
}

/** An agent holds the session. The wait and the question end, and failures are reset. */
export function held(agent: Agent): Patch {
  return { agent, waiting: null, proposed: null, failures: 0 };
}

export function letGo(): Patch {
  return { agent: null, waiting: null, failures: 0 };
}

export function waitingFor(reason: string, queue: string | undefined, since: number): Patch {
  return { agent: null, proposed: null, waiting: { reason, queue: queue ?? null, since, waits: 0 } };
}

export function closed(context: SessionContext, event: SessionEventOf<'close'>): Patch {
  return {
    ...ended(context),
    agent: null,
    waiting: null,
    answering: null,
    closedAt: event.at,
    closedBy: event.by,
    closeReason: event.reason ?? null,
  };
}

/** Another session continues in place of this one. */
export function superseded(context: SessionContext, { by, at }: SupersededEvent): Patch {
  return {
    ...ended(context),
    agent: null,
    waiting: null,
    answering: null,
    closedAt: at,
    closedBy: 'system',
    closeReason: `superseded by ${by}`,
  };
}

/** An answer begins, for all that is pending now. */
export function answerBegun(context: SessionContext): Patch {
  return {
    answering: { taken: context.pending, after: context.messages.at(-1)?.id ?? null },
    counters: { ...context.counters, runs: context.counters.runs + 1 },
  };
}

/**
 * An answer arrived. It is inserted after the last message that it saw, so that later messages
 * follow it and the next run sees that they are not answered yet.
 */
export function answered(context: SessionContext, output: Done): Patch {
  const { taken = 0, after = null } = context.answering ?? {};
  const known = {
    entities: { ...context.entities, ...output.entities },
    preferences: { ...context.preferences, ...output.preferences },
  };
  const base = {
    ...spent(context, output),
    answering: null,
    failures: 0,
    ...(context.declines === undefined ? {} : { declines: 0 }),
    pending: Math.max(0, context.pending - taken),
    intent: output.intent ?? context.intent,
    ...known,
    ...measured(context, output),
    ...readFacts({ ...context, ...known }, output.reading),
  };
  return { ...base, ...spoken({ ...context, ...base }, output, after) };
}

/** The reaction of an answer, to the last of the customer's messages that the answer saw. */
export function reactionIn({ messages, answering }: SessionContext, { reaction }: Done): ReactionSendParams | undefined {
  const last = messages.findLastIndex(({ id }) => id === answering?.after);
  const message = messages.slice(0, last + 1).findLast(({ role }) => role === 'customer');
  return message === undefined || reaction === undefined ? undefined : { messageId: message.id, emoji: reaction, author: 'assistant' };
}

/**
 * The model declined. What it declined leaves the context, since a provider declines every later
 * request that holds it. If it declines the next answer too, something before it is the cause, and
 * all messages leave. After that everything leaves that the conversation has left behind. The
 * journal keeps all of it.
 */
export function declined(context: SessionContext, output: Done): Patch {
  const { taken = 0, after = null } = context.answering ?? {};
  const declines = (context.declines ?? 0) + 1;
  return {
    ...spent(context, output),
    ...declinedBefore(context, declines),
    answering: null,
    pending: Math.max(0, context.pending - taken),
    messages: declines === 1 ? withoutExchange(context.messages, taken, after) : messagesAfter(context.messages, after),
  };
}

export function declinedBefore({ memory }: SessionContext, declines: number): Patch {
  return { declines, ...(declinesAll({ declines }) && memory !== undefined ? { memory: { ...memory, summaries: [] } } : {}) };
}

/** Whether neither the exchange nor the messages before it were the cause. */
export function declinesAll({ declines = 0 }: Pick<SessionContext, 'declines'>): boolean {
  return declines > 2;
}

/** Without the last `taken` messages of the customer up to `after` that waited for an answer. */
function withoutExchange(messages: readonly Message[], taken: number, after: string | null): Message[] {
  const later = messagesAfter(messages, after);
  const seen = messages.slice(0, messages.length - later.length);
  const newestFirst = seen.filter(waits).toReversed();
  const declined = new Set(newestFirst.slice(0, taken));
  return messages.filter((message) => !declined.has(message));
}

/** Messages that the answer under way did not see. */
export function messagesAfter(messages: readonly Message[], after: string | null): Message[] {
  return after === null ? [...messages] : messages.slice(messages.findLastIndex(({ id }) => id === after) + 1);
}

/**
 * The answer was stopped from outside. Its messages are not answered again, and it is no failure.
 */
export function answerStopped({ answering, pending }: SessionContext): Patch {
  return { answering: null, pending: Math.max(0, pending - (answering?.taken ?? 0)) };
}

export function answerFailed(context: SessionContext): Patch {
  return {
    answering: null,
    failures: context.failures + 1,
    pending: Math.max(0, context.pending - (context.answering?.taken ?? 0)),
    counters: { ...context.counters, errors: context.counters.errors + 1 },
  };
}

/** What a run raises to hand the conversation over to a human. */
export function escalation(context: SessionContext, { at }: Pick<Done, 'at'>, { reason, queue }: NonNullable<Done['escalate']>) {
  return { type: 'escalate' as const, at: at ?? context.lastActivityAt, reason, ...(queue === undefined ? {} : { queue }) };
}

/**
 * The old ratio counts half, because one answer may be an exception. A limit holds for the model
 * that it was learnt from.
 */
function measured({ memory }: SessionContext, { tokenRatio, tokenLimit, model }: Done): Patch {
  if (memory === undefined) return {};
  const isOther = memory.tokenLimit !== undefined && typeof model === 'string' && model !== memory.limitedBy;
  const before = isOther ? withoutLimit(memory) : memory;
  const limited = tokenLimit === undefined ? {} : { tokenLimit, ...(typeof model === 'string' ? { limitedBy: model } : {}) };
  if (tokenRatio === undefined) return { memory: { ...before, ...limited } };
  const ratio = (memory.ratio + Math.min(2, Math.max(0.5, tokenRatio))) / 2;
  return { memory: { ...before, ...limited, ratio: Math.round(ratio * 1_000) / 1_000 } };
}

/** The customer starts over. A learnt limit may have been of what is forgotten now. */
export function cleared({ memory }: SessionContext): Patch {
  return { messages: [], pending: 0, failures: 0, ...(memory === undefined ? {} : { memory: withoutLimit(memory) }) };
}

function withoutLimit({ tokenLimit: _limit, limitedBy: _model, ...memory }: Memory): Memory {
  return memory;
}

export function answerInput(context: SessionContext): AnswerInput {
  const { pending, analysis, sources, readThrough } = context;
  return {
    ...runInput(context),
    pending,
    analysis,
    ...(sources === undefined ? {} : { sources }),
    ...(readThrough === undefined ? {} : { readThrough }),
  };
}

export function runInput(context: SessionContext): RunInput {
  const { address, assistant, customer, messages, intent, entities, preferences, counters, memory } = context;
  const known = { address, assistant, customer, intent, entities, preferences, locale: localeOf(context), run: counters.runs };
  if (memory === undefined) return { ...known, messages };
  return {
    ...known,
    messages: uncovered(context),
    summaries: memory.summaries,
    tokenLimit: tokenLimitOf(context),
    tokenRatio: memory.ratio,
  };
}

function added(context: SessionContext, message: Message): Pick<SessionContext, 'messages' | 'counters'> {
  return inserted(context, message, context.messages.length);
}

function inserted(context: SessionContext, message: Message, index: number): Pick<SessionContext, 'messages' | 'counters'> {
  const weighed = context.memory === undefined ? message : { ...message, tokens: estimateTokens(message.text) };
  const messages = [...context.messages.slice(0, index), weighed, ...context.messages.slice(index)];
  return {
    messages: [...lastWhole(messages, contextPolicy(context).maxMessageHistory)],
    counters: { ...context.counters, messages: context.counters.messages + 1 },
  };
}

/** A model reads which cards it has shown. Without a text and cards nothing was said. */
export function spoken(context: SessionContext, output: Pick<Done, 'text' | 'cards' | 'at'>, after: string | null): Patch {
  const text = [output.text, ...output.cards.map((one) => withCard(one.text, one.card))].filter((part) => part !== '').join('\n\n');
  if (text === '') return {};
  const at = output.at ?? context.lastActivityAt;
  const id = `assistant.${context.counters.messages + 1}`;
  // Not found, because it fell out of the window or there was none. Everything kept was written
  // after it.
  const index = after === null ? 0 : context.messages.findLastIndex((message) => message.id === after) + 1;
  return inserted(context, { id, role: 'assistant', text, at }, index);
}

export function spent(
  context: SessionContext,
  { usage, at }: Pick<Done, 'usage' | 'at'>,
): Pick<SessionContext, 'counters' | 'lastActivityAt'> {
  return { lastActivityAt: Math.max(context.lastActivityAt, at ?? 0), ...counted(context, usage) };
}

/** Adds the usage of a run to the counters. It is no sign of activity. */
export function counted({ counters }: SessionContext, usage: RunUsage): Pick<SessionContext, 'counters'> {
  return {
    counters: {
      ...counters,
      tokensIn: counters.tokensIn + usage.tokensIn,
      tokensOut: counters.tokensOut + usage.tokensOut,
      costMicros: counters.costMicros + usage.costMicros,
      toolCalls: counters.toolCalls + usage.toolCalls,
      cacheHits: counters.cacheHits + usage.cacheHits,
    },
  };
}
