/**
 * Listens and drains. Owns the listening socket and its connections.
 *
 * Invariant
 * After `close` resolves, no connection of this server is left.
 */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Socket } from 'node:net';
import { getHeapStatistics } from 'node:v8';
import { StatechatError } from '#machines/errors.ts';
import { connectionsWithin } from '../config/heap.ts';

export interface HttpServer {
  /** The actual port, also if the configuration has 0. */
  readonly port: number;
  /** The address for people, without a slash at the end. */
  readonly url: string;
  /** For upgrades of connections. */
  readonly server: Server;
  /**
   * Takes no new connections, closes the idle ones and those without a request yet (browsers open
   * some ahead), and waits for requests under way. Cuts what is left after `graceMs`. The caller
   * ends streams that never end by themselves before.
   */
  close(graceMs: number): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** Setting that has the port. Default `PORT`. */
  readonly setting?: 'PORT' | 'AGENT_PORT';
  /** In milliseconds. Default is `TIMEOUTS`. */
  readonly timeouts?: Partial<typeof TIMEOUTS>;
  /** Beyond it, new connections are closed at once. Default is what half of the heap holds. */
  readonly maxConnections?: number;
  /**
   * Requests that are upgraded. The others that offer an upgrade are answered without. Default
   * none.
   */
  readonly upgrades?: (request: IncomingMessage) => boolean;
}

/**
 * How long a caller may take for the headers of a request, and for the whole request, and how often
 * Node checks for callers that took longer. Its own interval of 30 s would add to both.
 */
const TIMEOUTS = { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 1_000 };

/** Rejects with code `cannot_listen` and what to do about it. */
export async function listen(
  listener: RequestListener,
  {
    host,
    port,
    setting = 'PORT',
    timeouts,
    maxConnections = connectionsWithin(getHeapStatistics().heap_size_limit),
    upgrades = () => false,
  }: ListenOptions,
): Promise<HttpServer> {
  const server = createServer({ ...TIMEOUTS, ...timeouts, keepAliveTimeout: 65_000, shouldUpgradeCallback: upgrades }, listener);
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(cannotListen(cause, host, port, setting)));
    server.listen({ host, port }, resolve);
  });
  server.removeAllListeners('error');
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  const address = server.address();
  const actual = typeof address === 'object' && address !== null ? address.port : port;
  return {
    server,
    port: actual,
    url: `http://${/^(0\.0\.0\.0|::|127\.0\.0\.1|::1)$/.test(host) ? 'localhost' : host}:${actual}`,
    close: (graceMs) => drain(server, open, graceMs),
  };
}

/**
 * How often a drain closes connections whose answer is sent, in milliseconds. They would stay open
 * for a next request.
 */
const POLL_MS = 50;

function drain(server: Server, open: ReadonlySet<Socket>, graceMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    const poll = setInterval(() => server.closeIdleConnections(), POLL_MS);
    server.close((error) => {
      clearTimeout(cut);
      clearInterval(poll);
      if (error === undefined) resolve();
      else reject(error);
    });
    // Node counts connections without a request as busy.
    for (const socket of open) if (socket.bytesRead === 0) socket.destroy();
  });
}

function cannotListen(cause: NodeJS.ErrnoException, host: string, port: number, setting: string): StatechatError {
  const fix =
    {
      EADDRINUSE: `another program listens there. Stop it, or set ${setting} to another port (0 takes a free one).`,
      EACCES: `ports below 1024 need privileges. Set ${setting} to a higher one and put a proxy in front.`,
      EADDRNOTAVAIL: `this machine has no such address. Set HOST to one that it has, such as 127.0.0.1 or 0.0.0.0.`,
    }[cause.code ?? ''] ?? cause.message;
  return new StatechatError('cannot_listen', `Cannot listen on ${host}:${port}: ${fix}`, { cause, facts: { host, port } });
}
