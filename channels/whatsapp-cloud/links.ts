/**
 * Links between the ids of one person. Owns which address an event belongs to, and which addresses
 * have to move to it first. docs/decisions/0073-whatsapp-identity.md has the reasons.
 *
 * Owns what WhatsApp said of a person. Does not own the moves themselves (the host does them) and
 * the events (inbox.ts).
 *
 * Invariants (`test/channels/whatsapp-cloud/identity.test.ts`)
 * 1. A user id is one person for ever. No user id is moved to another one unless WhatsApp reports
 *    that it changed.
 * 2. A number moves to the first user id that comes with it, with the conversation that is there.
 *    With another user id it is another person's from then on, and stays where it was.
 * 3. An event that names the person as an earlier one did costs no lookup.
 */
import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Address } from '#machines/ids.ts';
import type { ChannelEvent } from '../inbound.ts';
import { addressOf, type Identity, mainId } from './identity.ts';

type Moved = Extract<ChannelEvent, { readonly type: 'moved' }>;

export interface LinksOptions {
  /** The phone number id. */
  readonly account: string;
  /** Where an address is now. */
  readonly resolve: (address: Address) => Promise<Address>;
  /** A move is taken in. Resolves once it is durable. */
  readonly move: (event: Moved) => Promise<void>;
  /** A number came with another user id than before. Returns at once. */
  readonly onOtherPerson: (who: Identity) => void;
}

/** People that are remembered. One more costs a lookup for each of its ids. */
const MAX_PEOPLE = 50_000;

export class Links {
  private readonly options: LinksOptions;
  /** Identities whose ids are linked, or known to be of different people. */
  private readonly known = new LRUCache<string, true>({ max: MAX_PEOPLE });
  /** The person who had a number last. */
  private readonly holders = new LRUCache<string, Address>({ max: MAX_PEOPLE });

  constructor(options: LinksOptions) {
    this.options = options;
  }

  /** The address, if the ids are known already. Then no move is needed. */
  knownAddress(who: Identity): Address | undefined {
    const { userId, parentId, phone } = who;
    const exact = userId ?? parentId;
    if (exact === undefined) return phone === undefined ? undefined : (this.holders.get(phone) ?? this.at(phone));
    const alone = phone === undefined && (userId === undefined || parentId === undefined);
    if (!alone && !this.known.has(keyOf(who))) return undefined;
    const address = this.at(exact);
    if (phone !== undefined) this.holders.set(phone, address);
    return address;
  }

  /** The same, after the moves that link the ids. Rejects with what a move rejected with. */
  async address(who: Identity, at: number): Promise<Address> {
    const known = this.knownAddress(who);
    if (known !== undefined) return known;
    const address = this.at(mainId(who) ?? '');
    const others = [who.userId === undefined ? undefined : who.parentId, who.phone].filter((id) => id !== undefined);
    for (const id of others) await this.link(id, address, who, at);
    this.known.set(keyOf(who), true);
    if (who.phone !== undefined) this.holders.set(who.phone, address);
    return address;
  }

  /** Moves the address of an id to that of its person, if it is not another one's. */
  private async link(id: string, to: Address, who: Identity, at: number): Promise<void> {
    const { resolve, move, onOtherPerson } = this.options;
    const own = this.at(id);
    const [linked, target] = await Promise.all([resolve(own), resolve(to)]);
    if (linked === target) return;
    if (linked !== own) return onOtherPerson(who);
    await move({ type: 'moved', id: linkId(own, target), from: own, to: target, at });
  }

  /**
   * WhatsApp reports that ids of a person changed. The conversation goes along. A new number
   * without a user id takes its address back from whoever had the number before.
   */
  async changed(id: string, from: Identity, to: Identity, at: number): Promise<void> {
    const { resolve, move } = this.options;
    const former = await resolve(await this.address(from, at));
    const exact = to.userId ?? to.parentId;
    const [wanted] = exact === undefined ? [to.phone] : [exact];
    if (wanted === undefined) return;
    const now = await resolve(this.at(wanted));
    if (now === former) return;
    const target = exact === undefined ? this.at(wanted) : now;
    await move({ type: 'moved', id, from: former, to: target, at });
    if (from.phone !== undefined) this.holders.set(from.phone, target);
    if (exact === undefined) this.holders.set(wanted, target);
    else await this.address(to, at);
  }

  private at(id: string): Address {
    return addressOf(this.options.account, id);
  }
}

function keyOf({ userId = '', parentId = '', phone = '' }: Identity): string {
  return `${userId}|${parentId}|${phone}`;
}

/** The same for the same link, whichever instance reports it, and however often. */
function linkId(from: Address, to: Address): string {
  return `wa:link:${createHash('sha256').update(`${from} ${to}`).digest('hex').slice(0, 32)}`;
}
