/**
 * A customer on WhatsApp Web through the whole program (SPEC C1, C3). The child that runs the page
 * is a fake one here. Its page in a real Chromium is tested beside the adapter.
 */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { whatsAppWebPlugin } from '#channels/whatsapp-web/plugin.ts';
import { FakeChildren, ME, MONA, messageEvent } from '#test/channels/whatsapp-web/fake-child.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { image } from '#test/src/media/samples.ts';
import { PATIENCE, type RunningApp, runApp } from './running-app.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const children = new FakeChildren();
let app: RunningApp;
beforeAll(async () => {
  const { connectionString } = await createTestDatabase();
  app = await runApp(
    { DATABASE_URL: connectionString, WHATSAPP_WEB_ENABLED: 'yes', STATECHAT_ASSISTANTS: 'whatsapp-web=property-concierge' },
    { channels: [whatsAppWebPlugin({ startChild: children.start, print: () => undefined })], policy: { debounceMs: 0 } },
  );
});
afterAll(() => app?.stop());

const address = `whatsapp-web:${ME.split('@')[0]}:${MONA}`;
const shown = (): string => children.sent.map(({ text }) => text).join('\n');

it('is answered, taken over by a human, gets choices as a list and a long text in parts, and sends a picture', async () => {
  await expect.poll(() => children.running, PATIENCE).toBe(1);
  await expect.poll(() => children.resumed.length, PATIENCE).toBe(1);
  await children.current.offer(messageEvent({ id: 'm1', body: 'an apartment in Maadi' }));
  await expect.poll(shown, PATIENCE).toContain('What is your budget?');
  const [session] = await app.api.sessionsAt(address);
  const id = session?.id ?? '';

  // A file of the customer is kept.
  const bytes = await image('png', 40, 30);
  children.answer = (call) => (call.op === 'download' ? { bytes } : undefined);
  await children.current.offer(
    messageEvent({ id: 'm2', type: 'image', mimetype: 'image/png', directPath: '/v/image', size: bytes.length }),
  );
  await expect
    .poll(async () => (await app.api.history(id)).filter(({ kind }) => kind === 'media').map(({ text }) => text), PATIENCE)
    .toEqual([expect.stringContaining('kept: image/png')]);

  const agent = { id: 'a1', name: 'Sara' };
  const letter = Array.from({ length: 400 }, (_, index) => `Point ${index} of the letter.`).join(' ');
  const before = children.sent.length;
  await app.api.tell(id, { type: 'agent.message', text: letter, agent });
  await expect.poll(shown, PATIENCE).toContain('Point 399 of the letter.');
  const parts = children.sent.slice(before).map(({ text }) => text);
  expect(parts).toHaveLength(Math.ceil(letter.length / 4_096));
  expect(parts.join(' ')).toBe(letter);
  expect(await app.api.session(id)).toMatchObject({ handler: 'human' });

  // The question for a rating has buttons, which WhatsApp Web has as a numbered list.
  await app.api.tell(id, { type: 'close', by: 'a1' });
  await expect.poll(shown, PATIENCE).toMatch(/How was our help\?[\s\S]*1\. /);
});
