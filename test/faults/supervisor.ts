/**
 * Process supervisor of one instance on one port. It starts the instance again each time that a
 * fault ends it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { EmbeddedPostgres } from '#storage/embedded/start.ts';
import type { Orders } from '#test/faults/app.ts';
import { AppProcess, type Death } from '#test/faults/app-process.ts';
import type { Fault } from '#test/faults/plan.ts';

export interface SupervisorOptions {
  readonly slot: string;
  readonly port: number;
  readonly compileCache: string;
  readonly orders: Omit<Orders, 'name' | 'crash'>;
  /** How wrong the clock of its machine is, in milliseconds. */
  readonly skewMs: number;
  readonly postgres: EmbeddedPostgres;
  readonly died: (death: Death) => void;
  readonly postgresKilled: (at: number) => void;
}

/** If a named point is not passed within this time, the process is killed where it is. */
const OVERDUE_MS = 3_000;
/** Between two starts while PostgreSQL is away. */
const AGAIN_MS = 50;

export class Supervisor {
  readonly url: string;
  readonly #options: SupervisorOptions;
  #count = 0;
  #standby: AppProcess;
  #current: AppProcess | undefined;
  readonly #logs: string[] = [];

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.url = `http://127.0.0.1:${options.port}`;
    this.#standby = this.#load();
  }

  get logs(): string {
    return [...this.#logs, this.#current?.log ?? ''].join('\n');
  }

  /** Starts an instance that no fault hits. Rejects if it does not come up. */
  async up(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const app = this.#next(null);
      if (await app.ready) return;
      this.#note(app, await app.ended);
      if (attempt === 100) throw new Error(`the program does not start:\n${app.log}`);
      await delay(AGAIN_MS);
    }
  }

  /**
   * Kills the running process, applies each fault to a process of its own, then leaves an instance
   * up. `nextFault` returns undefined after the last one.
   */
  async suffer(nextFault: () => Fault | undefined): Promise<void> {
    // The instance that runs already is the first to be ended.
    const running = this.#current;
    running?.kill();
    if (running) this.#note(running, await running.ended);
    for (let fault = nextFault(); fault !== undefined; fault = nextFault()) {
      while (!(await this.#hit(fault))) await delay(AGAIN_MS);
    }
    await this.up();
  }

  /**
   * Sends SIGTERM and starts the next one once it has drained, one step of a rolling restart.
   * Returns what was wrong with that, if anything.
   */
  async relieve(): Promise<string | undefined> {
    const onError = await this.stop();
    await this.up();
    return onError;
  }

  /** Nothing happens in the instance until `thaw`. */
  freeze(): void {
    this.#current?.freeze();
  }

  thaw(): void {
    this.#current?.thaw();
  }

  /** Drains and stops. Returns what was wrong with that, if anything. */
  async stop(): Promise<string | undefined> {
    const last = this.#current;
    if (!last) return undefined;
    const death = await last.stop();
    this.#note(last, death);
    return death.cause === 'stopped' ? undefined : `${last.name} did not stop but ended as "${death.cause}": ${last.log}`;
  }

  /** Ends everything at once. */
  end(): void {
    this.#current?.kill();
    this.#standby.kill();
  }

  /** Resolves to false if the process could not start, so the fault is still to come. */
  async #hit(fault: Fault): Promise<boolean> {
    const { app: how, postgres } = fault;
    const app = this.#next(how.kind === 'point' ? { point: how.point, occurrence: how.occurrence } : null);
    const over = new AbortController();
    const after = (ms: number, act: () => void): Promise<void> => delay(ms, undefined, { signal: over.signal }).then(act, () => {});
    const timers = [
      how.kind === 'moment'
        ? after(how.afterMs, () => app.kill())
        : app.ready.then((ready) => (ready ? after(OVERDUE_MS, () => app.kill()) : undefined)),
      ...(typeof postgres === 'object' ? [after(postgres.afterMs, () => this.#killPostgres())] : []),
    ];
    const death = await app.ended;
    if (postgres === 'with the app') this.#killPostgres();
    over.abort();
    await Promise.all(timers);
    this.#note(app, death);
    return death.cause !== 'could not start';
  }

  #killPostgres(): void {
    const pid = this.#options.postgres.pid();
    // It is down already, so there is nothing to kill.
    if (pid === undefined) return;
    try {
      process.kill(pid, 'SIGKILL');
      this.#options.postgresKilled(Date.now());
    } catch {
      // It had just ended by itself.
    }
  }

  #next(crash: Orders['crash']): AppProcess {
    const app = this.#standby;
    this.#standby = this.#load();
    this.#current = app;
    app.start({ ...this.#options.orders, name: app.name, crash });
    return app;
  }

  #load(): AppProcess {
    const { slot, compileCache, skewMs } = this.#options;
    return new AppProcess(`${slot}${++this.#count}`, compileCache, skewMs);
  }

  #note(app: AppProcess, death: Death): void {
    this.#logs.push(app.log);
    this.#options.died(death);
    this.#current = undefined;
  }
}
