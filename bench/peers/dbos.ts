/**
 * DBOS. A message is a workflow whose id is the message's, so that it runs once.
 *
 * In the start variant, messages go to a queue that is partitioned by conversation, with one
 * workflow at a time in each partition. The work is a step.
 *
 * Tuned, the workflow is started at once, in the process that took the message, so there is no
 * queue to poll. The row lock of the transaction keeps a conversation's turns apart. The pools are
 * larger.
 *
 * The other variant has the queue, polled ten times a second instead of once.
 *
 * In all of them the step is the transaction that people write by hand. The id of the message in
 * the journal guards it, because a step may run again after a crash. A transaction of one of DBOS's
 * data sources would write more in this version, its own checkpoint beside the step's.
 */
import { DBOS } from '@dbos-inc/dbos-sdk';
import pg from 'pg';
import { v7 } from 'uuid';
import { incoming } from '../conversation.ts';
import { STORE_SCHEMA, storeTurn } from './by-hand-store.ts';
import { firstSnapshot } from './machine.ts';
import type { OpenPeer } from './peer.ts';

const QUEUE = 'conversations';
const silent = { info() {}, debug() {}, warn() {}, error: (message: unknown) => console.error(message) };

export const open: OpenPeer = async ({ database, conversations, variant }) => {
  const queued = variant !== 'tuned';
  const connections = variant === 'start' ? 10 : 20;
  const pool = new pg.Pool({ connectionString: database.url, max: connections });
  await pool.query(STORE_SCHEMA);
  await pool.query('insert into conversations (id, snapshot) select n, $2 from generate_series(0, $1 - 1) n', [
    conversations,
    firstSnapshot(),
  ]);

  async function store(conversation: number, id: string, text: string, at: number): Promise<string> {
    const client = await pool.connect();
    try {
      return await storeTurn(client, conversation, id, { type: 'message', text, at });
    } finally {
      client.release();
    }
  }
  const answered = new Map<string, () => void>();
  const turn = DBOS.registerWorkflow(
    async (conversation: number, id: string, text: string, at: number) => {
      await DBOS.runStep(() => store(conversation, id, text, at), { name: 'store' });
      answered.get(id)?.();
      answered.delete(id);
    },
    { name: 'turn' },
  );
  DBOS.setConfig({
    name: 'bench',
    systemDatabaseUrl: database.url,
    systemDatabasePoolSize: connections,
    logger: silent,
    applicationVersion: '1',
    listenQueues: queued ? [QUEUE] : [],
  });
  await DBOS.launch();
  if (queued) await DBOS.registerQueue(QUEUE, { partitionConcurrency: 1, ...(variant === 'other' ? { minPollingIntervalMs: 100 } : {}) });

  return {
    async turn(conversation) {
      const { text, at } = incoming(conversation, Date.now());
      const id = v7();
      const options = queued
        ? { workflowID: id, queueName: QUEUE, enqueueOptions: { queuePartitionKey: String(conversation) } }
        : { workflowID: id };
      const out = new Promise<void>((resolve) => answered.set(id, resolve));
      await DBOS.startWorkflow(turn, options)(conversation, id, text, at);
      // Resolves before the workflow's result, because a handle polls that once a second.
      await out;
    },
    async settle() {
      const deadline = performance.now() + 20_000;
      while ((await pool.query(`select 1 from dbos.workflow_status where status in ('ENQUEUED', 'PENDING') limit 1`)).rowCount !== 0) {
        if (performance.now() > deadline) throw new Error('workflows are left');
      }
    },
    async counters() {
      return {
        'counted by the machines': await database.count(`select sum((snapshot->'context'->>'count')::int) from conversations`),
        'messages in the journal': await database.count('select count(*) from journal'),
        'workflows that succeeded': await database.count(`select count(*) from dbos.workflow_status where status = 'SUCCESS'`),
      };
    },
    async close() {
      await DBOS.shutdown();
      await pool.end();
    },
  };
};
