/** Files in PostgreSQL, where processes die and versions are mixed. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import type { SessionId } from '#machines/ids.ts';
import { PART } from '#storage/file-parts.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { LEASE, NOW, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { bytesIn } from '#test/file-bytes.ts';
import { createTestDatabase } from '#test/postgres-server.ts';

const { connectionString } = await createTestDatabase();
const { store, files, archive, close } = createPostgresStore({ connectionString });
const client = new pg.Pool({ connectionString, max: 4 });
afterAll(async () => {
  await client.end();
  await close();
});

async function session(): Promise<SessionId> {
  const turn = turnOn(newSession({ open: false, state: 'CLOSED', closedAt: NOW }));
  expect(await store.commit([turn], 'me', LEASE)).toEqual([{ ok: true }]);
  return turn.session.id;
}

const rows = async (sessionId: SessionId): Promise<{ contents: number; parts: number }> => {
  const { rows } = await client.query(
    `select count(distinct c.id)::int as contents, count(p.part)::int as parts
     from file_contents c left join file_parts p on p.content_id = c.id where c.session_id = $1`,
    [sessionId],
  );
  return rows[0];
};

/** Contents without a session, and their parts. */
const orphans = async (): Promise<{ contents: number; parts: number }> => {
  const { rows } = await client.query(
    `select count(distinct c.id)::int as contents, count(p.part)::int as parts
     from file_contents c left join file_parts p on p.content_id = c.id where c.session_id is null`,
  );
  return rows[0];
};

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += 65_536) yield bytes.subarray(at, at + 65_536);
}

const put = (sessionId: SessionId, content: AsyncIterable<Uint8Array>, at = NOW) =>
  files.put({ sessionId, at, content, head: () => ({ id: `${sessionId}.1`, name: 'a.pdf', mimeType: 'application/pdf' }) });

test('what a process that is killed has written is seen by nobody, and is forgotten', async () => {
  const sessionId = await session();
  const child = spawn(process.execPath, [join(import.meta.dirname, 'write-endlessly.ts'), connectionString, sessionId], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await rows(sessionId)).toEqual({ contents: 1, parts: 4 });
  expect(await files.get(`${sessionId}.1`)).toBeUndefined();
  // The effect is repeated meanwhile.
  const bytes = new Uint8Array(randomBytes(2 * PART));
  await put(sessionId, chunksOf(bytes));
  expect(await files.forgetUnclaimed(2, 10)).toBe(1);
  expect(await rows(sessionId)).toEqual({ contents: 1, parts: 2 });
  expect(Buffer.compare((await bytesIn(await files.get(`${sessionId}.1`))) ?? Buffer.alloc(0), bytes)).toBe(0);
});

test('a long file that an earlier version wrote into one row is read in parts', async () => {
  const sessionId = await session();
  const bytes = randomBytes(2 * PART + 100);
  await client.query('insert into files (session_id, id, name, mime_type, at, bytes) values ($1, $2, $3, $4, $5, $6)', [
    ...[sessionId, `${sessionId}.old`, 'old.pdf', 'application/pdf'],
    NOW,
    bytes,
  ]);
  const file = await files.get(`${sessionId}.old`);
  expect(file).toMatchObject({ name: 'old.pdf', size: bytes.length, at: NOW });
  expect(Buffer.compare((await bytesIn(file)) ?? Buffer.alloc(0), bytes)).toBe(0);
  const range = { from: PART - 3, to: 2 * PART + 5 };
  const read = file && (await bytesIn({ size: range.to - range.from, read: () => file.read(range) }));
  expect(Buffer.compare(read ?? Buffer.alloc(0), bytes.subarray(range.from, range.to))).toBe(0);
});

test('a session that an earlier version deletes leaves nothing to read, and its contents are forgotten, also those being written', async () => {
  const sessionId = await session();
  await put(sessionId, chunksOf(new Uint8Array(3 * PART)));
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  const { promise: deleted, resolve: goOn } = Promise.withResolvers<void>();
  let after = 0;
  const slow = async function* () {
    for (let part = 0; part < 3; part += 1) yield new Uint8Array(PART);
    reach();
    await deleted;
    for (; after < 40; after += 1) yield new Uint8Array(PART);
  };
  const writing = put(sessionId, slow());
  await Promise.race([reached, writing]);
  expect(await rows(sessionId)).toEqual({ contents: 2, parts: 5 });
  const reading = (await files.get(`${sessionId}.1`))?.read()[Symbol.asyncIterator]();
  await reading?.next();
  await client.query('with filed as (delete from files where session_id = $1) delete from sessions where id = $1', [sessionId]);
  goOn();
  await expect(writing).rejects.toMatchObject({ code: 'unavailable' });
  // The channel is not read further.
  expect(after).toBeLessThan(3);
  await expect(reading?.next()).rejects.toMatchObject({ code: 'not_found' });
  expect(await files.forgetUnclaimed(0, 10)).toBe(1);
  expect(await orphans()).toEqual({ contents: 0, parts: 0 });
});

test('sessions that are deleted while their files are written leave nothing', async () => {
  const kept = await session();
  await put(kept, chunksOf(new Uint8Array(2 * PART)));
  await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const sessionId = await session();
      const writing = Promise.allSettled([put(sessionId, chunksOf(new Uint8Array(6 * PART)))]);
      await expect.poll(async () => (await rows(sessionId)).parts, { interval: 5 }).toBeGreaterThan(index % 5);
      expect(await archive.deleteSession(sessionId)).toBe('deleted');
      await writing;
      expect(await rows(sessionId)).toEqual({ contents: 0, parts: 0 });
      const { rows: left } = await client.query('select 1 from files where session_id = $1', [sessionId]);
      expect(left).toEqual([]);
    }),
  );
  await files.forgetUnclaimed(0, 100);
  expect(await orphans()).toEqual({ contents: 0, parts: 0 });
  expect(await rows(kept)).toEqual({ contents: 1, parts: 2 });
});

test('a session with more than a statement can delete is deleted at once', async () => {
  const sessionId = await session();
  const part = new Uint8Array(PART);
  for (let n = 0; n < 4; n += 1) {
    const content = async function* () {
      for (let parts = 0; parts < 90; parts += 1) yield part;
    };
    const head = () => ({ id: `${sessionId}.${n}`, name: 'a.mp4', mimeType: 'video/mp4' });
    await files.put({ sessionId, at: NOW, content: content(), head });
  }
  const impatient = createPostgresStore({ connectionString, statementTimeoutMs: 250 });
  try {
    expect(await impatient.archive.deleteSession(sessionId)).toBe('deleted');
  } finally {
    await impatient.close();
  }
  expect(await orphans()).toEqual({ contents: 4, parts: 360 });
  expect(await files.forgetUnclaimed(0, 3)).toBe(3);
  expect(await files.forgetUnclaimed(0, 3)).toBe(1);
  expect(await orphans()).toEqual({ contents: 0, parts: 0 });
});
