/** Notices of the wait to a customer who waits for a human, and when one is worth a message. */
import type { SessionContext } from './context.ts';
import type { SessionEventOf } from './events.ts';
import { type NoticeName, type NoticeValues, waitText } from './notices.ts';

type WaitStatus = SessionEventOf<'wait.status'>;

export interface WaitNotice {
  readonly notice: NoticeName;
  /** Null while the agents are away. */
  readonly place: number | null;
  readonly values: NoticeValues;
}

/** Undefined if nothing is known that would help the customer. */
export function waitNotice({ open, back, online, place, minutes }: WaitStatus, locale: string): WaitNotice | undefined {
  if (!open && back !== undefined) return { notice: 'agentsAway', place: null, values: { back } };
  if (!open || online === false) return { notice: 'agentsAbsent', place: null, values: {} };
  if (place === undefined) return undefined;
  if (minutes === undefined) return { notice: 'queued', place, values: { place: String(place) } };
  const values = { place: String(place), wait: waitText(minutes, locale) };
  return { notice: place === 1 ? 'expectedWait' : 'queuedFor', place, values };
}

/** Whether the customer has read something else, or a later place. A place never moves back. */
export function isWaitNews(waiting: SessionContext['waiting'], status: WaitStatus): boolean {
  const next = waitNotice(status, 'en');
  if (waiting === null || next === undefined) return false;
  const { told } = waiting;
  if (told === undefined || next.place === null || told.place === null) return told?.notice !== next.notice;
  return next.place < told.place;
}
