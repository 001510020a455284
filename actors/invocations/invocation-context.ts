import { StatechatError } from '#machines/errors.ts';
import type { InvocationContext } from '../contract/api.ts';

/** The key under which the actor system that runs an invocation carries its context. */
export const CONTEXT: unique symbol = Symbol('statechat.invocation');

/**
 * What the host knows of a running invocation. For use inside `fromPromise`, `fromCallback` and `fromObservable`:
 * `fromPromise(async (args) => { const { sessionId, publish } = invocationContext(args); … })`.
 * Throws when the logic is run by a bare `createActor`.
 */
export function invocationContext(args: { readonly system: object }): InvocationContext {
  const context: InvocationContext | undefined = Reflect.get(args.system, CONTEXT);
  if (!context)
    throw new StatechatError('no_host', 'this logic needs its invocation context, which only the host provides: run it in a session');
  return context;
}
