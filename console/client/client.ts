/**
 * ConsoleClient keeps one connection to the console's gateway, in a browser or in Node.
 *
 * Owns connecting again, the token. Does not own commands and what is followed, over all
 * connections (requests.ts), what is shown (console/inbox), how a token is got.
 *
 * Invariants
 * 1. A connection that is silent for longer than the gateway promised is replaced. Time in which
 *    the device slept counts.
 * 2. There is one attempt to connect, or one connection. Events of older ones are ignored.
 * 3. The wait before an attempt grows until a connection has lasted for `HEALTHY_MS`.
 *
 * @example
 * const client = new ConsoleClient({ url: 'ws://localhost:3000/console/ws', token });
 * client.listen((message) => console.log(message));
 * client.start();
 * await client.send({ type: 'subscribe', topic: 'inbox', filter: { open: true } });
 * await client.send({ type: 'claim', sessionId });
 */
import { CLOSE, type ClientMessage, type ServerMessage, serverMessage } from './protocol.ts';
import type { Ack, Request } from './request.ts';
import { Requests } from './requests.ts';

export type Status = 'connecting' | 'open' | 'offline' | 'signed out';

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

const MOST_RETRY_MS = 15_000;
/** A new token is sent so long before the old one expires, in milliseconds. */
const RENEW_MS = 60_000;
/** Until the gateway says otherwise, in milliseconds. */
const FIRST_SILENCE_MS = 20_000;
/** How often it is checked that the gateway is not silent, in milliseconds. */
const CHECK_MS = 1_000;
/** The longest that a timer takes, in milliseconds. A longer one would end at once. */
const LONGEST_TIMER_MS = 2_147_483_647;
/** After the gateway closed a connection for its speed, the first attempts are left out. */
const ATTEMPTS_LEFT_OUT = 3;
/** A connection that lasted so long was good, in milliseconds. */
const HEALTHY_MS = 5_000;

export class ConsoleClient {
  readonly #options: ConsoleClientOptions;
  readonly #listeners = new Set<(message: ServerMessage) => void>();
  readonly #statusListeners = new Set<(status: Status) => void>();
  readonly #requests = new Requests((message) => this.#write(message));
  #socket: WebSocket | undefined;
  #status: Status = 'offline';
  #isReady = false;
  #attempts = 0;
  /** Numbers the attempts to connect. Only the latest goes on. */
  #attempt = 0;
  #isConnecting = false;
  #check: ReturnType<typeof setInterval> | undefined;
  #receivedAt = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #renewal: ReturnType<typeof setTimeout> | undefined;
  #healthy: ReturnType<typeof setTimeout> | undefined;
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
    this.#requests.reject('The client was stopped.');
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
    return this.#requests.add(request);
  }

  /**
   * The session that the agent views. It is not answered. Each new connection begins with the
   * latest.
   */
  look(sessionId: string | null, typing: boolean): void {
    this.#requests.look(sessionId, typing);
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
    this.#requests.reject('The agent has to sign in.');
  }

  #auth({ token, expiresAt }: Token): void {
    this.#requests.spend();
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
    if (message.type === 'ready') this.#begin(message);
    else this.#requests.receive(message);
    for (const listener of this.#listeners) listener(message);
    this.#requests.send();
  }

  #begin({ silenceMs, agent }: Extract<ServerMessage, { readonly type: 'ready' }>): void {
    this.#silenceMs = silenceMs;
    if (this.#isReady) return;
    this.#isReady = true;
    this.#healthy = setTimeout(() => {
      this.#attempts = 0;
    }, HEALTHY_MS);
    this.#requests.open(agent.id);
    this.#enter('open');
    this.#requests.send();
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
    clearTimeout(this.#healthy);
    this.#isReady = false;
    this.#requests.close();
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
