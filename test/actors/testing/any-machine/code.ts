/** The code that generated machines invoke and spawn. */
import {
  type AnyActorLogic,
  fromCallback,
  fromEventObservable,
  fromObservable,
  fromPromise,
  fromTransition,
  type Observer,
  type Subscribable,
} from 'xstate';

export const CODE: Readonly<Record<string, AnyActorLogic>> = {
  ok: fromPromise(async ({ input }) => ({ echoed: input })),
  fail: fromPromise(async () => {
    throw new Error('rejected');
  }),
  syncThrow: fromPromise(() => {
    throw new Error('thrown at once');
  }),
  chain: fromPromise(async () => {
    for (let link = 0; link < 5; link++) await Promise.resolve();
    return 'chained';
  }),
  cbNow: fromCallback(({ sendBack, receive, input }) => {
    sendBack({ type: 'B', from: input });
    sendBack({ type: 'X.two' });
    receive((event) => sendBack({ type: event.type === 'A' ? 'C' : 'X.one' }));
  }),
  cbEcho: fromCallback(({ sendBack, receive }) => {
    receive((event) => sendBack({ type: event.type === 'X.one' ? 'X.two' : 'A' }));
  }),
  cbThrow: fromCallback(() => {
    throw new Error('callback threw');
  }),
  cbThrowTold: fromCallback(({ receive }) => {
    receive(() => {
      throw new Error('callback threw when told');
    });
  }),
  cbTalksToSystem: fromCallback(({ system, receive }) => {
    receive(() => system.get('m.i0')?.send({ type: 'B' }));
  }),
  obs: fromObservable(() => listed([1, 2])),
  evObs: fromEventObservable(() => listed([{ type: 'A' }, { type: 'X.one' }])),
  counter: fromTransition((state: { count: number }, event) => (event.type === 'A' ? { count: state.count + 1 } : state), { count: 0 }),
};

function listed<T>(values: readonly T[]): Subscribable<T> {
  return {
    subscribe: (observer: Observer<T> | ((value: T) => void)) => {
      const { next, complete } = typeof observer === 'function' ? { next: observer, complete: undefined } : observer;
      for (const value of values) next?.(value);
      complete?.();
      return { unsubscribe: () => {} };
    },
  };
}
