/** How large the store of a growth run becomes, from the command line. */
import * as z from 'zod';
import { count, readArguments } from '../arguments.ts';

export interface Options {
  readonly json: boolean;
  /** Open sessions with armed timers in the large store. */
  readonly sessions: number;
  /** Rows of the journal in it. */
  readonly journal: number;
  /** Timers that are due at once. */
  readonly due: number;
  /** Messages a second while timers are due. */
  readonly rate: number;
  readonly rounds: number;
  /** Length of one round, in seconds. */
  readonly seconds: number;
  readonly inFlight: number;
}

export const HELP = `npm run bench:growth -- [options]
  --json             one JSON document instead of tables
  --quick            a small store: seconds instead of minutes, says nothing about growth
  --sessions <n>     open sessions in the large store, default 1000000 (about 9 GB)
  --journal <n>      rows of its journal, default 10000000 (about 4 GB)
  --due <n>          timers due at once, default 100000
  --rate <n>         messages a second meanwhile, default 500
  --rounds <n>       default 5
  --seconds <s>      length of a round, default 3
  --in-flight <n>    default 64`;

const QUICK = { sessions: '20000', journal: '60000', due: '2000', rounds: '1', seconds: '1' };
const FULL = { sessions: '1000000', journal: '10000000', due: '100000', rounds: '5', seconds: '3' };

const schema = z
  .object({
    json: z.boolean().default(false),
    sessions: count,
    journal: count,
    due: count,
    rate: count.default(500),
    rounds: count,
    seconds: z.coerce.number<string>().positive(),
    'in-flight': count.default(64),
  })
  .refine(
    ({ sessions, due, 'in-flight': inFlight }) => sessions - due >= inFlight,
    'there must be more --sessions than timers that are --due, by --in-flight at least',
  );

const names = ['sessions', 'journal', 'due', 'rate', 'rounds', 'seconds', 'in-flight'];

/** Throws an error that lists every fault. */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const read = readArguments(args, { schema, names, quick: QUICK, full: FULL, help: HELP });
  if (read === 'help') return read;
  const { 'in-flight': inFlight, ...rest } = read;
  return { ...rest, inFlight };
}
