/**
 * Deletes what is kept of webhooks for long enough, and the places of sessions that are deleted.
 */
import type { Store } from '#storage/port.ts';
import type { Webhooks } from '#storage/webhooks.ts';

const PAGE = 200;

export interface OldRecordsOptions {
  readonly webhooks: Webhooks;
  readonly store: Pick<Store, 'load'>;
  readonly now: () => number;
  /** How long sessions and deliveries are kept, in milliseconds. */
  readonly keepMs: number;
}

export async function deleteOldRecords({ webhooks, store, now, keepMs }: OldRecordsOptions, signal: AbortSignal): Promise<void> {
  const before = now() - keepMs;
  for (const { endpoint } of await webhooks.endpoints()) {
    while (!signal.aborted && (await webhooks.forgetDeliveries(endpoint.id, before, PAGE)) === PAGE);
    for (let last = await webhooks.oldPlaces(endpoint.id, before, PAGE); last.length > 0 && !signal.aborted; ) {
      const rows = await Promise.all(last.map(({ sessionId }) => store.load({ id: sessionId })));
      await webhooks.removePlaces(last.filter((_, index) => rows[index] === undefined));
      last = last.length < PAGE ? [] : await webhooks.oldPlaces(endpoint.id, before, PAGE, last.at(-1));
    }
  }
}
