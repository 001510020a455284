/**
 * Every name of the environment that has a meaning, with its schema and its documentation: what it does, its unit,
 * its default. docs/reference/configuration.md is generated from this table. Schemas take the text of the
 * environment; an issue's message says what is expected, for it is shown as the mend.
 */
import * as z from 'zod';
import { StatechatError } from '#machines/errors.ts';
import { parseRedisUrl } from '#storage/redis/location.ts';
import { BUDGET_NAMES } from './budget.ts';
import { MARKET_DATA_NAMES } from './market-data.ts';
import { name, quantity, secret, url } from './setting.ts';

const redisUrl = z.string().superRefine((text, context) => {
  try {
    parseRedisUrl(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof StatechatError ? error.message : String(error) });
  }
});

const HTTP = ['http:', 'https:'];

/** Channels of this version, and the assistant that answers where none is named. */
export const CHANNELS = ['web', 'telegram'] as const;
export type ChannelName = (typeof CHANNELS)[number];

const assistants = z.string().transform((text, context) => {
  const chosen: Partial<Record<ChannelName, string>> = {};
  for (const pair of text.split(',').map((part) => part.trim())) {
    const [, channel, assistant] = /^([a-z_-]+)\s*=\s*([a-z0-9][a-z0-9_-]{0,63})$/.exec(pair) ?? [];
    const known = CHANNELS.find((one) => one === channel);
    if (assistant === undefined) {
      context.addIssue({
        code: 'custom',
        message: `"${pair}" is not channel=assistant; expected for example telegram=companion,web=companion`,
      });
    } else if (known === undefined) {
      context.addIssue({ code: 'custom', message: `there is no channel "${channel}"; this version has ${CHANNELS.join(' and ')}` });
    } else if (chosen[known] !== undefined) {
      context.addIssue({ code: 'custom', message: `${known} is named twice; one assistant answers on a channel` });
    } else chosen[known] = assistant;
  }
  return chosen;
});

export const NAMES = {
  PORT: name({
    group: 'HTTP',
    schema: quantity('', 0, 65_535, true),
    fallback: '3000',
    about: 'TCP port of the web pages, the API and the webhooks. 0 takes a free one, which the start prints.',
  }),
  HOST: name({
    group: 'HTTP',
    schema: z.string().regex(/^[\w.:-]+$/, 'expected an address or host name to listen on, such as 127.0.0.1 or 0.0.0.0'),
    fallback: '127.0.0.1',
    about:
      'Address to listen on. The default is heard on this machine only; `0.0.0.0` is heard by others, as in a container or behind a proxy.',
  }),
  STATECHAT_TRUSTED_PROXIES: name({
    group: 'HTTP',
    schema: quantity('proxies', 0, 10, true),
    fallback: '0',
    about:
      'How many proxies or load balancers stand in front, one behind the other: their `X-Forwarded-For` is believed that far. Limits go by the address of a visitor, so behind a proxy 0 makes all visitors one; too many lets visitors choose their own.',
  }),
  STATECHAT_API_TOKEN: name({
    group: 'HTTP',
    schema: secret(
      z
        .string()
        .regex(/^\S{16,}$/, 'expected a token of at least 16 characters without spaces, for example what `openssl rand -hex 32` prints'),
    ),
    about:
      'Bearer token of an admin for `/api`, at least 16 characters. Unset: the first start makes one and writes it to `api-token` in `STATECHAT_DATA_DIR`, readable by this user only.',
    secret: true,
  }),
  STATECHAT_API_REQUESTS_PER_MINUTE: name({
    group: 'HTTP',
    schema: quantity('requests', 1, 10_000_000, true),
    fallback: '30000',
    about:
      'Requests a minute that are taken at `/api` from one address (IPv6: one /56); beyond it, 429 with `Retry-After`. Far more than people need: it stops a program that runs wild. With Redis all instances count together, else each for itself. Requests without the right token are held to 60.',
  }),
  DEFAULT_AGENT_ID: name({
    group: 'HTTP',
    schema: z.string().regex(/^\S{1,100}$/, 'expected 1 to 100 characters without spaces'),
    fallback: 'admin',
    about: 'Id of the human agent to whom events of `STATECHAT_API_TOKEN` are attributed that name no agent themselves.',
  }),
  STATECHAT_DATA_DIR: name({
    group: 'Storage',
    schema: z.string().min(1),
    fallback: '.statechat',
    about:
      'Folder of the embedded PostgreSQL and of the API token. Relative to where the program is started. Only one program may use it at a time.',
  }),
  SESSION_STORAGE_TYPE: name({
    group: 'Storage',
    schema: z.enum(['postgres', 'redis', 'memory'], 'expected postgres, redis or memory'),
    fallback: 'postgres',
    about:
      'Where sessions are kept. `redis` needs no PostgreSQL and is as durable as the append-only file of that Redis (docs/decisions/0030-redis.md). `memory` forgets everything at exit: for trying things out and for tests. Each keeps its own: changing it, and changing it back, needs nothing else.',
  }),
  DATABASE_URL: name({
    group: 'Storage',
    schema: secret(url(['postgres:', 'postgresql:'], 'postgres://user:password@host:5432/statechat')),
    about: 'PostgreSQL 15 or later. Unset: a PostgreSQL of our own is started in `STATECHAT_DATA_DIR`.',
    secret: true,
  }),
  REDIS_URL: name({
    group: 'Storage',
    schema: secret(redisUrl),
    about:
      '`redis://user:password@host:6379/0`, `redis+cluster://host:7000,host:7001` or `redis+sentinel://host:26379,host:26379/mymaster/0`; `rediss` instead of `redis` is TLS. With `SESSION_STORAGE_TYPE=postgres` Redis holds hot copies of open sessions, carries live text and notices between instances and counts their common limits; unset, everything works without (docs/guide/many-instances.md). Needed, here or as `REDIS_HOST`, with `SESSION_STORAGE_TYPE=redis`.',
    secret: true,
  }),
  REDIS_HOST: name({
    group: 'Storage',
    schema: z.string().regex(/^[\w.:-]+$/, 'expected an address or host name, such as 127.0.0.1'),
    about: 'One Redis server, where `REDIS_URL` is unset.',
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
    about: 'Password of `REDIS_HOST`. Unset: none.',
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
      'Milliseconds that Redis may take for a hot copy, a count or a piece of live text before it is skipped until it answers again: what a Redis that hangs costs, once. What `SESSION_STORAGE_TYPE=redis` keeps in it is waited for.',
  }),
  SESSION_TIMEOUT_MINUTES: name({
    group: 'Sessions',
    schema: quantity('minutes', 0.001, 525_600),
    fallback: '30',
    about: 'Minutes without a message after which a session becomes IDLE. Fractions are taken.',
  }),
  SESSION_EXPIRY_HOURS: name({
    group: 'Sessions',
    schema: quantity('hours', 0.0001, 87_600),
    fallback: '24',
    about: 'Hours in IDLE after which a session is CLOSED; the next message opens a new one. Fractions are taken.',
  }),
  SESSION_RETENTION_DAYS: name({
    group: 'Sessions',
    schema: quantity('days', 0.0001, 36_500),
    fallback: '30',
    about:
      'Days after which a closed session is deleted with its journal, and an event that no session could hear. A session under a legal hold stays. Providers repeat events for up to 7 days: with fewer than 8, one that comes after the deletion counts as new. Fractions are taken.',
  }),
  MAX_MESSAGE_HISTORY: name({
    group: 'Sessions',
    schema: quantity('messages', 1, 1_000, true),
    fallback: '20',
    about: 'Last messages that a session keeps at hand for its assistant. More costs on every turn; the journal keeps all of them anyway.',
  }),
  STATECHAT_ASSISTANTS: name({
    group: 'Assistants',
    schema: assistants,
    fallback: 'telegram=companion,web=companion',
    about:
      'Which assistant answers on which channel: `channel=assistant`, separated by commas. A channel that is not named gets `companion`.',
  }),
  STATECHAT_ASSISTANTS_DIR: name({
    group: 'Assistants',
    schema: z.string().min(1),
    fallback: 'my-assistants',
    about:
      'Folder of your own assistants: every `.ts`, `.js` and `.mjs` file in it is one (docs/guide/your-own-assistant.md). Relative to where the program is started; without the folder there are none. What is in it runs with all rights of the program.',
  }),
  TELEGRAM_BOT_TOKEN: name({
    group: 'Telegram',
    schema: secret(z.string().regex(/^\d+:[\w-]+$/, 'expected the token that @BotFather gave, such as 123456:ABC-DEF1234ghIkl')),
    about: 'Token of the bot, from @BotFather. Unset: no Telegram.',
    secret: true,
  }),
  TELEGRAM_API_ROOT: name({
    group: 'Telegram',
    schema: url(HTTP, 'https://api.telegram.org').transform((text) => text.replace(/\/+$/, '')),
    fallback: 'https://api.telegram.org',
    about: 'Bot API server. Change it for a server of your own.',
  }),
  TELEGRAM_MODE: name({
    group: 'Telegram',
    schema: z.enum(['polling', 'webhook'], 'expected polling or webhook'),
    fallback: 'polling',
    about:
      '`polling` asks Telegram for updates and needs no public address; of several instances one does so at a time. `webhook` takes them at `/channels/telegram/webhook`, on any number of instances.',
  }),
  TELEGRAM_WEBHOOK_SECRET: name({
    group: 'Telegram',
    schema: secret(
      z.string().regex(/^[\w-]{1,256}$/, 'expected 1 to 256 of A-Z a-z 0-9 _ -, for example what `openssl rand -hex 32` prints'),
    ),
    about: 'Telegram repeats it with every update, which is refused without it. Needed with `TELEGRAM_MODE=webhook`.',
    secret: true,
  }),
  STATECHAT_PUBLIC_URL: name({
    group: 'Telegram',
    schema: url(['https:', 'http:'], 'https://chat.example.com').transform((text) => text.replace(/\/+$/, '')),
    about:
      'Where this program is reached from outside: with `TELEGRAM_MODE=webhook` it is what Telegram is told at start. Unset: `http://localhost:{PORT}`, which only a Bot API server on this machine can call.',
  }),
  ANTHROPIC_API_KEY: name({
    group: 'Model',
    schema: secret(z.string().regex(/^\S+$/, 'expected a key without spaces')),
    about: 'Key of the Claude API. Unset: the offline model answers, and says that it is one.',
    secret: true,
  }),
  ANTHROPIC_BASE_URL: name({
    group: 'Model',
    schema: url(HTTP, 'https://api.anthropic.com').transform((text) => text.replace(/\/+$/, '')),
    fallback: 'https://api.anthropic.com',
    about: 'Model API server. Change it for a gateway of your own.',
  }),
  ANTHROPIC_MODEL: name({
    group: 'Model',
    schema: z.string().regex(/^\S{1,200}$/, 'expected the id of a model'),
    about: 'Model that answers. Unset: the one that the assistant or the provider prefers.',
  }),
  AGENT_URL: name({
    group: 'Agent process',
    schema: url(HTTP, 'http://127.0.0.1:3001').transform((text) => text.replace(/\/+$/, '')),
    about:
      'Where `statechat agent` is reached: models are asked there, in a process of its own, which needs the same `STATECHAT_API_TOKEN`, store, `ANTHROPIC_*` and `STATECHAT_BUDGET_*`. Unset: they are asked in this process (docs/reference/agent-service.md).',
  }),
  AGENT_PORT: name({
    group: 'Agent process',
    schema: quantity('', 0, 65_535, true),
    fallback: '3001',
    about: 'TCP port on which `statechat agent` listens, at `HOST`. 0 takes a free one, which the start prints.',
  }),
  ...MARKET_DATA_NAMES,
  ...BUDGET_NAMES,
  LOG_LEVEL: name({
    group: 'Logs',
    schema: z.enum(
      ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'],
      'expected trace, debug, info, warn, error, fatal or silent',
    ),
    fallback: 'info',
    about: 'Least level that is logged. `debug` has a line a turn.',
  }),
};

export type Names = typeof NAMES;
/** What the schema of a name gives; unset names without a fallback are absent. */
export type Values = {
  readonly [N in keyof Names]: z.output<Names[N]['schema']> | (Names[N] extends { fallback: string } ? never : undefined);
};

/** Names of the plan that do nothing in this version: said at start, not swallowed. */
export const LATER = /^(WHATSAPP_\w+|DISCORD_\w+)$/;
/** Whoever writes one of these means us: an unknown one is a mistake. */
export const OURS = /^(STATECHAT|TELEGRAM|SESSION)_/;
