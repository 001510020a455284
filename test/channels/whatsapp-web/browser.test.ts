/**
 * The channel with the real whatsapp-web.js in a real Chromium, against a page that stands for
 * WhatsApp's. docs/reference/whatsapp-web.md says what this cannot show about the real site.
 */

import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import type { ChannelEvent, Intake } from '#channels/inbound.ts';
import { Unavailable } from '#machines/errors.ts';
import { contentOf } from '#machines/file-content.ts';
import { parseAddress } from '#machines/ids.ts';
import { bytesIn, bytesReceived } from '#test/file-bytes.ts';
import { type BrowserHarness, browserHarness } from './browser-harness.ts';
import { MONA } from './fake-child.ts';
import { AT_MONA, SESSION_ID, sendContext } from './started-adapter.ts';

/** A deadline that a busy machine does not miss. */
const PATIENCE = { interval: 50 };
const words = (text: string) => ({ text, author: 'assistant' }) as const;
const LID = '777000111@lid';
const GROUP = '120363000000000001@g.us';
const NOUR = '201112223334@c.us';
/** Where a chat of our number is. */
const at = (chat: string) => parseAddress(`${AT_MONA.slice(0, AT_MONA.lastIndexOf(':'))}:${chat}`);

let web: BrowserHarness;
let away = false;

function intakeOf({ events }: BrowserHarness): Intake {
  return async (event) => {
    if (away) throw new Unavailable('the store is away');
    events.push(event);
    return { sessionId: SESSION_ID, version: events.length, duplicate: false };
  };
}

const reached = (state: string, of = web) => vi.waitFor(async () => expect((await of.connection()).state).toBe(state), PATIENCE);
const heard = async (matching: Partial<ChannelEvent>, of = web) =>
  await vi.waitFor(() => {
    const found = of.events.find((event) => Object.entries(matching).every(([key, value]) => Reflect.get(event, key) === value));
    if (found === undefined) throw new Error(`not heard: ${JSON.stringify(matching)} of ${JSON.stringify(of.events)}`);
    return found;
  }, PATIENCE);

// The tests follow one another, as the life of one paired number.
beforeAll(async () => {
  web = await browserHarness({ groups: true, limits: { sendMs: 4_000, probeEveryMs: 1_500, probeMs: 3_000, quietMs: 500 } });
  await web.adapter.start(intakeOf(web));
});
afterAll(async () => {
  await web.close();
});

test('a QR code is shown, follows the page, and a scan connects', async () => {
  await reached('pairing');
  const first = (await web.connection()).qr;
  expect(first).toMatch(/^ref\d+,/);
  web.server.refresh();
  await vi.waitFor(async () => expect((await web.connection()).qr).not.toBe(first), PATIENCE);
  web.server.pair();
  await reached('connected');
});

test('a message comes in, a customer is one person under both ids, and what is ours goes out', async () => {
  web.server.write(MONA, { id: 'IN1', body: 'Hello, مرحبا 👋' });
  expect(await heard({ type: 'message', id: 'wa:IN1' })).toMatchObject({
    address: AT_MONA,
    text: 'Hello, مرحبا 👋',
    customer: { name: 'Mona', phone: '+201001234567' },
  });
  web.server.knows(MONA, LID);
  web.server.write(LID, { id: 'IN2', body: 'from my other id' });
  expect(await heard({ type: 'message', id: 'wa:IN2' })).toMatchObject({ address: AT_MONA });
  expect(await heard({ type: 'moved' })).toMatchObject({ to: AT_MONA });

  const ref = await web.adapter.send(AT_MONA, words('A **bold** word'), sendContext());
  expect(ref).toMatch(/^wa:3EB0/);
  expect(web.server.sent.at(-1)).toMatchObject({ chat: MONA, message: { body: 'A *bold* word' } });
  // What this program sent is no echo, and its reports are about the message.
  web.server.tell({ type: 'ack', id: `true_${MONA}_${ref.slice(3)}`, ack: 2 });
  web.server.tell({ type: 'ack', id: `true_${MONA}_${ref.slice(3)}`, ack: 3 });
  expect(await heard({ type: 'status', status: 'read' })).toMatchObject({ ref, statusKey: `${SESSION_ID}.1.2` });
  expect(web.events.some(({ type }) => type === 'echo')).toBe(false);
});

test('files go both ways', async () => {
  const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i % 256);
  await web.adapter.send(
    AT_MONA,
    { ...words('Here'), file: { name: 'تقرير.pdf', mimeType: 'application/pdf', ...contentOf(bytes) } },
    sendContext(),
  );
  const sent = web.server.sent.at(-1);
  expect(sent?.message).toMatchObject({ type: 'document', filename: 'تقرير.pdf', caption: 'Here' });
  expect(Buffer.compare(sent?.bytes ?? Buffer.alloc(0), bytes)).toBe(0);

  web.server.write(MONA, { id: 'PIC', type: 'image', caption: 'my flat', mimetype: 'image/jpeg', bytes: Buffer.from(bytes) });
  const picture = await heard({ type: 'message', id: 'wa:PIC' });
  if (picture.type !== 'message') throw new Error('expected a message');
  expect(picture.media).toEqual([{ kind: 'image', ref: expect.any(String), mimeType: 'image/jpeg', size: 70_000 }]);
  const ref = picture.media?.[0]?.ref ?? '';
  expect(await bytesReceived(await web.adapter.receivedFile(ref, 100_000))).toEqual(Buffer.from(bytes));
  expect(await web.adapter.receivedFile(ref, 1_000)).toBe('too_large');
  expect(await web.adapter.receivedFile('false_201001234567@c.us_NONE', 1_000)).toBe('gone');
});

test('edits, deletions, reactions, calls, groups and a human on the phone are events', async () => {
  web.server.write(MONA, { id: 'ED', body: 'two rooms' });
  await heard({ type: 'message', id: 'wa:ED' });
  web.server.tell({
    type: 'change',
    id: `false_${MONA}_ED`,
    fields: { body: 'three rooms', latestEditSenderTimestampMs: 1_700_000_001_000 },
  });
  expect(await heard({ type: 'edit' })).toMatchObject({ messageId: 'wa:ED', text: 'three rooms' });
  web.server.tell({ type: 'change', id: `false_${MONA}_ED`, fields: { type: 'revoked', body: '' } });
  expect(await heard({ type: 'revoke' })).toMatchObject({ messageId: 'wa:ED' });

  const key = (id: string, fromMe: boolean) => ({ fromMe, remote: MONA, id, _serialized: `${fromMe}_${MONA}_${id}` });
  web.server.tell({
    type: 'reaction',
    reaction: {
      id: key('R1', false),
      reactionParentKey: key('IN1', true),
      reactionTimestamp: 1_700_000_002_000,
      reactionText: '👍',
      from: { _serialized: MONA },
    },
  });
  expect(await heard({ type: 'reaction' })).toMatchObject({ messageId: 'wa:IN1', emoji: '👍', address: AT_MONA });
  web.server.tell({ type: 'call', call: { id: 'CALL', peerJid: { _serialized: MONA }, isGroup: false, outgoing: false, isVideo: false } });
  expect(await heard({ type: 'call' })).toMatchObject({ phase: 'started', address: AT_MONA });
  web.server.write(GROUP, { id: 'G1', body: 'in a group', author: MONA });
  expect((await heard({ type: 'message', id: 'wa:G1' })).type).toBe('message');
  web.server.write(MONA, { id: '3AHUMAN', fromMe: true, body: 'I answer myself' });
  expect(await heard({ type: 'echo' })).toMatchObject({ address: AT_MONA, text: 'I answer myself' });
});

test('a place, a contact and a sticker are shown as such, each below its text', async () => {
  const before = web.server.sent.length;
  const place = { kind: 'location', latitude: 30.0444, longitude: 31.2357, name: 'Tower A', street: '12 Nile St, Cairo' } as const;
  const contact = { kind: 'contact', name: 'نور عادل, مبيعات', phone: '+20 100 123 4567', organization: 'Nile; Homes' } as const;
  const context = sendContext();
  await web.adapter.send(AT_MONA, { ...words('Here we **are**'), card: place }, context);
  await web.adapter.send(AT_MONA, { ...words(''), card: { kind: 'location', latitude: -33.9, longitude: 0 } }, sendContext());
  await web.adapter.send(AT_MONA, { ...words('Write to her'), card: contact }, sendContext());
  // Neither the library nor the stand-in page looks into a picture.
  const file = {
    name: 'hello.webp',
    mimeType: 'image/webp',
    ...contentOf(Uint8Array.from({ length: 9_000 }, (_, i) => i % 256)),
    sticker: 'still',
  } as const;
  await web.adapter.send(AT_MONA, { ...words('أهلا'), file }, sendContext());
  const sent = web.server.sent.slice(before);
  expect(sent.map(({ message: { type, body, loc, lat, lng, caption } }) => ({ type, body, loc, lat, lng, caption }))).toEqual([
    { type: 'chat', body: 'Here we *are*' },
    { type: 'location', body: '', loc: 'Tower A\n12 Nile St, Cairo', lat: 30.0444, lng: 31.2357 },
    { type: 'location', body: '', loc: '', lat: -33.9, lng: 0 },
    { type: 'chat', body: 'Write to her' },
    { type: 'vcard', body: expect.stringMatching(/^BEGIN:VCARD\nVERSION:3\.0\n.*\nEND:VCARD$/s) },
    { type: 'chat', body: 'أهلا' },
    { type: 'sticker' },
  ]);
  expect(sent[4]?.message['vcardFormattedName']).toBe('نور عادل, مبيعات');
  expect(String(sent[4]?.message['body']).split('\n')).toEqual(
    expect.arrayContaining([
      String.raw`FN:نور عادل\, مبيعات`,
      String.raw`ORG:Nile\; Homes`,
      'TEL;type=WORK;type=VOICE;waid=201001234567:+20 100 123 4567',
    ]),
  );
  expect(Buffer.compare(sent[6]?.bytes ?? Buffer.alloc(0), (await bytesIn(file)) ?? Buffer.alloc(0))).toBe(0);
  expect(context.sentParts).toEqual(sent.slice(0, 2).map(({ message }) => `wa:${message.id.id}`));
  expect(web.events.filter(({ type }) => type === 'echo')).toHaveLength(1);
});

test('a text that looks like a contact stays a text', async () => {
  await web.adapter.send(AT_MONA, words('BEGIN:VCARD and so on'), sendContext());
  expect(web.server.sent.at(-1)?.message).toMatchObject({ type: 'chat', body: 'BEGIN:VCARD and so on' });
});

test('reactions are shown, changed and taken back, also under the other id of a person and in a group', async () => {
  const react = (messageId: string, emoji: string | null, to = AT_MONA) =>
    web.adapter.send(to, { reaction: { messageId, emoji } }, sendContext());
  const reactions = () => Object.fromEntries(web.server.reactions);
  expect(await react('wa:IN1', '👍')).toBe('wa:IN1');
  await react('wa:IN2', '🙏🏽');
  await react('wa:G1', '🎉', at(GROUP));
  expect(reactions()).toEqual({ [`false_${MONA}_IN1`]: '👍', [`false_${LID}_IN2`]: '🙏🏽', [`false_${GROUP}_G1_${MONA}`]: '🎉' });
  await react('wa:IN1', '❤️');
  await react('wa:G1', null, at(GROUP));
  expect(reactions()).toEqual({ [`false_${MONA}_IN1`]: '❤️', [`false_${LID}_IN2`]: '🙏🏽' });
  // They come back as reactions of our own number, which are no news.
  await vi.waitFor(() => expect(web.ignored.filter(({ kind }) => kind === 'reaction.ours')).toHaveLength(5), PATIENCE);
  expect(web.events.filter(({ type }) => type === 'reaction')).toHaveLength(1);

  const refused = { code: 'refused', message: expect.stringContaining('takes no reaction') };
  await expect(react('wa:NEVER', '👍')).rejects.toMatchObject(refused);
  await expect(react('wa:NEVER', '👍', at(GROUP))).rejects.toMatchObject(refused);
  await expect(react('wa:ED', '👍')).rejects.toMatchObject(refused);
  expect(web.server.reactions.size).toBe(2);
});

test('a message answers one of the customer or of ours, and goes out alone if that is not there any more', async () => {
  const answer = async (replyTo: string, more: object = {}, to = AT_MONA): Promise<unknown> => {
    await web.adapter.send(to, { ...words('This one'), ...more, replyTo }, sendContext());
    return web.server.sent.at(-1)?.message.quotedStanzaID;
  };
  const plan = { name: 'plan.pdf', mimeType: 'application/pdf', ...contentOf(new Uint8Array(100)) };
  const own = await web.adapter.send(AT_MONA, words('Ours'), sendContext());
  expect(await answer('wa:IN1')).toBe('IN1');
  // Under the other id of the person, in a group, and with a file.
  expect(await answer('wa:IN2')).toBe('IN2');
  expect(await answer('wa:G1', {}, at(GROUP))).toBe('G1');
  expect(await answer(own)).toBe(own.slice(3));
  expect(await answer('wa:IN1', { text: '', file: plan })).toBe('IN1');
  expect(await answer('wa:IN1', { text: '', card: { kind: 'location', latitude: 30, longitude: 31 } })).toBe('IN1');
  expect(await answer('wa:NEVER')).toBeUndefined();
  expect(await answer('wa:ED')).toBeUndefined();
  await expect(answer('tg:1:2')).rejects.toMatchObject({ code: 'refused' });
  web.server.write(MONA, { id: 'ANSWER', body: 'That one', quotedStanzaID: own.slice(3), quotedMsg: { type: 'chat', body: 'Ours' } });
  expect(await heard({ type: 'message', id: 'wa:ANSWER' })).toMatchObject({ replyTo: own });
});

test('a long text goes in parts, whole and in order, and choices are a list below it', async () => {
  const text = Array.from({ length: 200 }, (_, n) => `Point ${n}. النقطة رقم ${n} من الجواب.`).join(' ');
  const before = web.server.sent.length;
  const context = sendContext();
  const buttons = ['Cairo', 'القاهرة'].map((label) => ({ id: `say ${label}`, label }));
  const ref = await web.adapter.send(AT_MONA, { ...words(text), buttons }, context);
  const parts = web.server.sent.slice(before).map(({ message }) => String(message.body));
  expect(parts.length).toBeGreaterThan(1);
  expect(context.sentParts).toHaveLength(parts.length);
  expect(context.sentParts.at(-1)).toBe(ref);
  expect(parts.every(({ length }) => length <= 4_096)).toBe(true);
  expect(parts.join(' ')).toBe(`${text}\n\n1. Cairo\n2. القاهرة`);
});

test('typing is shown, with the chat marked as read', async () => {
  await web.adapter.typing(AT_MONA);
  // The page reports it to its server beside the answer to us.
  await vi.waitFor(() => expect([web.server.typed.at(-1), web.server.seen.at(-1)]).toEqual([MONA, MONA]), PATIENCE);
});

test('somebody whom WhatsApp does not know is refused for good', async () => {
  web.server.isStranger('1999@c.us');
  await expect(web.adapter.send(at('1999@c.us'), words('Hello?'), sendContext())).rejects.toMatchObject({ code: 'refused' });
});

test('what could not be stored is offered again, in order', async () => {
  away = true;
  web.server.write(MONA, { id: 'W1', body: 'one' });
  web.server.write(MONA, { id: 'W2', body: 'two' });
  await vi.waitFor(() => expect(web.logged.some((line) => line.includes('is offered again'))).toBe(true), PATIENCE);
  away = false;
  await heard({ type: 'message', id: 'wa:W2' });
  expect(web.events.flatMap((event) => ('id' in event && /W\d/.test(event.id) ? [event.id] : []))).toEqual(['wa:W1', 'wa:W2']);
});

const kill = (pids: readonly number[]) => {
  expect(pids.length).toBeGreaterThan(0);
  for (const pid of pids) process.kill(pid, 'SIGKILL');
};
const connections = (count: number) => vi.waitFor(() => expect(web.server.connections).toBeGreaterThanOrEqual(count), PATIENCE);

test('a page that crashes, and a browser that is killed, come back with the session and with what was missed', async () => {
  const twoDaysAgo = Math.floor(Date.now() / 1_000) - 172_800;
  for (const id of ['OLD1', 'OLD2']) web.server.write(NOUR, { id, body: 'hello', t: twoDaysAgo });
  await heard({ type: 'message', id: 'wa:OLD2' });
  const before = web.server.connections;
  kill(web.processes('renderer'));
  await vi.waitFor(() => expect(web.server.online).toBe(false), PATIENCE);
  web.server.write(MONA, { id: 'AWAY1', body: 'are you there?' });
  await connections(before + 1);
  await reached('connected');
  await heard({ type: 'message', id: 'wa:AWAY1' });

  // The page has it in its database alone, because nothing of its chat was missed.
  await web.adapter.send(at(NOUR), { reaction: { messageId: 'wa:OLD1', emoji: '👀' } }, sendContext());
  expect(web.server.reactions.get(`false_${NOUR}_OLD1`)).toBe('👀');

  kill(web.processes('browser'));
  await vi.waitFor(() => expect(web.server.online).toBe(false), PATIENCE);
  for (let i = 2; i <= 60; i++) web.server.write(MONA, { id: `AWAY${i}`, body: `again ${i}` });
  web.server.write(MONA, { id: '3AAWAY', fromMe: true, body: 'from the phone meanwhile' });
  await connections(before + 2);
  await heard({ type: 'echo', text: 'from the phone meanwhile' });
  const missed = web.events.flatMap((event) =>
    'id' in event && event.type === 'message' && event.id.startsWith('wa:AWAY') ? [event.id] : [],
  );
  expect(missed).toEqual(expect.arrayContaining(Array.from({ length: 60 }, (_, i) => `wa:AWAY${i + 1}`)));
  expect(missed.filter((id) => missed.indexOf(id) === missed.lastIndexOf(id)).length).toBeGreaterThanOrEqual(59);
});

test('a page that is ready and cannot send is started anew, and then sends', async () => {
  await reached('connected');
  const before = web.server.connections;
  web.server.sends = false;
  await expect(web.adapter.send(AT_MONA, words('stuck'), sendContext())).rejects.toMatchObject({ code: 'unavailable' });
  web.server.sends = true;
  await connections(before + 1);
  await reached('connected');
  await web.adapter.send(AT_MONA, words('through'), sendContext({ attempt: 2 }));
  expect(web.server.sent.at(-1)?.message).toMatchObject({ body: 'through' });
});

test('a page that answers no more is started anew', async () => {
  const before = web.server.connections;
  web.server.tell({ type: 'freeze' });
  await connections(before + 1);
  await reached('connected');
});

test('a phone that removes the device gets a new code, and the old session is gone', async () => {
  web.server.logout();
  await vi.waitFor(async () => expect((await web.connection()).qr).toMatch(/^ref/), PATIENCE);
  expect((await web.connection()).error).toMatchObject({ code: 'whatsapp-web.logged_out' });
  web.server.pair();
  await reached('connected');
});

test('a browser that takes too much memory is started anew, and nothing is lost', async () => {
  await web.stop();
  web = web.again({ limits: { probeEveryMs: 500, probeMs: 10_000, quietMs: 500, memoryBytes: 450_000_000 } });
  await web.adapter.start(intakeOf(web));
  // The session was kept.
  await reached('connected');
  const before = web.server.connections;
  web.server.tell({ type: 'leak', bytes: 400_000_000 });
  await connections(before + 1);
  web.server.write(MONA, { id: 'AFTER', body: 'still here?' });
  await heard({ type: 'message', id: 'wa:AFTER' });
  expect(web.logged.join('\n')).toContain('takes too much memory');
});

test('a number is paired by a code, and its session continues on another machine by the store', async () => {
  await web.stop();
  web.server.paired = false;
  web = web.again({ session: 'remote', remote: true, pairingPhone: '4915100000001', dataDir: `${web.folder}/first` });
  await web.adapter.start(intakeOf(web));
  await vi.waitFor(async () => expect((await web.connection()).pairingCode).toBe('ABCDEFGH'), PATIENCE);
  expect(web.server.codes.has('4915100000001')).toBe(true);
  web.server.pair();
  await reached('connected');
  await web.stop();
  expect((await web.blobs.get('remote.session'))?.byteLength).toBeGreaterThan(1_000);
  web = web.again({ dataDir: `${web.folder}/second` });
  await web.adapter.start(intakeOf(web));
  await reached('connected');
});
