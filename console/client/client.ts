/**
 * ConsoleClient keeps one connection to the console's gateway, in a browser or in Node.
 *
 * Owns: connecting again, sending a command again whose answer was lost, following lists and
 * sessions over all connections. Does not own: what is shown (console/inbox), how a token is got,
 * how fast messages are sent (pace.ts).
 *
 * Invariants
 * 1. A command is answered once, however often it had to be sent. It keeps its `requestId`. It is
 *    sent only as the agent that gave it.
 * 2. What is followed is followed again on each new connection, a session from the last entry that
 *    came, so nothing is missed and nothing comes twice. What fails in passing is tried again.
 * 3. A connection that is silent for longer than the gateway promised is replaced. Time in which
 *    the device slept counts.
 * 4. There is one attempt to connect, or one connection. Events of older ones are ignored.
 * 5. Messages stay within the gateway's limits. The wait before an attempt grows until a connection
 *    has lasted for `HEALTHY_MS`.
 *
 * @example
 * const client = new ConsoleClient({ url: 'ws://localhost:3000/console/ws', token });
 * client.listen((message) => console.log(message));
 * client.start();
 * await client.send({ type: 'subscribe', topic: 'inbox', filter: { open: true } });
 * await client.send({ type: 'claim', sessionId });
 */
import { Pace } from './pace.ts';
import { CLOSE, type ClientMessage, type Command, LIMITS, type ServerMessage, serverMessage } from './protocol.ts';

export type Status = 'connecting' | 'open' | 'offline' | 'signed out';

/** A command without its `requestId`, which the client chooses. */
type WithoutId<T> = T extends unknown ? Omit<T, 'requestId'> : never;
export type Request = WithoutId<Command>;
export type Ack = Extract<ServerMessage, { readonly type: 'ack' }>;
type ErrorMessage = Extract<ServerMessage, { readonly type: 'error' }>;

/** The gateway refused a command. */
export class CommandError extends Error {
  readonly code: string;
  readonly holder: string | undefined;
  readonly seq: number | undefined;
  /** Set if the same command may succeed later, in so many milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor({ code, message, holder, seq, retryAfterMs }: Omit<ErrorMessage, 'type'>) {
    super(message);
    this.name = 'CommandError';
    this.code = code;
    this.holder = holder;
    this.seq = seq;
    this.retryAfterMs = retryAfterMs;
  }
}

export interface Token {
  readonly token: string;
  /** Milliseconds since the epoch. Absent if it does not expire. */
  readonly expiresAt?: number;
}

export interface ConsoleClientOptions {
  readonly url: string;
  /** Resolves to undefined if the agent has to sign in. A rejection is tried again. */
  readonly token: () => Promise<Token | undefined>;
  /**
   * Milliseconds before the first attempt to connect again. It doubles up to 15 seconds. Default
   * 500.
   */
  readonly retryMs?: number;
}

interface Waiting {
  readonly command: Command;
  readonly resolve: (ack: Ack) => void;
  readonly reject: (error: unknown) => void;
  /** The client follows again what it followed. Nobody awaits the answer. */
  readonly isRepeated: boolean;
  /** It was sent over the connection of now. */
  isSent: boolean;
  /** It failed in passing, and is sent again after a while. */
  isDelayed: boolean;
}

const MOST_RETRY_MS = 15_000;
/** A new token is sent so long before the old one expires, in milliseconds. */
const RENEW_MS = 60_000;
/** Until the gateway says otherwise, in milliseconds. */
const FIRST_SILENCE_MS = 20_000;
/** How often it is checked that the gateway is not silent, in milliseconds. */
const CHECK_MS = 1_000;
/** Below the gateway's bound, with room for `presence` and `auth`. */
const MOST_UNANSWERED = LIMITS.waiting / 2;
/** The longest that a timer takes, in milliseconds. A longer one would end at once. */
const LONGEST_TIMER_MS = 2_147_483_647;
/** After the gateway closed a connection for its speed, the first attempts are left out. */
const ATTEMPTS_LEFT_OUT = 3;
/** A connection that lasted so long was good, in milliseconds. */
const HEALTHY_MS = 5_000;
/** Wait before something is followed again whose error has no time, in milliseconds. */
const FOLLOW_AGAIN_MS = 5_000;

export class ConsoleClient {
  readonly #options: ConsoleClientOptions;
  readonly #listeners = new Set<(message: ServerMessage) => void>();
  readonly #statusListeners = new Set<(status: Status) => void>();
  readonly #waiting = new Map<string, Waiting>();
  /** By topic or session: the command that follows it. */
  readonly #followed = new Map<string, Request>();
  /** The key of each inbox topic in `#followed`. */
  readonly #topics = new Map<string, string>();
  /** The last entry that came, by session. */
  readonly #seqs = new Map<string, number>();
  readonly #pace = new Pace(() => this.#sendWaiting());
  /** Timers of the connection of now. */
  readonly #timers = new Set<ReturnType<typeof setTimeout>>();
  #socket: WebSocket | undefined;
  #status: Status = 'offline';
  #isReady = false;
  /** The agent of the last connection. */
  #agentId: string | undefined;
  #attempts = 0;
  /** Numbers the attempts to connect. Only the latest goes on. */
  #attempt = 0;
  #isConnecting = false;
  #viewed: Extract<ClientMessage, { readonly type: 'presence' }> | undefined;
  #isViewedSent = true;
  #check: ReturnType<typeof setInterval> | undefined;
  #receivedAt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #silenceMs = FIRST_SILENCE_MS;
  #stopped = true;

  constructor(options: ConsoleClientOptions) {
    this.#options = options;
  }

  get status(): Status {
    return this.#status;
  }

  start(): void {
    this.#stopped = false;
    this.#connectNow();
  }

  /** Connects at once if it waits for the next attempt, for example when the network is back. */
  wake(): void {
    if (!this.#stopped) this.#connectNow();
  }

  stop(): void {
    this.#stopped = true;
    this.#drop();
    this.#enter('offline');
    this.#rejectWaiting('The client was stopped.');
  }

  listen(listener: (message: ServerMessage) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  onStatus(listener: (status: Status) => void): () => void {
    this.#statusListeners.add(listener);
    return () => void this.#statusListeners.delete(listener);
  }

  /**
   * Resolves to the answer, after a new connection if this one is lost. Rejects with
   * `CommandError` if the gateway refuses the command, and with another error if the client is
   * stopped or the agent is signed out before the answer came.
   */
  send(request: Request): Promise<Ack> {
    if (request.type === 'watch') this.#followed.set(request.sessionId, request);
    if (request.type === 'subscribe') this.#followed.set(keyOf(request), request);
    if (request.type === 'unwatch') this.#leave(request.sessionId);
    if (request.type === 'unsubscribe') this.#leave(this.#topics.get(request.topic) ?? '');
    return new Promise((resolve, reject) => {
      this.#add(request, resolve, reject, false);
      this.#sendWaiting();
    });
  }

  /**
   * The session that the agent views. It is not answered. Each new connection begins with the
   * latest.
   */
  look(sessionId: string | null, typing: boolean): void {
    this.#viewed = { type: 'presence', sessionId, typing };
    this.#isViewedSent = false;
    this.#sendWaiting();
  }

  #connectNow(): void {
    if (this.#socket !== undefined || this.#isConnecting) return;
    clearTimeout(this.#retry);
    void this.#connect();
  }

  async #connect(): Promise<void> {
    this.#attempt += 1;
    const attempt = this.#attempt;
    this.#isConnecting = true;
    this.#enter('connecting');
    let token: Token | undefined;
    try {
      token = await this.#options.token();
    } catch {
      return attempt === this.#attempt ? this.#again() : undefined;
    }
    if (attempt !== this.#attempt) return;
    this.#isConnecting = false;
    if (token === undefined) return this.#signOut();
    const socket = new WebSocket(this.#options.url);
    this.#socket = socket;
    this.#receivedAt = Date.now();
    this.#check = setInterval(() => this.#checkSilence(), CHECK_MS);
    socket.onopen = () => {
      if (socket === this.#socket) this.#auth(token);
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#receive(String(data));
    };
    socket.onclose = ({ code }) => {
      if (socket === this.#socket) this.#closed(code);
    };
  }

  #signOut(): void {
    this.#enter('signed out');
    this.#rejectWaiting('The agent has to sign in.');
  }

  #auth({ token, expiresAt }: Token): void {
    this.#pace.spend();
    this.#write({ type: 'auth', token });
    clearTimeout(this.#renewal);
    if (expiresAt === undefined) return;
    const wait = Math.max(1_000, expiresAt - Date.now() - RENEW_MS);
    this.#renewal = setTimeout(() => void this.#renew(), Math.min(wait, LONGEST_TIMER_MS));
  }

  async #renew(): Promise<void> {
    const socket = this.#socket;
    const token = await this.#options.token().catch(() => undefined);
    // Without a new one the gateway ends the connection, and the next one gets one.
    if (token !== undefined && socket === this.#socket && this.#isReady) this.#auth(token);
  }

  #receive(data: string): void {
    this.#receivedAt = Date.now();
    const parsed = serverMessage.safeParse(JSON.parse(data));
    if (!parsed.success) return;
    const message = parsed.data;
    switch (message.type) {
      case 'ready':
        this.#begin(message);
        break;
      case 'transcript':
        this.#came(message.session.id, message.from + message.entries.length - 1);
        // The gateway knows a presence only in a session that is watched.
        if (message.session.id === this.#viewed?.sessionId) this.#isViewedSent = false;
        break;
      case 'entry':
        this.#came(message.sessionId, message.entry.seq);
        break;
      case 'ack':
        this.#acknowledged(message);
        break;
      case 'error':
        this.#refused(message);
    }
    for (const listener of this.#listeners) listener(message);
    this.#sendWaiting();
  }

  /** What still comes of a session that is not followed any more is no place to go on from. */
  #came(sessionId: string, seq: number): void {
    if (this.#followed.has(sessionId)) this.#seqs.set(sessionId, seq);
  }

  #acknowledged(ack: Ack): void {
    const waiting = this.#settle(ack.requestId);
    if (waiting?.command.type === 'subscribe' && ack.topic !== undefined) this.#topics.set(ack.topic, keyOf(waiting.command));
    waiting?.resolve(ack);
  }

  #refused(error: ErrorMessage): void {
    const waiting = this.#waiting.get(error.requestId ?? '');
    if (waiting === undefined) return;
    const key = keyOf(waiting.command);
    const isGone = error.code === 'not_found' || error.code === 'forbidden';
    if (key !== '' && !isGone && (waiting.isRepeated || error.retryAfterMs !== undefined))
      return this.#delay(waiting, error.retryAfterMs ?? FOLLOW_AGAIN_MS);
    this.#settle(waiting.command.requestId);
    if (key !== '') this.#forget(key);
    waiting.reject(new CommandError(error));
  }

  #delay(waiting: Waiting, ms: number): void {
    waiting.isDelayed = true;
    this.#after(ms, () => {
      waiting.isDelayed = false;
      waiting.isSent = false;
      this.#sendWaiting();
    });
  }

  /** Runs it unless this connection has ended by then. */
  #after(ms: number, run: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      run();
    }, ms);
    this.#timers.add(timer);
  }

  #settle(requestId: string): Waiting | undefined {
    const waiting = this.#waiting.get(requestId);
    this.#waiting.delete(requestId);
    return waiting;
  }

  #add(request: Request, resolve: Waiting['resolve'], reject: Waiting['reject'], isRepeated: boolean): void {
    const command: Command = { ...request, requestId: crypto.randomUUID() };
    this.#waiting.set(command.requestId, { command, resolve, reject, isRepeated, isSent: false, isDelayed: false });
  }

  #sendWaiting(): void {
    if (!this.#isReady) return;
    let unanswered = 0;
    for (const waiting of this.#waiting.values()) {
      if (waiting.isDelayed) continue;
      if (unanswered === MOST_UNANSWERED) return;
      unanswered += 1;
      if (waiting.isSent) continue;
      if (!this.#pace.take()) return;
      waiting.isSent = true;
      this.#write(waiting.command);
    }
    // After the commands, because it is known only in a session that is watched.
    if (this.#isViewedSent || this.#viewed === undefined || !this.#pace.take()) return;
    this.#isViewedSent = true;
    this.#write(this.#viewed);
  }

  #begin({ silenceMs, agent }: Extract<ServerMessage, { readonly type: 'ready' }>): void {
    this.#silenceMs = silenceMs;
    if (this.#isReady) return;
    if (this.#agentId !== undefined && this.#agentId !== agent.id) this.#forgetAgent();
    this.#agentId = agent.id;
    this.#isReady = true;
    this.#isViewedSent = false;
    this.#after(HEALTHY_MS, () => {
      this.#attempts = 0;
    });
    const given = [...this.#waiting.entries()];
    const keys = new Set(given.map(([, { command }]) => keyOf(command)));
    this.#waiting.clear();
    for (const [key, request] of this.#followed) if (!keys.has(key)) this.#follow(key, request);
    for (const [requestId, waiting] of given) this.#waiting.set(requestId, waiting);
    this.#enter('open');
    this.#sendWaiting();
  }

  #follow(key: string, request: Request): void {
    const after = this.#seqs.get(key);
    const continued = request.type === 'watch' && after !== undefined ? { ...request, after } : request;
    this.#add(
      continued,
      () => undefined,
      () => undefined,
      true,
    );
  }

  /** What is to be followed later is not followed any more. */
  #leave(key: string): void {
    this.#forget(key);
    for (const { command, isDelayed, reject } of [...this.#waiting.values()]) {
      if (!isDelayed || keyOf(command) !== key) continue;
      this.#settle(command.requestId);
      reject(new Error('It is not followed any more.'));
    }
  }

  #forget(key: string): void {
    this.#followed.delete(key);
    this.#seqs.delete(key);
  }

  /** What another agent gave and followed is not this one's. */
  #forgetAgent(): void {
    this.#rejectWaiting('Another agent has signed in.');
    this.#followed.clear();
    this.#topics.clear();
    this.#seqs.clear();
    this.#viewed = undefined;
  }

  #rejectWaiting(message: string): void {
    const rejected = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { command, reject } of rejected) {
      if (keyOf(command) !== '') this.#forget(keyOf(command));
      reject(new Error(message));
    }
  }

  #write(message: ClientMessage): void {
    this.#socket?.send(JSON.stringify(message));
  }

  /** By the clock on the wall. Timers stand still while the device sleeps. */
  #checkSilence(): void {
    if (Date.now() - this.#receivedAt <= this.#silenceMs) return;
    this.#drop();
    this.#again();
  }

  #closed(code: number): void {
    this.#drop();
    // The token may only have expired. The next one decides.
    if (code === CLOSE.unauthorized) this.#attempts = Math.max(this.#attempts, 1);
    if (code === CLOSE.tooMany || code === CLOSE.slow) this.#attempts = Math.max(this.#attempts, ATTEMPTS_LEFT_OUT);
    this.#again();
  }

  /** Ends the attempt or the connection of now. */
  #drop(): void {
    this.#attempt += 1;
    this.#isConnecting = false;
    clearTimeout(this.#retry);
    clearInterval(this.#check);
    clearTimeout(this.#renewal);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.#pace.reset();
    this.#isReady = false;
    for (const [requestId, waiting] of this.#waiting) {
      waiting.isSent = false;
      waiting.isDelayed = false;
      if (waiting.isRepeated) this.#waiting.delete(requestId);
    }
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  #again(): void {
    this.#isConnecting = false;
    this.#enter('offline');
    if (this.#stopped || this.#socket !== undefined || this.#isConnecting) return;
    const { retryMs = 500 } = this.#options;
    const wait = Math.min(MOST_RETRY_MS, retryMs * 2 ** this.#attempts);
    this.#attempts += 1;
    clearTimeout(this.#retry);
    // Many clients that lost one instance must not come back at the same moment.
    this.#retry = setTimeout(() => this.#connectNow(), wait * (0.5 + Math.random() / 2));
  }

  #enter(status: Status): void {
    if (status === this.#status) return;
    this.#status = status;
    for (const listener of this.#statusListeners) listener(status);
  }
}

/** Two requests with one key follow the same. Empty for a request that follows nothing. */
function keyOf(request: Request): string {
  if (request.type === 'watch') return request.sessionId;
  if (request.type !== 'subscribe') return '';
  const fields = Object.entries(request.filter).filter(([, value]) => value !== undefined);
  return `inbox ${JSON.stringify(fields.sort(([a], [b]) => (a < b ? -1 : 1)))}`;
}
