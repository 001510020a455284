/**
 * One storm: the program on a database of its own, load from outside, weather; then calm, and a look at what is left.
 * Owns: the order of these, and what is kept of a storm that found something. Does not own: what is there (field.ts), what
 * befalls it (deaths.ts, chaos-weather.ts), what must hold (checks.ts).
 */
import { TelegramCustomer } from '#test/faults/chats.ts';
import { CHECKS, shownAt } from '#test/faults/checks.ts';
import { arrive, type Crowd } from '#test/faults/crowd.ts';
import { duplicates } from '#test/faults/duplicates.ts';
import { eventually } from '#test/faults/eventually.ts';
import { type Evidence, readStored, unrest } from '#test/faults/evidence.ts';
import { type Field, type FieldOptions, layField } from '#test/faults/field.ts';
import { type Figures, figuresOf } from '#test/faults/figures.ts';
import { keep } from '#test/faults/kept.ts';
import { Dice } from '#test/faults/plan.ts';
import { createDatabase, dropDatabase } from '#test/postgres-databases.ts';

/** Lets things happen to a field. Resolves when they are over and every instance is up. */
export type Weather = (field: Field, dice: Dice) => Promise<void>;

export interface StormOptions extends FieldOptions {
  readonly seed: number;
  readonly weather: Weather;
  /** Who writes. Default: eight visitors. */
  readonly crowd?: Crowd;
}

const CALM_MS = 120_000;
const EIGHT: Crowd = { quick: 8, slow: 0, perSecond: 0 };

export async function storm(options: StormOptions): Promise<Figures> {
  const { postgres } = options;
  const { name, connectionString: database } = await createDatabase(postgres.connectionString, { empty: true });
  const ends: (() => Promise<unknown>)[] = [];
  try {
    return await pass(options, database, ends);
  } finally {
    for (const end of ends.reverse()) await end();
    await dropDatabase(postgres.connectionString, name);
  }
}

async function pass(options: StormOptions, database: string, ends: (() => Promise<unknown>)[]): Promise<Figures> {
  const { seed, weather, crowd = EIGHT } = options;
  const dice = new Dice(seed);
  // First of all, so that the plan of faults depends on the seed alone.
  const fate = dice.fork();
  const field = await layField(options, database, dice.fork(), ends);
  const { instances, recovery, telegram, wrong } = field;
  // One after the other: the first one makes the tables.
  for (const { keeper } of instances) await keeper.up();

  const visitors = await arrive(crowd, field, dice.fork());
  ends.push(() => Promise.all(visitors.map((visitor) => visitor.leave())));
  const customers = [1, 2, 3].map((number) => new TelegramCustomer(telegram, 4_200 + number, dice.fork()));

  const enough = new AbortController();
  const writers = [...visitors, ...customers].map((writer) => writer.write(enough.signal));
  const began = Date.now();
  await weather(field, fate);
  const calmSince = Date.now();
  enough.abort();
  await Promise.all(writers);

  await settled(database, wrong);
  const stored = await readStored(database);
  const readers = visitors.filter(({ reads }) => reads);
  await eventually(() => readers.every(({ address, shown }) => shown.length >= shownAt(stored, address).length), 10_000);
  const evidence: Evidence = {
    ...stored,
    recorded: field.recorder.seen,
    visitors: visitors.map(({ options: { name }, address, sent, shown, reads }) => ({
      name,
      address,
      sent,
      shown: reads ? shown : undefined,
    })),
    chats: customers.map(({ chat, address, said }) => ({
      address,
      said,
      transcript: telegram.transcript(chat),
      sends: telegram.calls.filter(
        ({ method, payload }) => /^(sendMessage|editMessageText)$/.test(method) && Number(payload.chat_id) === chat,
      ),
    })),
    deaths: [...field.deaths],
    postgresKills: field.postgresKills,
    outages: recovery.outages.map(({ urls, ...outage }) => ({
      ...outage,
      slots: instances.filter(({ url }) => urls.includes(url)).map(({ slot }) => slot),
    })),
    leaseMs: field.leaseMs,
    began,
    calmSince,
    at: Date.now(),
  };
  await Promise.all(visitors.map((visitor) => visitor.leave()));
  for (const { keeper } of instances) {
    const onError = await keeper.stop();
    if (onError !== undefined) wrong.push(onError);
  }
  const repeated = duplicates(evidence);
  const findings = [...wrong, ...Object.values(CHECKS).flatMap((check) => check(evidence)), ...repeated.findings];
  if (findings.length > 0) {
    const logs = instances.map(({ keeper }) => keeper.logs);
    findings.push(`what this storm left behind is in ${await keep(seed, evidence, findings, logs)}`);
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
