/**
 * Tests that need no process of their own, which `npm run test:fast` runs. A test is fast if
 * nothing that it imports from test/, directly or through other files, starts a process, a browser,
 * a database or the whole program, which is slow even in one process.
 */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
/** What a file that starts one of these has in its source. */
const STARTS = /from '(?:node:child_process|playwright-core|pg|#src\/compose\.ts)'|createPostgresStore\(|startEmbeddedPostgres\(/;
const WHOLE_PROGRAM = /^test\/(end-to-end|faults|bench)\//;
const IMPORTS = /(?:from|import)\s*\(?\s*'((?:\.{1,2}\/|#test\/)[^']+)'/g;

export interface TestFiles {
  readonly fast: readonly string[];
  readonly slow: readonly string[];
}

/** All test files, relative to the project. */
export function testFiles(): TestFiles {
  const all = globSync('test/**/*.test.{ts,tsx}', { cwd: ROOT }).sort();
  const known = new Map<string, boolean>();
  const slow = all.filter((file) => WHOLE_PROGRAM.test(file) || startsProcess(file, known));
  return { slow, fast: all.filter((file) => !slow.includes(file)) };
}

function startsProcess(file: string, known: Map<string, boolean>): boolean {
  const before = known.get(file);
  if (before !== undefined) return before;
  // A file that imports itself in a circle adds nothing.
  known.set(file, false);
  const source = readFileSync(join(ROOT, file), 'utf8');
  const imported = [...source.matchAll(IMPORTS)].map(([, specifier = '']) =>
    specifier.startsWith('#') ? specifier.slice(1) : relative(ROOT, resolve(ROOT, dirname(file), specifier)),
  );
  const starts = STARTS.test(source) || imported.some((other) => other.startsWith('test/') && startsProcess(other, known));
  known.set(file, starts);
  return starts;
}
