/**
 * What is counted, as a port that the actors and the HTTP server report through, and its Prometheus form. One
 * `createMetrics()` an application: there is no global registry. Labels take few values by design; ids, addresses and
 * texts are never labels.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export interface Metrics {
  /** A turn is durable and answered. `seconds`: from the oldest event's arrival to its acknowledgement. */
  turn(outcome: 'committed' | 'duplicate' | 'parked', events: number, seconds: number): void;
  /** One round trip of the commit queue. */
  commit(turns: number, seconds: number): void;
  /** Somebody else committed first: the turn is played again. */
  conflict(): void;
  /** One attempt at an effect or an invocation. */
  work(kind: 'effect' | 'invocation', type: string, outcome: 'done' | 'retry' | 'failed' | 'cancelled', seconds: number): void;
  /** A timer fired this long after it was due. */
  timer(latenessSeconds: number): void;
  /** Tokens as the provider counts them, or as they are estimated. */
  tokens(direction: 'in' | 'out', count: number): void;
  /** Sessions whose actor is in this process's memory, read when metrics are. */
  liveSessions(read: () => number): void;
  /** `route` is the pattern, such as `/api/sessions/:id`. */
  request(method: string, route: string, status: number, seconds: number): void;
}

export interface MetricsRegistry {
  readonly metrics: Metrics;
  /** The page for Prometheus. */
  render(): Promise<{ readonly contentType: string; readonly body: string }>;
}

/** A commit takes 0.3 ms on a quiet machine; an overloaded one takes seconds. Finer steps where the promise lies. */
const TURN_SECONDS = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
/** From a channel's fast answer to a model that thinks for minutes. */
const WORK_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180, 600];
/** A timer is promised within a second of its time; what is beyond a minute is a restart's backlog. */
const LATENESS_SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 600];
/** Powers of two up to what one statement takes. */
const BATCH_TURNS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

export function createMetrics(): MetricsRegistry {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });

  const turns = new Histogram({
    name: 'statechat_turn_seconds',
    help: 'From the arrival of the oldest event of a turn to its acknowledgement.',
    labelNames: ['outcome'],
    buckets: TURN_SECONDS,
    registers,
  });
  const events = new Counter({ name: 'statechat_events_total', help: 'Events that turns took.', labelNames: ['outcome'], registers });
  const commits = new Histogram({ name: 'statechat_commit_seconds', help: 'One group commit.', buckets: TURN_SECONDS, registers });
  const batches = new Histogram({ name: 'statechat_commit_turns', help: 'Turns of one group commit.', buckets: BATCH_TURNS, registers });
  const conflicts = new Counter({ name: 'statechat_conflicts_total', help: 'Turns that lost the compare-and-set.', registers });
  const work = new Histogram({
    name: 'statechat_work_seconds',
    help: 'One attempt at an effect or an invocation.',
    labelNames: ['kind', 'type', 'outcome'],
    buckets: WORK_SECONDS,
    registers,
  });
  const timers = new Histogram({
    name: 'statechat_timer_lateness_seconds',
    help: 'How long after its time a timer fired.',
    buckets: LATENESS_SECONDS,
    registers,
  });
  const tokens = new Counter({ name: 'statechat_tokens_total', help: 'Tokens of runs.', labelNames: ['direction'], registers });
  const requests = new Histogram({
    name: 'statechat_http_request_seconds',
    help: 'HTTP requests, by route pattern.',
    labelNames: ['method', 'route', 'status'],
    buckets: TURN_SECONDS,
    registers,
  });
  const readers: (() => number)[] = [];
  new Gauge({
    name: 'statechat_live_sessions',
    help: 'Sessions in the memory of this process.',
    registers,
    collect() {
      this.set(readers.reduce((sum, read) => sum + read(), 0));
    },
  });

  return {
    metrics: {
      turn(outcome, count, seconds) {
        turns.observe({ outcome }, seconds);
        events.inc({ outcome }, count);
      },
      commit(count, seconds) {
        commits.observe(seconds);
        batches.observe(count);
      },
      conflict: () => conflicts.inc(),
      work: (kind, type, outcome, seconds) => work.observe({ kind, type, outcome }, seconds),
      timer: (seconds) => timers.observe(seconds),
      tokens: (direction, count) => tokens.inc({ direction }, count),
      liveSessions: (read) => {
        readers.push(read);
      },
      request: (method, route, status, seconds) => requests.observe({ method, route, status: String(status) }, seconds),
    },
    render: async () => ({ contentType: registry.contentType, body: await registry.metrics() }),
  };
}
