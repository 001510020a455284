/** What is live here and on the other instances, put together: streams, neighbours, and the relay between the two. */

import type { Clock } from '#machines/clock.ts';
import type { Exchange } from '#storage/exchange.ts';
import { LiveRelay } from './live-relay.ts';
import { LiveStreams } from './live-streams.ts';
import { Membership } from './membership.ts';

export interface LiveOptions {
  readonly exchange: Exchange;
  readonly owner: string;
  readonly clock: Clock;
  /** What this instance can run. */
  readonly machines: readonly string[];
}

export interface Live {
  readonly live: LiveStreams;
  readonly membership: Membership;
  readonly relay: LiveRelay;
}

export function createLive({ exchange, owner, clock, machines }: LiveOptions): Live {
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
    live: (address, events) => relay.heard(address, events),
    connected: () => relay.reconnected(),
  });
  const relay = new LiveRelay({ exchange, owner, clock, live, membership });
  return { live, membership, relay };
}
