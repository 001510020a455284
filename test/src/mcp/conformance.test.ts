/**
 * The public conformance suite of MCP, against the program's server and endpoint
 * (conformance-server.ts). It runs what each revision requires, and what the suite reports beside
 * that.
 */
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ConformanceServer, startConformanceServer } from './conformance-server.ts';

const PACKAGE = dirname(createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json'));

/** What does not apply, each with its reason (docs/reference/mcp.md has them too). */
const TASKS = 'an extension for tools that outlive their call, which no tool of ours does';
const ASKS = 'a request to the client over an open stream, which needs a session in one process. Our tools ask nothing';
const EXPECTED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  '2026-07-28': {
    'tasks-lifecycle': TASKS,
    'tasks-capability-negotiation': TASKS,
    'tasks-wire-fields': TASKS,
    'tasks-request-state-removal': TASKS,
    'tasks-mrtr-input': TASKS,
    'tasks-request-headers': TASKS,
    'tasks-dispatch-and-envelope': TASKS,
    'tasks-required-task-error': TASKS,
    'tasks-mrtr-composition': TASKS,
  },
  '2025-11-25': {
    'tools-call-sampling': ASKS,
    'tools-call-elicitation': ASKS,
    'elicitation-sep1034-defaults': ASKS,
    'elicitation-sep1330-enums': ASKS,
    'resources-subscribe': 'notices over an open stream, which needs a session in one process',
    'resources-unsubscribe': 'notices over an open stream, which needs a session in one process',
  },
};
/** Scenarios of the suite, so that none is lost without notice. */
const SCENARIOS: Readonly<Record<string, number>> = { '2026-07-28': 50, '2025-11-25': 33 };

let server: ConformanceServer;
beforeAll(async () => {
  server = await startConformanceServer();
});
afterAll(() => server?.close());

it.each(Object.keys(EXPECTED))('passes every scenario of revision %s that applies', async (revision) => {
  const output = await suite('server', '--url', server.url, '--requirements', revision);
  const results = [...output.matchAll(/^[✓✗] ([\w-]+): (\d+) passed, (\d+) failed/gm)].map(([, name = '', , failed]) => ({ name, failed }));
  const failing = results.filter(({ failed }) => failed !== '0').map(({ name }) => name);
  expect([...new Set(failing)].sort(), output).toEqual(Object.keys(EXPECTED[revision] ?? {}).sort());
  expect(results).toHaveLength(SCENARIOS[revision] ?? 0);
  expect(server.defects).toEqual([]);
});

/** Its exit code tells less than its output, because some scenarios do not apply. */
function suite(...args: readonly string[]): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  execFile(process.execPath, [join(PACKAGE, 'dist/index.js'), ...args], { maxBuffer: 16_777_216 }, (_error, stdout, stderr) =>
    resolve(`${stdout}\n${stderr}`),
  );
  return promise;
}
