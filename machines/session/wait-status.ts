/** Notices of the wait to a customer who waits for a human, and when one is worth a message. */
import type { SessionContext } from './context.ts';
import type { SessionEventOf } from './events.ts';
import type { NoticeName, NoticeValues } from './notices.ts';

type WaitStatus = SessionEventOf<'wait.status'>;

export interface WaitNotice {
  readonly notice: NoticeName;
  /** Null while the agents are away. */
  readonly place: number | null;
  readonly values: NoticeValues;
}

/** Undefined if nothing is known that would help the customer. */
export function waitNotice({ open, back, place }: WaitStatus): WaitNotice | undefined {
  if (!open)
    return back === undefined
      ? { notice: 'agentsAbsent', place: null, values: {} }
      : { notice: 'agentsAway', place: null, values: { back } };
  return place === undefined ? undefined : { notice: 'queued', place, values: { place: String(place) } };
}

/** Whether the customer has read something else, or a later place. A place never moves back. */
export function isWaitNews(waiting: SessionContext['waiting'], status: WaitStatus): boolean {
  const next = waitNotice(status);
  if (waiting === null || next === undefined) return false;
  const { told } = waiting;
  return told?.notice !== next.notice || (next.place !== null && told.place !== null && next.place < told.place);
}
