/**
 * Measures the console's gateway beside a bare broadcast of the same turns. Instances and readers
 * are processes of their own (instance.ts, readers.ts).
 */
import { startRedis } from '#test/redis-server.ts';
import { percentile } from '../load.ts';
import { Asked, answers, type Readings } from './messages.ts';

export interface Load {
  /** Consoles, evenly on all instances. */
  readonly consoles: number;
  readonly instances: number;
  /** Open sessions, all of which are in the list. */
  readonly sessions: number;
  /** In a second, evenly on all instances. Each reaches the consoles of all of them. */
  readonly turns: number;
  readonly seconds: number;
  /** Consoles of each instance that do not read until all turns were played. */
  readonly slow: number;
}

export interface Figures extends Load {
  readonly contestant: 'the gateway' | 'ws bare';
  /** From the announcement of a commit to the reader's socket. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Turns in a second that the instances managed. */
  readonly played: number;
  /** Turns that a reader was sent, of those that happened. Superseded ones are left out. */
  readonly sent: number;
  /** Messages to one console in a second. */
  readonly messages: number;
  /** Share of one processor that an instance took. */
  readonly cpu: number;
  /** Processor time of the instances for one second of one console, in microseconds. */
  readonly cpuMicros: number;
  /** Memory of an instance for one console that follows, heap and buffers, in KiB. */
  readonly kibPerConsole: number;
  /** What an instance's memory grew by while turns were played, in MiB. */
  readonly mibWhilePlayed: number;
  /** Readers that showed something old at the end, of those that were compared. */
  readonly different: number;
  readonly compared: number;
  /** Lists that the slow readers got anew. */
  readonly lists: number;
}

const CONTESTANTS = ['the gateway', 'ws bare'] as const;

export async function runConsole(loads: readonly Load[], progress: (figures: Figures) => void): Promise<readonly Figures[]> {
  const figures: Figures[] = [];
  for (const [index, load] of loads.entries()) {
    for (const contestant of index % 2 === 0 ? CONTESTANTS : CONTESTANTS.toReversed()) {
      // A broadcast does not know other instances.
      if (contestant === 'ws bare' && load.instances > 1) continue;
      const measured = { ...load, contestant, ...(await measure(load, contestant)) };
      figures.push(measured);
      progress(measured);
    }
  }
  return figures;
}

async function measure(load: Load, contestant: Figures['contestant']): Promise<Omit<Figures, keyof Load | 'contestant'>> {
  const { consoles, instances, sessions, turns, seconds, slow } = load;
  const redis = instances > 1 ? await startRedis() : undefined;
  const numbers = Array.from({ length: instances }, (_, index) => index);
  const servers = numbers.map(() => new Asked(new URL('./instance.ts', import.meta.url), ['--expose-gc']));
  const readers = numbers.map(() => new Asked(new URL('./readers.ts', import.meta.url)));
  const count = Math.floor(consoles / instances);
  const askServers = <T>(answer: Parameters<typeof Asked.prototype.ask<T>>[0], question: object) =>
    Promise.all(servers.map((server) => server.ask(answer, question)));
  const askReaders = <T>(answer: Parameters<typeof Asked.prototype.ask<T>>[0], question: object) =>
    Promise.all(readers.map((one) => one.ask(answer, question)));
  try {
    const started = await Promise.all(
      servers.map((server, instance) => {
        const of = { sessions, instance, instances, redisUrl: redis?.url ?? null };
        return server.ask(answers.started, { ask: 'start', contestant, load: of });
      }),
    );
    const empty = sum(await askServers(answers.memory, { ask: 'memory' }), ({ bytes }) => bytes);
    await Promise.all(
      readers.map((one, instance) => one.ask(answers.connected, { ask: 'connect', url: started[instance]?.url, count, slow, instance })),
    );
    const following = sum(await askServers(answers.memory, { ask: 'memory' }), ({ bytes }) => bytes);
    // Its code is compiled in the first second, which is not counted.
    await askServers(answers.played, { ask: 'play', turns: turns / instances, seconds: 1 });
    await askReaders(answers.connected, { ask: 'pause' });
    await askReaders(answers.readings, { ask: 'readings' });
    const played = await askServers(answers.played, { ask: 'play', turns: turns / instances, seconds });
    const read = merged(await askReaders(answers.readings, { ask: 'readings' }));
    await askReaders(answers.connected, { ask: 'resume' });
    const { compared, different, lists } = await settle();
    const wallMs = sum(played, ({ ms }) => ms) / instances;
    const cpuMicros = sum(played, (one) => one.cpuMicros);
    return {
      p50Ms: percentile(read.delays, 50),
      p99Ms: percentile(read.delays, 99),
      played: ((turns * 1_000) / Math.max(...played.map(({ turnsMs }) => turnsMs))) * seconds,
      sent: read.turns / (turns * seconds * Math.ceil((count - slow) / 20) * instances),
      messages: (read.messages * 1_000) / consoles / wallMs,
      cpu: cpuMicros / 1_000 / sum(played, ({ ms }) => ms),
      cpuMicros: (cpuMicros * 1_000) / consoles / wallMs,
      kibPerConsole: (following - empty) / consoles / 1_024,
      mibWhilePlayed: (sum(played, ({ mostBytes }) => mostBytes) - following) / instances / 2 ** 20,
      compared,
      different,
      lists,
    };
  } finally {
    for (const process of [...servers, ...readers]) await process.end();
    await redis?.stop();
  }

  /** Until all show the same, or for ten seconds. */
  async function settle(): Promise<{ readonly compared: number; readonly different: number; readonly lists: number }> {
    const known = await askServers(answers.versions, { ask: 'versions' });
    const versions = Array.from({ length: sessions }, (_, number) => known[number % instances]?.versions[number] ?? 0);
    let lists = 0;
    for (let tries = 0; ; tries += 1) {
      const all = await askReaders(answers.compared, { ask: 'compare', versions });
      lists += merged(await askReaders(answers.readings, { ask: 'readings' })).lists;
      const different = sum(all, (one) => one.different);
      if (different === 0 || tries === 20) return { compared: sum(all, (one) => one.compared), different, lists };
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

function sum<T>(values: readonly T[], of: (value: T) => number): number {
  return values.reduce((total, value) => total + of(value), 0);
}

function merged(all: readonly Readings[]): Readings {
  return {
    delays: all.flatMap(({ delays }) => delays),
    turns: sum(all, ({ turns }) => turns),
    messages: sum(all, ({ messages }) => messages),
    bytes: sum(all, ({ bytes }) => bytes),
    lists: sum(all, ({ lists }) => lists),
  };
}
