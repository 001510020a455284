/** What goes out besides texts, choices and files, in the form that Meta documents. */

import { describe, expect, it } from 'vitest';
import { RateLimited, Refused } from '#channels/port.ts';
import { render } from '#channels/whatsapp-cloud/render.ts';
import { contentOf } from '#machines/file-content.ts';
import type { Card } from '#machines/session/cards.ts';
import { at, KEY, PHONE, says, sending, startAdapter, USER } from './started-adapter.ts';

const MESSAGES = /\/messages$/;
const to = at(PHONE);
const PLACE: Card = { kind: 'location', latitude: 30.0444, longitude: 31.2357, name: 'برج النيل', street: '12 Nile St' };
const LINK: Card = { kind: 'link', label: 'See the plan', url: 'https://example.com/plan?id=7&lang=ar' };
const ASK: Card = { kind: 'location_request' };
/** Around every message. */
const FRAME = { messaging_product: 'whatsapp', recipient_type: 'individual', to: PHONE, biz_opaque_callback_data: KEY };
const FLOW: Card = {
  kind: 'whatsapp',
  interactive: {
    type: 'flow',
    body: { text: 'Book a viewing' },
    action: { name: 'flow', parameters: { flow_message_version: '3', flow_id: '8013', flow_cta: 'Book', flow_token: 't' } },
  },
};

describe('a card', () => {
  it.each<[string, Card, object]>([
    ['a place', PLACE, { type: 'location', location: { latitude: 30.0444, longitude: 31.2357, name: 'برج النيل', address: '12 Nile St' } }],
    [
      'a place without a name',
      { kind: 'location', latitude: -33.9, longitude: 18.4 },
      { type: 'location', location: { latitude: -33.9, longitude: 18.4 } },
    ],
    [
      'a contact, who can be written to',
      { kind: 'contact', name: 'Nour Adel', phone: '+20 100 123-4567', email: 'nour@example.com', organization: 'Nile Homes' },
      {
        type: 'contacts',
        contacts: [
          {
            name: { formatted_name: 'Nour Adel', first_name: 'Nour Adel' },
            phones: [{ phone: '+20 100 123-4567', type: 'WORK', wa_id: '201001234567' }],
            emails: [{ email: 'nour@example.com', type: 'WORK' }],
            org: { company: 'Nile Homes' },
          },
        ],
      },
    ],
    [
      'a contact with a short number, which no chat has',
      { kind: 'contact', name: 'Office', phone: '16000' },
      {
        type: 'contacts',
        contacts: [{ name: { formatted_name: 'Office', first_name: 'Office' }, phones: [{ phone: '16000', type: 'WORK' }] }],
      },
    ],
  ])('is %s', async (_, card, body) => {
    const { api, adapter } = await startAdapter();
    const { sent, context } = sending();
    await adapter.send(to, says('', { card }), context);
    expect(api.callsOf(MESSAGES)[0]?.payload).toEqual({ ...FRAME, ...body });
    expect(sent).toHaveLength(1);
    expect(api.screen(PHONE)).toHaveLength(1);
  });

  it.each<[string, Card, string, object]>([
    [
      'a button that opens a page',
      LINK,
      'cta_url',
      { name: 'cta_url', parameters: { display_text: 'See the plan', url: 'https://example.com/plan?id=7&lang=ar' } },
    ],
    ['a button that asks for the place', ASK, 'location_request_message', { name: 'send_location' }],
  ])('is %s below its text, in one message', async (_, card, type, action) => {
    const { api, adapter } = await startAdapter();
    await adapter.send(to, says('Look **here**', { card }), sending().context);
    expect(api.callsOf(MESSAGES).map(({ payload }) => payload)).toMatchObject([
      { type: 'interactive', interactive: { type, body: { text: 'Look *here*' }, action } },
    ]);
  });

  it('that is in the form of WhatsApp goes out as it is, and its text stays with us', async () => {
    const { api, adapter } = await startAdapter();
    await adapter.send(at(USER), says('Book a viewing by phone', { card: FLOW }), sending().context);
    expect(api.callsOf(MESSAGES).map(({ payload }) => payload)).toMatchObject([
      { recipient: USER, type: 'interactive', interactive: FLOW.kind === 'whatsapp' ? FLOW.interactive : {} },
    ]);
  });

  it('that WhatsApp does not take as it is, is refused for good', async () => {
    const { adapter } = await startAdapter();
    const card: Card = { kind: 'whatsapp', interactive: { type: 'product_list', body: { text: 'x' } } };
    await expect(adapter.send(to, says('x', { card }), sending().context)).rejects.toMatchObject({
      code: 'refused',
      facts: { reason: 'invalid_request', code: 131009 },
    });
  });

  it('with a place is behind its text, and neither is sent again', async () => {
    const { api, adapter } = await startAdapter();
    const { sent, context } = sending();
    api.fail(MESSAGES, { code: 131016 });
    await expect(adapter.send(to, says('We meet here', { card: PLACE }), context)).rejects.toThrow();
    await adapter.send(to, says('We meet here', { card: PLACE }), context);
    await adapter.send(to, says('We meet here', { card: PLACE }), sending({ sent }).context);
    expect(api.screen(PHONE).map(({ type, text }) => [type, text])).toEqual([
      ['text', 'We meet here'],
      ['location', ''],
    ]);
    expect(sent).toHaveLength(2);
  });

  it('is free text outside the window', async () => {
    const { api, adapter } = await startAdapter();
    for (const message of [says('', { card: PLACE }), { reaction: { messageId: 'wa:wamid.a', emoji: '👍' } }])
      await expect(adapter.send(to, message, sending({ windowUntil: 0 }).context)).rejects.toMatchObject({
        facts: { reason: 'window_closed' },
      });
    expect(api.calls).toEqual([]);
  });
});

describe('a button', () => {
  it('whose text is too long for it stands below a line of its own', () => {
    const long = 'كلمة '.repeat(400);
    const parts = render({ text: long, card: LINK });
    expect(parts.map(({ type }) => type)).toEqual(['text', 'card']);
    expect(parts[1]?.text).toBe('👇');
    expect(render({ text: 'x'.repeat(1_024), card: ASK })).toMatchObject([{ type: 'card', text: 'x'.repeat(1_024) }]);
  });

  it('whose label is too long is a link in the text', () => {
    const card: Card = { kind: 'link', label: 'See the whole plan of it', url: 'https://example.com/plan' };
    expect(render({ text: 'Look', card })).toEqual([{ type: 'text', text: 'Look\n\nSee the whole plan of it (https://example.com/plan)' }]);
  });

  it('without a visible text stands below a line of its own', () => {
    expect(render({ text: '\u200b', card: LINK })).toMatchObject([{ type: 'card', text: '👇' }]);
  });
});

describe('a sticker', () => {
  const file = { name: 'smile.webp', mimeType: 'image/webp', ...contentOf(Uint8Array.of(1, 2, 3)) };

  it('is one, and its text is before it', async () => {
    const { api, adapter } = await startAdapter();
    await adapter.send(to, says('For you', { file: { ...file, sticker: 'still' } }), sending().context);
    expect(api.screen(PHONE).map(({ type, text, file: shown }) => [type, text, shown?.kind])).toEqual([
      ['text', 'For you', undefined],
      ['sticker', '', 'sticker'],
    ]);
  });

  it('is none if it is another picture of that type, which is a document', async () => {
    const { api, adapter } = await startAdapter();
    await adapter.send(to, says('For you', { file }), sending().context);
    expect(api.screen(PHONE).map(({ type, text }) => [type, text])).toEqual([['document', 'For you']]);
  });
});

describe('a reaction', () => {
  it('goes to the message, and an empty one takes it back', async () => {
    const { api, adapter } = await startAdapter();
    for (const [emoji, sent] of [
      ['👍🏽', '👍🏽'],
      [null, ''],
    ] as const) {
      await adapter.send(to, { reaction: { messageId: 'wa:wamid.HBgM', emoji } }, sending().context);
      expect(api.callsOf(MESSAGES).at(-1)?.payload).toMatchObject({
        to: PHONE,
        type: 'reaction',
        reaction: { message_id: 'wamid.HBgM', emoji: sent },
      });
    }
    expect([...api.messages.reactions]).toEqual([]);
  });

  it('to a message of another channel is refused without a request, and one held back is given back', async () => {
    const { api, adapter } = await startAdapter();
    await expect(adapter.send(to, { reaction: { messageId: 'tg:1:2', emoji: '👍' } }, sending().context)).rejects.toBeInstanceOf(Refused);
    expect(api.calls).toEqual([]);
    api.fail(MESSAGES, { code: 131056 }, 9);
    const reaction = { reaction: { messageId: 'wa:wamid.a', emoji: '👍' } };
    await expect(adapter.send(to, reaction, sending().context)).rejects.toBeInstanceOf(RateLimited);
  });
});
