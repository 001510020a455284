/**
 * Triage is what an agent does with a session beside answering. It changes its facts, snoozes it,
 * marks it as unread, reacts to messages, and looks after the messages that are sent later.
 *
 * Owns: the details of the selected session, and reading them again after a change. Does not own:
 * which session is selected (desk.ts), texts on their way to the server (writing.ts).
 *
 * Invariants
 * 1. Details are replaced only by those of the same or a newer version of the session.
 * 2. A message that came back is in the composer before the server may forget it.
 */
import type { ConsoleClient } from '../client/client.ts';
import { CommandError, type Request } from '../client/request.ts';
import type { DeskApi, SessionDetails } from './desk-api.ts';
import type { Waiting } from './drafts.ts';
import type { Card } from './lists.ts';
import { type Problem, problemOf, reactionProblemOf } from './problem.ts';
import { type Marks, newsOf, type ReadMarks } from './read-marks.ts';
import { type Scheduled, waitingIn } from './session-facts.ts';
import type { Writing } from './writing.ts';

/** What a press takes back. */
export type Undoable =
  | { readonly kind: 'message'; readonly id: string; readonly until: number }
  | { readonly kind: 'snooze'; readonly until: number };

/** The part of the desk's snapshot that is kept here. */
export interface TriageState {
  readonly details: SessionDetails | undefined;
  readonly marks: Marks;
  /** The last snooze of the selected session, until something else is done. */
  readonly snoozedAt: number | undefined;
}

type Of<T extends Request['type']> = Extract<Request, { readonly type: T }>;
export type FactChanges = Omit<Of<'update'>, 'type' | 'sessionId'>;
type WithoutSession<T> = T extends unknown ? Omit<T, 'sessionId'> : never;
type TriageCommand = WithoutSession<Of<'update' | 'snooze' | 'unsnooze' | 'schedule' | 'unschedule' | 'react'>>;

export interface TriageParts {
  readonly agent: { readonly id: string; readonly name: string };
  readonly client: Pick<ConsoleClient, 'send'>;
  readonly api: Pick<DeskApi, 'details'>;
  readonly writing: Pick<Writing, 'restore' | 'forget' | 'withdraw'>;
  readonly reads: ReadMarks;
  readonly now: () => number;
  readonly setTimer: (run: () => void, ms: number) => () => void;
  readonly selected: () => string | undefined;
  readonly state: () => TriageState;
  readonly change: (part: Partial<TriageState> & { readonly problem?: Problem | undefined }) => void;
}

/** Several entries in a row are one reading, in milliseconds. */
const AGAIN_MS = 150;
/** How long a snooze can be undone by a press, in milliseconds. */
const SNOOZE_UNDO_MS = 10_000;
/** A message that goes out sooner can be undone by a press, in milliseconds. */
const MESSAGE_UNDO_MS = 30_000;

export class Triage {
  readonly #parts: TriageParts;
  #stopReading: (() => void) | undefined;

  constructor(parts: TriageParts) {
    this.#parts = parts;
  }

  /** Reads the details of the selected session. */
  read(): void {
    this.#stopReading?.();
    const { api, selected } = this.#parts;
    const sessionId = selected();
    if (sessionId === undefined) return;
    api.details(sessionId).then(
      (details) => this.#take(sessionId, details),
      () => undefined,
    );
  }

  /** Something has changed that the details may have. */
  readSoon(): void {
    this.#stopReading?.();
    this.#stopReading = this.#parts.setTimer(() => this.read(), AGAIN_MS);
  }

  leave(): void {
    this.#stopReading?.();
  }

  update(changes: FactChanges): Promise<boolean> {
    return this.#send({ type: 'update', ...changes });
  }

  /** @param messageId of the customer's message. @param emoji null takes the reaction back. */
  react(messageId: string, emoji: string | null): Promise<boolean> {
    return this.#send({ type: 'react', id: messageId, emoji });
  }

  async snooze(until: number): Promise<void> {
    if (await this.#send({ type: 'snooze', until })) this.#parts.change({ snoozedAt: this.#parts.now() });
  }

  async unsnooze(): Promise<void> {
    this.#parts.change({ snoozedAt: undefined });
    await this.#send({ type: 'unsnooze' });
  }

  /** A message goes out at once. `seen` is the last entry that the agent saw. */
  async sendNow({ id, text, replyTo }: Scheduled, seen: number): Promise<void> {
    await this.#send({ type: 'schedule', id, text, seen, inMs: 0, ...(replyTo === undefined ? {} : { replyTo }) });
  }

  async cancel(id: string): Promise<void> {
    await this.#send({ type: 'unschedule', id });
  }

  /** A message is in the composer again, and not sent. */
  async takeBack({ id, text, replyTo }: Scheduled): Promise<void> {
    const sessionId = this.#parts.selected();
    if (sessionId === undefined) return;
    const { writing, change } = this.#parts;
    writing.restore(sessionId, [{ id, text, replyTo }]);
    const isDone = await this.#send({ type: 'unschedule', id }, { kind: 'tooLate' });
    if (!isDone) writing.withdraw(sessionId, text);
    writing.forget(sessionId, id);
    if (isDone) change({ problem: undefined });
  }

  /** What a press of "undo" takes back now. */
  undoable(now: number): Undoable | undefined {
    const { agent, state } = this.#parts;
    const { details, snoozedAt } = state();
    const message = waitingIn(details?.facts).find((one) => one.agent.id === agent.id);
    if (message !== undefined && message.at - now <= MESSAGE_UNDO_MS) return { kind: 'message', id: message.id, until: message.at };
    const until = (snoozedAt ?? Number.NEGATIVE_INFINITY) + SNOOZE_UNDO_MS;
    return until > now ? { kind: 'snooze', until } : undefined;
  }

  async undo(): Promise<void> {
    const { now, state } = this.#parts;
    const found = this.undoable(now());
    if (found?.kind === 'snooze') return this.unsnooze();
    const message = waitingIn(state().details?.facts).find(({ id }) => found?.kind === 'message' && id === found.id);
    if (message !== undefined) await this.takeBack(message);
  }

  /** The agent has seen all of it up to this version of the session. */
  seen(card: Card | undefined, seq: number): void {
    if (card === undefined || card.version > seq) return;
    this.#mark(card, newsOf(card));
  }

  unread(card: Card): void {
    this.#mark(card, newsOf(card) - 1);
  }

  /** The server has a message of the agent that it sends later. It is shown before it is read. */
  scheduled(sessionId: string, { id, text, later, replyTo }: Waiting, version: number): void {
    const { selected, state, change, agent, now } = this.#parts;
    const { details } = state();
    if (selected() !== sessionId || details?.facts === undefined || later === undefined) return;
    const at = 'at' in later ? later.at : now() + later.inMs;
    const others = details.facts.scheduled.filter((one) => one.id !== id);
    const facts = { ...details.facts, scheduled: [...others, { id, text, agent, at, replyTo }] };
    change({ details: { ...details, version: Math.max(version, details.version), facts } });
  }

  #take(sessionId: string, details: SessionDetails): void {
    const { selected, state, change, writing, agent, client } = this.#parts;
    if (selected() !== sessionId || (state().details?.version ?? 0) > details.version) return;
    change({ details });
    const back = (details.facts?.scheduled ?? []).filter(({ returned, agent: by }) => returned !== undefined && by.id === agent.id);
    const [first] = back;
    if (first?.returned === undefined) return;
    if (writing.restore(sessionId, back)) change({ problem: { kind: 'returned', reason: first.returned } });
    if (details.closedAt !== null) return;
    for (const { id } of back) {
      const forget = (): void => writing.forget(sessionId, id);
      client.send({ type: 'unschedule', sessionId, id }).then(
        ({ version }) => {
          this.#drop(sessionId, id, version ?? 0);
          forget();
        },
        () => undefined,
      );
    }
  }

  #drop(sessionId: string, id: string, version: number): void {
    const { selected, state, change } = this.#parts;
    const { details } = state();
    if (selected() !== sessionId || details?.facts === undefined) return;
    const facts = { ...details.facts, scheduled: details.facts.scheduled.filter((one) => one.id !== id) };
    change({ details: { ...details, version: Math.max(version, details.version), facts } });
  }

  #mark(card: Card, news: number): void {
    const { reads, change } = this.#parts;
    if (reads.set(card.id, news)) change({ marks: reads.marks });
  }

  /**
   * False if nothing was changed. The reason is shown.
   *
   * @param ifIgnored in place of the reason of the server.
   */
  async #send(command: TriageCommand, ifIgnored?: Problem): Promise<boolean> {
    const { client, selected, change } = this.#parts;
    const sessionId = selected();
    if (sessionId === undefined) return false;
    change({ problem: undefined });
    const show = (problem: Problem): void => {
      if (selected() === sessionId) change({ problem });
    };
    try {
      const { ignored, version } = await client.send({ ...command, sessionId });
      if (ignored !== undefined) show(ifIgnored ?? { kind: 'refused', message: ignored });
      else if (command.type === 'unschedule') this.#drop(sessionId, command.id, version ?? 0);
      return ignored === undefined;
    } catch (error) {
      if (error instanceof CommandError) show(command.type === 'react' ? reactionProblemOf(error) : problemOf(error));
      return false;
    }
  }
}
