/**
 * Consoles of agents at a running app, over real sockets. `ConsoleClient` is what the page uses,
 * and `RawConsole` sends whatever a test wants.
 */
import { once } from 'node:events';
import { expect, vi } from 'vitest';
import { WebSocket } from 'ws';
import { ConsoleClient } from '#console/client/client.ts';
import type { ServerMessage } from '#console/client/protocol.ts';
import { Visitor } from '#test/end-to-end/visitor.ts';

export const PATIENCE = { interval: 10 };
/** Of every agent who joins. */
export const PASSWORD = 'correct horse battery';

/** An app, as a console finds it. */
export interface Served {
  readonly url: string;
  readonly apiToken: string;
}

export interface Agent {
  readonly id: string;
  readonly name: string;
  readonly token: string;
}

type Of<T extends ServerMessage['type']> = Extract<ServerMessage, { readonly type: T }>;

/** What one console received, in order. */
export class Received {
  readonly messages: ServerMessage[] = [];

  of<T extends ServerMessage['type']>(type: T): Of<T>[] {
    return this.messages.filter((message): message is Of<T> => message.type === type);
  }

  /**
   * Entries as a page shows them. A transcript that does not continue the one before begins anew.
   */
  transcript(sessionId: string): Of<'entry'>['entry'][] {
    let entries: Of<'entry'>['entry'][] = [];
    for (const message of this.messages) {
      if (message.type === 'transcript' && message.session.id === sessionId)
        entries = message.from === (entries.at(-1)?.seq ?? 0) + 1 ? [...entries, ...message.entries] : [...message.entries];
      else if (message.type === 'entry' && message.sessionId === sessionId) entries.push(message.entry);
      else if (message.type === 'delivery' && message.sessionId === sessionId)
        entries = entries.map((entry) => (entry.seq === message.seq ? { ...entry, delivery: message.delivery } : entry));
    }
    return entries;
  }

  /** The newest facts of a session, from a list, a turn or its transcript. */
  facts(sessionId: string): { readonly version: number; readonly state: string; readonly handler: string } | undefined {
    let newest: { readonly version: number; readonly state: string; readonly handler: string } | undefined;
    const take = ({ version, state, handler }: { version: number; state: string; handler: string }): void => {
      if (newest === undefined || version >= newest.version) newest = { version, state, handler };
    };
    for (const message of this.messages) {
      if (message.type === 'inbox') for (const session of message.sessions) if (session.id === sessionId) take(session);
      if (message.type === 'changes') for (const session of message.sessions) if (session.id === sessionId) take(session);
      if (message.type === 'transcript' && message.session.id === sessionId) take(message.session);
      if (message.type === 'state' && message.sessionId === sessionId) take(message);
    }
    return newest;
  }
}

export interface Console extends Received {
  readonly client: ConsoleClient;
}

export interface RawConsole extends Received {
  readonly socket: WebSocket;
  /** Resolves to the code. */
  readonly closed: Promise<number>;
  /** Resolves once it holds. It is looked at again after each message. */
  until(holds: () => boolean): Promise<void>;
  /** Anything but a string or bytes is sent as JSON. */
  send(message: unknown): void;
}

/** Everything that a test opens, so that it can be closed. */
export class Consoles {
  readonly #clients: ConsoleClient[] = [];
  readonly #sockets: WebSocket[] = [];
  readonly #visitors: Visitor[] = [];

  close(): void {
    for (const client of this.#clients.splice(0)) client.stop();
    for (const socket of this.#sockets.splice(0)) socket.terminate();
    for (const visitor of this.#visitors.splice(0)) visitor.leave();
  }

  api({ url, apiToken }: Served, method: string, path: string, body?: object): Promise<Response> {
    return fetch(`${url}${path}`, {
      method,
      headers: { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json', connection: 'close' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  }

  async join(app: Served, name: string, role = 'agent'): Promise<Agent> {
    const { token } = await (await this.api(app, 'POST', '/api/invitations', { role })).json();
    const accept = { token, login: name.toLowerCase(), name, password: PASSWORD };
    const { agent, accessToken } = await (await this.api(app, 'POST', '/console/auth/accept', accept)).json();
    return { id: agent.id, name, token: accessToken };
  }

  /** @param url in place of the app's, for example of a line to it. */
  open(app: Served, token: string, url = socketUrl(app)): Console {
    const client = new ConsoleClient({ url, retryMs: 20, token: async () => ({ token }) });
    const received = Object.assign(new Received(), { client });
    client.listen((message) => void received.messages.push(message));
    this.#clients.push(client);
    client.start();
    return received;
  }

  /** With a token it is signed in. */
  async raw(app: Served, token?: string): Promise<RawConsole> {
    const socket = new WebSocket(socketUrl(app));
    this.#sockets.push(socket);
    const send = (message: unknown): void =>
      socket.send(typeof message === 'string' || message instanceof Uint8Array ? message : JSON.stringify(message));
    const closed = once(socket, 'close').then(([code]) => Number(code));
    const until = async (holds: () => boolean): Promise<void> => {
      while (!holds()) await once(socket, 'message');
    };
    const raw: RawConsole = Object.assign(new Received(), { socket, closed, send, until });
    socket.on('message', (data) => raw.messages.push(JSON.parse(String(data))));
    await once(socket, 'open');
    if (token === undefined) return raw;
    send({ type: 'auth', token });
    await raw.until(() => raw.of('ready').length > 0);
    return raw;
  }

  /** A visitor with an open session. */
  async customer({ url }: Served, text = 'Hello'): Promise<{ readonly visitor: Visitor; readonly sessionId: string }> {
    const visitor = await Visitor.arrive(url, {});
    this.#visitors.push(visitor);
    const { sessionId } = await visitor.write(text);
    return { visitor, sessionId };
  }

  /** The whole journal, as it is stored. */
  async journal(app: Served, sessionId: string): Promise<Of<'entry'>['entry'][]> {
    const { entries } = await (await this.api(app, 'GET', `/api/sessions/${sessionId}/history?limit=1000`)).json();
    return entries;
  }

  async session(app: Served, sessionId: string) {
    return (await this.api(app, 'GET', `/api/sessions/${sessionId}`)).json();
  }

  /** What the console shows of a session is what is stored, with its state and delivery marks. */
  async expectSame(app: Served, console: Received, sessionId: string, patience = PATIENCE): Promise<void> {
    await vi.waitFor(async () => {
      const [stored, { state, handler }] = await Promise.all([this.journal(app, sessionId), this.session(app, sessionId)]);
      expect(console.transcript(sessionId).map(comparable)).toEqual(stored.map(comparable));
      expect(console.facts(sessionId)).toMatchObject({ state, handler });
    }, patience);
  }
}

function comparable({ seq, kind, author, text, delivery }: Of<'entry'>['entry']): object {
  return { seq, kind, author, text, delivery: delivery?.status ?? null };
}

export function socketUrl({ url }: Pick<Served, 'url'>): string {
  return `${url.replace('http', 'ws')}/console/ws`;
}
