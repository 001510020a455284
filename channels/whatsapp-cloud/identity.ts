/**
 * The ids of a person on WhatsApp, and the addresses made of them. The only place that knows which
 * field of a request takes which id. docs/decisions/0073-whatsapp-identity.md has the reasons.
 */
import { InvalidInput } from '#machines/errors.ts';
import { type Address, addressParts, formatAddress } from '#machines/ids.ts';

/**
 * What one event says of a person. WhatsApp leaves any of them out, and puts a user id where a
 * number was before, so each id is known by its shape and not by its field.
 */
export interface Identity {
  /** Digits without a plus. A number can be given to another person. */
  readonly phone?: string;
  /** Business-scoped user id, such as `US.1349…`. It is one person with one number, for ever. */
  readonly userId?: string;
  /** The same for a group of portfolios, such as `US.ENT.1181…`. */
  readonly parentId?: string;
}

const PHONE = /^\+?(\d{4,20})$/;
const PARENT = /^[A-Z]{2}\.ENT\.[A-Za-z0-9]{1,128}$/;
const USER = /^[A-Z]{2}\.[A-Za-z0-9]{1,128}$/;

/** The first id of each shape. Texts that are no id are passed over. */
export function identityOf(ids: readonly (string | undefined)[]): Identity {
  const given = ids.flatMap((id) => (id === undefined ? [] : [id.trim()]));
  const phone = given.map((id) => PHONE.exec(id)?.[1]).find((id) => id !== undefined);
  const userId = given.find((id) => USER.test(id));
  const parentId = given.find((id) => PARENT.test(id));
  return {
    ...(phone === undefined ? {} : { phone }),
    ...(userId === undefined ? {} : { userId }),
    ...(parentId === undefined ? {} : { parentId }),
  };
}

/**
 * The id that a conversation is kept under. User ids come before a number, because a number can
 * become another person's. Undefined if the event names nobody.
 */
export function mainId({ userId, parentId, phone }: Identity): string | undefined {
  return userId ?? parentId ?? phone;
}

/** @param account the phone number id of the business number. */
export function addressOf(account: string, id: string): Address {
  return formatAddress({ channel: 'whatsapp', account, peer: id });
}

/** Fields of a request that name its recipient. */
export type Recipient = { readonly recipient_type: 'individual' } & ({ readonly to: string } | { readonly recipient: string });

/**
 * A number goes into `to` and a user id into `recipient`. In `to`, WhatsApp reads the digits of a
 * user id as a number and answers as if it had sent the message.
 */
export function recipientOf(address: Address): Recipient {
  const { peer } = addressParts(address);
  const { phone } = identityOf([peer]);
  if (phone !== undefined) return { recipient_type: 'individual', to: phone };
  if (USER.test(peer) || PARENT.test(peer)) return { recipient_type: 'individual', recipient: peer };
  throw new InvalidInput(`"${peer.slice(0, 80)}" is nobody on WhatsApp: a number or a business-scoped user id is expected`);
}
