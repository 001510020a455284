/** Gateway of Discord in the test's own process, as its documentation describes it. */
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import * as z from 'zod';

const MESSAGE_CONTENT = 1 << 15;

const payload = z.object({ op: z.number(), d: z.unknown() });
const identify = z.object({ token: z.string(), intents: z.number() });
const resume = z.object({ token: z.string(), session_id: z.string(), seq: z.number() });

interface Session {
  readonly id: string;
  readonly intents: number;
  seq: number;
  readonly log: { readonly s: number; readonly text: string }[];
  socket: WebSocket | undefined;
}

export interface DiscordGatewayOptions {
  readonly token: string;
  readonly url: () => string;
  /** Data of READY. */
  readonly ready: () => object;
  /** Sent after READY. */
  readonly guilds: () => readonly object[];
}

export class DiscordGateway {
  /** Whether the operator switched the Message Content Intent on. */
  contentAllowed = true;
  /** Tokens that were reset. */
  refuses = false;
  readonly identified: { readonly intents: number }[] = [];
  /** A session begins only after this. Discord takes a moment, too. */
  beginsAfter: Promise<void> = Promise.resolve();
  /** Connections whose session has not begun. */
  waiting = 0;
  /** Ids of the sessions that were resumed. They are `session1` and so on. */
  readonly resumed: string[] = [];
  private readonly options: DiscordGatewayOptions;
  private readonly server: WebSocketServer;
  private readonly open = new Set<WebSocket>();
  private sessions: Session[] = [];
  private count = 0;

  constructor(server: Server, options: DiscordGatewayOptions) {
    this.options = options;
    this.server = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) =>
      this.server.handleUpgrade(request, socket, head, (ws) => this.accept(ws)),
    );
  }

  /** Sessions that have a connection. */
  get connected(): number {
    return this.sessions.filter(({ socket }) => socket !== undefined).length;
  }

  /** Connections, with a session or without. */
  get sockets(): number {
    return this.open.size;
  }

  /** Sends an event to every session. One without a connection gets it when it resumes. */
  dispatch(t: string, d: object): void {
    for (const session of this.sessions) this.dispatchTo(session, t, d);
  }

  /** Closes every connection. Sessions can be resumed, unless they are forgotten. */
  close(code: number): void {
    for (const socket of this.open) socket.close(code);
  }

  /** No session can be resumed any more. What is dispatched now reaches nobody. */
  forget(): void {
    this.sessions = [];
  }

  async end(): Promise<void> {
    for (const socket of this.open) socket.terminate();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private accept(ws: WebSocket): void {
    this.open.add(ws);
    ws.on('close', () => {
      this.open.delete(ws);
      for (const session of this.sessions) if (session.socket === ws) session.socket = undefined;
    });
    ws.on('message', (data) => this.receive(ws, payload.parse(JSON.parse(String(data)))));
    ws.send(JSON.stringify({ op: 10, d: { heartbeat_interval: 41_250 } }));
  }

  private receive(ws: WebSocket, { op, d }: z.infer<typeof payload>): void {
    if (op === 1) ws.send(JSON.stringify({ op: 11 }));
    if (op === 2) void this.begin(ws, d);
    if (op === 6) this.resume(ws, resume.parse(d));
  }

  private async begin(ws: WebSocket, d: unknown): Promise<void> {
    this.waiting++;
    await this.beginsAfter;
    this.waiting--;
    this.identify(ws, identify.parse(d));
  }

  private identify(ws: WebSocket, { token, intents }: z.infer<typeof identify>): void {
    if (this.refuses || token !== this.options.token) return ws.close(4004, 'Authentication failed.');
    if (!this.contentAllowed && (intents & MESSAGE_CONTENT) !== 0) return ws.close(4014, 'Disallowed intent(s).');
    this.identified.push({ intents });
    const session: Session = { id: `session${++this.count}`, intents, seq: 0, log: [], socket: ws };
    this.sessions.push(session);
    this.dispatchTo(session, 'READY', { ...this.options.ready(), session_id: session.id, resume_gateway_url: this.options.url() });
    for (const guild of this.options.guilds()) this.dispatchTo(session, 'GUILD_CREATE', guild);
  }

  private resume(ws: WebSocket, { session_id, seq }: z.infer<typeof resume>): void {
    const session = this.sessions.find(({ id }) => id === session_id);
    if (session === undefined) return ws.send(JSON.stringify({ op: 9, d: false }));
    this.resumed.push(session_id);
    session.socket = ws;
    for (const { s, text } of session.log) if (s > seq) ws.send(text);
    this.dispatchTo(session, 'RESUMED', {});
  }

  private dispatchTo(session: Session, t: string, d: object): void {
    const s = ++session.seq;
    const text = JSON.stringify({ op: 0, t, s, d: session.intents & MESSAGE_CONTENT ? d : this.withoutContent(t, d) });
    session.log.push({ s, text });
    session.socket?.send(text);
  }

  /** Of messages in servers that do not mention the bot, Discord leaves out what was written. */
  private withoutContent(t: string, d: object): object {
    if (!t.startsWith('MESSAGE_') || !('content' in d) || !('guild_id' in d)) return d;
    const { mentions } = z.object({ mentions: z.array(z.object({ id: z.string() })) }).parse(d);
    const bot = z.object({ user: z.object({ id: z.string() }) }).parse(this.options.ready()).user.id;
    return mentions.some(({ id }) => id === bot) ? d : { ...d, content: '', attachments: [], components: [] };
  }
}
