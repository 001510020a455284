import { expect, test } from 'vitest';
import { loadsOf } from '#console/team/load.ts';
import { skillsIn } from '#console/team/member-limits.tsx';
import { viewIn } from '#console/team/views.ts';
import { card } from '../inbox/fixture.ts';

const wrote = (at: number) =>
  ({ customer: null, last: { author: 'customer', text: 'Hello?', at }, unanswered: 1, priority: 'normal' }) as const;
const answered = { customer: null, last: { author: 'agent', text: 'Yes', at: 9 }, unanswered: 0, priority: 'normal' } as const;

test('sessions are counted by who answers them, with the customer who waits the longest', () => {
  const loads = loadsOf([
    card('a', { agentId: 'omar', handler: 'human', preview: answered }),
    card('b', { agentId: 'omar', handler: 'human', preview: wrote(50) }),
    card('c', { agentId: 'omar', handler: 'human', preview: wrote(20) }),
    card('d', { state: 'WAITING_AGENT', handler: 'none', waitingSince: 30 }),
    card('e', { preview: answered }),
  ]);
  const shown = loads.map(({ id, sessions, unanswered, oldestAt }) => [id, sessions.map((one) => one.id).join(''), unanswered, oldestAt]);
  expect(shown).toEqual([
    ['agent:omar', 'cba', 2, 20],
    ['waiting', 'd', 1, 30],
    ['bot', 'e', 0, null],
  ]);
  expect(loadsOf([])).toEqual([]);
});

test('an agent whose id is the name of a list is an agent', () => {
  expect(loadsOf([card('a', { agentId: 'waiting', handler: 'human' })]).map(({ id }) => id)).toEqual(['agent:waiting']);
});

test('an agent who holds nothing is counted too, and each has what is known of it', () => {
  const status = (id: string, holds: number) => ({ id, name: id, online: true, away: false, capacity: 4, holds });
  const loads = loadsOf([card('a', { agentId: 'omar', handler: 'human', preview: answered })], [status('amira', 0), status('omar', 1)]);
  expect(loads.map(({ id, sessions, status: known }) => [id, sessions.length, known?.holds])).toEqual([
    ['agent:omar', 1, 1],
    ['agent:amira', 0, 0],
  ]);
});

test('skills are read from a text with commas of any script', () => {
  expect(skillsIn(' billing,  Arabic , ,billing')).toEqual(['billing', 'Arabic']);
  expect(skillsIn('فواتير، توصيل')).toEqual(['فواتير', 'توصيل']);
  expect(skillsIn('')).toEqual([]);
});

test('a page of the team has its own address, and rubbish leads to the conversations', () => {
  expect(viewIn('#view=team')).toBe('team');
  expect(viewIn('#view=constructor')).toBeUndefined();
  expect(viewIn('#session=abc')).toBeUndefined();
});
