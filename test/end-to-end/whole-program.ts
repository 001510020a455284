/**
 * The whole program on a PostgreSQL, with every kind of thing that a path can name, all routes that
 * it serves, and a look at all that it stores.
 */
import pg from 'pg';
import { expect, vi } from 'vitest';
import * as z from 'zod';
import { type BotApi, startBotApi } from '#test/fakes/bot-api.ts';
import { type GraphApi, startGraphApi } from '#test/fakes/graph-api.ts';
import type { Consoles, Served } from '#test/src/gateway/consoles.ts';
import { type Call, describedCalls } from './described-calls.ts';
import { freePort } from './free-port.ts';
import type { JumpingClock } from './jumping-clock.ts';
import { API_TOKEN, PATIENCE, type RunningApp, runApp } from './running-app.ts';
import { type ServedRoute, servedRoutes } from './served-routes.ts';
import type { Visitor } from './visitor.ts';

export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly problem: Readonly<Record<string, unknown>>;
}

export const ITEM = { kind: 'macro', name: 'Close', steps: [{ type: 'close' }] };
/** A row without the times that change by themselves. */
const ROW = `(to_jsonb(t) - 'last_used_at' - 'seen_at')::text`;
export const METRICS_TOKEN = 'the-token-of-the-metrics';
/** Tables that change as time passes, and the audit. */
const MOVING = '^(audit|leases|migrations|search|roll|agent_states|settings)';

export class WholeProgram implements Served {
  readonly app: RunningApp;
  readonly apiToken = API_TOKEN;
  readonly served: readonly ServedRoute[];
  calls: readonly Call[] = [];
  /** Things that exist, by the part of a path that names them. */
  readonly known: Record<string, string> = { machines: 'session', seq: '1', index: '0' };
  readonly #pool: pg.Pool;
  #networks = 0;

  constructor(app: RunningApp, served: readonly ServedRoute[], connectionString: string) {
    this.app = app;
    this.served = served;
    this.#pool = new pg.Pool({ connectionString, max: 1 });
  }

  get url(): string {
    return this.app.url;
  }

  /** Each request comes from a network of its own, so that no limit of wrong tokens is reached. */
  async send(
    method: string,
    path: string,
    token: string | null,
    {
      body,
      type,
      headers = {},
    }: { readonly body?: string; readonly type?: string; readonly headers?: Readonly<Record<string, string>> } = {},
  ): Promise<Reply> {
    this.#networks += 1;
    const network = [this.#networks >> 16, (this.#networks >> 8) & 255, this.#networks & 255];
    const response = await fetch(`${this.url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        'x-forwarded-for': `10.${network.join('.')}`,
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': type ?? 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body }),
    });
    const [text, contentType] = [await response.text(), response.headers.get('content-type') ?? ''];
    return { status: response.status, type: contentType, text, problem: contentType.includes('problem+json') ? JSON.parse(text) : {} };
  }

  /** What a request made that has to succeed. */
  async made(path: string, body: object, token = API_TOKEN): Promise<Readonly<Record<string, string>>> {
    const { status, text } = await this.send('POST', path, token, { body: JSON.stringify(body) });
    expect([path, status < 300, text]).toEqual([path, true, expect.any(String)]);
    return JSON.parse(text);
  }

  tokenWith(scopes: readonly string[], more: object = {}): Promise<Readonly<Record<string, string>>> {
    return this.made('/api/tokens', { name: 'a program', scopes, requestsPerMinute: 1_000_000, ...more });
  }

  /** A visitor whose first message was answered. */
  async customer(): Promise<{ readonly visitor: Visitor; readonly sessionId: string }> {
    const visitor = await this.app.visitor();
    const { sessionId } = await visitor.write('Hello');
    const last = async () => (await this.app.api.said(sessionId)).at(-1);
    await vi.waitFor(async () => expect(await last()).toMatchObject({ author: 'assistant', delivery: {} }), PATIENCE);
    return { visitor, sessionId };
  }

  /** The path with what is known in its places, or what is given. */
  filled(path: string, given: Readonly<Record<string, string>> = {}): string {
    const values: Readonly<Record<string, string>> = { ...this.known, id: this.known[nounOf(path)] ?? 'none', ...given };
    return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? 'none'));
  }

  /** A digest of every table. */
  async stored(): Promise<Readonly<Record<string, string>>> {
    const { rows } = await this.#pool.query(
      `SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_name !~ '${MOVING}' ORDER BY 1`,
    );
    const digests: Record<string, string> = {};
    for (const { table_name: table } of rows) {
      const { rows: found } = await this.#pool.query(`SELECT md5(string_agg(${ROW}, '|' ORDER BY ${ROW})) AS digest FROM ${table} t`);
      digests[table] = String(found[0]?.digest);
    }
    return digests;
  }

  /** The same once nothing moves any more. */
  async settled(): Promise<Readonly<Record<string, string>>> {
    let before = await this.stored();
    await vi.waitFor(
      async () => {
        const last = before;
        before = await this.stored();
        expect(before).toEqual(last);
      },
      { ...PATIENCE, interval: 500 },
    );
    return before;
  }

  async close(): Promise<void> {
    await this.app.stop();
    await this.#pool.end();
  }
}

/** The part of a path that says what its `{id}` is. */
export function nounOf(path: string): string {
  return path.split('/')[2] ?? '';
}

export interface OpenedProgram {
  readonly program: WholeProgram;
  close(): Promise<void>;
}

export async function openWholeProgram(connectionString: string, clock: JumpingClock, consoles: Consoles): Promise<OpenedProgram> {
  const [telegram, graph, port] = await Promise.all([startBotApi(), startGraphApi({}), freePort()]);
  const { started, served } = await servedRoutes(() => runApp(settingsOf({ connectionString, port, telegram, graph }), { clock }));
  const program = new WholeProgram(started, served, connectionString);
  program.calls = describedCalls(JSON.parse((await program.send('GET', '/api/openapi.json', null)).text));
  Object.assign(program.known, await thingsOf(program, consoles));
  return {
    program,
    close: async () => {
      await program.close();
      await Promise.all([telegram.close(), graph.close()]);
    },
  };
}

interface Parts {
  readonly connectionString: string;
  readonly port: number;
  readonly telegram: BotApi;
  readonly graph: GraphApi;
}

/** Every channel that can be configured, and a token for the metrics. */
function settingsOf({ connectionString, port, telegram, graph }: Parts): Readonly<Record<string, string>> {
  return {
    PORT: String(port),
    DATABASE_URL: connectionString,
    STATECHAT_PUBLIC_URL: `http://127.0.0.1:${port}`,
    STATECHAT_TRUSTED_PROXIES: '1',
    STATECHAT_METRICS_TOKEN: METRICS_TOKEN,
    TELEGRAM_BOT_TOKEN: telegram.token,
    TELEGRAM_API_ROOT: telegram.url,
    TELEGRAM_MODE: 'webhook',
    TELEGRAM_WEBHOOK_SECRET: 'a-secret_of-the-webhook',
    ...graph.settings,
  };
}

const named = z.object({ id: z.string() });
const invited = z.object({ invitations: z.tuple([named]) });
const hooked = z.object({ endpoint: named });

/** Makes one of each. */
async function thingsOf(program: WholeProgram, consoles: Consoles): Promise<Record<string, string>> {
  const { visitor, sessionId } = await program.customer();
  const id = async (path: string, body: object): Promise<string> => (await program.made(path, body)).id ?? '';
  const file = await program.send('POST', `/api/sessions/${sessionId}/files?name=a.txt`, API_TOKEN, { body: 'a text', type: 'text/plain' });
  await program.made('/api/invitations', { role: 'agent' });
  return {
    sessions: sessionId,
    addresses: visitor.address,
    address: visitor.address,
    fileId: JSON.parse(file.text).id,
    sandboxes: await id('/api/machines/session/sandbox', {}),
    'share-links': await id(`/api/sessions/${sessionId}/share-links`, {}),
    agents: (await consoles.join(program, 'Amira')).id,
    invitations: invited.parse(JSON.parse((await program.send('GET', '/api/invitations', API_TOKEN)).text)).invitations[0].id,
    tokens: await id('/api/tokens', { name: 'a program', scopes: ['sessions:read'] }),
    library: await id('/api/library', { item: ITEM }),
    webhooks: hooked.parse(await program.made('/api/webhooks', { url: 'https://hooks.example.com/', events: ['rating.given'] })).endpoint
      .id,
    'analysis-sessions': (await program.made('/api/analysis-sessions', {})).sessionId ?? '',
  };
}
