import { expect, it } from 'vitest';
import { SessionEvents, type Subscriber } from '#actors/session/session-events.ts';
import type { Turn } from '#actors/session/turn.ts';
import { freshAddress } from '../counting-machine.ts';

it('calls the subscribers in the stated order, in whatever order they subscribed', () => {
  const events = new SessionEvents();
  const called: string[] = [];
  const all: readonly Subscriber[] = ['timers', 'outbox', 'invocations', 'membership', 'live', 'metrics'];
  for (const name of all) events.subscribe(name, { committed: () => called.push(name) });
  events.committed({} as Turn);
  expect(called).toEqual(['metrics', 'live', 'membership', 'invocations', 'outbox', 'timers']);
});

it('calls the listeners of an event with the address', () => {
  const events = new SessionEvents();
  const called: unknown[] = [];
  const address = freshAddress();
  events.subscribe('outbox', { loaded: (loaded) => called.push(['loaded', loaded]) });
  events.subscribe('timers', { evicted: (evicted) => called.push(['evicted', evicted]) });
  events.loaded(address);
  events.evicted(address);
  expect(called).toEqual([
    ['loaded', address],
    ['evicted', address],
  ]);
});
