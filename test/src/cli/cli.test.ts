import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { InvalidInput, StatechatError } from '#machines/errors.ts';
import { Secret } from '#machines/secret.ts';
import { agentCheck, configCheck, databaseCheck, dataDirCheck, modelCheck, nodeCheck, portCheck, redisCheck } from '#src/cli/checks.ts';
import { type Check, runDoctor } from '#src/cli/doctor.ts';
import { type CliParts, runCli } from '#src/cli/run.ts';
import { readConfig } from '#src/config/config.ts';
import { listen } from '#src/http/server.ts';
import { NOTHING_DELETED } from '#src/storage/retention.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function serve(listener: RequestListener): Promise<number> {
  const server = await listen((request, response) => listener(request, response.setHeader('connection', 'close')), {
    host: '127.0.0.1',
    port: 0,
  });
  cleanups.push(() => server.close(100));
  return server.port;
}

function cli(changes: Partial<CliParts> = {}) {
  const lines: string[] = [];
  const parts: CliParts = {
    start: async () => 0,
    agent: async () => 0,
    demo: async () => 0,
    mcp: async () => {},
    checks: () => [],
    migrate: async () => [],
    dryRun: async () => ({ sessions: 0, isWhole: true, machines: [], unreadable: [] }),
    retention: async () => NOTHING_DELETED,
    retentionDryRun: async () => ({ sessions: 0, held: 0, deadLetters: 0, auditEntries: 0 }),
    invite: () => Promise.reject(new Error('not this')),
    token: async () => [],
    draw: async () => '<svg/>\n',
    version: '1.2.3',
    out: (line) => lines.push(line),
    err: (line) => lines.push(`err ${line}`),
    ...changes,
  };
  return { run: (...args: string[]) => runCli(args, parts), said: () => lines.join('\n') };
}

describe('statechat', () => {
  test('starts by default, with the exit code of the program', async () => {
    expect(await cli({ start: async () => 7 }).run()).toBe(7);
    expect(await cli({ start: async () => 7 }).run('start')).toBe(7);
  });

  test('runs the agent process, with the exit code of that', async () => {
    expect(await cli({ agent: async () => 7 }).run('agent')).toBe(7);
  });

  test('runs the demo, with the exit code of that', async () => {
    expect(await cli({ demo: async () => 7 }).run('demo')).toBe(7);
  });

  test.each([['help'], ['--help'], ['start', '-h']])('helps on %s', async (...args) => {
    const { run, said } = cli({ start: async () => 7 });
    expect(await run(...args)).toBe(0);
    expect(said()).toMatch(/^statechat <command>/);
  });

  test.each([['version'], ['--version'], ['-v'], ['start', '--version']])('says its version on %s', async (...args) => {
    const { run, said } = cli({ start: async () => 7 });
    expect(await run(...args)).toBe(0);
    expect(said()).toBe('statechat 1.2.3');
  });

  const commands = 'start, agent, mcp, doctor, migrate, retention, invite, token, draw, demo, version, help';
  const options =
    '--dry-run, --test, --role, --agent, --active, --format, --detail, --theme, --name, --scopes, --days, --limit, --grace, --help, -h, --version, -v';
  test.each([
    [['strat'], `There is no command "strat". The commands are ${commands}.`],
    [['START'], `There is no command "START". The commands are ${commands}.`],
    [['strat', '--help'], `There is no command "strat". The commands are ${commands}.`],
    [['--loud'], `There is no option --loud. The options are ${options}.`],
    [['-x'], `There is no option -x. The options are ${options}.`],
    [['--help=yes'], `There is no option --help=yes. The options are ${options}.`],
    [['doctor', 'who'], '"doctor" takes no argument "who". Run "statechat help" for what it takes.'],
    [['start', '--dry-run'], '"start" takes no --dry-run. migrate and retention take it.'],
    [['--dry-run'], '"start" takes no --dry-run. migrate and retention take it.'],
    [['start', '--test', 'telegram:100:1'], '"start" takes no --test. doctor takes it.'],
    [['doctor', '--test'], '--test takes a value.'],
    [
      ['doctor', '--test', '+201001234567'],
      '--test: "+201001234567" is not an address: {channel}:{account}:{peer} is expected, for example telegram:100:123456',
    ],
    [['retention', '--role', 'admin'], '"retention" takes no --role. invite takes it.'],
    [['invite', '--role', 'boss'], 'There is no role "boss". The roles are agent, supervisor, admin.'],
    [['invite', '--role'], '--role takes a value.'],
    [['invite', '--agent='], '--agent takes a value.'],
    [['invite', 'omar'], '"invite" takes no argument "omar". Run "statechat help" for what it takes.'],
    [
      ['invite', '--agent', 'omar', '--role', 'admin'],
      '--agent names an agent who has a role. Leave --role out. An admin can change the role.',
    ],
  ])('refuses %j in one line that says what there is', async (args, message) => {
    const { run, said } = cli({ start: () => Promise.reject(new Error('not this')) });
    expect(await run(...args)).toBe(2);
    expect(said()).toBe(`err ${message}`);
  });

  test('deletes what is older than the retention, and counts in a dry run what that would be', async () => {
    const deleting = cli({
      retention: async () => ({
        ...NOTHING_DELETED,
        sessions: 12,
        deadLetters: 3,
        auditEntries: 40,
        signIns: 5,
        invitations: 6,
        deliveries: 7,
      }),
    });
    expect(await deleting.run('retention')).toBe(0);
    expect(deleting.said()).toBe(
      'Deleted 12 closed sessions, 3 dead letters and 40 entries of the audit trail. 5 sign-ins and 6 invitations had expired and were deleted too, and 0 mentions, 0 uploads and 7 deliveries of webhooks.',
    );
    const counting = cli({
      retention: () => Promise.reject(new Error('not this')),
      retentionDryRun: async () => ({ sessions: 12, held: 2, deadLetters: 3, auditEntries: 40 }),
    });
    expect(await counting.run('retention', '--dry-run')).toBe(0);
    expect(counting.said()).toMatch(
      /^Would delete 12 closed sessions, 3 .* 40 entries .* 2 more sessions .* legal hold\. Nothing was changed\.$/,
    );
  });

  test.each([
    [[], { role: 'agent', login: undefined }, /^One person can make an account of the role agent with this link\./],
    [['--role', 'admin'], { role: 'admin', login: undefined }, /of the role admin /],
    [['--role=supervisor'], { role: 'supervisor', login: undefined }, /of the role supervisor /],
    [['--agent', 'Omar@example.com'], { role: 'agent', login: 'Omar@example.com' }, /^omar can set a new password with this link\./],
  ])('invites with %j and prints the link on a line of its own', async (args, invitee, sentence) => {
    const link = 'http://localhost:3000/console#invitation=secret';
    const invited: unknown[] = [];
    const { run, said } = cli({
      invite: async (whom) => {
        invited.push(whom);
        return { link, role: whom.role, account: whom.login === undefined ? undefined : 'omar', expiresAt: 1_790_000_000_000 };
      },
    });
    expect(await run('invite', ...args)).toBe(0);
    expect(invited).toEqual([invitee]);
    expect(said()).toMatch(sentence);
    expect(said()).toContain('It can be used once, until 2026-09-21T14:13:20.000Z.');
    expect(said().split('\n')).toContain(`  ${link}`);
  });

  test('draws a machine, and says which values an option takes', async () => {
    const asked: unknown[] = [];
    const { run, said } = cli({ draw: async (request) => `<svg>${asked.push(request)}</svg>\n` });
    expect(await run('draw', 'session@2', '--active', 'NEW,idle', '--detail=full', '--theme', 'dark')).toBe(0);
    expect(said()).toBe('<svg>1</svg>');
    expect(asked).toEqual([{ machine: 'session@2', active: 'NEW,idle', format: 'svg', detail: 'full', theme: 'dark' }]);
    const wrong = cli();
    expect(await wrong.run('draw', 'session', '--format', 'png')).toBe(2);
    expect(await wrong.run('draw')).toBe(2);
    expect(await wrong.run('draw', 'session', 'other')).toBe(2);
    expect(await wrong.run('migrate', '--theme', 'dark')).toBe(2);
    expect(wrong.said()).toMatch(
      /--format: .*"svg"\|"mmd"\nerr "draw" takes one machine[\s\S]*err "migrate" takes no --theme\. draw takes it\./,
    );
  });

  test('works on tokens, and says what a command line lacks', async () => {
    const asked: unknown[] = [];
    const { run, said } = cli({ token: async (request) => [`line ${asked.push(request)}`] });
    expect(await run('token', 'create', '--name', 'Reports', '--scopes', 'sessions:read, audit:read', '--limit', '60')).toBe(0);
    expect(await run('token', 'rotate', 'abc', '--grace=5')).toBe(0);
    expect(await run('token', 'list')).toBe(0);
    expect(said()).toBe('line 1\nline 2\nline 3');
    expect(asked).toEqual([
      { verb: 'create', name: 'Reports', scopes: ['sessions:read', 'audit:read'], limit: 60 },
      { verb: 'rotate', id: 'abc', grace: 5 },
      { verb: 'list' },
    ]);
    const wrong = cli();
    expect(await wrong.run('token')).toBe(2);
    expect(await wrong.run('token', 'revoke')).toBe(2);
    expect(await wrong.run('token', 'create', '--name', 'x', '--scopes', 'everything')).toBe(2);
    expect(await wrong.run('token', 'create', '--name', 'x', '--scopes', 'all', '--days', '0')).toBe(2);
    expect(wrong.said()).toMatch(
      /"token" command: expected create, list, rotate or revoke\nerr "token" ID: .*\nerr --scopes: expected all, or some of sessions:read.*\nerr --days: /,
    );
  });

  test('migrates, and reports a dry run over live sessions', async () => {
    const applied = cli({ migrate: async () => ['0001-core', '0002-more'] });
    expect(await applied.run('migrate')).toBe(0);
    expect(applied.said()).toBe('Applied: 0001-core, 0002-more.');

    const machines = [
      { machine: 'session', from: 1, to: 2, sessions: 8 },
      { machine: 'session', from: 2, to: 2, sessions: 3 },
    ];
    const fine = cli({
      dryRun: async () => ({ sessions: 11, isWhole: true, machines, unreadable: [] }),
      migrate: () => Promise.reject(new Error('not this')),
    });
    expect(await fine.run('migrate', '--dry-run')).toBe(0);
    expect(fine.said()).toContain('session@1 → session@2: 8 would be migrated');

    const unreadable = [{ sessionId: 's-1', machine: 'session', version: 9, reason: 'no such version' }];
    const bad = cli({ dryRun: async () => ({ sessions: 12, isWhole: true, machines, unreadable }) });
    expect(await bad.run('migrate', '--dry-run')).toBe(1);
    expect(bad.said()).toContain('s-1 (session@9): no such version');
  });

  test('tells our own errors without a stack, defects with one', async () => {
    const ours = cli({ migrate: () => Promise.reject(new InvalidInput('Do this instead.')) });
    expect(await ours.run('migrate')).toBe(1);
    expect(ours.said()).toBe('err Do this instead.');
    const defect = cli({ migrate: () => Promise.reject(new TypeError('oops')) });
    expect(await defect.run('migrate')).toBe(1);
    expect(defect.said()).toMatch(/TypeError: oops\n\s+at /);
  });
});

describe('statechat doctor', () => {
  const signal = new AbortController().signal;
  const find = (check: Check) => check.run(signal);

  test('tells every outcome with its fix, and exits by them', async () => {
    const checks: Check[] = [
      { name: 'A', run: async () => ({ status: 'well', detail: 'fine' }) },
      { name: 'B', run: async () => ({ status: 'wrong', detail: 'broken', fix: 'Do this.' }) },
      { name: 'C', run: () => Promise.reject(new Error('boom')) },
    ];
    const { run, said } = cli({ checks: () => checks });
    expect(await run('doctor')).toBe(1);
    expect(said()).toMatch(/✔ A: fine\n✘ B: broken\n {4}Do this.\n✘ C: boom\n.*\n2 of 3 checks/);
    expect(await cli({ checks: () => checks.slice(0, 1) }).run('doctor')).toBe(0);
  });

  test('prints a check before the next one is made, and tells where a test message is to go', async () => {
    const asked: unknown[] = [];
    const lines: string[] = [];
    const { run, said } = cli({
      out: (line) => lines.push(line),
      async *checks(testAddress) {
        asked.push(testAddress);
        yield { name: 'A', run: async () => ({ status: 'well', detail: 'fine' }) };
        expect(lines).toEqual(['✔ A: fine']);
        yield { name: 'B', run: async () => ({ status: 'wrong', detail: 'broken', fix: 'Do this.' }) };
      },
    });
    expect(await run('doctor', '--test', 'telegram:100:4242')).toBe(1);
    expect(lines.at(-1)).toBe('1 of 2 checks found something to fix.');
    lines.length = 0;
    expect(await run('doctor')).toBe(1);
    expect(asked).toEqual(['telegram:100:4242', undefined]);
    expect(said()).toBe('');
  });

  test('does not wait for ever', async () => {
    const lines: string[] = [];
    let aborted = false;
    const silent: Check = {
      name: 'Silent',
      timeoutMs: 20,
      run: (over) => new Promise(() => over.addEventListener('abort', () => (aborted = true))),
    };
    expect(await runDoctor([silent], (line) => lines.push(line))).toBe(false);
    expect(lines[0]).toContain('no answer within 0.02 s');
    expect(aborted).toBe(true);
  });

  test('checks Redis: what may be lost is wrong only where sessions are kept in it', async () => {
    const probe = (keepsSessions: boolean, dangers: readonly string[] = [], hints: readonly string[] = []) =>
      find(redisCheck({ keepsSessions, inspect: async () => ({ serverVersion: '7.0.15', now: 0, dangers, hints }) }));
    expect(await probe(true)).toEqual({ status: 'well', detail: 'Redis 7.0.15' });
    expect(await probe(false, ['Its append-only file is off.'])).toMatchObject({ status: 'well' });
    expect(await probe(true, ['Its append-only file is off.'])).toMatchObject({ status: 'wrong', fix: 'Its append-only file is off.' });
    expect(await probe(false, [], ['Memory is short.'])).toMatchObject({ status: 'note', detail: 'Redis 7.0.15: Memory is short.' });
    expect(await probe(true, [], ['Memory is short.'])).toMatchObject({ status: 'well' });
    const away = (keepsSessions: boolean) => find(redisCheck({ keepsSessions, inspect: () => Promise.reject(new Error('away')) }));
    expect(await away(true)).toMatchObject({ status: 'wrong', fix: expect.stringContaining('REDIS_URL') });
    expect(await away(false)).toMatchObject({ status: 'note', detail: expect.stringContaining('works without') });
  });

  test('checks Node, the configuration and the data folder', async () => {
    expect(await find(nodeCheck('24.21.0'))).toMatchObject({ status: 'well' });
    expect(await find(nodeCheck('20.1.0'))).toMatchObject({ status: 'wrong', fix: expect.stringContaining('npm') });
    expect(await find(configCheck(readConfig({ REDIS_PORT: '6379' })))).toMatchObject({
      status: 'note',
      detail: expect.stringContaining('REDIS_PORT'),
    });
    const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
    cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
    expect(await find(dataDirCheck(folder))).toEqual({ status: 'well', detail: folder });
    expect(await find(dataDirCheck(join(folder, 'a/b')))).toMatchObject({
      status: 'well',
      detail: expect.stringContaining('will be created'),
    });
    writeFileSync(join(folder, 'file'), '');
    expect(await find(dataDirCheck(join(folder, 'file')))).toMatchObject({
      status: 'wrong',
      detail: expect.stringContaining('not a folder'),
    });
    if (process.getuid?.() !== 0) {
      chmodSync(folder, 0o500);
      expect(await find(dataDirCheck(folder))).toMatchObject({ status: 'wrong', fix: expect.stringContaining('chown') });
    }
  });

  test('checks the port, and knows a running Statechat', async () => {
    const host = '127.0.0.1';
    const ours = await serve((_request, response) => response.end('{"status":"ok"}'));
    const other = await serve((_request, response) => response.end('hello'));
    expect(await find(portCheck({ host, port: 0 }))).toMatchObject({ status: 'well' });
    expect(await find(portCheck({ host, port: ours }))).toMatchObject({ status: 'note' });
    expect(await find(portCheck({ host, port: other }))).toMatchObject({ status: 'wrong', fix: expect.stringContaining('PORT') });
  });

  test('checks the database: reachable, new enough, same time, what is pending', async () => {
    const found = { serverVersion: '18.1', now: 10_000, pending: [] as string[] };
    const check = (changes: Partial<typeof found>) =>
      find(databaseCheck({ inspect: async () => ({ ...found, ...changes }) }, () => 10_000));
    expect(await check({})).toMatchObject({ status: 'well', detail: 'PostgreSQL 18.1, up to date, clock within 0 ms' });
    expect(await check({ pending: ['0002-more'] })).toMatchObject({ status: 'well', detail: expect.stringContaining('0002-more') });
    expect(await check({ serverVersion: '14.9' })).toMatchObject({ status: 'wrong', fix: expect.stringContaining('15') });
    expect(await check({ now: 12_000 })).toMatchObject({ status: 'note', detail: expect.stringContaining('2000 ms ahead of ours') });
    expect(await check({ now: 8_000 })).toMatchObject({ status: 'note', detail: expect.stringContaining('2000 ms behind ours') });
    // An answer that took three seconds, whose clock was read early, late, and surely too late.
    const slow = (now: number) => {
      const times = [10_000, 13_000];
      return find(databaseCheck({ inspect: async () => ({ ...found, now }) }, () => times.shift() ?? 0));
    };
    for (const now of [10_000, 13_000, 13_500]) expect(await slow(now)).toMatchObject({ status: 'well' });
    expect(await slow(13_501)).toMatchObject({ status: 'note', detail: expect.stringContaining('501 ms ahead of ours') });
    expect(await slow(9_000)).toMatchObject({ status: 'note', detail: expect.stringContaining('1000 ms behind ours') });
    expect(await check({ now: 8_000 })).toMatchObject({ status: 'note', detail: expect.stringContaining('behind') });
    const inUse = databaseCheck({ inspect: () => Promise.reject(new StatechatError('embedded_in_use', 'already runs')) });
    expect(await find(inUse)).toMatchObject({ status: 'note' });
    const away = databaseCheck({ inspect: () => Promise.reject(new Error('connect ECONNREFUSED')) });
    expect(await find(away)).toMatchObject({ status: 'wrong', fix: expect.stringContaining('DATABASE_URL') });
  });

  test('checks the model: key there, reachable, taken', async () => {
    const keys: unknown[] = [];
    const port = await serve((request, response) => {
      keys.push(request.headers['x-api-key']);
      response.writeHead(request.headers['x-api-key'] === 'good' ? 200 : 401).end('{}');
    });
    const check = (apiKey: string | undefined, baseUrl = `http://127.0.0.1:${port}`) =>
      find(modelCheck({ apiKey: apiKey === undefined ? undefined : new Secret(apiKey), baseUrl, model: undefined }));
    expect(await check(undefined)).toMatchObject({ status: 'note' });
    expect(await check('good')).toMatchObject({ status: 'well' });
    expect(await check('bad')).toMatchObject({ status: 'wrong', fix: expect.stringContaining('ANTHROPIC_API_KEY') });
    expect(keys).toEqual(['good', 'bad']);
    expect(await check('good', 'http://127.0.0.1:1')).toMatchObject({
      status: 'wrong',
      fix: expect.stringContaining('ANTHROPIC_BASE_URL'),
    });
  });

  test('the agent process is ready, and takes the token', async () => {
    let ready = 200;
    const port = await serve((request, response) => {
      const known = request.headers.authorization === 'Bearer good';
      response.writeHead(request.url === '/readyz' ? ready : known ? 404 : 401).end('{}');
    });
    const check = (token: string | undefined, url = `http://127.0.0.1:${port}`) =>
      find(agentCheck(url, token === undefined ? undefined : new Secret(token)));
    expect(await check('good')).toMatchObject({ status: 'well', detail: expect.stringContaining('accepts the token') });
    expect(await check(undefined)).toMatchObject({ status: 'well' });
    expect(await check('bad')).toMatchObject({ status: 'wrong', fix: expect.stringContaining('STATECHAT_API_TOKEN') });
    expect(await check('good', 'http://127.0.0.1:1')).toMatchObject({ status: 'wrong', fix: expect.stringContaining('AGENT_URL') });
    ready = 503;
    expect(await check('good')).toMatchObject({ status: 'wrong', detail: expect.stringContaining('503') });
  });
});
