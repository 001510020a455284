/**
 * Path of an entry of a webhook to the host.
 *
 * Owns the order of one person's entries, entries in flight. Does not own the outcome of an entry
 * (../event-taker.ts), acknowledging it (webhook.ts), ids of people (links.ts).
 *
 * Invariant
 * Entries of one person are handed over in the order of their offers. None waits for another one to
 * be durable, except for the moves before it.
 */
import type { Clock } from '#machines/clock.ts';
import { StatechatError } from '#machines/errors.ts';
import type { Address } from '#machines/ids.ts';
import { EventTaker, type Outcome } from '../event-taker.ts';
import type { ChannelEvent, CountIgnored, Intake, KeepDeadLetter } from '../inbound.ts';
import type { ChannelLog } from '../log.ts';
import type { Entry } from './decode.ts';
import type { Decoded } from './decode-person.ts';
import { type Identity, mainId } from './identity.ts';
import { Links } from './links.ts';
import type { OwnMessages } from './own-messages.ts';
import type { Prices } from './prices.ts';
import { decodeStatus } from './statuses.ts';

export interface InboxOptions {
  readonly account: string;
  readonly clock: Clock;
  readonly log: ChannelLog;
  readonly deadLetter: KeepDeadLetter;
  readonly ignored: CountIgnored;
  readonly own: OwnMessages;
  readonly prices: Prices;
  readonly resolve: (address: Address) => Promise<Address>;
  /** The customer wrote. `messageId` is WhatsApp's own. Returns at once. */
  readonly onMessage: (address: Address, messageId: string) => void;
  /**
   * WhatsApp reports a message of the business itself, which it does only for a number that is in
   * the WhatsApp Business app too. Returns at once.
   */
  readonly onEcho: () => void;
}

export class Inbox {
  private readonly options: InboxOptions;
  private readonly links: Links;
  private readonly inFlight = new Set<Promise<unknown>>();
  private readonly taker: EventTaker;
  /** The last entry of a person that is not handed over yet. */
  private readonly lanes = new Map<string, Promise<void>>();
  private intake: Intake | undefined;

  constructor(options: InboxOptions) {
    this.options = options;
    const { account, resolve, ignored } = options;
    this.taker = new EventTaker({ ...options, channel: 'whatsapp' });
    this.links = new Links({
      account,
      resolve,
      move: (event) => this.move(event),
      onOtherPerson: ({ phone = '', userId = '' }) => {
        const reason = 'the number came with another user id before, so it is another person now. Their conversations stay apart';
        ignored({ kind: 'identity.other_person', reason, providerId: userId === '' ? phone : userId });
      },
    });
  }

  begin(intake: Intake): void {
    this.intake = intake;
  }

  /** From now on every entry gets `again`. Resolves when those in flight are settled. */
  async end(): Promise<void> {
    this.intake = undefined;
    while (this.inFlight.size > 0) await Promise.all(this.inFlight);
  }

  /** Never rejects. Hands over before it returns where nothing has to be looked up. */
  offer(entry: Entry): Promise<Outcome> {
    if (this.intake === undefined) return Promise.resolve('again');
    const { providerId, content } = entry;
    const outcome = this.taker.take({ account: this.options.account, providerId, content }, () => this.take(entry));
    this.inFlight.add(outcome);
    return outcome.finally(() => this.inFlight.delete(outcome));
  }

  private async take(entry: Entry): Promise<'taken' | 'ignored'> {
    const { decoded, providerId } = entry;
    switch (decoded.type) {
      case 'broken':
        throw decoded.error;
      case 'ignored':
        return this.ignore(decoded.kind, decoded.reason, providerId);
      case 'status':
        return this.takeStatus(entry, decoded.status);
      case 'changed':
        await this.inLane(decoded.from, () => this.links.changed(decoded.id, decoded.from, decoded.to, decoded.at));
        break;
      case 'person':
        if (decoded.event.type === 'echo') this.options.onEcho();
        if (decoded.event.type === 'echo' && (await this.options.own.isOurs(decoded.event.id)))
          return this.ignore('echo.ours', 'the program itself has sent it', providerId);
        await this.takePerson(decoded, providerId);
    }
    return 'taken';
  }

  private ignore(kind: string, reason: string, providerId: string): 'ignored' {
    this.options.ignored({ kind, reason, providerId });
    return 'ignored';
  }

  private async takeStatus(
    { providerId }: Entry,
    status: Extract<Entry['decoded'], { type: 'status' }>['status'],
  ): Promise<'taken' | 'ignored'> {
    const { own, prices, log, ignored } = this.options;
    const decoded = decodeStatus(status, own, prices);
    if ('ignored' in decoded) return this.ignore(decoded.kind, decoded.ignored, providerId);
    await this.handOver(decoded.event);
    if (decoded.unpriced !== undefined) {
      const reason = `a message of the category "${decoded.unpriced}" was charged, and WHATSAPP_CLOUD_PRICES has no price for it`;
      ignored({ kind: 'status.unpriced', reason, providerId });
      log.warn({ category: decoded.unpriced }, `${reason}. Its cost is not counted`);
    }
    return 'taken';
  }

  private async takePerson({ who, event }: Extract<Decoded, { type: 'person' }>, wamid: string): Promise<void> {
    const at = (address: Address): Promise<void> => {
      if (event.type === 'message' || event.type === 'command') this.options.onMessage(address, wamid);
      return this.handOver({ ...event, address });
    };
    const known = this.lanes.has(mainId(who) ?? '') ? undefined : this.links.knownAddress(who);
    if (known !== undefined) return await at(known);
    let taken: Promise<void> | undefined;
    await this.inLane(who, async () => {
      taken = at(await this.links.address(who, event.at));
      // It is awaited below. The next entry of the person need not wait for it.
      taken.catch(() => undefined);
    });
    await taken;
  }

  /** Begins the work once what is before it in the person's lane was handed over. */
  private async inLane(who: Identity, work: () => Promise<void>): Promise<void> {
    const key = mainId(who) ?? '';
    const before = this.lanes.get(key);
    const done = before === undefined ? work() : before.then(work);
    const settled: Promise<void> = done.then(
      () => this.leave(key, settled),
      () => this.leave(key, settled),
    );
    this.lanes.set(key, settled);
    await done;
  }

  private leave(key: string, lane: Promise<void>): void {
    if (this.lanes.get(key) === lane) this.lanes.delete(key);
  }

  private async move(event: Extract<ChannelEvent, { type: 'moved' }>): Promise<void> {
    this.options.log.info({ from: event.from, to: event.to }, 'whatsapp says that both are one person');
    await this.handOver(event);
  }

  private async handOver(event: ChannelEvent): Promise<void> {
    if (this.intake === undefined) throw new StatechatError('stopping', 'the channel stops', { retryable: true });
    await this.intake(event);
  }
}
