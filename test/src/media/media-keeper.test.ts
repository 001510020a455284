/**
 * SPEC C1, X. What customers send is stored once, by what its bytes are, with what pages show of
 * it.
 */

import { createHash, randomBytes } from 'node:crypto';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { Refused } from '#channels/port.ts';
import { Unavailable } from '#machines/errors.ts';
import { contentOf } from '#machines/file-content.ts';
import type { Media } from '#machines/session/events.ts';
import { readConfig } from '#src/config/config.ts';
import { createImages } from '#src/media/images.ts';
import { createMediaKeeper } from '#src/media/media-keeper.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { LEASE, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { bytesIn } from '#test/file-bytes.ts';
import { image, pdf, voiceNote, wav, zip } from './samples.ts';

const images = createImages((error) => {
  throw error;
});

async function setUp(limits: Record<string, string> = {}) {
  const { store, files } = createMemoryStore();
  const row = newSession();
  await store.commit([turnOn(row)], 'me', LEASE);
  const atProvider = new Map<string, Uint8Array>();
  let streamed: AsyncIterable<Uint8Array> | undefined;
  const asked: string[] = [];
  const put: string[] = [];
  const keeper = createMediaKeeper({
    receivedFile: async (_address, ref) => {
      asked.push(ref);
      if (ref === 'streamed' && streamed !== undefined) return streamed;
      if (ref === 'away') throw new Unavailable('the provider is away');
      if (ref === 'refused') throw new Refused('this bot may not read it');
      const bytes = atProvider.get(ref);
      return bytes === undefined ? 'gone' : contentOf(bytes).read();
    },
    files: {
      get: files.get,
      put: async (file) => {
        await files.put(file);
        put.push('bytes' in file ? file.id : file.head().id);
      },
    },
    images,
    ...readConfig(limits).media,
    now: () => 5_000,
  });
  const place = { sessionId: row.id, address: row.address };
  const send = (bytes: Uint8Array, media: Partial<Media> = {}) => {
    atProvider.set('f', bytes);
    return keeper.keep(place, { kind: 'document', ref: 'f', ...media });
  };
  const stream = (bytes: AsyncIterable<Uint8Array>) => {
    streamed = bytes;
    return keeper.keep(place, { kind: 'document', ref: 'streamed' });
  };
  return { keeper, files, place, asked, put, send, stream, atProvider };
}

/** Kept, and nothing more is known of it. */
const bare = (mimeType: string) => ({ kept: { file: expect.any(String), sha256: expect.any(String), mimeType, size: expect.any(Number) } });

const hashOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

describe('an image', () => {
  it('is stored under its hash with a thumbnail, and has the size in which it is shown', async () => {
    const { files, place, send } = await setUp();
    // A camera held upright writes a lying image and says how to turn it.
    const bytes = await image('jpeg', 1_200, 800, 6);
    const outcome = await send(bytes, { kind: 'image', mimeType: 'image/png', fileName: 'beach.jpg' });
    const file = `${place.sessionId}.media-${hashOf(bytes)}`;
    const thumbnail = `${place.sessionId}.thumbnail-${hashOf(bytes)}`;
    expect(outcome).toEqual({
      kept: { file, sha256: hashOf(bytes), mimeType: 'image/jpeg', size: bytes.length, thumbnail, width: 800, height: 1_200 },
    });
    expect(await files.get(file)).toMatchObject({ name: 'beach.jpg', mimeType: 'image/jpeg', at: 5_000 });
    const small = await files.get(thumbnail);
    const { width, height, format, exif } = await sharp((await bytesIn(small)) ?? new Uint8Array()).metadata();
    expect([width, height, format, exif]).toEqual([341, 512, 'webp', undefined]);
  });

  it.each(['jpeg', 'png', 'gif', 'webp'] as const)('is looked at if it is %s', async (format) => {
    const { send } = await setUp();
    expect(await send(await image(format))).toMatchObject({ kept: { mimeType: `image/${format}`, width: 640, height: 480 } });
  });

  it('that cannot be read is kept like any file', async () => {
    const { send } = await setUp();
    const bytes = await image('png');
    expect(await send(bytes.subarray(0, bytes.length / 2))).toEqual(bare('image/png'));
  });

  it('has no thumbnail where its decoder could be led elsewhere', async () => {
    const { send } = await setUp();
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><image href="file:///etc/passwd"/></svg>');
    expect(await send(svg, { kind: 'image' })).toMatchObject({ kept: { mimeType: 'text/plain' } });
    expect(await images.look(svg)).toBeUndefined();
    expect(
      await images.look(
        await sharp({ create: { width: 9, height: 9, channels: 3, background: '#000' } })
          .tiff()
          .toBuffer(),
      ),
    ).toBeUndefined();
  });
});

describe('the type', () => {
  it('is that of the bytes, whatever the sender says', async () => {
    const { send } = await setUp();
    const script = Buffer.from('#!/bin/sh\necho hello\n');
    expect(await send(script, { kind: 'image', fileName: 'photo.png', mimeType: 'image/png' })).toMatchObject({
      kept: { mimeType: 'text/plain' },
    });
  });

  it('has to be one that is kept', async () => {
    const { send, put } = await setUp();
    expect(await send(Buffer.from(`MZ${'\0'.repeat(80)}`), { fileName: 'photo.jpg' })).toEqual({ lost: 'type' });
    expect(await send(Buffer.from([1, 0, 2, 0]))).toEqual({ lost: 'type' });
    expect(put).toEqual([]);
    const strict = await setUp({ STATECHAT_MEDIA_TYPES: 'image/*, application/pdf' });
    expect(await strict.send(Buffer.from('hello'))).toEqual({ lost: 'type' });
    expect(await strict.send(await image('gif'))).toMatchObject({ kept: { mimeType: 'image/gif' } });
  });

  it('says how long a recording plays and how many pages a document has', async () => {
    const { send } = await setUp();
    expect(await send(voiceNote(12), { kind: 'voice' })).toMatchObject({ kept: { mimeType: 'audio/ogg', seconds: 12 } });
    expect(await send(wav(2))).toMatchObject({ kept: { mimeType: 'audio/wav', seconds: 2 } });
    expect(await send(voiceNote(3), { kind: 'voice', seconds: 4 })).toMatchObject({ kept: { seconds: 4 } });
    expect(await send(await pdf(3))).toMatchObject({ kept: { mimeType: 'application/pdf', pages: 3 } });
    expect(await send(Buffer.from('%PDF-1.7 and nothing more'))).toEqual(bare('application/pdf'));
  });
});

describe('the same bytes', () => {
  it('are stored once in a session, whatever they are called, and once for those who ask at once', async () => {
    const { keeper, place, put, asked, send, atProvider } = await setUp();
    const bytes = Buffer.from('the same');
    const first = await send(bytes, { fileName: 'a.txt' });
    expect(await send(bytes, { fileName: 'b.txt' })).toEqual(first);
    expect(new Set(put).size).toBe(1);
    atProvider.set('g', Buffer.from('slow'));
    const media: Media = { kind: 'document', ref: 'g' };
    const [one, other] = await Promise.all([keeper.keep(place, media), keeper.read(place, media)]);
    expect('kept' in one && one.kept.file).toBe(other?.id);
    expect(asked.filter((ref) => ref === 'g')).toHaveLength(1);
  });
});

describe('a caller that leaves', () => {
  /** A file that comes in until its signal ends it. */
  async function endless() {
    const { store, files } = createMemoryStore();
    const row = newSession();
    await store.commit([turnOn(row)], 'me', LEASE);
    const signals: AbortSignal[] = [];
    const keeper = createMediaKeeper({
      receivedFile: async (_address, _ref, _mostBytes, signal) => {
        signals.push(signal);
        return (async function* () {
          yield Buffer.from('the beginning');
          await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Unavailable('cut'))));
        })();
      },
      files,
      images,
      ...readConfig({}).media,
      now: () => 5_000,
    });
    const keep = (signal?: AbortSignal) => keeper.keep({ sessionId: row.id, address: row.address }, { kind: 'document', ref: 'f' }, signal);
    return { keep, signals };
  }

  it('ends the download, and the next one begins anew', async () => {
    const { keep, signals } = await endless();
    for (const nth of [1, 2]) {
      const lease = new AbortController();
      const kept = keep(lease.signal);
      await expect.poll(() => signals.length).toBe(nth);
      lease.abort(new Error('the lease is lost'));
      await expect(kept).rejects.toThrow('the lease is lost');
      expect(signals.at(-1)?.aborted).toBe(true);
    }
    await expect(keep(AbortSignal.abort(new Error('the instance stops')))).rejects.toThrow('the instance stops');
    expect(signals).toHaveLength(2);
  });

  it('leaves it to those who still wait for it', async () => {
    const { keep, signals } = await endless();
    const leases = [new AbortController(), new AbortController()];
    const kept = leases.map(({ signal }) => keep(signal));
    const outcomes = Promise.allSettled(kept);
    await expect.poll(() => signals.length).toBe(1);
    leases[0]?.abort(new Error('the first left'));
    await expect(kept[0]).rejects.toThrow('the first left');
    expect(signals[0]?.aborted).toBe(false);
    leases[1]?.abort(new Error('the second left'));
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });
});

describe('files that come at once', () => {
  it('are kept a few at a time, and each of the others in its turn, also after one that failed', async () => {
    const { store, files } = createMemoryStore();
    const row = newSession();
    await store.commit([turnOn(row)], 'me', LEASE);
    const downloads: PromiseWithResolvers<Uint8Array>[] = [];
    const { maxBytes, types } = readConfig({}).media;
    const keeper = createMediaKeeper({
      receivedFile: () => {
        const download = Promise.withResolvers<Uint8Array>();
        downloads.push(download);
        return download.promise.then((bytes) => contentOf(bytes).read());
      },
      files,
      images,
      maxBytes,
      types,
      now: () => 5_000,
    });
    const place = { sessionId: row.id, address: row.address };
    const all = Array.from({ length: 7 }, (_, n) => keeper.keep(place, { kind: 'document', ref: `f${n}` }));
    const outcomes = Promise.allSettled(all);
    await expect.poll(() => downloads.length).toBe(4);
    downloads[0]?.reject(new Unavailable('the provider is away'));
    await expect.poll(() => downloads.length).toBe(5);
    // The places of those that have ended are taken by no more than those that wait.
    for (const [n, { resolve }] of downloads.entries()) resolve(Buffer.from(`text ${n}`));
    await expect.poll(() => downloads.length).toBe(7);
    for (const [n, { resolve }] of downloads.entries()) resolve(Buffer.from(`text ${n}`));
    expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', ...Array.from({ length: 6 }, () => 'fulfilled')]);
  });
});

describe('a file that is too large to be whole in memory', () => {
  const chunk = new Uint8Array(randomBytes(256 * 1_024));

  /** What a channel gives, with how much of it was read and whether it was left. */
  function arriving(chunks: number, start: Uint8Array, end?: () => Uint8Array) {
    const state = { read: 0, left: false };
    async function* bytes(): AsyncGenerator<Uint8Array> {
      try {
        yield start;
        for (; state.read < chunks; state.read += 1) yield chunk;
        if (end !== undefined) yield end();
      } finally {
        state.left = true;
      }
    }
    return { state, bytes };
  }

  async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
  }

  const ZIP = Buffer.from('PK\u0003\u0004 and so on');

  it('is kept as it comes in, and is not looked at', async () => {
    const { files, place, stream } = await setUp({ STATECHAT_MEDIA_MAX_MB: '100' });
    const { bytes } = arriving(100, Buffer.from('%PDF-1.7\n'));
    const outcome = await stream(bytes());
    const size = 9 + 100 * chunk.length;
    const hash = createHash('sha256').update('%PDF-1.7\n');
    for (let n = 0; n < 100; n += 1) hash.update(chunk);
    const sha256 = hash.digest('hex');
    const file = `${place.sessionId}.media-${sha256}`;
    expect(outcome).toEqual({ kept: { file, sha256, mimeType: 'application/pdf', size } });
    expect(await files.get(file)).toMatchObject({ size, mimeType: 'application/pdf' });
  });

  it('is left as soon as it is over the limit, or of a type that is not kept', async () => {
    const { files, stream, put } = await setUp({ STATECHAT_MEDIA_MAX_MB: '5' });
    const large = arriving(1_000, ZIP);
    expect(await stream(large.bytes())).toEqual({ lost: 'too_large' });
    expect(large.state).toEqual({ read: 19, left: true });
    const program = arriving(1_000, Buffer.from(`MZ${'\0'.repeat(80)}`));
    expect(await stream(program.bytes())).toEqual({ lost: 'type' });
    expect(program.state.read).toBeLessThan(5);
    expect(put).toEqual([]);
    expect(await files.forgetUnclaimed(9_000, 10)).toBe(0);
  });

  it.each(['II*\0', 'MM\0*'])('is a TIFF also if its directory is at the end: %j', async (head) => {
    const { stream } = await setUp();
    const tiff = Buffer.alloc(2_000_000);
    tiff.write(head, 'latin1');
    const directory = tiff.length - 6;
    if (head.startsWith('II')) tiff.writeUInt32LE(directory, 4);
    else tiff.writeUInt32BE(directory, 4);
    expect(await stream(inChunks(tiff))).toEqual(bare('image/tiff'));
  });

  it.each([
    ['word', 'wordprocessingml.document'],
    ['xl', 'spreadsheetml.sheet'],
    ['ppt', 'presentationml.presentation'],
  ])('is an office file also if only %s/ shows it in the beginning', async (folder, type) => {
    const { stream } = await setUp();
    const picture = new Uint8Array(1_500_000);
    const content = { '[Content_Types].xml': Buffer.from('<Types/>') };
    const office = zip({ [`${folder}/media/image1.png`]: picture, ...content });
    expect(await stream(inChunks(office))).toEqual(bare(`application/vnd.openxmlformats-officedocument.${type}`));
    const behind = zip({ 'docProps/app.xml': Buffer.from('<Properties/>'), [`${folder}/a.png`]: picture, ...content });
    expect(await stream(inChunks(behind))).toEqual(bare(`application/vnd.openxmlformats-officedocument.${type}`));
    const archive = zip({ 'photos/1.png': picture, [`${folder}/a.png`]: picture });
    expect(await stream(inChunks(archive))).toEqual(bare('application/zip'));
    const whole = zip({ [`${folder}/notes.txt`]: Buffer.from('words') });
    expect(await stream(inChunks(whole))).toEqual(bare('application/zip'));
  });

  it('that turns out at its end to be no text is lost', async () => {
    const { files, stream } = await setUp();
    const text = Buffer.alloc(600_000, 'سطر\n');
    const lines = async function* (last: Uint8Array) {
      for (let n = 0; n < 6; n += 1) yield text;
      yield last;
    };
    expect(await stream(lines(Buffer.from('end')))).toMatchObject({ kept: { mimeType: 'text/plain' } });
    expect(await stream(lines(Uint8Array.of(0)))).toEqual({ lost: 'type' });
    expect(await stream(lines(Uint8Array.of(0xd8)))).toEqual({ lost: 'type' });
    expect(await files.forgetUnclaimed(9_000, 10)).toBe(0);
  });

  it('that breaks off is tried again, and nothing of it is left', async () => {
    const { files, stream } = await setUp();
    const cut = arriving(12, ZIP, () => {
      throw new Unavailable('the line was cut');
    });
    await expect(stream(cut.bytes())).rejects.toThrow(Unavailable);
    expect(await files.forgetUnclaimed(9_000, 10)).toBe(0);
    const whole = arriving(12, ZIP);
    expect(await stream(whole.bytes())).toMatchObject({ kept: { mimeType: 'application/zip' } });
  });
});

describe('what is lost', () => {
  it.each([
    ['gone at the provider', { ref: 'nothing' }, 'gone'],
    ['refused by the provider', { ref: 'refused' }, 'gone'],
    ['known to be too large', { ref: 'f', size: 2_000_000 }, 'too_large'],
  ] as const)('is known: %s', async (_, media, lost) => {
    const { keeper, place, put } = await setUp({ STATECHAT_MEDIA_MAX_MB: '1' });
    expect(await keeper.keep(place, { kind: 'document', ...media })).toEqual({ lost });
    expect(put).toEqual([]);
  });

  it('is known of an empty file and of one that is larger than it was said to be', async () => {
    const { send } = await setUp({ STATECHAT_MEDIA_MAX_MB: '0.001' });
    expect(await send(new Uint8Array())).toEqual({ lost: 'empty' });
    expect(await send(Buffer.from('x'.repeat(1_001)))).toEqual({ lost: 'too_large' });
  });

  it('is not decided while the provider or the store is away', async () => {
    const { keeper, place } = await setUp();
    await expect(keeper.keep(place, { kind: 'image', ref: 'away' })).rejects.toThrow(Unavailable);
    await expect(keeper.read(place, { kind: 'image', ref: 'away' })).rejects.toThrow(Unavailable);
  });
});

describe('a reader', () => {
  it('gets the kept file without the provider, and never that of another session', async () => {
    const { keeper, place, asked, send } = await setUp();
    const outcome = await send(Buffer.from('hello'), { fileName: 'a.txt' });
    if (!('kept' in outcome)) throw new Error('it is kept');
    const media: Media = { kind: 'document', ref: 'f', ...outcome.kept };
    expect(await keeper.read(place, media)).toMatchObject({ name: 'a.txt', size: 5 });
    expect(asked).toHaveLength(1);
    expect(await keeper.read({ ...place, sessionId: newSession().id }, media)).toBeUndefined();
    expect(await keeper.read(place, { ...media, lost: 'type' })).toBeUndefined();
  });
});
