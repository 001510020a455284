/**
 * One round under faults. It starts the program on a database of its own, puts load on it, runs a
 * schedule of faults, waits until nothing is under way, and checks what is left.
 * Owns the order of these steps. Does not own the deployment (deployment.ts), the faults
 * (kill-schedule.ts, chaos-schedule.ts), the checks (checks.ts).
 */
import { TelegramCustomer } from '#test/faults/chats.ts';
import { CHECKS, shownAt } from '#test/faults/checks.ts';
import { type Deployment, type DeploymentOptions, startDeployment } from '#test/faults/deployment.ts';
import { duplicates } from '#test/faults/duplicates.ts';
import { eventually } from '#test/faults/eventually.ts';
import { type Evidence, readStored, receivedAt, unrest } from '#test/faults/evidence.ts';
import { type Figures, figuresOf } from '#test/faults/figures.ts';
import { messengerDuplicates } from '#test/faults/messenger-duplicates.ts';
import { DiscordCustomer, type MessengerCustomer, WhatsAppCustomer } from '#test/faults/messengers.ts';
import { Dice } from '#test/faults/plan.ts';
import { saveEvidence } from '#test/faults/save-evidence.ts';
import { startVisitors, type WebLoad } from '#test/faults/web-load.ts';
import { createDatabase, dropDatabase } from '#test/postgres-databases.ts';

/** Runs faults against a deployment. Resolves when they are over and every instance is up. */
export type FaultSchedule = (deployment: Deployment, dice: Dice) => Promise<void>;

export interface RoundOptions extends DeploymentOptions {
  readonly seed: number;
  readonly schedule: FaultSchedule;
  /** Visitors that write. Default is eight. */
  readonly load?: WebLoad;
}

const CALM_MS = 120_000;
const EIGHT: WebLoad = { quick: 8, slow: 0, perSecond: 0 };

export async function runRound(options: RoundOptions): Promise<Figures> {
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

async function pass(options: RoundOptions, database: string, ends: (() => Promise<unknown>)[]): Promise<Figures> {
  const { seed, schedule, load = EIGHT } = options;
  const dice = new Dice(seed);
  // Forked first, so that the schedule of faults depends on the seed alone.
  const scheduleDice = dice.fork();
  const deployment = await startDeployment(options, database, dice.fork(), ends);
  const { instances, recovery, telegram, webhooks, apiToken, wrong } = deployment;
  // One after the other, because the first one creates the tables. The others know the endpoint of
  // webhooks from their start.
  for (const { supervisor, url } of instances) {
    await supervisor.up();
    if (url === instances[0]?.url) await webhooks.subscribe(url, apiToken);
  }

  const visitors = await startVisitors(load, deployment, dice.fork());
  ends.push(() => Promise.all(visitors.map((visitor) => visitor.leave())));
  const customers = [1, 2, 3].map((number) => new TelegramCustomer(telegram, 4_200 + number, dice.fork()));

  const messengers = messengerCustomers(deployment, dice);
  const enough = new AbortController();
  const writers = [...visitors, ...customers, ...messengers].map((writer) => writer.write(enough.signal));
  const began = Date.now();
  await schedule(deployment, scheduleDice);
  const calmSince = Date.now();
  enough.abort();
  await Promise.all(writers);

  await arrived(database, messengers, wrong);
  await settled(database, wrong);
  const stored = await readStored(database);
  const readers = visitors.filter(({ reads }) => reads);
  await eventually(() => readers.every(({ address, shown }) => shown.length >= shownAt(stored, address).length), 10_000);
  const evidence: Evidence = {
    ...stored,
    recorded: deployment.recorder.seen,
    webhookRequests: webhooks.requests,
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
        ({ method, payload }) => /^(sendMessage|editMessageText|sendVenue)$/.test(method) && Number(payload.chat_id) === chat,
      ),
    })),
    messengers: messengers.map((customer) => ({ address: customer.address, said: customer.said, shown: customer.shown() })),
    reactions: new Map([...customers, ...messengers].map((customer) => [customer.address, customer.reactions()])),
    deaths: [...deployment.deaths],
    postgresKills: deployment.postgresKills,
    outages: recovery.outages.map(({ urls, ...outage }) => ({
      ...outage,
      slots: instances.filter(({ url }) => urls.includes(url)).map(({ slot }) => slot),
    })),
    leaseMs: deployment.leaseMs,
    began,
    calmSince,
    at: Date.now(),
  };
  await Promise.all(visitors.map((visitor) => visitor.leave()));
  for (const { supervisor } of instances) {
    const onError = await supervisor.stop();
    if (onError !== undefined) wrong.push(onError);
  }
  const repeated = duplicates(evidence);
  const onMessengers = messengerDuplicates(evidence);
  const checked = Object.values(CHECKS).flatMap((check) => check(evidence));
  const findings = [...wrong, ...checked, ...repeated.findings, ...onMessengers.findings];
  if (findings.length > 0) {
    const logs = instances.map(({ supervisor }) => supervisor.logs);
    findings.push(`the evidence of this round is in ${await saveEvidence(seed, evidence, findings, logs)}`);
  }
  return figuresOf(evidence, { ...repeated, messengers: onMessengers }, recovery.taken, findings);
}

function messengerCustomers({ messengers }: Deployment, dice: Dice): readonly MessengerCustomer[] {
  if (messengers === undefined) return [];
  const { whatsApp, discord } = messengers;
  return [
    ...[1, 2, 3].map((number) => new WhatsAppCustomer(whatsApp, `20100000000${number}`, dice.fork())),
    ...[1, 2, 3].map((number) => new DiscordCustomer(discord, number, dice.fork())),
  ];
}

/** Waits until an instance has read from Discord what was written while none was connected. */
async function arrived(database: string, customers: readonly MessengerCustomer[], wrong: string[]): Promise<void> {
  const addresses = customers.map(({ address }) => address);
  const said = customers.reduce((sum, customer) => sum + customer.said.length, 0);
  if (said > 0 && !(await eventually(async () => (await receivedAt(database, addresses)) >= said, CALM_MS)))
    wrong.push(`not all of the ${said} messages on messengers arrived within ${CALM_MS / 1000} s`);
}

/** Waits until nothing is under way. When the time is up, what still is becomes a finding. */
async function settled(database: string, wrong: string[]): Promise<void> {
  let counts: Readonly<Record<string, number>> = {};
  const quiet = await eventually(async () => {
    counts = await unrest(database);
    return Object.values(counts).every((count) => count === 0);
  }, CALM_MS);
  if (!quiet) wrong.push(`not quiet ${CALM_MS / 1000} s after the faults: ${JSON.stringify(counts)}`);
}
