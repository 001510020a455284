/**
 * EventRouter takes events from outside the sessions, validates them, and posts them to the mailbox
 * of their address.
 *
 * Owns which events are valid, their ids, how long they may wait, whether this instance still
 * accepts any.
 * Does not own the mailboxes (session-cache.ts), or what a channel's event means (src/intake).
 */
import type { MachineEvent } from '#machines/definition.ts';
import { InvalidInput, StatechatError } from '#machines/errors.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { SessionRow, WorkItem } from '#storage/port.ts';
import {
  type DeliverOptions,
  type Destination,
  HOST_EVENT,
  type Receipt,
  type Remark,
  type UndeliverableMessage,
} from '../contract/api.ts';
import type { Settings } from '../contract/options.ts';
import type { RegisteredMachine } from '../contract/registry.ts';
import { addressOf } from '../contract/work-item.ts';
import { eventToJson } from '../interpreter/serialize.ts';
import type { EffectSessions } from '../outbox/effect-dispatcher.ts';
import type { Afterwords } from './afterwords.ts';
import { resultOfEntry } from './journal-payload.ts';
import { failureMessage, type MessageContent, undeliverableMessage } from './message.ts';
import type { SessionCache } from './session-cache.ts';
import { closedReceipt, SESSION_CLOSED } from './turn-result.ts';

export interface EventRouterOptions extends Pick<Settings, 'store' | 'registry' | 'clock' | 'newSessionId' | 'patienceMs'> {
  readonly sessions: SessionCache;
  readonly afterwords: Afterwords;
}

export class EventRouter implements EffectSessions {
  readonly #options: EventRouterOptions;
  #accepting = true;

  constructor(options: EventRouterOptions) {
    this.#options = options;
  }

  /** From now on, events from outside are rejected. */
  stop(): void {
    this.#accepting = false;
  }

  /** See `Actors.deliver`. */
  async deliver(to: Destination, event: MachineEvent, options: DeliverOptions = {}): Promise<Receipt> {
    if (!this.#accepting) throw new StatechatError('draining', 'this instance is shutting down: send it again', { retryable: true });
    validate(event, options.eventId);
    const { sessions, newSessionId, afterwords } = this.#options;
    const { eventId = `${HOST_EVENT}${newSessionId()}`, ifVersion } = options;
    const stored = eventToJson(event, 'event', 'drop');
    const deadline = this.#deadline();
    if ('address' in to) {
      const { address, assistant, input: hint = null } = to;
      // Awaited, because a promise that is returned as it is costs two more and some rounds.
      return await sessions.post(
        address,
        { kind: 'event', event: stored, eventId, ifVersion, sessionId: undefined, assistant, hint },
        deadline,
      );
    }
    const row = await this.session(to.sessionId);
    if (!row.open) {
      return (await this.#repeated(row, options.eventId)) ?? (await afterwords.append(row, stored, eventId)) ?? closedReceipt(row);
    }
    const { id: sessionId, address } = row;
    return await sessions.post(
      address,
      { kind: 'event', event: stored, eventId, ifVersion, sessionId, assistant: undefined, hint: null },
      deadline,
    );
  }

  /**
   * The receipt of an event that a closed session took before. A sender whose answer was lost sends
   * its event again, and the event may be the one that closed the session.
   */
  async #repeated({ id, address, version, state, handler }: SessionRow, eventId: string | undefined): Promise<Receipt | undefined> {
    if (eventId === undefined) return undefined;
    const last = await this.#options.store.journal(id, Math.max(0, version - LAST_ENTRIES), LAST_ENTRIES);
    const entry = last.find((one) => one.eventId === eventId);
    return entry && { sessionId: id, address, version, state, handler, duplicate: true, ...resultOfEntry(entry) };
  }

  /** Opens a session at an address without any event, unless one is open already. */
  open(to: Extract<Destination, { readonly address: Address }>): Promise<Receipt> {
    const content: MessageContent = { kind: 'open', sessionId: undefined, assistant: to.assistant, hint: to.input ?? null };
    return this.#options.sessions.post(to.address, content, this.#deadline());
  }

  /** See `Actors.remark`. */
  async remark(sessionId: SessionId, remark: Remark): Promise<Receipt> {
    const { address } = await this.session(sessionId);
    return this.#options.sessions.post(address, { kind: 'remark', sessionId, ...remark }, this.#deadline());
  }

  /** The row of a session. Throws `StatechatError` code `not_found`. */
  async session(id: SessionId): Promise<SessionRow> {
    const row = await this.#options.store.load({ id });
    if (!row) throw new StatechatError('not_found', `there is no session ${id}`);
    return row;
  }

  async machineOf(sessionId: SessionId): Promise<RegisteredMachine | undefined> {
    const { sessions, registry } = this.#options;
    const row = await this.session(sessionId);
    const state = await sessions.addressState(row.address);
    return state.open && state.start.row.id === sessionId ? state.start.machine : registry.assistant(row.assistant)?.newest;
  }

  send(sessionId: SessionId, event: MachineEvent, eventId: string): Promise<Receipt> {
    return this.deliver({ sessionId }, event, { eventId });
  }

  async effectFailed(item: WorkItem, code: string, reason: string): Promise<boolean> {
    const message = failureMessage(item, code, reason);
    const receipt = await this.#options.sessions.post(addressOf(item), message, Number.POSITIVE_INFINITY);
    return receipt.ignored !== SESSION_CLOSED;
  }

  /** See `Actors.undeliverable`. */
  async undeliverable(message: UndeliverableMessage, failure: { readonly code: string; readonly reason: string }): Promise<Receipt> {
    const { address } = await this.session(message.sessionId);
    return this.#options.sessions.post(address, undeliverableMessage(message, failure), this.#deadline());
  }

  #deadline(): number {
    return this.#options.clock.now() + this.#options.patienceMs;
  }
}

/** Entries of a closed session among which an event that is sent again is looked for. */
const LAST_ENTRIES = 200;

/** The index of event ids in PostgreSQL has room for that many characters of any kind. */
export const MAX_EVENT_ID = 500;

/** Events of XState that anyone may send. This one leads to a state that declares a `route`. */
const ROUTE = 'xstate.route';

function validate(event: MachineEvent, eventId: unknown): void {
  if (typeof event?.type !== 'string' || event.type === '' || event.type === '*') throw new InvalidInput('an event needs a type');
  if ((event.type.startsWith('xstate.') && event.type !== ROUTE) || event.type.startsWith('statechat.'))
    throw new InvalidInput(`events of type "${event.type}" come from the host only`);
  if (eventId !== undefined && (typeof eventId !== 'string' || eventId === '' || eventId.length > MAX_EVENT_ID))
    throw new InvalidInput(`the id of an event is a text of 1 to ${MAX_EVENT_ID} characters`);
}
