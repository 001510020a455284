/**
 * The name of a customer in roll-ups. It is a keyed hash of assistant and address, so an address
 * cannot be read from it, and nobody without the installation's secret can try addresses out.
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { SessionRow, Store } from '#storage/port.ts';

export type CustomerKey = (of: Pick<SessionRow, 'assistant' | 'address'>) => string;

/** @param secret of the installation. */
export function customerKeyBy(secret: string): CustomerKey {
  return ({ assistant, address }) => createHmac('sha256', secret).update(`${assistant}\n${address}`).digest('base64url').slice(0, 22);
}

/** By the secret that the store keeps, made at the first use. */
export async function customerKeyOf(store: Pick<Store, 'setting'>): Promise<CustomerKey> {
  return customerKeyBy(await store.setting('analytics-key', randomBytes(32).toString('base64url')));
}
