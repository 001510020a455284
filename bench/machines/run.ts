/**
 * What people who watch `/machines` cost the turns. The app runs as `npm start` runs it, in a
 * process of its own, with PostgreSQL. Events of agents are sent over its API, one turn each, and
 * two of five change the state. In every other round, watchers read what the page reads, which is
 * the counts every three seconds, and the later entries of a session every two, with its newest
 * moment.
 */
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import * as z from 'zod';
import { openServer } from '../databases.ts';
import { percentile } from '../load.ts';
import { type Program, startProgram } from '../program.ts';

export interface MachinesLoad {
  /** Turns in a second at most. */
  readonly rate: number;
  readonly seconds: number;
  readonly pairs: number;
  readonly watchers: number;
  readonly sessions: number;
  readonly watch: 'counts' | 'session' | 'both';
}

export interface Round {
  readonly watched: boolean;
  readonly turns: number;
  readonly perSecond: number;
  /** CPU time of the process, with its threads, for each turn. */
  readonly cpuMs: number;
  /** From the request to its answer, which comes once the turn is durable. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Requests of watchers. */
  readonly polls: number;
  /** Used by the process at the end of the round. */
  readonly heapMiB: number;
}

interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

export interface Figures {
  readonly rounds: readonly Round[];
  /** With watchers over without, by pairs of rounds. */
  readonly ratios: Readonly<Record<'CPU a turn' | 'p50' | 'turns a second', Spread>>;
  /** CPU time of a request of a watcher, which is what a round with them took beyond its turns. */
  readonly requestMs: Spread;
}

/** Requests of turns under way. No session has two. */
const CONNECTIONS = 16;
/** As the page has them, in milliseconds. */
const COUNTS_MS = 3_000;
const SESSION_MS = 2_000;

/** One life of a session, over and over. */
const EVENTS = [
  { type: 'claim' },
  { type: 'note', text: 'She asks for the third time.' },
  { type: 'note', text: 'The flat is free on Sunday.' },
  { type: 'note', text: 'Call her back.' },
  { type: 'transfer' },
] as const;

export async function measureMachines(load: MachinesLoad, report: (round: Round) => void): Promise<Figures> {
  const server = await openServer(undefined);
  try {
    const database = await server.create('machines');
    const program = await startProgram(database.url, { STATECHAT_API_REQUESTS_PER_MINUTE: '1000000' });
    try {
      return await measure(new Client(program), load, report);
    } finally {
      await program.stop();
    }
  } finally {
    await server.close();
  }
}

async function measure(client: Client, load: MachinesLoad, report: (round: Round) => void): Promise<Figures> {
  const sessions: Session[] = [];
  for (let i = 0; i < load.sessions; i++) sessions.push({ id: await client.openSession(), sent: 0 });
  // The first turns compile the code.
  await play(client, { ...load, seconds: Math.min(5, load.seconds) }, sessions, false);
  const rounds: Round[] = [];
  const pairs: { readonly alone: Round; readonly watched: Round }[] = [];
  for (let pair = 0; pair < load.pairs; pair++) {
    // A B, then B A, so that what changes over time changes both.
    const order = pair % 2 === 0 ? [false, true] : [true, false];
    const played: Round[] = [];
    for (const watched of order) {
      const round = await play(client, load, sessions, watched);
      report(round);
      played.push(round);
    }
    rounds.push(...played);
    const [first, second] = played;
    if (first !== undefined && second !== undefined)
      pairs.push(first.watched ? { watched: first, alone: second } : { watched: second, alone: first });
  }
  const spread = (found: number[]): Spread => ({ median: percentile(found, 50), least: Math.min(...found), most: Math.max(...found) });
  const ratio = (of: (round: Round) => number): Spread => spread(pairs.map(({ watched, alone }) => of(watched) / of(alone)));
  const requestMs = spread(pairs.map(({ watched, alone }) => ((watched.cpuMs - alone.cpuMs) * watched.turns) / watched.polls));
  return {
    rounds,
    requestMs,
    ratios: {
      'CPU a turn': ratio(({ cpuMs }) => cpuMs),
      p50: ratio(({ p50Ms }) => p50Ms),
      'turns a second': ratio((round) => round.perSecond),
    },
  };
}

interface Session {
  readonly id: string;
  sent: number;
}

async function play(
  client: Client,
  { rate, seconds, watchers, watch: what }: MachinesLoad,
  sessions: readonly Session[],
  watched: boolean,
): Promise<Round> {
  const left = new AbortController();
  const watching = watched
    ? Array.from({ length: watchers }, (_, at) => watch(client, { session: sessions[at % sessions.length], what, at }, left.signal))
    : [];
  const before = await client.metrics();
  const began = performance.now();
  const end = began + seconds * 1_000;
  const times: number[] = [];
  let next = 0;
  const worker = async (at: number): Promise<void> => {
    const own = sessions.filter((_, index) => index % CONNECTIONS === at);
    for (let turn = 0; performance.now() < end; turn++) {
      const due = began + (next++ / rate) * 1_000;
      if (due > performance.now()) await pause(due - performance.now());
      const session = own[turn % own.length];
      if (session === undefined) return;
      const sent = performance.now();
      await client.post(`/api/sessions/${session.id}/events`, EVENTS[session.sent++ % EVENTS.length] ?? {});
      times.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, at) => worker(at)));
  const elapsed = performance.now() - began;
  const after = await client.metrics();
  left.abort();
  const polls = (await Promise.all(watching)).reduce((sum, count) => sum + count, 0);
  return {
    watched,
    turns: times.length,
    perSecond: (times.length / elapsed) * 1_000,
    cpuMs: ((after.cpuSeconds - before.cpuSeconds) * 1_000) / times.length,
    p50Ms: percentile(times, 50),
    p99Ms: percentile(times, 99),
    polls,
    heapMiB: after.heapBytes / 2 ** 20,
  };
}

interface Watching {
  readonly session: Session | undefined;
  readonly what: MachinesLoad['watch'];
  /** Number of the watcher. */
  readonly at: number;
}

/** Resolves to how many requests it sent, once it has left. */
async function watch(client: Client, { session, what, at }: Watching, left: AbortSignal): Promise<number> {
  let requests = 0;
  let seen = 0;
  const every = async (ms: number, read: () => Promise<void>): Promise<void> => {
    // People do not come at the same moment.
    await resting((ms * (at % 10)) / 10, left);
    while (!left.aborted) {
      await read();
      await resting(ms, left);
    }
  };
  const get = (path: string): Promise<unknown> => {
    requests += 1;
    return client.get(path);
  };
  const counts = (): Promise<void> => every(COUNTS_MS, async () => void (await get('/api/machines')));
  const life = (): Promise<void> =>
    every(SESSION_MS, async () => {
      const page = timelinePage.parse(await get(`/api/sessions/${session?.id}/timeline?after=${seen}&limit=1000`));
      seen = page.entries.at(-1)?.seq ?? seen;
      await get(`/api/sessions/${session?.id}/replay?seq=${seen}`);
    });
  await Promise.all([...(what === 'session' ? [] : [counts()]), ...(what === 'counts' ? [] : [life()])]);
  return requests;
}

async function resting(ms: number, left: AbortSignal): Promise<void> {
  await pause(ms, undefined, { signal: left }).catch(() => {});
}

const timelinePage = z.object({ entries: z.array(z.object({ seq: z.number() })) });
const arrived = z.object({ token: z.string() });
const taken = z.object({ sessionId: z.string() });

class Client {
  readonly #program: Program;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(program: Program) {
    this.#program = program;
  }

  /** A visitor writes, and waits for an agent. */
  async openSession(): Promise<string> {
    const { token } = arrived.parse(await this.post('/channels/web/visitors', {}));
    return taken.parse(await this.post('/channels/web/messages', { id: 'first', text: '/agent' }, token)).sessionId;
  }

  async metrics(): Promise<{ readonly cpuSeconds: number; readonly heapBytes: number }> {
    const text = await this.#send('GET', '/metrics');
    const read = (name: string): number => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
    return { cpuSeconds: read('process_cpu_seconds_total'), heapBytes: read('nodejs_heap_size_used_bytes') };
  }

  async get(path: string): Promise<unknown> {
    return JSON.parse(await this.#send('GET', path));
  }

  async post(path: string, body: object, token?: string): Promise<unknown> {
    return JSON.parse(await this.#send('POST', path, JSON.stringify(body), token));
  }

  #send(method: string, path: string, body?: string, token: string = this.#program.apiToken): Promise<string> {
    const headers = { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
    return new Promise((resolve, reject) => {
      const sent = request(`${this.#program.url}${path}`, { method, agent: this.#agent, headers }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          text += chunk;
        });
        response.once('end', () => {
          if (response.statusCode !== undefined && response.statusCode < 300) resolve(text);
          else reject(new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 300)}`));
        });
      });
      sent.once('error', reject).end(body);
    });
  }
}
