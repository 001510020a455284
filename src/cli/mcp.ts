/**
 * `statechat mcp` serves MCP over stdio for a client that starts it. It calls the HTTP API of the
 * running Statechat, because a second process on an embedded store would be refused. Standard
 * output carries the protocol alone, so logs go to standard error.
 */
import { join } from 'node:path';
import { StatechatError } from '#machines/errors.ts';
import { Secret } from '#machines/secret.ts';
import { readKept } from '#storage/data-folder.ts';
import type { Config } from '../config/config.ts';
import { createMcpServer } from '../mcp/create-server.ts';
import { serveMcpStdio } from '../mcp/stdio.ts';
import { createLog } from '../telemetry/log.ts';
import { performRemotely } from './remote-operations.ts';

/** Resolves when the client has closed the connection. */
export async function mcp(config: Pick<Config, 'http' | 'mcp' | 'dataDir' | 'logLevel'>, version: string): Promise<void> {
  const log = createLog({ level: config.logLevel, destination: process.stderr, readable: false });
  const url = (config.mcp.url ?? `http://127.0.0.1:${config.http.port}`).replace(/\/+$/, '');
  const perform = performRemotely({ url, token: await tokenOf(config) });
  log.info({ url }, 'serving MCP over stdio');
  await serveMcpStdio({
    input: process.stdin,
    output: process.stdout,
    serverFor: () => createMcpServer({ perform, version, onDefect: (where, error) => log.error({ where, error }, 'MCP failed') }),
    onError: (error) => log.warn({ error }, 'MCP refused a message'),
  });
}

async function tokenOf({ http, mcp: { token }, dataDir }: Pick<Config, 'http' | 'mcp' | 'dataDir'>): Promise<Secret> {
  const configured = token ?? http.apiToken;
  if (configured !== undefined) return configured;
  const file = join(dataDir, 'api-token');
  const kept = await readKept(file);
  if (kept !== undefined) return new Secret(kept.trim());
  throw new StatechatError('invalid_config', `There is no token. Set STATECHAT_MCP_TOKEN, or start Statechat first, which writes ${file}.`);
}
