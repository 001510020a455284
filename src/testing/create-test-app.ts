/**
 * `statechat/rehearsal`: for tests of an assistant. The whole program on loopback, with sessions in memory and the offline model, and one
 * customer of its web chat. Nothing of the environment is read, so that no key is used and nothing is kept.
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
  /** Instead of the offline model. */
  readonly provider?: Provider;
  /** How long anything is waited for, in milliseconds. Default 10,000. */
  readonly patienceMs?: number;
}

/** A call of a tool that a human has to allow. */
export interface WaitingCall {
  readonly id: string;
  readonly tool: string;
  /** Its input, without secrets. */
  readonly shown: unknown;
}

export interface TestApp {
  /** Writes as the customer; resolves to the next message that the customer gets. Rejects with `Unavailable` when none comes. */
  ask(text: string): Promise<string>;
  /** The oldest call that waits for a human, as soon as there is one. */
  waiting(): Promise<WaitingCall>;
  /** Decides as a human agent. */
  decide(call: Pick<WaitingCall, 'id'>, decision: 'approve' | 'deny', comment?: string): Promise<void>;
  /** All that the customer was sent, oldest first. */
  readonly heard: readonly string[];
  close(): Promise<void>;
}

const arrival = z.object({ visitor: z.string(), token: z.string() });
const heardEvent = z.looseObject({ type: z.string(), author: z.string().optional(), text: z.string().optional() });
const waitingCalls = z.object({ approvals: z.array(z.object({ id: z.string(), tool: z.string(), shown: z.json() })) });
/** How often is looked, in milliseconds. */
const POLL_MS = 10;

export async function createTestApp(assistant: Assistant, options: TestAppOptions = {}): Promise<TestApp> {
  const { locale = 'en', provider, patienceMs = 10_000 } = options;
  const apiToken = randomBytes(16).toString('hex');
  const folder = await mkdtemp(join(tmpdir(), 'statechat-rehearsal-'));
  const config = readConfig({ PORT: '0', SESSION_STORAGE_TYPE: 'memory', STATECHAT_API_TOKEN: apiToken }, folder);
  const app = await startApp(config, createLog({ level: 'silent' }), {
    assistants: [assistant],
    checkResults: true,
    policy: { debounceMs: 0 },
    provider: provider ?? ((plans) => createOfflineProvider({ plans, delayMs: 0 })),
  });
  const leaving = new AbortController();
  const close = async (): Promise<void> => {
    leaving.abort();
    await app.stop();
    await rm(folder, { recursive: true, force: true });
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

  async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
    for (const deadline = Date.now() + patienceMs; ; await delay(POLL_MS)) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() > deadline)
        throw new Unavailable(`${what} did not come within ${patienceMs} ms. The customer has heard: ${JSON.stringify(heard)}`);
    }
  }

  const heard: string[] = [];
  try {
    const { token } = arrival.parse(
      await (await request('/channels/web/visitors', undefined, { assistant: assistant.name, locale })).json(),
    );
    listen(await request('/channels/web/events', token), heard).catch(() => undefined);
    let written = 0;
    return {
      heard,
      close,
      async ask(text) {
        const before = heard.length;
        await request('/channels/web/messages', token, { id: `m${++written}`, text });
        return until(`An answer to "${text}"`, () => heard[before]);
      },
      waiting: () =>
        until(
          'A call that waits for a human',
          async () => waitingCalls.parse(await (await request('/api/approvals', apiToken)).json()).approvals[0],
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

/** Until the stream ends. */
async function listen({ body }: Response, heard: string[]): Promise<void> {
  const events = body?.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  for await (const { data } of events ?? []) {
    const { type, author, text } = heardEvent.parse(JSON.parse(data));
    if (type === 'message' && author !== 'customer' && text !== undefined) heard.push(text);
  }
}
