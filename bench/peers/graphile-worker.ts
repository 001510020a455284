/**
 * graphile-worker. A message is a job, and each conversation has a queue of its own, whose jobs run
 * one after another. The task is the transaction that people write by hand. A turn is over when its
 * transaction is committed and its answer is given.
 *
 * The start variant does one job a statement, ten at a time.
 *
 * Tuned is as its page on performance recommends, with a local queue, completions in batches, and
 * 24 jobs at a time on 25 connections. One `addJobs` adds messages that come together.
 */
import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';
import * as z from 'zod';
import { Batches } from '../batches.ts';
import { incoming } from '../conversation.ts';
import { STORE_SCHEMA, storeTurn } from './by-hand-store.ts';
import { firstSnapshot } from './machine.ts';
import type { OpenPeer } from './peer.ts';

const payloadSchema = z.object({ conversation: z.number(), id: z.string(), text: z.string(), at: z.number() });
type Payload = z.infer<typeof payloadSchema>;

const quiet = new Logger(() => () => {});

export const open: OpenPeer = async ({ database, conversations, variant }) => {
  const tuned = variant !== 'start';
  const pool = new pg.Pool({ connectionString: database.url, max: 25 });
  await pool.query(STORE_SCHEMA);
  await pool.query('insert into conversations (id, snapshot) select n, $2 from generate_series(0, $1 - 1) n', [
    conversations,
    firstSnapshot(),
  ]);
  const answered = new Map<string, () => void>();
  const worker = tuned
    ? { concurrentJobs: 24, localQueue: { size: 500 }, completeJobBatchDelay: 0, failJobBatchDelay: 0 }
    : { concurrentJobs: 10 };
  const runner = await run({
    pgPool: pool,
    logger: quiet,
    noHandleSignals: true,
    parsedCronItems: [],
    preset: { worker },
    taskList: {
      turn: async (payload, helpers) => {
        const { conversation, id, text, at } = payloadSchema.parse(payload);
        await helpers.withPgClient((client) => storeTurn(client, conversation, id, { type: 'message', text, at }));
        answered.get(id)?.();
        answered.delete(id);
      },
    },
  });
  const utils = await makeWorkerUtils({ pgPool: pool, logger: quiet });
  const queueName = (conversation: number) => `conversation-${conversation}`;
  const jobs = new Batches<Payload>({ size: 256, inFlight: 2 }, async (payloads) => {
    await utils.addJobs(payloads.map((payload) => ({ identifier: 'turn', payload, queueName: queueName(payload.conversation) })));
  });
  let sent = 0;

  return {
    async turn(conversation) {
      const { text, at } = incoming(conversation, Date.now());
      const payload = { conversation, id: `message-${++sent}`, text, at };
      const out = new Promise<void>((resolve) => answered.set(payload.id, resolve));
      if (tuned) await jobs.add(payload);
      else await utils.addJob('turn', payload, { queueName: queueName(conversation) });
      await out;
    },
    async settle() {
      // Finished jobs are deleted a little later.
      const deadline = performance.now() + 20_000;
      while ((await pool.query('select 1 from graphile_worker.jobs limit 1')).rowCount !== 0) {
        if (performance.now() > deadline) throw new Error('jobs are left');
      }
    },
    async counters() {
      return {
        'counted by the machines': await database.count(`select sum((snapshot->'context'->>'count')::int) from conversations`),
        'messages in the journal': await database.count('select count(*) from journal'),
      };
    },
    async close() {
      await runner.stop();
      await utils.release();
      await pool.end();
    },
  };
};
