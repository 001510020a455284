import { describe, expect, it } from 'vitest';
import { type OutboundFile, Refused } from '#channels/port.ts';
import { Unavailable } from '#machines/errors.ts';
import { contentOf } from '#machines/file-content.ts';
import type { Card } from '#machines/session/cards.ts';
import { at, CHAT, eventually, GROUP, says, sending, startAdapter } from './started-adapter.ts';

const PLACE = { kind: 'location', latitude: 30.0444, longitude: 31.2357 } as const;
const NOUR = { kind: 'contact', name: 'Nour Adel', phone: '+20 100 123 4567' } as const;
const PLAN = { kind: 'link', label: 'See the plan', url: 'https://example.com/plan?id=7' } as const;
const ASK = { kind: 'location_request' } as const;
/** The first bytes of a WebP file. */
const WEBP = new Uint8Array(Buffer.from('RIFF\u0010\0\0\0WEBPVP8 ', 'latin1'));
const STICKER: OutboundFile = { name: 'hi.webp', mimeType: 'image/webp', ...contentOf(WEBP), sticker: 'still' };

describe('cards to Telegram', () => {
  it.each([
    ['its name and street', { name: 'Tower A', street: '12 Nile St' }, { title: 'Tower A', address: '12 Nile St' }],
    ['its name alone', { name: 'Tower A' }, { title: 'Tower A', address: '30.0444, 31.2357' }],
    ['its street alone', { street: '12 Nile St' }, { title: '12 Nile St', address: '30.0444, 31.2357' }],
    ['neither', {}, {}],
  ])('a place with %s, behind its text', async (_, names, shown) => {
    const { api, adapter } = await startAdapter();
    const call = sending();
    const ref = await adapter.send(at(`${GROUP}/5`), says('We meet **here**', { card: { ...PLACE, ...names } }), call.context);
    const [text, place] = api.transcript(GROUP);
    expect(text).toMatchObject({ text: 'We meet here', topic: 5 });
    expect(place?.location).toEqual({ latitude: 30.0444, longitude: 31.2357, ...shown });
    expect(place?.topic).toBe(5);
    expect(call.sent).toEqual([`tg:${GROUP}:${text?.id}`, ref]);
    expect(ref).toBe(`tg:${GROUP}:${place?.id}`);
  });

  it('a contact, whose mail and organization are in its vCard', async () => {
    const { api, adapter } = await startAdapter();
    await adapter.send(at(CHAT), says('', { card: NOUR }), sending().context);
    const more = { name: 'Adel, Nour; \\', email: 'nour@example.com', organization: 'Nile, Homes' };
    await adapter.send(at(CHAT), says('', { card: { ...NOUR, ...more } }), sending().context);
    const [plain, full] = api.transcript(CHAT).map(({ contact }) => contact);
    expect(plain).toEqual({ phone_number: '+201001234567', first_name: 'Nour Adel' });
    expect(full?.first_name).toBe('Adel, Nour; \\');
    expect(full?.vcard?.split('\r\n')).toEqual([
      'BEGIN:VCARD',
      'VERSION:3.0',
      String.raw`N:;Adel\, Nour\; \\;;;`,
      String.raw`FN:Adel\, Nour\; \\`,
      String.raw`ORG:Nile\, Homes`,
      'TEL;type=WORK;type=VOICE:+201001234567',
      'EMAIL;type=WORK:nour@example.com',
      'END:VCARD',
      '',
    ]);
  });

  it('a contact that no vCard has room for is written', async () => {
    const { api, adapter } = await startAdapter();
    const card = { ...NOUR, name: '語'.repeat(200), organization: '社'.repeat(200), email: `${'m'.repeat(60)}@${'e.'.repeat(60)}com` };
    await adapter.send(at(CHAT), says('Call her', { card }), sending().context);
    expect(api.transcript(CHAT).map(({ contact }) => contact)).toEqual([undefined]);
    expect(api.shown(CHAT)[0]).toMatch(/^Call her\n\n👤 語+, 社+/);
  });

  it('a page is a button below the last part of the text, in a group too', async () => {
    const { api, adapter } = await startAdapter();
    const long = `${'word '.repeat(1_000)}end`;
    await adapter.send(at(GROUP), says(long, { card: PLAN }), sending().context);
    const [first, last] = api.transcript(GROUP);
    expect(first?.keyboard).toBeUndefined();
    expect(last?.text.endsWith('end')).toBe(true);
    expect(last?.keyboard).toEqual([[{ text: 'See the plan', url: PLAN.url }]]);
  });

  it('a page for which Telegram takes no button is written', async () => {
    const { api, adapter } = await startAdapter();
    await adapter.send(at(CHAT), says('Look', { card: { ...PLAN, url: 'http://localhost:3000/plan' } }), sending().context);
    expect(api.transcript(CHAT)).toMatchObject([
      { text: 'Look\n\nSee the plan', entities: [{ type: 'text_link', url: 'http://localhost:3000/plan' }] },
    ]);
    expect(api.transcript(CHAT)[0]?.keyboard).toBeUndefined();
  });

  it.each([
    ['Where are you?', 'Send my location'],
    ['أين أنت الآن؟', 'إرسال موقعي'],
  ])('a request for the place of the customer: %s', async (text, label) => {
    const { api, adapter } = await startAdapter();
    await adapter.send(at(CHAT), says(text, { card: ASK }), sending().context);
    expect(api.transcript(CHAT)[0]).toMatchObject({
      text,
      replyKeyboard: { keyboard: [[{ text: label, request_location: true }]], resize_keyboard: true, one_time_keyboard: true },
    });
    await adapter.send(at(GROUP), says(text, { card: ASK }), sending().context);
    expect(api.transcript(GROUP)[0]).toMatchObject({ text });
    expect(api.transcript(GROUP)[0]?.replyKeyboard).toBeUndefined();
  });

  it.each<[string, Card, readonly string[]]>([
    ['a place is behind it', PLACE, ['whole', '']],
    ['a button is on it', PLAN, ['whole']],
    ['a keyboard takes a new message', ASK, ['whole']],
  ])('a draft becomes the text, and %s', async (_, card, shown) => {
    const { api, adapter } = await startAdapter();
    const draft = adapter.draft(at(CHAT), { signal: new AbortController().signal });
    draft.update('half');
    await eventually(() => expect(api.shown(CHAT)).toEqual(['half …']));
    const ref = (await draft.close()) ?? '';
    const first = sending({
      draft: ref,
      onSent: async () => {
        throw new Unavailable('the process was stopped here');
      },
    });
    await expect(adapter.send(at(CHAT), says('whole', { card }), first.context)).rejects.toThrow(Unavailable);
    const sent = [String(api.transcript(CHAT).at(-1)?.id)];
    await adapter.send(at(CHAT), says('whole', { card }), sending({ draft: ref, sent, attempt: 2 }).context);
    expect(api.shown(CHAT)).toEqual(shown);
    const isEdited = api.transcript(CHAT)[0]?.edits === 1;
    expect(isEdited).toBe(card.kind !== 'location_request');
    expect(api.transcript(CHAT)[0]?.keyboard !== undefined).toBe(card.kind === 'link');
  });

  it('waits its turn, waits a short retry_after out, and goes to where a group has moved', async () => {
    const { api, adapter, clock } = await startAdapter({ api: { limits: true } });
    const moved = -1_009_999;
    api.chats.open(moved);
    api.chats.open(GROUP).movedTo = moved;
    const begun = clock.now();
    api.fail('sendVenue', { status: 429, retryAfter: 5 }, { chat: moved });
    await adapter.send(at(GROUP), says('Here', { card: { ...PLACE, name: 'Tower A' } }), sending().context);
    expect(clock.now() - begun).toBeGreaterThanOrEqual(6_000);
    expect(api.callsOf('sendVenue').map(({ status }) => status)).toEqual([429, 200]);
    expect(api.transcript(moved).map(({ text, location }) => location?.title ?? text)).toEqual(['Here', 'Tower A']);
  });
});

describe('a sticker to Telegram', () => {
  it('is sent as one behind its text, which is a message of its own, and an animated one as a file', async () => {
    const { api, adapter } = await startAdapter();
    const call = sending();
    const ref = await adapter.send(at(`${GROUP}/5`), says('Hi', { file: STICKER }), call.context);
    const [text, sticker] = api.transcript(GROUP);
    expect(text).toMatchObject({ text: 'Hi', topic: 5 });
    expect(sticker).toMatchObject({ text: '', topic: 5, sticker: { name: 'hi.webp', bytes: WEBP } });
    expect(call.sent).toEqual([`tg:${GROUP}:${text?.id}`, ref]);
    await adapter.send(at(GROUP), says('', { file: { ...STICKER, sticker: 'animated' } }), sending().context);
    expect(api.transcript(GROUP).at(-1)?.document?.name).toBe('hi.webp');
  });
});

describe('a reaction on Telegram', () => {
  const to = (messageId: string, emoji: string | null) => ({ reaction: { messageId, emoji } });

  it('is the one of the bot on that message, whichever selectors its emoji has', async () => {
    const { api, adapter } = await startAdapter();
    const id = api.chats.heard(CHAT, 'Thank you');
    const shown = () => api.transcript(CHAT).map(({ reaction }) => reaction);
    for (const [emoji, expected] of [
      ['❤️', '❤'],
      ['❤️\u200d🔥', '❤\u200d🔥'],
      ['👍', '👍'],
      [null, undefined],
    ] as const) {
      const call = sending();
      expect(await adapter.send(at(CHAT), to(`tg:${CHAT}:${id}`, emoji), call.context)).toBe(String(id));
      expect(call.sent).toEqual([String(id)]);
      expect(shown()).toEqual([expected]);
    }
    await adapter.send(at(CHAT), to(`tg:${CHAT}:${id}`, '👍'), sending({ sent: [String(id)], attempt: 2 }).context);
    expect(shown()).toEqual([undefined]);
  });

  it.each([
    ['an emoji that Telegram has not', `tg:${CHAT}:1`, '🥳', 'no reaction 🥳 in this chat'],
    ['a message that is gone', `tg:${CHAT}:99`, '👍', 'message to react not found'],
    ['a message of another chat', 'tg:77:1', '👍', 'in another chat'],
    ['a pressed button', 'tg:9001', '👍', 'not of a Telegram message'],
    ['what is of another channel', 'wamid.1', '👍', 'not of a Telegram message'],
  ])('to %s is refused', async (_, messageId, emoji, words) => {
    const { api, adapter } = await startAdapter();
    api.chats.heard(CHAT, 'Thank you');
    const failure: unknown = await adapter.send(at(CHAT), to(messageId, emoji), sending().context).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Refused);
    expect(failure).toHaveProperty('message', expect.stringContaining(words));
    expect(api.transcript(CHAT)[0]?.reaction).toBeUndefined();
  });

  it('to a message of a group that has become a supergroup is refused, and what the refusal says is learnt', async () => {
    const { api, adapter } = await startAdapter();
    const moved = -1_009_999;
    const id = api.chats.heard(GROUP, 'Thank you');
    api.chats.heard(moved, 'Another message with this id');
    api.chats.open(GROUP).movedTo = moved;
    await expect(adapter.send(at(GROUP), to(`tg:${GROUP}:${id}`, '👍'), sending().context)).rejects.toBeInstanceOf(Refused);
    await adapter.send(at(GROUP), says('hello'), sending().context);
    expect(api.callsOf('sendMessage').map(({ payload }) => payload['chat_id'])).toEqual([moved]);
    expect(api.transcript(moved).flatMap(({ reaction }) => reaction ?? [])).toEqual([]);
    await adapter.send(at(GROUP), to(`tg:${moved}:1`, '👍'), sending().context);
    expect(api.transcript(moved)[0]?.reaction).toBe('👍');
  });

  it('is tried again after an outage, and waits a short retry_after out', async () => {
    const { api, adapter, clock } = await startAdapter();
    const id = api.chats.heard(CHAT, 'Thank you');
    api.fail('setMessageReaction', { status: 502 });
    await expect(adapter.send(at(CHAT), to(`tg:${CHAT}:${id}`, '👍'), sending().context)).rejects.toThrow(Unavailable);
    api.fail('setMessageReaction', { status: 429, retryAfter: 5 });
    const begun = clock.now();
    await adapter.send(at(CHAT), to(`tg:${CHAT}:${id}`, '👍'), sending({ attempt: 2 }).context);
    expect(clock.now() - begun).toBeGreaterThanOrEqual(5_000);
    expect(api.transcript(CHAT)[0]?.reaction).toBe('👍');
  });
});
