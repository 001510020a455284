/** Makes XState actions of what was drawn. */
import {
  type AnyActorRef,
  assign,
  cancel,
  type EventObject,
  emit,
  enqueueActions,
  log,
  raise,
  sendParent,
  sendTo,
  spawnChild,
  stopChild,
} from 'xstate';
import type { ActSpec } from './specs.ts';

export interface Context {
  readonly n: number;
  readonly fuel: number;
  readonly heard: readonly string[];
  readonly refs: Readonly<Record<string, AnyActorRef>>;
}
export interface Args {
  readonly context: Context;
  readonly event: EventObject;
}
export function acts(specs: readonly ActSpec[]): unknown[] {
  return specs.flatMap((spec) => act(spec));
}

/** Does the actions if there is fuel for them. */
function fuelled(...actions: readonly unknown[]): unknown {
  return enqueueActions(({ context, enqueue }) => {
    if (!((context as Context).fuel > 0)) return;
    enqueue(assign({ fuel: ({ context }: Args) => context.fuel - 1 }) as never);
    for (const action of actions) enqueue(action as never);
  });
}

function forget(id: string): unknown {
  return assign({ refs: ({ context }: Args) => Object.fromEntries(Object.entries(context.refs).filter(([key]) => key !== id)) });
}

function inlined(): void {}

function act(spec: ActSpec): unknown[] {
  switch (spec.do) {
    case 'named':
      return ['plain'];
    case 'implemented':
      return ['implemented'];
    case 'inline':
      return [inlined];
    case 'params':
      return [{ type: 'withParams', params: { a: 1, deep: { list: [1, null, 'x'] } } }];
    case 'dynamic':
      return [{ type: 'withDynamic', params: ({ context, event }: Args) => ({ n: context.n, of: event.type }) }];
    case 'log':
      return [log(({ context }: Args) => context.n)];
    case 'throw':
      return [
        assign(() => {
          throw new Error('thrown by an assign');
        }),
      ];
    case 'add':
      return [assign({ n: ({ context }: Args) => context.n + spec.by })];
    case 'raise':
      return [fuelled(raise({ type: spec.event }))];
    case 'emit':
      return [emit(({ context }: Args) => ({ type: `emitted.${spec.event}`, n: context.n }))];
    case 'sendParent':
      return [fuelled(sendParent({ type: spec.event }))];
    case 'sendSelf':
      return [fuelled(sendTo(({ self }) => self, { type: spec.event }))];
    case 'raiseLater':
      return [fuelled(raise({ type: spec.event }, { id: spec.id, delay: spec.ms }))];
    case 'sendSelfLater':
      return [fuelled(sendTo(({ self }) => self, { type: spec.event }, { id: spec.id, delay: spec.ms }))];
    case 'sendParentLater':
      return [fuelled(sendParent({ type: spec.event }, { id: spec.id, delay: spec.ms }))];
    case 'cancel':
      return [cancel(spec.id)];
    case 'tell':
      return [withChild(spec.child, (to) => sendTo(to, { type: spec.event }))];
    case 'tellLater':
      return [withChild(spec.child, (to) => sendTo(to, { type: spec.event }, { id: spec.id, delay: spec.ms }))];
    case 'tellSystem':
      return [
        enqueueActions(({ context, system, enqueue }) => {
          const actor = system.get(`m.${spec.child}`);
          if (!actor || !((context as Context).fuel > 0)) return;
          enqueue(assign({ fuel: ({ context }: Args) => context.fuel - 1 }) as never);
          enqueue.sendTo(actor, { type: spec.event });
        }),
      ];
    case 'spawn':
      return [
        stopChild(spec.child),
        forget(spec.child),
        fuelled(
          spawnChild(spec.src, { id: spec.child, syncSnapshot: spec.sync, input: ({ context }: Args) => ({ n: context.n }) } as never),
        ),
      ];
    case 'spawnIntoContext':
      return [
        stopChild(spec.child),
        assign(({ context, spawn }) => {
          const { [spec.child]: _, ...refs } = (context as Context).refs;
          return {
            refs: {
              ...refs,
              [spec.child]: spawn(spec.src, { id: spec.child, syncSnapshot: spec.sync, input: { n: (context as Context).n } }),
            },
          };
        }),
      ];
    case 'stop':
      return [
        stopChild(spec.child),
        assign({ refs: ({ context }: Args) => Object.fromEntries(Object.entries(context.refs).filter(([id]) => id !== spec.child)) }),
      ];
    case 'several':
      return [
        enqueueActions(({ context, enqueue, check }) => {
          if (spec.ifOdd && !check('odd' as never)) return;
          enqueue.assign({ n: (context as Context).n + 1 } as never);
          for (const action of spec.acts.flatMap((each) => act(each))) enqueue(action as never);
        }),
      ];
  }
}

/** Sending to a child that is not there is an error in XState, so it is done only if it is. */
function withChild(id: string, tell: (to: AnyActorRef) => unknown): unknown {
  return enqueueActions(({ context, self, enqueue }) => {
    const child = childrenOf(self)[id];
    if (!child || !((context as Context).fuel > 0)) return;
    enqueue(assign({ fuel: ({ context }: Args) => context.fuel - 1 }) as never);
    enqueue(tell(child) as never);
  });
}

function childrenOf(actor: AnyActorRef): Readonly<Record<string, AnyActorRef>> {
  try {
    return Reflect.get(Object(actor.getSnapshot()), 'children') ?? {};
  } catch {
    // It has none yet while it initializes itself.
    return {};
  }
}
