/**
 * A closed loop of clients. Each sends its next message as soon as the one before is durable and
 * answered.
 */
import type { Turns } from './contestant.ts';

export interface Round {
  readonly turns: number;
  /** From the first message to the last delivery mark, in milliseconds. */
  readonly ms: number;
  /** Of each turn, in milliseconds, in no order. */
  readonly latencies: readonly number[];
  /** Processor time of this process, load generator included, in milliseconds. */
  readonly cpuMs: number;
}

/**
 * `conversations` is a queue that is read at the front and filled at the back. A conversation never
 * has two messages under way, so each message is a turn of its own for every contestant.
 */
export async function runRound(contestant: Turns, conversations: number[], concurrency: number, seconds: number): Promise<Round> {
  const latencies: number[] = [];
  const cpu = process.cpuUsage();
  const began = performance.now();
  let end = began + seconds * 1_000;
  const client = async (): Promise<void> => {
    for (let now = performance.now(); now < end; ) {
      const conversation = conversations.shift();
      if (conversation === undefined) throw new Error('more clients than conversations');
      await contestant.turn(conversation);
      conversations.push(conversation);
      const answered = performance.now();
      latencies.push(answered - now);
      now = answered;
    }
  };
  // All stop at the first failure, and none is left running when it is reported.
  const clients = Array.from({ length: concurrency }, client);
  await Promise.all(clients).catch(async (error: unknown) => {
    end = 0;
    await Promise.allSettled(clients);
    throw error;
  });
  await contestant.settle();
  const ms = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  return { turns: latencies.length, ms, latencies, cpuMs: (user + system) / 1_000 };
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** By linear interpolation between the two nearest. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = ((sorted.length - 1) * percent) / 100;
  const below = sorted[Math.floor(at)] ?? Number.NaN;
  const above = sorted[Math.ceil(at)] ?? Number.NaN;
  return below + (above - below) * (at - Math.floor(at));
}
