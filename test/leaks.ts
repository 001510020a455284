/**
 * Fails a test file that leaves something behind, in its process or for the next file there. Owns
 * the comparison of what keeps the event loop alive, and of the environment and the clock, before a
 * file is loaded and after its last hook. Vitest loads this file anew for each test file. Unref'ed
 * resources (an idle keep-alive socket of fetch) do not count.
 *
 * `TRACE_LEAKS=1 npx vitest run <file>` shows where a leaked resource was opened.
 */
import { createHook } from 'node:async_hooks';
// The first import opens the process's own streams, which stay open.
import 'node:process';
import { afterAll, vi } from 'vitest';

/**
 * Resources that tests open and must close. Requests under way (a file read, a lookup) end by
 * themselves and are left out.
 */
const WATCHED = new Set([
  'TCPSocketWrap',
  'TCPServerWrap',
  'TLSWrap',
  'UDPWrap',
  'PipeWrap',
  'PipeServerWrap',
  'ProcessWrap',
  'Timeout',
  'FSEventWrap',
  'StatWatcher',
  'Worker',
]);

/**
 * How long resources may take to close after `close()` returned, such as a FIN on loopback or an
 * exit being reaped.
 */
const GRACE_MS = 10_000;

const opened = new Map<number, { type: string; stack: string }>();
if (process.env.TRACE_LEAKS) {
  createHook({
    init: (id, type) => {
      if (WATCHED.has(type)) opened.set(id, { type, stack: new Error(type).stack ?? '' });
    },
    destroy: (id) => {
      opened.delete(id);
    },
  }).enable();
}

const before = census();
const environment = { ...process.env };
/** The library behind sharp sets it once, when it is loaded. */
const SET_BY_LIBVIPS = 'VIPSHOME';

afterAll(async () => {
  const deadline = performance.now() + GRACE_MS;
  for (;;) {
    const leaked = [...census()].filter(([type, count]) => count > (before.get(type) ?? 0));
    if (leaked.length === 0) return;
    if (performance.now() > deadline) {
      const what = leaked.map(([type, count]) => `${count - (before.get(type) ?? 0)} × ${type}`).join(', ');
      const where = [...opened.values()].map(({ stack }) => stack).join('\n');
      throw new Error(
        `This file left open: ${what}. Close it in afterEach or afterAll.\n${where || 'TRACE_LEAKS=1 shows where it was opened.'}`,
      );
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
});

// Runs before the hook above, which needs the real clock. It puts back what the next file needs.
afterAll(() => {
  const names = Object.keys({ ...environment, ...process.env }).filter(
    (name) => environment[name] !== process.env[name] && name !== SET_BY_LIBVIPS,
  );
  const faked = vi.isFakeTimers();
  vi.useRealTimers();
  for (const name of names) delete process.env[name];
  Object.assign(process.env, environment);
  if (names.length > 0) throw new Error(`This file left ${names.join(', ')} changed in process.env. Use vi.stubEnv.`);
  if (faked) throw new Error('This file left its fake timers. Call vi.useRealTimers() in afterEach.');
});

function census(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const type of process.getActiveResourcesInfo()) {
    if (WATCHED.has(type)) counts.set(type, (counts.get(type) ?? 0) + 1);
  }
  return counts;
}
