/**
 * The entrants. A house entrant is a contestant of `bench/`. A peer is a file of `bench/peers/`, a
 * package of its own.
 */
import type { Answers, ContestantName } from '../options.ts';

interface Common {
  readonly name: string;
  readonly title: string;
}

export interface HouseEntrant extends Common {
  readonly kind: 'house';
  readonly contestant: ContestantName;
  readonly answers: Answers;
  /**
   * App processes on one database. `routing` is `affinity` if a conversation belongs to one of
   * them, `any` if its messages come to any.
   */
  readonly instances: 1 | 2;
  readonly routing: 'affinity' | 'any';
}

export interface PeerEntrant extends Common {
  readonly kind: 'peer';
  /** The file in `bench/peers/`. */
  readonly file: string;
  /** See `bench/peers/peer.ts`. */
  readonly variant: 'start' | 'tuned' | 'other';
  readonly durable: boolean;
  /** Where its conversations are kept. */
  readonly store: 'postgres' | 'own' | 'redis';
  readonly packages: readonly string[];
}

export type Entrant = HouseEntrant | PeerEntrant;

const house = (name: string, title: string, contestant: ContestantName, answers: Answers): HouseEntrant => {
  return { kind: 'house', name, title, contestant, answers, instances: 1, routing: 'affinity' };
};
const LANGGRAPH = ['@langchain/langgraph', '@langchain/langgraph-checkpoint-postgres', '@langchain/core', 'pg'];
const RESTATE = ['@restatedev/restate-server', '@restatedev/restate-sdk', '@restatedev/restate-sdk-clients'];
const DBOS = ['@dbos-inc/dbos-sdk', 'pg', 'xstate'];
const WORKER = ['graphile-worker', 'pg', 'xstate'];
const peer = { kind: 'peer', durable: true, store: 'postgres', variant: 'start' } as const;

export const ENTRANTS: readonly Entrant[] = [
  house('runtime-live', 'this runtime, live', 'runtime', 'live'),
  house('runtime-outbox', 'this runtime, outbox', 'runtime', 'outbox'),
  {
    ...house('two-affinity', 'this runtime, live, two instances, each conversation at one', 'runtime', 'live'),
    instances: 2,
  },
  {
    ...house('two-any', 'this runtime, live, two instances, any message at either', 'runtime', 'live'),
    instances: 2,
    routing: 'any',
  },
  house('by-hand-live', 'XState + pg by hand, live', 'by-hand', 'live'),
  house('by-hand-outbox', 'XState + pg by hand, outbox', 'by-hand', 'outbox'),
  house('floor-live', 'floor: bare batched SQL, live', 'floor', 'live'),
  house('floor-outbox', 'floor: bare batched SQL, outbox', 'floor', 'outbox'),
  { ...peer, name: 'langgraph', title: 'LangGraph.js, PostgresSaver, durability sync', file: 'langgraph.ts', packages: LANGGRAPH },
  {
    ...peer,
    name: 'langgraph-tuned',
    title: 'LangGraph.js, PostgresSaver, tuned: durability exit',
    file: 'langgraph.ts',
    variant: 'tuned',
    packages: LANGGRAPH,
  },
  {
    ...peer,
    name: 'restate',
    title: 'Restate, @restatedev/xstate',
    file: 'restate.ts',
    store: 'own',
    packages: [...RESTATE, '@restatedev/xstate', 'xstate'],
  },
  {
    ...peer,
    name: 'restate-tuned',
    title: 'Restate, tuned: plain virtual object',
    file: 'restate.ts',
    store: 'own',
    variant: 'tuned',
    packages: RESTATE,
  },
  {
    ...peer,
    name: 'restate-tuned-server',
    title: 'Restate, tuned: plain virtual object, fewer partitions, local log',
    file: 'restate.ts',
    store: 'own',
    variant: 'other',
    packages: RESTATE,
  },
  { ...peer, name: 'dbos', title: 'DBOS, queue partitioned by conversation', file: 'dbos.ts', packages: DBOS },
  { ...peer, name: 'dbos-tuned', title: 'DBOS, tuned: workflow started at once', file: 'dbos.ts', variant: 'tuned', packages: DBOS },
  { ...peer, name: 'dbos-tuned-queue', title: 'DBOS, tuned: queue polled every 100 ms', file: 'dbos.ts', variant: 'other', packages: DBOS },
  { ...peer, name: 'graphile-worker', title: 'graphile-worker, a queue a conversation', file: 'graphile-worker.ts', packages: WORKER },
  {
    ...peer,
    name: 'graphile-worker-tuned',
    title: 'graphile-worker, tuned: local queue, batches',
    file: 'graphile-worker.ts',
    variant: 'tuned',
    packages: WORKER,
  },
  {
    ...peer,
    name: 'telegraf',
    title: 'telegraf session on Redis',
    file: 'telegraf.ts',
    durable: false,
    store: 'redis',
    packages: ['telegraf', '@telegraf/session', 'redis'],
  },
  {
    ...peer,
    name: 'grammy',
    title: 'grammY session on Redis',
    file: 'grammy.ts',
    durable: false,
    store: 'redis',
    packages: ['grammy', '@grammyjs/storage-redis', 'ioredis'],
  },
];
