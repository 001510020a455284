/**
 * The program as people run it, in a process of its own, on its embedded PostgreSQL, ended in every
 * possible way (O, D2, G1).
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startBotApi } from '#test/fakes/bot-api.ts';
import { Api, ask } from './api.ts';
import { type AppProcess, startProcess } from './app-process.ts';
import { freePort } from './free-port.ts';
import { Visitor } from './visitor.ts';

/** A run of a killed process is taken over after its lease, 15 s. */
const PATIENT = { interval: 50 };

let folder: string;
let port: number;
let running: AppProcess[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statechat-process-'));
  port = await freePort();
  running = [];
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.end('SIGTERM')));
});
afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 20 }));

function statechat(args: readonly string[], settings: Readonly<Record<string, string>> = {}): AppProcess {
  const app = startProcess(['src/main.ts', ...args], { PORT: String(port), STATECHAT_DATA_DIR: folder, ...settings });
  running.push(app);
  return app;
}

async function started(): Promise<{ app: AppProcess; url: string; api: Api }> {
  const app = statechat(['start']);
  const [, url = ''] = await app.printed(/Chat\s+(http:\S+)\/chat/);
  return { app, url, api: new Api(url, (await readFile(join(folder, 'api-token'), 'utf8')).trim()) };
}

describe('the program in its own process (O)', () => {
  it('starts in an empty folder, prints its links, and answers; a second start in the folder is refused and says why', async () => {
    const { app, url, api } = await started();
    expect(app.lines.join('\n')).toMatch(/Chat .*\n.*API .*api-token.*\n.*Health .*\n[\s\S]*the offline model answers/);
    expect(app.lines.join('\n')).toMatch(/Console\s+http\S+\/console\n[\s\S]*\/console#invitation=\S{20,}/);
    for (const path of ['/chat', '/healthz', '/readyz', '/metrics']) expect((await ask(url + path)).status).toBe(200);
    const visitor = await Visitor.arrive(url, {});
    const { sessionId } = await visitor.write('Hello');
    await expect.poll(async () => (await api.said(sessionId)).at(-1)?.text, PATIENT).toMatch(/^Hello! How can I help you/);

    const second = statechat(['start'], { PORT: '0' });
    expect(await second.exited).toBe(1);
    expect(second.lines.join('\n')).toMatch(/another Statechat|already|runs|in use/i);
    expect(second.lines.join('\n')).not.toMatch(/^\s+at .*\.ts/m);
    // The first has not noticed.
    expect((await ask(`${url}/readyz`)).status).toBe(200);

    const doctor = statechat(['doctor']);
    await doctor.exited;
    expect(doctor.lines.join('\n')).toMatch(/taken, probably by a running Statechat/);
    // It found the token in the folder, and the program said how its channels are.
    expect(doctor.lines.join('\n')).toMatch(/✔ Channel web: ready/);
    expect(doctor.lines.join('\n')).not.toContain('Running Statechat:');
    expect(await app.end('SIGTERM')).toBe(0);
  });

  it('drains on SIGTERM: pages are told to come back, the answer under way arrives once, the exit code is 0 (O, G1, G6)', async () => {
    const first = await started();
    const visitor = await Visitor.arrive(first.url, {});
    const { ended } = await visitor.listen();
    const { sessionId } = await visitor.write('Hello');
    await expect.poll(() => visitor.streamed[0] ?? '', PATIENT).toContain('Hello!');
    expect(await first.app.end('SIGTERM')).toBe(0);
    expect(await ended).toBe('closed');
    // Once when the stream was opened, once in farewell.
    expect(visitor.retries).toHaveLength(2);
    expect(first.app.lines.filter((line) => /"level":"(error|fatal)"/.test(line))).toEqual([]);

    const second = await started();
    const again = visitor.at(second.url);
    await again.listen();
    await expect
      .poll(() => [...visitor.messages, ...again.messages], PATIENT)
      .toEqual(['customer: Hello', expect.stringMatching(/^assistant: Hello! .*restart Statechat\.$/s)]);
    again.leave();
    expect((await second.api.said(sessionId)).map(({ kind }) => kind)).toEqual(['customer.message', 'assistant.message']);
    expect(await second.app.end('SIGTERM')).toBe(0);
  });

  it('keeps everything through kill -9: what was acknowledged, and the answer that was being written (D2, G1, G2, G4)', async () => {
    const first = await started();
    const visitor = await Visitor.arrive(first.url, {});
    const { ended } = await visitor.listen();
    const { sessionId } = await visitor.write('My name is Sara', 'k1');
    await expect.poll(() => visitor.streamed[0] ?? '', PATIENT).toContain('Nice');
    await first.app.end('SIGKILL');
    expect(await ended).toBe('cut');

    const second = await started();
    const again = visitor.at(second.url);
    expect(await again.write('My name is Sara', 'k1')).toMatchObject({ sessionId, duplicate: true });
    await expect
      .poll(async () => (await second.api.said(sessionId)).map(({ kind, text }) => `${kind}: ${text?.slice(0, 22)}`), PATIENT)
      .toEqual(['customer.message: My name is Sara', 'assistant.message: Nice to meet you, Sara']);
    await again.write('What is my name?', 'k2');
    await expect.poll(async () => (await second.api.said(sessionId)).at(-1)?.text, PATIENT).toBe('Your name is Sara.');
    expect(await second.app.end('SIGTERM')).toBe(0);
  });
});

describe('statechat doctor (O)', () => {
  it('finds nothing wrong where nothing is', async () => {
    const doctor = statechat(['doctor'], { PORT: '0' });
    expect(await doctor.exited).toBe(0);
    expect(doctor.lines.join('\n')).not.toContain('✘');
    expect(doctor.lines.join('\n')).toMatch(/✔ .*PostgreSQL/);
  });

  it('finds every fault and says how to mend each', async () => {
    const squatter = createServer((_request, response) => response.end('not Statechat'));
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const taken = Object(squatter.address()).port;
    const telegram = await startBotApi();
    const nobody = await freePort();
    const doctor = statechat(['doctor'], {
      PORT: String(taken),
      DATABASE_URL: `postgres://nobody:secret-word@127.0.0.1:${nobody}/none`,
      TELEGRAM_BOT_TOKEN: '1:not-the-token',
      TELEGRAM_API_ROOT: telegram.url,
      ANTHROPIC_API_KEY: 'sk-secret-key',
      ANTHROPIC_BASE_URL: `http://127.0.0.1:${nobody}`,
    });
    expect(await doctor.exited).toBe(1);
    squatter.closeAllConnections();
    await new Promise((resolve) => squatter.close(resolve));
    await telegram.close();
    const printed = doctor.lines.join('\n');
    expect(printed.match(/✘/g)).toHaveLength(4);
    expect(printed).toMatch(/✘ .*is taken by another program\n.*PORT/);
    expect(printed).toMatch(/✘ Database[^\n]*\n.*DATABASE_URL/);
    expect(printed).toMatch(/✘ [^\n]*telegram[^\n]*\n.*TELEGRAM_BOT_TOKEN/i);
    expect(printed).toMatch(/✘ Model[^\n]*\n.*ANTHROPIC_BASE_URL/);
    expect(printed).not.toMatch(/secret/);
  });

  it('and a start with wrong settings end with every fault in one message', async () => {
    for (const command of ['doctor', 'start']) {
      const app = statechat([command], { PORT: 'many', TELEGRAM_MODE: 'pigeon', SESSION_TIMEOUT_MINUTES: '-1', STATECHAT_ASISTANTS: 'x' });
      expect(await app.exited).toBe(1);
      const printed = app.lines.join('\n');
      for (const name of ['PORT', 'TELEGRAM_MODE', 'SESSION_TIMEOUT_MINUTES', 'STATECHAT_ASISTANTS'])
        expect(printed).toContain(`  ${name}: `);
      expect(printed).toContain('Did you mean STATECHAT_ASSISTANTS?');
      expect(printed).not.toMatch(/^\s+at /m);
    }
  });
});
