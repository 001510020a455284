/**
 * Every kind of message that an agent can send over WhatsApp's Cloud API (C3), from the HTTP API of
 * the whole app to the server that speaks the Graph API, with what the journal keeps of each.
 */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type GraphApi, startGraphApi } from '#test/fakes/graph-api.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { image, voiceNote } from '#test/src/media/samples.ts';
import { ask, type Entry } from './api.ts';
import { echoModel } from './models.ts';
import { API_TOKEN, PATIENCE, type RunningApp, runApp } from './running-app.ts';
import { whatsAppSettings } from './whatsapp-settings.ts';

/** WhatsApp takes 10 messages to one person in a minute. */
const MONA = '201000000001';
const ADEL = '201000000002';
const NADIA = { id: 'nadia', name: 'Nadia' };
const MAP = 'https://www.google.com/maps/search/?api=1&query=30.0444%2C31.2357';

let graph: GraphApi;
let app: RunningApp;
const sessions = new Map<string, string>();

beforeAll(async () => {
  const { connectionString } = await createTestDatabase();
  graph = await startGraphApi();
  app = await runApp({ DATABASE_URL: connectionString, ...(await whatsAppSettings(graph)) }, { provider: echoModel() });
  for (const phone of [MONA, ADEL]) {
    graph.webhooks.deliver(graph.webhooks.text({ phone }, `wamid.of${phone}`, 'Where are you?'));
    const session = await vi.waitFor(async () => {
      const [found] = await app.api.sessionsAt(`whatsapp:${graph.phoneNumberId}:${phone}`);
      if (found === undefined) throw new Error('nobody has written yet');
      return found.id;
    }, PATIENCE);
    sessions.set(phone, session);
    await app.api.tell(session, { type: 'agent.claim', agent: NADIA });
  }
});
afterAll(async () => {
  await app?.stop();
  await graph?.close();
});

const sessionOf = (phone: string): string => sessions.get(phone) ?? '';

async function upload(name: string, body: Uint8Array): Promise<string> {
  const url = `${app.url}/api/sessions/${sessionOf(MONA)}/files?name=${encodeURIComponent(name)}`;
  const stored = await ask(url, { method: 'POST', headers: { authorization: `Bearer ${API_TOKEN}` }, body: new Uint8Array(body) });
  return String(Reflect.get(Object(stored.body), 'id'));
}

/** What the customer sees of the agent's next message, and its entry once the channel has it. */
async function shownAfter(
  phone: string,
  message: object,
): Promise<{ readonly type: string; readonly text: string; readonly entry: Entry | undefined }> {
  const before = graph.screen(phone).length;
  await app.api.tell(sessionOf(phone), { type: 'agent.message', agent: NADIA, ...message });
  await expect.poll(() => graph.screen(phone).length, PATIENCE).toBe(before + 1);
  const shown = graph.screen(phone).at(-1);
  const sent = async () => (await app.api.said(sessionOf(phone))).filter(({ kind }) => kind === 'agent.message');
  await expect.poll(async () => (await sent()).at(-1)?.delivery?.status, PATIENCE).toBe('sent');
  return { type: shown?.card?.type ?? shown?.type ?? '', text: shown?.text ?? '', entry: (await sent()).at(-1) };
}

it.each<[string, string, () => Promise<Uint8Array> | Uint8Array]>([
  ['image', 'plan.png', () => image('png')],
  ['audio', 'note.ogg', () => voiceNote(3)],
  ['video', 'tour.mp4', () => Buffer.from('\0\0\0\x18ftypisom\0\0\x02\0isomiso2mp41', 'latin1')],
  ['document', 'plan.pdf', () => Buffer.from('%PDF-1.7\n%%EOF')],
  ['sticker', 'smile.webp', () => image('webp', 512, 512)],
])('sends a file as %s', async (type, name, make) => {
  const files = [await upload(name, await make())];
  expect(await shownAfter(MONA, { text: '', files })).toMatchObject({ type, entry: { text: name } });
});

it.each<[string, string, object, string]>([
  [
    'location',
    '',
    { kind: 'location', latitude: 30.0444, longitude: 31.2357, name: 'Our office', street: '12 Nile St' },
    `📍 [Our office, 12 Nile St](${MAP})`,
  ],
  ['contacts', '', { kind: 'contact', name: 'Nour Adel', phone: '+20 100 123 4567' }, '👤 Nour Adel\n\n+20 100 123 4567'],
  [
    'cta_url',
    'Look here',
    { kind: 'link', label: 'See the plan', url: 'https://example.com/plan' },
    'Look here\n\n[See the plan](<https://example.com/plan>)',
  ],
  ['location_request_message', 'Where are you?', { kind: 'location_request' }, 'Where are you?'],
  [
    'flow',
    'Book by phone: 16000',
    {
      kind: 'whatsapp',
      interactive: {
        type: 'flow',
        body: { text: 'Book a viewing' },
        action: { name: 'flow', parameters: { flow_message_version: '3', flow_id: '1', flow_cta: 'Book', flow_token: 't' } },
      },
    },
    'Book by phone: 16000',
  ],
])('sends a card as %s', async (type, text, card, words) => {
  expect(await shownAfter(ADEL, { text, card })).toMatchObject({ type, entry: { text: words } });
});

it('reacts to a message, takes the reaction back, and the journal has both', async () => {
  const react = (emoji: string | null) =>
    app.api.tell(sessionOf(ADEL), { type: 'agent.reaction', agent: NADIA, id: `wa:wamid.of${ADEL}`, emoji });
  await react('❤️');
  await expect.poll(() => [...graph.messages.reactions], PATIENCE).toEqual([[`wamid.of${ADEL}`, '❤️']]);
  await react(null);
  await expect.poll(() => graph.messages.reactions.size, PATIENCE).toBe(0);
  const reactions = (await app.api.history(sessionOf(ADEL))).filter(({ kind }) => kind === 'agent.reaction');
  expect(reactions.map(({ author, text }) => [author, text])).toEqual([
    ['Nadia', '❤️'],
    ['Nadia', null],
  ]);
});

it('refuses what is no card and no emoji, with the field that is wrong, and sends nothing', async () => {
  const before = graph.screen(ADEL).length;
  const message = { type: 'message', text: '' };
  for (const [event, field] of [
    [{ ...message, card: { kind: 'location', latitude: 91, longitude: 0 } }, 'card.latitude'],
    [{ ...message, card: { kind: 'contact', name: 'x', phone: 'call me' } }, 'card.phone'],
    [{ ...message, card: { kind: 'link', label: 'x', url: 'https://example.com' } }, 'text'],
    [{ type: 'agent.reaction', id: 'wa:wamid.x', emoji: 'yes' }, 'emoji'],
  ] as const) {
    const { status, text } = await app.api.tell(sessionOf(ADEL), event);
    expect([status, text.includes(field)]).toEqual([400, true]);
  }
  expect(graph.screen(ADEL)).toHaveLength(before);
});
