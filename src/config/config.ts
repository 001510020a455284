/**
 * The one reader of the environment. Owns process.env, the `.env` file, the validation of both and
 * the frozen `Config`. Does not own what the values mean to the parts that get them. Settings of a
 * channel are in its plugin.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { builtInChannels } from '#channels/built-in.ts';
import { type ChannelPlugin, channelsOf, configured } from '#channels/plugin.ts';
import { StatechatError } from '#machines/errors.ts';
import { ALWAYS_OPEN, type Schedule } from '#machines/handoff/business-hours.ts';
import type { QueuesInput } from '#machines/handoff/queues.ts';
import { Secret } from '#machines/secret.ts';
import {
  type Environment,
  readSetting,
  readSettings,
  type Setting,
  type SettingFault,
  type SettingTable,
  type ValuesOf,
} from '#machines/setting.ts';
import { type BudgetConfig, budgetOf } from './budget.ts';
import { type MarketDataConfig, marketDataOf } from './market-data.ts';
import { type McpConfig, mcpOf } from './mcp.ts';
import { type MediaConfig, mediaOf } from './media.ts';
import { OIDC_NAMES, type OidcConfig, oidcOf } from './oidc.ts';
import { readQueues } from './queues.ts';
import { DEFAULT_ASSISTANT, type Names, OUR_PREFIXES, settingsOf, type Values } from './settings.ts';

export interface Config {
  readonly http: {
    readonly host: string;
    /** With 0 it takes any free port. */
    readonly port: number;
    /**
     * The URL of the program from outside, without a slash at the end. Undefined if it takes a free
     * port.
     */
    readonly publicUrl: string | undefined;
    readonly apiToken: Secret | undefined;
    /** What `/metrics` needs. Undefined if it needs none. */
    readonly metricsToken: Secret | undefined;
    readonly apiRequestsPerMinute: number;
    /** The agent that acts with the token where an event names none. */
    readonly defaultAgentId: string;
    /** How many proxies in front are trusted about a visitor's address. */
    readonly trustedProxies: number;
  };
  /** With `embedded` it is a PostgreSQL of the program's own in `dataDir`. */
  readonly storage:
    | { readonly type: 'memory' }
    | { readonly type: 'embedded' }
    | { readonly type: 'postgres'; readonly url: Secret }
    | { readonly type: 'redis'; readonly url: Secret };
  /** Beside any store, for what is fast and may be lost. `budgetMs` is what it may cost a turn. */
  readonly redis: { readonly url: Secret; readonly budgetMs: number } | undefined;
  /** Absolute. */
  readonly dataDir: string;
  readonly sessions: { readonly idleAfterMs: number; readonly closeAfterMs: number; readonly maxMessages: number };
  /** How long a closed session and an entry of the audit trail are kept, in milliseconds. */
  readonly keep: { readonly sessionsMs: number; readonly auditMs: number };
  /** Identity provider of agents. Undefined if they sign in with passwords alone. */
  readonly oidc: OidcConfig | undefined;
  /** The assistant of each channel. */
  readonly assistants: Readonly<Record<string, string>>;
  /** Folder of the operator's own assistants. It need not exist. Absolute. */
  readonly assistantsDir: string;
  /** Models that a sandbox may run an assistant with. `real` allows the offline one too. */
  readonly sandboxModel: 'offline' | 'real';
  /** Values of each channel's settings, configured or not, as its plugin reads them. */
  readonly channels: Readonly<Record<string, ValuesOf<SettingTable>>>;
  readonly model: { readonly apiKey: Secret | undefined; readonly baseUrl: string; readonly model: string | undefined };
  /**
   * `url` is that of the process that calls models. It is undefined if this process calls them.
   * `port` is where that process listens, with 0 for any free port.
   */
  readonly agent: { readonly url: string | undefined; readonly port: number };
  /** Where the stock analyst's figures come from. */
  readonly marketData: MarketDataConfig;
  readonly mcp: McpConfig;
  readonly media: MediaConfig;
  readonly budget: BudgetConfig;
  /** When agents are there. */
  readonly businessHours: Schedule;
  readonly handoff: {
    readonly queues: QueuesInput;
    /** Sessions that rules give an agent, where the account says nothing. */
    readonly capacity: number;
    /** Time without a console after which an agent is offline, in milliseconds. */
    readonly offlineAfterMs: number;
  };
  /** The inspector that `npm run dev` shows the turns to. */
  readonly inspector: string | undefined;
  /** Seal secrets in the store. The first one is the current one. */
  readonly secretsKeys: readonly Secret[];
  /** Whether webhooks may be sent into the program's own network. */
  readonly webhooks: { readonly allowPrivate: boolean };
  /** Where traces are sent. Undefined if nothing is traced. `ratio` is the share that is sent. */
  readonly traces: { readonly endpoint: string | undefined; readonly ratio: number };
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** One sentence for each setting that has no effect. The start logs them. */
  readonly warnings: readonly string[];
}

/** The environment is wrong. `message` lists all problems and how to fix them. */
export class ConfigError extends StatechatError {
  readonly faults: readonly SettingFault[];

  constructor(faults: readonly SettingFault[]) {
    const list = faults.map(({ name, fault }) => `  ${name}: ${fault}`).join('\n');
    const count = faults.length === 1 ? 'One setting is' : `${faults.length} settings are`;
    super('invalid_config', `${count} wrong:\n${list}\nAll names are described in docs/reference/configuration.md.`, { facts: { faults } });
    this.name = 'ConfigError';
    this.faults = faults;
  }
}

/**
 * The process's environment over `.env` of `folder`, if there is one. Throws `ConfigError` with all
 * faults at once.
 * @param channels beside the built-in ones.
 */
export function loadConfig(folder: string = process.cwd(), channels: readonly ChannelPlugin[] = []): Config {
  const file = join(folder, '.env');
  return readConfig({ ...parseEnv(existsSync(file) ? readEnvFile(file) : ''), ...process.env }, folder, channels);
}

function readEnvFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StatechatError(
      'invalid_config',
      `${file} cannot be read (${reason}). Make it a file that this user can read, or move it away.`,
      {
        cause,
      },
    );
  }
}

/**
 * Pure except for paths, because `dataDir` is resolved against `folder`, and for the file of the
 * queues. An empty value counts as unset.
 */
export function readConfig(environment: Environment, folder: string = process.cwd(), channels: readonly ChannelPlugin[] = []): Config {
  const plugins = channelsOf(builtInChannels, channels);
  const names = settingsOf(plugins.map((plugin) => plugin.name));
  const faults: SettingFault[] = [];
  const report = (fault: SettingFault): void => void faults.push(fault);
  const read = <N extends keyof Names>(name: N): Values[N] => decodeValue<N>(readSetting(name, names[name], environment, report));

  const storage = { type: read('SESSION_STORAGE_TYPE'), url: read('DATABASE_URL') };
  const redisUrl =
    read('REDIS_URL') ??
    serverUrl({ host: read('REDIS_HOST'), port: read('REDIS_PORT'), password: read('REDIS_PASSWORD'), db: read('REDIS_DB') });
  if (storage.type === 'redis' && redisUrl === undefined) {
    faults.push({ name: 'REDIS_URL', fault: 'needed with SESSION_STORAGE_TYPE=redis, for example redis://127.0.0.1:6379.' });
  }
  const queuesFile = read('STATECHAT_QUEUES_FILE');
  const port = read('PORT');
  const publicUrl = read('STATECHAT_PUBLIC_URL') ?? (port === 0 ? undefined : `http://localhost:${port}`);
  const channelValues = Object.fromEntries(plugins.map((plugin) => [plugin.name, readSettings(plugin.settings, environment, report)]));
  for (const plugin of plugins) faults.push(...(plugin.faults?.(channelValues[plugin.name] ?? {}, { publicUrl }) ?? []));
  const config: Config = {
    http: {
      host: read('HOST'),
      port,
      publicUrl,
      apiToken: read('STATECHAT_API_TOKEN'),
      metricsToken: read('STATECHAT_METRICS_TOKEN'),
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
    keep: {
      sessionsMs: Math.round(read('SESSION_RETENTION_DAYS') * 86_400_000),
      auditMs: Math.round(read('STATECHAT_AUDIT_DAYS') * 86_400_000),
    },
    oidc: oidcOf(read),
    assistants: {
      ...Object.fromEntries(plugins.map((plugin) => [plugin.name, DEFAULT_ASSISTANT])),
      ...read('STATECHAT_ASSISTANTS'),
    },
    assistantsDir: resolve(folder, read('STATECHAT_ASSISTANTS_DIR')),
    sandboxModel: read('STATECHAT_SANDBOX_MODEL'),
    channels: channelValues,
    model: { apiKey: read('ANTHROPIC_API_KEY'), baseUrl: read('ANTHROPIC_BASE_URL'), model: read('ANTHROPIC_MODEL') },
    agent: { url: read('AGENT_URL'), port: read('AGENT_PORT') },
    marketData: marketDataOf(read),
    mcp: mcpOf(read),
    media: mediaOf(read),
    secretsKeys: read('STATECHAT_SECRETS_KEY') ?? [],
    webhooks: { allowPrivate: read('STATECHAT_WEBHOOKS_ALLOW_PRIVATE') === 'true' },
    budget: budgetOf(read),
    businessHours: read('STATECHAT_BUSINESS_HOURS') ?? ALWAYS_OPEN,
    handoff: {
      queues: readQueues(queuesFile === undefined ? undefined : resolve(folder, queuesFile), report),
      capacity: read('STATECHAT_AGENT_CAPACITY'),
      offlineAfterMs: Math.round(read('STATECHAT_OFFLINE_AFTER_SECONDS') * 1_000),
    },
    traces: { endpoint: read('OTEL_EXPORTER_OTLP_ENDPOINT'), ratio: read('STATECHAT_TRACES_RATIO') },
    logLevel: read('LOG_LEVEL'),
    inspector: read('STATECHAT_INSPECT'),
    warnings: warningsOf(environment, plugins, channelValues),
  };
  if (config.agent.url !== undefined && storage.type === 'memory') {
    const fault =
      'needs a store that both processes reach: with SESSION_STORAGE_TYPE=memory budgets and approvals would be kept apart in each.';
    faults.push({ name: 'AGENT_URL', fault });
  }
  if (config.oidc !== undefined && publicUrl === undefined)
    faults.push({ name: 'STATECHAT_PUBLIC_URL', fault: 'needed with OIDC_ISSUER and PORT=0: the provider sends agents back to it.' });
  faults.push(
    ...unknownNames(
      environment,
      Object.keys(names),
      plugins.flatMap(({ settings }) => Object.keys(settings)),
    ),
  );
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

/** URL of one server, from the settings of its parts. */
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
  /** As an operator would write it. Undefined if the setting is unset by default. */
  readonly fallback: string | undefined;
  readonly secret: boolean;
  readonly about: string;
}

/**
 * Every setting with its documentation, in the order of the reference. Channels stand behind the
 * assistants that answer on them.
 */
export function describeConfig(channels: readonly ChannelPlugin[] = builtInChannels): readonly ConfigRow[] {
  const row = (name: string, group: string, { fallback, about, secret }: Setting): ConfigRow => ({
    name,
    group,
    fallback,
    secret: secret === true,
    about,
  });
  const own = Object.entries(settingsOf(channels.map(({ name }) => name))).map(([name, setting]) => row(name, setting.group, setting));
  const ofChannels = channels.flatMap(({ title, settings }) =>
    Object.entries(settings).map(([name, setting]) => row(name, title, setting)),
  );
  const behind = own.findLastIndex(({ group }) => group === 'Assistants') + 1;
  return own.toSpliced(behind, 0, ...ofChannels);
}

/** Types the output of a schema, which TypeScript cannot follow through the table. */
function decodeValue<N extends keyof Names>(value: unknown): Values[N] {
  return value as Values[N];
}

function warningsOf(
  environment: Environment,
  plugins: readonly ChannelPlugin[],
  values: Readonly<Record<string, ValuesOf<SettingTable>>>,
): string[] {
  const set = (name: string) => Boolean(environment[name]?.trim());
  const warnings: string[] = [];
  const type = environment.SESSION_STORAGE_TYPE?.trim();
  if ((type === 'memory' || type === 'redis') && set('DATABASE_URL')) {
    warnings.push(`DATABASE_URL has no effect with SESSION_STORAGE_TYPE=${type}.`);
  }
  if (environment.STATECHAT_PUBLIC_URL?.trim().startsWith('https:') && !Number(environment.STATECHAT_TRUSTED_PROXIES ?? 0)) {
    warnings.push(
      'STATECHAT_PUBLIC_URL is https, so a proxy is in front, and STATECHAT_TRUSTED_PROXIES is 0: limits take all visitors for one. Set it to the number of proxies.',
    );
  }
  const oidcNames = Object.keys(OIDC_NAMES).filter(set);
  const oidcMissing = ['OIDC_ISSUER', 'OIDC_CLIENT_ID'].filter((name) => !set(name));
  if (oidcNames.length > 0 && oidcMissing.length > 0)
    warnings.push(`${oidcNames.join(', ')} without ${oidcMissing.join(', ')}: agents sign in with passwords alone.`);
  const redisParts = ['REDIS_HOST', 'REDIS_PORT', 'REDIS_PASSWORD', 'REDIS_DB'].filter(set);
  if (redisParts.length > 0 && set('REDIS_URL')) warnings.push(`${redisParts.join(', ')}: REDIS_URL says where Redis is.`);
  else if (redisParts.length > 0 && !set('REDIS_HOST')) warnings.push(`${redisParts.join(', ')} without REDIS_HOST: there is no Redis.`);
  for (const plugin of plugins) {
    if (configured(plugin, values[plugin.name] ?? {}) !== undefined) continue;
    const given = Object.keys(plugin.settings).filter(set);
    const missing = (plugin.needs ?? []).filter((name) => !set(name));
    if (given.length > 0) warnings.push(`${given.join(', ')} without ${missing.join(', ')}: there is no ${plugin.title}.`);
  }
  return warnings;
}

/**
 * Names that are close to one of the program's or a channel's, but are not one. Each is likely a
 * misspelt one.
 */
function unknownNames(environment: Environment, own: readonly string[], ofChannels: readonly string[]): SettingFault[] {
  const known = [...own, ...ofChannels];
  const firstWord = (name: string): string => name.split('_')[0] ?? '';
  const prefixes = new Set([...OUR_PREFIXES, ...ofChannels.map(firstWord)]);
  return Object.keys(environment)
    .filter((name) => name.includes('_') && prefixes.has(firstWord(name)) && !known.includes(name) && environment[name] !== '')
    .map((name) => {
      const words = name.split('_');
      const [nearest] = known
        .map((other) => ({
          known: other,
          shared: other.split('_').filter((word) => words.includes(word)).length,
          distance: editDistance(name, other),
        }))
        .sort((a, b) => b.shared - a.shared || a.distance - b.distance);
      const hint =
        nearest !== undefined && (nearest.shared > 1 || nearest.distance <= 4) ? ` Did you mean ${nearest.known}?` : ' Unset it.';
      return { name, fault: `there is no such setting.${hint}` };
    });
}

/** Levenshtein's distance, the number of letters to add, drop or change. */
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
