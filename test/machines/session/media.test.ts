/** C1, X. A session asks that what comes with a message is kept, and learns what became of it. */
import { describe, expect, it } from 'vitest';
import { contextSchema } from '#machines/session/context.ts';
import { describeSessionEvent } from '#machines/session/definition.ts';
import { type Media, sessionEvent } from '#machines/session/events.ts';
import { ann, liveSession } from './live-session.ts';

const SESSION = '0198c0de-0000-7000-8000-000000000000';
const photo: Media = { kind: 'image', ref: 'AgAC-1', mimeType: 'image/jpeg', size: 9 };
const place: Media = { kind: 'location', latitude: 30.04, longitude: 31.23 };
const kept = {
  file: `${SESSION}.media-1`,
  sha256: 'ab'.repeat(32),
  mimeType: 'image/png',
  size: 1_200,
  thumbnail: `${SESSION}.thumb-1`,
  width: 640,
  height: 480,
};

describe('media of a message', () => {
  it('are to be kept by one effect each, except those without bytes', () => {
    const s = liveSession();
    const id = s.say('look', [place, photo, { kind: 'voice', ref: 'AwAC-2' }]);
    expect(s.keeping).toEqual([
      { messageId: id, index: 1, media: photo },
      { messageId: id, index: 2, media: { kind: 'voice', ref: 'AwAC-2' } },
    ]);
    s.say('and a word');
    expect(s.keeping).toHaveLength(2);
  });

  it('are kept whoever answers, and also of a command that is no message', () => {
    const s = liveSession();
    s.send({ type: 'customer.command', id: 'c1', at: s.now(), name: 'start', args: '', media: [photo] });
    s.send({ type: 'escalate', at: s.now(), reason: 'asked' });
    s.say('', [photo]);
    s.send({ type: 'agent.claim', at: s.now(), agent: ann });
    s.say('', [photo]);
    expect(s.keeping.map(({ messageId }) => messageId)).toEqual(['c1', 'm1', 'm2']);
  });

  it('have what their bytes say once they are kept, and the next answer reads it', async () => {
    const s = liveSession({ debounceMs: 0 });
    const id = s.say('', [place, photo]);
    await s.answers[0]?.done({ text: 'A moment.' });
    s.forget();
    s.send({ type: 'media.kept', at: s.now(), messageId: id, index: 1, ...kept });
    expect(s.emitted).toEqual([]);
    expect(s.context().messages[0]?.media).toEqual([place, { kind: 'image', ref: 'AgAC-1', ...kept }]);
    expect(contextSchema.safeParse(JSON.parse(JSON.stringify(s.context()))).success).toBe(true);
    s.say('what is it?');
    expect(s.answers.at(-1)?.input.messages[0]?.media?.[1]).toMatchObject({ file: kept.file, mimeType: 'image/png' });
  });

  it('are known to be lost, and the first news stays', () => {
    const s = liveSession();
    const id = s.say('', [photo]);
    s.send({ type: 'media.lost', at: s.now(), messageId: id, index: 0, reason: 'gone' });
    expect(s.context().messages[0]?.media).toEqual([{ ...photo, lost: 'gone' }]);
    s.forget();
    s.send({ type: 'media.kept', at: s.now(), messageId: id, index: 0, ...kept });
    expect(s.emitted).toMatchObject([{ type: 'ignored' }]);
    expect(s.context().messages[0]?.media).toEqual([{ ...photo, lost: 'gone' }]);
  });

  it('of a message that is not in the window any more change nothing', () => {
    const s = liveSession({ maxMessageHistory: 2 });
    const id = s.say('', [photo]);
    for (const text of ['one', 'two', 'three']) s.say(text);
    const before = s.context();
    s.send({ type: 'media.kept', at: s.now(), messageId: id, index: 0, ...kept });
    expect(s.context()).toEqual(before);
    expect(s.emitted.at(-1)).toMatchObject({ type: 'ignored' });
  });

  it('neither restart a timer nor count as activity', () => {
    const s = liveSession();
    const id = s.say('', [photo]);
    const { lastActivityAt } = s.context();
    s.advance(60_000);
    s.send({ type: 'media.kept', at: s.now(), messageId: id, index: 0, ...kept });
    expect(s.context().lastActivityAt).toBe(lastActivityAt);
  });
});

describe('the events', () => {
  it('are in the journal as media, with what was kept or why it was not', () => {
    const head = { at: 1, messageId: 'm1', index: 0 };
    expect(describeSessionEvent({ type: 'media.kept', ...head, ...kept })).toEqual({ kind: 'media', text: 'kept: image/png, 1200 bytes' });
    expect(describeSessionEvent({ type: 'media.lost', ...head, reason: 'type' })).toEqual({ kind: 'media', text: 'not kept: type' });
  });

  it.each([
    ['a file of no session', { ...kept, file: 'report' }],
    ['a hash that is none', { ...kept, sha256: 'abc' }],
    ['no size', { ...kept, size: 0 }],
    ['a type that is none', { ...kept, mimeType: 'image' }],
    ['bytes', { ...kept, base64: 'AAAA' }],
  ])('are refused with %s', (_, facts) => {
    expect(sessionEvent.safeParse({ type: 'media.kept', at: 1, messageId: 'm1', index: 0, ...facts }).success).toBe(false);
  });
});
