/**
 * Measures the console's gateway beside a bare broadcast of the same texts. The gateway, its topics
 * and the topics of the actors are the app's own. Turns are announced to them as the runtime does
 * after a commit, so no database hides what they cost.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { SessionTopics } from '#actors/live/session-topics.ts';
import { Gateway } from '#src/gateway/gateway.ts';
import { tokenCaller } from '#src/operations/caller.ts';
import { createLog } from '#src/telemetry/log.ts';
import type { SessionRow } from '#storage/port.ts';
import { newSession } from '#test/contracts/store-fixtures.ts';
import { operationContext } from '#test/src/operations/fixture.ts';
import { percentile } from '../load.ts';
import { FIRST_ACTIVITY, now, readersAnswer } from './messages.ts';

export interface Load {
  readonly consoles: number;
  /** Open sessions, all of which are in the list. */
  readonly sessions: number;
  /** In a second. */
  readonly turns: number;
  readonly seconds: number;
}

export interface Figures extends Load {
  readonly contestant: 'the gateway' | 'ws bare';
  /** From the announcement of a commit to the reader's socket. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Messages that were read, of those that there would be without a reader that is behind. */
  readonly received: number;
  /** Processor time of the server for one message to one console, in microseconds. */
  readonly cpuMicros: number;
  /** Memory of the server for one console that follows, heap and buffers, in KiB. */
  readonly kibPerConsole: number;
}

interface Contestant {
  readonly url: string;
  commit(before: SessionRow, after: SessionRow): void;
  close(): Promise<void>;
}

export async function runConsole(loads: readonly Load[], progress: (line: string) => void): Promise<readonly Figures[]> {
  const figures: Figures[] = [];
  for (const [index, load] of loads.entries()) {
    const order = [
      ['the gateway', () => startGateway(rowsOf(load))],
      ['ws bare', startBare],
    ] as const;
    for (const [contestant, start] of index % 2 === 0 ? order : order.toReversed()) {
      figures.push({ contestant, ...(await measure(load, start)) });
      progress(`${contestant}: ${load.consoles} consoles, ${load.sessions} sessions, ${load.turns} turns a second`);
    }
  }
  return figures;
}

async function measure(load: Load, start: () => Promise<Contestant>): Promise<Omit<Figures, 'contestant'>> {
  const { consoles, turns, seconds } = load;
  const rows = rowsOf(load);
  const server = await start();
  const readers = fork(new URL('./readers.ts', import.meta.url), {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ask = async (question: object): Promise<readonly number[]> => {
    readers.send(question);
    const [answer] = await once(readers, 'message');
    return readersAnswer.parse(answer).delays;
  };
  try {
    const empty = memory();
    await ask({ ask: 'connect', url: server.url, count: consoles });
    const kibPerConsole = (memory() - empty) / consoles / 1_024;
    // Its code is compiled in the first second, which is not counted.
    await play(server, rows, turns, 1);
    await ask({ ask: 'delays' });
    const cpu = process.cpuUsage();
    await play(server, rows, turns, seconds);
    const { user, system } = process.cpuUsage(cpu);
    const delays = await ask({ ask: 'delays' });
    const expected = consoles * turns * seconds;
    return {
      ...load,
      p50Ms: percentile(delays, 50),
      p99Ms: percentile(delays, 99),
      received: delays.length / expected,
      cpuMicros: (user + system) / Math.max(1, delays.length),
      kibPerConsole,
    };
  } finally {
    const ended = once(readers, 'exit');
    readers.disconnect();
    readers.kill();
    await ended;
    await server.close();
  }
}

/** At an even pace, and as many as are due if the process was late. */
async function play(server: Contestant, rows: SessionRow[], turns: number, seconds: number): Promise<void> {
  const began = performance.now();
  for (let done = 0; done < turns * seconds; ) {
    const due = Math.min(turns * seconds, Math.floor(((performance.now() - began) / 1_000) * turns));
    for (; done < due; done += 1) {
      const index = done % rows.length;
      const before = rows[index];
      if (before === undefined) throw new Error('there is no session');
      const after = { ...before, version: before.version + 1, lastActivityAt: now() };
      rows[index] = after;
      server.commit(before, after);
    }
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  // What is on its way arrives.
  await new Promise((resolve) => setTimeout(resolve, 300));
}

async function startGateway(rows: readonly SessionRow[]): Promise<Contestant> {
  const unused = { wanted: false, wantsDeltas: false, turn: () => {}, passing: () => {}, watching: () => {} };
  const topics = new SessionTopics({ relay: unused, load: async () => undefined, preview: () => null, onError: fail });
  const { context } = operationContext({ now: Date.now, audit: () => {}, checkResults: false });
  const sessions = async (_: object, limit: number) => ({ items: rows.slice(0, limit), next: null });
  const gateway = new Gateway({
    actors: {
      watch: () => () => {},
      watchSessions: (topic, listener) => topics.watch(topic, listener),
      partialAnswer: () => undefined,
      publishPresence: () => {},
    },
    ports: { ...context, store: { ...context.store, sessions } },
    callerOf: async () => tokenCaller('bench'),
    preview: () => null,
    clocksOf: () => [],
    records: { seen: async () => undefined },
    networkOf: () => 'bench',
    log: createLog({ level: 'error', destination: process.stderr, readable: true }),
  });
  const server = createServer();
  gateway.attach(server);
  const url = await listening(server);
  return {
    url: `${url}/console/ws`,
    commit: (before, after) => topics.committed(before, after),
    async close() {
      gateway.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Sends each turn's text to all sockets, and does nothing else. */
async function startBare(): Promise<Contestant> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  sockets.on('connection', (socket) => socket.send('{}'));
  const url = await listening(server);
  return {
    url,
    commit: (_, { snapshot: _snapshot, ...session }) => {
      const text = JSON.stringify({ type: 'session', topic: 'inbox:0123456789abcdef', session });
      for (const socket of sockets.clients) socket.send(text);
    },
    async close() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function rowsOf({ sessions }: Load): SessionRow[] {
  return Array.from({ length: sessions }, () => newSession({ version: 1, lastActivityAt: FIRST_ACTIVITY }));
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
