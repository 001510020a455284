/** The runtime on a store, as the app has it, for conversations of `machine.ts`. */
import { v7 } from 'uuid';
import { noMetrics } from '#actors/contract/metrics.ts';
import { Registry } from '#actors/contract/registry.ts';
import { TestRuntime } from '#actors/testing/test-runtime.ts';
import { type Address, formatAddress, type SessionId } from '#machines/ids.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { incoming } from '../conversation.ts';
import { growthDefinition } from './machine.ts';

const ASSISTANT = 'bench';

export interface App {
  /** Sends a message to conversation `index`. Resolves when its turn is durable. */
  send(index: number): Promise<void>;
  /**
   * How late the timers since the last call fired, in milliseconds. Negative if one fired too
   * early.
   */
  takeTimers(): number[];
  settle(): Promise<void>;
  close(): Promise<void>;
}

export function addressOf(index: number): Address {
  return formatAddress({ channel: 'bench', account: 'default', peer: String(index) });
}

export function openApp({ store, close }: StoreLifecycle): App {
  const owner = `growth-${v7()}`;
  let sent = 0;
  let timers: number[] = [];
  const runtime = new TestRuntime({
    store,
    registry: new Registry({ assistants: [{ name: ASSISTANT, definitions: [growthDefinition] }], effects: [] }),
    owner,
    newSessionId: () => v7() as SessionId,
    metrics: { ...noMetrics, timerFired: (lateMs) => timers.push(lateMs) },
    onError: (where, error) => {
      throw new Error(`${where} failed`, { cause: error });
    },
  });
  runtime.start();
  return {
    async send(index) {
      const receipt = await runtime.deliver({ address: addressOf(index), assistant: ASSISTANT }, incoming(index, Date.now()), {
        eventId: `${owner}:${++sent}`,
      });
      if (receipt.parked ?? receipt.ignored ?? receipt.refused) throw new Error(`not applied: ${JSON.stringify(receipt)}`);
    },
    takeTimers() {
      const taken = timers;
      timers = [];
      return taken;
    },
    async settle() {
      while (runtime.busy) await new Promise((resolve) => setImmediate(resolve));
    },
    async close() {
      await runtime.drain();
      await close();
    },
  };
}
