/**
 * Messages that wait at one address, in order, and how each of them is answered.
 *
 * Owns how many may wait, and the answers of turns, of closed sessions, of duplicates and of
 * failures. Does not own when a turn is made of them (mailbox.ts), or what one answers (turn.ts).
 *
 * Invariants
 * 1. A message leaves with its answer, or to the mailbox of the address that it moves to. None is
 *    dropped (`test/actors/runtime-delivery.test.ts`, `test/actors/session/moves.test.ts`).
 * 2. An event that was stored by a commit of unknown outcome is no duplicate of itself
 *    (`test/actors/session/in-doubt.test.ts`).
 */
import { StatechatError, Unavailable } from '#machines/errors.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { SessionRow, TakenEvent } from '#storage/port.ts';
import { resultOfEntry } from './journal-payload.ts';
import type { MailboxEnvironment } from './mailbox-environment.ts';
import type { MailboxMessage } from './message.ts';
import type { Turn } from './turn.ts';
import { closedReceipt, resultName, SESSION_CLOSED, UNKNOWN_SESSION } from './turn-result.ts';

/**
 * Messages that may wait at one address. Senders beyond it are rejected, so that memory stays
 * bounded.
 */
const MAX_WAITING = 1_000;

export class WaitingMessages {
  readonly #address: Address;
  readonly #env: Pick<MailboxEnvironment, 'metrics' | 'store' | 'inDoubt'>;
  readonly #messages: MailboxMessage[] = [];

  constructor(address: Address, env: Pick<MailboxEnvironment, 'metrics' | 'store' | 'inDoubt'>) {
    this.#address = address;
    this.#env = env;
  }

  get length(): number {
    return this.#messages.length;
  }

  /** False if too many wait. The message has failed then. */
  add(message: MailboxMessage): boolean {
    if (this.#messages.length >= MAX_WAITING && Number.isFinite(message.deadline)) {
      message.fail(new Unavailable(`${MAX_WAITING} events wait at this address already: send it again later`, { address: this.#address }));
      return false;
    }
    this.#messages.push(message);
    return true;
  }

  /** From the mailbox of an address that has moved here. */
  takeOver(messages: readonly MailboxMessage[]): void {
    this.#messages.push(...messages);
  }

  /** For the mailbox of the address that this one has moved to. */
  leave(): readonly MailboxMessage[] {
    return this.#messages.splice(0);
  }

  first(most: number): readonly MailboxMessage[] {
    return this.#messages.slice(0, most);
  }

  /** Those that can't wait for another attempt. */
  due(now: number): readonly MailboxMessage[] {
    return this.#messages.filter(({ deadline }) => deadline <= now);
  }

  /** Answers what the turn took. It is committed. */
  settle(turn: Turn, messages: readonly MailboxMessage[]): void {
    const { version, state, handler } = turn.commit.session;
    for (const message of messages) {
      const partial = turn.receipts.get(message);
      if (!partial) continue;
      this.#remove(message);
      if (message.content.kind === 'event') this.#env.metrics.event(resultName(partial));
      message.settle({ ...partial, version, state, handler });
    }
  }

  /** `row` is the last session at the address. */
  settleClosed(message: MailboxMessage, row: SessionRow | undefined): void {
    this.#remove(message);
    const { content } = message;
    const sessionId = content.kind === 'wake' ? row?.id : content.sessionId;
    const known = row?.id === sessionId ? row : undefined;
    const closed = closedReceipt({ ...UNKNOWN_SESSION, ...known, id: sessionId ?? ('' as SessionId), address: this.#address });
    if (content.kind === 'event') {
      this.#env.metrics.event('refused');
      return message.settle(closed);
    }
    const { refused: _, ...receipt } = closed;
    message.settle({ ...receipt, ignored: SESSION_CLOSED });
  }

  /** Answers what the store has taken before. */
  async settleTaken(messages: readonly MailboxMessage[], taken: readonly TakenEvent[]): Promise<void> {
    let settled = 0;
    for (const { eventId, sessionId, seq } of taken) {
      const stored = messages.filter(({ content }) => 'eventId' in content && content.eventId === eventId);
      if (stored.length === 0) continue;
      const row = await this.#env.store.load({ id: sessionId });
      const [entry] = await this.#env.store.journal(sessionId, seq - 1, 1);
      const result = entry?.eventId === eventId ? resultOfEntry(entry) : {};
      for (const message of stored) {
        const duplicate = !(await this.#env.inDoubt.isOurs(message, sessionId, seq));
        this.#remove(message);
        settled++;
        this.#env.metrics.event(duplicate ? 'duplicate' : 'applied');
        const { version, state, handler } = row ?? UNKNOWN_SESSION;
        message.settle({ sessionId, address: this.#address, version, state, handler, duplicate, ...result });
      }
    }
    if (settled === 0) throw new StatechatError('defect', 'the store knows an event of this turn that no message has');
  }

  fail(message: MailboxMessage, error: Error): void {
    this.#remove(message);
    message.fail(error);
  }

  #remove(message: MailboxMessage): void {
    const index = this.#messages.indexOf(message);
    if (index >= 0) this.#messages.splice(index, 1);
    this.#env.inDoubt.forget(message);
  }
}
