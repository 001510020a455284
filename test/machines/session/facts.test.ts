/** What agents note of a session. */
import { describe, expect, it } from 'vitest';
import { describeSessionEvent } from '#machines/session/definition.ts';
import { type SessionEventOf, sessionEvent } from '#machines/session/events.ts';
import { ann, bob, type LiveSession, liveSession } from './live-session.ts';

type Changes = Omit<SessionEventOf<'agent.update'>, 'type' | 'at' | 'agent'>;
const update = (s: LiveSession, changes: Changes, agent = ann): void => s.send({ type: 'agent.update', at: s.now(), agent, ...changes });

describe('facts of a session', () => {
  it('are changed by any agent, each on its own', () => {
    const s = liveSession();
    s.send({ type: 'agent.claim', at: s.now(), agent: ann });
    update(s, { tags: { add: ['vip', 'new'] }, priority: 'urgent', intent: 'rent', entities: { budget: { value: 3 } } });
    update(s, { tags: { add: ['vip'], remove: ['new'] }, entities: { area: { value: 'Cairo' } } }, bob);
    expect(s.context()).toMatchObject({ tags: ['vip'], priority: 'urgent', intent: 'rent', entities: { budget: 3, area: 'Cairo' } });
    update(s, { intent: null, entities: { budget: { value: null, was: 3 } } });
    expect(s.context()).toMatchObject({ intent: null, entities: { area: 'Cairo' } });
    expect(s.context().entities).not.toHaveProperty('budget');
    expect(s.emitted).toEqual([]);
  });

  it('are no activity of the customer', () => {
    const s = liveSession();
    const before = s.context().lastActivityAt;
    s.advance(1_000);
    update(s, { priority: 'high' });
    expect(s.context().lastActivityAt).toBe(before);
  });

  it('keep what a colleague has changed meanwhile', () => {
    const s = liveSession();
    update(s, { entities: { budget: { value: 3, was: null } } });
    update(s, { entities: { budget: { value: 4, was: null } }, priority: 'low' }, bob);
    update(s, { priority: 'normal' });
    expect(s.emitted).toMatchObject([{ reason: expect.stringContaining('meanwhile') }, { reason: 'it is so already' }]);
    expect(s.context()).toMatchObject({ entities: { budget: 3 }, priority: 'normal' });
  });

  it('are bounded, and can be fewer', () => {
    const s = liveSession();
    for (let page = 0; page < 3; page += 1) update(s, { tags: { add: Array.from({ length: 20 }, (_, index) => `tag ${page} ${index}`) } });
    expect(s.emitted).toHaveLength(1);
    expect(s.context().tags).toHaveLength(40);
    update(s, { tags: { remove: s.context().tags.slice(0, 20) } });
    expect(s.context().tags).toHaveLength(20);
  });

  it('are bounded in all their text, and can have less', () => {
    const s = liveSession();
    const list = (length: number) => ({ value: Array.from({ length }, () => 'x'.repeat(2_000)) });
    update(s, { entities: { first: list(16) } });
    update(s, { entities: { second: list(16) } });
    update(s, { entities: { third: list(16) } });
    expect(s.emitted).toMatchObject([{ reason: expect.stringContaining('as it takes') }]);
    update(s, { entities: { first: list(1), third: list(8) } });
    expect(Object.keys(s.context().entities)).toEqual(['first', 'second', 'third']);
  });

  it('take names that JavaScript knows', () => {
    const s = liveSession();
    const parsed = sessionEvent.parse(
      JSON.parse('{"type":"agent.update","at":1,"agent":{"id":"a1","name":"Ann"},"entities":{"constructor":{"value":1,"was":null}}}'),
    );
    s.send(parsed);
    expect(Object.entries(s.context().entities)).toEqual([['constructor', 1]]);
  });

  it.each([
    ['a tag with spaces around it', { tags: { add: [' vip'] } }],
    ['a tag of two lines', { tags: { add: ['a\nb'] } }],
    ['an entity of unknown form', { entities: { budget: { value: { low: 1 } } } }],
    ['an entity without a name', { entities: { '': { value: 1 } } }],
    ['more entities than one event takes', { entities: Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`e${i}`, { value: i }])) }],
    ['a priority of its own', { priority: 'highest' }],
  ])('refuse %s', (_what, changes) => {
    expect(sessionEvent.safeParse({ type: 'agent.update', at: 1, agent: ann, ...changes }).success).toBe(false);
  });

  it('are in the journal with who changed them, from what to what', () => {
    const entities = { budget: { value: 4, was: 3 }, area: { value: null, was: 'Cairo' }, rooms: { value: [2, 3] } };
    const event = {
      type: 'agent.update',
      at: 1,
      agent: ann,
      tags: { add: ['vip'], remove: ['new'] },
      priority: 'high',
      intent: null,
      entities,
    };
    const text = 'agent.update: +vip -new, priority: high, intent: –, budget: 3 → 4, area: Cairo → –, rooms: [2,3]';
    expect(describeSessionEvent(event)).toEqual({ kind: 'transition', author: 'Ann', text });
  });
});
