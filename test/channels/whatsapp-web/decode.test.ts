/**
 * Events of the page, written from the fields that whatsapp-web.js 1.34 reads of them
 * (src/structures/Message.js, Reaction.js, Call.js and src/Client.js of the package).
 */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { MessageTypes } from 'whatsapp-web.js';
import type { ChannelEvent } from '#channels/inbound.ts';
import { type Decoded, decodePageEvent, providerIdOf } from '#channels/whatsapp-web/decode.ts';
import { accountOf } from '#channels/whatsapp-web/identity.ts';
import { KINDS, rulingOf } from '#channels/whatsapp-web/kinds.ts';
import { InvalidInput } from '#machines/errors.ts';
import { sessionEvent } from '#machines/session/events.ts';
import { ME, MONA, messageEvent, pageMessage } from './fake-child.ts';
import { AT_MONA } from './started-adapter.ts';

const NOW = 1_700_000_100_000;
const PLACE = { me: ME, account: accountOf(ME), groups: false };
const LID = '777000111@lid';
const GROUP = '120363000000000001@g.us';
const person = { lid: LID, phone: MONA };

const decode = (raw: unknown, place = PLACE): Decoded => decodePageEvent(raw, place, NOW);
function eventOf(raw: unknown, place = PLACE): ChannelEvent {
  const decoded = decode(raw, place);
  if (!('event' in decoded)) throw new Error(`no event: ${JSON.stringify(decoded)}`);
  return decoded.event;
}
const message = (fields: Readonly<Record<string, unknown>>) => eventOf(messageEvent({ id: 'A', ...fields }));

describe('messages', () => {
  test('a text is a message of the customer, with a name and a number', () => {
    expect(message({ body: 'hello' })).toEqual({
      type: 'message',
      id: 'wa:A',
      messageId: 'wa:A',
      address: AT_MONA,
      at: 1_700_000_000_000,
      text: 'hello',
      customer: { name: 'Mona', phone: '+201001234567' },
    });
  });

  test.each([7, {}, 'x'.repeat(201)])('one is taken without what it answers, if that cannot be read: %j', (quotedStanzaID) => {
    expect(message({ body: 'hello', quotedStanzaID })).toMatchObject({ type: 'message', text: 'hello' });
    expect(message({ body: 'hello', quotedStanzaID })).not.toHaveProperty('replyTo');
  });

  test('a command is one, also as a caption', () => {
    expect(message({ body: '/analyze AAPL' })).toMatchObject({ type: 'command', name: 'analyze', args: 'AAPL' });
    expect(message({ type: 'image', directPath: '/x', caption: '/help' })).toMatchObject({
      type: 'command',
      name: 'help',
      media: [{ kind: 'image' }],
    });
    expect(message({ body: `/say ${'x'.repeat(5_000)}` })).toMatchObject({ type: 'message' });
  });

  test.each([
    ['image', 'image'],
    ['video', 'video'],
    ['audio', 'audio'],
    ['ptt', 'voice'],
    ['document', 'document'],
    ['sticker', 'sticker'],
  ])('%s is media of the kind %s', (type, kind) => {
    const file = { directPath: '/x', mimetype: 'a/b', filename: 'f.bin', size: 12.0, caption: 'see', body: 'iVBORw0KGgo=' };
    expect(message({ type, ...file })).toMatchObject({
      text: 'see',
      media: [{ kind, ref: `false_${MONA}_A`, mimeType: 'a/b', fileName: 'f.bin', size: 12 }],
    });
  });

  test('the name of a document is no caption, and its preview no text', () => {
    expect(message({ type: 'document', directPath: '/x', filename: 'a.pdf', caption: 'a.pdf', body: '/9j/4AAQ' })).toMatchObject({
      text: '',
    });
  });

  test('a picture to be seen once cannot be opened, and says so', () => {
    const event = message({ type: 'image', caption: null });
    expect(event).toMatchObject({ text: '[image that can be opened on the phone only]' });
    expect(event).not.toHaveProperty('media');
  });

  test('a place and contacts are media', () => {
    expect(message({ type: 'location', lat: 30.04, lng: 31.23, loc: 'Tahrir\nCairo', body: '/9j/4AAQ' })).toMatchObject({
      text: 'Tahrir, Cairo',
      media: [{ kind: 'location', latitude: 30.04, longitude: 31.23, name: 'Tahrir' }],
    });
    const card = 'BEGIN:VCARD\nVERSION:3.0\nN:;Omar;;;\nFN:Omar\nitem1.TEL;waid=201111111111:+20 111 111 1111\nEND:VCARD';
    expect(message({ type: 'vcard', body: card })).toMatchObject({
      text: '',
      media: [{ kind: 'contact', name: 'Omar', phone: '+20 111 111 1111' }],
    });
    expect(message({ type: 'multi_vcard', vcardList: [{ vcard: card }, { vcard: 'nonsense' }] })).toMatchObject({
      media: [{ kind: 'contact', name: 'Omar' }, { kind: 'contact' }],
    });
  });

  test.each([
    [{ type: 'buttons_response', body: 'Yes' }, 'Yes'],
    [{ type: 'list_response', body: 'Two rooms' }, 'Two rooms'],
    [{ type: 'template_button_reply', body: 'Stop' }, 'Stop'],
    [{ type: 'poll_creation', pollName: 'Where?', pollOptions: [{ name: 'Cairo' }, { name: 'Giza' }] }, 'Where?\n- Cairo\n- Giza'],
    [{ type: 'event_creation', eventName: 'Viewing' }, '[event] Viewing'],
    [{ type: 'order', title: 'Sofa' }, '[order] Sofa'],
    [{ type: 'groups_v4_invite' }, '[invitation to a group]'],
    [{ type: 'something_new', body: 'with words' }, 'with words'],
  ])('%j is text', (fields, text) => {
    expect(message(fields)).toMatchObject({ type: 'message', text });
  });

  test('what a session could not hold is cut, and what is shown nowhere is ignored', () => {
    const long = message({ body: 'x'.repeat(70_000) });
    expect(long.type === 'message' && long.text.length).toBe(32_768);
    expect(decode(messageEvent({ id: 'A', body: '\u200b ' }))).toMatchObject({ kind: 'message.invisible' });
  });

  test.each(Object.values(MessageTypes))('a message of the type %s has a ruling, and every event can be heard by a session', (type) => {
    const decoded = decode(messageEvent({ id: 'A', type, body: 'words', lat: 1, lng: 2, vcardList: [{ vcard: 'FN:Omar' }] }));
    const ruling = rulingOf(type);
    if ('ignored' in ruling) expect(decoded).toMatchObject({ ignored: ruling.ignored });
    else if ('kept' in ruling) expect(decoded).toMatchObject({ kept: ruling.kept });
    else if ('event' in decoded && decoded.event.type === 'message') {
      const { address: _, messageId: __, ...heard } = decoded.event;
      expect(sessionEvent.safeParse({ ...heard, type: 'customer.message' }).error).toBeUndefined();
    } else expect(decoded).toMatchObject({ event: { type: 'call' } });
  });

  test('a type that is not known and has no text is kept for people', () => {
    expect(decode(messageEvent({ id: 'A', type: 'hologram' }))).toEqual({ kept: expect.any(String), kind: 'message.newer' });
    expect(decode(messageEvent({ id: 'A', type: 'unknown', body: 'x' }))).toMatchObject({ kind: 'message.unknown' });
    expect(decode({ kind: 'undecryptable', message: pageMessage({ id: 'A', type: 'ciphertext' }) })).toMatchObject({
      kept: expect.any(String),
    });
  });
});

describe('who wrote', () => {
  test('a person with a LID is at the number, and the conversation under the LID goes along', () => {
    const fromLid = decode(messageEvent({ id: 'A', chat: LID, body: 'hi' }, { person }));
    expect(fromLid).toMatchObject({
      event: { address: AT_MONA, customer: { phone: '+201001234567' } },
      moved: { type: 'moved', id: `wa:moved:${LID}:${MONA}`, from: `whatsapp-web:${PLACE.account}:${LID}`, to: AT_MONA },
    });
    expect(decode(messageEvent({ id: 'B', body: 'hi' }, { person }))).toMatchObject({
      event: { address: AT_MONA },
      moved: { to: AT_MONA },
    });
    // That it is certain is the default.
    expect(fromLid).not.toMatchObject({ moved: { certain: expect.anything() } });
  });

  test('a person of whom one id is known stays there, and nobody is moved by guess', () => {
    for (const half of [undefined, { lid: LID }, { phone: MONA }, { lid: LID, phone: 'status@broadcast' }]) {
      const decoded = decode(messageEvent({ id: 'A', chat: LID, body: 'hi' }, { person: half }));
      expect(decoded).toMatchObject({ event: { address: `whatsapp-web:${PLACE.account}:${LID}`, customer: { name: 'Mona' } } });
      expect(decoded).not.toHaveProperty('moved');
    }
  });

  test('a customer with a new number keeps the conversation', () => {
    const to = '201009999999@c.us';
    expect(eventOf({ kind: 'renumbered', message: pageMessage({ id: 'A', type: 'notification_template' }), from: MONA, to })).toMatchObject(
      {
        type: 'moved',
        from: AT_MONA,
        to: `whatsapp-web:${PLACE.account}:${to}`,
      },
    );
    expect(decode({ kind: 'renumbered', message: pageMessage({ id: 'A' }), from: MONA, to: GROUP })).toMatchObject({
      kind: 'renumbered.unclear',
    });
  });

  test('groups are taken where they are switched on', () => {
    const raw = messageEvent({ id: 'A', chat: GROUP, author: MONA, body: 'hi all' });
    expect(decode(raw)).toMatchObject({ kind: 'chat.group' });
    const event = eventOf(raw, { ...PLACE, groups: true });
    expect(event).toMatchObject({ address: `whatsapp-web:${PLACE.account}:${GROUP}`, customer: { name: 'Mona' } });
  });

  test.each(['status@broadcast', '120363000000000001@newsletter', '123@broadcast', ME])('%s is no conversation', (chat) => {
    expect(decode(messageEvent({ id: 'A', chat, body: 'hi' }))).toHaveProperty('ignored');
  });

  test('what our own number wrote is an echo, from a phone or not', () => {
    const ours = (id: string) => decode(messageEvent({ id, fromMe: true, body: 'I am here' }, { missed: true }));
    expect(ours('3EB0C431C26A1916EA9A5C')).toMatchObject({
      ours: { type: 'echo', address: AT_MONA, text: 'I am here' },
      fromPhone: false,
      missed: true,
    });
    expect(ours('3AABCDEF0123456789AB')).toMatchObject({ fromPhone: true });
    expect(ours('AC0123456789ABCDEF0123456789ABCD')).toMatchObject({ fromPhone: true });
  });

  test('an id of ours may name a device, and must be a number', () => {
    expect(accountOf('4915100000001:12@c.us')).toBe('4915100000001');
    expect(accountOf('777@lid')).toBe('777@lid');
    expect(() => accountOf('nobody')).toThrow(InvalidInput);
  });
});

describe('what follows a message', () => {
  test('an edit has a stable id, and names the message', () => {
    const edit = (more: object) => eventOf({ kind: 'edit', message: pageMessage({ id: 'A', ...more }), text: 'three rooms' });
    expect(edit({ latestEditSenderTimestampMs: 1_700_000_050_000 })).toEqual({
      type: 'edit',
      id: 'wa:A:edit:1700000050000',
      messageId: 'wa:A',
      address: AT_MONA,
      at: 1_700_000_050_000,
      text: 'three rooms',
    });
    const [first, again] = [edit({}), edit({})];
    expect(first).toEqual(again);
    expect(decode({ kind: 'edit', message: pageMessage({ id: 'A', fromMe: true }), text: 'x' })).toMatchObject({ kind: 'edit.ours' });
    expect(decode({ kind: 'edit', message: pageMessage({ id: 'A' }), text: ' ' })).toMatchObject({ kind: 'edit.no_text' });
  });

  test('a deletion names the message that is gone', () => {
    expect(eventOf({ kind: 'revoke', message: pageMessage({ id: 'A', type: 'revoked' }) })).toMatchObject({
      type: 'revoke',
      messageId: 'wa:A',
    });
    const protocolMessageKey = pageMessage({ id: 'B' }).id;
    expect(eventOf({ kind: 'revoke', message: pageMessage({ id: 'A', type: 'revoked', protocolMessageKey }) })).toMatchObject({
      messageId: 'wa:B',
    });
  });

  const reaction = (more: object) => ({
    kind: 'reaction',
    id: pageMessage({ id: 'R' }).id,
    target: pageMessage({ id: 'OURS', fromMe: true }).id,
    sender: MONA,
    emoji: '👍',
    at: 1_700_000_020.5,
    ...more,
  });

  test('a reaction names its message, and is taken back with none', () => {
    const given = eventOf(reaction({}));
    const taken = eventOf(reaction({ emoji: '', at: 1_700_000_030 }));
    expect(given).toMatchObject({ type: 'reaction', messageId: 'wa:OURS', emoji: '👍', at: 1_700_000_020_500, address: AT_MONA });
    expect(taken).toMatchObject({ type: 'reaction', emoji: null });
    expect('id' in given && 'id' in taken && given.id !== taken.id).toBe(true);
    expect(decode(reaction({ id: pageMessage({ id: 'R', fromMe: true }).id }))).toMatchObject({ kind: 'reaction.ours' });
    const heard = { type: 'customer.reaction', id: 'wa:OURS', at: NOW, emoji: '👍' };
    expect(sessionEvent.safeParse(heard).error).toBeUndefined();
  });

  test.each([
    [-1, 'failed'],
    [1, 'sent'],
    [2, 'delivered'],
    [3, 'read'],
    [4, 'read'],
  ])('the report %i is %s', (ack, status) => {
    expect(decode({ kind: 'ack', message: pageMessage({ id: 'A', fromMe: true }), ack })).toEqual({ ack: { ref: 'wa:A', status } });
  });

  test('reports about nothing of ours, and of nothing new, are ignored', () => {
    expect(decode({ kind: 'ack', message: pageMessage({ id: 'A' }), ack: 3 })).toMatchObject({ kind: 'ack.inbound' });
    expect(decode({ kind: 'ack', message: pageMessage({ id: 'A', fromMe: true }), ack: 0 })).toMatchObject({ kind: 'ack.pending' });
  });

  test('a call is one, live and as the entry that a missed one leaves', () => {
    expect(eventOf({ kind: 'call', id: 'C', from: { _serialized: LID }, outgoing: false, group: false, person })).toEqual({
      type: 'call',
      id: 'wa:call:C',
      address: AT_MONA,
      at: NOW,
      phase: 'started',
      customer: { phone: '+201001234567' },
    });
    expect(message({ type: 'call_log' })).toMatchObject({ type: 'call', phase: 'ended' });
    expect(decode({ kind: 'call', id: 'C', from: MONA, outgoing: true, group: false })).toMatchObject({ kind: 'call.ours' });
    expect(decode({ kind: 'call', id: 'C', from: MONA, outgoing: false, group: true })).toMatchObject({ kind: 'call.group' });
  });
});

test.each([null, 7, 'x', {}, { kind: 'new' }, { kind: 'message' }, { kind: 'message', message: { id: 7 }, missed: false }])(
  'rubbish is refused, and has a name all the same: %j',
  (raw) => {
    expect(() => decode(raw)).toThrow(InvalidInput);
    expect(providerIdOf(raw)).toMatch(/^wa:[0-9a-f]{16}$/);
    expect(providerIdOf(raw)).toBe(providerIdOf(structuredClone(raw)));
  },
);

test('docs/reference/whatsapp-web.md has every row', () => {
  const page = readFileSync(new URL('../../../docs/reference/whatsapp-web.md', import.meta.url), 'utf8');
  const rows = KINDS.map(([type, ruling]) => `| \`${type}\` | ${Object.entries(ruling).flat().join(' | ')} |`);
  expect(rows.filter((row) => !page.includes(row))).toEqual([]);
  expect(page.match(/^\| `.*$/gm)).toHaveLength(rows.length);
});
