/** What a run and its processes say to each other, and the clock that all of them have. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import * as z from 'zod';

/** What an instance plays. */
const load = z.strictObject({
  /** Open sessions of all instances, all of which are in the list of open ones. */
  sessions: z.int(),
  /** Number of this instance, and of all. Its turns are of every so many-th session. */
  instance: z.int(),
  instances: z.int(),
  /** Carries turns to the other instances. */
  redisUrl: z.nullable(z.string()),
});
export type InstanceLoad = z.infer<typeof load>;

export const askInstance = z.discriminatedUnion('ask', [
  z.strictObject({ ask: z.literal('start'), contestant: z.enum(['the gateway', 'ws bare']), load }),
  /** Turns a second of this instance. */
  z.strictObject({ ask: z.literal('play'), turns: z.number(), seconds: z.number() }),
  z.strictObject({ ask: z.literal('memory') }),
  z.strictObject({ ask: z.literal('versions') }),
]);
export const answers = {
  started: z.strictObject({ url: z.string() }),
  played: z.strictObject({ cpuMicros: z.number(), ms: z.number(), turnsMs: z.number(), mostBytes: z.number() }),
  memory: z.strictObject({ bytes: z.number() }),
  /** By the number of the session. */
  versions: z.strictObject({ versions: z.array(z.number()) }),
  connected: z.strictObject({}),
  readings: z.strictObject({
    /** Milliseconds from each commit to the socket, of the readers that decode. */
    delays: z.array(z.number()),
    /** Turns that those readers were sent. A superseded one is left out. */
    turns: z.number(),
    /** Of all readers. */
    messages: z.number(),
    bytes: z.number(),
    /** Lists that came again, of the readers that were slow. */
    lists: z.number(),
  }),
  compared: z.strictObject({ compared: z.number(), different: z.number() }),
};
export type Readings = z.infer<typeof answers.readings>;

export const askReaders = z.discriminatedUnion('ask', [
  z.strictObject({ ask: z.literal('connect'), url: z.string(), count: z.int(), slow: z.int(), instance: z.int() }),
  z.strictObject({ ask: z.literal('pause') }),
  z.strictObject({ ask: z.literal('resume') }),
  z.strictObject({ ask: z.literal('readings') }),
  /** What the readers that decode, and the slow ones, show at last. */
  z.strictObject({ ask: z.literal('compare'), versions: z.array(z.number()) }),
]);

/** A process that answers one question at a time. */
export class Asked {
  readonly #child: ChildProcess;

  constructor(file: URL, execArgv: readonly string[] = []) {
    this.#child = fork(file, { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'], execArgv: [...execArgv] });
  }

  async ask<T>(answer: z.ZodType<T>, question: object): Promise<T> {
    this.#child.send(question);
    const [given] = await once(this.#child, 'message');
    return answer.parse(given);
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill();
    await ended;
  }
}

/** Milliseconds since the epoch, with their fraction. */
export const now = (): number => performance.timeOrigin + performance.now();

/** Sessions that no turn has reached yet have this time of activity. */
export const FIRST_ACTIVITY = 1_000_000_000_000;

const ID = '01990000-0000-7000-8000-';
export const idOf = (number: number): string => ID + String(number).padStart(12, '0');
export const numberOf = (id: string): number => Number(id.slice(ID.length));
