/** What a run measures, from the command line. */
import * as z from 'zod';
import { checkInFlight, count, list, readArguments } from './arguments.ts';

/**
 * Where an answer goes. `live` is to the watchers of the conversation, and nowhere else. `journal`
 * is into the journal, where its receiver reads it, as an answer of the web chat. `outbox` is
 * through the outbox to a channel, as an answer over Telegram.
 */
export const ANSWERS = ['live', 'journal', 'outbox'] as const;
export type Answers = (typeof ANSWERS)[number];

export const CONTESTANTS = ['runtime', 'by-hand', 'floor'] as const;
export type ContestantName = (typeof CONTESTANTS)[number];

export interface Options {
  /** Print one JSON document instead of tables. */
  readonly json: boolean;
  readonly conversations: number;
  /** Turns in flight, one series of rounds each. */
  readonly concurrency: readonly number[];
  readonly rounds: number;
  /** Length of one round, in seconds. */
  readonly seconds: number;
  /** Per contestant and concurrency, before its first round. */
  readonly warmUpSeconds: number;
  readonly answers: readonly Answers[];
  readonly contestants: readonly ContestantName[];
  /** Connections of the by-hand contestant. */
  readonly handPool: number;
  /**
   * A PostgreSQL to use instead of one of our own. Databases named bench_* are made in it and
   * dropped.
   */
  readonly url: string | undefined;
}

export const HELP = `npm run bench -- [options]
  --json                 one JSON document instead of tables
  --quick                a short run: 1 round of 0.5 s, less to rely on
  --conversations <n>    default 1000
  --concurrency <list>   turns in flight, default 1,64,512
  --rounds <n>           default 5
  --seconds <s>          length of a round, default 3
  --warm-up <s>          default 1
  --answers <list>       live, journal, outbox; default all
  --only <list>          runtime, by-hand, floor; default all
  --hand-pool <n>        connections of the by-hand contestant, default 16
  --url <url>            a PostgreSQL to use; default: one of our own in a temporary folder`;

const schema = z.object({
  json: z.boolean().default(false),
  conversations: count.default(1_000),
  concurrency: list.pipe(z.array(count)).default([1, 64, 512]),
  rounds: count,
  seconds: z.coerce.number().positive(),
  'warm-up': z.coerce.number().min(0),
  answers: list.pipe(z.array(z.enum(ANSWERS))).default([...ANSWERS]),
  only: list.pipe(z.array(z.enum(CONTESTANTS))).default([...CONTESTANTS]),
  'hand-pool': count.default(16),
  url: z.url().optional(),
});

const names = ['conversations', 'concurrency', 'rounds', 'seconds', 'warm-up', 'answers', 'only', 'hand-pool', 'url'];
const quick = { rounds: '1', seconds: '0.5', 'warm-up': '0.3' };
const full = { rounds: '5', seconds: '3', 'warm-up': '1' };

/** Throws an error that lists every fault. */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const read = readArguments(args, { schema, names, quick, full, help: HELP });
  if (read === 'help') return read;
  checkInFlight(read);
  const { 'warm-up': warmUpSeconds, only, 'hand-pool': handPool, url, ...rest } = read;
  return { ...rest, url, warmUpSeconds, contestants: only, handPool };
}
