/** Which agent gets a waiting session. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AssignmentPolicy, assign, assignmentPolicy, type Candidate, type WaitingSession } from '#machines/handoff/assignment.ts';

const agent = (id: string, more: Partial<Candidate> = {}): Candidate => ({
  id,
  available: true,
  holds: 0,
  capacity: 5,
  skills: [],
  lastAssignedAt: null,
  ...more,
});
const session = (more: Partial<WaitingSession> = {}): WaitingSession => ({ skills: [], lastAgent: null, except: [], ...more });
const robin: AssignmentPolicy = assignmentPolicy.parse({ method: 'round_robin' });
const least: AssignmentPolicy = assignmentPolicy.parse({ method: 'least_busy' });

describe('round robin', () => {
  test('goes around, by the last assignment', () => {
    let agents = [agent('ann'), agent('bob'), agent('cem')];
    const order: (string | null)[] = [];
    for (let turn = 1; turn <= 7; turn += 1) {
      const chosen = assign(agents, session(), robin).agent;
      order.push(chosen);
      agents = agents.map((one) => (one.id === chosen ? { ...one, lastAssignedAt: turn } : one));
    }
    expect(order).toEqual(['ann', 'bob', 'cem', 'ann', 'bob', 'cem', 'ann']);
  });

  test('passes over an agent who is away or full, and comes back', () => {
    const away = [
      agent('ann', { available: false, lastAssignedAt: 1 }),
      agent('bob', { holds: 5, lastAssignedAt: 2 }),
      agent('cem', { lastAssignedAt: 3 }),
    ];
    expect(assign(away, session(), robin)).toEqual({ agent: 'cem' });
    expect(
      assign(
        away.map((one) => ({ ...one, available: true })),
        session(),
        robin,
      ),
    ).toEqual({ agent: 'ann' });
  });
});

describe('least busy', () => {
  test('takes the smallest share of the capacity, not the smallest number', () => {
    const agents = [agent('half-time', { holds: 1, capacity: 2 }), agent('full-time', { holds: 3, capacity: 10 })];
    expect(assign(agents, session(), least)).toEqual({ agent: 'full-time' });
  });

  test('takes turns among equal shares', () => {
    const agents = [agent('ann', { holds: 1, capacity: 3, lastAssignedAt: 9 }), agent('bob', { holds: 2, capacity: 6, lastAssignedAt: 8 })];
    expect(assign(agents, session(), least)).toEqual({ agent: 'bob' });
  });
});

describe('any method', () => {
  test('needs every skill', () => {
    const agents = [agent('ann', { skills: ['arabic'] }), agent('bob', { skills: ['arabic', 'loans'], holds: 4 })];
    expect(assign(agents, session({ skills: ['loans', 'arabic'] }), least)).toEqual({ agent: 'bob' });
    expect(assign(agents, session({ skills: ['french'] }), least)).toEqual({ agent: null, reason: 'no_candidate' });
  });

  test('prefers the agent whom the customer knows, while there is room', () => {
    const agents = [agent('ann'), agent('bob', { holds: 4, lastAssignedAt: 9 })];
    expect(assign(agents, session({ lastAgent: 'bob' }), least)).toEqual({ agent: 'bob' });
    expect(assign(agents, session({ lastAgent: 'bob' }), { ...least, method: 'least_busy', sticky: false })).toEqual({ agent: 'ann' });
    expect(assign(agents, session({ lastAgent: 'bob', except: ['bob'] }), least)).toEqual({ agent: 'ann' });
    expect(assign(agents, session({ lastAgent: 'dan' }), robin)).toEqual({ agent: 'ann' });
    const full = agents.map((one) => (one.id === 'bob' ? { ...one, holds: 5 } : one));
    expect(assign(full, session({ lastAgent: 'bob' }), robin)).toEqual({ agent: 'ann' });
  });

  test('says why nobody gets it', () => {
    expect(assign([], session(), robin)).toEqual({ agent: null, reason: 'no_candidate' });
    expect(assign([agent('ann', { available: false })], session(), robin)).toEqual({ agent: null, reason: 'none_available' });
    expect(assign([agent('ann', { available: false }), agent('bob', { capacity: 0 })], session(), robin)).toEqual({
      agent: null,
      reason: 'all_busy',
    });
    expect(assign([agent('ann')], session(), { method: 'manual' })).toEqual({ agent: null, reason: 'manual' });
  });
});

const candidates = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom('ann', 'bob', 'cem', 'dan', 'eve', 'fay'),
    available: fc.boolean(),
    holds: fc.nat(6),
    capacity: fc.nat(6),
    skills: fc.subarray(['arabic', 'loans']),
    lastAssignedAt: fc.option(fc.nat(3)),
  }),
  { selector: ({ id }) => id },
);
const waiting = fc.record({
  skills: fc.subarray(['arabic', 'loans']),
  lastAgent: fc.option(fc.constantFrom('ann', 'bob', 'cem')),
  except: fc.subarray(['ann', 'dan']),
});

describe('for any agents', () => {
  test('the choice fits, needs no order of the agents, and leaves nobody out without a reason', () => {
    fc.assert(
      fc.property(candidates, waiting, fc.constantFrom(robin, least), fc.infiniteStream(fc.nat()), (agents, session, policy, numbers) => {
        const fits = agents.filter(
          ({ id, available, holds, capacity, skills }) =>
            available && holds < capacity && !session.except.includes(id) && session.skills.every((skill) => skills.includes(skill)),
        );
        const chosen = assign(agents, session, policy);
        if (fits.length === 0) expect(chosen.agent).toBeNull();
        else expect(fits.map(({ id }) => id)).toContain(chosen.agent);

        const shuffled = agents
          .map((one) => ({ one, by: numbers.next().value ?? 0 }))
          .toSorted((a, b) => a.by - b.by)
          .map(({ one }) => one);
        expect(assign(shuffled, session, policy)).toEqual(chosen);
      }),
    );
  });

  test('a crowd of sessions is spread evenly over equal agents', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.nat(40), fc.constantFrom(robin, least), (count, sessions, policy) => {
        let agents = Array.from({ length: count }, (_, index) => agent(`agent-${index}`, { capacity: 100 }));
        for (let turn = 0; turn < sessions; turn += 1) {
          const chosen = assign(agents, session(), policy).agent;
          agents = agents.map((one) => (one.id === chosen ? { ...one, holds: one.holds + 1, lastAssignedAt: turn } : one));
        }
        const held = agents.map(({ holds }) => holds);
        expect(Math.max(...held) - Math.min(...held)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
