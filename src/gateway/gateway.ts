/**
 * Gateway is the WebSocket of the console, at `/console/ws`. It takes connections and ends them.
 *
 * Invariants
 * 1. A page of another site cannot connect. A browser's `Origin` has to be the host's own.
 * 2. Connections are bounded (connection-limits.ts). One that does not answer two pings is cut.
 * 3. A socket that is refused, or that failed, is destroyed, whatever its peer does.
 */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Actors } from '#actors/contract/api.ts';
import { CLOSE, MAX_MESSAGE_BYTES } from '#console/client/protocol.ts';
import type { Caller } from '../operations/caller.ts';
import type { OperationPorts } from '../operations/context.ts';
import type { Log } from '../telemetry/log.ts';
import { Connection, type ConnectionParts } from './connection.ts';
import { ConnectionLimits } from './connection-limits.ts';
import { FanOut } from './fan-out.ts';
import { frameOf } from './frame.ts';
import { FrameSocket } from './frame-socket.ts';
import { InboxTopics } from './inbox-topics.ts';
import { OnlineAgents, type OnlineAgentsOptions } from './online-agents.ts';
import { PresenceBoard } from './presence-board.ts';
import type { CardParts } from './session-card.ts';

export const GATEWAY_PATH = '/console/ws';

/** How often a connection is pinged and gets a heartbeat, in milliseconds. */
const HEARTBEAT_MS = 15_000;
/** Two heartbeats may be lost. */
const SILENCE_MS = 40_000;
/** Pings without an answer, after which a connection is cut. */
const MOST_UNANSWERED = 2;
/** How long a socket that failed or is refused may stay, in milliseconds. */
const CLOSING_MS = 1_000;

export interface GatewayParts extends CardParts {
  readonly actors: Pick<Actors, 'watch' | 'watchSessions' | 'partialAnswer' | 'publishPresence'>;
  readonly ports: OperationPorts;
  readonly callerOf: (token: string) => Promise<Caller | undefined>;
  /** When consoles of agents were connected. */
  readonly records: OnlineAgentsOptions['records'];
  /** Network address of a request, behind the proxies that are trusted. */
  readonly networkOf: (request: IncomingMessage) => string;
  readonly log: Log;
}

export class Gateway {
  readonly #parts: GatewayParts;
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false });
  readonly #connections = new Map<WebSocket, { readonly connection: Connection; unanswered: number }>();
  readonly #fanOut = new FanOut({ now: () => performance.now(), cpuMs: threadCpuMs });
  readonly #limits: ConnectionLimits;
  readonly #board: PresenceBoard;
  readonly #topics: InboxTopics;
  readonly #online: OnlineAgents;
  readonly #heartbeat: NodeJS.Timeout;
  #server: Server | undefined;

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    const { actors, ports, preview, clocksOf, records, log } = parts;
    this.#limits = new ConnectionLimits(ports.now);
    this.#board = new PresenceBoard({ actors, now: ports.now });
    this.#topics = new InboxTopics({
      actors,
      store: ports.store,
      fanOut: this.#fanOut,
      preview,
      clocksOf,
      viewersOf: (ids) => this.#board.viewersOf(ids),
    });
    this.#online = new OnlineAgents({
      records,
      offlineAfterMs: ports.terms.offlineAfterMs,
      now: ports.now,
      onError: (error) => log.warn({ error }, 'it was not recorded which agents are online'),
    });
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
  }

  get connections(): number {
    return this.#connections.size;
  }

  /** @param server upgrades what `isGatewayRequest`. */
  attach(server: Server): void {
    this.#server = server;
    server.on('upgrade', this.#upgrade);
  }

  /** Ends all connections with a request to connect again. */
  stop(): void {
    this.#server?.off('upgrade', this.#upgrade);
    clearInterval(this.#heartbeat);
    this.#online.stop();
    for (const { connection } of this.#connections.values()) connection.close(CLOSE.restart, 'the program stops: connect again');
  }

  readonly #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', () => socket.destroy());
    if (!isGatewayRequest(request)) return refuse(socket, 404, 'There is no WebSocket here.');
    if (!isOwnOrigin(request)) return refuse(socket, 403, 'Pages of other sites cannot connect here.');
    const network = this.#parts.networkOf(request);
    if (!this.#limits.hasRoom(network)) return refuse(socket, 503, 'There are too many connections. Try again later.');
    this.#sockets.handleUpgrade(request, socket, head, (ws) => this.#accept(ws, socket, network));
  };

  #accept(socket: WebSocket, stream: Duplex, network: string): void {
    const { actors, ports, callerOf, preview, clocksOf, log } = this.#parts;
    const parts: ConnectionParts = {
      actors,
      ports,
      callerOf,
      preview,
      clocksOf,
      log,
      online: this.#online,
      topics: this.#topics,
      board: this.#board,
      fanOut: this.#fanOut,
      limits: this.#limits,
      silenceMs: SILENCE_MS,
    };
    const place = this.#limits.take(network);
    const peer = { socket: new FrameSocket(socket, stream), viewer: randomUUID(), network, place };
    const entry = { connection: new Connection(peer, parts), unanswered: 0 };
    this.#connections.set(socket, entry);
    socket.on('pong', () => {
      entry.unanswered = 0;
    });
    socket.on('error', (error) => {
      log.debug({ error }, 'a console connection failed');
      // The peer may still read why.
      setTimeout(() => socket.terminate(), CLOSING_MS).unref();
    });
    socket.once('close', () => {
      this.#connections.delete(socket);
      place.leave();
    });
  }

  #beat(): void {
    const frame = frameOf({ type: 'heartbeat', at: this.#parts.ports.now() });
    for (const [socket, entry] of this.#connections) {
      if (entry.unanswered >= MOST_UNANSWERED) {
        socket.terminate();
        continue;
      }
      entry.unanswered += 1;
      socket.ping();
      entry.connection.event(frame);
    }
  }
}

function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

/** True for the upgrade to a WebSocket at the gateway's path. All others are ordinary requests. */
export function isGatewayRequest({ url, headers }: Pick<IncomingMessage, 'url' | 'headers'>): boolean {
  return (url ?? '').split('?')[0] === GATEWAY_PATH && headers.upgrade?.toLowerCase() === 'websocket';
}

/** Programs send no origin. Browsers always do, and pages cannot change it. */
function isOwnOrigin({ headers }: IncomingMessage): boolean {
  const { origin, host } = headers;
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

function refuse(socket: Duplex, status: number, detail: string): void {
  const body = JSON.stringify({ status, detail });
  const head = `HTTP/1.1 ${status} Refused\r\nContent-Type: application/problem+json\r\nContent-Length: ${Buffer.byteLength(body)}`;
  socket.end(`${head}\r\nConnection: close\r\n\r\n${body}`);
  // The peer may keep its half open.
  setTimeout(() => socket.destroy(), CLOSING_MS).unref();
}
