/** A real agent server on a free port, over whatever service a test has. */
import type { AgentService } from '#agent-service/service.ts';
import { Secret } from '#machines/secret.ts';
import { type AgentAppParts, createAgentApp } from '#src/agent-process/http-app.ts';
import { callersOf } from '#src/http/bearer.ts';
import { apiLimits } from '#src/http/limits.ts';
import { listen } from '#src/http/server.ts';
import { tokenCaller } from '#src/operations/caller.ts';
import { createLog } from '#src/telemetry/log.ts';
import { createMetrics } from '#src/telemetry/metrics.ts';

export const TOKEN = 'a-token-for-tests';

export interface AgentServer {
  readonly url: string;
  readonly port: number;
  /** Lines that it logged. */
  readonly log: readonly string[];
  readonly streams: () => number;
  /** With the token, unless `token` is another. */
  request(path: string, init?: RequestInit & { readonly token?: string }): Promise<Response>;
  close(): Promise<void>;
}

export async function startAgentServer(
  service: AgentService,
  changes: Partial<AgentAppParts> & { port?: number } = {},
): Promise<AgentServer> {
  const { port = 0, ...parts } = changes;
  const log: string[] = [];
  const { metrics, render } = createMetrics();
  const limits = apiLimits(1_000_000);
  const apiToken = { secret: new Secret(TOKEN), file: undefined };
  const { app, streams } = createAgentApp({
    service,
    log: createLog({ level: 'debug', destination: { write: (line) => void log.push(line) }, readable: false }),
    metrics,
    apiToken,
    callerOf: callersOf(apiToken, tokenCaller('admin')),
    apiLimits: limits,
    trustedProxies: 0,
    readiness: async () => ({ server: null }),
    renderMetrics: render,
    ...parts,
  });
  const server = await listen(app, { host: '127.0.0.1', port });
  const url = `http://127.0.0.1:${server.port}`;
  return {
    url,
    port: server.port,
    log,
    streams,
    request: (path, { token = TOKEN, headers, ...init } = {}) => {
      const all = new Headers(headers);
      all.set('authorization', `Bearer ${token}`);
      all.set('connection', 'close');
      return fetch(`${url}${path}`, { ...init, headers: all });
    },
    close: async () => {
      // What streams are left is cut.
      await server.close(100);
      limits.close();
    },
  };
}
