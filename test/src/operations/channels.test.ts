/** Channels, as an admin reads and tests them. */
import { expect, it } from 'vitest';
import { RateLimited, Refused } from '#channels/port.ts';
import { agentCaller } from '#src/agents/scopes.ts';
import type { ChannelAccess, ChannelStatus } from '#src/operations/channel-access.ts';
import { runOperation } from '#src/operations/operation.ts';
import { operations } from '#src/operations/operations.ts';
import { testContext } from './test-context.ts';

const telegram: ChannelStatus = {
  name: 'telegram',
  title: 'Telegram',
  state: 'connected',
  problem: null,
  problemKind: null,
  checkedAt: 1,
  qr: null,
  pairingCode: null,
  webhookUrl: null,
  needs: [{ name: 'TELEGRAM_BOT_TOKEN', about: 'Token.' }],
  newestAt: null,
  recent: [],
  sends: true,
};

function channels(changes: Partial<ChannelAccess> = {}) {
  const asked: unknown[] = [];
  const access: ChannelAccess = {
    list: async (options) => {
      asked.push(options);
      return [telegram];
    },
    send: async (address, text) => {
      asked.push({ address, text });
      return '17';
    },
    ...changes,
  };
  return { asked, ...testContext({ channels: access }) };
}

it('are listed, from what is known or after asking each provider', async () => {
  const { context, asked } = channels();
  expect(await runOperation(operations['channels.list'], context, () => ({}))).toEqual({ channels: [telegram] });
  await runOperation(operations['channels.list'], context, () => ({ fresh: true }));
  expect(asked).toEqual([{ fresh: false }, { fresh: true }]);
});

it('are tested by a message, which the audit names by its address', async () => {
  const { context, asked, audited } = channels();
  const test = (input: object) => runOperation(operations['channels.test'], context, () => input);
  expect(await test({ address: 'telegram:100:4242' })).toEqual({ ref: '17' });
  await test({ address: 'telegram:100:4242', text: 'Hi' });
  expect(asked).toEqual([
    { address: 'telegram:100:4242', text: expect.stringContaining('test message') },
    { address: 'telegram:100:4242', text: 'Hi' },
  ]);
  expect(audited[0]).toMatchObject({ operation: 'channels.test', detail: 'telegram:100:4242', outcome: 'done' });
  for (const input of [{ address: 'nowhere' }, { address: 'telegram:100:1', text: ' ' }, {}])
    await expect(test(input)).rejects.toMatchObject({ code: 'invalid_input' });
});

it('say why a provider refuses, and when to try again', async () => {
  const refused = channels({ send: () => Promise.reject(new Refused('the customer blocked the bot')) });
  const run = ({ context }: typeof refused) => runOperation(operations['channels.test'], context, () => ({ address: 'telegram:100:1' }));
  await expect(run(refused)).rejects.toMatchObject({ code: 'refused', message: 'the customer blocked the bot' });
  await expect(run(channels({ send: () => Promise.reject(new RateLimited('later', 5_000)) }))).rejects.toMatchObject({ retryable: true });
});

it.each([
  ['agent', 'forbidden'],
  ['supervisor', 'forbidden'],
] as const)('are not for one whose role is %s', async (role, code) => {
  const { context } = channels();
  const caller = agentCaller({ id: 'a', name: 'A', role });
  await expect(runOperation(operations['channels.list'], { ...context, caller }, () => ({}))).rejects.toMatchObject({ code });
});
