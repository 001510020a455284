/**
 * Keeps one instance of the program up on one port, as a process supervisor does, while the faults of a storm end it
 * again and again. Several keepers share one list of faults.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { EmbeddedPostgres } from '#storage/embedded/start.ts';
import type { Orders } from '#test/faults/app.ts';
import { AppProcess, type Death } from '#test/faults/app-process.ts';
import type { Fault } from '#test/faults/plan.ts';

export interface KeeperOptions {
  readonly slot: string;
  readonly port: number;
  readonly compileCache: string;
  readonly orders: Omit<Orders, 'name' | 'crash'>;
  /** The next fault, for whoever comes first; undefined: there are no more. */
  readonly nextFault: () => Fault | undefined;
  readonly postgres: EmbeddedPostgres;
  readonly died: (death: Death) => void;
  readonly postgresKilled: (at: number) => void;
}

/** A named point that is not passed within this time is given up: the process is killed where it is. */
const OVERDUE_MS = 3_000;
/** Between two starts while PostgreSQL is away. */
const AGAIN_MS = 50;

export class Keeper {
  readonly url: string;
  readonly #options: KeeperOptions;
  #count = 0;
  #standby: AppProcess;
  #current: AppProcess | undefined;
  readonly #logs: string[] = [];

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.url = `http://127.0.0.1:${options.port}`;
    this.#standby = this.#load();
  }

  get logs(): string {
    return [...this.#logs, this.#current?.log ?? ''].join('\n');
  }

  /** Starts an instance that nothing befalls. Rejects if it does not come up. */
  async up(): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      const app = this.#next(null);
      if (await app.ready) return;
      this.#note(app, await app.ended);
      if (attempt === 100) throw new Error(`the program does not start:\n${app.log}`);
      await delay(AGAIN_MS);
    }
  }

  /** Lets the faults happen, then leaves an instance up. */
  async suffer(): Promise<void> {
    // The one that the storm found running goes first.
    if (this.#current) this.#current.kill();
    if (this.#current) this.#note(this.#current, await this.#current.ended);
    for (let fault = this.#options.nextFault(); fault !== undefined; fault = this.#options.nextFault()) {
      while (!(await this.#befall(fault))) await delay(AGAIN_MS);
    }
    await this.up();
  }

  /** Drains and stops. Returns what was wrong with that, if anything. */
  async stop(): Promise<string | undefined> {
    const last = this.#current;
    const { cause } = (await last?.stop()) ?? { cause: 'stopped' };
    return cause === 'stopped'
      ? undefined
      : `the last instance of ${this.#options.slot} did not stop but ended as "${cause}": ${last?.log}`;
  }

  /** Ends everything at once. */
  end(): void {
    this.#current?.kill();
    this.#standby.kill();
  }

  /** Resolves to false if the process could not start: the fault is still to come. */
  async #befall(fault: Fault): Promise<boolean> {
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
    // It is down already: nothing to kill.
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
    return new AppProcess(`${this.#options.slot}${++this.#count}`, this.#options.compileCache);
  }

  #note(app: AppProcess, death: Death): void {
    if (death.cause === 'failed') this.#logs.push(`${app.name}: ${app.log}`);
    this.#options.died(death);
    this.#current = undefined;
  }
}
