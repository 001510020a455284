/** Turns a stored work item back into a call: of an effect, of an action's own implementation, of an invocation's code. */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { Json, MachineEvent } from '#machines/definition.ts';
import { StatechatError, Unavailable } from '#machines/errors.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import type { WorkItem } from '#storage/port.ts';
import { type EffectContext, HOST_EVENT, type LiveEvent } from '../contract/api.ts';
import type { CrashPoints } from '../contract/crash-points.ts';
import type { RegisteredMachine, Registry } from '../contract/registry.ts';
import { keyOf } from '../contract/work-item.ts';
import type { CallbackHistory } from '../interpreter/callback-history.ts';
import { RUN_FAILED } from '../interpreter/input.ts';
import { fromJson, HostRefusal } from '../interpreter/serialize.ts';
import type { Call } from '../interpreter/step.ts';
import type { InvocationRunner, Signal } from '../invocations/invocation-runner.ts';
import type { SettleOrder } from '../invocations/settle-order.ts';
import { MACHINE_ACTION } from '../session/turn-record.ts';
import { rethrowUncounted } from './retry-policy.ts';

export interface EffectDispatcherOptions {
  readonly registry: Registry;
  readonly runner: InvocationRunner;
  readonly crash: CrashPoints;
  /** The machine that a session runs: where its actions' implementations are. */
  readonly machineOf: (sessionId: SessionId) => Promise<RegisteredMachine | undefined>;
  /** Lets an action's implementation send an event to its session. */
  readonly send: (sessionId: SessionId, event: MachineEvent, key: string) => Promise<unknown>;
  readonly saveProgress: (item: WorkItem, progress: Json) => Promise<void>;
  readonly publish: (address: Address, sessionId: SessionId, event: LiveEvent) => void;
  readonly signal: (address: Address, sessionId: SessionId, signal: Signal, eventId: string | null) => void;
  /** Code does what can't be done in its place: for whoever looks after this process. */
  readonly refused: (where: string, refusal: Error) => void;
  /** Default: what code says is passed on as it comes. */
  readonly order?: SettleOrder | undefined;
}

const effectPayload = z.object({ params: z.unknown().optional() });
const actionPayload = z.object({
  path: z.array(z.string()),
  name: z.string(),
  params: z.unknown().optional(),
  context: z.unknown().optional(),
  event: z.unknown().optional(),
});
const invocationPayload = z.object({ address: z.string(), path: z.array(z.string()), input: z.unknown().optional() });

export class EffectDispatcher {
  readonly #options: EffectDispatcherOptions;

  constructor(options: EffectDispatcherOptions) {
    this.#options = options;
  }

  /** `held`: its lease has not run out. */
  async perform(item: WorkItem, context: EffectContext, held: () => boolean): Promise<string | undefined> {
    if (item.type === MACHINE_ACTION) return this.#callAction(item, context, held);
    const effect = this.#options.registry.effect(item.type);
    if (!effect) throw new StatechatError('unknown_effect', `no effect "${item.type}" is registered any more: register it again`);
    return (await effect.run(decode(effectPayload, item).params, context))?.ref;
  }

  async #callAction(item: WorkItem, context: EffectContext, held: () => boolean): Promise<undefined> {
    const call = decode(actionPayload, item);
    const machine = await this.#options.machineOf(item.sessionId).catch(rethrowUncounted);
    const implementation = machine?.action(call.path, call.name);
    if (!implementation)
      throw new StatechatError('unknown_action', `the machine has no action "${call.name}" any more: put it back into setup({ actions })`);
    // The look-up may have taken until somebody else had it.
    if (!held()) rethrowUncounted(new Unavailable(`the lease of "${call.name}" ran out before it was called`));
    const sent: Promise<unknown>[] = [];
    const send = (event: MachineEvent): void => {
      if (call.path.length > 0)
        throw new HostRefusal(
          `action "${call.name}" of the child machine "${call.path.join('/')}" sends to itself, and runs after its step: use raise or sendTo in the machine`,
        );
      sent.push(this.#options.send(item.sessionId, event, `${HOST_EVENT}sent:${context.key}.${sent.length}`));
    };
    const self = { id: item.sessionId, send };
    const get = (id: string): never => {
      throw new HostRefusal(`action "${call.name}" looks for the actor "${id}", and runs after its step: use sendTo in the machine`);
    };
    const args = { context: fromJson(call.context), event: fromJson(call.event), self, system: { get } };
    await (implementation as (args: unknown, params: unknown) => unknown)(args, fromJson(call.params));
    // Not done before what it sent is stored: else a crash would lose it.
    await Promise.all(sent).catch(rethrowUncounted);
    return undefined;
  }

  /** Starts the code of an invocation. Resolves to false if the machine has no such code. */
  invoke(
    item: WorkItem,
    machine: RegisteredMachine,
    { dialogue, open }: { readonly dialogue: CallbackHistory; readonly open: Call | undefined },
    attempt: number,
  ): boolean {
    const { address: text, path, input } = decode(invocationPayload, item);
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

function decode<T>(schema: z.ZodType<T>, item: WorkItem): T {
  const result = schema.safeParse(item.payload);
  if (!result.success)
    throw new StatechatError('unreadable_work', `work item ${keyOf(item)} can't be read: ${z.prettifyError(result.error)}`);
  return result.data;
}
