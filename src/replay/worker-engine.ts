/**
 * Plays journals in a thread of its own. The thread starts with the first job, and ends when it had
 * none for a while.
 *
 * Invariant. A job is answered or rejected, also if the thread dies or is stopped.
 */
import { Worker } from 'node:worker_threads';
import type { Clock } from '#machines/clock.ts';
import { StatechatError, Unavailable } from '#machines/errors.ts';
import type { ReplayEngine, ReplayJob } from './replay-engine.ts';
import { type ThreadAnswer, type ThreadData, type ThreadRequest, threadAnswer } from './thread-messages.ts';

export interface WorkerEngineOptions {
  /** The thread's program. */
  readonly file: URL;
  readonly data: ThreadData;
  readonly clock: Clock;
  /** After how long without a job the thread ends, in milliseconds. */
  readonly idleMs?: number;
  readonly onError: (where: string, error: unknown) => void;
}

/** A thread holds the assistants and one session, some 60 MB. */
const IDLE_MS = 300_000;
/** Jobs that may wait. A job takes some milliseconds, so more are a sign of something else. */
const MOST_WAITING = 256;
/** Heap of the thread, in megabytes. */
const HEAP_MB = 512;

interface Waiting {
  readonly resolve: (answer: ThreadAnswer) => void;
  readonly reject: (error: Error) => void;
}

export function workerEngine({ file, data, clock, idleMs = IDLE_MS, onError }: WorkerEngineOptions): ReplayEngine {
  const waiting = new Map<number, Waiting>();
  let worker: Worker | undefined;
  let cancelIdle: (() => void) | undefined;
  let number = 0;
  let closed = false;

  function end(reason: Error): void {
    cancelIdle?.();
    worker = undefined;
    for (const { reject } of waiting.values()) reject(reason);
    waiting.clear();
  }

  function start(): Worker {
    const thread = new Worker(file, { workerData: data, resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } });
    thread.on('message', (message: unknown) => {
      const { data: answer } = threadAnswer.safeParse(message);
      // Under Node's watch mode a thread also reports the files that it loads.
      if (answer === undefined) return;
      const asked = waiting.get(answer.id);
      waiting.delete(answer.id);
      asked?.resolve(answer);
      if (waiting.size === 0) rest(thread);
    });
    thread.on('error', (error) => {
      onError('the thread that replays sessions', error);
      if (worker === thread) end(new Unavailable('The replay of a session failed. Send the request again.'));
    });
    thread.on('exit', () => {
      if (worker === thread) end(new Unavailable('The replay of a session was stopped. Send the request again.'));
    });
    return thread;
  }

  function rest(thread: Worker): void {
    // It keeps no process alive between two jobs.
    thread.unref();
    cancelIdle?.();
    cancelIdle = clock.after(idleMs, () => {
      if (waiting.size > 0) return;
      worker = undefined;
      thread.terminate().catch((error: unknown) => onError('ending the thread that replays sessions', error));
    });
  }

  function ask(kind: ThreadRequest['kind'], job: ReplayJob): Promise<ThreadAnswer> {
    if (closed) return Promise.reject(new Unavailable('This instance is stopping. Send the request again.'));
    if (waiting.size >= MOST_WAITING) return Promise.reject(new Unavailable('Too many replays wait. Send the request again.'));
    cancelIdle?.();
    worker ??= start();
    const { promise, resolve, reject } = Promise.withResolvers<ThreadAnswer>();
    const id = ++number;
    waiting.set(id, { resolve, reject });
    worker.ref();
    worker.postMessage({ id, kind, job } satisfies ThreadRequest);
    return promise;
  }

  return {
    async checkpoint(job) {
      const answer = await ask('checkpoint', job);
      if ('checkpoint' in answer) return answer.checkpoint;
      throw failureOf(answer);
    },
    async moment(job) {
      const answer = await ask('moment', job);
      if ('moment' in answer) return answer.moment;
      throw failureOf(answer);
    },
    async close() {
      closed = true;
      const thread = worker;
      end(new Unavailable('This instance is stopping. Send the request again.'));
      await thread?.terminate();
    },
  };
}

function failureOf(answer: ThreadAnswer): StatechatError {
  const { code, message } = 'failure' in answer ? answer.failure : { code: 'defect', message: 'the thread gave another answer' };
  return new StatechatError(code, message);
}
