/**
 * From a committed turn to the endpoints that follow its session. The turn carries one piece of
 * work, stored in its own statement. The work moves the places of the endpoints forward, many at
 * once, and wakes the dispatcher.
 *
 * Invariant. A turn with an event that an endpoint wants moves its place, whatever process dies
 * (`test/src/webhooks/follow.test.ts`).
 */
import * as z from 'zod';
import { defineEffect, type Effect } from '#actors/contract/effect.ts';
import type { Follow } from '#actors/contract/follow.ts';
import { addressParts, type SessionId } from '#machines/ids.ts';
import type { Followed, Webhooks } from '#storage/webhooks.ts';
import type { SessionEventType } from '../operations/webhook-events.ts';
import { eventsOf } from './events.ts';
import { type KnownEndpoints, type SessionTraits, wantsSession } from './known-endpoints.ts';

const FOLLOW_EFFECT = 'webhooks.follow';

const followParams = z.strictObject({
  assistant: z.string(),
  channel: z.string(),
  /** Types of the turn's events. */
  events: z.array(z.string()),
  /** Seq of the last entry with an event. */
  upTo: z.int(),
});
type FollowParams = z.infer<typeof followParams>;

export interface FollowerOptions {
  readonly known: KnownEndpoints;
  readonly webhooks: Pick<Webhooks, 'follow'>;
  /** Places have moved. */
  readonly onMoved: () => void;
}

export interface Follower {
  readonly follow: Follow;
  readonly effect: Effect;
}

export function createFollower({ known, webhooks, onMoved }: FollowerOptions): Follower {
  const places = gathered((followed: readonly Followed[]) => webhooks.follow(followed).then(onMoved));

  return {
    follow({ session, journal }) {
      if (known.isIdle) return undefined;
      const { channel } = addressParts(session.address);
      const traits = { assistant: session.assistant, channel };
      const types = new Set<SessionEventType>();
      let upTo = 0;
      for (const entry of journal) {
        for (const { type } of eventsOf(entry, session)) {
          types.add(type);
          upTo = entry.seq;
        }
      }
      if (upTo === 0 || (known.isCurrent && endpointsFor(known, traits, types).length === 0)) return undefined;
      return { type: FOLLOW_EFFECT, params: { ...traits, events: [...types], upTo } satisfies FollowParams };
    },

    effect: defineEffect({
      type: FOLLOW_EFFECT,
      params: followParams,
      lane: 'none',
      // Only the store can fail it, and that passes.
      attempts: Number.MAX_SAFE_INTEGER,
      async run({ events, upTo, ...traits }, { sessionId }) {
        if (!known.isCurrent) await known.refresh();
        const ids = endpointsFor(known, traits, new Set(events));
        await places(ids.map((endpointId) => ({ endpointId, sessionId: sessionId as SessionId, upTo })));
        return undefined;
      },
    }),
  };
}

function endpointsFor(known: KnownEndpoints, traits: SessionTraits, types: ReadonlySet<string>): string[] {
  return known.records.flatMap(({ endpoint }) =>
    wantsSession(endpoint, traits) && Object.keys(endpoint.events).some((type) => types.has(type)) ? [endpoint.id] : [],
  );
}

/** Collects what is given while a call is under way into the next call. */
function gathered<T>(store: (items: readonly T[]) => Promise<void>): (items: readonly T[]) => Promise<void> {
  let waiting: T[] = [];
  let next: Promise<void> | undefined;
  let last: Promise<void> = Promise.resolve();
  return (items) => {
    if (items.length === 0) return Promise.resolve();
    waiting.push(...items);
    next ??= last
      .catch(() => undefined)
      .then(() => {
        const taken = waiting;
        waiting = [];
        next = undefined;
        last = store(taken);
        return last;
      });
    return next;
  };
}
