/** Settings of MCP (SPEC A11). */
import * as z from 'zod';
import type { Secret } from '#machines/secret.ts';
import { httpUrl, secret, type ValuesOf } from '#machines/setting.ts';
import { TOKEN } from './api-token.ts';
import { name } from './setting.ts';

const HOST_NAME = /^(?:[a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:.]+\])$/i;

const hosts = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .refine((names) => names.every((one) => HOST_NAME.test(one)), 'expected host names without ports, such as chat.example.com,[::1]');

export const MCP_NAMES = {
  STATECHAT_MCP_HOSTS: name({
    group: 'MCP',
    schema: hosts,
    about:
      'Further names under which clients may call `/mcp`, separated by commas. A request whose `Host` or `Origin` has another name is refused, because a page of another site can make a browser call this program (DNS rebinding). `localhost`, `HOST` and the host of `STATECHAT_PUBLIC_URL` are always allowed.',
  }),
  STATECHAT_MCP_URL: name({
    group: 'MCP',
    schema: httpUrl('https://chat.example.com'),
    about: 'URL of the running Statechat that `statechat mcp` calls. If it is unset, it is the one at `HOST` and `PORT`.',
  }),
  STATECHAT_MCP_TOKEN: name({
    group: 'MCP',
    schema: secret(z.string().regex(TOKEN, 'expected a token of at least 16 characters without spaces')),
    about:
      'Bearer token with which `statechat mcp` calls. If it is unset, it is `STATECHAT_API_TOKEN`, otherwise the one in `api-token` of `STATECHAT_DATA_DIR`.',
    secret: true,
  }),
};

export interface McpConfig {
  /** Allowed beside the names that the program knows of itself. */
  readonly hosts: readonly string[];
  readonly url: string | undefined;
  readonly token: Secret | undefined;
}

type McpNames = typeof MCP_NAMES;

export function mcpOf(read: <N extends keyof McpNames>(name: N) => ValuesOf<McpNames>[N]): McpConfig {
  return { hosts: read('STATECHAT_MCP_HOSTS') ?? [], url: read('STATECHAT_MCP_URL'), token: read('STATECHAT_MCP_TOKEN') };
}
