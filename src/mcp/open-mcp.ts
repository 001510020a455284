/** Opens the endpoint of MCP over the parts of an instance. */
import type { Config } from '../config/config.ts';
import type { Scope } from '../operations/caller.ts';
import type { OperationPorts } from '../operations/context.ts';
import type { Log } from '../telemetry/log.ts';
import { createMcpServer } from './create-server.ts';
import { mcpHosts } from './hosts.ts';
import { MCP_PATH, type McpEndpoint, type McpEndpointParts, mcpEndpoint } from './http.ts';
import { performHere } from './perform.ts';

export interface OpenMcpOptions extends Pick<McpEndpointParts, 'callerOf'> {
  readonly config: Pick<Config, 'http' | 'mcp'>;
  readonly ports: OperationPorts;
  /** Of the program. */
  readonly version: string;
  readonly log: Pick<Log, 'error' | 'debug'>;
}

export function openMcp({ config, ports, callerOf, version, log }: OpenMcpOptions): McpEndpoint & { readonly path: string } {
  const symbols = ports.analysisData.capabilities.listing ?? undefined;
  const onDefect = (where: string, error: unknown): void => log.error({ where, error }, 'MCP failed');
  const endpoint = mcpEndpoint({
    hosts: mcpHosts(config),
    callerOf,
    serverFor: (caller) => {
      const allows = (scope: Scope): boolean => caller.scopes.has(scope);
      return createMcpServer({ perform: performHere(ports, caller), allows, version, symbols, onDefect });
    },
    // Most are requests that the protocol refuses.
    onError: (error) => log.debug({ error }, 'MCP refused a request'),
  });
  return { path: MCP_PATH, ...endpoint };
}
