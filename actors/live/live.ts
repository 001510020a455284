/** What is live here and on the other instances, put together: streams, neighbours, and the relay between the two. */
import type { SessionId } from '#machines/ids.ts';
import type { Exchange } from '#storage/exchange.ts';
import type { Clock } from '../contract/clock.ts';
import { LiveRelay } from './live-relay.ts';
import { LiveStreams } from './live-streams.ts';
import { Membership } from './membership.ts';

export interface LiveOptions {
  readonly exchange: Exchange;
  readonly owner: string;
  readonly clock: Clock;
  /** What this instance can run. */
  readonly machines: readonly string[];
  /** A run that may be ours was stopped, or told something. */
  readonly run: (sessionId: SessionId, serial: number) => Promise<void>;
  /** Somebody freed work. */
  readonly work: () => Promise<void>;
  readonly onError: (error: unknown) => void;
}

export interface Live {
  readonly live: LiveStreams;
  readonly membership: Membership;
  readonly relay: LiveRelay;
}

export function createLive({ exchange, owner, clock, machines, run, work, onError }: LiveOptions): Live {
  const live: LiveStreams = new LiveStreams({
    said: (address, sessionId, event) => relay.said(address, sessionId, event),
    watched: (address) => relay.watched(address),
    unwatched: (address) => relay.unwatched(address),
  });
  const membership: Membership = new Membership({
    exchange,
    owner,
    clock,
    machines,
    watched: () => live.watched,
    run: (sessionId, serial) => void run(sessionId, serial).catch(onError),
    work: () => void work().catch(onError),
    live: (address, events) => relay.heard(address, events),
    connected: () => relay.reconnected(),
  });
  const relay = new LiveRelay({ exchange, owner, clock, live, membership });
  return { live, membership, relay };
}
