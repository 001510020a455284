/**
 * WhatsApp Web as a channel (SPEC C3, C6, C7). It composes the folder's parts and is its only
 * export for the outside, beside the plugin.
 */
import { type Clock, sleep } from '#machines/clock.ts';
import { StatechatError, Unavailable } from '#machines/errors.ts';
import { contentOf } from '#machines/file-content.ts';
import { type Address, addressParts } from '#machines/ids.ts';
import { type ChannelProblem, problemOf, problemText } from '../channel-problem.ts';
import { ChatPace } from '../chat-pace.ts';
import type { CountIgnored, Intake, KeepDeadLetter } from '../inbound.ts';
import { type ChannelLog, silent } from '../log.ts';
import { always, type ChannelBlobs, type LeaderLease } from '../plugin.ts';
import {
  type ChannelAdapter,
  type ChannelCapabilities,
  type ChannelConnection,
  type Draft,
  HeldElsewhere,
  type OutboundMessage,
  type OutboundReaction,
  RateLimited,
  type ReceivedFile,
  type SendContext,
} from '../port.ts';
import { MemoryQuota, type Quota } from '../quota.ts';
import { findChromium, requireLibrary } from './browser.ts';
import type { ChildLife } from './child-life.ts';
import { forkChild, type StartChild } from './child-link.ts';
import type { Place } from './decode.ts';
import { accountOf } from './identity.ts';
import { Inbox } from './inbox.ts';
import { CHILD_LIMITS, type ChildLimits } from './limits.ts';
import { OwnMessages } from './own-messages.ts';
import { markPaired, wasPaired } from './paired-mark.ts';
import { pairingText } from './pairing-text.ts';
import { whatsAppWebProblem } from './problems.ts';
import { Progress } from './progress.ts';
import { caughtUpSchema, doneSchema, fileSchema, type OpenChild } from './protocol.ts';
import { limitsOf, MAX_FILE_BYTES, MAX_MESSAGE_TEXT, Sender } from './send.ts';
import { SharedConnection } from './shared-connection.ts';
import { Supervisor } from './supervisor.ts';

export interface WhatsAppWebOptions {
  /** Names the session. Each has a number of its own. */
  readonly session: string;
  /** Folder of the browser's profile. */
  readonly dataDir: string;
  /** Path of the browser. Default is where it usually is. */
  readonly chromium?: string;
  /** The session is kept in `blobs`, so that another instance can continue it. */
  readonly remote?: boolean;
  /** Pairs by a code for this number, digits only. Default is a QR code. */
  readonly pairingPhone?: string;
  /** Default is that groups are ignored. */
  readonly groups?: boolean;
  /** Messages that one number sends in a minute. Default 60. */
  readonly perMinute?: number;
  readonly blobs: ChannelBlobs;
  readonly deadLetter: KeepDeadLetter;
  readonly ignored?: CountIgnored;
  readonly log?: ChannelLog;
  readonly clock: Clock;
  /** Spreads pauses. Default is Math.random. */
  readonly random?: () => number;
  /** Runs the page whenever it is this instance's turn. Default is always. */
  readonly leaderLease?: LeaderLease;
  readonly quota?: Quota;
  readonly limits?: Partial<ChildLimits>;
  /** Milliseconds that a send waits for its turn and for the page. Default 15,000. */
  readonly maxWaitMs?: number;
  /** Shows the QR code or the pairing code to whoever starts the program. Default is nowhere. */
  readonly print?: (text: string) => void;
  /** Default is a process of Node. */
  readonly startChild?: StartChild;
  /** More arguments of the browser. */
  readonly browserArgs?: readonly string[];
  /** A page that stands for WhatsApp's. */
  readonly page?: NonNullable<OpenChild['page']>;
}

const CAPABILITIES: ChannelCapabilities = {
  streaming: 'none',
  typing: true,
  edits: false,
  buttons: () => false,
  media: ['image', 'voice', 'audio', 'video', 'document', 'sticker', 'location', 'contact'],
  cards: ['location', 'contact'],
  reactions: true,
  replies: true,
  maxText: MAX_MESSAGE_TEXT,
  receipts: true,
  window: false,
  idempotentSend: false,
};

/** How often a waiting send checks whether the page is there, in milliseconds. */
const LOOK_MS = 100;
/** How long this instance may take to get the lease, before another one is taken to have it. */
const LEASE_MS = 1_000;
/** When a send is tried again that found no page. It counts as no failure. */
const AGAIN_MS = 5_000;

export function whatsAppWebAdapter(options: WhatsAppWebOptions): ChannelAdapter {
  return new WhatsAppWeb(options);
}

class WhatsAppWeb implements ChannelAdapter {
  readonly name = 'whatsapp-web';
  readonly capabilities = CAPABILITIES;
  readonly #options: WhatsAppWebOptions;
  readonly #clock: Clock;
  readonly #log: ChannelLog;
  readonly #limits: ChildLimits;
  readonly #supervisor: Supervisor;
  readonly #inbox: Inbox;
  readonly #own = new OwnMessages();
  readonly #progress: Progress;
  readonly #sender: Sender;
  readonly #shared: SharedConnection;
  #running: { readonly since: number; readonly abort: AbortController; readonly done: Promise<void> } | undefined;
  #marking = Promise.resolve();
  #leads = false;
  #started = false;
  /** Our number, while a page is connected. */
  #place: Place | undefined;

  constructor(options: WhatsAppWebOptions) {
    this.#options = options;
    const { clock, blobs, session } = options;
    const log = options.log ?? silent;
    this.#clock = clock;
    this.#log = log;
    this.#limits = { ...CHILD_LIMITS, ...options.limits };
    this.#progress = new Progress({ blobs, name: `${session}.progress`, own: this.#own, clock, log });
    this.#shared = new SharedConnection({ blobs, name: `${session}.connection`, clock, log });
    this.#inbox = new Inbox({
      clock,
      log,
      own: this.#own,
      progress: this.#progress,
      deadLetter: options.deadLetter,
      ignored: options.ignored ?? ((event) => log.info(event, 'whatsapp-web event ignored')),
    });
    this.#supervisor = new Supervisor({
      clock,
      log,
      limits: this.#limits,
      random: options.random ?? Math.random,
      startChild: options.startChild ?? forkChild((text) => log.debug({ text }, 'the whatsapp-web child printed')),
      open: (keepLocal) => this.#open(keepLocal),
      store: async (call) => {
        const name = `${session}.session`;
        if (call.op === 'get') return await blobs.get(name);
        await (call.op === 'put' ? blobs.put(name, call.bytes) : blobs.delete(name));
        return undefined;
      },
      onEvent: async (event) => (this.#place === undefined ? 'again' : await this.#inbox.offer(event, this.#place)),
      onReady: (life, me) => void this.#whenReady(life, me),
      onPairing: (pairing) => options.print?.(pairingText(pairing)),
      onConnection: (connection) => {
        this.#shared.tell(connection);
        this.#marking = this.#marking
          .then(() => markPaired(this.#options, connection))
          .catch((error: unknown) => log.warn({ error }, 'whether a phone is paired was not noted'));
      },
    });
    const maxWaitMs = options.maxWaitMs ?? 15_000;
    this.#sender = new Sender({
      own: this.#own,
      limits: this.#limits,
      pace: new ChatPace({ clock, quota: options.quota ?? new MemoryQuota(), limitsOf: limitsOf(options.perMinute ?? 60), maxWaitMs }),
      connected: (signal) => this.#connected(maxWaitMs, signal),
    });
  }

  /** Resolves at once. Whether the number is paired shows in `connection`. */
  async start(intake: Intake): Promise<void> {
    if (this.#started) throw new StatechatError('already_started', 'the WhatsApp Web adapter is started already: stop it first');
    this.#started = true;
    this.#inbox.begin(intake);
    this.#run();
  }

  async stop(): Promise<void> {
    this.#started = false;
    await this.#inbox.end();
    await this.#progress.flush();
  }

  async close(): Promise<void> {
    this.#running?.abort.abort();
    await this.#running?.done;
    await this.#marking;
  }

  async send(to: Address, message: OutboundMessage | OutboundReaction, context: SendContext): Promise<string> {
    try {
      return await this.#sender.send(to, message, context);
    } finally {
      this.#progress.changed();
    }
  }

  async typing(to: Address): Promise<void> {
    const life = this.#supervisor.ready;
    if (life === undefined) return;
    const { peer: chat } = addressParts(to);
    try {
      await life.ask(doneSchema, { op: 'seen', chat }, this.#limits.sendMs);
      await life.ask(doneSchema, { op: 'typing', chat }, this.#limits.sendMs);
    } catch (error) {
      this.#log.debug({ error }, 'whatsapp-web typing was not shown');
    }
  }

  async receivedFile(ref: string, mostBytes: number): Promise<ReceivedFile> {
    const life = this.#supervisor.ready;
    if (life === undefined) throw new Unavailable('WhatsApp is not connected on this instance, so the file cannot be fetched');
    const call = { op: 'download', message: ref, mostBytes: Math.min(mostBytes, MAX_FILE_BYTES) } as const;
    const { bytes, tooLarge = false } = await life.ask(fileSchema, call, this.#limits.fileMs);
    if (tooLarge) return 'too_large';
    return bytes === undefined ? 'gone' : contentOf(bytes).read();
  }

  /** WhatsApp Web shows no drafts. */
  draft(): Draft {
    return { update: () => undefined, close: async () => null };
  }

  async connection(): Promise<ChannelConnection> {
    return this.#leads ? this.#supervisor.connection : await this.#shared.read(this.#supervisor.connection);
  }

  async check(): Promise<ChannelProblem | null> {
    try {
      await this.#browser();
    } catch (error) {
      return problemOf(error) ?? whatsAppWebProblem('not_opened', { reason: error instanceof Error ? error.message : String(error) });
    }
    // An adapter that never ran knows only what an earlier start left.
    if (!this.#started && !(await wasPaired(this.#options))) return whatsAppWebProblem('not_paired', {});
    const { state, error } = await this.connection();
    if (state === 'pairing') return whatsAppWebProblem('not_paired', {});
    return state === 'failed' ? (error ?? whatsAppWebProblem('not_connected', {})) : null;
  }

  /** Runs the page in the background, whenever it is this instance's turn. */
  #run(): void {
    if (this.#running !== undefined && !this.#running.abort.signal.aborted) return;
    const before = this.#running?.done ?? Promise.resolve();
    const abort = new AbortController();
    const { leaderLease = always } = this.#options;
    const done = before
      .then(() => leaderLease((signal) => this.#lead(signal), abort.signal))
      .catch((error: unknown) => this.#log.error({ error }, 'whatsapp-web stopped because of a defect'))
      .finally(() => {
        if (this.#running?.abort === abort) this.#running = undefined;
      });
    this.#running = { since: this.#clock.now(), abort, done };
  }

  async #lead(signal: AbortSignal): Promise<void> {
    this.#leads = true;
    try {
      await this.#supervisor.run(signal);
    } finally {
      this.#leads = false;
      this.#place = undefined;
      await this.#progress.flush();
    }
  }

  async #open(keepLocal: boolean): Promise<OpenChild> {
    const { session, dataDir, remote = false, pairingPhone, browserArgs = [], page } = this.#options;
    return {
      type: 'open',
      session,
      dataDir,
      remote,
      keepLocal,
      chromium: await this.#browser(),
      browserArgs: [...browserArgs],
      ...(pairingPhone === undefined ? {} : { pairingPhone }),
      ...(page === undefined ? {} : { page }),
    };
  }

  /** Path of the browser. Throws `Unavailable` with a problem if it or the library is missing. */
  async #browser(): Promise<string> {
    const { startChild, chromium } = this.#options;
    // A child of another kind needs neither.
    if (startChild !== undefined) return chromium ?? 'chromium';
    requireLibrary();
    return await findChromium(chromium);
  }

  async #whenReady(life: ChildLife, me: string): Promise<void> {
    try {
      const { groups = false } = this.#options;
      this.#place = { me, account: accountOf(me), groups };
      this.#log.info({ account: this.#place.account }, 'whatsapp-web connected');
      const call = { op: 'resume', since: await this.#progress.since(), groups } as const;
      const { offered } = await life.call(caughtUpSchema, call, this.#limits.resumeMs);
      this.#progress.caughtUp();
      if (offered > 0) this.#log.info({ messages: offered }, 'whatsapp-web took the messages that were missed');
    } catch (error) {
      // A child that is ending anyway has a better reason.
      if (!life.ready) return;
      // Without them the order of a chat could be wrong, so this child takes nothing in.
      this.#log.warn({ error }, 'the messages that were missed could not be fetched, and whatsapp-web is restarted');
      await life.close({ end: 'lost', reason: 'the missed messages could not be fetched' });
    }
  }

  /** Throws `RateLimited` if the page is not there in time. */
  async #connected(maxWaitMs: number, signal: AbortSignal): Promise<{ readonly life: ChildLife; readonly account: string }> {
    this.#run();
    for (const begun = this.#clock.now(); ; await sleep(this.#clock, LOOK_MS, signal)) {
      signal.throwIfAborted();
      const life = this.#supervisor.ready;
      if (life !== undefined && this.#place !== undefined) return { life, account: this.#place.account };
      const waited = this.#clock.now() - begun;
      if (!this.#leads && this.#clock.now() - (this.#running?.since ?? begun) >= LEASE_MS)
        throw new HeldElsewhere('another instance runs WhatsApp Web');
      const { state, error } = this.#supervisor.connection;
      if (waited < maxWaitMs && state !== 'pairing' && state !== 'failed') continue;
      throw new RateLimited(`WhatsApp is not connected (${state})${error === undefined ? '' : `: ${problemText(error)}`}`, AGAIN_MS, {
        state,
      });
    }
  }
}
