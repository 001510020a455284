/**
 * The program's own session machine and assistant on PostgreSQL with hot copies in Redis, with a
 * model and a channel that answer at once.
 */
import { randomUUID } from 'node:crypto';
import { v7 } from 'uuid';
import { invocationContext } from '#actors/contract/api.ts';
import { defineEffect } from '#actors/contract/effect.ts';
import { Registry } from '#actors/contract/registry.ts';
import { TestRuntime } from '#actors/testing/test-runtime.ts';
import { conversation } from '#agent-service/generic-workflows.ts';
import { summarize } from '#agent-service/memory/summarize.ts';
import type { Provider } from '#agent-service/provider.ts';
import { InProcessAgentService } from '#agent-service/service.ts';
import { Workflows } from '#agent-service/workflows.ts';
import { bindAssistant } from '#assistants/bind-assistant.ts';
import { companion } from '#assistants/companion/assistant.ts';
import { type Address, formatAddress, type SessionId } from '#machines/ids.ts';
import { agentsNotifyParams, describeMessageSend, messageSendParams } from '#machines/session/effects.ts';
import type { Archive } from '#storage/archive.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import type { Store, TurnCommit } from '#storage/port.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { openBudgetedRedis } from '#storage/redis/budgeted.ts';
import { createTieredStore } from '#storage/tiered/adapter.ts';
import { TALK } from './talk.ts';

export interface Sessions {
  readonly runtime: TestRuntime;
  /** PostgreSQL, behind Redis where there is one. */
  readonly store: Store;
  readonly archive: Archive;
  /** The last turn that was committed. */
  readonly lastTurn: () => TurnCommit | undefined;
  /** Opens a session without a message. Resolves when it is durable. */
  open(index: number): Promise<void>;
  /**
   * Sends a customer's message. Resolves when its turn is durable. Opens a session if there is
   * none.
   */
  send(index: number): Promise<void>;
  end(index: number): Promise<void>;
  /** Until nothing is under way, answers included. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

export function addressOf(index: number): Address {
  return formatAddress({ channel: 'bench', account: 'default', peer: String(index) });
}

const ASSISTANT = 'companion';

const answers: Provider = {
  name: 'bench',
  defaultModel: 'bench',
  async *stream({ messages }) {
    const newest = JSON.stringify(messages.at(-1));
    const [, text = 'I do not know.'] = TALK.find(([question]) => newest.includes(question)) ?? [];
    yield { type: 'text', text };
    yield { type: 'stop', reason: 'end', model: 'bench' };
  },
};

/** An instance of its own. Without `redisUrl`, on PostgreSQL alone. */
export function openSessions(databaseUrl: string, redisUrl: string | undefined): Sessions {
  let turn: TurnCommit | undefined;
  /** How many messages of each session. */
  const sent = new Map<number, number>();
  const durable: StoreLifecycle = createPostgresStore({ connectionString: databaseUrl });
  const redis = redisUrl === undefined ? undefined : openBudgetedRedis({ url: redisUrl });
  const tiered = redis === undefined ? durable : createTieredStore({ durable, redis });
  const assistant = bindAssistant(companion, {
    service: new InProcessAgentService({ provider: answers, workflows: new Workflows([conversation(), summarize]) }),
    contextOf: invocationContext,
    files: tiered.files,
    policy: { debounceMs: 0, maxMessageHistory: 20 },
    now: Date.now,
    handOver: false,
  });
  const runtime = new TestRuntime({
    store: {
      ...tiered.store,
      async commit(turns, ...rest) {
        const results = await tiered.store.commit(turns, ...rest);
        turn = turns.at(-1);
        return results;
      },
    },
    registry: new Registry({
      assistants: [assistant],
      effects: [
        defineEffect({
          type: 'message.send',
          params: messageSendParams,
          lane: 'address',
          describe: describeMessageSend,
          run: async () => ({ ref: '1' }),
        }),
        defineEffect({ type: 'agents.notify', params: agentsNotifyParams, lane: 'none', run: async () => undefined }),
      ],
    }),
    owner: `operations-${v7()}`,
    newSessionId: () => v7() as SessionId,
    onError: (where, error) => {
      throw new Error(`${where} failed`, { cause: error });
    },
  });
  runtime.start();
  async function deliver(index: number, event: Parameters<TestRuntime['deliver']>[1]): Promise<void> {
    const receipt = await runtime.deliver({ address: addressOf(index), assistant: ASSISTANT }, event, { eventId: randomUUID() });
    if (receipt.parked ?? receipt.ignored ?? receipt.refused) throw new Error(`not applied: ${JSON.stringify(receipt)}`);
  }
  return {
    runtime,
    store: tiered.store,
    archive: tiered.archive,
    lastTurn: () => turn,
    async open(index) {
      await runtime.open({ address: addressOf(index), assistant: ASSISTANT });
    },
    send: (index) => {
      const nth = sent.get(index) ?? 0;
      sent.set(index, nth + 1);
      const [text = ''] = TALK[nth % TALK.length] ?? [];
      return deliver(index, { type: 'customer.message', id: randomUUID(), at: Date.now(), text });
    },
    end: (index) => deliver(index, { type: 'close', at: Date.now(), by: 'bench' }),
    async settle() {
      while (runtime.busy || runtime.running > 0) await new Promise((resolve) => setImmediate(resolve));
    },
    async close() {
      await runtime.drain();
      await tiered.close();
      await redis?.close();
    },
  };
}
