import { expect, test } from 'vitest';
import { keepReport } from '#agent-service/keep-report.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { LEASE, newSession, turnOn } from '#test/contracts/store-fixtures.ts';
import { bytesIn } from '#test/file-bytes.ts';

const { files, store } = createMemoryStore();
const signal = new AbortController().signal;

const reportOf = (text: string, name = 'AAPL.pdf') =>
  ({ type: 'report', name, mimeType: 'application/pdf', base64: Buffer.from(text).toString('base64') }) as const;

test('the same report of the same run is one file; another one under its number is another, and each is named as it was kept', async () => {
  const turn = turnOn(newSession());
  await store.commit([turn], 'me', LEASE);
  const { id: sessionId } = turn.session;
  const keep = (text: string, name?: string) =>
    keepReport(files, { sessionId, runId: `${sessionId}.7`, number: 1, at: 1 }, reportOf(text, name), signal);
  const first = await keep('figures');
  expect(await keep('figures')).toEqual(first);
  const anew = await keep('other figures');
  const renamed = await keep('figures', 'MSFT.pdf');
  expect(new Set([first.id, anew.id, renamed.id]).size).toBe(3);
  for (const [file, text] of [
    [first, 'figures'],
    [anew, 'other figures'],
    [renamed, 'figures'],
  ] as const) {
    const kept = await files.get(file.id);
    expect(kept).toMatchObject(file);
    expect(Buffer.from((await bytesIn(kept)) ?? []).toString()).toBe(text);
  }
});

test('the caption of a report goes with it, cut to what is taken', async () => {
  const turn = turnOn(newSession());
  await store.commit([turn], 'me', LEASE);
  const { id: sessionId } = turn.session;
  const place = { sessionId, runId: `${sessionId}.7`, number: 1, at: 1 };
  expect(await keepReport(files, place, { ...reportOf('figures'), caption: 'تقرير عن AAPL' }, signal)).toMatchObject({
    caption: 'تقرير عن AAPL',
  });
  const { caption } = await keepReport(files, place, { ...reportOf('figures'), caption: 'x'.repeat(2_000) }, signal);
  expect(caption).toHaveLength(1_000);
});
