/** One session of a real assistant on a memory store, under a clock that the test moves. */
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { invocationContext } from '#actors/contract/api.ts';
import { defineEffect } from '#actors/contract/effect.ts';
import { Registry } from '#actors/contract/registry.ts';
import { decodeSnapshot } from '#actors/interpreter/stored-snapshot.ts';
import { replay } from '#actors/session/replay.ts';
import { TestRuntime } from '#actors/testing/test-runtime.ts';
import { conversation } from '#agent-service/generic-workflows.ts';
import { summarize } from '#agent-service/memory/summarize.ts';
import { createOfflineProvider } from '#agent-service/offline/adapter.ts';
import { conversationPlan } from '#agent-service/offline/plan.ts';
import type { Provider, ProviderRequest } from '#agent-service/provider.ts';
import { InProcessAgentService } from '#agent-service/service.ts';
import { Workflows } from '#agent-service/workflows.ts';
import { bindAssistant } from '#assistants/bind-assistant.ts';
import type { Assistant } from '#assistants/define-assistant.ts';
// Reports load it late, and a session here settles in turns of the loop, which wait for no disk.
import '#assistants/stock-analyst/report/render.ts';
import { formatAddress, parseSessionId } from '#machines/ids.ts';
import type { Card } from '#machines/session/cards.ts';
import { type SessionContext, sessionContext } from '#machines/session/context.ts';
import {
  agentsNotifyParams,
  describeFileSend,
  describeMessageSend,
  describeReactionSend,
  fileSendParams,
  messageSendParams,
  reactionSendParams,
} from '#machines/session/effects.ts';
import type { PolicySettings } from '#machines/session/policy.ts';
import { contextReader } from '#src/operations/session-context.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import type { JournalEntry, SessionRow } from '#storage/port.ts';

const LEASE_MS = 1;

/** The offline model as the program makes it for this assistant. */
function offlineModelOf(assistant: Assistant): Provider {
  const { name, offline } = assistant;
  const plans = new Map([
    ...workflowsOf(assistant).offlinePlans,
    ...(offline === undefined ? [] : [[conversationPlan(name), offline] as const]),
  ]);
  return createOfflineProvider({ delayMs: 0, plans });
}

function workflowsOf({ tools = [], workflows }: Assistant): Workflows {
  return new Workflows([conversation(tools), summarize, ...workflows]);
}

export class AssistantSession {
  readonly #kept = createMemoryStore();
  readonly store = this.#kept.store;
  readonly rollups = this.#kept.rollups;
  readonly archive = this.#kept.archive;
  readonly address = formatAddress({ channel: 'web', account: 'default', peer: crypto.randomUUID() });
  /** Requests that the provider received, in order. */
  readonly asked: ProviderRequest[] = [];
  readonly sent: string[] = [];
  readonly cards: Card[] = [];
  now = 1_000;
  readonly registry: Registry;
  runtime: TestRuntime;
  readonly #assistant: Assistant;
  readonly #provider: Provider;
  #service: InProcessAgentService;
  #late = 0;
  #restarts = 0;
  #messages = 0;

  constructor(assistant: Assistant, provider: Provider = offlineModelOf(assistant), policy: PolicySettings = {}) {
    this.#assistant = assistant;
    const watched: Provider = {
      ...provider,
      stream: (request, signal) => {
        this.asked.push(request);
        return provider.stream(request, signal);
      },
    };
    this.#provider = watched;
    this.#service = this.#newService();
    this.registry = new Registry({
      assistants: [
        bindAssistant(assistant, {
          // A new process has a new service.
          service: {
            outlives: false,
            start: (request) => this.#service.start(request),
            stream: (of, options) => this.#service.stream(of, options),
            stop: (runId) => this.#service.stop(runId),
          },
          contextOf: invocationContext,
          files: this.#kept.files,
          policy: { debounceMs: 0, ...policy },
          now: () => this.now,
          handOver: false,
        }),
      ],
      effects: [
        defineEffect({
          type: 'message.send',
          params: messageSendParams,
          lane: 'address',
          describe: describeMessageSend,
          run: async ({ text, card }) => {
            if (text !== '') this.sent.push(text);
            if (card !== undefined) this.cards.push(card);
            return undefined;
          },
        }),
        defineEffect({
          type: 'file.send',
          params: fileSendParams,
          lane: 'address',
          describe: describeFileSend,
          run: async () => undefined,
        }),
        defineEffect({
          type: 'reaction.send',
          params: reactionSendParams,
          lane: 'address',
          describe: describeReactionSend,
          run: async () => undefined,
        }),
        defineEffect({ type: 'agents.notify', params: agentsNotifyParams, lane: 'none', run: async () => undefined }),
      ],
    });
    this.runtime = this.#start();
  }

  #newService(): InProcessAgentService {
    return new InProcessAgentService({ provider: this.#provider, workflows: workflowsOf(this.#assistant) });
  }

  #start(): TestRuntime {
    return new TestRuntime({
      store: this.store,
      registry: this.registry,
      owner: crypto.randomUUID(),
      newSessionId: () => parseSessionId(crypto.randomUUID()),
      clock: { now: () => this.now + this.#late, after: () => () => {} },
      leaseMs: LEASE_MS,
      graceMs: 0,
      onError: (where, error) => {
        throw new Error(`an error in ${where}`, { cause: error });
      },
    });
  }

  /** Sends a customer's message. Resolves when everything that follows from it is done. */
  async say(text: string): Promise<void> {
    await this.#deliver({ type: 'customer.message', text });
  }

  /** The customer changes an earlier message, the first one being 1. */
  async edit(number: number, text: string): Promise<void> {
    await this.act({ type: 'customer.edit', id: `m${number}`, text });
  }

  async command(name: string): Promise<void> {
    await this.#deliver({ type: 'customer.command', name, args: '' });
  }

  /** An event of an agent, or of the host. */
  async act(event: { readonly type: string; readonly [key: string]: unknown }): Promise<void> {
    this.now += 1_000;
    await this.runtime.deliver({ address: this.address, assistant: this.#assistant.name }, { ...event, at: this.now });
    await this.settle();
  }

  async #deliver(event: { readonly type: string; readonly [key: string]: unknown }): Promise<void> {
    this.now += 1_000;
    this.#messages += 1;
    await this.runtime.deliver(
      { address: this.address, assistant: this.#assistant.name },
      { ...event, id: `m${this.#messages}`, at: this.now },
    );
    await this.settle();
  }

  /** What runs, and waits for nothing but itself, ends. */
  async settle(): Promise<void> {
    for (let quiet = 0; quiet < 5; quiet = this.runtime.busy ? 0 : quiet + 1) await turnOfTheLoop();
  }

  /** A new process, as after a crash. */
  async restart(): Promise<void> {
    this.runtime.abandon();
    this.#service = this.#newService();
    this.runtime = this.#start();
    this.#late = LEASE_MS * ++this.#restarts;
    await this.runtime.sweep();
    this.#late = 0;
    await this.settle();
  }

  async row(): Promise<SessionRow> {
    const row = await this.store.load({ address: this.address });
    if (row === undefined) throw new Error('the session did not open');
    return row;
  }

  async context(): Promise<SessionContext> {
    return sessionContext(decodeSnapshot((await this.row()).snapshot).machine);
  }

  async built() {
    return contextReader(this.registry, () => this.now)(await this.row(), undefined);
  }

  async journal(): Promise<readonly JournalEntry[]> {
    return this.store.journal((await this.row()).id, 0, 100_000);
  }

  async replayed(): Promise<unknown> {
    return plain(replay(this.registry, await this.row(), await this.journal()).snapshot);
  }

  async stored(): Promise<unknown> {
    const { lineage: _, ...stored } = Object((await this.row()).snapshot);
    return plain(stored);
  }
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
