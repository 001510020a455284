/**
 * `statechat agent` as people run it, alone and beside an app. It is killed, drained and started
 * again (A1).
 */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RemoteAgentService } from '#agent-service/remote/service.ts';
import { read, types } from '#test/contracts/agent-service-requests.ts';
import { FakeMessagesApi } from '#test/fakes/messages-api.ts';
import { Api, ask } from './api.ts';
import { type AppProcess, startProcess } from './app-process.ts';
import { freePort } from './free-port.ts';
import { API_TOKEN } from './running-app.ts';
import { Visitor } from './visitor.ts';

const PATIENT = { interval: 50 };

let model: FakeMessagesApi;
let folder: string;
let running: AppProcess[];
let clients: RemoteAgentService[];
beforeEach(async () => {
  model = await FakeMessagesApi.start();
  folder = await mkdtemp(join(tmpdir(), 'statechat-agent-'));
  running = [];
  clients = [];
});
afterEach(async () => {
  await Promise.all(clients.map((client) => client.close(0)));
  // The app stops last, because the database is its own.
  for (const process of running.toReversed()) await process.end('SIGTERM');
  await model.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 20 });
});

async function statechat(command: string, settings: Readonly<Record<string, string>>, printed: RegExp): Promise<AppProcess> {
  const process = startProcess(['src/main.ts', command], {
    STATECHAT_DATA_DIR: folder,
    STATECHAT_API_TOKEN: API_TOKEN,
    ANTHROPIC_API_KEY: 'test-key',
    ANTHROPIC_BASE_URL: model.url,
    ...settings,
  });
  running.push(process);
  await process.printed(printed);
  return process;
}

const agentAt = (port: number, settings: Readonly<Record<string, string>> = {}) =>
  statechat('agent', { AGENT_PORT: String(port), ...settings }, /AGENT_URL=http/);
const appAt = (port: number, agentPort: number) =>
  statechat('start', { PORT: String(port), AGENT_URL: `http://127.0.0.1:${agentPort}` }, /Chat\s+http/);

/**
 * The first answer halts after its first piece until the test releases it. Later answers are whole.
 */
function halted(): () => void {
  const gate = Promise.withResolvers<void>();
  model.script(async (writer) => {
    writer.start().text('It is a long');
    await gate.promise;
    writer.text(' story.').end();
  });
  return gate.resolve;
}

describe('the agent process alone', () => {
  const request = () => ({
    sessionId: randomUUID(),
    runId: randomUUID(),
    workflowType: 'summarize',
    params: { messages: [{ role: 'customer', text: 'Hello' }] },
  });

  async function started(): Promise<{ port: number; agent: AppProcess; remote: RemoteAgentService }> {
    const port = await freePort();
    const agent = await agentAt(port, { SESSION_STORAGE_TYPE: 'memory' });
    const remote = new RemoteAgentService({ url: `http://127.0.0.1:${port}`, token: API_TOKEN });
    clients.push(remote);
    return { port, agent, remote };
  }

  it('that is killed and started again knows nothing of the run, which is begun anew under its name', async () => {
    halted();
    const { port, agent, remote } = await started();
    const asked = request();
    const { runId, after } = await remote.start(asked);
    const reading = read(remote, { runId }, { after });
    await vi.waitFor(() => expect(model.requests).toHaveLength(1), PATIENT);
    await agent.end('SIGKILL');
    expect(await model.requests[0]?.closed).toEqual({ aborted: true });
    await agentAt(port, { SESSION_STORAGE_TYPE: 'memory' });
    // The client found it again by itself.
    await expect(reading).rejects.toMatchObject({ code: 'not_found' });
    const gap = read(remote, { sessionId: asked.sessionId }, { after: after + 1, count: 2 });
    const again = await remote.start(asked);
    expect(again.after).toBeGreaterThan(after);
    expect(types(await read(remote, { runId }, again))).toEqual(['connected', 'compacted', 'chunk', 'usage', 'complete']);
    expect(types(await gap)).toEqual(['gap', 'connected']);
  });

  it('drains on SIGTERM: what is under way ends and is told, nothing new is begun, the exit code is 0', async () => {
    const go = halted();
    const { port, agent, remote } = await started();
    const { runId } = await remote.start(request());
    const reading = read(remote, { runId });
    await vi.waitFor(() => expect(model.requests).toHaveLength(1), PATIENT);
    const exited = agent.end('SIGTERM');
    await vi.waitFor(async () => expect((await ask(`http://127.0.0.1:${port}/readyz`)).status).toBe(503), PATIENT);
    const refused = await new Api(`http://127.0.0.1:${port}`, API_TOKEN).post('/api/workflow', request());
    expect([refused.status, refused.body]).toEqual([503, expect.objectContaining({ code: 'unavailable' })]);
    go();
    expect((await reading).at(-1)).toMatchObject({ event: { type: 'complete', text: 'It is a long story.' } });
    expect(await exited).toBe(0);
    expect(agent.lines.filter((line) => /"level":"(error|fatal)"/.test(line) && !line.includes('/api/workflow'))).toEqual([
      expect.stringContaining('request failed'),
    ]);
  });

  it('says what is wrong when it cannot start', async () => {
    const { port } = await started();
    const second = startProcess(['src/main.ts', 'agent'], {
      AGENT_PORT: String(port),
      SESSION_STORAGE_TYPE: 'memory',
      STATECHAT_DATA_DIR: folder,
    });
    running.push(second);
    expect(await second.exited).toBe(1);
    expect(second.lines.join('\n')).toMatch(/another program listens there.*AGENT_PORT/);
  });
});

describe('an app and its agent process, on the embedded database', () => {
  async function both() {
    const [port, agentPort] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${port}`;
    const app = await appAt(port, agentPort);
    const agent = await agentAt(agentPort);
    const visitor = await Visitor.arrive(url, {});
    const api = new Api(url, API_TOKEN);
    const texts = async (sessionId: string) => (await api.said(sessionId)).map(({ text }) => text);
    return { port, agentPort, app, agent, visitor, texts };
  }

  it('an answer outlives the app that is killed: its next start finds it, the model is asked once, the customer told once', async () => {
    const go = halted();
    const { port, agentPort, app, visitor, texts } = await both();
    const { sessionId } = await visitor.write('Tell me.');
    await vi.waitFor(() => expect(model.requests).toHaveLength(1), PATIENT);
    await app.end('SIGKILL');
    go();
    expect(await model.requests[0]?.closed).toEqual({ aborted: false });
    // On another port of PostgreSQL, which the agent process has to find.
    await appAt(port, agentPort);
    await expect.poll(() => texts(sessionId), PATIENT).toEqual(['Tell me.', 'It is a long story.']);
    expect(model.requests).toHaveLength(1);
    await visitor.write('And then?');
    await expect.poll(() => texts(sessionId), PATIENT).toEqual(['Tell me.', 'It is a long story.', 'And then?', 'ok']);
  });

  it('an answer outlives the agent process that is killed: it is made again, and told once', async () => {
    halted();
    const { agentPort, agent, visitor, texts } = await both();
    const { sessionId } = await visitor.write('Tell me.');
    await vi.waitFor(() => expect(model.requests).toHaveLength(1), PATIENT);
    await agent.end('SIGKILL');
    await agentAt(agentPort);
    await expect.poll(() => texts(sessionId), PATIENT).toEqual(['Tell me.', 'ok']);
    expect(model.requests).toHaveLength(2);
  });

  it('an answer outlives the app that drains: its next start finds it, and nobody pays twice', async () => {
    const go = halted();
    const { port, agentPort, app, visitor, texts } = await both();
    const { sessionId } = await visitor.write('Tell me.');
    await vi.waitFor(() => expect(model.requests).toHaveLength(1), PATIENT);
    expect(await app.end('SIGTERM')).toBe(0);
    go();
    expect(await model.requests[0]?.closed).toEqual({ aborted: false });
    await appAt(port, agentPort);
    await expect.poll(() => texts(sessionId), PATIENT).toEqual(['Tell me.', 'It is a long story.']);
    expect(model.requests).toHaveLength(1);
  });
});
