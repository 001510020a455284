/**
 * The one reader of the environment. Owns: process.env, the `.env` file, the validation of both, the frozen `Config`.
 * Does not own: what the values mean to their parts.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { StatechatError } from '#machines/errors.ts';
import { type BudgetConfig, budgetOf } from './budget.ts';
import { type MarketDataConfig, marketDataOf } from './market-data.ts';
import { Secret } from './secret.ts';
import { type ChannelName, LATER, NAMES, type Names, OURS, type Values } from './settings.ts';

export interface Config {
  readonly http: {
    readonly host: string;
    /** 0: any free one. */
    readonly port: number;
    /** Where the program is reached from outside, without a slash at the end. Undefined: on whatever port it gets. */
    readonly publicUrl: string | undefined;
    readonly apiToken: Secret | undefined;
    readonly apiRequestsPerMinute: number;
    /** Who acts with the token where an event names nobody. */
    readonly defaultAgentId: string;
    /** How many proxies in front are believed about a visitor's address. */
    readonly trustedProxies: number;
  };
  /** `embedded`: PostgreSQL of our own in `dataDir`. */
  readonly storage:
    | { readonly type: 'memory' }
    | { readonly type: 'embedded' }
    | { readonly type: 'postgres'; readonly url: Secret }
    | { readonly type: 'redis'; readonly url: Secret };
  /** Beside whatever store, for what is fast and may be lost. `budgetMs`: what it may cost a turn. */
  readonly redis: { readonly url: Secret; readonly budgetMs: number } | undefined;
  /** Absolute. */
  readonly dataDir: string;
  readonly sessions: { readonly idleAfterMs: number; readonly closeAfterMs: number; readonly maxMessages: number };
  /** How long a closed session is kept, in milliseconds. */
  readonly retentionMs: number;
  /** The assistant of each channel. */
  readonly assistants: Readonly<Record<ChannelName, string>>;
  /** Where the operator's own assistants are, if it exists. Absolute. */
  readonly assistantsDir: string;
  readonly telegram:
    | {
        readonly token: Secret;
        readonly apiRoot: string;
        readonly mode: 'polling' | 'webhook';
        readonly webhookSecret: Secret | undefined;
      }
    | undefined;
  readonly model: { readonly apiKey: Secret | undefined; readonly baseUrl: string; readonly model: string | undefined };
  /** `url`: of the process that asks models; undefined: this one does. `port`: where that process listens; 0: any free one. */
  readonly agent: { readonly url: string | undefined; readonly port: number };
  /** Where the stock analyst's figures come from. */
  readonly marketData: MarketDataConfig;
  readonly budget: BudgetConfig;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** What is set but has no effect, a sentence each: to be logged at start. */
  readonly warnings: readonly string[];
}

export interface ConfigFault {
  readonly name: string;
  /** What is wrong and what is expected instead. Never contains a secret. */
  readonly fault: string;
}

/** The environment is wrong. `message` lists every fault with its mend. */
export class ConfigError extends StatechatError {
  readonly faults: readonly ConfigFault[];

  constructor(faults: readonly ConfigFault[]) {
    const list = faults.map(({ name, fault }) => `  ${name}: ${fault}`).join('\n');
    const count = faults.length === 1 ? 'One setting is' : `${faults.length} settings are`;
    super('invalid_config', `${count} wrong:\n${list}\nAll names are described in docs/reference/configuration.md.`, { facts: { faults } });
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/** The process's environment over `.env` of `folder`, if there is one. Throws `ConfigError` with all faults at once. */
export function loadConfig(folder: string = process.cwd()): Config {
  const file = join(folder, '.env');
  const fromFile = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {};
  return readConfig({ ...fromFile, ...process.env }, folder);
}

/** Pure but for paths: `dataDir` is resolved against `folder`. An empty value counts as unset. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>, folder: string = process.cwd()): Config {
  const faults: ConfigFault[] = [];
  const read = <N extends keyof Names>(name: N): Values[N] => {
    const definition = NAMES[name];
    const fallback = 'fallback' in definition ? definition.fallback : undefined;
    const text = environment[name]?.trim() || fallback;
    if (text === undefined) return decodeValue<N>(undefined);
    const result = definition.schema.safeParse(text);
    if (!result.success) {
      const given = 'secret' in definition ? '' : `"${text.slice(0, 80)}" given; `;
      for (const issue of result.error.issues) faults.push({ name, fault: `${given}${issue.message}.` });
    }
    // After a fault the default stands in, so that the other faults are found too; nobody gets to see the outcome.
    return decodeValue<N>(result.success || fallback === undefined ? result.data : definition.schema.parse(fallback));
  };

  const storage = { type: read('SESSION_STORAGE_TYPE'), url: read('DATABASE_URL') };
  const redisUrl =
    read('REDIS_URL') ??
    serverUrl({ host: read('REDIS_HOST'), port: read('REDIS_PORT'), password: read('REDIS_PASSWORD'), db: read('REDIS_DB') });
  if (storage.type === 'redis' && redisUrl === undefined) {
    faults.push({ name: 'REDIS_URL', fault: 'needed with SESSION_STORAGE_TYPE=redis, for example redis://127.0.0.1:6379.' });
  }
  const telegram = {
    token: read('TELEGRAM_BOT_TOKEN'),
    apiRoot: read('TELEGRAM_API_ROOT'),
    mode: read('TELEGRAM_MODE'),
    webhookSecret: read('TELEGRAM_WEBHOOK_SECRET'),
  };
  if (telegram.mode === 'webhook' && telegram.webhookSecret === undefined) {
    const fault = 'needed with TELEGRAM_MODE=webhook, else anybody could send updates. Take what `openssl rand -hex 32` prints.';
    faults.push({ name: 'TELEGRAM_WEBHOOK_SECRET', fault });
  }
  const port = read('PORT');
  const publicUrl = read('STATECHAT_PUBLIC_URL') ?? (port === 0 ? undefined : `http://localhost:${port}`);
  if (telegram.mode === 'webhook' && publicUrl === undefined) {
    faults.push({
      name: 'STATECHAT_PUBLIC_URL',
      fault: 'needed with TELEGRAM_MODE=webhook and PORT=0: nobody knows the port before the start.',
    });
  }
  const config: Config = {
    http: {
      host: read('HOST'),
      port,
      publicUrl,
      apiToken: read('STATECHAT_API_TOKEN'),
      apiRequestsPerMinute: read('STATECHAT_API_REQUESTS_PER_MINUTE'),
      defaultAgentId: read('DEFAULT_AGENT_ID'),
      trustedProxies: read('STATECHAT_TRUSTED_PROXIES'),
    },
    storage: storageOf(storage, redisUrl),
    redis: redisUrl === undefined ? undefined : { url: redisUrl, budgetMs: read('REDIS_BUDGET_MS') },
    dataDir: resolve(folder, read('STATECHAT_DATA_DIR')),
    sessions: {
      idleAfterMs: Math.round(read('SESSION_TIMEOUT_MINUTES') * 60_000),
      closeAfterMs: Math.round(read('SESSION_EXPIRY_HOURS') * 3_600_000),
      maxMessages: read('MAX_MESSAGE_HISTORY'),
    },
    retentionMs: Math.round(read('SESSION_RETENTION_DAYS') * 86_400_000),
    assistants: { web: 'companion', telegram: 'companion', ...read('STATECHAT_ASSISTANTS') },
    assistantsDir: resolve(folder, read('STATECHAT_ASSISTANTS_DIR')),
    telegram: telegram.token === undefined ? undefined : { ...telegram, token: telegram.token },
    model: { apiKey: read('ANTHROPIC_API_KEY'), baseUrl: read('ANTHROPIC_BASE_URL'), model: read('ANTHROPIC_MODEL') },
    agent: { url: read('AGENT_URL'), port: read('AGENT_PORT') },
    marketData: marketDataOf(read),
    budget: budgetOf(read),
    logLevel: read('LOG_LEVEL'),
    warnings: warningsOf(environment),
  };
  if (config.agent.url !== undefined && storage.type === 'memory') {
    const fault =
      'needs a store that both processes reach: with SESSION_STORAGE_TYPE=memory budgets and approvals would be kept apart in each.';
    faults.push({ name: 'AGENT_URL', fault });
  }
  faults.push(...unknownNames(environment));
  if (faults.length > 0) throw new ConfigError(faults);
  return deepFreeze(config);
}

function storageOf(
  { type, url }: { readonly type: 'postgres' | 'redis' | 'memory'; readonly url: Secret | undefined },
  redis: Secret | undefined,
): Config['storage'] {
  if (type === 'redis' && redis !== undefined) return { type, url: redis };
  if (type === 'memory') return { type };
  return url === undefined ? { type: 'embedded' } : { type: 'postgres', url };
}

/** The URL of one server, from the names that stand for its parts. */
function serverUrl({
  host,
  port,
  password,
  db,
}: {
  host: string | undefined;
  port: number;
  password: Secret | undefined;
  db: number;
}): Secret | undefined {
  if (host === undefined) return undefined;
  const authority = password === undefined ? '' : `:${encodeURIComponent(password.reveal())}@`;
  return new Secret(`redis://${authority}${host.includes(':') ? `[${host}]` : host}:${port}/${db}`);
}

export interface ConfigRow {
  readonly name: string;
  readonly group: string;
  /** As one would write it; absent where the name is unset by default. */
  readonly fallback: string | undefined;
  readonly secret: boolean;
  readonly about: string;
}

/** Every name with its documentation, in the order of the reference. */
export function describeConfig(): readonly ConfigRow[] {
  return Object.entries(NAMES).map(([name, definition]) => ({
    name,
    group: definition.group,
    fallback: 'fallback' in definition ? definition.fallback : undefined,
    secret: 'secret' in definition,
    about: definition.about,
  }));
}

/** The one place where a schema's output, which TypeScript cannot follow through the table, gets its type. */
function decodeValue<N extends keyof Names>(value: unknown): Values[N] {
  return value as Values[N];
}

function warningsOf(environment: Readonly<Record<string, string | undefined>>): string[] {
  const set = (name: string) => Boolean(environment[name]?.trim());
  const warnings = Object.keys(environment)
    .filter((name) => LATER.test(name) && set(name))
    .map((name) => `${name} has no effect in this version.`);
  const type = environment.SESSION_STORAGE_TYPE?.trim();
  if ((type === 'memory' || type === 'redis') && set('DATABASE_URL')) {
    warnings.push(`DATABASE_URL has no effect with SESSION_STORAGE_TYPE=${type}.`);
  }
  const redisParts = ['REDIS_HOST', 'REDIS_PORT', 'REDIS_PASSWORD', 'REDIS_DB'].filter(set);
  if (redisParts.length > 0 && set('REDIS_URL')) warnings.push(`${redisParts.join(', ')}: REDIS_URL says where Redis is.`);
  else if (redisParts.length > 0 && !set('REDIS_HOST')) warnings.push(`${redisParts.join(', ')} without REDIS_HOST: there is no Redis.`);
  const telegram = Object.keys(environment).filter((name) => name.startsWith('TELEGRAM_') && set(name));
  if (telegram.length > 0 && !set('TELEGRAM_BOT_TOKEN')) {
    warnings.push(`${telegram.join(', ')} without TELEGRAM_BOT_TOKEN: there is no Telegram.`);
  }
  return warnings;
}

function unknownNames(environment: Readonly<Record<string, string | undefined>>): ConfigFault[] {
  return Object.keys(environment)
    .filter((name) => OURS.test(name) && !(name in NAMES) && !LATER.test(name) && environment[name] !== '')
    .map((name) => {
      const words = name.split('_');
      const [nearest] = Object.keys(NAMES)
        .map((known) => ({
          known,
          shared: known.split('_').filter((word) => words.includes(word)).length,
          distance: editDistance(name, known),
        }))
        .sort((a, b) => b.shared - a.shared || a.distance - b.distance);
      const hint =
        nearest !== undefined && (nearest.shared > 1 || nearest.distance <= 4) ? ` Did you mean ${nearest.known}?` : ' Unset it.';
      return { name, fault: `there is no such setting.${hint}` };
    });
}

/** Levenshtein's distance: how many letters to add, drop or change. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function deepFreeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === 'object' && part !== null) deepFreeze(part);
  return Object.freeze(value);
}
