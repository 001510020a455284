/** What a run side by side measures, from the command line. */
import * as z from 'zod';
import { checkInFlight, count, list, readArguments } from '../arguments.ts';
import { ENTRANTS } from './entrants.ts';

export interface Options {
  /** Print one JSON document instead of tables. */
  readonly json: boolean;
  readonly conversations: number;
  /** Turns in flight, one series of rounds each. */
  readonly concurrency: readonly number[];
  readonly rounds: number;
  /** Length of one round, in seconds. */
  readonly seconds: number;
  /** Per entrant and concurrency, before its first round. */
  readonly warmUpSeconds: number;
  /** Names of entrants. */
  readonly only: readonly string[];
  /** A PostgreSQL to use instead of one of our own, with 400 connections to give. */
  readonly url: string | undefined;
}

const entrants = ENTRANTS.map(({ name }) => name);

export const HELP = `npm run bench:peers -- [options]
  --json                 one JSON document instead of tables
  --quick                a short run: 1 round of 0.5 s, less to rely on
  --conversations <n>    default 1000
  --concurrency <list>   turns in flight, default 1,64,512
  --rounds <n>           default 4
  --seconds <s>          length of a round, default 2
  --warm-up <s>          default 1
  --only <list>          of ${entrants.join(', ')}; default all
  --url <url>            a PostgreSQL to use; default: one of our own in a temporary folder`;

const schema = z.object({
  json: z.boolean().default(false),
  conversations: count.default(1_000),
  concurrency: list.pipe(z.array(count)).default([1, 64, 512]),
  rounds: count,
  seconds: z.coerce.number().positive(),
  'warm-up': z.coerce.number().min(0),
  only: list.pipe(z.array(z.enum(entrants))).default(entrants),
  url: z.url().optional(),
});

const names = ['conversations', 'concurrency', 'rounds', 'seconds', 'warm-up', 'only', 'url'];
const quick = { rounds: '1', seconds: '0.5', 'warm-up': '0.2' };
const full = { rounds: '4', seconds: '2', 'warm-up': '1' };

/** Throws an error that lists every fault. */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const read = readArguments(args, { schema, names, quick, full, help: HELP });
  if (read === 'help') return read;
  checkInFlight(read);
  const { 'warm-up': warmUpSeconds, url, ...rest } = read;
  return { ...rest, url, warmUpSeconds };
}
