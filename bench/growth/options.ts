/** How large the store of a growth run becomes, from the command line. */
import { parseArgs } from 'node:util';
import * as z from 'zod';

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

const count = z.coerce.number<string>().int().positive();
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

/** Throws an error that lists every fault. */
export function parseOptions(args: readonly string[]): Options | 'help' {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean' },
      quick: { type: 'boolean' },
      json: { type: 'boolean' },
      sessions: text,
      journal: text,
      due: text,
      rate: text,
      rounds: text,
      seconds: text,
      'in-flight': text,
    },
  });
  if (values.help) return 'help';
  const result = schema.safeParse({ ...(values.quick ? QUICK : FULL), ...values });
  if (!result.success) throw new Error(`${z.prettifyError(result.error)}\n\n${HELP}`);
  const { 'in-flight': inFlight, ...rest } = result.data;
  return { ...rest, inFlight };
}
