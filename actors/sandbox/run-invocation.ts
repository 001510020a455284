/**
 * Runs the code of one invocation for a sandbox, and returns what it sent to its session. The
 * caller gives the code, which must be such that nothing leaves.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { AnyActorLogic } from 'xstate';
import { StatechatError } from '#machines/errors.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import { InvocationRunner, type Signal } from '../invocations/invocation-runner.ts';
import type { PendingInvocation } from './sandbox.ts';
import type { SandboxStep } from './steps.ts';

export interface SandboxRun {
  readonly invocation: PendingInvocation;
  readonly logic: AnyActorLogic;
  readonly sessionId: SessionId;
  readonly address: Address;
  /** Aborted when nobody waits for it any more. */
  readonly signal?: AbortSignal | undefined;
  /** In milliseconds. Code that takes longer is stopped. */
  readonly timeoutMs: number;
}

/** What an XState actor that is done tells itself. */
const ENDED = /^(xstate\.(promise\.(resolve|reject)|observable\.(error|complete))|statechat\.run\.failed)$/;

/**
 * Signals to play, in the order in which the code sent them. Throws `StatechatError` code
 * `run_timeout`.
 */
export async function runInvocation(run: SandboxRun): Promise<readonly (SandboxStep & { readonly do: 'signal' })[]> {
  const { invocation, logic, sessionId, address, timeoutMs } = run;
  const { serial, id, input } = invocation;
  const sent: (SandboxStep & { readonly do: 'signal' })[] = [];
  const ended = Promise.withResolvers<void>();
  const runId = `${sessionId}.${serial}`;
  const runner = new InvocationRunner(() => ended.resolve());
  const collect = (signal: Signal): void => {
    if (signal.kind !== 'signal') return;
    sent.push({ do: 'signal', serial, to: signal.to, event: signal.event });
    if (signal.to === 'self' && ENDED.test(signal.event.type)) ended.resolve();
  };
  const leaving = new AbortController();
  const signal = run.signal === undefined ? leaving.signal : AbortSignal.any([run.signal, leaving.signal]);
  try {
    runner.start({
      serial,
      id,
      logic,
      input,
      history: [],
      openCall: undefined,
      context: {
        sessionId,
        address,
        runId,
        attempt: 1,
        progress: null,
        saveProgress: async () => {},
        // Nobody watches a sandbox live.
        publish: () => {},
      },
      onSignal: collect,
      onEmit: () => {},
      onRefusal: (refusal) => ended.reject(refusal),
    });
    const timedOut = delay(timeoutMs, true, { signal }).catch(() => true);
    if ((await Promise.race([ended.promise.then(() => false), timedOut])) && !sent.some(({ event }) => ENDED.test(event.type))) {
      throw new StatechatError('run_timeout', `"${id}" did not end within ${timeoutMs} ms. Choose its outcome instead.`);
    }
    return sent;
  } finally {
    leaving.abort();
    runner.stop(runId);
  }
}
