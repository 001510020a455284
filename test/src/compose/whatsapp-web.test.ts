/** WhatsApp Web in the whole program, with a child that has no browser. */
import { afterEach, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { whatsAppWebPlugin } from '#channels/whatsapp-web/plugin.ts';
import { FakeChildren, MONA, messageEvent } from '#test/channels/whatsapp-web/fake-child.ts';
import { AT_MONA } from '#test/channels/whatsapp-web/started-adapter.ts';
import { type ComposedApp, compose } from './app.ts';

const PATIENCE = { interval: 20 };
const list = z.object({ sessions: z.array(z.object({ id: z.string(), handler: z.string() })) });

let app: ComposedApp | undefined;
afterEach(async () => {
  await app?.stop();
  app = undefined;
});

async function start(children: FakeChildren, settings: Readonly<Record<string, string>> = {}): Promise<ComposedApp> {
  const plugin = whatsAppWebPlugin({ startChild: children.start, print: () => undefined });
  app = await compose({ WHATSAPP_WEB_ENABLED: 'yes', ...settings }, { channels: [plugin] });
  await vi.waitFor(() => children.current, PATIENCE);
  return app;
}

const api = async (path: string, body?: object) => {
  const headers = { authorization: 'Bearer of-these-tests-alone', 'content-type': 'application/json' };
  const response = await fetch(`${app?.url}${path}`, {
    headers,
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  });
  expect(response.ok).toBe(true);
  return await response.json();
};
const session = async () => list.parse(await api(`/api/sessions?address=${encodeURIComponent(AT_MONA)}`)).sessions[0];

test('a customer is answered, and a human on the phone silences the bot', async () => {
  const children = new FakeChildren();
  await start(children);
  await vi.waitFor(async () => expect(await children.current.offer(messageEvent({ id: 'a', body: 'Hello' }))).toBe('taken'), PATIENCE);
  await vi.waitFor(() => expect(children.sent.length).toBeGreaterThan(0), PATIENCE);
  expect(children.sent.at(-1)).toMatchObject({ chat: MONA });
  expect(children.opened[0]?.dataDir).toBe(`${app?.folder}/whatsapp-web`);

  expect(await children.current.offer(messageEvent({ id: '3AHUMAN', fromMe: true, body: 'I am on it' }))).toBe('taken');
  await vi.waitFor(async () => expect(await session()).toMatchObject({ handler: 'human' }), PATIENCE);
  const before = children.sent.length;
  expect(await children.current.offer(messageEvent({ id: 'b', body: 'Great, thanks' }))).toBe('taken');
  // An agent claims from the phone, and answers from the console.
  const { id } = (await session()) ?? { id: '' };
  await api(`/api/sessions/${id}/events`, { type: 'agent.message', text: 'Here I am' });
  await vi.waitFor(() => expect(children.sent.length).toBeGreaterThan(before), PATIENCE);
  expect(children.sent.slice(before).map(({ text }) => text)).toEqual(['Here I am']);
});

test('the browser is closed in order when the program stops, and nothing keeps it', async () => {
  const children = new FakeChildren();
  const closed: string[] = [];
  children.answer = ({ op }) => {
    if (op === 'close') closed.push(op);
    return undefined;
  };
  await start(children);
  await app?.stop();
  app = undefined;
  expect(closed).toEqual(['close']);
  expect(children.running).toBe(0);
});
