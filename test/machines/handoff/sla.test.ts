/** Service levels, against a count of open minutes one by one. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ALWAYS_OPEN, BusinessHours, scheduleSchema } from '#machines/handoff/business-hours.ts';
import { mostPressing, type SlaFact, slaClocks, slaPolicy } from '#machines/handoff/sla.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const at = (text: string): number => Date.parse(`${text}Z`);
const iso = (time: number | null | undefined): string | null =>
  typeof time === 'number' ? new Date(time).toISOString().slice(0, 16) : null;

const OFFICE = new BusinessHours(
  scheduleSchema.parse({
    timeZone: 'Europe/Berlin',
    week: { friday: ['09:00-12:00', '13:00-17:00'], saturday: ['23:00-03:00'], monday: ['09:00-17:00'] },
    exceptions: [{ date: '2026-03-30' }],
  }),
);
const POLICY = slaPolicy.parse({
  targets: { normal: { firstResponse: HOUR, nextResponse: 2 * HOUR, resolution: 8 * HOUR }, urgent: { firstResponse: 15 * MINUTE } },
});
const TERMS = { policy: POLICY, priority: 'normal', hours: OFFICE } as const;
const facts = (...list: [SlaFact['type'], string][]): SlaFact[] => list.map(([type, time]) => ({ type, at: at(time) }));
/** Friday 27 March 2026, before the change to summer time. Berlin is an hour ahead of UTC. */
const FRIDAY = '2026-03-27T';

describe('the first response', () => {
  test('is due after open time, over the break and the weekend', () => {
    const asked = facts(['customer', `${FRIDAY}10:30`]);
    expect(iso(slaClocks(asked, TERMS, at(`${FRIDAY}10:30`)).find(({ target }) => target === 'firstResponse')?.due)).toBe(`${FRIDAY}12:30`);
    const late = facts(['customer', `${FRIDAY}15:30`]);
    expect(iso(slaClocks(late, TERMS, at(`${FRIDAY}15:30`)).find(({ target }) => target === 'firstResponse')?.due)).toBe(
      '2026-03-28T22:30',
    );
  });

  test.each([
    ['12:17', 'ok'],
    ['12:18', 'soon'],
    ['12:30', 'soon'],
    ['12:31', 'breached'],
  ])('at %s is %s', (now, state) => {
    expect(slaClocks(facts(['customer', `${FRIDAY}10:30`]), TERMS, at(FRIDAY + now))[1]).toMatchObject({ target: 'firstResponse', state });
  });

  test('stays in time or late once it is given', () => {
    const inTime = facts(['customer', `${FRIDAY}10:30`], ['human', `${FRIDAY}12:30`]);
    const late = facts(['customer', `${FRIDAY}10:30`], ['human', `${FRIDAY}12:31`]);
    const year = at('2027-01-01T00:00');
    expect(slaClocks(inTime, TERMS, year)[1]).toMatchObject({ settledAt: at(`${FRIDAY}12:30`), state: 'ok' });
    expect(slaClocks(late, TERMS, year)[1]).toMatchObject({ settledAt: at(`${FRIDAY}12:31`), state: 'breached' });
  });

  test('is due from the first of several messages', () => {
    const asked = facts(['customer', `${FRIDAY}10:30`], ['customer', `${FRIDAY}10:59`]);
    expect(slaClocks(asked, TERMS, at(`${FRIDAY}11:00`))).toHaveLength(2);
    expect(iso(slaClocks(asked, TERMS, at(`${FRIDAY}11:00`))[1]?.since)).toBe(`${FRIDAY}10:30`);
  });

  test('is given by the bot, and still that of a human who is asked for later', () => {
    const asked = facts(['customer', `${FRIDAY}08:00`], ['bot', `${FRIDAY}08:00`], ['customer', `${FRIDAY}10:00`]);
    expect(
      slaClocks(asked, TERMS, at(`${FRIDAY}10:10`)).map(({ target, since, settledAt }) => [target, iso(since), iso(settledAt)]),
    ).toEqual([
      ['resolution', `${FRIDAY}08:00`, null],
      ['firstResponse', `${FRIDAY}08:00`, `${FRIDAY}08:00`],
      ['firstResponse', `${FRIDAY}10:00`, null],
    ]);
  });

  test('is a human’s alone where the bot does not count', () => {
    const asked = facts(
      ['customer', `${FRIDAY}08:00`],
      ['bot', `${FRIDAY}08:00`],
      ['customer', `${FRIDAY}10:00`],
      ['human', `${FRIDAY}10:05`],
    );
    const clocks = slaClocks(asked, { ...TERMS, policy: { ...POLICY, botResponds: false } }, at(`${FRIDAY}12:00`));
    expect(clocks.slice(1).map(({ target, since, settledAt, state }) => [target, iso(since), iso(settledAt), state])).toEqual([
      ['firstResponse', `${FRIDAY}08:00`, `${FRIDAY}10:05`, 'breached'],
    ]);
  });

  test('has the target of its priority, and none without one', () => {
    const asked = facts(['customer', `${FRIDAY}10:30`]);
    const urgent = slaClocks(asked, { ...TERMS, priority: 'urgent' }, at(`${FRIDAY}10:30`));
    expect(urgent.map(({ target, due }) => [target, iso(due)])).toEqual([['firstResponse', `${FRIDAY}10:45`]]);
    expect(slaClocks(asked, { ...TERMS, priority: 'low' }, at(`${FRIDAY}10:30`))).toEqual([]);
  });
});

describe('a session', () => {
  const whole = facts(
    ['customer', `${FRIDAY}10:30`],
    ['human', `${FRIDAY}10:40`],
    ['customer', `${FRIDAY}14:00`],
    ['closed', '2026-03-28T23:00'],
    ['customer', '2026-03-28T23:30'],
  );

  test('has a clock for each response, and ends all of them', () => {
    const clocks = slaClocks(whole, TERMS, at('2026-04-06T12:00'));
    expect(clocks.map(({ target, since, due, settledAt, state }) => [target, iso(since), iso(due), iso(settledAt), state])).toEqual([
      ['resolution', `${FRIDAY}10:30`, '2026-04-03T07:30', '2026-03-28T23:00', 'ok'],
      ['firstResponse', `${FRIDAY}10:30`, `${FRIDAY}12:30`, `${FRIDAY}10:40`, 'ok'],
      ['nextResponse', `${FRIDAY}14:00`, `${FRIDAY}16:00`, '2026-03-28T23:00', 'breached'],
    ]);
    expect(mostPressing(clocks)).toBeUndefined();
  });

  test('shows the worst state first, then what is due first', () => {
    const target = (now: string) => mostPressing(slaClocks(whole.slice(0, 3), TERMS, at(now)));
    expect(target(`${FRIDAY}14:10`)).toMatchObject({ target: 'nextResponse', state: 'ok' });
    expect(target('2026-03-28T22:30')).toMatchObject({ target: 'nextResponse', state: 'breached' });
    const answered = slaClocks(whole.slice(0, 2), TERMS, at('2026-04-06T12:00'));
    expect(mostPressing(answered)).toMatchObject({ target: 'resolution', state: 'breached' });
  });

  test('that begins with a human waits for nothing', () => {
    expect(slaClocks(facts(['human', `${FRIDAY}10:30`]), TERMS, at(`${FRIDAY}16:00`))).toEqual([]);
  });

  test('is never late where the hours never open again', () => {
    const schedule = { timeZone: 'UTC', week: { monday: ['09:00-17:00'] }, exceptions: [{ date: '2026-01-01', until: '2099-12-31' }] };
    const hours = new BusinessHours(scheduleSchema.parse(schedule));
    const [clock] = slaClocks(facts(['customer', `${FRIDAY}10:30`]), { ...TERMS, hours }, at('2040-01-01T00:00'));
    expect(clock).toMatchObject({ due: null, soonAt: null, state: 'ok' });
  });
});

const minute = fc.nat({ max: 9 * 24 * 60 }).map((minutes) => at(`${FRIDAY}00:00`) + minutes * MINUTE);
const history = fc
  .array(fc.record({ type: fc.constantFrom('customer', 'customer', 'customer', 'human', 'bot', 'closed'), at: minute }), { maxLength: 10 })
  .map((list): SlaFact[] => list.toSorted((a, b) => a.at - b.at));
const policy = fc
  .record({
    firstResponse: fc.integer({ min: 1, max: 600 }),
    nextResponse: fc.integer({ min: 1, max: 600 }),
    resolution: fc.integer({ min: 1, max: 1_500 }),
    botResponds: fc.boolean(),
  })
  .map(({ botResponds, ...minutes }) =>
    slaPolicy.parse({
      targets: { normal: Object.fromEntries(Object.entries(minutes).map(([name, count]) => [name, count * MINUTE])) },
      botResponds,
    }),
  );
const hours = fc.constantFrom(OFFICE, new BusinessHours(ALWAYS_OPEN));

describe('any history', () => {
  test('is due when the open minutes, one by one, reach the target', () => {
    fc.assert(
      fc.property(history, policy, hours, (facts, policy, hours) => {
        for (const { target, since, due } of slaClocks(facts, { policy, priority: 'normal', hours }, 0)) {
          let left = (policy.targets.normal?.[target] ?? Number.NaN) / MINUTE;
          let time = since;
          for (; left > 0; time += MINUTE) if (hours.isOpen(time)) left -= 1;
          expect([target, iso(since), iso(due)]).toEqual([target, iso(since), iso(time)]);
        }
      }),
      { numRuns: 100 },
    );
  });

  test('goes from ok to soon to breached, and a settled state stays', () => {
    const order = ['ok', 'soon', 'breached'];
    fc.assert(
      fc.property(history, policy, hours, fc.tuple(minute, minute), (facts, policy, hours, times) => {
        const [earlier, later] = times.toSorted((a, b) => a - b).map((now) => slaClocks(facts, { policy, priority: 'normal', hours }, now));
        for (const [index, clock] of (earlier ?? []).entries()) {
          const after = later?.[index];
          if (clock.settledAt === null) expect(order.indexOf(after?.state ?? '')).toBeGreaterThanOrEqual(order.indexOf(clock.state));
          else expect(after).toEqual(clock);
        }
      }),
    );
  });

  test('covers every message that had no response, once, and nothing after the end', () => {
    fc.assert(
      fc.property(history, policy, (facts, policy) => {
        const responses = slaClocks(facts, { policy, priority: 'normal', hours: OFFICE }, 0).filter(
          ({ target }) => target !== 'resolution',
        );
        const end = facts.findIndex(({ type }) => type === 'closed');
        const open = end === -1 ? facts : facts.slice(0, end);
        const unanswered = open.filter(({ type }, index) => {
          const last = open.slice(0, index).findLast((fact) => fact.type !== 'bot' || policy.botResponds);
          return type === 'customer' && last?.type !== 'customer';
        });
        expect(responses.map(({ since }) => since)).toEqual(unanswered.map(({ at }) => at));
        for (const [index, { settledAt }] of responses.entries()) {
          const next = responses[index + 1]?.since ?? Number.POSITIVE_INFINITY;
          expect(settledAt ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(next);
        }
      }),
    );
  });
});
