/**
 * A tool call that a human has to allow (SPEC A6), while the process dies. The call stays open, is
 * made once, and allows nothing more.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, it, vi } from 'vitest';
import { FakeMessagesApi, type Reply, says } from '#test/fakes/messages-api.ts';
import { Api } from './api.ts';
import { type AppProcess, startProcess } from './app-process.ts';
import { API_TOKEN, PATIENCE } from './running-app.ts';
import { Visitor } from './visitor.ts';

const urlOf = (name: string): string => pathToFileURL(createRequire(import.meta.url).resolve(name)).href;

/** Its one tool writes a line for each call into `calls`. */
const cashier = (calls: string): string => `
import { appendFile } from 'node:fs/promises';
import * as z from '${urlOf('zod')}';
import { defineAssistant, defineTool } from '${pathToFileURL('assistants/index.ts').href}';

const refund = defineTool({
  name: 'refund',
  description: 'Pays money back.',
  input: z.object({ order: z.string() }),
  run: async ({ order }) => {
    await appendFile(${JSON.stringify(calls)}, order + '\\n');
    return 'paid';
  },
});
export default defineAssistant({
  name: 'cashier',
  prompt: 'You pay back.',
  tools: [refund],
  approvals: { refund: [{ role: 'supervisor' }] },
});
`;

const refunds: Reply = (writer) => writer.start().toolUse('tu_1', 'refund', '{"order":"A-7"}').end('tool_use');

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

it('waits over the death of its process, is called once when it is allowed, and cannot be allowed again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'statechat-approvals-'));
  ends.push(() => rm(folder, { recursive: true, force: true, maxRetries: 20 }));
  const calls = join(folder, 'calls');
  await mkdir(join(folder, 'assistants'));
  await writeFile(join(folder, 'assistants', 'cashier.ts'), cashier(calls));
  const model = await FakeMessagesApi.start();
  ends.push(() => model.close());
  // The model calls the tool, calls it again after the death, and receives the call's result.
  model.script(refunds, refunds, says(['It is on its way.']));
  const start = async (): Promise<{ app: AppProcess; url: string; api: Api }> => {
    const app = startProcess(['src/main.ts', 'start'], {
      PORT: '0',
      STATECHAT_DATA_DIR: folder,
      STATECHAT_ASSISTANTS_DIR: join(folder, 'assistants'),
      STATECHAT_API_TOKEN: API_TOKEN,
      ANTHROPIC_API_KEY: 'test-key',
      ANTHROPIC_BASE_URL: model.url,
    });
    ends.push(() => app.end('SIGKILL'));
    const [, url = ''] = await app.printed(/Chat\s+(http:\S+)\/chat/);
    return { app, url, api: new Api(url, API_TOKEN) };
  };
  const waiting = async (api: Api): Promise<readonly { readonly id: string }[]> => {
    const { body } = await api.get('/api/approvals');
    return Object(body).approvals;
  };

  const first = await start();
  const visitor = await Visitor.arrive(first.url, { assistant: 'cashier' });
  await visitor.write('Give me my money back.');
  await vi.waitFor(async () => expect(await waiting(first.api)).toMatchObject([{ tool: 'refund', shown: { order: 'A-7' } }]), PATIENCE);
  const [{ id } = { id: '' }] = await waiting(first.api);
  await first.app.end('SIGKILL');

  const second = await start();
  const same = visitor.at(second.url);
  await same.listen();
  await vi.waitFor(() => expect(model.requests).toHaveLength(2), PATIENCE);
  expect(await waiting(second.api)).toMatchObject([{ id }]);
  const decide = () => second.api.post(`/api/approvals/${id}`, { decision: 'approve', by: 'sue' });
  expect((await decide()).status).toBe(200);
  await vi.waitFor(() => expect(same.messages.at(-1)).toBe('assistant: It is on its way.'), PATIENCE);
  expect((await readFile(calls, 'utf8')).trim()).toBe('A-7');
  expect(await decide()).toMatchObject({ status: 409, body: { code: 'not_open', state: 'used' } });
  expect(await waiting(second.api)).toEqual([]);
  same.leave();
});
