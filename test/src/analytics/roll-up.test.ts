/**
 * Journals of real conversations, counted by the program and a second time by this folder's own
 * counter.
 */
import { describe, expect, test } from 'vitest';
import { companion } from '#assistants/companion/assistant.ts';
import { ALWAYS_OPEN, BusinessHours } from '#machines/handoff/business-hours.ts';
import { queuesOf, queuesSchema } from '#machines/handoff/queues.ts';
import { inTimeBy } from '#src/analytics/in-time.ts';
import { MEASURE_NAMES, measureOf, sumsOf } from '#src/operations/analytics-measures.ts';
import type { RollupCount, Rollups } from '#storage/rollups.ts';
import { AssistantSession } from '#test/assistants/assistant-session.ts';
import { analyst } from '#test/assistants/stock-analyst/analyst.ts';
import { countJournals, inTheSameForm, type Sums } from './count-journal.ts';
import { countAll, simpleRollUp } from './simple-roll-up.ts';

const QUEUES = queuesOf(
  queuesSchema.parse({ default: { serviceLevels: { targets: { normal: { firstResponse: 1, nextResponse: 0.05, resolution: 600 } } } } }),
);
const maha = { id: 'maha', name: 'Maha' };
const omar = { id: 'omar', name: 'Omar' };

/** With some of its members replaced. */
function changed(rollups: Rollups, members: Partial<Rollups>): Rollups {
  return new Proxy(rollups, {
    get(target, name) {
      const member: unknown = Reflect.get(name in members ? members : target, name);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}

/** Keeps what was counted, beside storing it. */
function watched(rollups: Rollups, counts: RollupCount[]): Rollups {
  return changed(rollups, {
    async applyRollup(batch) {
      const applied = await rollups.applyRollup(batch);
      if (applied) counts.push(...batch.counts);
      return applied;
    },
  });
}

function counter(session: AssistantSession) {
  const counts: RollupCount[] = [];
  const rollUp = simpleRollUp({
    rollups: watched(session.rollups, counts),
    inTime: inTimeBy(QUEUES, () => new BusinessHours(ALWAYS_OPEN)),
    clock: { now: () => session.now, after: () => () => {} },
    batch: 2,
  });
  return { counts, round: () => countAll(rollUp) };
}

async function second(session: AssistantSession): Promise<Sums> {
  const { items } = await session.store.sessions({}, 100);
  const sessions = await Promise.all(items.map(async (row) => ({ ...row, entries: await session.store.journal(row.id, 0, 100_000) })));
  return countJournals(sessions);
}

const sorted = (sums: Sums) => Object.fromEntries([...sums].toSorted());

async function conversation(session: AssistantSession, each: () => Promise<unknown>): Promise<void> {
  const acts: (() => Promise<void>)[] = [
    () => session.say('Hello'),
    () => session.say('/nothing of note'),
    () => session.command('comment'),
    () => session.command('something'),
    () => session.act({ type: 'escalate', reason: 'asked', queue: 'billing' }),
    () => session.act({ type: 'agent.claim', agent: maha }),
    () => session.act({ type: 'agent.claim', agent: omar }),
    () => session.say('Are you there?'),
    () => session.act({ type: 'agent.message', agent: maha, text: 'Yes.' }),
    () => session.say('thanks'),
    () => session.act({ type: 'agent.update', agent: maha, priority: 'high' }),
    () => session.act({ type: 'agent.transfer', agent: maha, queue: 'sales' }),
    () => session.act({ type: 'agent.transfer', agent: maha, queue: 'complaints' }),
    () => session.act({ type: 'agent.message', agent: omar, text: 'Here I am.' }),
    () => session.act({ type: 'agent.release', agent: omar }),
    () => session.say('And now?'),
    () => session.act({ type: 'message.cost', serial: 1, costMicros: 4_200 }),
    () => session.command('agent'),
    () => session.act({ type: 'close', by: 'maha' }),
    () => session.act({ type: 'customer.rating', score: 2 }),
    () => session.say('a new session'),
    () => session.act({ type: 'close', by: 'maha' }),
  ];
  for (const act of acts) {
    // An hour and more, so that it goes over days.
    session.now += 4_000_000;
    await act();
    await each();
  }
}

/** Measures that were compared with the second count. */
const compared = new Set<string>();
const measureIn = (place: string): string => place.slice(0, place.indexOf(' '));

describe('the roll-up', () => {
  test('counts what the journal has, at once or after each turn', async () => {
    const session = new AssistantSession(companion);
    const { counts, round } = counter(session);
    await conversation(session, round);
    expect(await round()).toBe(0);
    const expected = await second(session);
    expect(sorted(inTheSameForm(counts))).toEqual(sorted(expected));
    for (const place of expected.keys()) compared.add(measureIn(place));
    expect(expected.size).toBeGreaterThan(30);

    // The same conversation, counted in one go. Its ids differ and its figures do not.
    const again = new AssistantSession(companion);
    await conversation(again, async () => {});
    const atOnce = counter(again);
    expect(await atOnce.round()).toBeGreaterThan(0);
    expect(sorted(inTheSameForm(atOnce.counts))).toEqual(sorted(expected));
  });

  test('counts what is new while the hours of years are added up, and adds up hours while there is always something new', async () => {
    const session = new AssistantSession(companion);
    let [counted, added] = [0, 0];
    const both = Promise.withResolvers<void>();
    const rollUp = simpleRollUp({
      rollups: changed(session.rollups, {
        applyRollup: async (batch) => {
          counted += 1;
          if (counted >= 3 && added >= 3) both.resolve();
          const applied = await session.rollups.applyRollup(batch);
          await session.say('And another thing');
          return applied;
        },
        condenseRollups: async () => {
          added += 1;
          return true;
        },
      }),
      clock: {
        now: () => session.now,
        after: (_ms, then) => {
          const handle = setImmediate(then);
          return () => clearImmediate(handle);
        },
      },
    });
    await session.say('Hello');
    rollUp.start();
    await both.promise;
    await rollUp.stop();
  });

  test('counts the service levels of the queues', async () => {
    const session = new AssistantSession(companion);
    const { counts, round } = counter(session);
    await conversation(session, round);
    const service = counts.filter(({ measure }) => measure === 'service').map(({ key, queue, agent }) => [key, queue, agent]);
    // The targets are of normal priority, and the answer to the second question was of high.
    expect(service).toEqual([['firstResponse:missed', 'billing', 'maha']]);
  });

  test('counts analyses by their subjects', async () => {
    const session = new AssistantSession(analyst);
    const { counts, round } = counter(session);
    for (const text of ['AAPL', 'What about the risks?', 'MSFT', 'yes', 'ZZZZ', 'yes']) await session.say(text);
    await round();
    const expected = await second(session);
    expect(sorted(inTheSameForm(counts))).toEqual(sorted(expected));
    for (const place of expected.keys()) compared.add(measureIn(place));
    const analyses = counts.filter(({ measure }) => measure === 'analyses').map(({ key, n }) => [key, n]);
    expect(analyses).toEqual([
      ['AAPL', 1],
      ['MSFT', 1],
    ]);
  });

  test('keeps no text of anybody', async () => {
    const session = new AssistantSession(analyst);
    const { counts, round } = counter(session);
    await session.say('My password is hunter2');
    await session.act({ type: 'customer.command', id: 'c1', name: 'analyze', args: 'my phone is 01001234567' });
    await session.act({ type: 'customer.command', id: 'c2', name: 'hunter2', args: '' });
    await session.act({ type: 'escalate', reason: 'a private reason' });
    await round();
    const page = await session.rollups.listedSessions({ from: 0, to: 1e9, filter: {} }, 10);
    const kept = JSON.stringify([counts, page]);
    for (const text of ['hunter2', 'phone', '0100', 'private', session.address]) expect(kept).not.toContain(text);
  });

  test('is compared for every measure', () => {
    const all = new Set(MEASURE_NAMES.flatMap((name) => sumsOf(measureOf(name)).map(({ of }) => of)));
    // Service levels have the test above. The others are in the journals of roll-up-kills.test.ts,
    // which says so too.
    expect([...all].filter((sum) => !compared.has(sum)).toSorted()).toEqual(['cache_hits', 'intents', 'ratings', 'service']);
  });
});
