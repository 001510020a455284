/**
 * The settings of the program itself, with their schemas and their documentation. Settings of a
 * channel are in its plugin. `docs/reference/configuration.md` is generated from both. The message
 * of an issue gives what is expected, because operators see it as the way to fix the setting.
 */
import * as z from 'zod';
import { StatechatError } from '#machines/errors.ts';
import { httpUrl, quantity, secret, url, type ValuesOf } from '#machines/setting.ts';
import { parseRedisUrl } from '#storage/redis/location.ts';
import { TOKEN } from './api-token.ts';
import { BUDGET_NAMES } from './budget.ts';
import { HANDOFF_NAMES } from './handoff.ts';
import { MARKET_DATA_NAMES } from './market-data.ts';
import { MCP_NAMES } from './mcp.ts';
import { MEDIA_NAMES } from './media.ts';
import { OIDC_NAMES } from './oidc.ts';
import { name } from './setting.ts';
import { TRACE_NAMES } from './traces.ts';
import { WEBHOOK_NAMES } from './webhooks.ts';

/** Answers on a channel for which no other assistant is configured. */
export const DEFAULT_ASSISTANT = 'companion';

const redisUrl = z.string().superRefine((text, context) => {
  try {
    parseRedisUrl(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof StatechatError ? error.message : String(error) });
  }
});

/** Assistants by channel. Refuses channels that are not among `channels`. */
function assistantsOn(channels: readonly string[]) {
  return z.string().transform((text, context): Readonly<Record<string, string>> => {
    const chosen = new Map<string, string>();
    for (const pair of text.split(',').map((part) => part.trim())) {
      const [, channel = '', assistant] = /^([a-z][a-z0-9_-]*)\s*=\s*([a-z0-9][a-z0-9_-]{0,63})$/.exec(pair) ?? [];
      const issue = (message: string): void => context.addIssue({ code: 'custom', message });
      if (assistant === undefined) issue(`"${pair}" is not channel=assistant. Expected for example telegram=companion,web=companion`);
      else if (!channels.includes(channel)) issue(`there is no channel "${channel}". This version has ${channels.join(', ')}`);
      else if (chosen.has(channel)) issue(`${channel} is named twice. One assistant answers on a channel`);
      else chosen.set(channel, assistant);
    }
    return Object.fromEntries(chosen);
  });
}

/** @param channels names of the channels that there are, which `STATECHAT_ASSISTANTS` may name. */
export function settingsOf(channels: readonly string[]) {
  return {
    PORT: name({
      group: 'HTTP',
      schema: quantity('', 0, 65_535, true),
      fallback: '3000',
      about: 'TCP port of the web pages, the API and the webhooks. With 0 the system chooses a free port, and the start prints it.',
    }),
    HOST: name({
      group: 'HTTP',
      schema: z.string().regex(/^[\w.:-]+$/, 'expected an address or host name to listen on, such as 127.0.0.1 or 0.0.0.0'),
      fallback: '127.0.0.1',
      about:
        'Address to listen on. The default accepts connections from this machine only. `0.0.0.0` accepts them from everywhere, which a container or a proxy needs.',
    }),
    STATECHAT_PUBLIC_URL: name({
      group: 'HTTP',
      schema: httpUrl('https://chat.example.com'),
      about:
        'URL at which the outside reaches this program. The start registers it with providers that call a webhook, as with `TELEGRAM_MODE=webhook`. If it is unset, it is `http://localhost:{PORT}`, which only programs on this machine can call.',
    }),
    STATECHAT_TRUSTED_PROXIES: name({
      group: 'HTTP',
      schema: quantity('proxies', 0, 10, true),
      fallback: '0',
      about:
        'Number of proxies or load balancers between a visitor and this program. Their entries of `X-Forwarded-For` are trusted, and no others. Limits count by the address of a visitor. Behind a proxy, 0 makes all visitors one, and too high a number lets visitors choose their own address.',
    }),
    STATECHAT_API_TOKEN: name({
      group: 'HTTP',
      schema: secret(
        z
          .string()
          .regex(TOKEN, 'expected a token of at least 16 characters without spaces, for example what `openssl rand -hex 32` prints'),
      ),
      about:
        'Bearer token of an admin for `/api`, at least 16 characters. If it is unset, the first start makes a token and writes it to `api-token` in `STATECHAT_DATA_DIR`, which only this user can read.',
      secret: true,
    }),
    STATECHAT_METRICS_TOKEN: name({
      group: 'HTTP',
      schema: secret(z.string().regex(TOKEN, 'expected a token of at least 16 characters without spaces')),
      about:
        'Bearer token that `/metrics` needs, at least 16 characters. If it is unset, anyone who reaches the program can read the metrics, so do not expose the path to the outside. Metrics have counts and times, and no content.',
      secret: true,
    }),
    STATECHAT_API_REQUESTS_PER_MINUTE: name({
      group: 'HTTP',
      schema: quantity('requests', 1, 10_000_000, true),
      fallback: '30000',
      about:
        'Requests a minute that `/api` accepts from one address (for IPv6, from one /56). Further requests get 429 with `Retry-After`. The default is far more than people need, and stops a program that is out of control. With Redis all instances count together, otherwise each counts for itself. Requests without a valid token are limited to 60.',
    }),
    DEFAULT_AGENT_ID: name({
      group: 'HTTP',
      schema: z.string().regex(/^\S{1,100}$/, 'expected 1 to 100 characters without spaces'),
      fallback: 'admin',
      about: 'Id of the human agent for events that come with `STATECHAT_API_TOKEN` and name no agent.',
    }),
    STATECHAT_DATA_DIR: name({
      group: 'Storage',
      schema: z.string().min(1),
      fallback: '.statechat',
      about:
        'Folder of the embedded PostgreSQL and of the API token. The path is relative to the folder in which the program is started. Only one program can use it at a time.',
    }),
    SESSION_STORAGE_TYPE: name({
      group: 'Storage',
      schema: z.enum(['postgres', 'redis', 'memory'], 'expected postgres, redis or memory'),
      fallback: 'postgres',
      about:
        'Store of the sessions. `redis` needs no PostgreSQL and is as durable as the append-only file of that Redis (docs/decisions/0030-redis.md). `memory` loses everything at exit, and is for experiments and tests. Each store keeps its own sessions, so you can switch to another one and back.',
    }),
    DATABASE_URL: name({
      group: 'Storage',
      schema: secret(url(['postgres:', 'postgresql:'], 'postgres://user:password@host:5432/statechat')),
      about: 'URL of a PostgreSQL 15 or later. If it is unset, the program starts a PostgreSQL of its own in `STATECHAT_DATA_DIR`.',
      secret: true,
    }),
    REDIS_URL: name({
      group: 'Storage',
      schema: secret(redisUrl),
      about:
        '`redis://user:password@host:6379/0`, `redis+cluster://host:7000,host:7001` or `redis+sentinel://host:26379,host:26379/mymaster/0`. `rediss` instead of `redis` uses TLS. With `SESSION_STORAGE_TYPE=postgres` Redis holds hot copies of open sessions, carries live text and notices between instances, and counts their common limits. If it is unset, everything works without Redis (docs/guide/many-instances.md). `SESSION_STORAGE_TYPE=redis` needs it or `REDIS_HOST`.',
      secret: true,
    }),
    REDIS_HOST: name({
      group: 'Storage',
      schema: z.string().regex(/^[\w.:-]+$/, 'expected an address or host name, such as 127.0.0.1'),
      about: 'Host of a single Redis server. It is used if `REDIS_URL` is unset.',
    }),
    REDIS_PORT: name({
      group: 'Storage',
      schema: quantity('', 1, 65_535, true),
      fallback: '6379',
      about: 'TCP port of `REDIS_HOST`.',
    }),
    REDIS_PASSWORD: name({
      group: 'Storage',
      schema: secret(z.string().regex(/^\S+$/, 'expected a password without spaces')),
      about: 'Password of `REDIS_HOST`. If it is unset, no password is sent.',
      secret: true,
    }),
    REDIS_DB: name({
      group: 'Storage',
      schema: quantity('', 0, 65_535, true),
      fallback: '0',
      about: 'Number of the database in `REDIS_HOST`.',
    }),
    REDIS_BUDGET_MS: name({
      group: 'Storage',
      schema: quantity('milliseconds', 1, 5_000),
      fallback: '50',
      about:
        'Milliseconds that Redis can take for a hot copy, a count or a piece of live text. A Redis that hangs costs this time once, and is then skipped until it answers again. The sessions of `SESSION_STORAGE_TYPE=redis` have no such limit.',
    }),
    SESSION_TIMEOUT_MINUTES: name({
      group: 'Sessions',
      schema: quantity('minutes', 0.001, 525_600),
      fallback: '30',
      about: 'Minutes without a message after which a session becomes IDLE. Fractions are allowed.',
    }),
    SESSION_EXPIRY_HOURS: name({
      group: 'Sessions',
      schema: quantity('hours', 0.0001, 87_600),
      fallback: '24',
      about: 'Hours in IDLE after which a session is CLOSED. The next message opens a new one. Fractions are allowed.',
    }),
    SESSION_RETENTION_DAYS: name({
      group: 'Sessions',
      schema: quantity('days', 0.0001, 36_500),
      fallback: '30',
      about:
        'Days after which the program deletes a closed session with its journal, and a dead letter. A session under a legal hold is kept. Providers repeat events for up to 7 days. With fewer than 8 days, an event that is repeated after the deletion counts as new. Fractions are allowed.',
    }),
    MAX_MESSAGE_HISTORY: name({
      group: 'Sessions',
      schema: quantity('messages', 1, 1_000, true),
      fallback: '20',
      about:
        'Number of last messages that a session keeps in its snapshot for its assistant. Each more costs on every turn. The journal keeps all messages in any case.',
    }),
    STATECHAT_AUDIT_DAYS: name({
      group: 'Agents',
      schema: quantity('days', 0.0001, 36_500),
      fallback: '365',
      about: 'Days after which the program deletes an entry of the audit trail. Fractions are allowed.',
    }),
    ...OIDC_NAMES,
    STATECHAT_ASSISTANTS: name({
      group: 'Assistants',
      schema: assistantsOn(channels),
      fallback: channels
        .toSorted()
        .map((channel) => `${channel}=${DEFAULT_ASSISTANT}`)
        .join(','),
      about: `Assistant of each channel, as \`channel=assistant\`, separated by commas. A channel that is not named gets \`${DEFAULT_ASSISTANT}\`.`,
    }),
    STATECHAT_SANDBOX_MODEL: name({
      group: 'Assistants',
      schema: z.enum(['offline', 'real']),
      fallback: 'offline',
      about:
        'Model that a sandbox of the visualizer may run an assistant with. `real` allows the one that the program is configured with, which the budgets pay. Tools are not called in either case.',
    }),
    STATECHAT_ASSISTANTS_DIR: name({
      group: 'Assistants',
      schema: z.string().min(1),
      fallback: 'my-assistants',
      about:
        'Folder of your own assistants. Each `.ts`, `.js` and `.mjs` file in it is an assistant (docs/guide/your-own-assistant.md). The path is relative to the folder in which the program is started. The folder need not exist. Its files run with all rights of the program.',
    }),
    STATECHAT_INSPECT: name({
      group: 'Assistants',
      schema: z.string().regex(/^ws:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?\/?$/, 'expected ws://localhost:PORT'),
      about:
        'Inspector of `@statelyai/inspect` on this machine that `npm run dev` shows every turn of every session to, such as `ws://localhost:8080`. Other commands ignore it.',
    }),
    ANTHROPIC_API_KEY: name({
      group: 'Model',
      schema: secret(z.string().regex(/^\S+$/, 'expected a key without spaces')),
      about: 'Key of the Claude API. If it is unset, the offline model answers, and says that it is one.',
      secret: true,
    }),
    ANTHROPIC_BASE_URL: name({
      group: 'Model',
      schema: httpUrl('https://api.anthropic.com'),
      fallback: 'https://api.anthropic.com',
      about: 'URL of the model API. Change it if you use a gateway of your own.',
    }),
    ANTHROPIC_MODEL: name({
      group: 'Model',
      schema: z.string().regex(/^\S{1,200}$/, 'expected the id of a model'),
      about: 'Id of the model that answers. If it is unset, the assistant or the provider chooses the model.',
    }),
    AGENT_URL: name({
      group: 'Agent process',
      schema: httpUrl('http://127.0.0.1:3001'),
      about:
        'URL of `statechat agent`, a separate process that calls the models. It needs the same `STATECHAT_API_TOKEN`, store, `ANTHROPIC_*` and `STATECHAT_BUDGET_*`. If it is unset, this process calls them (docs/reference/agent-service.md).',
    }),
    AGENT_PORT: name({
      group: 'Agent process',
      schema: quantity('', 0, 65_535, true),
      fallback: '3001',
      about: 'TCP port on which `statechat agent` listens, at `HOST`. With 0 the system chooses a free port, and the start prints it.',
    }),
    ...MEDIA_NAMES,
    ...MARKET_DATA_NAMES,
    ...MCP_NAMES,
    ...BUDGET_NAMES,
    ...HANDOFF_NAMES,
    ...WEBHOOK_NAMES,
    LOG_LEVEL: name({
      group: 'Logs',
      schema: z.enum(
        ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
        'expected trace, debug, info, warn, error, fatal or silent',
      ),
      fallback: 'info',
      about: 'Lowest level that is logged. `debug` logs a line for each turn.',
    }),
    ...TRACE_NAMES,
  };
}

export type Names = ReturnType<typeof settingsOf>;
export type Values = ValuesOf<Names>;

/** First words of the program's own names. An unknown name that begins with one is a mistake. */
export const OUR_PREFIXES: readonly string[] = ['STATECHAT', 'SESSION'];
