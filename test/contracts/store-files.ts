import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { InvalidInput } from '#machines/errors.ts';
import type { SessionId } from '#machines/ids.ts';
import { MAX_KEPT } from '#machines/session/files.ts';
import type { NewFile } from '#storage/files.ts';
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

const session = async (store: Store, parts: Partial<SessionRow> = {}): Promise<SessionRow> => {
  const turn = turnOn(newSession(parts));
  expect(await store.commit([turn], 'me', LEASE)).toEqual([{ ok: true }]);
  return turn.session;
};

export function describeFiles({ one, files, otherFiles, archive }: Stores): void {
  describe('files', () => {
    test('a file is kept byte for byte, for everybody', async () => {
      const { id } = await session(one());
      const file = fileOf(id);
      await files().put(file);
      expect(await otherFiles().get(file.id)).toEqual({ ...file, size: 512 });
      await files().put(fileOf(id, { id: `${id}.7.2`, name: 'b.pdf', bytes: Uint8Array.of(0) }));
      expect(await otherFiles().get(`${id}.7.2`)).toMatchObject({ name: 'b.pdf', size: 1, bytes: Uint8Array.of(0) });
      expect(await files().get(`${id}.7.3`)).toBeUndefined();
      expect(await files().get(`${newId()}.7.1`)).toBeUndefined();
    });

    test('a part of a larger buffer is kept as that part', async () => {
      const { id } = await session(one());
      await files().put(fileOf(id, { bytes: BYTES.subarray(100, 110) }));
      expect((await otherFiles().get(`${id}.7.1`))?.bytes).toEqual(BYTES.slice(100, 110));
    });

    test('put again under the same id it stays what it was, whoever puts it', async () => {
      const { id } = await session(one());
      await files().put(fileOf(id));
      const again = fileOf(id, { name: 'another.pdf', bytes: Uint8Array.of(1), at: NOW + 1 });
      await Promise.all(Array.from({ length: 6 }, (_, index) => (index % 2 ? files() : otherFiles()).put(again)));
      expect(await files().get(again.id)).toEqual({ ...fileOf(id), size: 512 });
    });

    test('of many that put different ones under one id at once, one is kept', async () => {
      const { id } = await session(one());
      const offered = Array.from({ length: 8 }, (_, index) => fileOf(id, { name: `${index}.pdf`, bytes: Uint8Array.of(index) }));
      await Promise.all(offered.map((file, index) => (index % 2 ? files() : otherFiles()).put(file)));
      const kept = await files().get(`${id}.7.1`);
      expect(kept?.name).toBe(`${kept?.bytes[0]}.pdf`);
    });

    test('the longest is kept; a longer one, an empty one, and what has no good name are refused and change nothing', async () => {
      const { id } = await session(one());
      const longest = new Uint8Array(randomBytes(MAX_KEPT));
      await files().put(fileOf(id, { bytes: longest }));
      expect(Buffer.compare((await otherFiles().get(`${id}.7.1`))?.bytes ?? BYTES, longest)).toBe(0);
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
      expect(await files().get(`${id}.7.1`)).toBeUndefined();
    });

    test('they go with their session, and no other goes', async () => {
      const DAY = 86_400_000;
      const [old, held, young] = await Promise.all(
        [40, 40, 1].map((days) => session(one(), { open: false, state: 'CLOSED', closedAt: NOW - days * DAY })),
      );
      if (!old || !held || !young) throw new Error('three sessions are expected');
      for (const { id } of [old, held, young]) for (const n of [1, 2]) await files().put(fileOf(id, { id: `${id}.7.${n}` }));
      await archive().hold(held.id, { held: true, at: NOW, by: 'amira', reason: 'case 12/2026' });
      expect(await archive().deleteExpired(NOW - 30 * DAY, 10)).toMatchObject({ sessions: 1 });
      for (const n of [1, 2]) {
        expect(await otherFiles().get(`${old.id}.7.${n}`)).toBeUndefined();
        for (const { id } of [held, young]) expect(await otherFiles().get(`${id}.7.${n}`)).toMatchObject({ size: 512 });
      }
      await expect(files().put(fileOf(old.id))).rejects.toMatchObject({ code: 'not_found' });
    });
  });
}
