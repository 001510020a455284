/**
 * The messages between instances, as they are read from the exchange. Anyone with access to the
 * transport may have written them.
 *
 * Instances of several versions share an exchange while a release is rolled out. A message of an
 * unknown type, a field that is not known, and an event of an unknown type are left out, and the
 * rest is read. So new content is a new type of message, a new field that may be absent, or a new
 * type of event. 0.1.0 drops a whole message for one unknown event, so events that it does not know
 * go in messages of their own.
 */
import * as z from 'zod';
import { type Address, parseAddress, parseSessionId, type SessionId } from '#machines/ids.ts';
import type { LiveEvent } from '../contract/live-events.ts';

const instance = z.string().min(1).max(100);
const address = z.string().transform((text): Address => parseAddress(text));
const sessionId = z.string().transform((text): SessionId => parseSessionId(text));
const handler = z.enum(['none', 'bot', 'human']);

const delivery = z.object({ status: z.enum(['pending', 'sent', 'delivered', 'read', 'failed']), at: z.number() });

const typing = z.object({ type: z.literal('typing'), by: z.literal('customer'), at: z.number() });
const delta = z.object({ type: z.literal('delta'), runId: z.string(), offset: z.number().int().min(0), text: z.string() });
const run = z.object({
  type: z.literal('run'),
  runId: z.string(),
  phase: z.enum(['started', 'restarted', 'thinking', 'tool', 'writing', 'ended']),
});

/** The live events that leave the instance. Entries do not, because the journal has them. */
const liveEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('changed') }),
  z.object({ type: z.literal('moved'), to: address }),
  z.object({ type: z.literal('delivery'), seq: z.number(), delivery }),
  z.object({ type: z.literal('state'), state: z.string(), handler, open: z.boolean(), version: z.number() }),
  delta,
  run,
  z.object({ type: z.literal('emitted'), event: z.looseObject({ type: z.string() }), runId: z.string().optional() }),
]);

const passingEvent = z.discriminatedUnion('type', [
  typing,
  delta,
  run,
  z.object({ type: z.literal('gap') }),
  z.object({
    type: z.literal('presence'),
    agent: z.object({ id: z.string(), name: z.string() }),
    viewer: z.string(),
    viewing: z.boolean(),
    typing: z.boolean(),
  }),
  z.object({ type: z.literal('attention'), reason: z.string(), queue: z.string().optional(), agentId: z.string().optional() }),
]);

/** Of a list, the elements that can be read. */
const known = <T extends z.ZodType>(element: T) =>
  z.array(z.unknown()).transform((all): readonly z.output<T>[] =>
    all.flatMap((one) => {
      const result = safely(() => element.safeParse(one));
      return result?.success ? [result.data] : [];
    }),
  );

const liveEvents = known(z.tuple([sessionId, liveEvent]).readonly());

/** One entry of an address's stream. */
const record = z.object({ from: instance, events: liveEvents });

const facts = z.object({
  address,
  assistant: z.string(),
  state: z.string(),
  handler,
  agentId: z.string().nullable(),
  queue: z.string().nullable(),
  tags: z.array(z.string()).readonly(),
  open: z.boolean(),
});

/** Those that were different. */
const differences = z.object({
  address: facts.shape.address.exactOptional(),
  assistant: facts.shape.assistant.exactOptional(),
  state: facts.shape.state.exactOptional(),
  handler: facts.shape.handler.exactOptional(),
  agentId: facts.shape.agentId.exactOptional(),
  queue: facts.shape.queue.exactOptional(),
  tags: facts.shape.tags.exactOptional(),
  open: facts.shape.open.exactOptional(),
});

const summary = facts.extend({
  id: sessionId,
  version: z.int(),
  waitingSince: z.number().nullable(),
  openedAt: z.number(),
  lastActivityAt: z.number(),
  /** Not sent by instances of 0.1.0. */
  preview: z
    .object({
      customer: z.string().nullable(),
      last: z.object({ author: z.enum(['customer', 'assistant', 'agent', 'system']), text: z.string(), at: z.number() }).nullable(),
      unanswered: z.number(),
      priority: z.enum(['low', 'normal', 'high', 'urgent']),
      snoozedUntil: z.number().optional(),
      news: z.number().optional(),
      handoff: z
        .object({
          queue: z.string().nullable(),
          lastAgent: z.string().nullable(),
          passedOver: z.array(z.string()).readonly(),
          reopened: z.boolean(),
          awaitedSince: z.number().nullable(),
          firstAt: z.number().nullable(),
          humanAt: z.number().nullable(),
          unansweredSince: z.number().nullable(),
          withoutHumanSince: z.number().nullable(),
        })
        .exactOptional(),
    })
    .nullable()
    .default(null),
});

/**
 * What happened in one session, with its turns as one change of its facts, and its passing events.
 */
const sessionRecord = z.object({
  sessionId,
  change: z.object({ session: summary, was: differences.nullable() }).optional(),
  passing: known(passingEvent),
});

const message = z.discriminatedUnion('type', [
  z.object({
    /** An instance is a member, and the addresses of these hashes are watched there. */
    type: z.literal('here'),
    from: instance,
    watches: z.array(z.number()),
    /** Requests that the others introduce themselves too. */
    asks: z.boolean(),
    /** Sessions are watched there, and with the text of answers. Absent in 0.1.0. */
    sessions: z.boolean().optional(),
    deltas: z.boolean().optional(),
    /** The number of its last message of type `sessions`. */
    sent: z.int().optional(),
  }),
  /**
   * What an instance can run, as `Registry.machines` names it. A long list takes more than one
   * message.
   */
  z.object({ type: z.literal('runs'), from: instance, machines: z.array(z.string()) }),
  /** An instance leaves. */
  z.object({ type: z.literal('gone'), from: instance }),
  /** A turn on another instance stopped a run, or sent it something. */
  z.object({ type: z.literal('run'), from: instance, sessionId, serial: z.number().int() }),
  /** Work was freed for any instance. */
  z.object({ type: z.literal('work'), from: instance }),
  /** There is something new at an address, in this message or in its stream. */
  z.object({ type: z.literal('live'), from: instance, address, events: liveEvents }),
  /** The customer types at an address that is watched. Not known to 0.1.0. */
  z.object({ type: z.literal('typing'), from: instance, address, sessionId, event: typing }),
  /** What happened in sessions, for instances where sessions are watched. Not known to 0.1.0. */
  z.object({ type: z.literal('sessions'), from: instance, number: z.int(), records: known(sessionRecord) }),
]);

export type ClusterMessage = z.output<typeof message>;
export type LiveRecord = z.output<typeof record>;
export type RelayedEvent = LiveRecord['events'][number];
export type TypingEvent = z.output<typeof typing>;
export type SessionsMessage = Extract<ClusterMessage, { readonly type: 'sessions' }>;
export type SessionRecord = SessionsMessage['records'][number];

/** Undefined if it is none of ours, or of another version of the program. */
export function decodeClusterMessage(value: unknown): ClusterMessage | undefined {
  const result = safely(() => message.safeParse(value));
  return result?.success ? result.data : undefined;
}

export function decodeRecord(value: unknown): LiveRecord | undefined {
  const result = safely(() => record.safeParse(value));
  return result?.success ? result.data : undefined;
}

/** As it may leave the instance with others. Undefined if it may not. */
export function encodeRelayedEvent(of: SessionId, event: LiveEvent): RelayedEvent | undefined {
  switch (event.type) {
    case 'entry':
      return [of, { type: 'changed' }];
    case 'gap':
    case 'typing':
      return undefined;
    case 'delivery': {
      const { status, at } = event.delivery;
      return [of, { type: 'delivery', seq: event.seq, delivery: { status, at } }];
    }
    case 'emitted':
      return [of, { ...event, event: { ...event.event } }];
    default:
      return [of, event];
  }
}

/** The parsers of ids throw. */
function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
