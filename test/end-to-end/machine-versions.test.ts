/**
 * Sessions that outlive the machine that they began with (SPEC S8), through restarts of the running
 * app.
 */
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';
import type { AssistantBinding } from '#actors/contract/registry.ts';
import { programAssistants } from '#src/assistants/program-assistants.ts';
import { createReadingRegistry } from '#src/cli/reading-registry.ts';
import { readConfig } from '#src/config/config.ts';
import { reportOn } from '#src/operations/migration-report.ts';
import { createPostgresStore } from '#storage/postgres/adapter.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { ask } from './api.ts';
import { startProcess } from './app-process.ts';
import { tally } from './assistants.ts';
import { echoModel } from './models.ts';
import { API_TOKEN, PATIENCE, type RunningApp, runApp } from './running-app.ts';

const { connectionString } = await createTestDatabase();
let app: RunningApp | undefined;
/** What runs beside it. */
let older: RunningApp | undefined;
afterEach(async () => {
  for (const running of [app, older]) await running?.stop();
  app = older = undefined;
});

/** A deployment with these assistants' machines takes the place of the one before. */
async function deploy(...bindings: readonly AssistantBinding[]): Promise<RunningApp> {
  await app?.stop();
  app = await start(bindings);
  return app;
}

function start(bindings: readonly AssistantBinding[]): Promise<RunningApp> {
  return runApp({ DATABASE_URL: connectionString }, { bindings, provider: echoModel(), policy: { debounceMs: 0 } });
}

async function snapshotOf({ api }: RunningApp, id: string): Promise<unknown> {
  return Object((await api.get(`/api/sessions/${id}`)).body).snapshot;
}

describe('a newer version of a machine (S8)', () => {
  it('takes a session over with its next event, by the declared migration, and says so in the journal', async () => {
    const old = await deploy(tally(1));
    const visitor = await old.visitor({ assistant: 'tally' });
    const { sessionId } = await visitor.write('a');
    await visitor.write('b');
    await expect.poll(async () => (await old.api.said(sessionId)).at(-1)?.text, PATIENCE).toBe('v1: 2');

    const next = await deploy(tally(1, 2));
    expect(await next.api.session(sessionId)).toMatchObject({ machine: { id: 'tally', version: 1 } });
    await visitor.at(next.url).write('c', 'third');
    await expect.poll(async () => (await next.api.said(sessionId)).at(-1)?.text, PATIENCE).toBe('v2: 3');
    expect(await next.api.session(sessionId)).toMatchObject({ machine: { id: 'tally', version: 2 } });
    const migrated = (await next.api.history(sessionId)).filter(({ kind }) => kind === 'migrated');
    expect(migrated).toMatchObject([{ payload: { from: { id: 'tally', version: 1 }, to: { id: 'tally', version: 2 } } }]);
    await visitor.at(next.url).write('d', 'fourth');
    await expect.poll(async () => (await next.api.said(sessionId)).at(-1)?.text, PATIENCE).toBe('v2: 4');
    expect((await next.api.history(sessionId)).filter(({ kind }) => kind === 'migrated')).toHaveLength(1);
  });

  it('leaves a session on the version that it began with where no migration is declared', async () => {
    const old = await deploy(tally(1, 2));
    const visitor = await old.visitor({ assistant: 'tally' });
    const { sessionId } = await visitor.write('a');
    const next = await deploy(tally(1, 2, 3));
    await visitor.at(next.url).write('b', 'second');
    await expect.poll(async () => (await next.api.said(sessionId)).at(-1)?.text, PATIENCE).toBe('v2: 2');
    const fresh = await next.visitor({ assistant: 'tally' });
    const opened = await fresh.write('a');
    await expect.poll(async () => (await next.api.said(opened.sessionId)).at(-1)?.text, PATIENCE).toBe('v3: 1');
  });
});

describe('a release that is rolled out beside the one before (S8)', () => {
  it('an older instance sends back what is for a session of a newer version, while a newer one is there to hear it', async () => {
    older = await start([tally(1)]);
    const next = await deploy(tally(1, 2));
    const known = async () => (await ask(`${older?.url}/metrics`)).text;
    await expect.poll(known, PATIENCE).toContain('statechat_instances 2');
    const visitor = await older.visitor({ assistant: 'tally' });
    const { sessionId } = await visitor.write('a', 'm1');
    await expect.poll(async () => (await next.api.said(sessionId)).at(-1)?.text, PATIENCE).toBe('v1: 1');
    await visitor.at(next.url).write('b', 'm2');
    await expect.poll(async () => (await next.api.said(sessionId)).at(-1)?.text, PATIENCE).toBe('v2: 2');

    const sentBack = await visitor.post('messages', { id: 'm3', text: 'c' });
    expect(sentBack).toMatchObject({ status: 503, body: { type: 'urn:statechat:problem:unavailable' } });
    await visitor.at(next.url).write('c', 'm3');
    await expect.poll(async () => (await next.api.said(sessionId)).at(-1)?.text, PATIENCE).toBe('v2: 3');
    const kinds = async () => (await next.api.history(sessionId)).map(({ kind }) => kind);
    expect(await kinds()).not.toContain('quarantined');

    // After a rollback no registered machine matches.
    await next.stop();
    app = undefined;
    const customer = visitor.at(older.url);
    await customer.write('d', 'm4');
    expect(await older.api.session(sessionId)).toMatchObject({ state: 'WAITING_AGENT' });
    expect((await older.api.history(sessionId)).map(({ kind }) => kind)).toContain('quarantined');
    // Customers of the next test would read that this one waits before them.
    await older.api.tell(sessionId, { type: 'close', by: 'Nadia' });
  });
});

describe('a snapshot that no known version can read (S8)', () => {
  it('is quarantined word for word, its customer told once and handed to a human who can answer', async () => {
    const newer = await deploy(tally(3));
    const visitor = await newer.visitor({ assistant: 'tally' });
    const { sessionId } = await visitor.write('before the rollback');
    await expect.poll(async () => (await newer.api.said(sessionId)).at(-1)?.delivery?.status, PATIENCE).toBe('sent');
    const unread = await snapshotOf(newer, sessionId);

    // After a rollback no instance knows version 3.
    const older = await deploy(tally(1, 2));
    const customer = visitor.at(older.url);
    await customer.write('hello?', 'q1');
    await customer.write('anybody?', 'q2');
    const history = await older.api.history(sessionId);
    const quarantined = history.filter(({ kind }) => kind === 'quarantined');
    expect(quarantined).toMatchObject([
      {
        payload: {
          code: 'unknown_machine',
          from: { id: 'tally', version: 3 },
          reason: expect.stringContaining('tally@3'),
          snapshot: unread,
        },
      },
    ]);
    expect(await older.api.session(sessionId)).toMatchObject({ state: 'WAITING_AGENT', handler: 'none', open: true });
    const told = async () => (await older.api.said(sessionId)).slice(2).map(({ kind, text }) => `${kind}: ${text}`);
    expect(await told()).toEqual([
      'system.message: I am passing you to a colleague. They will see everything you write here. /assistant brings you back to me.',
      'customer.message: hello?',
      'customer.message: anybody?',
    ]);

    const nadia = { id: 'nadia', name: 'Nadia' };
    await older.api.tell(sessionId, { type: 'agent.claim', agent: nadia });
    await older.api.tell(sessionId, { type: 'agent.message', agent: nadia, text: 'I am here.' });
    await expect.poll(async () => (await told()).at(-1), PATIENCE).toBe('agent.message: I am here.');
    await customer.listen();
    await expect.poll(() => customer.messages.at(-1), PATIENCE).toBe('agent: I am here.');
    customer.leave();
    // Also over a restart it stays with the human, and is not quarantined again.
    const again = await deploy(tally(1, 2));
    await visitor.at(again.url).write('thank you', 'q3');
    expect(await again.api.session(sessionId)).toMatchObject({ state: 'ACTIVE', handler: 'human' });
    expect((await again.api.history(sessionId)).filter(({ kind }) => kind === 'quarantined')).toHaveLength(1);
  });

  it('is quarantined also when it is damaged, or its assistant is gone', async () => {
    const before = await deploy(tally(2));
    const [damaged, orphaned] = [await before.visitor(), await before.visitor({ assistant: 'tally' })];
    const first = (await damaged.write('a')).sessionId;
    const second = (await orphaned.write('a')).sessionId;
    await before.stop();
    app = undefined;
    await sql(`update sessions set snapshot = '{"format":7,"what":"is this"}' where id = '${first}'`);
    const after = await deploy();
    await damaged.at(after.url).write('b', 'later');
    await orphaned.at(after.url).write('b', 'later');
    for (const [id, code] of [
      [first, 'unreadable_snapshot'],
      [second, 'unknown_machine'],
    ] as const) {
      expect(await after.api.session(id)).toMatchObject({ state: 'WAITING_AGENT' });
      expect((await after.api.history(id)).find(({ kind }) => kind === 'quarantined')?.payload).toMatchObject({ code });
    }
  });
});

describe('statechat migrate --dry-run (S8)', () => {
  it('reports over all live sessions and changes nothing', async () => {
    await sql('update sessions set open = false');
    const old = await deploy(tally(1), { ...tally(3), name: 'other' });
    for (const assistant of ['tally', 'tally', 'other', undefined]) {
      const visitor = await old.visitor(assistant === undefined ? {} : { assistant });
      const { sessionId } = await visitor.write('a');
      await expect.poll(async () => (await old.api.said(sessionId)).at(-1)?.delivery?.status, PATIENCE).toBe('sent');
    }
    const closed = await old.visitor({ assistant: 'other' });
    const { sessionId: unreadable } = (await old.api.sessions('?assistant=other')).map(({ id }) => ({ sessionId: id }))[0] ?? {
      sessionId: '',
    };
    closed.leave();
    await old.stop();
    app = undefined;
    const stored = await everything();

    const { store, close } = createPostgresStore({ connectionString });
    const registry = createReadingRegistry({
      assistants: programAssistants(readConfig({}), Date.now),
      bindings: [tally(1, 2), { ...tally(1), name: 'other' }],
    });
    const report = await reportOn(registry, store, { now: Date.now() });
    await close();
    expect(report.sessions).toBe(4);
    expect([...report.machines].sort((a, b) => a.machine.localeCompare(b.machine))).toEqual([
      { machine: 'session', from: 3, to: 3, sessions: 1 },
      { machine: 'tally', from: 1, to: 2, sessions: 2 },
    ]);
    expect(report.unreadable).toEqual([
      { sessionId: unreadable, machine: 'tally', version: 3, reason: expect.stringContaining('tally@3') },
    ]);
    expect(await everything()).toEqual(stored);

    // The command itself knows only the program's own assistants.
    const command = startProcess(['src/main.ts', 'migrate', '--dry-run'], {
      DATABASE_URL: connectionString,
      STATECHAT_API_TOKEN: API_TOKEN,
    });
    expect(await command.exited).toBe(1);
    const printed = command.lines.join('\n');
    expect(printed).toContain('4 live sessions.');
    expect(printed).toContain('session@3: 1 stay as they are');
    expect(printed).toContain('3 cannot be read and would be handed to a human:');
    expect(printed).toContain(`${unreadable} (tally@3)`);
    expect(await everything()).toEqual(stored);
  });
});

async function sql(text: string): Promise<readonly unknown[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** Every row of every table that sessions are kept in. */
const everything = async (): Promise<readonly unknown[]> =>
  Promise.all(['sessions', 'journal', 'outbox'].map((table) => sql(`select * from ${table} order by 1, 2`)));
