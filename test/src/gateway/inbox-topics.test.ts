/**
 * A list and the turns that come while it is loaded, for the one that asked and for those that
 * share it.
 */
import { expect, test } from 'vitest';
import type { SessionsEvent, SessionsListener } from '#actors/contract/live-events.ts';
import { summaryOf } from '#actors/contract/live-events.ts';
import { InboxTopics, topicOf } from '#src/gateway/inbox-topics.ts';
import type { Page, SessionRow } from '#storage/port.ts';
import { newSession } from '#test/contracts/store-fixtures.ts';
import { atOnce, messageIn } from './frames.ts';

function setUp() {
  const loads: PromiseWithResolvers<Page<SessionRow>>[] = [];
  let listener: SessionsListener = () => {};
  const topics = new InboxTopics({
    actors: {
      watchSessions: (_, given) => {
        listener = given;
        return () => {};
      },
    },
    store: {
      sessions: () => {
        const load = Promise.withResolvers<Page<SessionRow>>();
        loads.push(load);
        return load.promise;
      },
    },
    fanOut: atOnce,
    preview: () => null,
    clocksOf: () => [],
    viewersOf: () => [],
  });
  /** What a reader shows at the end, as session and version. It reads as the reference says. */
  const follow = () => {
    const shown = new Map<string, number>();
    const read = (frame: Buffer): void => {
      const message = messageIn(frame);
      if (message.type !== 'inbox' && message.type !== 'changes') return;
      if (message.type === 'inbox' && message.after === null) shown.clear();
      for (const { id, version } of message.sessions) if ((shown.get(id) ?? 0) < version) shown.set(id, version);
    };
    const gaps: Promise<void>[] = [];
    const filter = { open: true };
    const load = (): Promise<void> => topics.page(topicOf(filter), null, read);
    topics.follow(filter, { changes: read, passing: () => {}, refresh: () => void gaps.push(load()) });
    return { shown, loaded: load(), gaps };
  };
  return { topics, follow, loads, publish: (event: SessionsEvent) => void listener(event) };
}

const session = newSession();
const at = (version: number): SessionRow => ({ ...session, version });
const turn = (version: number): SessionsEvent => ({ type: 'session', session: summaryOf(at(version), null) });
const page = (version: number) => ({ items: [at(version)], next: null });

test('a turn that commits while the list is loaded is not lost behind it', async () => {
  const { follow, loads, publish } = setUp();
  const reader = follow();
  publish(turn(3));
  loads[0]?.resolve(page(2));
  await reader.loaded;
  expect([...reader.shown]).toEqual([[session.id, 3]]);
});

test('a reader that shares a list gets the turns since it was loaded', async () => {
  const { follow, loads, publish } = setUp();
  const first = follow();
  loads[0]?.resolve(page(2));
  await first.loaded;
  publish(turn(3));
  const second = follow();
  await second.loaded;
  expect(loads).toHaveLength(1);
  expect([...second.shown]).toEqual([[session.id, 3]]);
});

test('a list that was being loaded at a gap is not used', async () => {
  const { follow, loads, publish } = setUp();
  const reader = follow();
  publish({ type: 'gap' });
  loads[1]?.resolve(page(4));
  await reader.gaps[0];
  loads[0]?.resolve(page(2));
  await reader.loaded;
  expect([...reader.shown]).toEqual([[session.id, 4]]);
});

test('a page further down is followed by what changed since its loading began, for each reader once', async () => {
  const { topics, follow, loads, publish } = setUp();
  const reader = follow();
  loads[0]?.resolve(page(1));
  await reader.loaded;
  const received: unknown[] = [];
  const read = (frame: Buffer): void => void received.push(messageIn(frame));
  const pages = [topics.page(topicOf({ open: true }), 'there', read), topics.page(topicOf({ open: true }), 'there', read)];
  publish({ type: 'left', sessionId: session.id, version: 4 });
  loads[1]?.resolve(page(3));
  await Promise.all(pages);
  expect(loads).toHaveLength(2);
  const messages = [
    { type: 'inbox', after: 'there', next: null, sessions: [{ id: session.id, version: 3 }] },
    { type: 'changes', sessions: [], left: [{ sessionId: session.id, version: 4 }] },
  ];
  expect(received).toMatchObject([...messages, ...messages]);
});
