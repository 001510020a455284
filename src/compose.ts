/**
 * The one composition root, as a table of parts. Each has what it needs, how it starts and how it
 * stops. The first rows are what the program has (compose-parts.ts), and the rows here what it does
 * with that. Nothing in them decides anything about conversations.
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
 * 6. Everything that the parts above worked with is closed (compose-parts.ts), the store last but
 *    for Redis. A store that was passed is closed after Redis.
 */
import { fileURLToPath } from 'node:url';
import { instanceName } from '#actors/session/journal-payload.ts';
import { previewReader } from '#actors/session/preview.ts';
import { networkBehind } from '#channels/rate-limit.ts';
import program from '../package.json' with { type: 'json' };
import { AUTH_PATH } from './agents/auth-router.ts';
import { openRollUp } from './analytics/open-roll-up.ts';
import type { ComposeOptions } from './compose-options.ts';
import { errorLog, type ProgramParts, programParts } from './compose-parts.ts';
import type { ApiToken } from './config/api-token.ts';
import type { Config } from './config/config.ts';
import { servesThisMachineAlone } from './config/loopback.ts';
import { ASYNCAPI_PATH, asyncApiRouter } from './gateway/asyncapi.ts';
import { Gateway, isGatewayRequest } from './gateway/gateway.ts';
import { startAssigner } from './handoff/open-handoff.ts';
import { callerOf } from './http/bearer.ts';
import { openHttp } from './http/open-http.ts';
import { openIntake } from './intake/open-intake.ts';
import { openMcp } from './mcp/open-mcp.ts';
import { Indexer } from './search/indexer.ts';
import { createRetention } from './storage/retention.ts';
import type { Log } from './telemetry/log.ts';

export interface App {
  readonly url: string;
  readonly port: number;
  readonly apiToken: ApiToken;
  /** An invitation for the first admin. Undefined if there is an agent already. */
  inviteFirstAdmin(): Promise<{ readonly path: string; readonly token: string; readonly expiresAt: number } | undefined>;
  /** Takes nothing more in, finishes what is under way, and closes everything. */
  stop(): Promise<void>;
}

const PAGES = fileURLToPath(new URL('../console/dist/', import.meta.url));

export async function startApp(config: Config, log: Log, options: ComposeOptions = {}): Promise<App> {
  const { parts, stop } = await begin(programParts(config, log, options), config, log).start(log);
  const { http, apiToken, agentAccess, owner } = parts;
  log.info({ instance: instanceName(owner) }, 'started');
  return { url: http.url, port: http.port, apiToken, inviteFirstAdmin: () => agentAccess.inviteFirstAdmin(), stop };
}

/** What the program does with the parts above. */
function begin(above: ProgramParts, config: Config, log: Log) {
  const onError = errorLog(log);
  return above
    .part(
      'retention',
      ({ leaderLeases, ...parts }) => {
        const lease = leaderLeases('archive', log, 'deletes what was kept for long enough');
        const retention = createRetention({ ...parts, keep: config.keep, lease, log });
        retention.start();
        return { retention };
      },
      ({ retention }) => retention.stop(),
    )
    .part(
      'analytics',
      async ({ leaderLeases, ...parts }) => {
        const rollUp = await openRollUp({ ...parts, lease: leaderLeases('analytics', log, 'counts for analytics'), onError });
        rollUp.start();
        return { rollUp };
      },
      ({ rollUp }) => rollUp.stop(),
    )
    .part(
      'search',
      ({ search, clock, leaderLeases }) => {
        const indexer = new Indexer({ search, clock, lease: leaderLeases('search', log, 'indexes for the search'), log });
        indexer.start();
        return { indexer };
      },
      ({ indexer }) => indexer.stop(),
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
      'sending webhooks',
      async ({ openedWebhooks, leaderLeases }) => ({
        stopWebhooks: await openedWebhooks.start(leaderLeases('webhooks', log, 'sends webhooks')),
      }),
      ({ stopWebhooks }) => stopWebhooks(),
    )
    .part(
      'assigner',
      ({ registry, handoff, metrics, alone, leaderLeases, hears, ...parts }) => ({
        stopAssigner: startAssigner(
          {
            ...parts,
            preview: previewReader(registry),
            clocksOf: handoff.clocksOf,
            agents: handoff.available,
            terms: handoff.terms,
            hears: () => alone || hears(),
            onBreach: (target) => metrics.breach(target),
            onError,
          },
          leaderLeases('assigner', log, 'assigns sessions'),
        ),
      }),
      ({ stopAssigner }) => stopAssigner(),
    )
    .part(
      'MCP',
      ({ operationPorts }) => ({ mcp: openMcp({ config, ports: operationPorts, callerOf, version: program.version, log }) }),
      ({ mcp }) => mcp.close(),
    )
    .part(
      'HTTP server',
      async ({ operationPorts, mcp, apiToken, auth, channels, render, commitHealth, shutdown, ...parts }) => ({
        http: await openHttp({
          ...parts,
          log,
          at: { ...config.http, upgrades: isGatewayRequest },
          operations: operationPorts,
          guarded: [mcp],
          trustedProxies: config.http.trustedProxies,
          apiToken,
          pagesDir: PAGES,
          machine: servesThisMachineAlone(config.http)
            ? { pid: process.pid, tokenFile: apiToken.file ?? null, offline: parts.offline }
            : null,
          renderMetrics: render,
          metricsToken: config.http.metricsToken,
          stopping: () => shutdown.begun,
          commitsFail: () => commitHealth.failing,
          version: program.version,
          routers: [...channels.routers, { path: AUTH_PATH, router: auth.router }, { path: ASYNCAPI_PATH, router: asyncApiRouter() }],
        }),
      }),
      ({ http, shutdown }) => http.close(shutdown.share()),
    )
    .part(
      'console',
      ({ http, operationPorts, registry, handoff, ...parts }) => {
        const gateway = new Gateway({
          ...parts,
          ports: operationPorts,
          preview: previewReader(registry),
          clocksOf: handoff.clocksOf,
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
      async ({ channels, ...parts }) => {
        await channels.start(openIntake({ ...parts, channelOf: channels.at.bind(channels), log }));
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
