/**
 * Gateway is the WebSocket of the console, at `/console/ws`. It takes connections, counts them, and
 * ends them.
 *
 * Invariants
 * 1. A page of another site cannot connect. A browser's `Origin` has to be the host's own.
 * 2. Connections are bounded, in all and by network. One that shows no life is cut.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Actors } from '#actors/contract/api.ts';
import { CLOSE, MAX_MESSAGE_BYTES } from '#console/client/protocol.ts';
import type { SessionPreview } from '#machines/definition.ts';
import type { SessionRow } from '#storage/port.ts';
import type { Caller } from '../operations/caller.ts';
import type { OperationPorts } from '../operations/context.ts';
import type { Log } from '../telemetry/log.ts';
import { Connection, type ConnectionParts } from './connection.ts';
import { InboxTopics } from './inbox-topics.ts';
import { PresenceBoard } from './presence-board.ts';

const GATEWAY_PATH = '/console/ws';

/** How often a connection is asked for a sign of life and given one, in milliseconds. */
const HEARTBEAT_MS = 15_000;
/** Two heartbeats may be lost. */
const SILENCE_MS = 40_000;
const MOST_CONNECTIONS = 10_000;
/** A whole office may share an address. */
const MOST_FROM_ONE_NETWORK = 1_000;

export interface GatewayParts {
  readonly actors: Pick<Actors, 'watch' | 'watchSessions' | 'partialAnswer' | 'publishPresence'>;
  readonly ports: OperationPorts;
  readonly callerOf: (token: string) => Promise<Caller | undefined>;
  readonly preview: (row: SessionRow) => SessionPreview | null;
  /** Network address of a request, behind the proxies that are trusted. */
  readonly networkOf: (request: IncomingMessage) => string;
  readonly log: Log;
}

export class Gateway {
  readonly #parts: GatewayParts;
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false });
  readonly #connections = new Map<WebSocket, { readonly connection: Connection; alive: boolean }>();
  readonly #networks = new Map<string, number>();
  readonly #board: PresenceBoard;
  readonly #topics: InboxTopics;
  readonly #heartbeat: NodeJS.Timeout;
  #server: Server | undefined;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    const { actors, ports, preview } = parts;
    this.#board = new PresenceBoard({ actors, now: ports.now });
    this.#topics = new InboxTopics({ actors, store: ports.store, preview, viewersOf: (ids) => this.#board.viewersOf(ids) });
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
  }

  get connections(): number {
    return this.#connections.size;
  }

  attach(server: Server): void {
    this.#server = server;
    server.on('upgrade', this.#upgrade);
  }

  /** Ends all connections with a request to connect again. */
  stop(): void {
    this.#server?.off('upgrade', this.#upgrade);
    clearInterval(this.#heartbeat);
    for (const { connection } of this.#connections.values()) connection.close(CLOSE.restart, 'the program stops: connect again');
    this.#board.stop();
    // A client that does not answer the closing handshake must not hold the stop.
    for (const socket of this.#connections.keys()) setTimeout(() => socket.terminate(), 1_000).unref();
  }

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy());
    const path = (request.url ?? '').split('?')[0];
    if (path !== GATEWAY_PATH) return refuse(socket, 404, 'There is no WebSocket here.');
    if (!isOwnOrigin(request)) return refuse(socket, 403, 'Pages of other sites cannot connect here.');
    const network = this.#parts.networkOf(request);
    const others = this.#networks.get(network) ?? 0;
    if (this.#connections.size >= MOST_CONNECTIONS || others >= MOST_FROM_ONE_NETWORK)
      return refuse(socket, 503, 'There are too many connections. Try again later.');
    this.#sockets.handleUpgrade(request, socket, head, (ws) => this.#accept(ws, network));
  };

  #accept(socket: WebSocket, network: string): void {
    const { actors, ports, callerOf, preview, log } = this.#parts;
    const parts: ConnectionParts = {
      actors,
      ports,
      callerOf,
      preview,
      log,
      topics: this.#topics,
      board: this.#board,
      silenceMs: SILENCE_MS,
    };
    const entry = { connection: new Connection(socket, randomUUID(), network, parts), alive: true };
    this.#connections.set(socket, entry);
    this.#networks.set(network, (this.#networks.get(network) ?? 0) + 1);
    socket.on('pong', () => {
      entry.alive = true;
    });
    // The close that follows says all that matters.
    socket.on('error', (error) => log.debug({ error }, 'a console connection failed'));
    socket.once('close', () => {
      this.#connections.delete(socket);
      const left = (this.#networks.get(network) ?? 1) - 1;
      if (left > 0) this.#networks.set(network, left);
      else this.#networks.delete(network);
    });
  }

  #beat(): void {
    const text = JSON.stringify({ type: 'heartbeat', at: this.#parts.ports.now() });
    for (const [socket, entry] of this.#connections) {
      if (!entry.alive) {
        socket.terminate();
        continue;
      }
      entry.alive = false;
      socket.ping();
      entry.connection.event(text);
    }
  }
}

/** Programs send no origin. Browsers always do, and pages cannot change it. */
function isOwnOrigin({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

function refuse(socket: Duplex, status: number, detail: string): void {
  const body = JSON.stringify({ status, detail });
  socket.end(
    `HTTP/1.1 ${status} Refused\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
