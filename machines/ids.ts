import * as z from 'zod';
import { InvalidInput } from './errors.ts';

/**
 * Session id, for one run of a machine at an address. A UUID version 7, so that ids sort by opening
 * time.
 */
export type SessionId = string & { readonly __brand: 'SessionId' };

const sessionId = z.uuid();

export function parseSessionId(text: string): SessionId {
  const result = sessionId.safeParse(text);
  if (!result.success) throw new InvalidInput(`"${clip(text)}" is not a session id: a UUID is expected`);
  return result.data.toLowerCase() as SessionId;
}

/**
 * Greatest number of a journal entry, and greatest version of anything. Every store takes it, and
 * the column of PostgreSQL no greater one.
 */
export const MAX_SEQ = 2_147_483_647;

/** Place of a customer, `{channel}:{account}:{peer}`. The peer may itself contain colons. */
export type Address = string & { readonly __brand: 'Address' };

export interface AddressParts {
  readonly channel: string;
  readonly account: string;
  readonly peer: string;
}

/** At most 200 characters, because it is a key in every store. */
const ADDRESS = /^(?=.{1,200}$)([a-z][a-z0-9_-]{0,31}):([^:\s\p{Cc}]{1,64}):([^\s\p{Cc}]{1,140})$/u;

export function parseAddress(text: string): Address {
  if (!ADDRESS.test(text)) {
    throw new InvalidInput(`"${clip(text)}" is not an address: {channel}:{account}:{peer} is expected, for example telegram:100:123456`);
  }
  return text as Address;
}

export function formatAddress({ channel, account, peer }: AddressParts): Address {
  return parseAddress(`${channel}:${account}:${peer}`);
}

export function addressParts(address: Address): AddressParts {
  const [, channel, account, peer] = ADDRESS.exec(address) ?? [];
  if (channel === undefined || account === undefined || peer === undefined) throw new InvalidInput(`"${clip(address)}" is not an address`);
  return { channel, account, peer };
}

function clip(text: string): string {
  return String(text).slice(0, 80);
}
