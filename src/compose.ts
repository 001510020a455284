/**
 * The one composition root: makes every part from the configuration and connects them. Nothing here decides anything
 * about conversations; read it to see how the program hangs together.
 */
import { randomBytes } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { v7 as uuidv7 } from 'uuid';
import type { Clock } from '#actors/contract/clock.ts';
import { type CrashPoints, noCrash } from '#actors/contract/crash-points.ts';
import type { Effect } from '#actors/contract/effect.ts';
import type { AssistantBinding } from '#actors/contract/registry.ts';
import { invocationContext } from '#actors/invocations/invocation-context.ts';
import { Runtime, type RuntimeOptions } from '#actors/runtime.ts';
import { startStoreClock } from '#actors/timers/store-clock.ts';
import { RemoteAgentService } from '#agent-service/remote/service.ts';
import type { Assistant } from '#assistants/define-assistant.ts';
import { systemClock } from '#channels/clock.ts';
import type { ChannelAdapter } from '#channels/port.ts';
import { type TelegramOptions, WEBHOOK_PATH } from '#channels/telegram/adapter.ts';
import { webChannel } from '#channels/web/adapter.ts';
import type { WebLimits } from '#channels/web/limits.ts';
import { StatechatError } from '#machines/errors.ts';
import { type Address, addressParts } from '#machines/ids.ts';
import type { PolicySettings } from '#machines/session/policy.ts';
import { createRedisLimits } from '#storage/redis/limits.ts';
import { type AgentServiceParts, createAgentService } from './agent-process/create-agent-service.ts';
import { allAssistants, checkChosen } from './assistants/all-assistants.ts';
import { createRegistry } from './assistants/registry.ts';
import { sessionIds } from './cluster/session-ids.ts';
import { countInstances, sharedRateLimit } from './cluster/shared-rate-limits.ts';
import { type ApiToken, resolveApiToken } from './config/api-token.ts';
import type { Config } from './config/config.ts';
import { draftOpener } from './delivery/draft-opener.ts';
import { messageEffects } from './delivery/message-effects.ts';
import { createHttpApp } from './http/app.ts';
import { apiLimits } from './http/limits.ts';
import { type HttpServer, listen } from './http/server.ts';
import { deadLettersIn } from './intake/dead-letters.ts';
import { createIntake } from './intake/intake.ts';
import { contextReader } from './operations/session-context.ts';
import { openExchange, openRedis } from './storage/open-exchange.ts';
import { openStore } from './storage/open-store.ts';
import { createArchiveKeeper } from './storage/retention.ts';
import { createTelegram, sharedTelegram } from './telegram.ts';
import type { Log } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { runCounts } from './telemetry/run-counts.ts';
import { createVisitorFeed } from './web/visitor-feed.ts';
import { createVisitorFiles } from './web/visitor-files.ts';

export interface App {
  readonly url: string;
  readonly port: number;
  readonly apiToken: ApiToken;
  /** Stops taking things in, finishes what is under way, and lets go of everything. */
  stop(): Promise<void>;
}

export interface ComposeOptions {
  /** For tests that stop the process at a named point. */
  readonly crash?: CrashPoints;
  /** Instead of the model that the configuration names. */
  readonly provider?: AgentServiceParts['provider'];
  /** Beside the program's own assistants and those in the folder. */
  readonly assistants?: readonly Assistant[];
  /** Beside them, on machines of their own. */
  readonly bindings?: readonly AssistantBinding[];
  /** What their machines' actions do, beside the program's own effects. */
  readonly effects?: readonly Effect[];
  /** Over the policy that the configuration gives the program's assistants. */
  readonly policy?: PolicySettings;
  /** How soon work of a process that died is taken over, and how long an event waits for the store. */
  readonly runtime?: Pick<RuntimeOptions, 'leaseMs' | 'sweepMs' | 'patienceMs'>;
  /** How long an instance that died is still taken for the one that polls a channel, in milliseconds. Default 6,000. */
  readonly pollLeaseMs?: number;
  /** How much visitors of the web chat may ask, over its defaults. */
  readonly webLimits?: Partial<WebLimits>;
  /** What is due goes by it, instead of by the store's clock. */
  readonly clock?: Clock;
  /** Time and patience of the Telegram adapter, over its defaults. */
  readonly telegram?: Pick<TelegramOptions, 'clock' | 'maxWaitMs' | 'pollSeconds'>;
}

const PAGES = fileURLToPath(new URL('../console/dist/', import.meta.url));
/** How long a stop waits for requests under way, and then for turns and deliveries, in milliseconds: what the one leaves the other has too. */
const DRAIN_MS = 10_000;
/** How soon a visitor's stream finds what another instance committed and could not tell of, in milliseconds. */
const FEED_LOOK_MS = 1_000;
/** The same while the others can be heard: only what was told just as it broke is found so late. */
const HEARING_LOOK_MS = 10_000;
/** The same where no other instance can be: only to be sure. */
const ALONE_LOOK_MS = 30_000;

export async function startApp(config: Config, log: Log, options: ComposeOptions = {}): Promise<App> {
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of stops.splice(0).reverse()) await step().catch((error: unknown) => log.error({ error }, 'a part did not stop well'));
  };
  try {
    return await start(config, log, options, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  config: Config,
  log: Log,
  options: ComposeOptions,
  stops: (() => Promise<unknown>)[],
  stop: () => Promise<void>,
): Promise<App> {
  const { metrics, render } = createMetrics();
  const apiToken = await resolveApiToken(config.http.apiToken, config.dataDir);

  const redis = openRedis(config, log);
  stops.push(async () => redis?.close());
  const database = await openStore(config, log, { redis, onHotCopy: (outcome) => metrics.hotCopy(outcome) });
  stops.push(() => database.close());
  const { store } = database;
  const exchange = openExchange(config, redis, log);
  stops.push(() => exchange.close());
  const counts = redis && createRedisLimits(redis);
  const limitStore = counts && ((counted: string) => sharedRateLimit(counts, counted));
  const onError = (where: string, error: unknown): void => {
    const passing = !(error instanceof StatechatError) || error.retryable;
    log[passing ? 'warn' : 'error']({ where, error }, passing ? 'will be tried again' : 'failed for good');
  };
  // All instances on one store go by its clock: their own may differ.
  const storeClock = await startStoreClock({ ask: () => database.ping(), onError });
  stops.push(async () => storeClock.stop());
  const clock = options.clock ?? storeClock;
  const now = (): number => clock.now();

  const assistants = [...(await allAssistants(config, log, now)), ...(options.assistants ?? [])];
  const { ledger, approvals } = database;
  const onRunError = (where: string, error: unknown): void => log.warn({ where, error }, 'a run had trouble');
  const service =
    config.agent.url === undefined
      ? createAgentService({ config, assistants, ledger, approvals, now, log, metrics, provider: options.provider })
      : new RemoteAgentService({
          url: config.agent.url,
          token: apiToken.secret.reveal(),
          onError: onRunError,
        });
  stops.push(() => service.close());

  const channels = new Map<string, ChannelAdapter>();
  const channelOf = (address: Address): ChannelAdapter | undefined => channels.get(addressParts(address).channel);
  const registry = createRegistry({
    assistants,
    bindings: options.bindings ?? [],
    effects: [...messageEffects({ channelOf, files: database.files, log }), ...(options.effects ?? [])],
    service,
    contextOf: invocationContext,
    policy: {
      idleMinutes: config.sessions.idleAfterMs / 60_000,
      expiryHours: config.sessions.closeAfterMs / 3_600_000,
      maxMessageHistory: config.sessions.maxMessages,
      ...options.policy,
    },
    files: database.files,
    openDraft: draftOpener({
      channelOf,
      pendingWork: (address) => store.pendingWork(address),
      after: (ms, callback) => clock.after(ms, callback),
    }),
    now,
    handOver: config.budget.handOver,
    onError: onRunError,
    ...runCounts({ actors: () => runtime, metrics, now }),
  });
  checkChosen(config, [...assistants, ...(options.bindings ?? [])]);
  const owner = uuidv7();
  const runtime = new Runtime({
    ...options.runtime,
    store,
    clock,
    registry,
    owner,
    newSessionId: sessionIds(now),
    exchange,
    metrics,
    crash: options.crash ?? noCrash,
    onError,
  });

  const web = webChannel({
    feed: createVisitorFeed({
      actors: runtime,
      store,
      pollMs: () => (exchange.capabilities.type === 'none' ? ALONE_LOOK_MS : exchange.well ? HEARING_LOOK_MS : FEED_LOOK_MS),
    }),
    files: createVisitorFiles({ files: database.files, store }),
    tokenSecret: await store.setting('web.tokenSecret', randomBytes(32).toString('base64url')),
    knowsAssistant: (name) => registry.assistant(name) !== undefined,
    now,
    onError: (error) => log.error({ error }, 'web channel'),
    limits: options.webLimits ?? {},
    ...(limitStore ? { limitStore } : {}),
  });
  channels.set(web.name, web);
  const instances = countInstances({ known: () => runtime.instances, well: () => exchange.well, clock, onError });
  stops.push(async () => instances.stop());
  const telegram = createTelegram(config, log, deadLettersIn(database.archive), {
    clock: { now, sleep: systemClock.sleep },
    ...(exchange.capabilities.type === 'none'
      ? {}
      : sharedTelegram(config, log, {
          lease: (name, ms) => database.archive.lease(name, owner, now(), now() + ms),
          leaseMs: options.pollLeaseMs ?? 6_000,
          counts,
          instances: instances.count,
        })),
    ...options.telegram,
  });
  if (telegram) channels.set(telegram.name, telegram);

  const limits = apiLimits(config.http.apiRequestsPerMinute, limitStore);
  stops.push(async () => limits.close());

  let draining = false;
  const app = createHttpApp({
    log,
    metrics,
    actors: runtime,
    store,
    files: database.files,
    contextOf: contextReader(registry, now),
    now,
    defaultAgentId: config.http.defaultAgentId,
    trustedProxies: config.http.trustedProxies,
    apiToken,
    apiLimits: limits,
    archive: database.archive,
    approvals,
    pagesDir: PAGES,
    renderMetrics: render,
    readiness: async () => ({
      server: draining ? 'this instance is shutting down' : null,
      database: await database.ping().then(
        () => null,
        (error: unknown) => {
          // The driver's own words name hosts and ports: they are for the log, not for whoever asks.
          log.warn({ error }, 'the database does not answer');
          return 'the database does not answer: see the log';
        },
      ),
    }),
    routers: [
      { path: '/channels/web', router: web.router },
      ...(telegram?.webhook ? [{ path: WEBHOOK_PATH, router: telegram.webhook }] : []),
    ],
  });

  metrics.liveSessions(() => runtime.cachedSessions);
  metrics.instances(() => runtime.instances);
  runtime.start();
  const keeper = createArchiveKeeper({
    archive: database.archive,
    owner,
    retentionMs: config.retentionMs,
    clock,
    metrics,
    log,
  });
  keeper.start();
  stops.push(() => keeper.stop());
  let drainedBy = 0;
  stops.push(() => runtime.drain(Math.max(DRAIN_MS, drainedBy - performance.now())));
  const http: HttpServer = await listen(app, config.http);
  stops.push(() => http.close(DRAIN_MS));

  const intake = createIntake({
    actors: runtime,
    assistantOf: (address) => assistantAt(config, address, (name) => registry.assistant(name) !== undefined),
    latestAt: async (address) => (await store.load({ address }))?.id,
  });
  for (const channel of channels.values()) {
    await channel.start(intake);
    stops.push(() => channel.stop());
  }
  stops.push(async () => {
    draining = true;
    drainedBy = performance.now() + 2 * DRAIN_MS;
  });
  return { url: http.url, port: http.port, apiToken, stop };
}

/** A web visitor may have asked for an assistant by name: it is the account of the address. Else the channel's. */
function assistantAt({ assistants }: Config, address: Address, exists: (name: string) => boolean): string {
  const { channel, account } = addressParts(address);
  if (channel === 'web' && exists(account)) return account;
  return (channel === 'telegram' ? assistants.telegram : assistants.web) ?? assistants.web;
}
