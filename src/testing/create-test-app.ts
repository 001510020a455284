/**
 * `createTestApp` runs the whole program for tests of an assistant, on loopback, with sessions in
 * memory, the offline model and one customer of the web chat. It reads nothing of the environment,
 * so that no key is used and nothing is kept.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import * as z from 'zod';
import { createOfflineProvider } from '#agent-service/offline/adapter.ts';
import type { Provider } from '#agent-service/provider.ts';
import type { Assistant } from '#assistants/define-assistant.ts';
import { StatechatError, Unavailable } from '#machines/errors.ts';
import { startApp } from '../compose.ts';
import { readConfig } from '../config/config.ts';
import { createLog } from '../telemetry/log.ts';

export interface TestAppOptions {
  /** The customer's language, BCP 47. Default `en`. */
  readonly locale?: string;
  /** In place of the offline model. */
  readonly provider?: Provider;
  /** How long a promise of the app waits before it rejects, in milliseconds. Default 10,000. */
  readonly patienceMs?: number;
}

/** A call of a tool that a human has to allow. */
export interface PendingCall {
  readonly id: string;
  readonly tool: string;
  /** Its input, without secrets. */
  readonly shown: unknown;
}

export interface TestApp {
  /**
   * Sends as the customer. Resolves to the next message that the customer receives, and rejects
   * with `Unavailable` when none comes.
   */
  send(text: string): Promise<string>;
  /** Resolves to the oldest call that waits for a human, once there is one. */
  pendingCall(): Promise<PendingCall>;
  /** Decides as a human agent. */
  decide(call: Pick<PendingCall, 'id'>, decision: 'approve' | 'deny', comment?: string): Promise<void>;
  /** All messages that the customer received, oldest first. */
  readonly received: readonly string[];
  close(): Promise<void>;
}

const arrival = z.object({ visitor: z.string(), token: z.string() });
const streamEvent = z.looseObject({ type: z.string(), author: z.string().optional(), text: z.string().optional() });
const pendingCalls = z.object({ approvals: z.array(z.object({ id: z.string(), tool: z.string(), shown: z.json() })) });
/** How often it polls, in milliseconds. */
const POLL_MS = 10;

export async function createTestApp(assistant: Assistant, options: TestAppOptions = {}): Promise<TestApp> {
  const { locale = 'en', provider, patienceMs = 10_000 } = options;
  const apiToken = randomBytes(16).toString('hex');
  const folder = await mkdtemp(join(tmpdir(), 'statechat-test-app-'));
  const config = readConfig({ PORT: '0', SESSION_STORAGE_TYPE: 'memory', STATECHAT_API_TOKEN: apiToken }, folder);
  const removeFolder = () => rm(folder, { recursive: true, force: true });
  const app = await startApp(config, createLog({ level: 'silent' }), {
    assistants: [assistant],
    policy: { debounceMs: 0 },
    provider: provider ?? ((plans) => createOfflineProvider({ plans, delayMs: 0 })),
  }).catch(async (error: unknown) => {
    await removeFolder();
    throw error;
  });
  const leaving = new AbortController();
  const close = async (): Promise<void> => {
    leaving.abort();
    await app.stop();
    await removeFolder();
  };

  async function request(path: string, token: string | undefined, body?: object): Promise<Response> {
    const response = await fetch(app.url + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        connection: 'close',
        'content-type': 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      signal: leaving.signal,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new StatechatError('not_taken', `${path} was answered ${response.status}: ${await response.text()}`);
    return response;
  }

  async function until<T>(what: string, poll: () => T | undefined | Promise<T | undefined>): Promise<T> {
    for (const deadline = Date.now() + patienceMs; ; await delay(POLL_MS)) {
      const found = await poll();
      if (found !== undefined) return found;
      if (Date.now() > deadline)
        throw new Unavailable(`${what} did not come within ${patienceMs} ms. The customer received ${JSON.stringify(received)}`);
    }
  }

  const received: string[] = [];
  try {
    const { token } = arrival.parse(
      await (await request('/channels/web/visitors', undefined, { assistant: assistant.name, locale })).json(),
    );
    receive(await request('/channels/web/events', token), received).catch(() => undefined);
    let sent = 0;
    return {
      received,
      close,
      async send(text) {
        const before = received.length;
        await request('/channels/web/messages', token, { id: `m${++sent}`, text });
        return until(`An answer to "${text}"`, () => received[before]);
      },
      pendingCall: () =>
        until(
          'A call that waits for a human',
          async () => pendingCalls.parse(await (await request('/api/approvals', apiToken)).json()).approvals[0],
        ),
      async decide({ id }, decision, comment) {
        await request(`/api/approvals/${encodeURIComponent(id)}`, apiToken, { decision, ...(comment === undefined ? {} : { comment }) });
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Reads the customer's stream until it ends. */
async function receive({ body }: Response, received: string[]): Promise<void> {
  const events = body?.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const { data } of events ?? []) {
    const { type, author, text } = streamEvent.parse(JSON.parse(data));
    if (type === 'message' && author !== 'customer' && text !== undefined) received.push(text);
  }
}
