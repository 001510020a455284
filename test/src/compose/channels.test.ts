/** A channel that is added by `channels: […]` alone is one like those of the program. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { defineChannel } from '#channels/plugin.ts';
import type { ChannelAdapter } from '#channels/port.ts';
import { telegramPlugin } from '#channels/telegram/plugin.ts';
import { webPlugin } from '#channels/web/plugin.ts';
import { parseAddress } from '#machines/ids.ts';
import { Secret } from '#machines/secret.ts';
import { describeConfig, readConfig } from '#src/config/config.ts';
import { describeChannel } from '#test/contracts/channel-contract.ts';
import { freePort } from '#test/end-to-end/free-port.ts';
import { type ComposedApp, compose } from './app.ts';
import { type Listener, listenForMessages, writeTo } from './tcp.ts';
import { tcpEcho } from './tcp-echo.ts';

const PATIENCE = { interval: 5 };

/**
 * The adapter that the app made, stopped by the app's own hand, so that the suite can play its
 * host.
 */
describeChannel('a TCP echo, as the app makes it', async () => {
  const made: ChannelAdapter[] = [];
  const recorded = defineChannel({
    ...tcpEcho,
    create: async (values, host) => {
      const channel = await tcpEcho.create(values, host);
      made.push(channel.adapter);
      return channel;
    },
  });
  const port = await freePort();
  const app = await compose({ ECHO_PORT: String(port) }, { channels: [recorded] });
  const [adapter] = made;
  if (adapter === undefined) throw new Error('the app made no adapter');
  await adapter.stop();
  const customer = await listenForMessages();
  const offer = async (message: unknown) => {
    const answer = await writeTo(port, JSON.stringify(message));
    return answer === 'taken' || answer === 'again' ? answer : 'refused';
  };
  return {
    adapter,
    address: parseAddress(`echo:tcp:${customer.port}`),
    offer: (message) => offer({ ...message, port: customer.port }),
    offerRubbish: () => offer(['no message']),
    seen: async () => customer.received,
    files: async () => [],
    close: async () => {
      await app.stop();
      await customer.close();
    },
  };
});

describe('an app with one channel more', () => {
  let app: ComposedApp | undefined;
  let customer: Listener | undefined;
  afterEach(async () => {
    await app?.stop();
    await customer?.close();
    app = undefined;
    customer = undefined;
  });

  it('answers its customers there, by the assistant that STATECHAT_ASSISTANTS names for it', async () => {
    const port = await freePort();
    app = await compose({ ECHO_PORT: String(port), STATECHAT_ASSISTANTS: 'echo=stock-analyst' }, { channels: [tcpEcho] });
    customer = await listenForMessages();
    const { received } = customer;
    expect(await writeTo(port, JSON.stringify({ id: 'one', port: customer.port, text: 'Hello there' }))).toBe('taken');
    await vi.waitFor(() => expect(received.join('\n')).toContain('You said: Hello there'), PATIENCE);
    const response = await fetch(`${app.url}/api/sessions`, {
      headers: { authorization: 'Bearer of-these-tests-alone', connection: 'close' },
    });
    expect(await response.json()).toMatchObject({ sessions: [{ address: `echo:tcp:${customer.port}`, assistant: 'stock-analyst' }] });
  });

  it('takes a plugin with the name of a built-in channel in its place', async () => {
    app = await compose({}, { channels: [webPlugin({ limits: { visitorsPerHour: 1 } })] });
    const arrive = async (url: string) =>
      (
        await fetch(`${url}/channels/web/visitors`, {
          method: 'POST',
          headers: { connection: 'close', 'content-type': 'application/json' },
          body: '{}',
        })
      ).status;
    expect([await arrive(app.url), await arrive(app.url)]).toEqual([201, 429]);
  });

  it.each([
    [{}, true],
    [{ STATECHAT_PUBLIC_URL: 'https://chat.example.com' }, false],
    [{ STATECHAT_TRUSTED_PROXIES: '1' }, false],
  ])('with %j it is %s that the start page shows the commands of this machine', async (environment, shown) => {
    app = await compose(environment, {});
    // The request of a proxy that adds nothing looks the same as that of a caller on this machine.
    const { local } = await (await fetch(`${app.url}/start.json`, { headers: { connection: 'close' } })).json();
    expect(local !== null).toBe(shown);
  });

  it('stops what it started when a channel cannot start', async () => {
    const port = await freePort();
    const broken = defineChannel({
      ...tcpEcho,
      name: 'broken',
      create: async (values, host) => {
        const { adapter } = await tcpEcho.create(values, host);
        return { adapter: { ...adapter, name: 'broken', start: () => Promise.reject(new Error('no such provider')) } };
      },
    });
    await expect(compose({ ECHO_PORT: String(port) }, { channels: [tcpEcho, broken] })).rejects.toThrow('no such provider');
    await expect(writeTo(port, '{}')).rejects.toThrow('nobody takes messages');
  });

  it('rejects with the error of the start, also if a channel before it does not stop', async () => {
    const echo = { ECHO_PORT: String(await freePort()) };
    const faulty = (name: string, faults: Partial<ChannelAdapter>) =>
      defineChannel({
        ...tcpEcho,
        name,
        create: async (values, host) => {
          const { adapter } = await tcpEcho.create(values, host);
          return { adapter: { ...adapter, name, start: async () => {}, ...faults } };
        },
      });
    const stubborn = faulty('stubborn', { stop: () => Promise.reject(new Error('does not stop')) });
    const broken = faulty('broken', { start: () => Promise.reject(new Error('no such provider')) });
    await expect(compose(echo, { channels: [stubborn, broken] })).rejects.toThrow('no such provider');
  });
});

describe('the configuration of a channel', () => {
  it('is read from its own settings, documented and checked like the rest', () => {
    expect(readConfig({ ECHO_PORT: '7' }, '/app', [tcpEcho]).channels.echo).toEqual({ ECHO_PORT: 7 });
    expect(readConfig({}, '/app', [tcpEcho]).channels.echo).toEqual({ ECHO_PORT: 7_007 });
    expect(() => readConfig({ ECHO_PORT: 'x', ECHO_PROT: '7' }, '/app', [tcpEcho])).toThrow(
      /ECHO_PORT: "x" given; expected a whole number[\s\S]*ECHO_PROT: there is no such setting. Did you mean ECHO_PORT/,
    );
    const rows = describeConfig([webPlugin(), tcpEcho]);
    expect(rows.find(({ name }) => name === 'ECHO_PORT')).toEqual({
      name: 'ECHO_PORT',
      group: 'TCP echo',
      fallback: '7007',
      secret: false,
      about: 'TCP port of the echo.',
    });
    expect(rows.some(({ group }) => group === 'Telegram')).toBe(false);
  });

  it('decides on the assistants that may be named: those of channels that there are', () => {
    expect(readConfig({ STATECHAT_ASSISTANTS: 'echo=helper' }, '/app', [tcpEcho]).assistants).toMatchObject({
      web: 'companion',
      telegram: 'companion',
      'whatsapp-web': 'companion',
      echo: 'helper',
    });
    expect(() => readConfig({ STATECHAT_ASSISTANTS: 'echo=helper' })).toThrow(/no channel "echo". This version has web, telegram, /);
  });

  it('names what one instance at a time holds, under the name that instances of earlier versions use', () => {
    const held = (mode: 'polling' | 'webhook') =>
      telegramPlugin().holds?.({
        TELEGRAM_BOT_TOKEN: new Secret('123:abc'),
        TELEGRAM_API_ROOT: 'https://api.telegram.org',
        TELEGRAM_MODE: mode,
        TELEGRAM_WEBHOOK_SECRET: undefined,
      });
    expect(held('polling')).toBe('polling.123');
    expect(held('webhook')).toBeUndefined();
  });
});
