import { createHash, randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { InvalidInput } from '#machines/errors.ts';
import { bytesOf } from '#machines/file-content.ts';
import type { SessionId } from '#machines/ids.ts';
import { MAX_KEPT } from '#machines/session/files.ts';
import { PART } from '#storage/file-parts.ts';
import type { Files, NewFile, StreamedFile } from '#storage/files.ts';
import type { SessionRow, Store } from '#storage/port.ts';
import type { Stores } from '#test/contracts/store-contract.ts';
import { LEASE, NOW, newId, newSession, turnOn } from '#test/contracts/store-fixtures.ts';

/** Every byte value. None may be mistaken for text on the way. */
const BYTES = Uint8Array.from({ length: 512 }, (_, index) => index % 256);

const fileOf = (sessionId: SessionId, parts: Partial<NewFile> = {}): NewFile => ({
  id: `${sessionId}.7.1`,
  sessionId,
  name: 'تقرير "AAPL".pdf',
  mimeType: 'application/pdf',
  bytes: BYTES,
  at: NOW,
  ...parts,
});

/** Comes in chunks of a length that no part has. */
async function* chunksOf(bytes: Uint8Array, length = 65_521): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += length) yield bytes.subarray(at, at + length);
}

const streamOf = (sessionId: SessionId, content: AsyncIterable<Uint8Array>, id = `${sessionId}.9.1`): StreamedFile => ({
  sessionId,
  at: NOW,
  content,
  head: () => ({ id, name: 'scan.pdf', mimeType: 'application/pdf' }),
});

/** The file with all of its bytes. */
const kept = async (files: Files, id: string) => {
  const found = await files.get(id);
  if (found === undefined) return undefined;
  const { read, ...facts } = found;
  return { ...facts, bytes: new Uint8Array(await bytesOf({ size: facts.size, read }, MAX_KEPT)) };
};

const isSame = (a: Uint8Array | undefined, b: Uint8Array): boolean => a !== undefined && Buffer.compare(a, b) === 0;

/** Rejects where it is, after so many bytes. */
async function* breakingAfter(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* chunksOf(bytes);
  throw new Error('the line was cut');
}

const session = async (store: Store, parts: Partial<SessionRow> = {}): Promise<SessionRow> => {
  const turn = turnOn(newSession(parts));
  expect(await store.commit([turn], 'me', LEASE)).toEqual([{ ok: true }]);
  return turn.session;
};

export function describeFiles({ one, files, otherFiles, archive }: Stores): void {
  describe('files', () => {
    // Tests of one store may share a database.
    beforeEach(() => files().forgetUnclaimed(NOW + 1, 1_000));

    test('a file is kept byte for byte, for everybody', async () => {
      const { id } = await session(one());
      const file = fileOf(id);
      await files().put(file);
      expect(await kept(otherFiles(), file.id)).toEqual({ ...file, size: 512 });
      await files().put(fileOf(id, { id: `${id}.7.2`, name: 'b.pdf', bytes: Uint8Array.of(0) }));
      expect(await kept(otherFiles(), `${id}.7.2`)).toMatchObject({ name: 'b.pdf', size: 1, bytes: Uint8Array.of(0) });
      expect(await files().get(`${id}.7.3`)).toBeUndefined();
      expect(await files().get(`${newId()}.7.1`)).toBeUndefined();
    });

    test('a part of a larger buffer is kept as that part', async () => {
      const { id } = await session(one());
      await files().put(fileOf(id, { bytes: BYTES.subarray(100, 110) }));
      expect((await kept(otherFiles(), `${id}.7.1`))?.bytes).toEqual(BYTES.slice(100, 110));
    });

    test('put again under the same id it stays what it was, whoever puts it', async () => {
      const { id } = await session(one());
      await files().put(fileOf(id));
      const again = fileOf(id, { name: 'another.pdf', bytes: Uint8Array.of(1), at: NOW + 1 });
      await Promise.all(Array.from({ length: 6 }, (_, index) => (index % 2 ? files() : otherFiles()).put(again)));
      expect(await kept(files(), again.id)).toEqual({ ...fileOf(id), size: 512 });
    });

    test('of many that put different ones under one id at once, one is kept', async () => {
      const { id } = await session(one());
      const offered = Array.from({ length: 8 }, (_, index) => fileOf(id, { name: `${index}.pdf`, bytes: Uint8Array.of(index) }));
      await Promise.all(offered.map((file, index) => (index % 2 ? files() : otherFiles()).put(file)));
      const winner = await kept(files(), `${id}.7.1`);
      expect(winner?.name).toBe(`${winner?.bytes[0]}.pdf`);
    });

    test('of a stream is kept in parts, under the id that its bytes give it', async () => {
      const { id } = await session(one());
      for (const size of [1, PART - 1, PART, PART + 1, 2 * PART, 3 * PART + 7]) {
        const bytes = new Uint8Array(randomBytes(size));
        const hash = createHash('sha256');
        const content = async function* () {
          for await (const chunk of chunksOf(bytes)) {
            hash.update(chunk);
            yield chunk;
          }
        };
        let name = '';
        const head = () => {
          name = hash.digest('hex');
          return { id: `${id}.${name}`, name: 'scan.pdf', mimeType: 'application/pdf' };
        };
        await files().put({ sessionId: id, at: NOW, content: content(), head });
        const found = await kept(otherFiles(), `${id}.${name}`);
        expect(found).toMatchObject({ sessionId: id, name: 'scan.pdf', size, at: NOW });
        expect(isSame(found?.bytes, bytes), `${size} bytes`).toBe(true);
      }
    });

    test('is read in part', async () => {
      const { id } = await session(one());
      const bytes = new Uint8Array(randomBytes(3 * PART));
      await files().put(streamOf(id, chunksOf(bytes)));
      await files().put(fileOf(id));
      const [long, short] = [await otherFiles().get(`${id}.9.1`), await otherFiles().get(`${id}.7.1`)];
      for (const [from, to] of [
        [0, 1],
        [PART - 1, PART + 1],
        [PART, 2 * PART],
        [2 * PART + 5, 3 * PART],
        [0, 3 * PART],
      ] as const) {
        const found = long && (await bytesOf({ size: to - from, read: () => long.read({ from, to }) }, MAX_KEPT));
        expect(isSame(found, bytes.subarray(from, to)), `${from} to ${to}`).toBe(true);
      }
      expect(short && (await bytesOf({ size: 10, read: () => short.read({ from: 100, to: 110 }) }, 10))).toEqual(BYTES.slice(100, 110));
    });

    test('that breaks off, or is refused at its end, is not there, and nothing of it is left', async () => {
      const { id } = await session(one());
      const bytes = new Uint8Array(randomBytes(2 * PART + 9));
      await expect(files().put(streamOf(id, breakingAfter(bytes)))).rejects.toThrow('the line was cut');
      await expect(files().put(streamOf(id, chunksOf(bytes), `${id}.a/b`))).rejects.toThrow(InvalidInput);
      await expect(files().put(streamOf(id, chunksOf(new Uint8Array())))).rejects.toThrow(InvalidInput);
      expect(await otherFiles().get(`${id}.9.1`)).toBeUndefined();
      expect(await files().forgetUnclaimed(NOW + 1, 10)).toBe(0);
      await files().put(streamOf(id, chunksOf(bytes)));
      expect(isSame((await kept(otherFiles(), `${id}.9.1`))?.bytes, bytes)).toBe(true);
    });

    test('that is put twice at once stays the one that was first, and nothing of the other is left', async () => {
      const { id } = await session(one());
      const offered = [1, 2, 3].map((n) => new Uint8Array(2 * PART).fill(n));
      await Promise.all(offered.map((bytes, index) => (index % 2 ? files() : otherFiles()).put(streamOf(id, chunksOf(bytes)))));
      const found = await kept(files(), `${id}.9.1`);
      expect(offered.some((bytes) => isSame(found?.bytes, bytes))).toBe(true);
      await files().put(streamOf(id, chunksOf(new Uint8Array(2 * PART))));
      expect(isSame((await kept(files(), `${id}.9.1`))?.bytes, found?.bytes ?? BYTES)).toBe(true);
      expect(await otherFiles().forgetUnclaimed(NOW + 1, 10)).toBe(0);
    });

    test('that a process has left unfinished is nowhere, and is forgotten', async () => {
      const { id } = await session(one());
      const bytes = new Uint8Array(randomBytes(2 * PART));
      const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
      const { promise: forgotten, resolve: goOn } = Promise.withResolvers<void>();
      const slow = async function* () {
        yield* chunksOf(bytes);
        yield Uint8Array.of(1);
        // The first part is stored, because this is the third.
        reach();
        await forgotten;
        yield Uint8Array.of(2);
      };
      const writing = files().put(streamOf(id, slow()));
      await Promise.race([reached, writing]);
      expect(await otherFiles().get(`${id}.9.1`)).toBeUndefined();
      expect(await otherFiles().forgetUnclaimed(NOW, 10)).toBe(0);
      expect(await otherFiles().forgetUnclaimed(NOW + 1, 10)).toBe(1);
      expect(await otherFiles().forgetUnclaimed(NOW + 1, 10)).toBe(0);
      goOn();
      // The process was only slow. Its attempt fails and can be repeated.
      await expect(writing).rejects.toMatchObject({ code: 'unavailable', retryable: true });
      expect(await files().get(`${id}.9.1`)).toBeUndefined();
    });

    test('the longest is kept; a longer one, an empty one, and what has no good name are refused and change nothing', async () => {
      const { id } = await session(one());
      const longest = new Uint8Array(randomBytes(MAX_KEPT));
      await files().put(streamOf(id, chunksOf(longest, 16 * PART)));
      expect(isSame((await kept(otherFiles(), `${id}.9.1`))?.bytes, longest)).toBe(true);
      const endless = async function* () {
        for (;;) yield longest.subarray(0, 16 * PART);
      };
      await expect(files().put(streamOf(id, endless(), `${id}.9.2`))).rejects.toThrow(InvalidInput);
      expect(await files().forgetUnclaimed(NOW + 1, 10)).toBe(0);
      for (const parts of [
        { bytes: new Uint8Array(MAX_KEPT + 1) },
        { bytes: new Uint8Array(0) },
        { name: '' },
        { name: ' ' },
        { name: 'a\nb.pdf' },
        { name: '../a.pdf' },
        { name: 'a\ud800.pdf' },
        { name: 'fdp.\u202eexe' },
        { mimeType: 'pdf' },
        { mimeType: 'text/html\r\nX: y' },
        { at: 1.5 },
        { id: `${id}.` },
        { id: `${id}.a/b` },
        { id: `${newId()}.1` },
        { id: 'report' },
      ]) {
        await expect(files().put({ ...fileOf(id, { id: `${id}.8.1` }), ...parts }), Object.keys(parts).join()).rejects.toThrow(
          InvalidInput,
        );
      }
      expect(await files().get(`${id}.8.1`)).toBeUndefined();
      await expect(files().get('report')).rejects.toThrow(InvalidInput);
    });

    test('none is kept for a session that is not there', async () => {
      const id = newId();
      await expect(files().put(fileOf(id))).rejects.toMatchObject({ code: 'not_found' });
      await expect(files().put(streamOf(id, chunksOf(new Uint8Array(2 * PART))))).rejects.toMatchObject({ code: 'not_found' });
      expect(await files().get(`${id}.7.1`)).toBeUndefined();
      expect(await files().forgetUnclaimed(NOW + 1, 10)).toBe(0);
    });

    test('they go with their session, and no other goes', async () => {
      const DAY = 86_400_000;
      const [old, held, young] = await Promise.all(
        [40, 40, 1].map((days) => session(one(), { open: false, state: 'CLOSED', closedAt: NOW - days * DAY })),
      );
      if (!old || !held || !young) throw new Error('three sessions are expected');
      for (const { id } of [old, held, young]) {
        for (const n of [1, 2]) await files().put(fileOf(id, { id: `${id}.7.${n}` }));
        await files().put(streamOf(id, chunksOf(new Uint8Array(2 * PART))));
      }
      const reading = (await otherFiles().get(`${old.id}.9.1`))?.read()[Symbol.asyncIterator]();
      await reading?.next();
      await archive().hold(held.id, { held: true, at: NOW, by: 'amira', reason: 'case 12/2026' });
      expect(await archive().deleteExpired(NOW - 30 * DAY, 10)).toMatchObject({ sessions: 1 });
      for (const n of [1, 2]) {
        expect(await otherFiles().get(`${old.id}.7.${n}`)).toBeUndefined();
        for (const { id } of [held, young]) expect(await otherFiles().get(`${id}.7.${n}`)).toMatchObject({ size: 512 });
      }
      expect(await otherFiles().get(`${old.id}.9.1`)).toBeUndefined();
      for (const { id } of [held, young]) expect(await kept(otherFiles(), `${id}.9.1`)).toMatchObject({ size: 2 * PART });
      await expect(reading?.next()).rejects.toMatchObject({ code: 'not_found' });
      await expect(files().put(fileOf(old.id))).rejects.toMatchObject({ code: 'not_found' });
    });
  });
}
