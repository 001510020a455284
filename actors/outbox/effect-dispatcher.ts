/**
 * EffectDispatcher turns a stored work item back into a call of its effect, or of an action's own
 * implementation.
 *
 * Owns decoding the item, what the implementation of an action may call, how many attempts there
 * are.
 * Does not own when an attempt is made, and what follows a failed one (outbox.ts).
 */
import * as z from 'zod';
import type { MachineEvent } from '#machines/definition.ts';
import { StatechatError, Unavailable } from '#machines/errors.ts';
import type { Address, SessionId } from '#machines/ids.ts';
import { NO_SPAN, type Tracing, traced } from '#machines/tracing.ts';
import type { Delivery, WorkItem } from '#storage/port.ts';
import { type EffectContext, HOST_EVENT } from '../contract/api.ts';
import type { LiveEvent } from '../contract/live-events.ts';
import type { RegisteredMachine, Registry } from '../contract/registry.ts';
import { addressOf, decodePayload, MACHINE_ACTION, traceOf } from '../contract/work-item.ts';
import { fromJson, HostRefusal } from '../interpreter/serialize.ts';
import { rethrowUncounted } from './retry-policy.ts';
import type { EffectHandler } from './work-handlers.ts';

export interface EffectDispatcherOptions {
  readonly registry: Registry;
  readonly tracing: Tracing;
  readonly sessions: EffectSessions;
  /** Shows an event to the watchers of the address. */
  readonly publish: (address: Address, sessionId: SessionId, event: LiveEvent) => void;
}

/** The sessions, as their effects see them. */
export interface EffectSessions {
  /** The machine that a session runs. It has the implementations of its actions. */
  machineOf(sessionId: SessionId): Promise<RegisteredMachine | undefined>;
  /** Sends an event to a session, for an action's implementation. `key` is the event's id. */
  send(sessionId: SessionId, event: MachineEvent, key: string): Promise<unknown>;
  /**
   * Posts to the session that its effect failed for good. Resolves to false if the session is
   * closed.
   */
  effectFailed(item: WorkItem, code: string, reason: string): Promise<boolean>;
}

/** How often the implementation of an action is tried. An effect sets its own number. */
const ACTION_ATTEMPTS = 5;

const effectPayload = z.object({ params: z.unknown().optional() });
const actionPayload = z.object({
  path: z.array(z.string()),
  name: z.string(),
  params: z.unknown().optional(),
  context: z.unknown().optional(),
  event: z.unknown().optional(),
});

export class EffectDispatcher implements EffectHandler {
  readonly #options: EffectDispatcherOptions;

  constructor(options: EffectDispatcherOptions) {
    this.#options = options;
  }

  inTrace<T>(item: WorkItem, work: () => T): T {
    const { tracing } = this.#options;
    const trace = tracing.enabled ? traceOf(item) : undefined;
    return trace === undefined ? work() : tracing.within({ ...NO_SPAN, traceparent: trace }, work);
  }

  attempts(type: string): number {
    return this.#options.registry.effect(type)?.attempts ?? ACTION_ATTEMPTS;
  }

  failed(item: WorkItem, code: string, reason: string): Promise<boolean> {
    return this.#options.sessions.effectFailed(item, code, reason);
  }

  delivered(item: WorkItem, delivery: Delivery): void {
    this.#options.publish(addressOf(item), item.sessionId, { type: 'delivery', seq: item.seq, delivery });
  }

  perform(item: WorkItem, context: EffectContext, isHeld: () => boolean): Promise<string | undefined> {
    const { tracing } = this.#options;
    if (!tracing.enabled) return this.#perform(item, context, isHeld);
    const attributes = { 'statechat.effect': item.type, 'statechat.attempt': context.attempt };
    return traced(tracing, `effect ${item.type}`, { parent: traceOf(item), attributes }, () => this.#perform(item, context, isHeld));
  }

  async #perform(item: WorkItem, context: EffectContext, isHeld: () => boolean): Promise<string | undefined> {
    if (item.type === MACHINE_ACTION) return this.#callAction(item, context, isHeld);
    const effect = this.#options.registry.effect(item.type);
    if (!effect) throw new StatechatError('unknown_effect', `no effect "${item.type}" is registered any more: register it again`);
    // The effect is done, so an id of another type than its own fails nothing any more.
    const ref: unknown = (await effect.run(decodePayload(effectPayload, item).params, context))?.ref;
    return ref === undefined || ref === null ? undefined : String(ref);
  }

  async #callAction(item: WorkItem, context: EffectContext, isHeld: () => boolean): Promise<undefined> {
    const call = decodePayload(actionPayload, item);
    const { sessions } = this.#options;
    const machine = await sessions.machineOf(item.sessionId).catch(rethrowUncounted);
    const implementation = machine?.action(call.path, call.name);
    if (!implementation)
      throw new StatechatError('unknown_action', `the machine has no action "${call.name}" any more: put it back into setup({ actions })`);
    // While the machine was read, another instance may have taken the item over.
    if (!isHeld()) rethrowUncounted(new Unavailable(`the lease of "${call.name}" ran out before it was called`));
    const sent: Promise<unknown>[] = [];
    const send = (event: MachineEvent): void => {
      if (call.path.length > 0)
        throw new HostRefusal(
          `action "${call.name}" of the child machine "${call.path.join('/')}" sends to itself, and runs after its step: use raise or sendTo in the machine`,
        );
      sent.push(sessions.send(item.sessionId, event, `${HOST_EVENT}sent:${context.key}.${sent.length}`));
    };
    const self = { id: item.sessionId, send };
    const get = (id: string): never => {
      throw new HostRefusal(`action "${call.name}" looks for the actor "${id}", and runs after its step: use sendTo in the machine`);
    };
    const args = { context: fromJson(call.context), event: fromJson(call.event), self, system: { get } };
    await (implementation as (args: unknown, params: unknown) => unknown)(args, fromJson(call.params));
    // The action is done only when what it sent is stored. Otherwise a crash would lose it.
    await Promise.all(sent).catch(rethrowUncounted);
    return undefined;
  }
}
