/**
 * Webhooks of WhatsApp against the app as `npm start` runs it, in a process of its own, with
 * PostgreSQL. The Graph API is the stand-in of the tests, in this process. Measures the time from
 * the post of a webhook to its acknowledgement, which comes once all of it is durable. Meanwhile
 * the app answers each message with the offline model, so that it works as it would.
 */
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { type GraphApi, startGraphApi } from '#test/fakes/graph-api.ts';
import { type Database, openServer } from '../databases.ts';
import { percentile } from '../load.ts';
import { type Program, startProgram } from '../program.ts';
import { processorSeconds, serverSeconds } from './processor-time.ts';

export interface WebhookLoad {
  /** Webhooks in a second. */
  readonly rate: number;
  readonly seconds: number;
  readonly people: number;
  /** Webhooks with a status, for each with a message. Meta posts about three. */
  readonly statuses: number;
}

export interface Figures {
  readonly load: WebhookLoad;
  readonly webhooks: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly mostMs: number;
  /** Answers that were not 200. Each was posted again. */
  readonly refused: number;
  /** Messages that are not in the journal, or are there twice. */
  readonly lost: number;
  readonly twice: number;
  /** Messages that were answered by the time that the last webhook was acknowledged. */
  readonly answered: number;
  /**
   * Milliseconds of a processor for each webhook, from the first to the last one that counts.
   * Together they show how many a second the machine can take. Undefined where there is no /proc.
   */
  readonly processorMs: { readonly app: number; readonly database: number; readonly bench: number } | undefined;
}

/** At the same time. A webhook that waits for one waits in its figure too. */
const CONNECTIONS = 64;
/** Between two posts of one webhook, in milliseconds. */
const RETRY_MS = 100;

export async function measureWebhooks(loads: readonly WebhookLoad[], report: (line: string) => void): Promise<readonly Figures[]> {
  const server = await openServer(undefined);
  const graph = await startGraphApi({ statuses: [] });
  try {
    const figures: Figures[] = [];
    for (const [index, load] of loads.entries()) {
      const database = await server.create(`webhooks_${index}`);
      const app = await startWithWhatsapp(graph, database.url);
      try {
        report(`${load.rate} webhooks/s for ${load.seconds} s, ${load.statuses} statuses for each message …`);
        figures.push(await measure({ graph, database, load, round: index, app: app.pid }));
      } finally {
        await app.stop();
      }
    }
    return figures;
  } finally {
    await graph.close();
    await server.close();
  }
}

interface Round {
  readonly graph: GraphApi;
  readonly database: Database;
  readonly load: WebhookLoad;
  readonly round: number;
  /** Process id. */
  readonly app: number;
}

async function measure({ graph, database, load, round, app }: Round): Promise<Figures> {
  const { rate, seconds, people, statuses } = load;
  const warmUp = Math.ceil(rate / 4);
  const total = rate * seconds;
  const times: number[] = [];
  let refused = 0;
  let messages = 0;
  let posted = 0;
  const next = (): object => {
    const kind = posted % (statuses + 1);
    const sent = graph.messages.shown[Math.floor(posted / (statuses + 1)) % Math.max(1, graph.messages.shown.length)];
    posted += 1;
    if (kind > 0 && sent?.callbackData !== undefined)
      return graph.webhooks.status(STATUSES[kind - 1] ?? 'read', { id: sent.id, biz_opaque_callback_data: sent.callbackData });
    const number = messages++;
    const person = { phone: `2010${String(number % people).padStart(8, '0')}`, userId: `EG.${1_000_000 + (number % people)}` };
    return graph.webhooks.text(person, `wamid.bench${round}-${number}`, `Is flat ${number} still free on Sunday?`);
  };
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const post = async (payload: object, counted: boolean): Promise<void> => {
    const began = performance.now();
    const body = JSON.stringify(payload);
    while ((await statusOf(agent, graph, body)) !== 200) {
      refused += 1;
      await pause(RETRY_MS);
    }
    if (counted) times.push(performance.now() - began);
  };
  // The first requests compile the code.
  for (let i = 0; i < warmUp; i++) await post(next(), false);
  const spent = await spentBy(app, database);
  const answeredBefore = graph.messages.shown.length;
  const under: Promise<void>[] = [];
  const began = performance.now();
  while (under.length < total) {
    const due = Math.min(total, Math.floor(((performance.now() - began) / 1_000) * rate));
    while (under.length < due) under.push(post(next(), true));
    await pause(2);
  }
  await Promise.all(under);
  const answered = graph.messages.shown.length - answeredBefore;
  const spentAfter = await spentBy(app, database);
  agent.destroy();
  const stored = await database.count(`select count(*) from journal where kind = 'customer.message'`);
  const distinct = await database.count(`select count(distinct event_id) from journal where kind = 'customer.message'`);
  return {
    load,
    webhooks: total,
    p50Ms: percentile(times, 50),
    p99Ms: percentile(times, 99),
    mostMs: percentile(times, 100),
    refused,
    lost: messages - distinct,
    twice: stored - distinct,
    answered,
    processorMs: spent &&
      spentAfter && {
        app: ((spentAfter.app - spent.app) * 1_000) / total,
        database: ((spentAfter.database - spent.database) * 1_000) / total,
        bench: ((spentAfter.bench - spent.bench) * 1_000) / total,
      },
  };
}

async function spentBy(pid: number, database: Database) {
  const [app, server] = [await processorSeconds(pid), await serverSeconds(database)];
  const { user, system } = process.cpuUsage();
  return app === undefined || server === undefined ? undefined : { app, database: server, bench: (user + system) / 1_000_000 };
}

/** 0 if the connection broke. */
function statusOf(agent: Agent, graph: GraphApi, body: string): Promise<number> {
  const headers = { 'content-type': 'application/json', 'x-hub-signature-256': graph.webhooks.sign(body) };
  return new Promise((resolve) => {
    const posted = request(graph.webhooks.url ?? '', { method: 'POST', agent, headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    });
    posted.once('error', () => resolve(0)).end(body);
  });
}

const STATUSES = ['sent', 'delivered', 'read'] as const;

async function startWithWhatsapp(graph: GraphApi, databaseUrl: string): Promise<Program> {
  const program = await startProgram(databaseUrl, {
    ...graph.settings,
    WHATSAPP_CLOUD_MESSAGES_PER_SECOND: '1000',
  });
  graph.webhooks.url = `${program.url}/channels/whatsapp/webhook`;
  return program;
}
