/**
 * `statechat mcp` serves MCP over stdio for a client that starts it. It calls the HTTP API of the
 * running Statechat, because a second process on an embedded store would be refused. Standard
 * output carries the protocol alone, so logs go to standard error.
 */
import { StatechatError } from '#machines/errors.ts';
import type { Secret } from '#machines/secret.ts';
import type { Config } from '../config/config.ts';
import { createMcpServer } from '../mcp/create-server.ts';
import { serveMcpStdio } from '../mcp/stdio.ts';
import { createLog } from '../telemetry/log.ts';
import { performRemotely } from './remote-operations.ts';
import { knownToken, localUrl, tokenFile } from './running-program.ts';

/** Resolves when the client has closed the connection. */
export async function mcp(config: Pick<Config, 'http' | 'mcp' | 'dataDir' | 'logLevel'>, version: string): Promise<void> {
  const log = createLog({ level: config.logLevel, destination: process.stderr, readable: false });
  const url = (config.mcp.url ?? localUrl(config.http)).replace(/\/+$/, '');
  const perform = performRemotely({ url, token: await tokenOf(config), setting: 'STATECHAT_MCP_URL' });
  log.info({ url }, 'serving MCP over stdio');
  await serveMcpStdio({
    input: process.stdin,
    output: process.stdout,
    serverFor: () => createMcpServer({ perform, version, onDefect: (where, error) => log.error({ where, error }, 'MCP failed') }),
    onError: (error) => log.warn({ error }, 'MCP refused a message'),
  });
}

async function tokenOf(config: Pick<Config, 'http' | 'mcp' | 'dataDir'>): Promise<Secret> {
  const token = config.mcp.token ?? (await knownToken(config));
  if (token !== undefined) return token;
  const fix = `Set STATECHAT_MCP_TOKEN, or start Statechat first, which writes ${tokenFile(config.dataDir)}.`;
  throw new StatechatError('invalid_config', `There is no token. ${fix}`);
}
