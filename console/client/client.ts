/**
 * ConsoleClient keeps one connection to the console's gateway, in a browser or in Node.
 *
 * Owns: connecting again, sending a command again whose answer was lost, following lists and
 * sessions over all connections. Does not own: what is shown (console/inbox), how a token is got.
 *
 * Invariants
 * 1. A command is answered once, however often it had to be sent. It keeps its `requestId`.
 * 2. What is followed is followed again on each new connection, a session from the last entry that
 *    came, so nothing is missed and nothing comes twice.
 * 3. A connection that is silent for longer than the gateway promised is replaced. Time in which the
 *    device slept counts.
 * 4. Only the newest connection is listened to. What an older one still delivers came over the newest.
 * 5. At most `MOST_UNANSWERED` commands are under way, in their order, so that a client that was
 *    offline for long does not exceed the gateway's limits.
 *
 * @example
 * const client = new ConsoleClient({ url: 'ws://localhost:3000/console/ws', token });
 * client.listen((message) => console.log(message));
 * client.start();
 * await client.send({ type: 'subscribe', topic: 'inbox', filter: { open: true } });
 * await client.send({ type: 'claim', sessionId });
 */
import { CLOSE, type ClientMessage, type Command, type ServerMessage, serverMessage } from './protocol.ts';

export type Status = 'connecting' | 'open' | 'offline' | 'signed out';

/** A command without its `requestId`, which the client chooses. */
type WithoutId<T> = T extends unknown ? Omit<T, 'requestId'> : never;
export type Request = WithoutId<Command>;
export type Ack = Extract<ServerMessage, { readonly type: 'ack' }>;

/** The gateway refused a command. */
export class CommandError extends Error {
  readonly code: string;
  readonly holder: string | undefined;
  readonly seq: number | undefined;

  constructor({ code, message, holder, seq }: Extract<ServerMessage, { readonly type: 'error' }>) {
    super(message);
    this.name = 'CommandError';
    this.code = code;
    this.holder = holder;
    this.seq = seq;
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
  /** Milliseconds before the first attempt to connect again. It doubles up to 15 seconds. Default 500. */
  readonly retryMs?: number;
}

interface Waiting {
  readonly command: Command;
  readonly resolve: (ack: Ack) => void;
  readonly reject: (error: unknown) => void;
  /** It was sent over the connection of now. */
  isSent: boolean;
}

const MOST_RETRY_MS = 15_000;
/** A new token is sent so long before the old one expires, in milliseconds. */
const RENEW_MS = 60_000;
/** Until the gateway says otherwise, in milliseconds. */
const FIRST_SILENCE_MS = 20_000;
/** How often it is checked that the gateway is not silent, in milliseconds. */
const CHECK_MS = 1_000;
/** With 50 lists and sessions that are followed again it stays below 100 messages at once. */
const MOST_UNANSWERED = 40;
/** The longest that a timer takes, in milliseconds. A longer one would end at once. */
const LONGEST_TIMER_MS = 2_147_483_647;
/** After the gateway closed a connection for its speed, the first attempts are left out. */
const ATTEMPTS_LEFT_OUT = 3;

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
  #socket: WebSocket | undefined;
  #status: Status = 'offline';
  #ready = false;
  #attempts = 0;
  /** Numbers the attempts to connect. Only the latest goes on. */
  #connecting = 0;
  #looking: Extract<ClientMessage, { readonly type: 'presence' }> | undefined;
  #check: ReturnType<typeof setInterval> | undefined;
  #heardAt = 0;
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
    if (this.#socket === undefined) void this.#connect();
  }

  /** Connects at once if it waits for the next attempt, for example when the network is back. */
  wake(): void {
    if (this.#stopped || this.#socket !== undefined) return;
    this.#attempts = 0;
    clearTimeout(this.#retry);
    void this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
    this.#connecting += 1;
    this.#drop();
    this.#enter('offline');
    for (const { reject } of this.#waiting.values()) reject(new Error('The client was stopped.'));
    this.#waiting.clear();
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
   * `CommandError` if the gateway refuses the command.
   */
  send(request: Request): Promise<Ack> {
    const command: Command = { ...request, requestId: crypto.randomUUID() };
    if (request.type === 'watch') this.#followed.set(request.sessionId, request);
    if (request.type === 'subscribe') this.#followed.set(keyOf(request), request);
    if (request.type === 'unwatch') this.#forget(request.sessionId);
    if (request.type === 'unsubscribe') this.#forget(this.#topics.get(request.topic) ?? '');
    return new Promise((resolve, reject) => {
      this.#waiting.set(command.requestId, { command, resolve, reject, isSent: false });
      this.#sendWaiting();
    });
  }

  /** What the agent looks at. It is not answered. Each new connection begins with the latest. */
  look(sessionId: string | null, typing: boolean): void {
    this.#looking = { type: 'presence', sessionId, typing };
    if (this.#ready) this.#write(this.#looking);
  }

  async #connect(): Promise<void> {
    this.#connecting += 1;
    const attempt = this.#connecting;
    this.#enter('connecting');
    let token: Token | undefined;
    try {
      token = await this.#options.token();
    } catch {
      return attempt === this.#connecting ? this.#again() : undefined;
    }
    if (this.#stopped || attempt !== this.#connecting) return;
    if (token === undefined) return this.#enter('signed out');
    const socket = new WebSocket(this.#options.url);
    this.#socket = socket;
    this.#heardAt = Date.now();
    this.#check = setInterval(() => this.#checkSilence(), CHECK_MS);
    socket.onopen = () => {
      if (socket === this.#socket) this.#auth(token);
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.#socket) this.#receive(String(data));
    };
    socket.onclose = ({ code }) => this.#closed(socket, code);
  }

  #auth({ token, expiresAt }: Token): void {
    this.#write({ type: 'auth', token });
    clearTimeout(this.#renewal);
    if (expiresAt === undefined) return;
    const wait = Math.max(1_000, expiresAt - Date.now() - RENEW_MS);
    this.#renewal = setTimeout(() => void this.#renew(), Math.min(wait, LONGEST_TIMER_MS));
  }

  async #renew(): Promise<void> {
    const token = await this.#options.token().catch(() => undefined);
    // Without a new one the gateway ends the connection, and the next one asks again.
    if (token !== undefined && this.#ready) this.#auth(token);
  }

  #receive(data: string): void {
    this.#heardAt = Date.now();
    const parsed = serverMessage.safeParse(JSON.parse(data));
    if (!parsed.success) return;
    const message = parsed.data;
    if (message.type === 'ready') this.#begin(message.silenceMs);
    if (message.type === 'transcript') this.#came(message.session.id, message.from + message.entries.length - 1);
    if (message.type === 'entry') this.#came(message.sessionId, message.entry.seq);
    if (message.type === 'ack') this.#acknowledged(message);
    if (message.type === 'error' && message.requestId !== undefined) this.#refused(message.requestId, message);
    for (const listener of this.#listeners) listener(message);
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

  #refused(requestId: string, error: ConstructorParameters<typeof CommandError>[0]): void {
    const waiting = this.#settle(requestId);
    // What cannot be followed is not asked for again.
    if (waiting?.command.type === 'watch' || waiting?.command.type === 'subscribe') this.#forget(keyOf(waiting.command));
    waiting?.reject(new CommandError(error));
  }

  #settle(requestId: string): Waiting | undefined {
    const waiting = this.#waiting.get(requestId);
    this.#waiting.delete(requestId);
    this.#sendWaiting();
    return waiting;
  }

  #sendWaiting(): void {
    if (!this.#ready) return;
    let unanswered = 0;
    for (const waiting of this.#waiting.values()) {
      if (unanswered === MOST_UNANSWERED) return;
      unanswered += 1;
      if (waiting.isSent) continue;
      waiting.isSent = true;
      this.#write(waiting.command);
    }
  }

  #begin(silenceMs: number): void {
    this.#silenceMs = silenceMs;
    if (this.#ready) return;
    this.#ready = true;
    this.#attempts = 0;
    this.#enter('open');
    const asked = new Set([...this.#waiting.values()].map(({ command }) => keyOf(command)));
    for (const [key, request] of this.#followed) if (!asked.has(key)) this.#follow(key, request);
    this.#sendWaiting();
    if (this.#looking !== undefined) this.#write(this.#looking);
  }

  /** The answer of a repeated subscription is nobody's. */
  #follow(key: string, request: Request): void {
    const requestId = crypto.randomUUID();
    const after = this.#seqs.get(key);
    this.#write({ ...request, requestId, ...(request.type === 'watch' && after !== undefined ? { after } : {}) });
  }

  #forget(key: string): void {
    this.#followed.delete(key);
    this.#seqs.delete(key);
  }

  #write(message: object): void {
    this.#socket?.send(JSON.stringify(message));
  }

  /** By the clock on the wall. Timers stand still while the device sleeps. */
  #checkSilence(): void {
    if (Date.now() - this.#heardAt <= this.#silenceMs) return;
    this.#drop();
    this.#again();
  }

  #closed(socket: WebSocket, code: number): void {
    if (socket !== this.#socket) return;
    this.#drop();
    // The token may only have expired. The next one decides.
    if (code === CLOSE.unauthorized) this.#attempts = Math.max(this.#attempts, 1);
    if (code === CLOSE.tooMany || code === CLOSE.slow) this.#attempts = Math.max(this.#attempts, ATTEMPTS_LEFT_OUT);
    this.#again();
  }

  #drop(): void {
    clearInterval(this.#check);
    clearTimeout(this.#renewal);
    this.#ready = false;
    for (const waiting of this.#waiting.values()) waiting.isSent = false;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  #again(): void {
    if (this.#stopped) return;
    this.#enter('offline');
    const { retryMs = 500 } = this.#options;
    const wait = Math.min(MOST_RETRY_MS, retryMs * 2 ** this.#attempts);
    this.#attempts += 1;
    // Many clients that lost one instance must not come back at the same moment.
    this.#retry = setTimeout(() => void this.#connect(), wait * (0.5 + Math.random() / 2));
  }

  #enter(status: Status): void {
    if (status === this.#status) return;
    this.#status = status;
    for (const listener of this.#statusListeners) listener(status);
  }
}

/** Two requests with one key follow the same. */
function keyOf(request: Request): string {
  if (request.type === 'watch') return request.sessionId;
  return request.type === 'subscribe' ? `inbox ${JSON.stringify(request.filter)}` : '';
}
