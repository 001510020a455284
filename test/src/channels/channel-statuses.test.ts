/** How channels stand, as operators see it. */
import { expect, it } from 'vitest';
import * as z from 'zod';
import { type Channel, type ChannelPlugin, defineChannel } from '#channels/plugin.ts';
import { type ChannelAdapter, type ChannelConnection, Refused } from '#channels/port.ts';
import { parseStatusKey } from '#channels/status-key.ts';
import { parseAddress } from '#machines/ids.ts';
import { channelStatuses } from '#src/channels/channel-statuses.ts';
import { TestClock } from '#test/channels/telegram/test-clock.ts';

type Fake = Partial<Pick<ChannelAdapter, 'check' | 'send' | 'connection'>> & { readonly pulled?: true; readonly path?: string };

function channel(name: string, { check = async () => null, send, connection, pulled, path }: Fake): Channel {
  const adapter: ChannelAdapter = {
    name,
    capabilities: {
      streaming: pulled ? 'pulled' : 'none',
      typing: false,
      edits: false,
      buttons: () => false,
      media: [],
      cards: [],
      reactions: false,
      replies: false,
      maxText: 1_000,
      receipts: false,
      window: false,
      idempotentSend: false,
    },
    start: async () => {},
    stop: async () => {},
    send: send ?? (async () => 'ref'),
    typing: async () => {},
    receivedFile: async () => 'gone',
    draft: () => ({ update: () => {}, close: async () => null }),
    check,
    ...(connection === undefined ? {} : { connection }),
  };
  return { adapter, ...(path === undefined ? {} : { mount: { path, handler: () => {}, isWebhook: true } }) };
}

function statuses(channels: Readonly<Record<string, Channel>>, manual = false) {
  const clock = new TestClock({ automatic: !manual });
  const plugin = (name: string): ChannelPlugin =>
    defineChannel({
      name,
      title: name.toUpperCase(),
      settings: { [`${name.toUpperCase()}_TOKEN`]: { schema: z.string(), about: 'Token of the bot.' } },
      needs: [`${name.toUpperCase()}_TOKEN`],
      create: () => expect.unreachable(),
    });
  const access = channelStatuses({
    plugins: ['on', 'off'].map(plugin),
    channels: { get: (name) => channels[name] },
    store: { sessions: async () => ({ items: [], next: null }) },
    config: { channels: { on: { ON_TOKEN: 'x' } }, http: { publicUrl: 'https://chat.example.com' } },
    clock,
  });
  return { access, clock };
}

const on = async (access: ReturnType<typeof statuses>['access'], fresh = false) => (await access.list({ fresh }))[0];

it('say what to set for a channel that is off, and where a provider is to deliver', async () => {
  const { access } = statuses({ on: channel('on', { path: '/webhook' }) });
  const off = {
    name: 'off',
    title: 'OFF',
    needs: [{ name: 'OFF_TOKEN', about: 'Token of the bot.' }],
    newestAt: null,
    recent: [],
    qr: null,
    pairingCode: null,
  };
  expect(await access.list({ fresh: false })).toEqual([
    expect.objectContaining({ state: 'connected', problem: null, sends: true, webhookUrl: 'https://chat.example.com/channels/on/webhook' }),
    {
      ...off,
      state: 'off',
      problem: 'To use it, set OFF_TOKEN and restart Statechat.',
      problemKind: null,
      checkedAt: null,
      webhookUrl: null,
      sends: false,
    },
  ]);
});

it('have the sentence of the channel, and ask a provider once in 15 seconds unless it is wanted now', async () => {
  let asked = 0;
  const { access, clock } = statuses({ on: channel('on', { check: async () => `Get a new token (${++asked}).` }) }, true);
  expect(await on(access)).toMatchObject({ state: 'failed', problem: 'Get a new token (1).', problemKind: null, checkedAt: clock.now() });
  await Promise.all([on(access), on(access)]);
  clock.advance(14_000);
  expect(await on(access)).toMatchObject({ problem: 'Get a new token (1).' });
  expect(await on(access, true)).toMatchObject({ problem: 'Get a new token (2).' });
  clock.advance(15_000);
  expect(await on(access)).toMatchObject({ problem: 'Get a new token (3).' });
});

it('wait for no provider that hangs, and survive a check that fails', async () => {
  const hanging = statuses({ on: channel('on', { check: () => new Promise(() => {}) }) });
  expect(await on(hanging.access)).toMatchObject({
    state: 'failed',
    problem: expect.stringContaining('within 10 s'),
    problemKind: { code: 'channel.silent', params: { seconds: '10' } },
  });
  const failing = statuses({ on: channel('on', { check: () => Promise.reject(new Error('a defect')) }) });
  expect(await on(failing.access)).toMatchObject({ state: 'failed', problem: 'a defect' });
});

it('show the code of a channel that waits to be paired, and ask its provider nothing', async () => {
  const connection: ChannelConnection = { state: 'pairing', since: 7, qr: '2@abc,def,ghi', pairingCode: 'ABCD-1234' };
  const { access } = statuses({ on: channel('on', { connection: async () => connection, check: () => expect.unreachable() }) });
  const found = await on(access);
  expect(found).toMatchObject({ state: 'pairing', problem: null, checkedAt: 7, pairingCode: 'ABCD-1234' });
  // A code of version 1 has 21 modules, and four light ones on each side.
  expect(found?.qr).toMatchObject({ size: 29, text: '2@abc,def,ghi' });
  expect(found?.qr?.path).toMatch(/^M4 4h7v1h-7z(?:M\d+ \d+h\d+v1h-\d+z)+$/);
  const failed: ChannelConnection = { state: 'failed', since: 8, error: 'Pair it again.' };
  expect(await on(statuses({ on: channel('on', { connection: async () => failed }) }).access)).toMatchObject({
    state: 'failed',
    problem: 'Pair it again.',
    qr: null,
  });
});

it('send a test message that no report of a provider confuses with one of a session', async () => {
  const sent: unknown[] = [];
  const send: ChannelAdapter['send'] = async (to, message, { key, statusKey, signal }) => {
    sent.push(to, message, signal.aborted, parseStatusKey(statusKey).seq, key);
    return 'ref1';
  };
  const { access } = statuses({ on: channel('on', { send }), page: channel('page', { pulled: true }) });
  expect(await access.send(parseAddress('on:7:1'), 'Hello')).toBe('ref1');
  expect(sent).toEqual(['on:7:1', { text: 'Hello', author: 'system' }, false, 0, expect.stringMatching(/^[\w-]{36}\.0$/)]);
  await expect(access.send(parseAddress('off:7:1'), 'Hello')).rejects.toThrow(Refused);
  await expect(access.send(parseAddress('page:7:1'), 'Hello')).rejects.toThrow('Open the page');
});
