/**
 * Deployment that a round of faults runs on, with instances of the program, each with its own lines
 * to PostgreSQL and Redis, and the fakes that they use. Owns starting and ending all of it. Does
 * not own the load, the faults, the checks.
 */
import { freePort } from '#storage/embedded/free-port.ts';
import type { EmbeddedPostgres } from '#storage/embedded/start.ts';
import { type BotApi, startBotApi } from '#test/fakes/bot-api.ts';
import { startDiscord, TOKEN } from '#test/fakes/discord.ts';
import { People } from '#test/fakes/discord-people.ts';
import { type GraphApi, startGraphApi } from '#test/fakes/graph-api.ts';
import type { Death } from '#test/faults/app-process.ts';
import { startBalancer } from '#test/faults/balancer.ts';
import { type Line, startLine } from '#test/faults/line.ts';
import type { Dice } from '#test/faults/plan.ts';
import { type Recorder, startRecorder } from '#test/faults/recorder.ts';
import { Recovery } from '#test/faults/recovery.ts';
import { Supervisor } from '#test/faults/supervisor.ts';
import { startWebhookReceiver, type WebhookReceiver } from '#test/faults/webhooks.ts';
import type { RedisServer } from '#test/redis-server.ts';

export interface DeploymentOptions {
  /** Several share the database. Telegram then comes by webhook, through a balancer. */
  readonly instances: number;
  /** The assistant that answers on Telegram. */
  readonly telegram: 'probe' | 'companion';
  /**
   * Customers write on WhatsApp, answered by the assistant that does not answer on Telegram, and on
   * Discord, answered by the probe.
   */
  readonly messengers?: boolean;
  readonly postgres: EmbeddedPostgres;
  /** Beside PostgreSQL, for hot copies. */
  readonly redis?: RedisServer;
  /** By how much the clock of each instance is wrong, in milliseconds. Default: 0 each. */
  readonly skews?: readonly number[];
  /** How long an instance leases committed work, in milliseconds. Default 2,000. */
  readonly leaseMs?: number;
  /**
   * Milliseconds without a message until a session is idle, and the same time again until it is
   * closed. Default is 1,500.
   */
  readonly idleMs?: number;
  /** A folder for Node's compile cache, which makes starts cheaper. */
  readonly compileCache: string;
}

export interface Instance {
  readonly url: string;
  /** Begins the names of its processes. */
  readonly slot: string;
  readonly supervisor: Supervisor;
  readonly lines: { readonly postgres: Line; readonly redis: Line | undefined };
}

export interface Deployment {
  readonly instances: readonly Instance[];
  readonly postgres: EmbeddedPostgres;
  readonly redis: RedisServer | undefined;
  readonly recorder: Recorder;
  readonly webhooks: WebhookReceiver;
  readonly apiToken: string;
  readonly telegram: BotApi;
  readonly messengers: { readonly whatsApp: GraphApi; readonly discord: People } | undefined;
  readonly recovery: Recovery;
  readonly deaths: readonly Death[];
  /** When PostgreSQL was killed. */
  readonly postgresKills: readonly number[];
  readonly leaseMs: number;
  /** Findings so far. */
  readonly wrong: string[];
}

const LEASE_MS = 2_000;
const IDLE_MS = 1_500;
const API_TOKEN = 'the-token-of-the-faults';
const SECRETS_KEY = 'the-key-of-the-faults'.padEnd(32, '-');

/**
 * Starts the fakes. The caller starts each instance by its supervisor's `up`. What was started is
 * added to `ends`.
 */
export async function startDeployment(
  options: DeploymentOptions,
  database: string,
  dice: Dice,
  ends: (() => Promise<unknown>)[],
): Promise<Deployment> {
  const { instances: count, telegram, postgres, redis, skews = [], leaseMs = LEASE_MS, idleMs = IDLE_MS, compileCache } = options;
  const recovery = new Recovery();
  const deaths: Death[] = [];
  const postgresKills: number[] = [];
  const wrong: string[] = [];

  const recorder = await startRecorder(dice.fork());
  ends.push(() => recorder.close());
  const webhooks = await startWebhookReceiver(dice.fork());
  ends.push(() => webhooks.close());
  const api = await startBotApi({ limits: true });
  ends.push(() => api.close());
  const ports = await Promise.all(Array.from({ length: count }, freePort));
  const urls = ports.map((port) => `http://127.0.0.1:${port}`);
  const messengers = options.messengers === true ? await startMessengers(ends) : undefined;
  const balancer = await startBalancer(() => urls, dice.fork());
  ends.push(() => balancer.close());
  if (messengers !== undefined) messengers.whatsApp.webhooks.url = `${balancer.url}/channels/whatsapp/webhook`;

  const instances = await Promise.all(
    ports.map(async (port, index): Promise<Instance> => {
      const url = `http://127.0.0.1:${port}`;
      const slot = 'abcdefgh'.charAt(index);
      const lines = {
        postgres: await startLine(Number(new URL(database).port)),
        redis: redis === undefined ? undefined : await startLine(redis.port),
      };
      ends.push(async () => {
        await lines.postgres.close();
        await lines.redis?.close();
      });
      const environment = {
        HOST: '127.0.0.1',
        PORT: String(port),
        DATABASE_URL: at(database, lines.postgres.port),
        ...(lines.redis === undefined ? {} : { REDIS_URL: `redis://127.0.0.1:${lines.redis.port}` }),
        SESSION_TIMEOUT_MINUTES: String(idleMs / 60_000),
        SESSION_EXPIRY_HOURS: String(idleMs / 3_600_000),
        STATECHAT_API_TOKEN: API_TOKEN,
        STATECHAT_SECRETS_KEY: SECRETS_KEY,
        STATECHAT_WEBHOOKS_ALLOW_PRIVATE: 'true',
        TELEGRAM_BOT_TOKEN: api.token,
        TELEGRAM_API_ROOT: api.url,
        STATECHAT_ASSISTANTS: `telegram=${telegram},whatsapp=${telegram === 'probe' ? 'companion' : 'probe'},discord=probe`,
        ...(messengers === undefined ? {} : settingsOf(messengers)),
        ...(count === 1 ? {} : { TELEGRAM_MODE: 'webhook', TELEGRAM_WEBHOOK_SECRET: 'of_the_round', STATECHAT_PUBLIC_URL: balancer.url }),
      };
      const supervisor = new Supervisor({
        slot,
        port,
        compileCache,
        orders: { recorder: recorder.url, leaseMs, environment },
        skewMs: skews[index] ?? 0,
        postgres,
        died: (death) => {
          deaths.push(death);
          recovery.died(nameOf(death), url, death.at);
          if (death.cause === 'failed') wrong.push(`${death.name} ended by itself`);
        },
        postgresKilled: (time) => postgresKills.push(time),
      });
      ends.push(async () => supervisor.end());
      return { url, slot, supervisor, lines };
    }),
  );
  const fakes = { recorder, webhooks, telegram: api, messengers };
  return { instances, postgres, redis, ...fakes, apiToken: API_TOKEN, recovery, deaths, postgresKills, leaseMs, wrong };
}

async function startMessengers(ends: (() => Promise<unknown>)[]): Promise<NonNullable<Deployment['messengers']>> {
  const whatsApp = await startGraphApi({ limits: true, statuses: ['sent', 'delivered', 'read'] });
  ends.push(() => whatsApp.close());
  const discord = await startDiscord({ limit: 5 });
  ends.push(() => discord.close());
  return { whatsApp, discord: new People(discord) };
}

function settingsOf({ whatsApp, discord: { discord } }: NonNullable<Deployment['messengers']>): Record<string, string> {
  return {
    ...whatsApp.settings,
    DISCORD_BOT_TOKEN: TOKEN,
    DISCORD_API_ROOT: discord.url,
  };
}

function nameOf({ cause }: Death): string {
  if (cause === 'stopped') return 'instance drained (SIGTERM)';
  return cause === 'killed' ? 'instance killed' : 'instance killed at a named point';
}

function at(url: string, port: number): string {
  const moved = new URL(url);
  moved.port = String(port);
  return moved.href;
}
