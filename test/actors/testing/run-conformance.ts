/**
 * `npm run conformance` runs the conformance suite against one version of XState.
 *
 *   npm run conformance                       the installed version
 *   npm run conformance -- --xstate latest    the newest release
 *   npm run conformance -- --xstate 5.33.1    this one
 *
 * Another version is installed into a temporary folder, and `xstate` leads there for this run
 * alone. Exits with 1 if a case fails, and with 2 if the version cannot be installed.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startVitest } from 'vitest/node';

const SUITE = [
  'test/actors/interpreter/xstate-internals.test.ts',
  'test/actors/testing/conformance.test.ts',
  'test/actors/testing/any-machine/any-machine.test.ts',
  'test/actors/testing/scxml/scxml.test.ts',
];

/** Installs the version. Returns the folder that holds the package. */
function install(version: string, into: string): string {
  writeFileSync(join(into, 'package.json'), JSON.stringify({ private: true }));
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error', `xstate@${version}`], { cwd: into, stdio: 'inherit' });
  return join(into, 'node_modules/xstate');
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { xstate: { type: 'string' } } });
  const folder = mkdtempSync(join(tmpdir(), 'statechat-xstate-'));
  try {
    let xstate = join(import.meta.dirname, '../../../node_modules/xstate');
    if (values.xstate !== undefined) {
      try {
        xstate = install(values.xstate, folder);
      } catch {
        process.stderr.write(`xstate@${values.xstate} cannot be installed: give a published version or a tag such as latest\n`);
        return 2;
      }
    }
    const { version } = JSON.parse(readFileSync(join(xstate, 'package.json'), 'utf8')) as { readonly version: string };
    process.stdout.write(`conformance: xstate ${version}\n`);
    process.env.STATECHAT_CONFORMANCE_XSTATE = xstate;
    const vitest = await startVitest(
      'test',
      SUITE,
      { watch: false, run: true },
      { resolve: { alias: [{ find: /^xstate$/, replacement: xstate }] } },
    );
    const files = vitest.state.getFiles();
    const failed = vitest.state.getCountOfFailedTests();
    await vitest.close();
    const passed = files.length === SUITE.length && failed === 0 && files.every(({ result }) => result?.state === 'pass');
    process.stdout.write(`conformance: xstate ${version} ${passed ? 'passed' : `failed (${failed} cases)`}\n`);
    return passed ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

process.exitCode = await main();
