import { readdirSync, readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { decodeUpdate, decodeUpdateId, formatPeer, parseMessageId, parsePeer } from '#channels/telegram/decode.ts';
import { InvalidInput } from '#machines/errors.ts';
import { sessionEvent } from '#machines/session/events.ts';

const BOT = { id: 100, username: 'acme_bot' };
const NOW = 1_700_000_099_000;
const folder = new URL('updates/', import.meta.url);
const recorded = z.object({ update: z.record(z.string(), z.unknown()), expected: z.unknown() });

describe('Telegram updates (C1, C2)', () => {
  const files = readdirSync(folder);

  it('has recordings', () => expect(files.length).toBeGreaterThanOrEqual(30));

  for (const file of files) {
    const { update, expected } = recorded.parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8')));
    it(`reads ${file}`, () => {
      const decoded = decodeUpdate(update, BOT, NOW);
      expect(decoded).toEqual(expected);
      if ('event' in decoded && (decoded.event.type === 'message' || decoded.event.type === 'command' || decoded.event.type === 'edit')) {
        const { address: _, messageId: __, ...event } = decoded.event;
        expect(sessionEvent.safeParse({ ...event, type: `customer.${event.type}` }).error).toBeUndefined();
      }
    });
  }

  const message = { message_id: 1, date: 1_700_000_000, chat: { id: 1, type: 'private' }, text: 'hi' };
  const malformed: Record<string, unknown> = {
    'no object': 'hello',
    null: null,
    'an array': [],
    'no update_id': { message },
    'an update_id that is text': { update_id: '7', message },
    'a negative update_id': { update_id: -7, message },
    'a fractional update_id': { update_id: 1.5, message },
    'a message without a chat': { update_id: 1, message: { ...message, chat: undefined } },
    'a chat id that is text': { update_id: 1, message: { ...message, chat: { id: '1', type: 'private' } } },
    'a chat of an unknown type': { update_id: 1, message: { ...message, chat: { id: 1, type: 'cave' } } },
    'text that is a number': { update_id: 1, message: { ...message, text: 7 } },
    'a date that is text': { update_id: 1, message: { ...message, date: 'now' } },
    'a photo of no sizes': { update_id: 1, message: { ...message, text: undefined, photo: [] } },
    'a location without a longitude': { update_id: 1, message: { ...message, location: { latitude: 1 } } },
    'a reaction to no message': { update_id: 1, message_reaction: { chat: message.chat, date: 1, old_reaction: [], new_reaction: [] } },
    'a button without an id': { update_id: 1, callback_query: { from: { id: 1 }, data: 'x', message } },
  };
  for (const [name, update] of Object.entries(malformed)) {
    it(`refuses ${name}`, () => expect(() => decodeUpdate(update, BOT, NOW)).toThrow(InvalidInput));
  }

  it('throws nothing but InvalidInput, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.jsonValue(),
          fc.record({ update_id: fc.nat(), message: fc.jsonValue(), callback_query: fc.jsonValue() }, { requiredKeys: ['update_id'] }),
        ),
        (update) => {
          try {
            decodeUpdate(update, BOT, NOW);
          } catch (error) {
            expect(error).toBeInstanceOf(InvalidInput);
          }
        },
      ),
    );
    expect(() => decodeUpdateId({})).toThrow(/update_id/);
  });

  it('takes a command whose argument is too long for one as a message', () => {
    const decoded = decodeUpdate({ update_id: 1, message: { ...message, text: `/a ${'x'.repeat(4_050)}` } }, BOT, NOW);
    expect('event' in decoded && decoded.event.type).toBe('message');
  });

  it('names messages so that they can be read back', () => {
    fc.assert(
      fc.property(fc.integer(), fc.nat(), (id, message_id) => {
        const decoded = decodeUpdate({ update_id: 1, message: { ...message, message_id, chat: { id, type: 'group' } } }, BOT, NOW);
        const messageId = 'event' in decoded && 'messageId' in decoded.event ? decoded.event.messageId : undefined;
        expect(parseMessageId(messageId ?? '')).toEqual({ chat: id, id: message_id });
      }),
    );
    for (const bad of ['', 'tg:', 'tg:9001', 'tg:migrated:-1:-2', 'tg:1:2:3', 'wamid.1']) expect(parseMessageId(bad)).toBeUndefined();
  });

  it('names chats and topics so that they can be read back', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.option(fc.nat(), { nil: undefined }), (chat, topic) => {
        const peer = topic === undefined ? { chat } : { chat, topic };
        expect(parsePeer(formatPeer(peer))).toEqual(peer);
      }),
    );
    for (const bad of ['', 'x', '1/', '1/x', '--1', '1 2']) expect(() => parsePeer(bad)).toThrow(InvalidInput);
  });
});
