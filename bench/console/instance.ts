/**
 * The process of one instance of a contestant, which plays turns. The gateway, its topics, and
 * what carries turns to other instances are the app's own. Turns are announced to them as the
 * runtime does after a commit, so no database hides what they cost.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { systemClock } from '#actors/contract/system-clock.ts';
import { createLive } from '#actors/live/live.ts';
import { parseAddress, parseSessionId } from '#machines/ids.ts';
import { Gateway } from '#src/gateway/gateway.ts';
import { tokenCaller } from '#src/operations/caller.ts';
import { createLog } from '#src/telemetry/log.ts';
import { noExchange } from '#storage/exchange.ts';
import type { SessionRow } from '#storage/port.ts';
import { openBudgetedRedis } from '#storage/redis/budgeted.ts';
import { createRedisExchange } from '#storage/redis/exchange.ts';
import { matchesFilter } from '#storage/session-filter.ts';
import { newSession } from '#test/contracts/store-fixtures.ts';
import { testContext } from '#test/src/operations/test-context.ts';
import { askInstance, FIRST_ACTIVITY, type InstanceLoad, idOf, now } from './messages.ts';

/** One in so many sessions waits for an agent. */
const WAITING = 20;
/** Networks of the readers have so many each, below the gateway's bound. */
const OF_NETWORK = 500;

interface Contestant {
  readonly url: string;
  commit(before: SessionRow, after: SessionRow): void;
}

interface Running {
  readonly contestant: Contestant;
  readonly rows: SessionRow[];
  readonly load: InstanceLoad;
}

let running: Running | undefined;

process.on('message', async (given) => process.send?.(await answer(askInstance.parse(given))));
process.once('disconnect', () => process.exit());

async function answer(asked: ReturnType<typeof askInstance.parse>): Promise<object> {
  if (asked.ask === 'start') {
    const rows = rowsOf(asked.load.sessions);
    const contestant = await (asked.contestant === 'ws bare' ? startBare() : startGateway(rows, asked.load));
    running = { contestant, rows, load: asked.load };
    return { url: contestant.url };
  }
  if (asked.ask === 'memory') return { bytes: memory() };
  if (running === undefined) throw new Error('nothing was started');
  if (asked.ask === 'versions') return { versions: running.rows.map(({ version }) => version) };
  const cpu = process.cpuUsage();
  const began = performance.now();
  const played = await play(running, asked.turns, asked.seconds);
  const { user, system } = process.cpuUsage(cpu);
  return { cpuMicros: user + system, ms: performance.now() - began, ...played };
}

/**
 * At an even pace, and as many as are due if the process was late.
 * @returns the most memory meanwhile in bytes, and the time until the last turn.
 */
async function play({ contestant, rows, load }: Running, turns: number, seconds: number) {
  const { instance, instances } = load;
  const own = Math.floor(rows.length / instances);
  const began = performance.now();
  let most = 0;
  for (let done = 0; done < turns * seconds; ) {
    const due = Math.min(turns * seconds, Math.floor(((performance.now() - began) / 1_000) * turns));
    for (; done < due; done += 1) {
      const number = (done % own) * instances + instance;
      const before = rows[number];
      if (before === undefined) throw new Error('there is no session');
      const after = { ...before, version: before.version + 1, lastActivityAt: now() };
      rows[number] = after;
      contestant.commit(before, after);
    }
    const { heapUsed, external } = process.memoryUsage();
    most = Math.max(most, heapUsed + external);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const turnsMs = performance.now() - began;
  // What is on its way arrives.
  await new Promise((resolve) => setTimeout(resolve, 500));
  return { mostBytes: most, turnsMs };
}

async function startGateway(rows: readonly SessionRow[], { redisUrl, instance }: InstanceLoad): Promise<Contestant> {
  // A machine that is busy lets it time out, and it connects again.
  const onConnectionLost = (error: unknown): void => console.error(String(error));
  const exchange =
    redisUrl === null
      ? noExchange
      : createRedisExchange({ redis: openBudgetedRedis({ url: redisUrl, onConnectionLost }), onConnectionLost });
  const { topics, membership } = createLive({
    exchange,
    owner: `instance-${instance}`,
    clock: systemClock,
    machines: [],
    load: async () => undefined,
    preview: () => null,
    onError: fail,
  });
  membership.start({ run: () => undefined, work: () => undefined });
  const { context } = testContext({ now: Date.now, audit: () => {}, checkResults: false });
  const sessions: typeof context.store.sessions = async (filter, limit, cursor = '0') => {
    const matching = rows.filter((row) => matchesFilter(row, filter));
    const end = Number(cursor) + limit;
    return { items: matching.slice(Number(cursor), end), next: end < matching.length ? String(end) : null };
  };
  let connections = 0;
  const gateway = new Gateway({
    actors: {
      watch: () => () => {},
      watchSessions: (topic, listener) => topics.watch(topic, listener),
      partialAnswer: () => undefined,
      publishPresence: () => {},
    },
    ports: { ...context, store: { ...context.store, sessions } },
    callerOf: async (token) => ({ ...tokenCaller(token), kind: 'agent' }),
    preview: () => null,
    clocksOf: () => [],
    records: { seen: async () => undefined },
    networkOf: () => {
      connections += 1;
      return `network-${Math.floor(connections / OF_NETWORK)}`;
    },
    log: createLog({ level: 'error', destination: process.stderr, readable: true }),
  });
  const server = createServer();
  gateway.attach(server);
  const url = await listening(server);
  return { url: `${url}/console/ws`, commit: (before, after) => topics.committed(before, after) };
}

/** Sends each turn to all sockets, and does nothing else. */
async function startBare(): Promise<Contestant> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  sockets.on('connection', (socket) => socket.on('message', () => socket.send('{"type":"ack"}')));
  const url = await listening(server);
  return {
    url,
    commit: (_, { snapshot: _snapshot, ...session }) => {
      const text = JSON.stringify({ type: 'changes', topic: 'inbox:0123456789abcdef', sessions: [session], left: [] });
      for (const socket of sockets.clients) socket.send(text);
    },
  };
}

function rowsOf(sessions: number): SessionRow[] {
  return Array.from({ length: sessions }, (_, number) =>
    newSession({
      id: parseSessionId(idOf(number)),
      address: parseAddress(`web:default:v_${number}`),
      version: 1,
      lastActivityAt: FIRST_ACTIVITY,
      ...(number % WAITING === 0 ? { state: 'WAITING_AGENT' } : {}),
    }),
  );
}

async function listening(server: ReturnType<typeof createServer>): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port }: Pick<AddressInfo, 'port'> = Object(server.address());
  return `ws://127.0.0.1:${port}`;
}

function memory(): number {
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function fail(error: unknown): never {
  throw new Error('a watcher failed', { cause: error });
}
