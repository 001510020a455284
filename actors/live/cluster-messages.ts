/** What instances tell each other, as it is read from the exchange: anybody who reaches the transport may have written it. */
import * as z from 'zod';
import { type Address, parseAddress, parseSessionId, type SessionId } from '#machines/ids.ts';
import type { LiveEvent } from '../contract/api.ts';

const instance = z.string().min(1).max(100);
const address = z.string().transform((text): Address => parseAddress(text));
const sessionId = z.string().transform((text): SessionId => parseSessionId(text));

const delivery = z.object({ status: z.enum(['pending', 'sent', 'delivered', 'read', 'failed']), at: z.number() });

/** What of a live event leaves the instance. Entries do not: the journal has them. */
const liveEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('changed') }),
  z.object({ type: z.literal('delivery'), seq: z.number(), delivery }),
  z.object({
    type: z.literal('state'),
    state: z.string(),
    handler: z.enum(['none', 'bot', 'human']),
    open: z.boolean(),
    version: z.number(),
  }),
  z.object({ type: z.literal('delta'), runId: z.string(), offset: z.number().int().min(0), text: z.string() }),
  z.object({
    type: z.literal('run'),
    runId: z.string(),
    phase: z.enum(['started', 'restarted', 'thinking', 'tool', 'writing', 'ended']),
  }),
  z.object({ type: z.literal('emitted'), event: z.looseObject({ type: z.string() }), runId: z.string().optional() }),
]);

const liveEvents = z.array(z.tuple([sessionId, liveEvent]));

/** One entry of an address's stream. */
const record = z.object({ from: instance, events: liveEvents });

const notice = z.discriminatedUnion('type', [
  /** An instance is there, and somebody there watches the addresses of these hashes. `asks`: it wants to know the same of the others. */
  z.object({ type: z.literal('here'), from: instance, watches: z.array(z.number()), asks: z.boolean() }),
  /** What an instance can run, as `Registry.machines` names it; more than one notice when it is much. */
  z.object({ type: z.literal('runs'), from: instance, machines: z.array(z.string()) }),
  /** An instance goes. */
  z.object({ type: z.literal('gone'), from: instance }),
  /** A run was stopped or told something by a turn elsewhere. */
  z.object({ type: z.literal('run'), from: instance, sessionId, serial: z.number().int() }),
  /** Work was freed for anybody. */
  z.object({ type: z.literal('work'), from: instance }),
  /** There is something new at an address: here, or in its stream. */
  z.object({ type: z.literal('live'), from: instance, address, events: liveEvents }),
]);

export type ClusterMessage = z.output<typeof notice>;
export type LiveRecord = z.output<typeof record>;
export type RelayedEvent = LiveRecord['events'][number];

/** Undefined: not ours, or of another version of the program. */
export function decodeClusterMessage(value: unknown): ClusterMessage | undefined {
  const result = safely(() => notice.safeParse(value));
  return result?.success ? result.data : undefined;
}

export function decodeRecord(value: unknown): LiveRecord | undefined {
  const result = safely(() => record.safeParse(value));
  return result?.success ? result.data : undefined;
}

/** As it may leave the instance. */
export function encodeRelayedEvent(of: SessionId, event: LiveEvent): RelayedEvent | undefined {
  if (event.type === 'entry') return [of, { type: 'changed' }];
  if (event.type === 'gap') return undefined;
  if (event.type === 'delivery') {
    const { status, at } = event.delivery;
    return [of, { type: 'delivery', seq: event.seq, delivery: { status, at } }];
  }
  if (event.type === 'emitted') return [of, { ...event, event: { ...event.event } }];
  return [of, event];
}

/** The parsers of ids throw. */
function safely<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
