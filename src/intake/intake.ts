/**
 * Turns a channel's event into a session's event. The one way in for customers, so every string is
 * made well-formed here, and a text of nothing visible is no text.
 */
import { LRUCache } from 'lru-cache';
import * as z from 'zod';
import type { Actors, Moved, Receipt } from '#actors/contract/api.ts';
import type { ChannelEvent, Intake, IntakeReceipt } from '#channels/inbound.ts';
import { parseStatusKey } from '#channels/status-key.ts';
import type { Json, MachineEvent } from '#machines/definition.ts';
import { InvalidInput } from '#machines/errors.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import { sessionEvent } from '#machines/session/events.ts';
import { PHONE_AGENT } from '#machines/session/phone-agent.ts';
import { isVisible, wellFormedJson } from '#machines/text.ts';
import type { Ratings } from './ratings.ts';

export interface IntakeParts {
  readonly actors: Pick<Actors, 'deliver' | 'mark' | 'report' | 'undeliverable' | 'move' | 'publishTyping'>;
  /** The assistant that answers at an address where no session is open. */
  readonly assistantOf: (address: Address) => string;
  /** The latest session at an address. */
  readonly latestAt: (address: Address) => Promise<SessionId | undefined>;
  /** False of a session that was deleted. */
  readonly isKept: (sessionId: SessionId) => Promise<boolean>;
  readonly ratings: Pick<Ratings, 'find'>;
  /** For the log. */
  readonly onMoved?: (move: { readonly from: Address; readonly to: Address; readonly outcome: Moved['outcome'] }) => void;
}

/**
 * Between two typing events of an address that are published, in milliseconds. Clients send one
 * with every few letters.
 */
const TYPING_MS = 3_000;
/** Addresses whose last typing is remembered. One more is published sooner, which does no harm. */
const MAX_TYPING = 10_000;

const NO_REASON = { code: 'unknown', reason: 'the provider gave no reason' };

type Received = Extract<ChannelEvent, { readonly type: 'message' | 'command' | 'edit' | 'call' | 'echo' }>;
type StatusEvent = Extract<ChannelEvent, { readonly type: 'status' }>;
type Remarked = Extract<ChannelEvent, { readonly type: 'revoke' | 'reaction' }>;

export function createIntake({ actors, assistantOf, latestAt, isKept, ratings, onMoved }: IntakeParts): Intake {
  const typedAt = new LRUCache<Address, number>({ max: MAX_TYPING });

  return async (event) => {
    switch (event.type) {
      case 'message':
      case 'command':
      case 'edit':
      case 'call':
      case 'echo':
        return deliver(event);
      case 'revoke':
      case 'reaction': {
        // It is about a message that is there, so it opens no session.
        const sessionId = await latestAt(event.address);
        return sessionId === undefined ? nothing(undefined) : post(sessionId, machineEventOf(wellFormedJson(event)), event.id);
      }
      case 'status':
        return report(event);
      case 'receipt': {
        const sessionId = event.sessionId ?? (await latestAt(event.address));
        if (sessionId !== undefined) {
          await actors.mark(event.address, { sessionId, seq: event.upTo }, { status: event.status, at: event.at });
        }
        return nothing(sessionId);
      }
      case 'typing':
        publishTyping(event);
        return nothing(undefined);
      case 'moved': {
        const { id, from, to, certain = true } = event;
        const { sessionId, version, outcome } = await actors.move(from, to, { eventId: id, certain });
        onMoved?.({ from, to, outcome });
        return { sessionId: sessionId ?? '', version, duplicate: outcome === 'known' };
      }
    }
  };

  /** What a provider says of one message. A session that was deleted has nothing to learn. */
  async function report({ at, statusKey, status, ref, failure, costMicros = 0 }: StatusEvent): Promise<IntakeReceipt> {
    const message = parseStatusKey(statusKey);
    const { sessionId, serial } = message;
    if ((costMicros > 0 || status === 'failed') && !(await isKept(sessionId))) return nothing(undefined);
    // A split message is charged for each of its parts.
    if (costMicros > 0) await post(sessionId, { type: 'message.cost', at, serial, costMicros }, `cost:${serial}:${ref ?? ''}`);
    if (status === 'failed') return receiptOf(await actors.undeliverable({ ...message, effect: 'message.send' }, failure ?? NO_REASON));
    await actors.report(message, { status, at, ...(ref === undefined ? {} : { ref }) });
    return nothing(sessionId);
  }

  async function post(sessionId: SessionId, event: MachineEvent, eventId: string): Promise<IntakeReceipt> {
    const parsed = sessionEvent.safeParse(event);
    if (!parsed.success) throw new InvalidInput(`that can't be taken: ${z.prettifyError(parsed.error)}`);
    return receiptOf(await actors.deliver({ sessionId }, parsed.data, { eventId }));
  }

  /** Returns at once. A store that cannot be reached fails nothing, because typing is passing. */
  function publishTyping({ address, at }: Extract<ChannelEvent, { readonly type: 'typing' }>): void {
    const last = typedAt.get(address);
    if (last !== undefined && at - last < TYPING_MS) return;
    typedAt.set(address, at);
    actors.publishTyping(address, at).catch(() => {});
  }

  async function deliver(received: Received): Promise<IntakeReceipt> {
    const event = wellFormedJson(received);
    if ((event.type === 'message' || event.type === 'echo') && !isVisible(event.text) && !event.media?.length)
      throw new InvalidInput('the message has neither a visible text nor media');
    const parsed = sessionEvent.safeParse(machineEventOf(event));
    if (!parsed.success) throw new InvalidInput(`that can't be taken: ${z.prettifyError(parsed.error)}`);
    // Without a lookup the event is posted at once, which keeps the order of the calls.
    const looking = event.type === 'call' || event.type === 'echo' ? undefined : ratings.find(event);
    const rated = looking && (await looking);
    if (rated !== undefined) {
      const receipt = await actors.deliver({ sessionId: rated.sessionId }, rated.event, { eventId: event.id });
      // A session that was not asked, or is not closed, leaves it to the conversation.
      if (receipt.refused === undefined && receipt.ignored === undefined) return receiptOf(receipt);
    }
    const { address } = event;
    const customer = 'customer' in event ? event.customer : undefined;
    const input: Json = customer === undefined ? null : { customer };
    // What was ignored or became a dead letter is in the journal with its reason. For the provider
    // it is taken.
    const to = { address, assistant: assistantOf(address), input };
    return receiptOf(await actors.deliver(to, parsed.data, { eventId: event.id }));
  }
}

function receiptOf({ sessionId, version, duplicate }: Receipt): IntakeReceipt {
  return { sessionId, version, duplicate };
}

/** Only the keys that have a value, because an event is JSON and JSON has no undefined. */
function machineEventOf(event: Received | Remarked): MachineEvent {
  const { at } = event;
  // An edit finds the message by this id. `event.id` is another one for each event.
  const id = ('messageId' in event ? event.messageId : undefined) ?? event.id;
  switch (event.type) {
    case 'message':
      return {
        type: 'customer.message',
        id,
        at,
        text: seen(event.text),
        ...optional('media', event.media),
        ...optional('replyTo', event.replyTo),
        ...optional('quoted', event.quoted),
        ...optional('customer', event.customer),
        ...optional('windowUntil', event.windowUntil),
      };
    case 'command':
      return {
        type: 'customer.command',
        id,
        at,
        name: event.name,
        args: seen(event.args),
        ...optional('media', event.media),
        ...optional('replyTo', event.replyTo),
        ...optional('quoted', event.quoted),
        ...optional('customer', event.customer),
        ...optional('windowUntil', event.windowUntil),
      };
    case 'edit':
      return { type: 'customer.edit', id, at, text: seen(event.text) };
    case 'revoke':
      return { type: 'customer.revoke', id, at };
    case 'reaction':
      return { type: 'customer.reaction', id, at, emoji: event.emoji };
    case 'call':
      return {
        type: 'customer.call',
        at,
        phase: event.phase,
        ...optional('seconds', event.seconds),
        ...optional('customer', event.customer),
        ...optional('windowUntil', event.windowUntil),
      };
    case 'echo':
      return {
        type: 'agent.echo',
        id,
        at,
        agent: PHONE_AGENT,
        text: seen(event.text),
        ...optional('media', event.media),
        ...optional('replyTo', event.replyTo),
      };
  }
}

function seen(text: string): string {
  return isVisible(text) ? text : '';
}

function optional<K extends string>(key: K, value: unknown): { readonly [key: string]: unknown } {
  return value === undefined ? {} : { [key]: value };
}

function nothing(sessionId: SessionId | undefined): IntakeReceipt {
  return { sessionId: sessionId ?? '', version: 0, duplicate: false };
}
