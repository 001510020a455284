/**
 * InvocationStarter starts the code of invocations from their stored work items, and posts what the
 * code sends to its session.
 *
 * Owns decoding the item, finding the code in the session's machine, ids for what one start of the
 * code sends.
 * Does not own running the code (invocation-runner.ts), whether the session still waits for it
 * (invocation-router.ts).
 *
 * Invariant. What the code sends is posted however long the store is away. If this instance can't
 * run the session's machine any more, the lease is released so that an instance that can takes the
 * invocation over (`test/actors/rolling-release.test.ts`).
 */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Json } from '#machines/definition.ts';
import type { Address } from '#machines/ids.ts';
import type { WorkItem } from '#storage/port.ts';
import { HOST_EVENT } from '../contract/api.ts';
import type { Settings } from '../contract/options.ts';
import type { RegisteredMachine } from '../contract/registry.ts';
import { addressOf, decodePayload, keyOf, traceOf } from '../contract/work-item.ts';
import { RUN_FAILED } from '../interpreter/input.ts';
import type { LiveStreams } from '../live/live-streams.ts';
import type { WorkLease } from '../outbox/work-handlers.ts';
import { RunsElsewhere } from '../session/activation.ts';
import type { SessionCache } from '../session/session-cache.ts';
import type { Invocation, InvocationRunner, Signal } from './invocation-runner.ts';

export interface InvocationStarterOptions extends Pick<Settings, 'crash' | 'onError' | 'settleOrder' | 'tracing'> {
  readonly sessions: SessionCache;
  readonly runner: InvocationRunner;
  readonly live: LiveStreams;
}

const invocationPayload = z.object({ path: z.array(z.string()), input: z.unknown().optional() });

export class InvocationStarter {
  readonly #options: InvocationStarterOptions;

  constructor(options: InvocationStarterOptions) {
    this.#options = options;
  }

  /**
   * Starts the code of an invocation. If the machine has no such code, the session receives that as
   * its failure.
   */
  start(
    item: WorkItem,
    machine: RegisteredMachine,
    { history, openCall }: Pick<Invocation, 'history' | 'openCall'>,
    { attempt, lease }: { readonly attempt: number; readonly lease: WorkLease },
  ): void {
    const { path, input } = decodePayload(invocationPayload, item);
    const address = addressOf(item);
    const { sessionId, serial } = item;
    const { live, runner, crash, settleOrder: order, tracing, onError } = this.#options;
    const logic = machine.logic(path);
    const runId = keyOf(item);
    // The attempt's number would not do. The attempt of a process that died was never counted, and
    // the next one's messages would pass for repeated.
    const start = randomUUID();
    const signal = (sent: Signal, eventId: string | null): void => void this.#signal(address, item, sent, eventId, lease);
    if (!logic) {
      const error = { name: 'StatechatError', code: 'unknown_logic', message: `the machine has no actor "${path.join('/')}" any more` };
      const failed = { to: 'self', event: { type: RUN_FAILED, error } } as const;
      if (openCall) signal({ kind: 'answer', serial, call: openCall.call, sent: [failed] }, null);
      else signal({ kind: 'signal', serial, ...failed, prompt: false }, null);
      return;
    }
    order?.started(runId, serial);
    const span = tracing.start(`run ${item.type}`, { parent: traceOf(item), attributes: { 'statechat.attempt': attempt } });
    const invocation: Invocation = {
      serial,
      onEnd: () => span.end(),
      id: item.type,
      logic,
      input: inputAt(item, input as Json | undefined),
      history,
      openCall,
      context: {
        sessionId,
        address,
        runId,
        attempt,
        progress: item.progress,
        saveProgress: (progress) => lease.saveProgress(progress),
        publish: (event) => {
          crash('during run');
          live.publish(address, sessionId, event);
        },
      },
      onRefusal: (refusal) => onError(`run ${item.type}`, refusal),
      onEmit: (event) => live.publish(address, sessionId, { type: 'emitted', event, runId }),
      onSignal: (sent, number) => {
        // What code sends to itself is stale the second time. What it sends to others needs an id
        // of its own.
        const eventId = sent.kind === 'answer' || sent.to === 'self' ? null : `${HOST_EVENT}run:${serial}:${start}:${number}`;
        const post = (): void => signal(sent, eventId);
        // An answer has its place already.
        if (order && sent.kind === 'signal') order.sent(runId, post);
        else post();
      },
    };
    tracing.within(span, () => runner.start(invocation));
  }

  async #signal(address: Address, { sessionId }: WorkItem, input: Signal, eventId: string | null, lease: WorkLease): Promise<void> {
    const { sessions, onError } = this.#options;
    try {
      await sessions.post(address, { kind: 'signal', sessionId, input, eventId }, Number.POSITIVE_INFINITY);
    } catch (error) {
      onError('a run’s signal', error);
      if (error instanceof RunsElsewhere) lease.release();
    }
  }
}

/**
 * Code that starts after its session moved gets the current address where its input names the old
 * one.
 */
function inputAt({ payload, movedTo }: WorkItem, input: Json | undefined): Json | undefined {
  const before: unknown = Reflect.get(Object(payload), 'address');
  if (movedTo === undefined || Reflect.get(Object(input), 'address') !== before) return input;
  return { ...Object(input), address: movedTo };
}
