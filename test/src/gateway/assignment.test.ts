/** Rules over a whole app: consoles that connect and leave, the API, the page's cards. */
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { Visitor } from '#test/end-to-end/visitor.ts';
import { type ComposedApp, compose } from '../compose/app.ts';
import { Consoles, PATIENCE } from './consoles.ts';

const TOKEN = 'of-these-tests-alone';
const consoles = new Consoles();
let app: ComposedApp;

beforeAll(async () => {
  const file = join(tmpdir(), `statechat-queues-${process.pid}.json`);
  const serviceLevels = { targets: { normal: { firstResponse: 10 } } };
  await writeFile(file, JSON.stringify({ default: { assignment: { method: 'round_robin' }, serviceLevels } }));
  app = await compose({ STATECHAT_QUEUES_FILE: file, STATECHAT_OFFLINE_AFTER_SECONDS: '0.9', STATECHAT_AGENT_CAPACITY: '3' }, {});
});
afterAll(async () => {
  consoles.close();
  await app.stop();
});

const textsOf = ({ events }: Visitor): string[] => events.flatMap((event) => (event.type === 'message' ? [event.text] : []));

const api = async (method: string, path: string, body?: object) => {
  const response = await consoles.api({ url: app.url, apiToken: TOKEN }, method, path, body);
  expect([response.status, response.ok ? '' : await response.text()]).toEqual([200, '']);
  return response.json();
};

test('a session goes to the agent whose console is open, and back when it is gone', async () => {
  const served = { url: app.url, apiToken: TOKEN };
  const amira = await consoles.join(served, 'Amira');
  const visitor = await Visitor.arrive(app.url, {});
  await visitor.listen();
  await visitor.write('/agent');
  const first = async () => (await api('GET', '/api/sessions?open=true')).sessions[0];
  await vi.waitFor(async () => expect((await first()).state).toBe('WAITING_AGENT'), PATIENCE);
  // Nobody is online, and the customer is told so.
  await vi.waitFor(() => expect(textsOf(visitor).at(-1)).toContain('away right now'), PATIENCE);

  const console = consoles.open(served, amira.token);
  await console.client.send({ type: 'subscribe', topic: 'inbox', filter: {} });
  await vi.waitFor(async () => expect((await first()).agentId).toBe(amira.id), PATIENCE);
  const [status] = (await api('GET', '/api/agents/status')).agents;
  expect(status).toMatchObject({ id: amira.id, online: true, away: false, available: true, capacity: 3, holds: 1 });
  const { id } = await first();
  await vi.waitFor(
    () => expect(console.of('attention')).toContainEqual(expect.objectContaining({ reason: 'assigned', agentId: amira.id })),
    PATIENCE,
  );
  await vi.waitFor(() => {
    const card = console
      .of('changes')
      .flatMap(({ sessions }) => sessions)
      .findLast((session) => session.id === id);
    const [clock] = card?.clocks ?? [];
    expect([clock?.target, (clock?.due ?? 0) - (clock?.since ?? 0), (clock?.soonAt ?? 0) - (clock?.since ?? 0)]).toEqual([
      'firstResponse',
      600_000,
      480_000,
    ]);
    expect(card?.preview).not.toHaveProperty('handoff');
  }, PATIENCE);

  console.client.stop();
  await vi.waitFor(async () => expect(await first()).toMatchObject({ state: 'WAITING_AGENT', agentId: null }), PATIENCE);
  await vi.waitFor(() => expect(textsOf(visitor)).toContainEqual(expect.stringContaining('back in line')), PATIENCE);
  visitor.leave();
});

test('an agent says that it takes no sessions, and an admin what it can', async () => {
  const served = { url: app.url, apiToken: TOKEN };
  const bilal = await consoles.join(served, 'Bilal');
  const put = await consoles.api({ url: app.url, apiToken: bilal.token }, 'PUT', '/api/account/available', { available: false });
  expect(await put.json()).toEqual({ available: false });
  const changed = await api('PATCH', `/api/agents/${bilal.id}`, { version: 1, skills: ['billing', 'العربية'], capacity: 7 });
  expect(changed).toMatchObject({ skills: ['billing', 'العربية'], capacity: 7 });
  const { agents } = await api('GET', '/api/agents/status');
  expect(agents).toContainEqual(
    expect.objectContaining({ id: bilal.id, away: true, available: false, capacity: 7, skills: ['billing', 'العربية'] }),
  );
  expect((await api('GET', '/api/queues')).queues).toEqual([{ name: null, skills: [], assignment: 'round_robin', sticky: true }]);
});
