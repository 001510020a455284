import type { Config } from '../config/config.ts';

const THIS_MACHINE = ['localhost', '127.0.0.1', '[::1]'];
/** Addresses of a server that listens everywhere. Nobody calls it by them. */
const EVERYWHERE = new Set(['0.0.0.0', '::']);

/** Names under which clients of MCP may call, which are those that the configuration knows. */
export function mcpHosts({ http, mcp }: Pick<Config, 'http' | 'mcp'>): readonly string[] {
  const { host, publicUrl } = http;
  const listening = EVERYWHERE.has(host) ? [] : [host.includes(':') ? `[${host}]` : host];
  const named = publicUrl === undefined ? [] : [new URL(publicUrl).hostname];
  return [...new Set([...THIS_MACHINE, ...listening, ...named, ...mcp.hosts])];
}
