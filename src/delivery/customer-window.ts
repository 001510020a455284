/** Until when the customers of sessions may be sent free text, by the sessions themselves. */
import { machineIn } from '#actors/session/stored-machine.ts';
import type { SessionId } from '#machines/ids.ts';
import { contextSchema } from '#machines/session/context.ts';
import type { Store } from '#storage/port.ts';

const withWindow = contextSchema.pick({ windowUntil: true }).loose();

/**
 * 0 for a customer who has not written. Undefined for a machine of your own, which has no such
 * fact.
 */
export function windowIn(store: Pick<Store, 'load'>): (sessionId: SessionId) => Promise<number | undefined> {
  return async (id) => {
    const row = await store.load({ id });
    if (row?.machineId !== 'session') return undefined;
    return withWindow.safeParse(machineIn(row)?.context).data?.windowUntil ?? 0;
  };
}
