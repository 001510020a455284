/**
 * DBOS: a message is a workflow whose id is the message's, so that it runs once.
 *
 * For a start: messages go to a queue that is partitioned by conversation, one workflow at a time in each partition; the work is
 * a step. Tuned: the workflow is started at once, in the process that took the message (no queue to poll), the row lock of the
 * transaction keeps a conversation's turns apart, and the pools are larger.
 *
 * In both the step is the transaction that people write by hand, guarded by the message's id in the journal: a step may run
 * again after a crash.
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

export const open: OpenPeer = async ({ database, conversations, tuned }) => {
  const connections = tuned ? 20 : 10;
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
  const turn = DBOS.registerWorkflow(
    (conversation: number, id: string, text: string, at: number) =>
      DBOS.runStep(() => store(conversation, id, text, at), { name: 'store' }),
    { name: 'turn' },
  );
  DBOS.setConfig({
    name: 'bench',
    systemDatabaseUrl: database.url,
    systemDatabasePoolSize: connections,
    logger: silent,
    applicationVersion: '1',
    listenQueues: tuned ? [] : [QUEUE],
  });
  await DBOS.launch();
  if (!tuned) await DBOS.registerQueue(QUEUE, { partitionConcurrency: 1 });

  return {
    async turn(conversation) {
      const { text, at } = incoming(conversation, Date.now());
      const id = v7();
      const options = tuned
        ? { workflowID: id }
        : { workflowID: id, queueName: QUEUE, enqueueOptions: { queuePartitionKey: String(conversation) } };
      const handle = await DBOS.startWorkflow(turn, options)(conversation, id, text, at);
      await handle.getResult();
    },
    async settle() {},
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
