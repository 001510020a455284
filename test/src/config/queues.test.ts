import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { queuesOf } from '#machines/handoff/queues.ts';
import { ConfigError, readConfig } from '#src/config/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'statechat-queues-'));
afterAll(() => rmSync(folder, { recursive: true }));

function read(content: string) {
  writeFileSync(join(folder, 'queues.json'), content);
  return readConfig({ STATECHAT_QUEUES_FILE: 'queues.json', SESSION_STORAGE_TYPE: 'memory' }, folder);
}

function faultsOf(content: string): readonly string[] {
  try {
    read(content);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map(({ fault }) => fault.replace(join(folder, 'queues.json'), 'FILE'));
    throw error;
  }
  return [];
}

test('a queue has what it says, and the rest of the default queue', () => {
  const { handoff } = read(
    JSON.stringify({
      default: {
        assignment: { method: 'least_busy' },
        serviceLevels: { targets: { normal: { firstResponse: 5 } } },
        returnMinutes: 3,
      },
      queues: {
        billing: { skills: ['billing'], hours: null, agentWait: 'back_to_bot', agentWaitMinutes: 2 },
        sales: { assignment: { method: 'manual' }, serviceLevels: null },
      },
    }),
  );
  const queues = queuesOf(handoff.queues);
  expect(queues.of('billing')).toEqual({
    name: 'billing',
    skills: ['billing'],
    hours: null,
    assignment: { method: 'least_busy', sticky: true },
    serviceLevels: { targets: { normal: { firstResponse: 300_000 } }, soonAfter: 0.8, botResponds: true },
  });
  expect(queues.of('sales')).toMatchObject({ skills: [], assignment: { method: 'manual' }, serviceLevels: null });
  expect(queues.of('not there')).toBe(queues.of(null));
  expect(queues.all.map(({ name }) => name)).toEqual([null, 'billing', 'sales']);
  expect(queues.policy).toEqual({ returnMinutes: 3, queues: { billing: { agentWait: 'back_to_bot', agentWaitMinutes: 2 } } });
});

test('without a file there is one queue, from which agents claim', () => {
  const { handoff } = readConfig({ SESSION_STORAGE_TYPE: 'memory' }, folder);
  expect(queuesOf(handoff.queues).all).toMatchObject([{ name: null, assignment: { method: 'manual' }, serviceLevels: null }]);
  expect([handoff.capacity, handoff.offlineAfterMs]).toEqual([5, 60_000]);
});

test('every fault of the file is in one message, with its place', () => {
  const faults = faultsOf(
    JSON.stringify({
      default: { assignment: { method: 'random' }, returnMinutes: -1, hours: { timeZone: 'Mars', week: { monday: ['09:00-17:00'] } } },
      queues: { 'a/b': {}, billing: { skill: [], serviceLevels: { targets: { normal: { firstResponse: 0 } } } } },
    }),
  );
  const places = ['default.assignment', 'default.returnMinutes', 'default.hours.timeZone', 'queues.a/b', 'queues.billing'];
  for (const place of places)
    expect(
      faults.some((fault) => fault.startsWith(`FILE: ${place}`)),
      place,
    ).toBe(true);
  expect(faults.some((fault) => fault.includes('firstResponse: expected more than 0 minutes'))).toBe(true);
});

test.each([
  ['{', /^FILE: it is not JSON/],
  ['[]', /^FILE: expected a JSON object such as/],
])('%s is refused', (content, fault) => {
  expect(faultsOf(content)).toEqual([expect.stringMatching(fault)]);
});

test('a file that is not there is a fault of the setting', () => {
  expect(() => readConfig({ STATECHAT_QUEUES_FILE: 'none.json' }, folder)).toThrow(
    /STATECHAT_QUEUES_FILE: .*none\.json: it cannot be read/,
  );
});
