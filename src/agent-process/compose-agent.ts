/** The composition root of the agent process: what it needs of the store, the service, and its HTTP server. */
import { startStoreClock } from '#actors/timers/store-clock.ts';
import type { Assistant } from '#assistants/define-assistant.ts';
import { allAssistants } from '../assistants/all-assistants.ts';
import { type ApiToken, resolveApiToken } from '../config/api-token.ts';
import type { Config } from '../config/config.ts';
import { apiLimits } from '../http/limits.ts';
import { listen } from '../http/server.ts';
import type { Log } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { type AgentServiceParts, createAgentService } from './create-agent-service.ts';
import { type AgentAppParts, createAgentApp } from './http-app.ts';
import { openAgentStore } from './store.ts';

export interface AgentOptions extends Pick<AgentAppParts, 'heartbeatMs' | 'stallMs' | 'maxStreams'> {
  readonly config: Config;
  readonly log: Log;
  /** Instead of the model that the configuration names. */
  readonly provider?: AgentServiceParts['provider'];
  /** Beside the program's own assistants. */
  readonly assistants?: readonly Assistant[];
  /** How long a run goes on that nobody reads, in milliseconds. Default 120,000: by then the app's next attempt has come for it. */
  readonly unheardMs?: number;
  /** How long a stop waits for runs under way, in milliseconds. Default 10,000. */
  readonly drainMs?: number;
}

export interface AgentProcess {
  readonly url: string;
  readonly port: number;
  readonly apiToken: ApiToken;
  /** Begins no more runs, lets those under way end for a while, stops the others, and lets go of everything. */
  stop(): Promise<void>;
}

/** How long readers may take to hear the end of their streams, in milliseconds. */
const CLOSE_MS = 2_000;

export async function startAgent(options: AgentOptions): Promise<AgentProcess> {
  const { log } = options;
  const stops: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const step of stops.splice(0).reverse()) await step().catch((error: unknown) => log.error({ error }, 'a part did not stop well'));
  };
  try {
    return await start(options, stops, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function start(
  { config, log, provider, assistants = [], unheardMs = 120_000, drainMs = 10_000, ...limits }: AgentOptions,
  stops: (() => Promise<unknown>)[],
  stop: () => Promise<void>,
): Promise<AgentProcess> {
  const { metrics, render } = createMetrics();
  const apiToken = await resolveApiToken(config.http.apiToken, config.dataDir);
  const store = await openAgentStore(config, log);
  stops.push(() => store.close());
  const clock = await startStoreClock({
    ask: () => store.ping(),
    onError: (where, error) => log.warn({ where, error }, 'will be tried again'),
  });
  stops.push(async () => clock.stop());
  const { ledger, approvals } = store;
  const service = createAgentService({
    config,
    assistants: [...(await allAssistants(config, log, clock.now)), ...assistants],
    ledger,
    approvals,
    now: clock.now,
    log,
    metrics,
    keeping: { unheardMs },
    provider,
  });
  stops.push(() => service.close());
  const callers = apiLimits(config.http.apiRequestsPerMinute);
  stops.push(async () => callers.close());

  let draining = false;
  const { app, streams } = createAgentApp({
    ...limits,
    service,
    log,
    metrics,
    apiToken,
    apiLimits: callers,
    trustedProxies: config.http.trustedProxies,
    renderMetrics: render,
    readiness: async () => ({
      server: draining ? 'this agent process is shutting down' : null,
      database: await store.ping().then(
        () => null,
        (error: unknown) => {
          log.warn({ error }, 'the database does not answer');
          return 'the database does not answer: see the log';
        },
      ),
    }),
  });
  metrics.agentRuns(() => service.running);
  metrics.agentStreams(streams);
  const http = await listen(app, { host: config.http.host, port: config.agent.port, setting: 'AGENT_PORT' });
  stops.push(() => http.close(CLOSE_MS));
  // With it the streams end, once their readers have heard how their runs ended.
  stops.push(() => service.close(drainMs));
  stops.push(async () => {
    draining = true;
  });
  return { url: http.url, port: http.port, apiToken, stop };
}
