/**
 * Builds the web pages before the first test file, in one process. Several files need them, and
 * each would build them at the same time.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

const ROOT = join(import.meta.dirname, '..');

/** As `npm start` does it. Nothing happens if they are newer than their sources. */
async function build(): Promise<void> {
  await promisify(execFile)(process.execPath, ['src/cli/build-pages.ts'], { cwd: ROOT });
}

export default async function setup(project: TestProject): Promise<void> {
  await build();
  project.onTestsRerun(build);
}
