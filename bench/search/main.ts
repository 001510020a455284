/**
 * `npm run bench:search` stores messages in four languages in PostgreSQL, indexes them as the
 * program does, and measures eleven kinds of queries, the size of the index, and what a turn pays.
 */
import { parseArgs } from 'node:util';
import pg from 'pg';
import { v7 } from 'uuid';
import { systemClock } from '#actors/contract/system-clock.ts';
import { always } from '#channels/plugin.ts';
import { parseAddress, parseSessionId } from '#machines/ids.ts';
import { profileOf } from '#src/operations/customer-profile.ts';
import { Indexer } from '#src/search/indexer.ts';
import { createLog } from '#src/telemetry/log.ts';
import type { SessionRow, TurnCommit } from '#storage/port.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { migrate } from '#storage/postgres/migrate.ts';
import type { SearchFilter, SearchIndex } from '#storage/search.ts';
import { parseQuery } from '#storage/search-query.ts';
import { openServer } from '../databases.ts';
import { median, percentile } from '../load.ts';
import { Messages } from './messages.ts';

const HELP = `npm run bench:search -- [options]
  --messages <n>   messages that are searched, default 1000000
  --times <n>      how often each query is made, default 40`;
const { values } = parseArgs({ options: { help: { type: 'boolean' }, messages: { type: 'string' }, times: { type: 'string' } } });

/** Messages of a session. */
const MESSAGES = 50;
/** Sessions of a commit. */
const BATCH = 100;
const OPENED = 1_780_000_000_000;
const MINUTE = 60_000;
const log = createLog({ level: 'silent' });

type Store = ReturnType<typeof createPostgresStore>;

if (values.help) console.log(HELP);
else await run(Number(values.messages ?? 1_000_000), Number(values.times ?? 40));

async function run(count: number, times: number): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const server = await openServer(undefined);
  try {
    const { url } = await server.create('search');
    await migrate(url);
    const store = createPostgresStore({ connectionString: url, onConnectionLost: () => {} });
    try {
      await measure(url, store, count, times);
    } finally {
      await store.close();
    }
  } finally {
    await server.close();
  }
}

async function measure(url: string, opened: Store, count: number, times: number): Promise<void> {
  const messages = new Messages();
  const sessions = Math.ceil(count / MESSAGES);
  const stored = await timed(async () => {
    for (let first = 0; first < sessions; first += BATCH) {
      const turns = Array.from({ length: Math.min(BATCH, sessions - first) }, (_, index) => conversation(first + index, messages));
      await opened.store.commit(turns, 'bench', OPENED);
    }
  });
  const indexed = await timed(async () => {
    while (await indexOnce(opened.search));
  });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('vacuum analyze');
  const { rows } = await client.query(`select pg_total_relation_size('journal') as journal, pg_total_relation_size('search') as search,
    pg_relation_size('search_words') as words, pg_total_relation_size('search_lexicon') as lexicon, (select count(*) from search_lexicon) as known`);
  await client.end();
  console.log(`${count} messages in ${sessions} sessions. Stored in ${seconds(stored)}, indexed in ${seconds(indexed)}.`);
  const megabytes = (bytes: string): string => `${(Number(bytes) / 2 ** 20).toFixed(0)} MiB`;
  const [sizes] = rows;
  console.log(
    `journal ${megabytes(sizes.journal)}, search ${megabytes(sizes.search)} (of it words ${megabytes(sizes.words)}), ` +
      `lexicon ${megabytes(sizes.lexicon)} for ${sizes.known} words\n`,
  );
  console.log('| query | found in the first page | p50 ms | p95 ms |\n| :-- | --: | --: | --: |');
  for (const [name, query, filter] of queries(messages, sessions)) await queried(opened.search, { name, query, filter, times });
  await costOfTurn(opened, messages, sessions);
}

function conversation(number: number, messages: Messages): TurnCommit {
  const openedAt = OPENED + number * MINUTE;
  const id = parseSessionId(v7({ msecs: openedAt }));
  const isOpen = number % 10 === 0;
  const session: SessionRow = {
    id,
    address: parseAddress(`${number % 3 === 0 ? 'telegram' : 'whatsapp'}:1:${number}`),
    assistant: 'companion',
    machineId: 'session',
    machineVersion: 3,
    version: MESSAGES,
    state: isOpen ? 'ACTIVE' : 'CLOSED',
    handler: 'bot',
    agentId: number % 7 === 0 ? 'amira' : null,
    tags: [],
    queue: null,
    waitingSince: null,
    open: isOpen,
    snapshot: null,
    wakeAt: null,
    openedAt,
    lastActivityAt: openedAt,
    closedAt: isOpen ? null : openedAt,
    previousId: null,
  };
  const journal = Array.from({ length: MESSAGES }, (_, index) => ({
    sessionId: id,
    seq: index + 1,
    at: openedAt + index * 1_000,
    kind: index % 2 === 0 ? 'customer.message' : 'assistant.message',
    author: null,
    text: messages.message(number),
    eventId: null,
    payload: null,
    delivery: null,
  }));
  return { session, expectedVersion: 0, journal, work: [], settled: [], deliveries: [], lineage: [] };
}

function queries(messages: Messages, sessions: number): readonly [string, (n: number) => string, SearchFilter][] {
  const rare = (n: number): string => messages.word(n % 4, 20_000 + n * 7);
  const common = (n: number): string => messages.word((n % 2) * 3, n % 20);
  const slip = (word: string): string => word.slice(0, 2) + word.slice(3);
  const month = OPENED + Math.floor(sessions / 2) * MINUTE;
  return [
    ['a rare word', rare, {}],
    ['a common word', common, {}],
    ['two common words', (n) => `${common(n)} ${messages.word((n % 2) * 3, 20 + (n % 20))}`, {}],
    ['a rare and a common word', (n) => `${messages.word(0, 5_000 + n)} ${messages.word(0, n % 20)}`, {}],
    ['a phrase of common words', (n) => `"${common(n)} ${messages.word((n % 2) * 3, (n + 1) % 20)}"`, {}],
    ['two letters', (n) => messages.word((n % 2) * 3, 1_000 + n).slice(0, 2), {}],
    ['a slip in a rare word', (n) => slip(messages.word(0, 20_000 + n * 7)), {}],
    ['Chinese', (n) => messages.word(2, 100 + n * 3), {}],
    ['a common word of one channel in a week', common, { channel: 'telegram', from: month, to: month + 7 * 1_440 * MINUTE }],
    ['a common word in the sessions of an agent', common, { agent: 'amira', open: false }],
    ['nothing', (n) => `qqqq${n}zzzz`, {}],
  ];
}

async function queried(
  search: SearchIndex,
  {
    name,
    query,
    filter,
    times,
  }: { readonly name: string; readonly query: (n: number) => string; readonly filter: SearchFilter; readonly times: number },
): Promise<void> {
  const took: number[] = [];
  const found: number[] = [];
  for (let n = 0; n < times; n += 1) {
    const parsed = parseQuery(query(n));
    const began = performance.now();
    const page = await search.search({ query: parsed, filter, limit: 50, profileOf });
    took.push(performance.now() - began);
    found.push(page.items.length);
  }
  console.log(`| ${name} | ${median(found)} | ${percentile(took, 50).toFixed(1)} | ${percentile(took, 95).toFixed(1)} |`);
}

/** Turns of one message, with and without the indexer at work, in turn. */
async function costOfTurn({ store, search }: Store, messages: Messages, sessions: number): Promise<void> {
  const { items } = await store.sessions({ open: true }, 100);
  let rows = items;
  const ratios: number[] = [];
  const rounds = async (isIndexed: boolean): Promise<number> => {
    const indexer = new Indexer({ search, clock: systemClock, lease: always, log });
    if (isIndexed) indexer.start();
    let turns = 0;
    const began = performance.now();
    while (performance.now() - began < 5_000) {
      const commits = rows.map((row): TurnCommit => {
        const version = row.version + 1;
        const entry = {
          sessionId: row.id,
          seq: version,
          at: OPENED,
          kind: 'customer.message',
          author: null,
          text: messages.message(sessions + turns),
        };
        return {
          session: { ...row, version },
          expectedVersion: row.version,
          journal: [{ ...entry, eventId: null, payload: null, delivery: null }],
          work: [],
          settled: [],
          deliveries: [],
          lineage: [],
          steady: true,
        };
      });
      await store.commit(commits, 'bench', OPENED);
      rows = commits.map(({ session }) => session);
      turns += commits.length;
    }
    if (isIndexed) await indexer.stop();
    // The next round begins with nothing to index.
    while (await indexOnce(search));
    return turns / 5;
  };
  for (let round = 0; round < 5; round += 1) {
    const order = round % 2 === 0 ? [true, false] : [false, true];
    const [first = 0, second = 0] = [await rounds(order[0] ?? true), await rounds(order[1] ?? true)];
    ratios.push(round % 2 === 0 ? first / second : second / first);
  }
  console.log(
    `\nturns a second with the indexer ÷ without: ${median(ratios).toFixed(3)} (${ratios.map((ratio) => ratio.toFixed(2)).join(', ')})`,
  );
}

/** False if nothing was left. */
async function indexOnce(search: SearchIndex): Promise<boolean> {
  const behind = await search.unindexed(50);
  await search.put(behind.map((one) => ({ ...one, profile: profileOf(one.session) })));
  return behind.length > 0;
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(0)} s`;
}
