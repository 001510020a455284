/** The web pages are built before the first test file, by one process: several files look at them, and each would build them at once with the others. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

const ROOT = join(import.meta.dirname, '..');

/** As `npm start` does it; nothing happens when they are as new as their sources. */
async function build(): Promise<void> {
  await promisify(execFile)(process.execPath, ['src/cli/build-pages.ts'], { cwd: ROOT });
}

export default async function setup(project: TestProject): Promise<void> {
  await build();
  project.onTestsRerun(build);
}
