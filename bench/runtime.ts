/**
 * Contestant (a) is this runtime over its PostgreSQL store. Its path is that of a channel, which
 * delivers, makes a turn, commits and answers.
 */
import { v7 } from 'uuid';
import { defineEffect } from '#actors/contract/effect.ts';
import type { LiveEvent } from '#actors/contract/live-events.ts';
import { Registry } from '#actors/contract/registry.ts';
import { TestRuntime } from '#actors/testing/test-runtime.ts';
import { type Address, formatAddress, type SessionId } from '#machines/ids.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import type { Turns } from './contestant.ts';
import { conversationDefinition, incoming, replySchema } from './conversation.ts';
import type { Database } from './databases.ts';
import type { Answers } from './options.ts';

const ASSISTANT = 'bench';

export const JOURNALLED = `select count(*) from journal where kind = 'customer.message'`;
const COUNTED = `select sum((snapshot->'snapshot'->'context'->>'count')::int) from sessions`;
export const SENT = `select count(*) from journal where delivery_status = 'sent'`;

export async function runtimeContestant(database: Database, answers: Answers, conversations: number): Promise<Turns> {
  const addresses = Array.from({ length: conversations }, (_, index) =>
    formatAddress({ channel: 'bench', account: 'default', peer: String(index) }),
  );
  const owner = `bench-${v7()}`;
  let sent = 0;
  const answered = new Map<Address, () => void>();
  const answer = (address: Address) => {
    const resolve = answered.get(address);
    if (!resolve) throw new Error(`an answer to ${address} that nobody waits for`);
    answered.delete(address);
    resolve();
  };
  const { store, close } = createPostgresStore({ connectionString: database.url });
  const send = defineEffect({
    type: 'message.send',
    params: replySchema,
    lane: 'address',
    describe: ({ text }) => ({ kind: 'assistant.message', author: 'assistant', text, message: true }),
    ...(answers === 'journal' ? { settledByCommit: (_params: unknown, { key }: { readonly key: string }) => ({ ref: key }) } : {}),
    run: async (_params, { address }) => {
      answer(address);
      return undefined;
    },
  });
  const runtime = new TestRuntime({
    store,
    registry: new Registry({ assistants: [{ name: ASSISTANT, definitions: [conversationDefinition(answers)] }], effects: [send] }),
    owner,
    newSessionId: () => v7() as SessionId,
    onError: (where, error) => {
      throw new Error(`${where} failed`, { cause: error });
    },
  });
  runtime.start();
  if (answers !== 'outbox') {
    const isAnswer = (event: LiveEvent): boolean =>
      answers === 'live' ? event.type === 'emitted' : event.type === 'entry' && event.entry.kind === 'assistant.message';
    for (const address of addresses) runtime.watch(address, (_id, event) => isAnswer(event) && answer(address));
  }
  const earlier = await database.count(JOURNALLED);

  return {
    async turn(conversation) {
      const address = addresses[conversation];
      if (address === undefined) throw new Error(`there is no conversation ${conversation}`);
      const out = new Promise<void>((resolve) => answered.set(address, resolve));
      const receipt = await runtime.deliver({ address, assistant: ASSISTANT }, incoming(conversation, Date.now()), {
        eventId: `${owner}:${++sent}`,
      });
      if (receipt.parked ?? receipt.ignored ?? receipt.refused) throw new Error(`not applied: ${JSON.stringify(receipt)}`);
      await out;
    },
    async settle() {
      while (runtime.busy) await new Promise((resolve) => setImmediate(resolve));
    },
    async counters() {
      if ((await database.count('select count(*) from outbox')) > 0) throw new Error('runtime: answers are left in the outbox');
      return {
        'counted by the machines': (await database.count(COUNTED)) - earlier,
        'messages in the journal': (await database.count(JOURNALLED)) - earlier,
        ...(answers !== 'live' ? { 'answers marked as sent': (await database.count(SENT)) - earlier } : {}),
      };
    },
    async close() {
      await runtime.drain();
      await close();
    },
  };
}
