/**
 * The one composition root, as a table of parts. Each has what it needs, how it starts and how it
 * stops. Nothing here decides anything about conversations.
 *
 * Read from its end, the table is also the shutdown protocol (docs/reference/shutdown.md).
 *
 * 1. `/readyz` answers 503, so that load balancers send new requests elsewhere.
 * 2. Channels stop receiving. What they have taken is made durable, and streams end with a request
 *    to reconnect.
 * 3. Consoles are asked to connect again, to another instance.
 * 4. The HTTP server takes no new connections and answers the requests under way, for at most one
 *    share of the time.
 * 5. Turns are committed and deliveries finished, for at most one share and what the HTTP server
 *    left of its own. Runs under way are stopped and given back, and another instance takes them
 *    over at once.
 * 6. Everything that the parts above worked with is closed, the store last but for Redis. A store
 *    that was passed is closed after Redis.
 */
import { fileURLToPath } from 'node:url';
import { getHeapStatistics } from 'node:v8';
import { v7 as uuidv7 } from 'uuid';
import { invocationContext } from '#actors/contract/api.ts';
import { noCrash } from '#actors/contract/crash-points.ts';
import { Runtime } from '#actors/runtime.ts';
import { previewReader } from '#actors/session/preview.ts';
import { startStoreClock } from '#actors/timers/store-clock.ts';
import { builtInChannels } from '#channels/built-in.ts';
import { channelsOf } from '#channels/plugin.ts';
import { networkBehind } from '#channels/rate-limit.ts';
import { StatechatError } from '#machines/errors.ts';
import { addressParts } from '#machines/ids.ts';
import { createRedisLimits } from '#storage/redis/limits.ts';
import program from '../package.json' with { type: 'json' };
import { openAgentService } from './agent-process/create-agent-service.ts';
import { sealedRuns } from './agent-process/sealed-runs.ts';
import { AUTH_PATH, authRouter } from './agents/auth-router.ts';
import { createPasswords } from './agents/passwords.ts';
import { SignInService } from './agents/sign-in.ts';
import { signInAudit } from './agents/sign-in-audit.ts';
import { agentTokens, randomToken } from './agents/tokens.ts';
import { createAgentAssist } from './assistants/agent-assist.ts';
import { allAssistants, checkChosen } from './assistants/all-assistants.ts';
import { createRegistry } from './assistants/create-registry.ts';
import { earlierAnalysesIn } from './assistants/earlier-analyses.ts';
import { channelCommands } from './channels/channel-commands.ts';
import { channelHosts } from './channels/channel-host.ts';
import { Channels } from './channels/channels.ts';
import { takenEvents } from './channels/taken-events.ts';
import { leaderLeasesOf } from './cluster/leader-lease.ts';
import { sessionIds } from './cluster/session-ids.ts';
import { countInstances, sharedQuota, sharedRateLimit } from './cluster/shared-rate-limits.ts';
import type { ComposeOptions } from './compose-options.ts';
import { type ApiToken, resolveApiToken } from './config/api-token.ts';
import type { Config } from './config/config.ts';
import { cachedSessionsWithin } from './config/heap.ts';
import { servesThisMachineAlone } from './config/loopback.ts';
import { liveAgentNotifier } from './delivery/agent-notifier.ts';
import { windowIn } from './delivery/customer-window.ts';
import { draftOpener } from './delivery/draft.ts';
import { withMentions } from './delivery/mentions.ts';
import { messageEffects } from './delivery/message-effects.ts';
import { withWaitStatus } from './delivery/wait-status.ts';
import { ASYNCAPI_PATH, asyncApiRouter } from './gateway/asyncapi.ts';
import { Gateway, isGatewayRequest } from './gateway/gateway.ts';
import { openHandoff, startAssigner } from './handoff/open-handoff.ts';
import { createHttpApp } from './http/app.ts';
import { callersOf } from './http/bearer.ts';
import { apiLimits } from './http/limits.ts';
import { readinessOf } from './http/readiness.ts';
import { listen } from './http/server.ts';
import { accountAdopter } from './intake/adopt-account.ts';
import { assistantAt } from './intake/assistant-at.ts';
import { deadLettersIn } from './intake/dead-letters.ts';
import { countIgnored } from './intake/ignored.ts';
import { createIntake } from './intake/intake.ts';
import { withoutOwnEchoes } from './intake/own-echoes.ts';
import { Ratings } from './intake/ratings.ts';
import { openAudit } from './operations/audit.ts';
import { tokenCaller } from './operations/caller.ts';
import type { OperationPorts } from './operations/context.ts';
import { openOperationPorts } from './operations/open-ports.ts';
import { Parts } from './parts.ts';
import { engineOf } from './replay/replay-engine.ts';
import { SessionReplays } from './replay/session-replays.ts';
import { workerEngine } from './replay/worker-engine.ts';
import { keptSandboxes } from './sandbox/kept-sandboxes.ts';
import { shareLinksOf } from './share-links/share-links.ts';
import { Shutdown } from './shutdown.ts';
import { CommitHealth } from './storage/commit-health.ts';
import { openExchange, openRedis } from './storage/open-exchange.ts';
import { openStore } from './storage/open-store.ts';
import { createRetention } from './storage/retention.ts';
import type { Log } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { runCounts } from './telemetry/run-counts.ts';
import { assistantFaces } from './web/assistant-faces.ts';
import { createVisitorFeed, feedPollMs } from './web/visitor-feed.ts';
import { createVisitorFiles } from './web/visitor-files.ts';

export interface App {
  readonly url: string;
  readonly port: number;
  readonly apiToken: ApiToken;
  /** An invitation for the first admin. Undefined if there is an agent already. */
  inviteFirstAdmin(): Promise<{ readonly path: string; readonly token: string; readonly expiresAt: number } | undefined>;
  /** Takes nothing more in, finishes what is under way, and closes everything. */
  stop(): Promise<void>;
}

const REPLAY_THREAD = new URL('./replay-worker.ts', import.meta.url);
const PAGES = fileURLToPath(new URL('../console/dist/', import.meta.url));
/**
 * How long a stop waits for requests under way, and then for turns and deliveries, in milliseconds.
 */
const DRAIN_MS = 10_000;
/**
 * How long an instance that died keeps its leader leases, in milliseconds. It renews them every
 * third of it.
 */
const LEADER_LEASE_MS = 6_000;
export async function startApp(config: Config, log: Log, options: ComposeOptions = {}): Promise<App> {
  const { parts, stop } = await table(config, log, options).start(log);
  const { http, apiToken, agentAccess } = parts;
  return { url: http.url, port: http.port, apiToken, inviteFirstAdmin: () => agentAccess.inviteFirstAdmin(), stop };
}

function table(config: Config, log: Log, options: ComposeOptions) {
  const onError = (where: string, error: unknown): void => {
    const passing = !(error instanceof StatechatError) || error.retryable;
    log[passing ? 'warn' : 'error']({ where, error }, passing ? 'failed and will be tried again' : 'failed for good');
  };
  const onRunError = (where: string, error: unknown): void => log.warn({ where, error }, 'a run met an error');
  const { effects = [], bindings = [] } = options;

  return Parts.of({
    owner: uuidv7(),
    shutdown: new Shutdown(options.drainMs ?? DRAIN_MS),
    plugins: channelsOf(builtInChannels, options.channels ?? []),
  })
    .part(
      'passed store',
      // First, so that it is closed last, also if a row below does not start.
      () => ({}),
      () => options.store?.close(),
    )
    .part('metrics', () => ({ ...createMetrics(), commitHealth: new CommitHealth() }))
    .part('API token', async () => ({ apiToken: await resolveApiToken(config.http.apiToken, config.dataDir) }))
    .part(
      'redis',
      () => ({ redis: openRedis(config, log, options.store?.store) }),
      ({ redis }) => redis?.close(),
    )
    .part(
      'store',
      async ({ redis, metrics }) => {
        const opened = options.store ?? (await openStore(config, log, { redis, onHotCopy: (outcome) => metrics.hotCopy(outcome) }));
        // Field by field, because a store may be an instance of a class.
        const { store, archive, ledger, approvals, files, addresses, agents, signIns } = opened;
        const { auditTrail, library, mentions, blobs, expiringRecords } = opened;
        const later = { auditTrail, library, mentions, blobs, expiringRecords };
        const kept = { store, archive, ledger, approvals, files, addresses, agents, signIns, ...later };
        return { opened, ...kept, records: opened.handoff, ping: (): Promise<number> => opened.ping() };
      },
      // The first row closes a store that was passed.
      ({ opened }) => (options.store === undefined ? opened.close() : undefined),
    )
    .part(
      'exchange',
      ({ redis }) => ({ exchange: openExchange(config, redis, log, options.store?.store) }),
      ({ exchange }) => exchange.close(),
    )
    .part(
      'clock',
      async ({ ping }) => {
        // All instances on one store go by its clock, because their own may differ.
        const storeClock = await startStoreClock({ ask: ping, onError });
        const clock = options.clock ?? storeClock;
        return { storeClock, clock, now: () => clock.now() };
      },
      ({ storeClock }) => storeClock.stop(),
    )
    .part('handoff', ({ agents, records, now }) => ({ handoff: openHandoff(config, { agents, records, now }) }))
    .part('assistants', async ({ now }) => {
      const assistants = [...(await allAssistants(config, log, now)), ...(options.assistants ?? [])];
      checkChosen(config, [...assistants, ...bindings]);
      const offline = options.provider === undefined && config.agent.url === undefined && config.model.apiKey === undefined;
      const defaultName = config.assistants.web ?? '';
      return { assistants, offline, ...assistantFaces({ assistants, bindings, defaultName, offline }) };
    })
    .part(
      'agent service',
      ({ assistants, ledger, approvals, now, metrics, apiToken }) => ({
        service: openAgentService({
          config,
          assistants,
          ledger,
          approvals,
          now,
          log,
          metrics,
          provider: options.provider,
          apiToken,
          onRunError,
        }),
      }),
      ({ service }) => service.close(),
    )
    .part('registry', ({ assistants, service, store, files, mentions, handoff, clock, now, metrics }) => {
      // These two are needed before they are filled, further down the table. Effects find the
      // channel as they send. Effects and runs that need the actors wait for them.
      const channels = new Channels();
      const actorsReady = Promise.withResolvers<Runtime>();
      const channelOf = channels.at.bind(channels);
      const notifier = withWaitStatus(withMentions(liveAgentNotifier(actorsReady.promise, log), mentions), {
        actors: actorsReady.promise,
        store,
        outlookOf: handoff.outlookOf,
        now,
        onError,
      });
      const counts = runCounts({ actors: actorsReady.promise, metrics, now });
      const registry = createRegistry({
        assistants,
        bindings,
        effects: [...messageEffects({ channelOf, files, notifier, windowOf: windowIn(store) }), ...effects],
        service,
        contextOf: invocationContext,
        policy: {
          idleMinutes: config.sessions.idleAfterMs / 60_000,
          expiryHours: config.sessions.closeAfterMs / 3_600_000,
          maxMessageHistory: config.sessions.maxMessages,
          ...handoff.terms.queues.policy,
          ...options.policy,
        },
        files,
        earlierAnalyses: earlierAnalysesIn(store),
        openDraft: draftOpener({
          channelOf,
          pendingWork: (address) => store.pendingWork(address),
          clock,
        }),
        now,
        handOver: config.budget.handOver,
        alone: servesThisMachineAlone(config.http),
        onError: onRunError,
        ...counts,
      });
      const assist = createAgentAssist({ registry, service, spent: counts.spent, now, onError: onRunError });
      return { channels, actorsReady, registry, assist, knowsAssistant: (name: string) => registry.assistant(name) !== undefined };
    })
    .part('actors', ({ store, addresses, clock, registry, owner, now, exchange, metrics, commitHealth, actorsReady }) => {
      const actors = new Runtime({
        cachedSessions: cachedSessionsWithin(getHeapStatistics().heap_size_limit),
        ...options.runtime,
        store,
        addresses,
        clock,
        registry,
        owner,
        newSessionId: sessionIds(now),
        exchange,
        metrics: {
          ...metrics,
          committed: (turns, ms) => {
            commitHealth.committed();
            metrics.committed(turns, ms);
          },
          commitFailed: () => {
            commitHealth.failed();
            metrics.commitFailed();
          },
        },
        crash: options.crash ?? noCrash,
        onError,
      });
      actorsReady.resolve(actors);
      metrics.liveSessions(() => actors.cachedSessions);
      metrics.instances(() => actors.instances);
      return { actors };
    })
    .part(
      'shared limits',
      ({ redis, actors, exchange, clock }) => {
        const counts = redis && createRedisLimits(redis);
        const instances = countInstances({ known: () => actors.instances, well: () => exchange.well, clock, onError });
        return {
          instances,
          quota: (scope: string) => sharedQuota(counts, scope, instances.count),
          rateLimitStore: counts && ((scope: string) => sharedRateLimit(counts, scope)),
        };
      },
      ({ instances }) => instances.stop(),
    )
    .part('leader leases', ({ archive, exchange, owner, now }) => {
      const alone = exchange.capabilities.type === 'none' && options.store?.store.capabilities.shared !== true;
      const leaseMs = options.leaderLeaseMs ?? LEADER_LEASE_MS;
      // Undefined where no other instance can be on the store.
      return { leaderLeases: alone ? undefined : leaderLeasesOf({ archive, owner, now, leaseMs }) };
    })
    .part(
      'replays',
      ({ store, registry, clock }) => {
        // Another thread loads the assistants from the configuration, and knows no others.
        const alike = options.assistants === undefined && options.bindings === undefined;
        const engine = alike
          ? workerEngine({ file: REPLAY_THREAD, data: { assistantsDir: config.assistantsDir }, clock, onError })
          : engineOf(registry);
        return { replayEngine: engine, replays: new SessionReplays({ store, engine }) };
      },
      ({ replayEngine }) => replayEngine.close(),
    )
    .part(
      'sandboxes',
      ({ expiringRecords: records, store, replays, registry, assistants, ledger, metrics, clock, now }) => {
        const { provider } = options;
        const runs = sealedRuns({ config, assistants, ledger, metrics, now, log, provider, realModel: config.sandboxModel === 'real' });
        const sandboxes = keptSandboxes({ records, store, replays, registry, runsWith: runs.registry, clock, onError });
        sandboxes.start();
        return { sandboxes, sealedRuns: runs };
      },
      (parts) => {
        parts.sandboxes.stop();
        parts.sealedRuns.close();
      },
    )
    .part(
      'channels',
      async ({ plugins, channels, actors, store, approvals, files, archive, addresses, exchange, leaderLeases, clock, ...parts }) => {
        const hostOf = channelHosts({
          log,
          clock,
          publicUrl: config.http.publicUrl,
          deadLetter: deadLettersIn(archive),
          ignored: countIgnored({ metrics: parts.metrics, log }),
          leaderLease: leaderLeases && ((name, channelLog) => leaderLeases(name, channelLog, 'receives')),
          adoptAccount: accountAdopter({ addresses, store, actors, log }),
          resolve: (address) => addresses.resolve(address),
          quota: parts.quota,
          rateLimitStore: parts.rateLimitStore,
          feed: createVisitorFeed({
            actors,
            store,
            approvals,
            pollMs: () => feedPollMs(leaderLeases === undefined, exchange.capabilities.type !== 'none' && exchange.well),
          }),
          files: createVisitorFiles({ files, store }),
          setting: (name, initial) => store.setting(name, initial),
          takenOn: (channel) => takenEvents(store, channel),
          commandsOn: (channel) => channelCommands(parts.assistants.find(({ name }) => name === config.assistants[channel])),
          blobs: parts.blobs,
          dataDir: config.dataDir,
          knowsAssistant: parts.knowsAssistant,
          faces: parts.faces,
        });
        await channels.open(plugins, config, hostOf);
        return {};
      },
      ({ channels }) => channels.close(),
    )
    .part(
      'API limits',
      ({ rateLimitStore }) => ({ apiLimits: apiLimits(config.http.apiRequestsPerMinute, rateLimitStore) }),
      (parts) => parts.apiLimits.close(),
    )
    .part(
      'audit',
      ({ auditTrail }) => ({ audits: openAudit(auditTrail, log) }),
      ({ audits }) => audits.flush(),
    )
    .part(
      'agents',
      async ({ store, agents, signIns, expiringRecords: records, audits, rateLimitStore, apiToken, now }) => {
        const stored = await store.setting('console-token-key', randomToken());
        // Each machine makes its own token file, so only a configured token is the same everywhere.
        const apart = apiToken.file === undefined ? apiToken.secret.reveal() : undefined;
        const { shareKey, ...tokens } = agentTokens({ stored, apart }, now);
        const shareLinks = shareLinksOf({ records, key: shareKey, now });
        const audit = signInAudit(audits.audit, now);
        const agentAccess = new SignInService({ agents, signIns, passwords: createPasswords(), ...tokens, audit, now });
        const callerOf = callersOf(
          apiToken,
          tokenCaller(config.http.defaultAgentId),
          async (token) => (await shareLinks.caller(token)) ?? agentAccess.caller(token),
        );
        const { publicUrl } = config.http;
        const oidc = config.oidc && publicUrl !== undefined ? { config: config.oidc, key: tokens.flowKey, now, log } : undefined;
        return { agentAccess, callerOf, shareLinks, auth: authRouter({ service: agentAccess, storeOf: rateLimitStore, publicUrl, oidc }) };
      },
      ({ auth }) => auth.close(),
    )
    .part('operations', ({ actors, agentAccess, registry, now, audits, store, handoff, records, assist, ...parts }) => {
      const { files, archive, approvals, agents, signIns, auditTrail, library, mentions, replays, sandboxes, shareLinks } = parts;
      const kept = { store, files, archive, approvals, agents, signIns, auditTrail, library, mentions, handoff: records };
      const receivedFile: OperationPorts['receivedFile'] = async (address, ref, mostBytes) =>
        parts.channels.at(address)?.receivedFile(ref, mostBytes);
      const templatesAt: OperationPorts['templatesAt'] = async (address) =>
        (await parts.channels.at(address)?.templates?.(addressParts(address).account)) ?? [];
      const shown = { replays, sandboxes, shareLinks };
      const channelPorts = { receivedFile, templatesAt };
      const ports = { ...kept, ...shown, ...channelPorts, actors, agentAccess, terms: handoff.terms, assist, now, audit: audits.audit };
      return { operationPorts: openOperationPorts({ ...ports, registry, checkResults: options.checkResults ?? false }) };
    })
    .part(
      'retention',
      ({ archive, auditTrail, signIns, agents, mentions, owner, clock, metrics }) => {
        const retention = createRetention({
          archive,
          auditTrail,
          signIns,
          agents,
          mentions,
          owner,
          keep: config.keep,
          clock,
          metrics,
          log,
        });
        retention.start();
        return { retention };
      },
      ({ retention }) => retention.stop(),
    )
    .part(
      'turns and deliveries',
      ({ actors }) => {
        actors.start();
        return {};
      },
      ({ actors, shutdown }) => actors.drain(shutdown.share()),
    )
    .part(
      'assigner',
      ({ actors, store, registry, handoff, records, exchange, clock, metrics, leaderLeases }) => ({
        stopAssigner: startAssigner(
          {
            actors,
            store,
            preview: previewReader(registry),
            clocksOf: handoff.clocksOf,
            agents: handoff.available,
            records,
            terms: handoff.terms,
            clock,
            hears: () => leaderLeases === undefined || (exchange.capabilities.type !== 'none' && exchange.well),
            onBreach: (target) => metrics.breach(target),
            onError,
          },
          leaderLeases?.('assigner', log, 'assigns sessions'),
        ),
      }),
      ({ stopAssigner }) => stopAssigner(),
    )
    .part(
      'HTTP server',
      async ({ metrics, operationPorts, apiToken, callerOf, auth, channels, render, ping, commitHealth, shutdown, ...parts }) => {
        const app = createHttpApp({
          log,
          metrics,
          operations: operationPorts,
          trustedProxies: config.http.trustedProxies,
          apiToken,
          callerOf,
          apiLimits: parts.apiLimits,
          pagesDir: PAGES,
          machine: servesThisMachineAlone(config.http)
            ? { pid: process.pid, tokenFile: apiToken.file ?? null, offline: parts.offline }
            : null,
          imageOrigins: parts.imageOrigins,
          renderMetrics: render,
          metricsToken: config.http.metricsToken,
          readiness: readinessOf({
            stopping: () => shutdown.begun,
            process: 'this instance',
            ping,
            commitsFail: () => commitHealth.failing,
            log,
          }),
          version: program.version,
          routers: [...channels.routers, { path: AUTH_PATH, router: auth.router }, { path: ASYNCAPI_PATH, router: asyncApiRouter() }],
        });
        return { http: await listen(app, { ...config.http, upgrades: isGatewayRequest }) };
      },
      ({ http, shutdown }) => http.close(shutdown.share()),
    )
    .part(
      'console',
      ({ actors, http, operationPorts, callerOf, registry, handoff, records }) => {
        const gateway = new Gateway({
          actors,
          ports: operationPorts,
          callerOf,
          preview: previewReader(registry),
          clocksOf: handoff.clocksOf,
          records,
          networkOf: (request) => networkBehind(request, config.http.trustedProxies),
          log,
        });
        gateway.attach(http.server);
        return { gateway };
      },
      ({ gateway }) => gateway.stop(),
    )
    .part(
      'receiving channels',
      async ({ plugins, channels, actors, store, knowsAssistant }) => {
        const assistantOf = assistantAt(plugins, config, knowsAssistant);
        await channels.start(
          withoutOwnEchoes(
            createIntake({
              actors,
              assistantOf,
              latestAt: async (address) => (await store.load({ address }))?.id,
              addressOf: async (id) => (await store.load({ id }))?.address,
              ratings: new Ratings(store),
              onMoved: (move) => log.info(move, 'an address moved'),
            }),
            store,
          ),
        );
        return {};
      },
      ({ channels }) => channels.stop(),
    )
    .part(
      'readiness',
      () => ({}),
      ({ shutdown }) => shutdown.begin(),
    );
}
