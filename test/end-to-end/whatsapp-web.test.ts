/**
 * A customer on WhatsApp Web through the whole program (SPEC C1, C3). The child that runs the page
 * is a fake one here. Its page in a real Chromium is tested beside the adapter.
 */
import { afterEach, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { whatsAppWebPlugin } from '#channels/whatsapp-web/plugin.ts';
import type { ComposeOptions } from '#src/compose-options.ts';
import { FakeChildren, ME, MONA, messageEvent } from '#test/channels/whatsapp-web/fake-child.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { image } from '#test/src/media/samples.ts';
import { DictatedModel, LONG_ANSWER } from './models.ts';
import { API_TOKEN, PATIENCE, type RunningApp, runApp } from './running-app.ts';

let children: FakeChildren;
let app: RunningApp;
afterEach(() => app?.stop());

async function open(assistant: string, options: ComposeOptions = {}): Promise<void> {
  const { connectionString } = await createTestDatabase();
  children = new FakeChildren();
  app = await runApp(
    { DATABASE_URL: connectionString, WHATSAPP_WEB_ENABLED: 'yes', STATECHAT_ASSISTANTS: `whatsapp-web=${assistant}` },
    { channels: [whatsAppWebPlugin({ startChild: children.start, print: () => undefined })], policy: { debounceMs: 0 }, ...options },
  );
  await expect.poll(() => children.running, PATIENCE).toBe(1);
  await expect.poll(() => children.resumed.length, PATIENCE).toBe(1);
}

const address = `whatsapp-web:${ME.split('@')[0]}:${MONA}`;
const shown = (): string => children.sent.map(({ text }) => text).join('\n');

it('is answered, taken over by a human, gets choices as a list, a long text in parts and a file, and sends a picture', async () => {
  await open('property-concierge');
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

  // A file of the agent's comes below its words, as it was uploaded.
  const plan = Buffer.from('%PDF-1.4\n% a plan of the flat\n');
  const uploaded = await fetch(`${app.url}/api/sessions/${id}/files?name=${encodeURIComponent('مخطط.pdf')}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${API_TOKEN}`, 'content-type': 'application/pdf', connection: 'close' },
    body: plan,
  });
  const files = [z.object({ id: z.string() }).parse(await uploaded.json()).id];
  await app.api.post(`/api/sessions/${id}/events`, { type: 'agent.message', agent: 'a1', text: 'Here is its plan.', files });
  await expect.poll(() => children.sent.at(-1)?.file?.name, PATIENCE).toBe('مخطط.pdf');
  expect(Buffer.compare(children.sent.at(-1)?.file?.bytes ?? Buffer.alloc(0), plan)).toBe(0);
  expect(children.sent.at(-2)?.text).toBe('Here is its plan.');
  await expect.poll(async () => (await app.api.said(id)).at(-1)?.delivery?.status, PATIENCE).toBe('sent');

  // The question for a rating has buttons, which WhatsApp Web has as a list. The number that the
  // customer writes is the score.
  await app.api.tell(id, { type: 'close', by: 'a1' });
  await expect
    .poll(shown, PATIENCE)
    .toContain('How was our help? Choose from 1 to 5.\n\n5 – Very good\n4 – Good\n3 – Fair\n2 – Poor\n1 – Very poor');
  await children.current.offer(messageEvent({ id: 'm3', body: '4' }));
  await expect.poll(shown, PATIENCE).toContain('Thank you for your rating');
  expect((await app.api.get(`/api/sessions/${id}/rating`)).body).toMatchObject({ rating: { score: 4 } });
});

it('gets an answer that is written for a while as typing, and at its end once, whole and in parts', async () => {
  const model = new DictatedModel();
  await open('companion', { provider: model });
  await children.current.offer(messageEvent({ id: 'm1', body: 'Tell me all about it' }));
  const answer = await vi.waitFor(() => {
    const found = model.writings.find(({ request }) => request.workflow === 'conversation');
    if (found === undefined) throw new Error('the model was not asked');
    return found;
  }, PATIENCE);
  const [session] = await app.api.sessionsAt(address);
  const id = session?.id ?? '';
  for (const piece of LONG_ANSWER.match(/[\s\S]{1,997}/g) ?? []) answer.write(piece);
  await expect.poll(() => children.typed, PATIENCE).toContain(MONA);
  expect(children.sent).toEqual([]);
  answer.end();
  await expect.poll(async () => (await app.api.said(id)).at(-1)?.delivery?.status, PATIENCE).toBe('sent');
  const parts = children.sent.map(({ text }) => text);
  expect(parts.join(' ')).toBe(LONG_ANSWER);
  expect(parts.every(({ length }) => length <= 4_096)).toBe(true);
  expect(parts).toHaveLength(3);
  expect((await app.api.said(id)).map(({ text }) => text)).toEqual(['Tell me all about it', LONG_ANSWER]);

  // What the customer may answer is a list, and its number is the choice.
  await children.current.offer(messageEvent({ id: 'm2', body: '/agent' }));
  await expect.poll(() => children.sent.at(-1)?.text, PATIENCE).toMatch(/\n\n1\. Back to the assistant$/);
  expect(await app.api.session(id)).toMatchObject({ state: 'WAITING_AGENT' });
  await children.current.offer(messageEvent({ id: 'm3', body: '1' }));
  await expect.poll(() => app.api.session(id), PATIENCE).toMatchObject({ state: 'ACTIVE', handler: 'bot' });
});
