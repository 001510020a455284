/**
 * One process of the program, from outside. It starts and kills the process, and notices its end.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import type { CrashPoint } from '#actors/contract/crash-points.ts';
import type { Orders } from '#test/faults/app.ts';

const ENTRY = fileURLToPath(new URL('./app.ts', import.meta.url));
const SKEW = new URL('./skew.ts', import.meta.url).href;

const line = z.union([z.object({ ready: z.string() }), z.object({ crash: z.string() }), z.object({ failed: z.string() })]);

/** A drain takes ten seconds for each of its parts at most. */
const STOPS_WITHIN_MS = 45_000;

export interface Death {
  readonly name: string;
  readonly at: number;
  /** When it was ordered to start. */
  readonly startedAt: number;
  readonly wasReady: boolean;
  /** `stopped` is the only one that is not by force. */
  readonly cause: CrashPoint | 'killed' | 'could not start' | 'stopped' | 'failed';
}

export class AppProcess {
  readonly name: string;
  /** Resolves to true once it takes requests, or to false if it ended before. */
  readonly ready: Promise<boolean>;
  readonly ended: Promise<Death>;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  #cause: Death['cause'] | undefined;
  #startedAt = Date.now();
  #wasReady = false;
  #log = '';

  /**
   * Loads the program and waits for orders, so that a start costs only the start and not the
   * loading too.
   */
  constructor(name: string, compileCache: string, skewMs: number) {
    this.name = name;
    this.#child = spawn(process.execPath, [...(skewMs === 0 ? [] : ['--import', SKEW]), ENTRY], {
      stdio: ['pipe', 'pipe', 'pipe'],
      // Not in our process group, so that Ctrl-C reaches us alone and we end it. It ends by itself
      // when its standard input does.
      detached: true,
      env: { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE: compileCache, CLOCK_SKEW_MS: String(skewMs) },
    });
    this.#child.stdin.on('error', () => {});
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#log = `${this.#log}${text}`.slice(-20_000);
    });
    const { promise, resolve } = Promise.withResolvers<boolean>();
    this.ready = promise;
    createInterface({ input: this.#child.stdout }).on('line', (text) => {
      const said = line.parse(JSON.parse(text));
      if ('ready' in said) {
        this.#wasReady = true;
        resolve(true);
      } else if ('crash' in said) this.#cause = said.crash as CrashPoint;
      else {
        this.#cause = 'could not start';
        this.#log += said.failed;
      }
    });
    this.ended = new Promise((settle) => {
      // `close` comes after the last line was read, `exit` may come before.
      this.#child.once('close', (code, signal) => {
        resolve(false);
        const cause = this.#cause ?? (code === 0 ? 'stopped' : 'failed');
        if (cause === 'failed') this.#log += `\nended with ${code ?? signal}`;
        settle({ name, at: Date.now(), startedAt: this.#startedAt, wasReady: this.#wasReady, cause });
      });
    });
  }

  /** What it wrote to its log, for when something is wrong. */
  get log(): string {
    return this.#log;
  }

  start(orders: Orders): void {
    this.#startedAt = Date.now();
    this.#child.stdin.write(`${JSON.stringify(orders)}\n`);
  }

  kill(): void {
    this.#cause ??= 'killed';
    this.#child.kill('SIGKILL');
  }

  /** Sends SIGTERM, on which it drains. */
  async stop(): Promise<Death> {
    this.#child.kill('SIGTERM');
    const overdue = setTimeout(() => this.kill(), STOPS_WITHIN_MS);
    const death = await this.ended;
    clearTimeout(overdue);
    return death;
  }

  /** Sends SIGSTOP. Its connections stay open, its clock runs, and nothing happens in it. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }
}
