/**
 * Puts together what is live on this instance and on the others, with the addresses, sessions and
 * members, and the relays between them.
 */

import type { Clock } from '#machines/clock.ts';
import type { SessionPreview } from '#machines/definition.ts';
import type { SessionId } from '#machines/ids.ts';
import type { Exchange } from '#storage/exchange.ts';
import type { SessionRow } from '#storage/port.ts';
import type { LiveEvent } from '../contract/live-events.ts';
import { LiveRelay } from './live-relay.ts';
import { LiveStreams } from './live-streams.ts';
import { Membership } from './membership.ts';
import { SessionRelay } from './session-relay.ts';
import { SessionTopics } from './session-topics.ts';

export interface LiveOptions {
  readonly exchange: Exchange;
  readonly owner: string;
  readonly clock: Clock;
  /** What this instance can run. */
  readonly machines: readonly string[];
  /** Loads a session whose facts are not known here. */
  readonly load: (id: SessionId) => Promise<SessionRow | undefined>;
  /** What lists show of a session. */
  readonly preview: (row: SessionRow) => SessionPreview | null;
  readonly onError: (error: unknown) => void;
}

export interface Live {
  readonly live: LiveStreams;
  readonly topics: SessionTopics;
  readonly membership: Membership;
  readonly relay: LiveRelay;
}

export function createLive({ exchange, owner, clock, machines, load, preview, onError }: LiveOptions): Live {
  const live: LiveStreams = new LiveStreams({
    published: (address, sessionId, event) => {
      relay.published(address, sessionId, event);
      if (concernsSessions(event)) topics.passed(sessionId, event);
    },
    watched: (address) => relay.watched(address),
    unwatched: (address) => relay.unwatched(address),
  });
  const membership: Membership = new Membership({
    exchange,
    owner,
    clock,
    machines,
    watched: () => live.watched,
    live: (address, events) => relay.receive(address, events),
    typing: (address, sessionId, event) => live.receive(address, sessionId, event),
    sessions: {
      sent: () => sessions.sent,
      joined: (instance) => sessions.joined(instance),
      left: (instance) => sessions.left(instance),
      lastSent: (instance, sent) => sessions.lastSent(instance, sent),
      receive: (message) => sessions.receive(message),
    },
    connected: () => {
      relay.reconnected();
      topics.gap();
    },
  });
  const relay = new LiveRelay({ exchange, owner, clock, live, membership });
  const sessions: SessionRelay = new SessionRelay({ exchange, clock, membership, topics: () => topics });
  const topics = new SessionTopics({ relay: sessions, load, preview, onError });
  return { live, topics, membership, relay };
}

/**
 * Turns reach the watchers of sessions by `committed`, and what else happens at an address does not
 * concern them.
 */
function concernsSessions(event: LiveEvent): event is Extract<LiveEvent, { readonly type: 'run' | 'delta' | 'typing' }> {
  return event.type === 'run' || event.type === 'delta' || event.type === 'typing';
}
