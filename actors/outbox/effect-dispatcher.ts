/** Turns a stored work item back into a call of its effect, or of an action's own implementation. */
import * as z from 'zod';
import type { MachineEvent } from '#machines/definition.ts';
import { StatechatError, Unavailable } from '#machines/errors.ts';
import type { SessionId } from '#machines/ids.ts';
import type { WorkItem } from '#storage/port.ts';
import { type EffectContext, HOST_EVENT } from '../contract/api.ts';
import type { RegisteredMachine, Registry } from '../contract/registry.ts';
import { decodePayload, MACHINE_ACTION } from '../contract/work-item.ts';
import { fromJson, HostRefusal } from '../interpreter/serialize.ts';
import { rethrowUncounted } from './retry-policy.ts';

export interface EffectDispatcherOptions {
  readonly registry: Registry;
  /** The machine that a session runs: where its actions' implementations are. */
  readonly machineOf: (sessionId: SessionId) => Promise<RegisteredMachine | undefined>;
  /** Lets an action's implementation send an event to its session. */
  readonly send: (sessionId: SessionId, event: MachineEvent, key: string) => Promise<unknown>;
}

const effectPayload = z.object({ params: z.unknown().optional() });
const actionPayload = z.object({
  path: z.array(z.string()),
  name: z.string(),
  params: z.unknown().optional(),
  context: z.unknown().optional(),
  event: z.unknown().optional(),
});

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
    return (await effect.run(decodePayload(effectPayload, item).params, context))?.ref;
  }

  async #callAction(item: WorkItem, context: EffectContext, held: () => boolean): Promise<undefined> {
    const call = decodePayload(actionPayload, item);
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
}
