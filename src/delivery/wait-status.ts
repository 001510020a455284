/**
 * Reports to a session that waits for a human how the customer stands, which are the business hours
 * and the place in the queue. The report is an event, so the journal has what the customer was told
 * and replay reads no calendar. The session's machine decides whether it is worth a message.
 */
import { type Actors, HOST_EVENT } from '#actors/contract/api.ts';
import { decodeSnapshot } from '#actors/interpreter/stored-snapshot.ts';
import type { BusinessHours, Schedule } from '#machines/handoff/business-hours.ts';
import { contextPolicy, contextSchema, localeOf } from '#machines/session/context.ts';
import type { SessionEventOf } from '#machines/session/events.ts';
import { noticeLocale } from '#machines/session/notices.ts';
import type { SessionRow, Store } from '#storage/port.ts';
import type { AgentCall, AgentNotifier } from './agent-notifier.ts';

type WaitStatus = SessionEventOf<'wait.status'>;

/** Longest queue in which customers read their place. Counting a longer one costs too much. */
const LONGEST_QUEUE = 50;

export interface WaitOutlook {
  readonly schedule: Pick<Schedule, 'timeZone'>;
  readonly hours: Pick<BusinessHours, 'isOpen' | 'nextOpening'>;
  /** Whether an agent for the queue is there. Undefined if that is not known. */
  readonly online: () => Promise<boolean | undefined>;
  /** Minutes that a customer will wait who has waited for `waitedMs`. Undefined if unknown. */
  readonly minutes: (waitedMs: number) => Promise<number | undefined>;
}

export interface WaitStatusParts {
  readonly actors: Promise<Pick<Actors, 'deliver'>>;
  readonly store: Pick<Store, 'load' | 'sessions'>;
  /** What is known of the wait in a queue. Null is the default queue. */
  readonly outlookOf: (queue: string | null) => WaitOutlook;
  readonly now: () => number;
  readonly onError: (where: string, error: unknown) => void;
}

/**
 * Notifies the agents, then reports to the session. A report that fails is not repeated, because
 * the agents would be notified again.
 */
export function withWaitStatus(notifier: AgentNotifier, { actors, store, outlookOf, now, onError }: WaitStatusParts): AgentNotifier {
  async function report({ sessionId, key, reason }: AgentCall): Promise<void> {
    const row = await store.load({ id: sessionId });
    if (row?.state !== 'WAITING_AGENT') return;
    // Another machine may have a state of this name.
    const { data: context } = contextSchema.safeParse(decodeSnapshot(row.snapshot).machine.context);
    if (context === undefined) return;
    const locale = noticeLocale(localeOf(context), contextPolicy(context).texts);
    const at = now();
    const { hours, schedule, online, minutes } = outlookOf(row.queue);
    const open = hours.isOpen(at);
    const isThere = open ? await online() : undefined;
    const isFirst = context.waiting?.told === undefined;
    // A reminder goes on with what the customer has read, and does not begin with it.
    if (open && isThere !== false && isFirst && reason === 'still_waiting') return;
    const known = isThere === undefined ? {} : { online: isThere };
    const event: WaitStatus = { type: 'wait.status', at, open, ...known, ...(open ? await placeOf(row) : backAt(hours.nextOpening(at))) };
    const expected = open && isThere !== false && isFirst ? await minutes(at - (row.waitingSince ?? at)) : undefined;
    // A customer who is next knows enough from the first notice.
    if (open && isThere !== false && isFirst && expected === undefined && (event.place ?? 1) === 1) return;
    const told = expected === undefined ? event : { ...event, minutes: expected };
    await (await actors).deliver({ sessionId }, told, { eventId: `${HOST_EVENT}wait:${key}` });

    function backAt(opening: number | undefined): Pick<WaitStatus, 'back'> {
      return opening === undefined ? {} : { back: dayAndTime(opening, locale, schedule.timeZone) };
    }
  }

  async function placeOf({ id, queue, waitingSince }: SessionRow): Promise<Pick<WaitStatus, 'place'>> {
    const filter = { state: 'WAITING_AGENT', open: true, ...(queue === null ? {} : { queue }) };
    const { items, next } = await store.sessions(filter, LONGEST_QUEUE);
    if (next !== null || waitingSince === null) return {};
    const before = items.filter((other) => {
      const since = other.waitingSince ?? Number.POSITIVE_INFINITY;
      return other.queue === queue && (since < waitingSince || (since === waitingSince && other.id < id));
    });
    return { place: before.length + 1 };
  }

  return {
    async notify(call) {
      await notifier.notify(call);
      // One agent is called by name, so the customer waits in no queue.
      if (call.agentId !== undefined) return;
      await report(call).catch((error: unknown) => onError('the report of the wait', error));
    },
  };
}

/**
 * With digits as in the texts around it, and with the zone, because the customer may be in another.
 */
function dayAndTime(at: number, locale: string, timeZone: string): string {
  const known = Intl.DateTimeFormat.supportedLocalesOf(canonical(locale))[0] ?? 'en';
  return new Intl.DateTimeFormat(known, {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    hour: 'numeric',
    minute: '2-digit',
    timeZoneName: 'short',
  }).format(at);
}

/** Locales of customers come from channels, which check nothing. */
function canonical(locale: string): string {
  try {
    return Intl.getCanonicalLocales(locale)[0] ?? 'en';
  } catch {
    return 'en';
  }
}
