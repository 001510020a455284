/**
 * The counters of the program and their Prometheus form. An application has one `createMetrics()`,
 * and there is no global registry. Labels take few values by design, so ids, addresses and texts
 * are never labels. Parts report durations in milliseconds. Prometheus gets seconds, as its
 * conventions want.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { RuntimeMetrics } from '#actors/contract/metrics.ts';

/** What the actors report, and what the rest of the application does. */
export interface Metrics extends RuntimeMetrics {
  /** Tokens of a run, as the provider counts them or as they are estimated. */
  tokens(direction: 'in' | 'out', count: number): void;
  /** What a call to a model cost, in micro-dollars. */
  cost(microDollars: number): void;
  /** An event of a channel that changes no session. `kind` is one of few. */
  ignored(channel: string, kind: string): void;
  /** One use of a hot copy in Redis. */
  hotCopy(outcome: string): void;
  /** What the retention deleted in one step. */
  deleted(count: {
    readonly sessions: number;
    readonly deadLetters: number;
    readonly auditEntries: number;
    readonly signIns: number;
    readonly invitations: number;
    readonly mentions: number;
    readonly uploads: number;
    readonly unclaimedFiles: number;
    readonly deliveries: number;
  }): void;
  /** Sessions whose actor is in this process's memory. It is read when metrics are. */
  liveSessions(read: () => number): void;
  /** Instances that this one knows of, itself included. It is read when metrics are. */
  instances(read: () => number): void;
  /** One attempt at sending a webhook. */
  webhook(outcome: 'delivered' | 'failed', ms: number): void;
  /** Endpoints of webhooks that are disabled. It is read when metrics are. */
  disabledWebhooks(read: () => number): void;
  /** A service level was missed. `target` is one of few. */
  breach(target: string): void;
  /** Runs under way in this agent process. It is read when metrics are. */
  agentRuns(read: () => number): void;
  /** Streams that this agent process writes. It is read when metrics are. */
  agentStreams(read: () => number): void;
  /** `route` is the pattern, such as `/api/sessions/:id`. */
  request(method: string, route: string, status: number, ms: number): void;
}

export interface MetricsRegistry {
  readonly metrics: Metrics;
  /** The page for Prometheus. */
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/**
 * A commit takes 0.3 ms on a quiet machine, and seconds on an overloaded one. The steps are finer
 * around what is promised.
 */
const TURN_SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
/** From a channel's fast answer to a model that thinks for minutes. */
const WORK_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180, 600];
/**
 * A timer is promised within a second of its time. More than a minute is the backlog of a restart.
 */
const LATENESS_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 600];
/** Powers of two up to what one statement takes. */
const BATCH_TURNS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

export function createMetrics(): MetricsRegistry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const turns = new Histogram({
    name: 'statechat_turn_seconds',
    help: 'Duration of a turn, from reading its messages to their acknowledgement.',
    buckets: TURN_SECONDS,
    registers,
  });
  const events = new Counter({
    name: 'statechat_events_total',
    help: 'Events, by what became of them.',
    labelNames: ['outcome'],
    registers,
  });
  const ignored = new Counter({
    name: 'statechat_ignored_total',
    help: 'Events of channels that change no session, by what they are.',
    labelNames: ['channel', 'kind'],
    registers,
  });
  const commits = new Histogram({ name: 'statechat_commit_seconds', help: 'One group commit.', buckets: TURN_SECONDS, registers });
  const batches = new Histogram({ name: 'statechat_commit_turns', help: 'Turns of one group commit.', buckets: BATCH_TURNS, registers });
  const failedCommits = new Counter({
    name: 'statechat_commit_failures_total',
    help: 'Group commits that failed because the store was away, slow, full or read-only.',
    registers,
  });
  const conflicts = new Counter({ name: 'statechat_conflicts_total', help: 'Turns that lost the compare-and-set.', registers });
  const effects = new Histogram({
    name: 'statechat_effect_seconds',
    help: 'One attempt at an effect.',
    labelNames: ['type', 'outcome'],
    buckets: WORK_SECONDS,
    registers,
  });
  const runs = new Histogram({
    name: 'statechat_run_seconds',
    help: 'One attempt at a run.',
    labelNames: ['outcome'],
    buckets: WORK_SECONDS,
    registers,
  });
  const timers = new Histogram({
    name: 'statechat_timer_lateness_seconds',
    help: 'How long after its time a timer fired.',
    buckets: LATENESS_SECONDS,
    registers,
  });
  const cost = new Counter({ name: 'statechat_cost_dollars_total', help: 'US dollars that calls to models cost.', registers });
  const tokens = new Counter({ name: 'statechat_tokens_total', help: 'Tokens of runs.', labelNames: ['direction'], registers });
  const requests = new Histogram({
    name: 'statechat_http_request_seconds',
    help: 'HTTP requests, by route pattern.',
    labelNames: ['method', 'route', 'status'],
    buckets: TURN_SECONDS,
    registers,
  });
  const hotCopies = new Counter({
    name: 'statechat_hot_copies_total',
    help: 'Hot copies of sessions in Redis, by what came of reading or writing one.',
    labelNames: ['outcome'],
    registers,
  });
  const deletions = new Counter({
    name: 'statechat_retention_deleted_total',
    help: 'What was deleted after SESSION_RETENTION_DAYS, after STATECHAT_AUDIT_DAYS, or because it had expired.',
    labelNames: ['what'],
    registers,
  });
  const breaches = new Counter({
    name: 'statechat_service_level_breaches_total',
    help: 'Service levels that were missed, seen by the instance that assigns sessions.',
    labelNames: ['target'],
    registers,
  });
  const webhooks = new Histogram({
    name: 'statechat_webhook_seconds',
    help: 'One attempt at sending a webhook.',
    labelNames: ['outcome'],
    buckets: WORK_SECONDS,
    registers,
  });
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };

  return {
    metrics: {
      committed(count, ms) {
        commits.observe(ms / 1_000);
        batches.observe(count);
      },
      commitFailed: () => failedCommits.inc(),
      conflict: () => conflicts.inc(),
      event: (outcome) => events.inc({ outcome }),
      turn: (ms) => turns.observe(ms / 1_000),
      timerFired: (lateMs) => timers.observe(lateMs / 1_000),
      effect: (type, outcome, ms) => effects.observe({ type, outcome }, ms / 1_000),
      run: (outcome, ms) => runs.observe({ outcome }, ms / 1_000),
      webhook: (outcome, ms) => webhooks.observe({ outcome }, ms / 1_000),
      disabledWebhooks: (read) => gauge('statechat_webhook_endpoints_disabled', 'Endpoints of webhooks that are disabled.', read),
      breach: (target) => breaches.inc({ target }),
      cost: (microDollars) => cost.inc(microDollars / 1_000_000),
      tokens: (direction, count) => tokens.inc({ direction }, count),
      ignored: (channel, kind) => ignored.inc({ channel, kind }),
      hotCopy: (outcome) => hotCopies.inc({ outcome }),
      deleted: ({ sessions, deadLetters, auditEntries, signIns, invitations, mentions, uploads, unclaimedFiles, deliveries }) => {
        deletions.inc({ what: 'session' }, sessions);
        deletions.inc({ what: 'rejected' }, deadLetters);
        deletions.inc({ what: 'audit_entry' }, auditEntries);
        deletions.inc({ what: 'sign_in' }, signIns);
        deletions.inc({ what: 'invitation' }, invitations);
        deletions.inc({ what: 'mention' }, mentions);
        deletions.inc({ what: 'upload' }, uploads);
        deletions.inc({ what: 'unclaimed_file' }, unclaimedFiles);
        deletions.inc({ what: 'delivery' }, deliveries);
      },
      liveSessions: (read) => gauge('statechat_live_sessions', 'Sessions in the memory of this process.', read),
      instances: (read) => gauge('statechat_instances', 'Instances that this one knows of, itself included.', read),
      agentRuns: (read) => gauge('statechat_agent_runs', 'Runs under way in this agent process.', read),
      agentStreams: (read) => gauge('statechat_agent_streams', 'Streams of runs that are open.', read),
      request: (method, route, status, ms) => requests.observe({ method, route, status: String(status) }, ms / 1_000),
    },
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}
