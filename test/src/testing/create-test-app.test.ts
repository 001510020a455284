import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { defineAssistant } from '#assistants/define-assistant.ts';
import { createTestApp } from '#src/testing/create-test-app.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statechat-testing-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

it('leaves no folder behind if the app does not start', async () => {
  const assistant = defineAssistant({ name: 'companion', prompt: 'Greet.' });
  await expect(createTestApp(assistant)).rejects.toThrow('companion');
  expect(await readdir(folder)).toEqual([]);
});
