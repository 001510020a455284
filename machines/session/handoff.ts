/**
 * How handoffs change a session's context, as plain functions. A context without these facts, which
 * is one of session@1 or session@2, stays as it is.
 *
 * Invariants
 * 1. `awaitedSince` is set while, and only while, an agent holds the session and the customer
 *    waits. The return timer counts from it, so more messages of the customer do not restart it.
 * 2. `awaitedSince` is a time of the session's activity, as the one that the timer counts with,
 *    also if events come out of order.
 * 3. Facts of service change with messages and requests alone, never with a timer.
 */
import type { SessionHandoff } from '../definition.ts';
import { contextPolicy, type SessionContext } from './context.ts';
import type { Agent, SessionEvent, SessionEventOf } from './events.ts';
import { type EndedSession, type HandoffFacts, MOST_PASSED_OVER, NO_HANDOFF, NO_SERVICE, type ServiceFacts } from './handoff-facts.ts';
import { NEEDS } from './needs.ts';
import { delayMs, MAX_DELAY_MS, type Policy } from './policy.ts';
import { waits } from './window.ts';

type Facts = Pick<SessionContext, 'handoff' | 'service'>;
type Change = { handoff?: HandoffFacts; service?: ServiceFacts };

/** The facts with which a session begins. */
export function newFacts(before: EndedSession | undefined, policy: Policy, now: number): Required<Change> {
  if (before === undefined) return { handoff: NO_HANDOFF, service: NO_SERVICE };
  const isRecent = now - before.closedAt <= policy.reopenMinutes * 60_000 && policy.reopenMinutes > 0;
  const reopened = isRecent && before.heldAtClose && before.agent !== null;
  return { handoff: { ...NO_HANDOFF, lastAgent: before.agent, queue: reopened ? before.queue : null, reopened }, service: NO_SERVICE };
}

/**
 * The customer wrote something that wants an answer, or asked for a human, before the context has
 * it.
 */
export function asked(context: SessionContext, at: number): Change {
  const { handoff, service, agent, waiting, pending, lastActivityAt } = context;
  if (handoff === undefined || service === undefined) return {};
  // The bot answers without a word here, so what nobody waits for any more is seen at the next one.
  const isAnswered = agent === null && waiting === null && pending === 0;
  return {
    service: {
      ...service,
      firstAt: service.firstAt ?? at,
      unansweredSince: isAnswered ? at : (service.unansweredSince ?? at),
      withoutHumanSince: service.withoutHumanSince ?? at,
    },
    ...(agent === null
      ? {}
      : { handoff: { ...handoff, awaitedSince: (isPutOff(context) ? null : handoff.awaitedSince) ?? Math.max(lastActivityAt, at) } }),
  };
}

/** The session begins to wait for a human. */
export function queued(context: SessionContext, queue: string | null, at: number): Change {
  const change = asked(context, at);
  if (context.handoff === undefined) return change;
  return { ...change, handoff: { ...context.handoff, queue, rule: null, awaitedSince: null } };
}

/** An agent holds the session from now on. */
export function taken(
  { handoff, service, lastActivityAt }: Facts & Pick<SessionContext, 'lastActivityAt'>,
  agent: Agent,
  event: SessionEvent,
): Change {
  if (handoff === undefined || service === undefined) return {};
  const rule = event.type === 'agent.assign' ? event.by : null;
  const awaitedSince = service.unansweredSince === null ? null : Math.max(lastActivityAt, event.at);
  return { handoff: { ...handoff, lastAgent: agent.id, rule, awaitedSince, reopened: false } };
}

/** A human answered the customer. */
export function answeredByHuman({ handoff, service }: Facts, at: number): Change {
  if (handoff === undefined || service === undefined) return {};
  return {
    handoff: { ...handoff, awaitedSince: null, passedOver: [] },
    service: { ...service, humanAt: service.humanAt ?? at, unansweredSince: null, withoutHumanSince: null },
  };
}

/** The bot has the session again. */
export function givenToBot({ handoff, service, pending }: Facts & Pick<SessionContext, 'pending'>): Change {
  if (handoff === undefined || service === undefined) return {};
  return {
    handoff: { ...handoff, rule: null, awaitedSince: null, reopened: false },
    service: pending > 0 ? service : { ...service, unansweredSince: null },
  };
}

export function ended({ handoff, agent }: SessionContext): Change {
  return handoff === undefined ? {} : { handoff: { ...handoff, awaitedSince: null, heldAtClose: agent !== null } };
}

/** Why a holder loses the session. */
export type ReturnReason = 'no answer' | 'offline';

/**
 * Back to the queue where it came from, to the place that the customer has by the time of waiting.
 */
export function returned(context: SessionContext, reason: ReturnReason): Change & Pick<SessionContext, 'agent' | 'waiting' | 'proposed'> {
  const { handoff = NO_HANDOFF, service = NO_SERVICE, agent, lastActivityAt } = context;
  const passedOver =
    reason === 'offline' || agent === null ? handoff.passedOver : [...handoff.passedOver, agent.id].slice(-MOST_PASSED_OVER);
  const since = service.unansweredSince ?? handoff.awaitedSince ?? lastActivityAt;
  return {
    agent: null,
    proposed: null,
    waiting: { reason: RETURNED[reason], queue: handoff.queue, since, waits: 0 },
    handoff: { ...handoff, rule: null, awaitedSince: null, passedOver, toldReturn: true },
  };
}

/** As agents read it. */
export const RETURNED: Readonly<Record<ReturnReason, string>> = { 'no answer': NEEDS.noAnswer, offline: NEEDS.offline };

/**
 * Milliseconds from the session's last activity until its holder loses it. A turn that arms the
 * timer is activity, so its time is that of the last one.
 */
export function returnDelayMs(context: SessionContext): number {
  const { handoff, lastActivityAt } = context;
  const ms = delayMs.agentReturn(contextPolicy(context));
  if (handoff?.awaitedSince == null || ms === 0 || isPutOff(context)) return MAX_DELAY_MS;
  const elapsed = Math.max(0, lastActivityAt - handoff.awaitedSince);
  // It was put off beyond that time, and the agent gets all of it again.
  return elapsed >= ms ? ms : ms - elapsed;
}

/** Whether the customer waits for an answer of this holder. */
export function awaits(context: SessionContext, named: Agent): boolean {
  return context.agent?.id === named.id && isAwaited(context);
}

/** An agent who put the session off has seen to it. */
export function isAwaited(context: SessionContext): boolean {
  return context.handoff?.awaitedSince != null && !isPutOff(context);
}

function isPutOff(context: Pick<SessionContext, 'snoozed' | 'scheduled'>): boolean {
  return context.snoozed != null || (context.scheduled ?? []).some((message) => message.returned === undefined);
}

export function isAssignable({ handoff }: SessionContext, { agent }: SessionEventOf<'agent.assign'>): boolean {
  return handoff?.passedOver.includes(agent.id) !== true;
}

/** Whether it waits for the agent of before, who turns out not to be there, and the bot goes on. */
export function returnsToBot(context: SessionContext): boolean {
  return context.handoff?.reopened === true && contextPolicy(context).reopenElse === 'bot';
}

/** What lists and rules read of it. */
export function handoffOf({
  handoff,
  service,
  agent,
  waiting,
  pending,
  snoozed,
  scheduled,
}: Pick<SessionContext, 'handoff' | 'service' | 'agent' | 'waiting' | 'pending' | 'snoozed' | 'scheduled'>): SessionHandoff | undefined {
  if (handoff === undefined || service === undefined) return undefined;
  const { queue, lastAgent, passedOver, reopened } = handoff;
  const awaitedSince = isPutOff({ snoozed, scheduled }) ? null : handoff.awaitedSince;
  // The bot's answers are counted in `pending` alone.
  const isAnswered = agent === null && waiting === null && pending === 0;
  return { queue, lastAgent, passedOver, reopened, awaitedSince, ...service, ...(isAnswered ? { unansweredSince: null } : {}) };
}

/** The facts of a session that began under an earlier version, as far as its context has them. */
export function serviceSoFar({ openedAt, messages, waiting, pending }: SessionContext): ServiceFacts {
  const unanswered = messages.filter(waits).slice(pending === 0 ? messages.length : -pending)[0]?.at;
  const since = unanswered ?? waiting?.since ?? null;
  const humanAt = messages.find(({ role }) => role === 'agent')?.at ?? null;
  return { firstAt: openedAt, humanAt, unansweredSince: since, withoutHumanSince: since ?? (humanAt === null ? openedAt : null) };
}
