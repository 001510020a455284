/**
 * What becomes of every kind of update and of content (docs/reference/telegram.md). That the tables
 * are total is checked by the compiler.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Decoded, decodeUpdate } from '#channels/telegram/decode.ts';
import { CONTENT_KINDS, type ContentKind, UPDATE_KINDS } from '#channels/telegram/kinds.ts';
import { SENDERS } from '#channels/telegram/senders.ts';

const BOT = { id: 100, username: 'acme_bot' };
const head = { message_id: 17, date: 1_700_000_000, chat: { id: 4242, type: 'private' }, from: { id: 4242, first_name: 'Mona' } };
const decode = (update: object): Decoded => decodeUpdate({ update_id: 9, ...update }, BOT, 1);
const received = (content: object): Decoded => decode({ message: { ...head, ...content } });
const event = (decoded: Decoded) => ('event' in decoded ? decoded.event : decoded);

/** Every taken kind as a person would send it, and what its session receives. */
const SENT: Readonly<Record<Extract<ContentKind, string>, readonly [content: unknown, expected: object] | undefined>> = {
  ...(Object.fromEntries(Object.keys(CONTENT_KINDS).map((kind) => [kind, undefined])) as Record<ContentKind, undefined>),
  text: ['hello', { type: 'message', text: 'hello' }],
  rich_message: [
    {
      blocks: [
        { type: 'heading', size: 1, text: ['My ', { type: 'bold', text: 'question' }] },
        {
          type: 'list',
          items: [
            { label: '1.', blocks: [{ type: 'paragraph', text: 'first' }] },
            { label: '2.', blocks: [{ type: 'paragraph', text: 'second' }] },
          ],
        },
        {
          type: 'table',
          cells: [
            [{ text: 'a' }, { text: 'b' }],
            [{ text: 'c' }, {}],
          ],
        },
        { type: 'details', summary: 'more', blocks: [{ type: 'mathematical_expression', expression: 'x^2' }] },
        { type: 'photo', photo: [{ file_id: 'p' }], caption: { text: 'below it' } },
      ],
    },
    { type: 'message', text: 'My question\n1. first\n2. second\na | b\nc\nmore\nx^2\nbelow it' },
  ],
  animation: [{ file_id: 'f' }, { media: [{ kind: 'video', ref: 'f' }] }],
  audio: [{ file_id: 'f' }, { media: [{ kind: 'audio', ref: 'f' }] }],
  document: [{ file_id: 'f' }, { media: [{ kind: 'document', ref: 'f' }] }],
  photo: [[{ file_id: 's' }, { file_id: 'l' }], { media: [{ kind: 'image', ref: 'l' }] }],
  sticker: [
    { file_id: 'f', emoji: '👋' },
    { text: '👋', media: [{ kind: 'sticker', ref: 'f' }] },
  ],
  video: [{ file_id: 'f' }, { media: [{ kind: 'video', ref: 'f' }] }],
  video_note: [{ file_id: 'f' }, { media: [{ kind: 'video', ref: 'f' }] }],
  voice: [{ file_id: 'f' }, { media: [{ kind: 'voice', ref: 'f' }] }],
  contact: [{ phone_number: '+20', first_name: 'Ali' }, { media: [{ kind: 'contact', phone: '+20', name: 'Ali' }] }],
  venue: [
    { title: 'Cafe', location: { latitude: 1, longitude: 2 } },
    { text: 'Cafe', media: [{ kind: 'location', latitude: 1, longitude: 2, name: 'Cafe' }] },
  ],
  location: [{ latitude: 1, longitude: 2 }, { media: [{ kind: 'location', latitude: 1, longitude: 2 }] }],
  dice: [{ emoji: '🎯', value: 6 }, { text: '🎯 6' }],
  poll: [{ id: '1', question: 'When?', options: [{ text: 'Today' }, { text: 'Never' }] }, { text: 'When?\n- Today\n- Never' }],
  checklist: [{ title: 'To do', tasks: [{ id: 1, text: 'buy' }] }, { text: 'To do\n- buy' }],
  game: [{ title: 'Chess' }, { text: '[game] Chess' }],
  story: [{ id: 1, chat: {} }, { text: '[story]' }],
  paid_media: [{ star_count: 1, paid_media: [] }, { text: '[paid media]' }],
  web_app_data: [{ data: '{"size":"XL"}', button_text: 'Order' }, { text: '{"size":"XL"}' }],
  migrate_to_chat_id: [-1007, { type: 'moved', from: 'telegram:100:4242', to: 'telegram:100:-1007' }],
  migrate_from_chat_id: [-7, { type: 'moved', from: 'telegram:100:-7', to: 'telegram:100:4242' }],
};

describe('a message with', () => {
  const { live_photo: _, ...kinds } = CONTENT_KINDS;
  it.each(Object.entries(kinds))('%s', (kind, ruling) => {
    const [content, expected] = SENT[kind as ContentKind] ?? [{}, undefined];
    const decoded = received({ [kind]: content });
    if ('taken' in ruling) expect(event(decoded)).toMatchObject(expected ?? { missing: kind });
    else if ('kept' in ruling) expect(decoded).toEqual({ kept: ruling.kept, kind: `message.${kind}` });
    else expect(decoded).toEqual({ ignored: ruling.ignored, kind: `message.${kind}` });
  });

  it('a live photo, which has the photo beside it', () =>
    expect(event(received({ live_photo: {}, photo: [{ file_id: 'p' }] }))).toMatchObject({ media: [{ kind: 'image', ref: 'p' }] }));

  it('a kind of content that is newer than the program: its caption is taken, else it is said to be unknown', () => {
    expect(event(received({ hologram: {}, caption: 'look' }))).toMatchObject({ type: 'message', text: 'look' });
    expect(received({ hologram: {} })).toEqual({ ignored: 'this program does not know it (hologram)', kind: 'message.unknown' });
    expect(received({})).toEqual({ ignored: 'it has no content', kind: 'message.unknown' });
  });

  it('a text that is longer than a session takes: its beginning', () => {
    const decoded = event(received({ rich_message: { blocks: [{ type: 'paragraph', text: '😀'.repeat(20_000) }] } }));
    expect('text' in decoded && decoded.text).toHaveLength(32_767);
    expect('text' in decoded && decoded.text.isWellFormed() && decoded.text.endsWith('😀…')).toBe(true);
  });

  it.each([['photo'], ['document'], ['voice'], ['video']])('%s and a command as its caption: the command, with the file', (kind) => {
    const content = kind === 'photo' ? [{ file_id: 'f' }] : { file_id: 'f' };
    expect(event(received({ [kind]: content, caption: '/agent please look at this' }))).toMatchObject({
      type: 'command',
      name: 'agent',
      args: 'please look at this',
      media: [{ ref: 'f' }],
    });
  });

  it.each([
    ['@acme_bot /Agent now', 'now'],
    ['／ａｇｅｎｔ@ACME_BOT\u00a0now', 'now'],
    ['\u200f/agent\u200f', ''],
  ])('%j', (text, args) => expect(event(received({ text }))).toMatchObject({ type: 'command', name: 'agent', args }));

  it('a command for another bot', () =>
    expect(received({ caption: '/agent@other_bot', photo: [{ file_id: 'f' }] })).toMatchObject({ kind: 'command.another_bot' }));
});

describe('an update of the kind', () => {
  const { message: _, edited_message: __, callback_query: ___, message_reaction: ____, ...others } = UPDATE_KINDS;
  it.each(Object.entries(others))('%s', (kind, ruling) => {
    expect(decode({ [kind]: {} })).toEqual({ ...ruling, kind: `update.${kind}` });
    expect(ruling).not.toHaveProperty('taken');
  });

  it('of the future', () =>
    expect(decode({ telepathy: {} })).toEqual({ ignored: 'this program does not know it (telepathy)', kind: 'update.unknown' }));
});

it('docs/reference/telegram.md has every row', () => {
  const page = readFileSync(new URL('../../../docs/reference/telegram.md', import.meta.url), 'utf8');
  const rows = [SENDERS, UPDATE_KINDS, CONTENT_KINDS].flatMap((table) =>
    Object.entries(table).map(([kind, ruling]) => `| \`${kind}\` | ${Object.entries(ruling).flat().join(' | ')} |`),
  );
  expect(rows.filter((row) => !page.includes(row))).toEqual([]);
  expect(page.match(/^\| `.*$/gm)).toHaveLength(rows.length);
});

describe('an edit', () => {
  it('names the message that it changes, and its chat, since ids begin again in a supergroup', () => {
    const sent = event(received({ text: 'helo' }));
    const edited = event(decode({ edited_message: { ...head, edit_date: 1_700_000_060, text: 'hello' } }));
    expect(edited).toMatchObject({ type: 'edit', text: 'hello', messageId: 'tg:4242:17' });
    expect('messageId' in sent && sent.messageId).toBe('tg:4242:17');
  });
});
