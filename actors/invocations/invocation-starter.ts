/**
 * Starts the code of invocations from their stored work items, and routes what the code sends back to its session.
 *
 * Owns: reading the item, finding the code in the session's machine, numbering what one start of the code sends.
 * Does not own: running the code (invocation-runner.ts), whether the session still waits for it (invocation-router.ts).
 */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Json } from '#machines/definition.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { WorkItem } from '#storage/port.ts';
import { HOST_EVENT, type LiveEvent } from '../contract/api.ts';
import type { CrashPoints } from '../contract/crash-points.ts';
import type { RegisteredMachine } from '../contract/registry.ts';
import { decodePayload, keyOf } from '../contract/work-item.ts';
import type { CallbackHistory } from '../interpreter/callback-history.ts';
import { RUN_FAILED } from '../interpreter/input.ts';
import type { Call } from '../interpreter/step.ts';
import type { InvocationRunner, Signal } from './invocation-runner.ts';
import type { SettleOrder } from './settle-order.ts';

export interface InvocationStarterOptions {
  readonly runner: InvocationRunner;
  readonly crash: CrashPoints;
  readonly saveProgress: (item: WorkItem, progress: Json) => Promise<void>;
  readonly publish: (address: Address, sessionId: SessionId, event: LiveEvent) => void;
  readonly signal: (address: Address, sessionId: SessionId, signal: Signal, eventId: string | null) => void;
  /** The code did something that is not possible where it runs. For the operator's log. */
  readonly refused: (where: string, refusal: Error) => void;
  /** Default: what the code sends is passed on as it comes. */
  readonly order?: SettleOrder | undefined;
}

const invocationPayload = z.object({ address: z.string(), path: z.array(z.string()), input: z.unknown().optional() });

export class InvocationStarter {
  readonly #options: InvocationStarterOptions;

  constructor(options: InvocationStarterOptions) {
    this.#options = options;
  }

  /** Starts the code of an invocation. Resolves to false if the machine has no such code. */
  start(
    item: WorkItem,
    machine: RegisteredMachine,
    { dialogue, open }: { readonly dialogue: CallbackHistory; readonly open: Call | undefined },
    attempt: number,
  ): boolean {
    const { address: text, path, input } = decodePayload(invocationPayload, item);
    const address = text as Address;
    const { sessionId, serial } = item;
    const { publish, signal, runner, crash, saveProgress, order, refused } = this.#options;
    const logic = machine.logic(path);
    const runId = keyOf(item);
    // Not the attempt: that of a process which died was never counted, and the next one's words would pass for repeated.
    const start = randomUUID();
    if (!logic) {
      const error = { name: 'StatechatError', code: 'unknown_logic', message: `the machine has no actor "${path.join('/')}" any more` };
      const failed = { to: 'self', event: { type: RUN_FAILED, error } } as const;
      if (open) signal(address, sessionId, { kind: 'answer', serial, call: open.call, said: [failed] }, null);
      else signal(address, sessionId, { kind: 'signal', serial, ...failed, prompt: false }, null);
      return true;
    }
    order?.begun(runId, serial);
    runner.start({
      serial,
      id: item.type,
      logic,
      input: input as Json | undefined,
      dialogue,
      open,
      context: {
        sessionId,
        address,
        runId,
        attempt,
        progress: item.progress,
        saveProgress: (progress) => saveProgress(item, progress),
        publish: (event) => {
          crash('during run');
          publish(address, sessionId, event);
        },
      },
      refused: (refusal) => refused(`run ${item.type}`, refusal),
      emitted: (event) => publish(address, sessionId, { type: 'emitted', event, runId }),
      say: (said, number) => {
        // What a run says to itself is stale the second time; what it says to others must carry an id to be told apart.
        const eventId = said.kind === 'answer' || said.to === 'self' ? null : `${HOST_EVENT}run:${serial}:${start}:${number}`;
        const pass = (): void => signal(address, sessionId, said, eventId);
        // An answer has its place already.
        if (order && said.kind === 'signal') order.said(runId, pass);
        else pass();
      },
    });
    return true;
  }
}
