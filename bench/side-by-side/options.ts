/** What a run side by side measures, from the command line. */
import { parseArgs } from 'node:util';
import * as z from 'zod';
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

const names = ENTRANTS.map(({ name }) => name);

export const HELP = `npm run bench:peers -- [options]
  --json                 one JSON document instead of tables
  --quick                a short run: 1 round of 0.5 s, less to rely on
  --conversations <n>    default 1000
  --concurrency <list>   turns in flight, default 1,64,512
  --rounds <n>           default 4
  --seconds <s>          length of a round, default 2
  --warm-up <s>          default 1
  --only <list>          of ${names.join(', ')}; default all
  --url <url>            a PostgreSQL to use; default: one of our own in a temporary folder`;

const count = z.coerce.number<string>().int().positive();
const list = z.string().transform((text) => text.split(','));

const schema = z.object({
  json: z.boolean().default(false),
  conversations: count.default(1_000),
  concurrency: list.pipe(z.array(count)).default([1, 64, 512]),
  rounds: count,
  seconds: z.coerce.number().positive(),
  'warm-up': z.coerce.number().min(0),
  only: list.pipe(z.array(z.enum(names))).default(names),
  url: z.url().optional(),
});

/** Throws an error that lists every fault. */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean' },
      quick: { type: 'boolean' },
      json: { type: 'boolean' },
      conversations: text,
      concurrency: text,
      rounds: text,
      seconds: text,
      'warm-up': text,
      only: text,
      url: text,
    },
  });
  if (values.help) return 'help';
  const defaults = values.quick ? { rounds: '1', seconds: '0.5', 'warm-up': '0.2' } : { rounds: '4', seconds: '2', 'warm-up': '1' };
  const result = schema.safeParse({ ...defaults, ...values });
  if (!result.success) throw new Error(`${z.prettifyError(result.error)}\n\n${HELP}`);
  const { 'warm-up': warmUpSeconds, ...rest } = result.data;
  const most = Math.max(...rest.concurrency);
  if (most > rest.conversations)
    throw new Error(`${most} turns in flight need as many conversations: give --conversations ${most} or more`);
  return { ...rest, url: rest.url, warmUpSeconds };
}
