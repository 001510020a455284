/**
 * The composition root of the agent process, as a table of parts. Read from its end it is the
 * shutdown protocol.
 *
 * 1. `/readyz` answers 503, so that apps start their runs elsewhere.
 * 2. The service starts no more runs. Those under way may end for `drainMs`, the others are
 *    stopped. Each reader receives how its run ended, and its stream ends.
 * 3. The HTTP server closes, and then everything that runs worked with.
 */

import { v7 as uuidv7 } from 'uuid';
import { startStoreClock } from '#actors/timers/store-clock.ts';
import type { Assistant } from '#assistants/define-assistant.ts';
import program from '../../package.json' with { type: 'json' };
import { allAssistants } from '../assistants/all-assistants.ts';
import { type ApiToken, resolveApiToken } from '../config/api-token.ts';
import type { Config } from '../config/config.ts';
import { callersOf } from '../http/bearer.ts';
import { apiLimits } from '../http/limits.ts';
import { readinessOf } from '../http/readiness.ts';
import { listen } from '../http/server.ts';
import { tokenCaller } from '../operations/caller.ts';
import { Parts } from '../parts.ts';
import { Shutdown } from '../shutdown.ts';
import type { Log } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { openTracing } from '../telemetry/open-tracing.ts';
import { type AgentServiceParts, createAgentService } from './create-agent-service.ts';
import { type AgentAppParts, createAgentApp } from './http-app.ts';
import { openAgentStore } from './store.ts';

export interface AgentOptions extends Pick<AgentAppParts, 'heartbeatMs' | 'stallMs' | 'maxStreams'> {
  readonly config: Config;
  readonly log: Log;
  /** In place of the model that the configuration names. */
  readonly provider?: AgentServiceParts['provider'];
  /** Beside the program's own assistants. */
  readonly assistants?: readonly Assistant[];
  /**
   * How long a run without a reader continues, in milliseconds. Default 120,000. By then the app's
   * next attempt has requested it.
   */
  readonly unreadMs?: number;
  /** How long a stop waits for runs under way, in milliseconds. Default 10,000. */
  readonly drainMs?: number;
}

export interface AgentProcess {
  readonly url: string;
  readonly port: number;
  readonly apiToken: ApiToken;
  /**
   * Starts no more runs, lets those under way end for a while, stops the others, and closes
   * everything.
   */
  stop(): Promise<void>;
}

/** How long readers may take to read the end of their streams, in milliseconds. */
const CLOSE_MS = 2_000;

export async function startAgent(options: AgentOptions): Promise<AgentProcess> {
  const { parts, stop } = await table(options).start(options.log);
  return { url: parts.http.url, port: parts.http.port, apiToken: parts.apiToken, stop };
}

function table({ config, log, provider, assistants = [], unreadMs = 120_000, drainMs = 10_000, ...limits }: AgentOptions) {
  return Parts.of({ shutdown: new Shutdown(drainMs) })
    .part('metrics', () => createMetrics())
    .part(
      'tracing',
      () => {
        const onError = (error: unknown): void => log.warn({ error }, 'traces could not be sent');
        return openTracing({ ...config.traces, service: 'statechat-agent', version: program.version, instance: uuidv7(), onError });
      },
      (traces) => traces.close(),
    )
    .part('API token', async () => ({ apiToken: await resolveApiToken(config.http.apiToken, config.dataDir) }))
    .part(
      'store',
      async () => ({ store: await openAgentStore(config, log) }),
      ({ store }) => store.close(),
    )
    .part(
      'clock',
      async ({ store }) => {
        const onError = (where: string, error: unknown): void => log.warn({ where, error }, 'failed and will be tried again');
        return { clock: await startStoreClock({ ask: () => store.ping(), onError }) };
      },
      ({ clock }) => clock.stop(),
    )
    .part(
      'agent service',
      async ({ store: { ledger, approvals }, clock, metrics, tracing }) => {
        const all = [...(await allAssistants(config, log, clock.now)), ...assistants];
        const service = createAgentService({
          ...{ config, ledger, approvals, log, metrics, tracing, provider },
          assistants: all,
          now: clock.now,
          keeping: { unreadMs },
        });
        metrics.agentRuns(() => service.running);
        return { service };
      },
      ({ service }) => service.close(),
    )
    .part(
      'API limits',
      () => ({ apiLimits: apiLimits(config.http.apiRequestsPerMinute) }),
      (parts) => parts.apiLimits.close(),
    )
    .part(
      'HTTP server',
      async ({ service, tracing, store, metrics, render, apiToken, apiLimits: callers, shutdown }) => {
        const { app, streams } = createAgentApp({
          ...limits,
          service,
          tracing,
          log,
          metrics,
          apiToken,
          callerOf: callersOf(apiToken, tokenCaller(config.http.defaultAgentId)),
          apiLimits: callers,
          trustedProxies: config.http.trustedProxies,
          renderMetrics: render,
          metricsToken: config.http.metricsToken,
          readiness: readinessOf({ stopping: () => shutdown.begun, process: 'this agent process', ping: () => store.ping(), log }),
        });
        metrics.agentStreams(streams);
        return { http: await listen(app, { host: config.http.host, port: config.agent.port, setting: 'AGENT_PORT' }) };
      },
      ({ http }) => http.close(CLOSE_MS),
    )
    .part(
      'runs under way',
      () => ({}),
      ({ service, shutdown }) => service.close(shutdown.share()),
    )
    .part(
      'readiness',
      () => ({}),
      ({ shutdown }) => shutdown.begin(),
    );
}
