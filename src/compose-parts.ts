/**
 * The first rows of the table in compose.ts, which are what the program has. They receive nothing
 * from customers and send them nothing before the rows there begin.
 */
import { getHeapStatistics } from 'node:v8';
import { v7 as uuidv7 } from 'uuid';
import { invocationContext } from '#actors/contract/api.ts';
import { noCrash } from '#actors/contract/crash-points.ts';
import { Runtime } from '#actors/runtime.ts';
import { startStoreClock } from '#actors/timers/store-clock.ts';
import { createMarketData } from '#assistants/stock-analyst/market-data/create.ts';
import { builtInChannels } from '#channels/built-in.ts';
import { channelsOf } from '#channels/plugin.ts';
import { StatechatError } from '#machines/errors.ts';
import program from '../package.json' with { type: 'json' };
import { openAgentService } from './agent-process/create-agent-service.ts';
import { sealedRuns } from './agent-process/sealed-runs.ts';
import { openSignIn } from './agents/open-sign-in.ts';
import { apiTokensOver } from './api-tokens/api-tokens.ts';
import { TokenUses } from './api-tokens/token-uses.ts';
import { createAgentAssist } from './assistants/agent-assist.ts';
import { allAssistants, checkChosen } from './assistants/all-assistants.ts';
import { answersCustomers, createRegistry } from './assistants/create-registry.ts';
import { earlierAnalysesIn } from './assistants/earlier-analyses.ts';
import { channelCommands } from './channels/channel-commands.ts';
import { channelHosts } from './channels/channel-host.ts';
import { channelStatuses } from './channels/channel-statuses.ts';
import { Channels } from './channels/channels.ts';
import { takenEvents } from './channels/taken-events.ts';
import { leaderLeasesOf } from './cluster/leader-lease.ts';
import { openSharedLimits } from './cluster/open-shared-limits.ts';
import { sessionIds } from './cluster/session-ids.ts';
import type { ComposeOptions } from './compose-options.ts';
import { resolveApiToken } from './config/api-token.ts';
import type { Config } from './config/config.ts';
import { cachedSessionsWithin } from './config/heap.ts';
import { servesThisMachineAlone } from './config/loopback.ts';
import { resolveSecretsKeys } from './config/secrets-key.ts';
import { sessionPolicy } from './config/session-policy.ts';
import { openDelivery } from './delivery/open-delivery.ts';
import { layoutInThread } from './drawing/layout-thread.ts';
import { keptPictures } from './drawing/pictures.ts';
import { exportWriters } from './exports/export-writers.ts';
import { openHandoff } from './handoff/open-handoff.ts';
import { callersOf } from './http/bearer.ts';
import { apiLimits } from './http/limits.ts';
import { assistantAt } from './intake/assistant-at.ts';
import { openIntakePorts } from './intake/open-ports.ts';
import { openMedia } from './media/open-media.ts';
import { openAudit } from './operations/audit.ts';
import { tokenCaller } from './operations/caller.ts';
import { openOperationPorts } from './operations/open-ports.ts';
import { Parts } from './parts.ts';
import { openReplays } from './replay/open-replays.ts';
import { keptSandboxes } from './sandbox/kept-sandboxes.ts';
import { shareLinksOf } from './share-links/share-links.ts';
import { Shutdown } from './shutdown.ts';
import { CommitHealth } from './storage/commit-health.ts';
import { openExchange, openRedis } from './storage/open-exchange.ts';
import { openStore } from './storage/open-store.ts';
import { portsOf } from './storage/store-ports.ts';
import type { Log } from './telemetry/log.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { openTracing } from './telemetry/open-tracing.ts';
import { runCounts } from './telemetry/run-counts.ts';
import { assistantFaces } from './web/assistant-faces.ts';
import { openVisitorPorts } from './web/open-visitor-ports.ts';
import { openWebhooks } from './webhooks/open-webhooks.ts';

/**
 * How long a stop waits for requests under way, and then for turns and deliveries, in milliseconds.
 */
const DRAIN_MS = 10_000;
/**
 * How long an instance that died keeps its leader leases, in milliseconds. It renews them every
 * third of it.
 */
const LEADER_LEASE_MS = 6_000;

export function programParts(config: Config, log: Log, options: ComposeOptions) {
  const onError = errorLog(log);
  const onTraceError = (error: unknown): void => log.warn({ error }, 'traces could not be sent');
  const onRunError = (where: string, error: unknown): void => log.warn({ where, error }, 'a run met an error');
  const { effects = [], bindings = [], provider } = options;

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
    .part(
      'tracing',
      async ({ owner }) => {
        const { tracing, close } = await openTracing({
          ...config.traces,
          service: 'statechat',
          version: program.version,
          instance: owner,
          onError: onTraceError,
        });
        return { tracing, closeTracing: close };
      },
      ({ closeTracing }) => closeTracing(),
    )
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
        return { opened, ...portsOf(opened), ping: (): Promise<number> => opened.ping() };
      },
      // The first row closes a store that was passed.
      ({ opened }) => (options.store === undefined ? opened.close() : undefined),
    )
    .part(
      'exchange',
      ({ redis }) => {
        const exchange = openExchange(config, redis, log, options.store?.store);
        return { exchange, hears: () => exchange.capabilities.type !== 'none' && exchange.well };
      },
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
    .part('webhooks', async (parts) => {
      const isEmbedded = options.store === undefined && config.storage.type === 'embedded';
      const secretsKeys = await resolveSecretsKeys(config.secretsKeys, isEmbedded ? config.dataDir : undefined);
      const openedWebhooks = openWebhooks({ ...parts, ...config.webhooks, secretsKeys, version: program.version, log, onError });
      return { openedWebhooks, webhookAdmin: openedWebhooks.admin };
    })
    .part('handoff', ({ agents, records, now }) => ({ handoff: openHandoff(config, { agents, records, now }) }))
    .part('assistants', async ({ now }) => {
      const analysisData = createMarketData(config.marketData);
      const assistants = [...(await allAssistants(config, log, now, analysisData)), ...(options.assistants ?? [])];
      checkChosen(config, [...assistants, ...bindings]);
      const offline = options.provider === undefined && config.agent.url === undefined && config.model.apiKey === undefined;
      const defaultName = config.assistants.web ?? '';
      return { assistants, analysisData, offline, ...assistantFaces({ assistants, bindings, defaultName, offline }) };
    })
    .part(
      'agent service',
      (parts) => ({ service: openAgentService({ ...parts, config, log, provider, onRunError }) }),
      ({ service }) => service.close(),
    )
    .part('registry', ({ openedWebhooks, assistants, service, store, files, handoff, now, metrics, offline, ...parts }) => {
      // These two are needed before they are filled, further down the table. Effects find the
      // channel as they send. Effects and runs that need the actors wait for them.
      const channels = new Channels();
      const actorsReady = Promise.withResolvers<Runtime>();
      const channelOf = channels.at.bind(channels);
      const actors = actorsReady.promise;
      // The offline model looks at nothing.
      const media = openMedia({ config: config.media, channelOf, files, actors, now, log, isShown: !offline });
      const { stickerOf } = media;
      const delivery = openDelivery({ ...parts, channelOf, outlookOf: handoff.outlookOf, actors, store, files, stickerOf, log, onError });
      const counts = runCounts({ actors, metrics, now });
      const registry = createRegistry({
        assistants,
        bindings,
        effects: [...delivery.effects, media.effect, openedWebhooks.effect, ...effects],
        service,
        contextOf: invocationContext,
        policy: { ...sessionPolicy(config.sessions), ...handoff.terms.queues.policy, ...options.policy },
        files,
        earlierAnalyses: earlierAnalysesIn(store),
        ...media.runs,
        openDraft: delivery.openDraft,
        now,
        handOver: config.budget.handOver,
        alone: servesThisMachineAlone(config.http),
        onError: onRunError,
        ...counts,
      });
      const assist = createAgentAssist({ registry, service, spent: counts.spent, now, onError: onRunError });
      return { channels, actorsReady, registry, assist, media, knowsAssistant: answersCustomers(registry) };
    })
    .part(
      'actors',
      ({ store, addresses, clock, registry, owner, now, exchange, metrics, commitHealth, actorsReady, openedWebhooks, tracing }) => {
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
          metrics: commitHealth.watched(metrics),
          crash: options.crash ?? noCrash,
          follow: openedWebhooks.follow,
          tracing,
          onError,
        });
        actorsReady.resolve(actors);
        metrics.liveSessions(() => actors.cachedSessions);
        metrics.instances(() => actors.instances);
        return { actors };
      },
    )
    .part(
      'shared limits',
      (parts) => openSharedLimits({ ...parts, onError }),
      ({ stopCounting }) => stopCounting(),
    )
    .part('leader leases', ({ archive, exchange, owner, now }) => {
      const alone = exchange.capabilities.type === 'none' && options.store?.store.capabilities.shared !== true;
      const leaseMs = options.leaderLeaseMs ?? LEADER_LEASE_MS;
      return { alone, leaderLeases: leaderLeasesOf({ archive, owner, now, leaseMs, alone }) };
    })
    .part(
      'replays',
      ({ store, registry, clock }) => {
        // Another thread loads the assistants from the configuration, and knows no others.
        const alike = options.assistants === undefined && options.bindings === undefined;
        return {
          replays: openReplays({ store, registry, clock, thread: alike ? { assistantsDir: config.assistantsDir } : undefined, onError }),
        };
      },
      ({ replays }) => replays.close(),
    )
    .part(
      'sandboxes',
      ({ expiringRecords: records, store, replays, registry, assistants, ledger, metrics, clock, now }) => {
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
      async ({ plugins, channels, store, addresses, alone, leaderLeases, hears, clock, ...parts }) => {
        const hostOf = channelHosts({
          ...parts,
          ...openIntakePorts({ ...parts, store, addresses, log }),
          ...openVisitorPorts({ ...parts, store, config: config.media, alone, hears }),
          log,
          clock,
          publicUrl: config.http.publicUrl,
          leaderLease: (name, channelLog) => leaderLeases(name, channelLog, 'receives'),
          resolve: (address) => addresses.resolve(address),
          setting: (name, initial) => store.setting(name, initial),
          takenOn: (channel) => takenEvents(store, channel),
          commandsOn: (channel) => channelCommands(parts.assistants.find(({ name }) => name === config.assistants[channel])),
          dataDir: config.dataDir,
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
      'API tokens',
      ({ apiTokens: tokens, clock, now }) => {
        const tokenUses = new TokenUses({ tokens, clock, onError });
        return { tokenUses, tokenIssuer: apiTokensOver({ tokens, now, onUse: (id) => tokenUses.used(id) }) };
      },
      ({ tokenUses }) => tokenUses.close(),
    )
    .part(
      'agents',
      async ({ expiringRecords: records, rateLimitStore: storeOf, apiToken, tokenIssuer, now, ...parts }) => {
        const { publicUrl } = config.http;
        const { audit } = parts.audits;
        const { agentAccess, auth, shareKey } = await openSignIn({
          ...parts,
          ...{ apiToken, publicUrl, oidc: config.oidc, storeOf, audit, now, log },
        });
        const shareLinks = shareLinksOf({ records, key: shareKey, now });
        const agentOf = async (token: string) =>
          (await tokenIssuer.caller(token)) ?? (await shareLinks.caller(token)) ?? agentAccess.caller(token);
        return { agentAccess, auth, shareLinks, callerOf: callersOf(apiToken, tokenCaller(config.http.defaultAgentId), agentOf) };
      },
      ({ auth }) => auth.close(),
    )
    .part('operations', (parts) => {
      const { plugins, channels, store, clock, knowsAssistant } = parts;
      const channelAccess = channelStatuses({ plugins, channels, store, config, clock });
      const pictureOf = keptPictures(layoutInThread);
      const checkResults = options.checkResults ?? false;
      const assistantOf = assistantAt(plugins, config, knowsAssistant);
      return {
        assistantOf,
        operationPorts: openOperationPorts({ ...parts, assistantAt: assistantOf, channelAccess, pictureOf, exportWriters, checkResults }),
      };
    });
}

export type ProgramParts = ReturnType<typeof programParts>;

/** Logs what failed in a part, for operators to see whether they have to act. */
export function errorLog(log: Log): (where: string, error: unknown) => void {
  return (where, error) => {
    const passing = !(error instanceof StatechatError) || error.retryable;
    log[passing ? 'warn' : 'error']({ where, error }, passing ? 'failed and will be tried again' : 'failed for good');
  };
}
