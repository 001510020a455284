/** The real HTTP application on a free port, over sessions and actors that the test defines. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { Actors, Receipt } from '#actors/contract/api.ts';
import { StatechatError } from '#machines/errors.ts';
import { graphOf } from '#machines/graph.ts';
import { parseAddress, parseSessionId, type SessionId } from '#machines/ids.ts';
import { Secret } from '#machines/secret.ts';
import { sessionDefinitions } from '#machines/session/definition.ts';
import { AUTH_PATH, authRouter, type OidcParts } from '#src/agents/auth-router.ts';
import { createPasswords } from '#src/agents/passwords.ts';
import { SignInService } from '#src/agents/sign-in.ts';
import { signInAudit } from '#src/agents/sign-in-audit.ts';
import { agentTokens } from '#src/agents/tokens.ts';
import { apiTokensOver } from '#src/api-tokens/api-tokens.ts';
import { createHttpApp, type HttpParts } from '#src/http/app.ts';
import { callersOf } from '#src/http/bearer.ts';
import { apiLimits } from '#src/http/limits.ts';
import { listen } from '#src/http/server.ts';
import type { AuditEntry } from '#src/operations/audit.ts';
import { tokenCaller } from '#src/operations/caller.ts';
import type { OperationPorts } from '#src/operations/context.ts';
import { shareLinksOf } from '#src/share-links/share-links.ts';
import { createLog } from '#src/telemetry/log.ts';
import { createMetrics } from '#src/telemetry/metrics.ts';
import type { StoreLifecycle } from '#storage/lifecycle.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import type { JournalEntry, SessionRow } from '#storage/port.ts';
import { testPorts } from '#test/src/operations/test-context.ts';

const GRAPHS = sessionDefinitions().map(graphOf);

export const TOKEN = 'a-token-for-tests';
export const sessionIds: readonly SessionId[] = [1, 2, 3].map((n) => parseSessionId(`01890a5d-ac96-774b-bcce-b302099a800${n}`));

export function sessionRow(n: number, changes: Partial<SessionRow> = {}): SessionRow {
  return {
    id: sessionIds[n] ?? parseSessionId('invalid'),
    address: parseAddress(`web:default:v_${n}`),
    assistant: 'companion',
    machineId: 'session',
    machineVersion: 1,
    version: 3,
    state: 'ACTIVE',
    handler: 'bot',
    agentId: null,
    tags: [],
    queue: null,
    waitingSince: null,
    open: true,
    snapshot: { context: { messages: [] } },
    wakeAt: null,
    openedAt: 1_000 + n,
    lastActivityAt: 2_000 + n,
    closedAt: null,
    previousId: null,
    ...changes,
  };
}

/** One with a human, one that is closed, and one in a queue. The youngest is first. */
export const rows: SessionRow[] = [
  sessionRow(2, { handler: 'human', agentId: 'amira', tags: ['vip'] }),
  sessionRow(1, { open: false, state: 'CLOSED', closedAt: 9 }),
  sessionRow(0, { queue: 'billing', waitingSince: 1_500 }),
];

export function entry(seq: number): Omit<JournalEntry, 'sessionId'> {
  return {
    seq,
    at: 1_000 + seq,
    kind: 'customer.message',
    author: 'customer',
    text: `text ${seq}`,
    eventId: `event-${seq}`,
    payload: {},
    delivery: null,
  };
}

/** The memory store with these sessions, each of three entries. */
async function storeOf(rows: readonly SessionRow[]): Promise<StoreLifecycle> {
  const lifecycle = createMemoryStore();
  const { store } = lifecycle;
  for (const session of rows) {
    const journal = [1, 2, 3].map((seq) => ({ ...entry(seq), sessionId: session.id }));
    const turn = { session, expectedVersion: 0, journal, work: [], settled: [], deliveries: [], lineage: [] };
    const [result] = await store.commit([turn], 'test', 0);
    if (result?.ok !== true) throw new Error(`not stored: ${JSON.stringify(result)}`);
  }
  return lifecycle;
}

export function receipt(changes: Partial<Receipt> = {}): Receipt {
  const { id: sessionId, address } = sessionRow(0);
  return { sessionId, address, version: 4, state: 'ACTIVE', handler: 'human', duplicate: false, ...changes };
}

export type Deliver = Actors['deliver'];

export interface Fixture {
  readonly url: string;
  readonly log: string[];
  readonly audited: AuditEntry[];
  readonly lifecycle: StoreLifecycle;
  readonly agentAccess: SignInService;
  /** With the token, unless `token: false`. */
  request(path: string, init?: RequestInit & { token?: boolean | string }): Promise<Response>;
  /** Posts JSON to a session's events. */
  tell(body: unknown, headers?: Record<string, string>): Promise<Response>;
  close(): Promise<void>;
}

type Changes = Partial<HttpParts> &
  Partial<Pick<OperationPorts, 'contextOf' | 'now'>> & {
    deliver?: Deliver;
    rows?: SessionRow[];
    publicUrl?: string;
    oidc?: Pick<OidcParts, 'config'> & { readonly publicUrl: string };
  };

export async function startApp(changes: Changes = {}): Promise<Fixture> {
  const { deliver, rows = [], contextOf = () => undefined, now = () => 1_234_567, oidc, publicUrl = oidc?.publicUrl, ...parts } = changes;
  const pagesDir = mkdtempSync(join(tmpdir(), 'pages-'));
  for (const folder of ['start', 'chat', 'pages']) mkdirSync(join(pagesDir, folder));
  writeFileSync(join(pagesDir, 'chat/index.html'), '<!doctype html><title>Chat</title>');
  writeFileSync(join(pagesDir, 'start/index.html'), '<!doctype html><title>Start</title>');
  writeFileSync(join(pagesDir, 'pages/chat-1a2b.js'), 'export {};');
  const log: string[] = [];
  const logger = createLog({ level: 'debug', destination: { write: (line) => void log.push(line) }, readable: false });
  const audited: AuditEntry[] = [];
  const { metrics, render } = createMetrics();
  const refuse: Deliver = async ({ ...to }) => {
    throw new StatechatError('not_found', `no session ${JSON.stringify(to)}`);
  };
  const lifecycle = await storeOf(rows);
  const { agents, signIns } = lifecycle;
  const apiToken = { secret: new Secret(TOKEN), file: undefined };
  const { shareKey, ...tokens } = agentTokens({ stored: 'a key of at least thirty-two bytes', apart: undefined }, now);
  const agentAccess = new SignInService({
    agents,
    signIns,
    // What hashes cost in the program is tested with `createPasswords`.
    passwords: createPasswords({ memory: 8, passes: 1 }),
    ...tokens,
    audit: signInAudit((entry) => void audited.push(entry), now),
    now,
  });
  const auth = authRouter({
    service: agentAccess,
    publicUrl,
    oidc: oidc && { config: oidc.config, key: tokens.flowKey, now, log: logger },
  });
  const tokenIssuer = apiTokensOver({ tokens: lifecycle.apiTokens, now });
  const limits = parts.apiLimits ?? apiLimits(1_000);
  const app = createHttpApp({
    trustedProxies: 0,
    operations: testPorts(lifecycle, {
      actors: { deliver: deliver ?? refuse, remark: () => Promise.reject(new Error('nothing is remarked')) },
      agentAccess,
      contextOf,
      graphOf: (machineId, version) => GRAPHS.find((graph) => graph.id === machineId && graph.version === (version ?? graph.version)),
      apiTokens: tokenIssuer,
      shareLinks: shareLinksOf({ records: lifecycle.expiringRecords, key: shareKey, now }),
      now,
      audit: (entry) => void audited.push(entry),
    }),
    apiLimits: limits,
    readiness: async () => ({ store: null }),
    renderMetrics: render,
    log: logger,
    metrics,
    apiToken,
    callerOf: callersOf(apiToken, tokenCaller('admin'), async (token) => (await tokenIssuer.caller(token)) ?? agentAccess.caller(token)),
    routers: [{ path: AUTH_PATH, router: auth.router }],
    pagesDir,
    version: '1.2.3',
    machine: { pid: 1, tokenFile: '/data/api-token', offline: true },
    ...parts,
  });
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${server.port}`;
  const request: Fixture['request'] = (path, { token = true, headers, ...init } = {}) => {
    const all = new Headers(headers);
    if (token !== false) all.set('authorization', `Bearer ${token === true ? TOKEN : token}`);
    all.set('connection', 'close');
    return fetch(`${url}${path}`, { redirect: 'manual', ...init, headers: all });
  };
  return {
    url,
    log,
    audited,
    lifecycle,
    agentAccess,
    request,
    tell: (body, headers = {}) =>
      request(`/api/sessions/${sessionIds[0]}/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    close: async () => {
      await server.close(1_000);
      limits.close();
      auth.close();
      rmSync(pagesDir, { recursive: true, force: true });
    },
  };
}

/** `startApp` that closes its apps after each test. Call it at the top of the file. */
export function closedAfterEach(): typeof startApp {
  const running: Fixture[] = [];
  afterEach(async () => {
    for (const app of running.splice(0)) await app.close();
  });
  return async (...parameters) => {
    const app = await startApp(...parameters);
    running.push(app);
    return app;
  };
}
