/**
 * Instances on one store whose sessions run the session machine, for tests of moves. A test settles
 * the answers and reads what was sent.
 */
import { v7 as uuidv7 } from 'uuid';
import { fromPromise } from 'xstate';
import { defineEffect } from '#actors/contract/effect.ts';
import { type AssistantBinding, Registry } from '#actors/contract/registry.ts';
import type { RuntimeOptions } from '#actors/runtime.ts';
import { TestRuntime } from '#actors/testing/test-runtime.ts';
import { type Address, parseAddress, parseSessionId } from '#machines/ids.ts';
import { sessionDefinitions } from '#machines/session/definition.ts';
import {
  agentsNotifyParams,
  describeMessageSend,
  fileSendParams,
  messageSendParams,
  reactionSendParams,
} from '#machines/session/effects.ts';
import type { AnalyseInput, AnalyseOutput, AnswerInput, AnswerOutput, SummariseInput, SummariseOutput } from '#machines/session/runs.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import type { JournalEntry, SessionRow } from '#storage/port.ts';

export interface StartedAnswer {
  readonly input: AnswerInput;
  readonly signal: AbortSignal;
  readonly give: (text: string) => void;
}

export const ann = { id: 'ann', name: 'Ann' };
export const bob = { id: 'bob', name: 'Bob' };

export class MovingSessions {
  readonly #lifecycle: StoreLifecycle;
  readonly #bindings: readonly AssistantBinding[];
  readonly runtimes: TestRuntime[] = [];
  /** What was sent, in order, and where. */
  readonly sent: { readonly address: Address; readonly text: string }[] = [];
  readonly answers: StartedAnswer[] = [];
  /** A message that waits here is being sent until the promise resolves. */
  beforeSend: (text: string) => Promise<void> = async () => {};

  constructor(lifecycle: StoreLifecycle, bindings: readonly AssistantBinding[] = []) {
    this.#lifecycle = lifecycle;
    this.#bindings = bindings;
  }

  get store() {
    return this.#lifecycle.store;
  }

  get addresses() {
    return this.#lifecycle.addresses;
  }

  instance(options: Partial<RuntimeOptions> = {}): TestRuntime {
    const started = <O>(input: AnswerInput, signal: AbortSignal, outcome: (text: string) => O): Promise<O> =>
      new Promise((give, stop) => {
        signal.addEventListener('abort', () => stop(signal.reason));
        this.answers.push({ input, signal, give: (text) => give(outcome(text)) });
      });
    const runs = {
      answer: fromPromise<AnswerOutput, AnswerInput>(({ input, signal }) => started(input, signal, (text) => ({ text }))),
      analyse: fromPromise<AnalyseOutput, AnalyseInput>(async () => ({ text: '', summary: '' })),
      summarise: fromPromise<SummariseOutput, SummariseInput>(async () => ({ text: 'summary' })),
    };
    const input = ({
      address,
      assistant,
      now,
      previousId,
    }: {
      address: string;
      assistant: string;
      now: number;
      previousId: string | null;
    }) => ({
      address,
      assistant,
      now,
      previous: previousId,
      policy: { debounceMs: 0 },
    });
    const registry = new Registry({
      assistants: [{ name: 'companion', definitions: sessionDefinitions(runs), input }, ...this.#bindings],
      effects: [
        defineEffect({
          type: 'message.send',
          params: messageSendParams,
          lane: 'address',
          describe: describeMessageSend,
          run: async ({ text }, { address }) => {
            await this.beforeSend(text);
            this.sent.push({ address, text });
            return { ref: String(this.sent.length) };
          },
        }),
        defineEffect({ type: 'file.send', params: fileSendParams, lane: 'address', run: async () => undefined }),
        defineEffect({ type: 'reaction.send', params: reactionSendParams, lane: 'address', run: async () => undefined }),
        defineEffect({ type: 'agents.notify', params: agentsNotifyParams, lane: 'none', run: async () => undefined }),
      ],
    });
    const runtime = new TestRuntime({
      store: this.store,
      addresses: this.addresses,
      registry,
      owner: uuidv7(),
      newSessionId: (after) => parseSessionId(uuidv7({ msecs: Math.max(Date.now(), after === undefined ? 0 : timeOf(after) + 1) })),
      leaseMs: 2_000,
      sweepMs: 50,
      ...options,
    });
    runtime.start();
    this.runtimes.push(runtime);
    return runtime;
  }

  write(runtime: TestRuntime, address: Address, text: string, id = uuidv7()) {
    const event = { type: 'customer.message', id, at: Date.now(), text };
    return runtime.deliver({ address, assistant: 'companion' }, event, { eventId: id });
  }

  async rows(address: Address): Promise<readonly SessionRow[]> {
    return (await this.store.sessions({ address }, 100)).items;
  }

  async row(address: Address): Promise<SessionRow> {
    const row = await this.store.load({ address });
    if (row === undefined) throw new Error(`there is no session at ${address}`);
    return row;
  }

  journal(row: Pick<SessionRow, 'id'>): Promise<readonly JournalEntry[]> {
    return this.store.journal(row.id, 0, 1_000);
  }

  /** Texts that the customer sent, as the session has them. */
  async texts(row: Pick<SessionRow, 'id'>): Promise<(string | null)[]> {
    return (await this.journal(row)).filter(({ kind }) => kind === 'customer.message').map(({ text }) => text);
  }

  async close(): Promise<void> {
    for (const runtime of this.runtimes.splice(0)) await runtime.drain(2_000);
  }
}

function timeOf(id: string): number {
  return Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
}

export function twoAddresses(): readonly [Address, Address] {
  const group = () => parseAddress(`telegram:100:-${Math.floor(Math.random() * 1e12)}`);
  return [group(), group()];
}
