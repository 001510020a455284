/**
 * `npm run dev` while an assistant is edited. An open conversation continues with the new version
 * (A10).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { FakeMessagesApi } from '#test/fakes/messages-api.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { assistantFolder } from '#test/src/assistants/assistant-folder.ts';
import { startProcess } from './app-process.ts';
import { freePort } from './free-port.ts';
import { API_TOKEN } from './running-app.ts';
import { Visitor } from './visitor.ts';

/** A start takes seconds on a busy machine. */
const PATIENT = { interval: 50 };

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const cafe = (prompt: string) =>
  `import { defineAssistant } from 'statechat/assistant';\nexport default defineAssistant({ name: 'cafe', prompt: '${prompt}', policy: { debounceMs: 0 } });\n`;

it('starts again when an assistant is saved, waits when it is wrong, and the open conversation goes on with the new prompt', async () => {
  const { connectionString } = await createTestDatabase();
  const model = await FakeMessagesApi.start();
  cleanups.push(() => model.close());
  const folder = assistantFolder({ 'cafe.ts': cafe('You sell tea.') });
  cleanups.push(() => folder.remove());
  const dataDir = await mkdtemp(join(tmpdir(), 'statechat-dev-'));
  cleanups.push(() => rm(dataDir, { recursive: true, force: true, maxRetries: 20 }));
  const port = await freePort();
  const dev = startProcess(['src/cli/dev.ts'], {
    PORT: String(port),
    DATABASE_URL: connectionString,
    STATECHAT_DATA_DIR: dataDir,
    STATECHAT_API_TOKEN: API_TOKEN,
    STATECHAT_ASSISTANTS_DIR: folder.path,
    STATECHAT_ASSISTANTS: 'web=cafe',
    ANTHROPIC_API_KEY: 'test-key',
    ANTHROPIC_BASE_URL: model.url,
  });
  cleanups.push(() => dev.end('SIGTERM'));
  const starts = () => dev.lines.filter((line) => line.includes('Statechat is running.')).length;
  const asked = (index: number) => JSON.stringify(model.requests[index]?.body ?? {});

  await dev.printed(/Statechat is running/);
  const visitor = await Visitor.arrive(`http://127.0.0.1:${port}`, {});
  const { sessionId } = await visitor.write('What do you sell?');
  await expect.poll(() => asked(0), PATIENT).toContain('You sell tea.');

  folder.write('cafe.ts', cafe('You sell coffee.'));
  await expect.poll(starts, PATIENT).toBe(2);
  expect(await visitor.write('And now?')).toMatchObject({ sessionId, duplicate: false });
  await expect.poll(() => asked(1), PATIENT).toContain('You sell coffee.');
  expect(asked(1)).toContain('What do you sell?');
  expect(asked(1)).not.toContain('You sell tea.');

  folder.write('cafe.ts', 'export const nothing = 1;\n');
  await dev.printed(/cafe\.ts: it has no default export/);
  folder.write('cafe.ts', cafe('You sell cake.'));
  await expect.poll(starts, PATIENT).toBe(3);
  expect(await visitor.write('And cake?')).toMatchObject({ sessionId });
  await expect.poll(() => asked(2), PATIENT).toContain('You sell cake.');
});
