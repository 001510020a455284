/**
 * What the agent process needs of the store. That is the ledger and the approvals of the app.
 *
 * The app starts the embedded PostgreSQL, on another port each time. The agent process finds it in
 * the data folder, and follows it when the app has started again. Meanwhile the ledger is
 * `Unavailable` and no model is called.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { StatechatError } from '#machines/errors.ts';
import { joinEmbeddedPostgres } from '#storage/embedded/join.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { migrate } from '#storage/postgres/migrate.ts';
import type { Config } from '../config/config.ts';
import { openStore } from '../storage/open-store.ts';
import type { Log } from '../telemetry/log.ts';

export type AgentStore = Pick<StoreLifecycle, 'ledger' | 'approvals' | 'ping' | 'close'>;

/**
 * How long a start waits for the app's database, and how often it polls for it, in milliseconds.
 */
const PATIENCE_MS = 60_000;
const POLL_MS = 1_000;

export async function openAgentStore(config: Pick<Config, 'storage' | 'dataDir'>, log: Log, patienceMs = PATIENCE_MS): Promise<AgentStore> {
  return config.storage.type === 'embedded' ? followEmbedded(config.dataDir, log, patienceMs) : openStore(config, log);
}

async function followEmbedded(dataDir: string, log: Log, patienceMs: number): Promise<AgentStore> {
  let url = await firstOf(dataDir, log, patienceMs);
  let current = connectTo(url, log);
  let polling = Promise.resolve();
  const timer = setInterval(() => {
    polling = polling
      .then(poll)
      .catch((error: unknown) => log.warn({ error }, "the app's database was not found, and is polled for again"));
  }, POLL_MS);

  async function poll(): Promise<void> {
    const found = await joinEmbeddedPostgres(dataDir);
    if (found === undefined || found === url) return;
    log.info({}, "the app's database has come back");
    const before = current;
    url = found;
    current = connectTo(url, log);
    await before.close();
  }

  return {
    ledger: {
      reserve: (book, reservation) => current.ledger.reserve(book, reservation),
      settle: (book, id, used) => current.ledger.settle(book, id, used),
      balances: (book, accounts) => current.ledger.balances(book, accounts),
    },
    approvals: {
      ask: (request) => current.approvals.ask(request),
      decide: (id, by, approved, comment) => current.approvals.decide(id, by, approved, comment),
      use: (id, fingerprint) => current.approvals.use(id, fingerprint),
      get: (id) => current.approvals.get(id),
      open: (limit, cursor) => current.approvals.open(limit, cursor),
      openOf: (sessionId) => current.approvals.openOf(sessionId),
    },
    ping: () => current.ping(),
    close: async () => {
      clearInterval(timer);
      await polling;
      await current.close();
    },
  };
}

/** Resolves once its schema is up to date, because the app may have started at the same moment. */
async function firstOf(dataDir: string, log: Log, patienceMs: number): Promise<string> {
  for (let waited = 0; ; waited += POLL_MS) {
    const url = await joinEmbeddedPostgres(dataDir);
    if (url !== undefined) {
      await migrate(url);
      return url;
    }
    if (waited >= patienceMs) {
      const message = `No app keeps a database in ${dataDir}. Start it first (npm start), with the same STATECHAT_DATA_DIR, or set the DATABASE_URL of both.`;
      throw new StatechatError('no_database', message);
    }
    if (waited === 0) log.warn({ dataDir }, "waiting for the app's database");
    await delay(POLL_MS);
  }
}

function connectTo(connectionString: string, log: Log): StoreLifecycle {
  return createPostgresStore({
    connectionString,
    onConnectionLost: (error) => log.warn({ error }, 'lost an idle database connection'),
  });
}
