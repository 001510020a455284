/**
 * What an agent has put off in a session, which is the session itself (snoozed) and messages that
 * are sent later. Plain functions of the context. deferred-setup.ts has their timers.
 *
 * Invariants
 * 1. A session is snoozed, and a message is scheduled, only while the agent who did it holds the
 *    session. If that ends, the snooze ends, and the message comes back to its writer.
 * 2. A message comes back once the customer, or somebody on the phone, has written, because its
 *    writer has not seen that. It comes back too if the channel takes no free text at its time.
 * 3. A message that came back stays until its writer takes note of it, so it is never lost. Only
 *    the oldest of too many are left to the journal.
 * 4. A message that is due within `UNDO_MS` goes out first if its own writer closes, gives back or
 *    transfers the session. The writer has seen all and has not taken it back.
 * 5. The customer ends a snooze by writing. A courtesy to the agent, such as "thanks", does not. It
 *    is kept, and the session goes on snoozing until the time that was chosen. Neither does an
 *    edit.
 */
import { agentWrote, type Patch } from './changes.ts';
import type { ScheduledMessage, SessionContext } from './context.ts';
import type { AgentsNotifyParams, MessageSendParams } from './effects.ts';
import { type SessionEventOf, WRITTEN_BY_CUSTOMERS } from './events.ts';

type Leaving = SessionEventOf<'close'> | SessionEventOf<'agent.release'> | SessionEventOf<'agent.transfer'>;
type Deferred = Pick<SessionContext, 'scheduled' | 'snoozed' | 'agent' | 'closedAt' | 'messages'>;

/** Of those that wait for their time, and of those that came back. */
export const MOST_SCHEDULED = 20;

/** A message that goes out sooner is one that its writer takes for sent, in milliseconds. */
const UNDO_MS = 30_000;

/** The timer of a snooze, and that of each message. */
export const SNOOZE_TIMER = 'snooze';
export const messageTimer = (id: string): string => `scheduled.${id}`;

/** Messages that wait for their time. */
export function scheduledIn({ scheduled = [] }: Pick<SessionContext, 'scheduled'>): readonly ScheduledMessage[] {
  return scheduled.filter(({ returned }) => returned === undefined);
}

export function isOutboxFull(context: Deferred, { id }: SessionEventOf<'agent.schedule'>): boolean {
  const waiting = scheduledIn(context);
  return waiting.length >= MOST_SCHEDULED && !waiting.some((message) => message.id === id);
}

/** With the message, in place of one with its id. */
export function scheduling({ scheduled = [] }: Deferred, event: SessionEventOf<'agent.schedule'>): Pick<SessionContext, 'scheduled'> {
  const { id, text, agent, sendAt, seen, replyTo } = event;
  const message = { id, text, agent, at: sendAt, seen, ...(replyTo === undefined ? {} : { replyTo }) };
  return { scheduled: [...scheduled.filter((other) => other.id !== id), message] };
}

export function unscheduled({ scheduled = [] }: Deferred, id: string): Pick<SessionContext, 'scheduled'> {
  return { scheduled: scheduled.filter((message) => message.id !== id) };
}

export function findScheduled({ scheduled = [] }: Deferred, id: string): ScheduledMessage | undefined {
  return scheduled.find((message) => message.id === id);
}

/** The message as if its writer had sent it at `at`. */
export function scheduledSent(context: SessionContext, { id, text, agent }: ScheduledMessage, at: number): Patch {
  return { ...agentWrote(context, { type: 'agent.message', text, agent, at }), ...unscheduled(context, id) };
}

/** How the message goes out. */
export function sendingScheduled({ id, text, agent, replyTo }: ScheduledMessage): MessageSendParams {
  return { text, author: 'agent', agent, draft: null, scheduled: id, ...(replyTo === undefined ? {} : { replyTo }) };
}

/** Messages that go out before the event, because their writer ends or gives away the session. */
export function sentBefore(context: Deferred, event: Leaving): readonly ScheduledMessage[] {
  const by = event.type === 'close' ? event.by : event.agent.id;
  return scheduledIn(context).filter((message) => message.agent.id === by && message.at - event.at <= UNDO_MS);
}

export interface Review {
  readonly patch: Patch;
  readonly timers: readonly string[];
  readonly notices: readonly AgentsNotifyParams[];
}

/**
 * What an event that was taken does to what was put off. `context` is what the event left behind.
 * Undefined if it does nothing.
 */
export function reviewed(context: Deferred, event: { readonly type: string; readonly id?: unknown }): Review | undefined {
  const messages = reviewedMessages(context, event);
  const snooze = reviewedSnooze(context, event);
  if (messages === undefined || snooze === undefined) return messages ?? snooze;
  return {
    patch: { ...messages.patch, ...snooze.patch },
    timers: [...messages.timers, ...snooze.timers],
    notices: [...messages.notices, ...snooze.notices],
  };
}

function reviewedMessages(context: Deferred, event: { readonly type: string; readonly id?: unknown }): Review | undefined {
  const { scheduled = [], agent, closedAt } = context;
  const waiting = scheduledIn(context);
  const others = waiting.filter((message) => message.agent.id !== agent?.id);
  // One that is due and still here was not sent.
  const late = event.type === 'message.due' ? waiting.filter(({ id }) => id === event.id) : [];
  const returned =
    closedAt !== null
      ? 'closed'
      : WRITTEN_BY_CUSTOMERS.has(event.type)
        ? 'customer'
        : event.type === 'agent.echo'
          ? 'phone'
          : others.length > 0
            ? 'holder'
            : 'window';
  const ended = returned === 'holder' ? others : returned === 'window' ? late : waiting;
  const [first] = ended;
  if (first === undefined) return undefined;
  const back = [
    ...scheduled.filter((message) => message.returned !== undefined),
    ...ended.map((message) => ({ ...message, returned }) as const),
  ];
  return {
    patch: { scheduled: [...waiting.filter((message) => !ended.includes(message)), ...back.slice(-MOST_SCHEDULED)] },
    timers: ended.map(({ id }) => messageTimer(id)),
    // All are of the agent who held the session.
    notices: [{ reason: `not_sent.${returned}`, agentId: first.agent.id }],
  };
}

function reviewedSnooze(
  { snoozed, agent, closedAt, messages }: Deferred,
  event: { readonly type: string; readonly id?: unknown },
): Review | undefined {
  if (snoozed == null) return undefined;
  const ended = { patch: { snoozed: null }, timers: [SNOOZE_TIMER], notices: [] };
  if (closedAt !== null || agent?.id !== snoozed.by.id) return ended;
  const isReply = event.type === 'customer.message' || event.type === 'customer.command';
  if (!isReply || messages.findLast(({ id }) => id === event.id)?.aside === true) return undefined;
  return { ...ended, notices: [{ reason: 'snooze_over', agentId: agent.id }] };
}
