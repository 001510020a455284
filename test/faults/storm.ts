/**
 * One storm: the program on a database of its own, load from outside, faults by plan; then calm, and a look at what is
 * left. Owns: starting and ending everything. Does not own: what must hold (checks.ts).
 */
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EmbeddedPostgres } from '#storage/embedded/start.ts';
import { startBotApi } from '#test/fakes/bot-api.ts';
import type { Death } from '#test/faults/app-process.ts';
import { startBalancer } from '#test/faults/balancer.ts';
import { TelegramCustomer } from '#test/faults/chats.ts';
import { CHECKS, shownAt } from '#test/faults/checks.ts';
import { duplicates } from '#test/faults/duplicates.ts';
import { type Evidence, readStored, unrest } from '#test/faults/evidence.ts';
import { type Figures, figuresOf } from '#test/faults/figures.ts';
import { Keeper } from '#test/faults/keeper.ts';
import { Dice, planFaults } from '#test/faults/plan.ts';
import { startRecorder } from '#test/faults/recorder.ts';
import { Visitor } from '#test/faults/visitor.ts';
import { createDatabase, dropDatabase } from '#test/postgres-databases.ts';

export interface StormOptions {
  readonly seed: number;
  /** App processes to kill. Kills of PostgreSQL come on top. */
  readonly faults: number;
  /** Two share the database; Telegram then comes by webhook, through a balancer. */
  readonly instances: 1 | 2;
  /** Who answers on Telegram. */
  readonly telegram: 'probe' | 'companion';
  readonly postgres: EmbeddedPostgres;
  /** A folder for Node's compile cache, which makes starts cheaper. */
  readonly compileCache: string;
  /** No further faults after this time, in milliseconds since the epoch. */
  readonly until?: number;
}

const LEASE_MS = 2_000;
const CALM_MS = 120_000;

export async function storm(options: StormOptions): Promise<Figures> {
  const { postgres } = options;
  const { name, connectionString: database } = await createDatabase(postgres.connectionString, { empty: true });
  const ends: (() => Promise<unknown> | undefined)[] = [];
  try {
    return await weather(options, database, ends);
  } finally {
    for (const end of ends.reverse()) await end();
    await dropDatabase(postgres.connectionString, name);
  }
}

async function weather(options: StormOptions, database: string, ends: (() => Promise<unknown> | undefined)[]): Promise<Figures> {
  const { seed, faults, instances, telegram, postgres, compileCache, until = Number.POSITIVE_INFINITY } = options;
  const dice = new Dice(seed);
  const plan = [...planFaults(dice.fork(), faults)];
  const deaths: Death[] = [];
  const postgresKills: number[] = [];
  const wrong: string[] = [];
  const recovery = new Recovery();

  const recorder = await startRecorder(dice.fork());
  ends.push(() => recorder.close());
  const api = await startBotApi({ limits: true });
  ends.push(() => api.close());
  const ports = await freePorts(instances);
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const balancer = await startBalancer(() => urls, dice.fork());
  ends.push(() => balancer.close());

  const environment = {
    HOST: '127.0.0.1',
    DATABASE_URL: database,
    SESSION_TIMEOUT_MINUTES: '0.025',
    SESSION_EXPIRY_HOURS: '0.0004',
    TELEGRAM_BOT_TOKEN: api.token,
    TELEGRAM_API_ROOT: api.url,
    STATECHAT_ASSISTANTS: `telegram=${telegram}`,
    ...(instances === 1 ? {} : { TELEGRAM_MODE: 'webhook', TELEGRAM_WEBHOOK_SECRET: 'of_the_storm', STATECHAT_PUBLIC_URL: balancer.url }),
  };
  const keepers = ports.map((port, index) => {
    const url = `http://127.0.0.1:${port}`;
    return new Keeper({
      slot: 'ab'.charAt(index),
      port,
      compileCache,
      orders: { recorder: recorder.url, leaseMs: LEASE_MS, environment: { ...environment, PORT: String(port) } },
      nextFault: () => (Date.now() < until ? plan.shift() : undefined),
      postgres,
      died: (death) => {
        deaths.push(death);
        if (death.cause !== 'stopped') recovery.died(url, death.at);
        if (death.cause === 'failed') wrong.push(`${death.name} ended by itself`);
      },
      postgresKilled: (at) => postgresKills.push(at),
    });
  });
  ends.push(async () => {
    for (const keeper of keepers) keeper.end();
  });
  // One after the other: the first one makes the tables.
  for (const keeper of keepers) await keeper.up();

  const visitors = Array.from({ length: 8 }, (_, index) => {
    const [assistant, bursts] = [index % 2 === 0 ? ('companion' as const) : ('probe' as const), index >= 6];
    const acknowledged = (url: string, at: number): void => recovery.acknowledged(url, at);
    return new Visitor({
      name: `visitor${index}`,
      urls,
      assistant,
      bursts,
      dice: dice.fork(),
      acknowledged,
      wrong: (what) => wrong.push(what),
    });
  });
  ends.push(() => Promise.all(visitors.map((visitor) => visitor.leave())));
  await Promise.all(visitors.map((visitor) => visitor.arrive()));
  const customers = [1, 2, 3].map((number) => new TelegramCustomer(api, 4_200 + number, dice.fork()));

  const enough = new AbortController();
  const writers = [...visitors, ...customers].map((writer) => writer.write(enough.signal));
  await Promise.all(keepers.map((keeper) => keeper.suffer()));
  const calmSince = Date.now();
  enough.abort();
  await Promise.all(writers);

  await settled(database, wrong);
  const stored = await readStored(database);
  await eventually(() => visitors.every(({ address, shown }) => shown.length >= shownAt(stored, address).length), 10_000);
  const evidence: Evidence = {
    ...stored,
    recorded: recorder.seen,
    visitors: visitors.map(({ options: { name }, address, sent, shown }) => ({ name, address, sent, shown })),
    chats: customers.map(({ chat, address, said }) => ({
      address,
      said,
      transcript: api.transcript(chat),
      sends: api.calls.filter(({ method, payload }) => /^(sendMessage|editMessageText)$/.test(method) && Number(payload.chat_id) === chat),
    })),
    deaths,
    postgresKills,
    calmSince,
    at: Date.now(),
  };
  await Promise.all(visitors.map((visitor) => visitor.leave()));
  for (const keeper of keepers) {
    const trouble = await keeper.stop();
    if (trouble !== undefined) wrong.push(trouble);
  }
  const repeated = duplicates(evidence);
  const findings = [...wrong, ...Object.values(CHECKS).flatMap((check) => check(evidence)), ...repeated.findings];
  if (findings.length > 0) {
    const kept = join(tmpdir(), `statechat-storm-${seed}.json`);
    await writeFile(kept, JSON.stringify({ ...evidence, logs: keepers.map(({ logs }) => logs) }, null, 1));
    findings.push(`all that this storm left behind is in ${kept}`);
  }
  return figuresOf(evidence, repeated, recovery.taken, findings);
}

/** Waits until nothing is under way any more; says what still is when the time is up. */
async function settled(database: string, wrong: string[]): Promise<void> {
  let counts: Readonly<Record<string, number>> = {};
  const quiet = await eventually(async () => {
    counts = await unrest(database);
    return Object.values(counts).every((count) => count === 0);
  }, CALM_MS);
  if (!quiet) wrong.push(`not quiet ${CALM_MS / 1000} s after the storm: ${JSON.stringify(counts)}`);
}

/** Polls with a deadline. Resolves to whether it came true. */
async function eventually(check: () => boolean | Promise<boolean>, withinMs: number): Promise<boolean> {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; await delay(50)) if (await check()) return true;
  return check();
}

/** How long each instance was not there for its customers. */
class Recovery {
  readonly taken: number[] = [];
  readonly #since = new Map<string, number>();

  died(url: string, at: number): void {
    this.#since.set(url, at);
  }

  acknowledged(url: string, at: number): void {
    const since = this.#since.get(url);
    this.#since.delete(url);
    if (since !== undefined) this.taken.push(at - since);
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((found, failed) => {
          server.once('error', failed);
          server.listen(0, '127.0.0.1', () => {
            const address = server.address();
            if (address !== null && typeof address === 'object') found(address.port);
            else failed(new Error('no port was given'));
          });
        }),
    ),
  );
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
