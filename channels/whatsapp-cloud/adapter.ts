/**
 * WhatsApp as a channel, by the Cloud API (SPEC C3, C6, C7, C8). It composes the folder's parts and
 * is its only export for the outside.
 */
import { LRUCache } from 'lru-cache';
import * as z from 'zod';
import type { Clock } from '#machines/clock.ts';
import { StatechatError } from '#machines/errors.ts';
import type { Address } from '#machines/ids.ts';
import { CARD_KINDS } from '#machines/session/cards.ts';
import type { ChannelProblem } from '../channel-problem.ts';
import type { CountIgnored, Intake, KeepDeadLetter } from '../inbound.ts';
import { type ChannelLog, silent } from '../log.ts';
import type {
  ChannelAdapter,
  ChannelCapabilities,
  Draft,
  MessageTemplate,
  OutboundMessage,
  OutboundReaction,
  ReceivedFile,
  SendContext,
} from '../port.ts';
import { MemoryQuota, type Quota } from '../quota.ts';
import { check } from './check.ts';
import { COEXISTENCE_PER_SECOND, isInCoexistence } from './coexistence.ts';
import { DEFAULT_GRAPH_ROOT, Graph } from './graph.ts';
import { Inbox } from './inbox.ts';
import { download } from './media.ts';
import { OwnMessages } from './own-messages.ts';
import { Pace } from './pace.ts';
import type { Prices } from './prices.ts';
import { areButtons, MAX_MESSAGE_TEXT } from './render.ts';
import { Sender } from './send.ts';
import { readTemplates } from './templates.ts';
import { type WebhookHandler, webhookHandler } from './webhook.ts';

/** Where WhatsApp posts, below the program's public root. */
export const WEBHOOK_PATH = '/channels/whatsapp/webhook';

export interface WhatsAppCloudOptions {
  /** Of a system user, with the permissions whatsapp_business_messaging and _management. */
  readonly token: string;
  /** Id of the business number. It is the account of the channel's addresses. */
  readonly phoneNumberId: string;
  /** Signs the webhooks. */
  readonly appSecret: string;
  /** The word of the handshake, the same as in the app's dashboard. */
  readonly verifyToken: string;
  /** The business account, whose templates are read. */
  readonly businessAccountId?: string;
  /** Root of the Graph API with its version. */
  readonly graphRoot?: string;
  /** What messages cost by their category. Default is that nothing has a price. */
  readonly prices?: Prices;
  /**
   * Messages that the number may send and receive in a second. Default is 80, and 20 for a number
   * that is in the WhatsApp Business app too.
   */
  readonly perSecond?: number | undefined;
  /** URL at which WhatsApp reaches the webhook, for `check`. */
  readonly webhookUrl?: string;
  /** Where an address is now. Default is the address itself, which is right if none ever moves. */
  readonly resolve?: (address: Address) => Promise<Address>;
  /** Stores entries that no session can take. Only then are they acknowledged. */
  readonly deadLetter: KeepDeadLetter;
  /** Called with each entry that changes no session. Default is that the log has it. */
  readonly ignored?: CountIgnored;
  readonly log?: ChannelLog;
  readonly clock: Clock;
  /** Counts against WhatsApp's limits. Default is in memory, which is right for one instance. */
  readonly quota?: Quota;
  /** Milliseconds that a send waits for its turn before it is given back. Default 15,000. */
  readonly maxWaitMs?: number;
  /** Milliseconds that WhatsApp is given to answer a call. Default 30,000. */
  readonly timeoutMs?: number;
}

export interface WhatsAppCloudAdapter extends ChannelAdapter {
  /** Takes WhatsApp's posts. Mount it at `WEBHOOK_PATH`. */
  readonly webhook: WebhookHandler;
  templates(account: string): Promise<readonly MessageTemplate[]>;
}

const CAPABILITIES: ChannelCapabilities = {
  streaming: 'none',
  typing: true,
  edits: false,
  buttons: areButtons,
  media: ['image', 'voice', 'audio', 'video', 'document', 'sticker', 'location', 'contact'],
  cards: CARD_KINDS,
  reactions: true,
  replies: true,
  maxText: MAX_MESSAGE_TEXT,
  receipts: true,
  window: true,
  idempotentSend: false,
};

/** A sign of typing lasts 25 s, or until a message of ours. */
const TYPING_MS = 20_000;
/** Customers whose last message is remembered. To one more, no typing is shown. */
const MAX_LAST_MESSAGES = 20_000;

export function whatsAppCloudAdapter(options: WhatsAppCloudOptions): WhatsAppCloudAdapter {
  return new WhatsAppCloud(options);
}

interface LastMessage {
  readonly wamid: string;
  /** When typing was shown below it last. */
  readonly typedAt: number;
}

class WhatsAppCloud implements WhatsAppCloudAdapter {
  readonly name = 'whatsapp';
  readonly capabilities = CAPABILITIES;
  readonly webhook: WebhookHandler;
  private readonly options: WhatsAppCloudOptions;
  private readonly log: ChannelLog;
  private readonly graph: Graph;
  private readonly pace: Pace;
  private readonly sender: Sender;
  private readonly inbox: Inbox;
  private readonly lastMessages = new LRUCache<Address, LastMessage>({ max: MAX_LAST_MESSAGES });
  private started = false;
  private asking = Promise.resolve();
  private stopping = new AbortController();

  constructor(options: WhatsAppCloudOptions) {
    const { token, phoneNumberId: account, appSecret, verifyToken, clock, deadLetter } = options;
    this.options = options;
    const log = options.log ?? silent;
    this.log = log;
    const own = new OwnMessages();
    this.graph = new Graph({ token, root: options.graphRoot ?? DEFAULT_GRAPH_ROOT, timeoutMs: options.timeoutMs ?? 30_000 });
    this.pace = new Pace({
      clock,
      quota: options.quota ?? new MemoryQuota(),
      perSecond: options.perSecond,
      maxWaitMs: options.maxWaitMs ?? 15_000,
    });
    this.sender = new Sender({ graph: this.graph, account, pace: this.pace, own, clock });
    this.inbox = new Inbox({
      account,
      clock,
      log,
      own,
      deadLetter,
      ignored: options.ignored ?? ((event) => log.info(event, 'whatsapp entry ignored')),
      prices: options.prices ?? new Map(),
      resolve: options.resolve ?? (async (address) => address),
      onMessage: (address, wamid) => this.received(address, wamid),
      onEcho: () => this.coexists(),
    });
    this.webhook = webhookHandler({ inbox: this.inbox, account, appSecret, verifyToken, log });
  }

  async start(intake: Intake): Promise<void> {
    if (this.started) throw new StatechatError('already_started', 'the WhatsApp adapter is started already: stop it first');
    this.started = true;
    this.inbox.begin(intake);
    this.stopping = new AbortController();
    // Nothing waits for the answer. Until it is here, the limit is that of most numbers.
    this.asking = this.askForCoexistence(this.stopping.signal);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all([this.inbox.end(), this.asking]);
    this.started = false;
  }

  private async askForCoexistence(signal: AbortSignal): Promise<void> {
    const { perSecond, phoneNumberId } = this.options;
    if (perSecond !== undefined) return;
    try {
      if (await isInCoexistence(this.graph, phoneNumberId, signal)) this.coexists();
    } catch (error) {
      const unknown = 'whatsapp did not say whether the number is in the WhatsApp Business app too, so its limit is the usual one';
      if (!signal.aborted) this.log.warn({ error }, `${unknown} until a message from the app shows it`);
    }
  }

  private coexists(): void {
    if (!this.pace.coexists()) return;
    const facts = { perSecond: COEXISTENCE_PER_SECOND };
    this.log.info(facts, 'the whatsapp number is in the WhatsApp Business app too, so its limit is lower');
  }

  private received(address: Address, wamid: string): void {
    this.lastMessages.set(address, { wamid, typedAt: Number.NEGATIVE_INFINITY });
    this.pace.received().catch((error: unknown) => this.log.debug({ error }, 'a received whatsapp message was not counted'));
  }

  async send(to: Address, message: OutboundMessage | OutboundReaction, context: SendContext): Promise<string> {
    const ref = await this.sender.send(to, message, context);
    // What was sent ends the sign of typing. A reaction does not.
    const last = 'reaction' in message ? undefined : this.lastMessages.get(to);
    if (last !== undefined) this.lastMessages.set(to, { ...last, typedAt: Number.NEGATIVE_INFINITY });
    return ref;
  }

  /** Marks the customer's last message as read too, because WhatsApp does both in one call. */
  async typing(to: Address): Promise<void> {
    const last = this.lastMessages.get(to);
    const now = this.options.clock.now();
    if (last === undefined || now - last.typedAt < TYPING_MS) return;
    this.lastMessages.set(to, { ...last, typedAt: now });
    const body = { messaging_product: 'whatsapp', status: 'read', message_id: last.wamid, typing_indicator: { type: 'text' } };
    try {
      await this.graph.call({ method: 'POST', path: `${this.options.phoneNumberId}/messages`, body, shape: z.unknown() });
    } catch (error) {
      this.log.debug({ error }, 'whatsapp typing was not shown');
    }
  }

  async receivedFile(ref: string, mostBytes: number, signal?: AbortSignal): Promise<ReceivedFile> {
    return await download(this.graph, this.options.phoneNumberId, ref, mostBytes, signal);
  }

  async templates(account: string): Promise<readonly MessageTemplate[]> {
    return account === this.options.phoneNumberId ? await readTemplates(this.graph, this.options.businessAccountId) : [];
  }

  /** WhatsApp has no message that can be changed, so only the sign of typing shows the work. */
  draft(): Draft {
    return { update: () => {}, close: async () => null };
  }

  check(): Promise<ChannelProblem | null> {
    const { phoneNumberId: account, businessAccountId: businessAccount, webhookUrl, perSecond } = this.options;
    return check({ graph: this.graph, account, businessAccount, webhookUrl, perSecond });
  }
}
