/**
 * A model sees the last files of a conversation that it can look at, within number, tokens and
 * bytes.
 */

import sharp from 'sharp';
import { expect, it } from 'vitest';
import { imageTokens, PAGE_TOKENS } from '#agent-service/sent-media.ts';
import { Unavailable } from '#machines/errors.ts';
import { contentOf } from '#machines/file-content.ts';
import type { Message } from '#machines/session/context.ts';
import type { Media } from '#machines/session/events.ts';
import { createImages } from '#src/media/images.ts';
import { mediaShower } from '#src/media/model-media.ts';
import { newAddress, newId } from '#test/contracts/store-fixtures.ts';
import { image, pdf } from './samples.ts';

const place = { sessionId: newId(), address: newAddress() };
const images = createImages((error) => {
  throw error;
});

const said = (id: string, media: Media[], role: Message['role'] = 'customer'): Message => ({ id, role, text: id, at: 1, media });

function setUp(
  files: Readonly<Record<string, { readonly mimeType: string; readonly bytes: Uint8Array }>>,
  most = { files: 3, tokens: 20_000 },
) {
  const errors: unknown[] = [];
  const show = mediaShower({
    keeper: {
      read: async (_place, { ref = '' }) => {
        if (ref === 'away') throw new Unavailable('away');
        const file = files[ref];
        return file && { ...contentOf(file.bytes), mimeType: file.mimeType, id: ref, name: ref, sessionId: place.sessionId, at: 1 };
      },
    },
    images,
    most,
    onError: (_where, error) => errors.push(error),
  });
  const shown = async (...messages: Message[]) =>
    (await show(place, messages)).flatMap(({ id, media = [] }) => media.map((one) => [id, one.shown?.type ?? null]));
  return { show, shown, errors };
}

const text = (words: string) => ({ mimeType: 'text/plain', bytes: Buffer.from(words) });
const doc = (ref: string, parts: Partial<Media> = {}): Media => ({ kind: 'document', ref, ...parts });

it('makes an image as small as the model looks at, and counts it by the published formula', async () => {
  const { show } = setUp({ photo: { mimeType: 'image/jpeg', bytes: await image('jpeg', 4_000, 3_000) } });
  const [message] = await show(place, [said('m1', [{ kind: 'image', ref: 'photo' }])]);
  const shown = message?.media?.[0]?.shown;
  if (shown?.type !== 'image') throw new Error('an image is shown');
  const { width = 0, height = 0, format } = await sharp(Buffer.from(shown.base64, 'base64')).metadata();
  expect([format, shown.mimeType]).toEqual(['webp', 'image/webp']);
  expect(Math.max(width, height)).toBeLessThanOrEqual(1_568);
  expect(width / height).toBeCloseTo(4 / 3, 1);
  expect(shown.tokens).toBe(imageTokens(width, height));
  expect(shown.tokens).toBeLessThanOrEqual(1_600);
});

it('leaves a small image as large as it is', async () => {
  const { show } = setUp({ photo: { mimeType: 'image/png', bytes: await image('png', 200, 100) } });
  const [message] = await show(place, [said('m1', [{ kind: 'image', ref: 'photo' }])]);
  expect(message?.media?.[0]?.shown).toMatchObject({ type: 'image', tokens: Math.ceil((200 * 100) / 750) });
});

it('shows the last ones, of customers alone', async () => {
  const { shown } = setUp({ a: text('a'), b: text('b'), c: text('c'), d: text('d') }, { files: 2, tokens: 1_000 });
  expect(await shown(said('m1', [doc('a'), doc('b')]), said('m2', [doc('d')], 'agent'), said('m3', [doc('c')]))).toEqual([
    ['m1', null],
    ['m1', 'text'],
    ['m2', null],
    ['m3', 'text'],
  ]);
});

it('counts the pages of a PDF, and passes over one for which there is no room', async () => {
  const files = { short: { mimeType: 'application/pdf', bytes: await pdf(2) }, note: text('hello') };
  const messages = [said('m1', [doc('note')]), said('m2', [doc('short')])];
  expect(await setUp(files, { files: 3, tokens: 2 * PAGE_TOKENS + 100 }).shown(...messages)).toEqual([
    ['m1', 'text'],
    ['m2', 'pdf'],
  ]);
  expect(await setUp(files, { files: 3, tokens: 2 * PAGE_TOKENS - 1 }).shown(...messages)).toEqual([
    ['m1', 'text'],
    ['m2', null],
  ]);
  expect(await setUp(files).shown(said('m1', [doc('short', { pages: 101 })]))).toEqual([['m1', null]]);
});

it('never shows recordings, what is lost, and what has no bytes, and goes on where a file cannot be read', async () => {
  const { shown, errors } = setUp({ voice: { mimeType: 'audio/ogg', bytes: Buffer.from('x') }, b: text('b') });
  const media: Media[] = [
    { kind: 'voice', ref: 'voice' },
    doc('b', { lost: 'type' }),
    { kind: 'location', latitude: 1, longitude: 2 },
    doc('gone'),
    doc('away'),
  ];
  expect(await shown(said('m1', media), said('m2', [doc('b')]))).toEqual([...media.map(() => ['m1', null]), ['m2', 'text']]);
  expect(errors).toHaveLength(1);
});

it('cuts a long text', async () => {
  const { show } = setUp({ a: text('word '.repeat(50_000)) });
  const [message] = await show(place, [said('m1', [doc('a')])]);
  const shown = message?.media?.[0]?.shown;
  expect(shown?.type === 'text' && shown.text.length).toBeLessThan(30_000);
});
