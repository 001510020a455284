/**
 * TopicChanges gathers what happens in the sessions of one list until the next round of the
 * fan-out, and gives it to the list's readers then.
 *
 * Invariants
 * 1. Turns are one message, with the latest facts of each session. So its size is bounded by the
 *    sessions of the list, however many turns they had.
 * 2. Of passing events that replace each other the latest is sent, after the turns.
 * 3. A message is made once, however many readers there are.
 */
import { type PassingEvent, replacementKey, type SessionsEvent } from '#actors/contract/live-events.ts';
import type { ServerMessage } from '#console/client/protocol.ts';
import type { Writer } from './fan-out.ts';
import { frameOf } from './frame.ts';
import { type CardParts, cardOfSummary } from './session-card.ts';

export type SessionChange = Extract<SessionsEvent, { readonly type: 'session' | 'left' }>;

export interface ChangesReader {
  /** Sessions after their latest turns. */
  changes(frame: Buffer): void;
  /** Something passing in a session, with its frame. */
  passing(frame: Buffer, sessionId: string, event: PassingEvent): void;
}

interface Passing {
  readonly sessionId: string;
  readonly event: PassingEvent;
  readonly message: ServerMessage;
}

export class TopicChanges implements Writer {
  readonly #topic: string;
  readonly #readers: Iterable<ChangesReader>;
  readonly #parts: Pick<CardParts, 'clocksOf'>;
  readonly #turns = new Map<string, SessionChange>();
  readonly #passing = new Map<string, Passing>();

  constructor(topic: string, readers: Iterable<ChangesReader>, parts: Pick<CardParts, 'clocksOf'>) {
    this.#topic = topic;
    this.#readers = readers;
    this.#parts = parts;
  }

  turn(sessionId: string, change: SessionChange): void {
    this.#turns.set(sessionId, change);
  }

  /** False if readers of lists do not get such an event. */
  passing(sessionId: string, event: PassingEvent): boolean {
    if (event.type === 'delta') return false;
    const message = messageOf(this.#topic, sessionId, event);
    if (message === undefined) return false;
    const key = `${sessionId} ${replacementKey(event)}`;
    // The latest goes to the end.
    this.#passing.delete(key);
    this.#passing.set(key, { sessionId, event, message });
    return true;
  }

  /** The readers load the list again, which has it all. */
  clear(): void {
    this.#turns.clear();
    this.#passing.clear();
  }

  flush(): void {
    const turns = [...this.#turns.values()];
    const passing = [...this.#passing.values()];
    this.clear();
    if (turns.length > 0) {
      const frame = frameOf(changesMessage(this.#topic, turns, this.#parts));
      for (const reader of this.#readers) reader.changes(frame);
    }
    for (const { sessionId, event, message } of passing) {
      const frame = frameOf(message);
      for (const reader of this.#readers) reader.passing(frame, sessionId, event);
    }
  }
}

export function changesMessage(topic: string, changes: Iterable<SessionChange>, parts: Pick<CardParts, 'clocksOf'>): ServerMessage {
  const message: Extract<ServerMessage, { readonly type: 'changes' }> = { type: 'changes', topic, sessions: [], left: [] };
  for (const change of changes) {
    if (change.type === 'left') message.left.push({ sessionId: change.sessionId, version: change.version });
    else message.sessions.push(cardOfSummary(change.session, parts));
  }
  return message;
}

function messageOf(topic: string, sessionId: string, event: PassingEvent): ServerMessage | undefined {
  switch (event.type) {
    case 'presence':
      return { ...event, sessionId };
    case 'attention':
      return { ...event, topic, sessionId };
    case 'typing':
      return { type: 'typing', sessionId, at: event.at };
    case 'run':
      return { type: 'run', sessionId, runId: event.runId, phase: event.phase };
    default:
      return undefined;
  }
}
