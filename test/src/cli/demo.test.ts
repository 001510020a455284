import { afterEach, expect, test } from 'vitest';
import * as z from 'zod';
import { type Demo, startDemo } from '#src/cli/demo.ts';
import { DEMO_VISITORS } from '#src/cli/demo-visitors.ts';

let demo: Demo | undefined;
afterEach(() => demo?.stop());

const sessions = z.object({
  sessions: z.array(
    z.looseObject({
      id: z.string(),
      state: z.string(),
      handler: z.string(),
      agentId: z.string().nullable(),
      queue: z.string().nullish(),
    }),
  ),
});
const history = z.object({ entries: z.array(z.looseObject({ kind: z.string(), text: z.string().nullable() })) });
const account = z.object({ accessToken: z.string(), agent: z.object({ id: z.string(), login: z.string(), role: z.string() }) });

test('two agents can sign in, a dozen visitors write, and some wait, are held, put off, or have rated', async () => {
  const errors: string[] = [];
  demo = await startDemo({ host: '127.0.0.1', port: 0 }, (line) => errors.push(line), 0.2);
  const { url, logins } = demo;
  const accounts = [];
  for (const { login, password } of logins) {
    const response = await fetch(`${url}/console/auth/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ login, password }),
    });
    accounts.push(account.parse(await response.json()));
  }
  expect(accounts.map(({ agent }) => [agent.login, agent.role])).toEqual([
    ['amira', 'admin'],
    ['omar', 'agent'],
  ]);
  const [amira, omar] = accounts;
  const get = async (path: string): Promise<unknown> =>
    (await fetch(url + path, { headers: { authorization: `Bearer ${amira?.accessToken}`, connection: 'close' } })).json();

  const found = async () => sessions.parse(await get('/api/sessions?open=true&limit=50')).sessions;
  await expect.poll(async () => (await found()).filter(({ state }) => state === 'WAITING_AGENT').length).toBe(4);
  const rated = DEMO_VISITORS.filter(({ rating }) => rating !== undefined).length;
  await expect.poll(async () => (await found()).length).toBe(DEMO_VISITORS.length - rated);
  await expect.poll(async () => (await found()).filter(({ agentId }) => agentId === omar?.agent.id).length).toBe(2);
  await expect.poll(async () => (await found()).filter(({ queue }) => queue === 'billing').length).toBe(1);
  const ofOmar = (await found()).filter(({ agentId }) => agentId === omar?.agent.id);
  const isSnoozed = async (id: string) => JSON.stringify(await get(`/api/sessions/${id}/history`)).includes('agent.snooze');
  await expect.poll(async () => (await Promise.all(ofOmar.map(({ id }) => isSnoozed(id)))).toSorted()).toEqual([false, true]);
  const held = (await isSnoozed(ofOmar[0]?.id ?? '')) ? ofOmar[1] : ofOmar[0];
  const [closed] = sessions.parse(await get('/api/sessions?open=false')).sessions;
  await expect.poll(() => get(`/api/sessions/${closed?.id}/rating`)).toMatchObject({ rating: { score: 5 } });
  expect(await get('/api/mentions')).toMatchObject({ mentions: [{ sessionId: held?.id, by: 'Omar' }] });
  expect(await get('/api/agents/status')).toMatchObject({ agents: [{ name: 'Amira' }, { name: 'Omar', skills: ['billing', 'Arabic'] }] });
  const texts = async (id = '') => history.parse(await get(`/api/sessions/${id}/history`)).entries.map(({ text }) => text);
  await expect.poll(() => texts(held?.id)).toContain('It works now, thank you!');
  const all = (await Promise.all((await found()).map(({ id }) => texts(id)))).flat();
  expect(all).toContain('أريد التحدث مع موظف من فضلك');
  expect(all).toContain('I want to talk to a human, please.');

  await demo.stop();
  demo = undefined;
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  expect(errors).toEqual([]);
});
