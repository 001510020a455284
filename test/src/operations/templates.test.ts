/** Templates of a session's channel, and what an agent sends with one. */
import { expect, test } from 'vitest';
import { Refused } from '#channels/port.ts';
import { Unavailable } from '#machines/errors.ts';
import { runOperation } from '#src/operations/operation.ts';
import { operations } from '#src/operations/operations.ts';
import { newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { testContext } from './test-context.ts';

const visit = { name: 'visit', language: 'en_US', category: 'utility', body: 'Hello {{1}}', parameters: 1 } as const;

async function session(changes: Parameters<typeof testContext>[0] = {}) {
  const row = newSession();
  const { context, lifecycle } = testContext(changes);
  await lifecycle.store.commit([turnOn(row)], 'me', 60_000);
  return { row, list: () => runOperation(operations['sessions.templates'], context, () => ({ sessionId: row.id })), context };
}

test('are those of the channel at the address', async () => {
  const asked: string[] = [];
  const { row, list } = await session({
    templatesAt: async (address) => {
      asked.push(address);
      return [visit];
    },
  });
  expect(await list()).toEqual({ templates: [visit] });
  expect(asked).toEqual([row.address]);
});

test('a provider that refuses is a problem that says why, and one that is away can be asked again', async () => {
  const refused = await session({ templatesAt: () => Promise.reject(new Refused('the token has no right to read them')) });
  await expect(refused.list()).rejects.toMatchObject({ code: 'refused', message: expect.stringContaining('no right') });
  const away = await session({ templatesAt: () => Promise.reject(new Unavailable('the provider does not answer')) });
  await expect(away.list()).rejects.toMatchObject({ retryable: true });
});

test('an agent sends one, and a refusal outside the window has a code of its own', async () => {
  const delivered: unknown[] = [];
  const { row, context } = await session();
  const receipt = { sessionId: row.id, address: row.address, version: 2, state: 'ACTIVE', handler: 'human', duplicate: false } as const;
  const message = 'the customer last wrote too long ago for a free text: send a template';
  const answers = [receipt, { ...receipt, refused: { code: 'window', message } }];
  const actors: typeof context.actors = {
    ...context.actors,
    deliver: async (_to, event) => {
      delivered.push(event);
      return answers.shift() ?? receipt;
    },
  };
  const send = (event: object) =>
    runOperation(operations['sessions.send_event'], { ...context, actors }, () => ({ sessionId: row.id, event }));
  const template = { name: 'visit', language: 'en_US', parameters: ['Mona'] };
  await send({ type: 'message', text: 'Hello Mona', template });
  expect(delivered[0]).toMatchObject({ type: 'agent.message', text: 'Hello Mona', template });
  await expect(send({ type: 'message', text: 'Hello' })).rejects.toMatchObject({ code: 'window', message });
  await expect(send({ type: 'message', text: 'x', template: { ...template, parameters: [''] } })).rejects.toMatchObject({
    code: 'invalid_input',
  });
});
