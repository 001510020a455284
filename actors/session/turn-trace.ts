/**
 * The trace of a turn. It goes on in the work of the turn, and in turns of timers that follow soon,
 * on whichever instance they are. So it is stored with both. Instances of earlier releases ignore
 * it.
 */
import type { Tracing } from '#machines/tracing.ts';
import type { TurnStart } from './activation.ts';
import type { MailboxMessage } from './message.ts';
import type { Turn } from './turn.ts';

/**
 * A timer that fires within this time belongs to the trace of what set it, such as the wait for
 * more messages before an answer. A later one begins a trace. In milliseconds.
 */
const FOLLOWS_MS = 60_000;

/** The span that the turn is part of. Undefined begins a trace. */
export function parentOf(messages: readonly MailboxMessage[], { snapshot, row }: TurnStart, now: number): string | undefined {
  const sent = messages.find(({ trace }) => trace !== undefined)?.trace;
  if (sent !== undefined) return sent;
  return now - row.lastActivityAt <= FOLLOWS_MS ? snapshot?.trace : undefined;
}

export function withTrace(turn: Turn, traceparent: string | undefined): Turn {
  if (traceparent === undefined || turn.empty) return turn;
  const { commit, next } = turn;
  const session = { ...commit.session, snapshot: { ...Object(commit.session.snapshot), trace: traceparent } };
  const work = commit.work.map((item) => ({ ...item, payload: { ...Object(item.payload), trace: traceparent } }));
  return {
    ...turn,
    commit: { ...commit, session, snapshotText: JSON.stringify(session.snapshot), work },
    next: next.open
      ? {
          open: true,
          start: {
            ...next.start,
            row: session,
            ...(next.start.snapshot === undefined ? {} : { snapshot: { ...next.start.snapshot, trace: traceparent } }),
          },
        }
      : { open: false, previous: session },
  };
}

/** Attributes that say nothing of the customer. */
export function turnAttributes({ row, machine: { definition } }: TurnStart, messages: readonly MailboxMessage[]) {
  return {
    'statechat.assistant': row.assistant,
    'statechat.machine': `${definition.id}@${definition.version}`,
    'statechat.messages': messages.length,
  };
}

/** The trace that a message carries into the mailbox. */
export function traceNow(tracing: Tracing): { readonly trace?: string } {
  const trace = tracing.enabled ? tracing.current() : undefined;
  return trace === undefined ? {} : { trace };
}
