/**
 * Counts what one warm message of a web visitor runs through. It lists our files and functions
 * until the acknowledgement, and those from there until the answer was sent. The app runs in this
 * process with the offline model, and V8 counts every call.
 *
 * Several messages are counted. Only what each of them ran through is listed, since what the app
 * does beside them by its timers may run during any one of them.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { mkdtemp, rm } from 'node:fs/promises';
import { type Profiler, Session } from 'node:inspector';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import * as z from 'zod';
import { createOfflineProvider } from '#agent-service/offline/adapter.ts';
import { webPlugin } from '#channels/web/plugin.ts';
import { startApp } from '#src/compose.ts';
import { readConfig } from '#src/config/config.ts';
import { createLog } from '#src/telemetry/log.ts';

export interface Called {
  readonly file: string;
  /** Its line in the file is given where it has no name. */
  readonly name: string;
  readonly calls: number;
}

export interface MessagePath {
  /** Most calls first. */
  readonly beforeAcknowledgement: readonly Called[];
  readonly afterAcknowledgement: readonly Called[];
  /** Milliseconds from the acknowledgement to the answer, of each message that was not counted. */
  readonly answerMs: readonly number[];
}

type Counted = Pick<MessagePath, 'beforeAcknowledgement' | 'afterAcknowledgement'>;

export interface PathOptions {
  readonly storage: 'memory' | 'embedded';
  /** Messages that the visitor writes before any is counted. */
  readonly warmUp: number;
}

const ROOT = new URL('../../', import.meta.url).href;
const arrival = z.object({ token: z.string() });
const shown = z.looseObject({ type: z.string(), author: z.string().optional(), status: z.string().optional() });
/** Messages that are counted. */
const COUNTED = 7;
/** How long an answer is waited for, in milliseconds. */
const PATIENCE_MS = 20_000;

export async function measurePath({ storage, warmUp }: PathOptions): Promise<MessagePath> {
  const folder = await mkdtemp(join(tmpdir(), 'statechat-path-'));
  const environment = { PORT: '0', STATECHAT_API_TOKEN: 'bench-'.repeat(4), STATECHAT_DATA_DIR: folder };
  const config = readConfig(storage === 'memory' ? { ...environment, SESSION_STORAGE_TYPE: 'memory' } : environment, folder);
  const app = await startApp(config, createLog({ level: 'silent' }), {
    policy: { debounceMs: 0 },
    provider: (plans) => createOfflineProvider({ plans, delayMs: 0 }),
    channels: [webPlugin({ limits: { messagesPerMinute: 1_000_000, streamsPerAddress: 1_000_000 } })],
  });
  const leaving = new AbortController();
  try {
    const post = async (path: string, body: object, token?: string): Promise<unknown> => {
      const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
      const response = await fetch(`${app.url}/channels/web/${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
      if (!response.ok) throw new Error(`${path} was answered ${response.status}: ${await response.text()}`);
      return response.json();
    };
    const { token } = arrival.parse(await post('visitors', {}));
    const stream = await fetch(`${app.url}/channels/web/events`, {
      headers: { authorization: `Bearer ${token}`, connection: 'close' },
      signal: leaving.signal,
    });
    const answers = new Answers(stream);
    const answerMs: number[] = [];
    const ask = async (id: number): Promise<void> => {
      const answered = answers.next();
      await post('messages', { id: `m${id}`, text: `Is flat ${id} still free on Sunday?` }, token);
      const acknowledged = performance.now();
      await answered;
      answerMs.push(performance.now() - acknowledged);
    };
    for (let id = 0; id < warmUp; id++) await ask(id);
    const counted: Counted[] = [];
    for (let id = warmUp; id < warmUp + COUNTED; id++) counted.push(await countCalls(() => ask(id)));
    return {
      beforeAcknowledgement: inEach(counted.map(({ beforeAcknowledgement }) => beforeAcknowledgement)),
      afterAcknowledgement: inEach(counted.map(({ afterAcknowledgement }) => afterAcknowledgement)),
      answerMs: answerMs.slice(0, warmUp),
    };
  } finally {
    leaving.abort();
    await app.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The answers that a visitor's stream brings. */
class Answers {
  #arrived: () => void = () => {};

  constructor({ body }: Response) {
    this.#read(body).catch(() => undefined);
  }

  /** Resolves when the next answer has come and is marked as sent. */
  next(): Promise<void> {
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no answer came within ${PATIENCE_MS} ms`)), PATIENCE_MS);
      this.#arrived = () => {
        clearTimeout(late);
        resolve();
      };
    });
  }

  async #read(body: Response['body']): Promise<void> {
    const events = body?.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
    let answered = false;
    for await (const { data } of events ?? []) {
      const { type, author, status } = shown.parse(JSON.parse(data));
      if (type === 'message' && author === 'assistant') answered = true;
      if (answered && type === 'delivery' && status === 'sent') {
        answered = false;
        this.#arrived();
      }
    }
  }
}

/**
 * The two counts are divided by the moment at which the operating system got the response to the
 * message.
 */
async function countCalls(work: () => Promise<void>): Promise<Counted> {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
  const take = (): Called[] => {
    let called: Called[] = [];
    // It calls back before it returns, because the session is of this thread.
    session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error) throw error;
      called = result.flatMap(callsIn);
    });
    return called;
  };
  let before: Called[] | undefined;
  const acknowledged = (message: unknown): void => {
    const { request } = z.object({ request: z.looseObject({ originalUrl: z.string() }) }).parse(message);
    if (request.originalUrl === '/channels/web/messages') before ??= take();
  };
  subscribe('http.server.response.finish', acknowledged);
  try {
    take();
    await work();
    return { beforeAcknowledgement: before ?? [], afterAcknowledgement: take() };
  } finally {
    unsubscribe('http.server.response.finish', acknowledged);
    session.disconnect();
  }
}

/** The functions that are in every list, each with the least of its calls. */
function inEach(lists: readonly (readonly Called[])[]): Called[] {
  const places = lists.map((list) => new Map(list.map(({ file, name, calls }) => [`${file} ${name}`, calls])));
  const [first = []] = lists;
  return first
    .map((called) => ({ ...called, calls: Math.min(...places.map((calls) => calls.get(`${called.file} ${called.name}`) ?? 0)) }))
    .filter(({ calls }) => calls > 0)
    .toSorted((a, b) => b.calls - a.calls);
}

/** Those of our own functions that ran. */
function callsIn({ url, functions }: Profiler.ScriptCoverage): Called[] {
  if (!url.startsWith(ROOT) || url.includes('/node_modules/') || url.includes('/bench/')) return [];
  const file = fileURLToPath(url).slice(fileURLToPath(ROOT).length);
  return functions.flatMap(({ functionName, ranges }) => {
    const [{ count, startOffset } = { count: 0, startOffset: 0 }] = ranges;
    return count === 0 ? [] : [{ file, name: functionName || `at character ${startOffset}`, calls: count }];
  });
}
