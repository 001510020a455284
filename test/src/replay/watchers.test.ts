/** People who watch machines and sessions come and go, and the program keeps nothing of them. */
import { queryObjects, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { Api } from '#test/end-to-end/api.ts';
import { Visitor } from '#test/end-to-end/visitor.ts';
import { type ComposedApp, compose } from '../compose/app.ts';

/** Before the first look at memory as many come, for whom code is compiled and caches fill. */
const WATCHERS = 720;
/**
 * What stays for each watcher. One object that is kept of each is 1. What is no object, such as
 * text, is measured in bytes, of which compiled code alone takes some hundreds.
 */
const NOTHING = { objects: 0.1, bytes: 1_000 };
/** Bytes of a line of the log, beside its characters. */
const LINE = 24;

let app: ComposedApp;
let api: Api;
/** Came by a share link. */
let guest: Api;
let sessionId = '';
let last = 0;

beforeAll(async () => {
  const store = createMemoryStore();
  // What people did is kept there on purpose, and in memory in this store.
  const auditTrail = { ...store.auditTrail, appendAudit: async () => {} };
  app = await compose({ STATECHAT_API_REQUESTS_PER_MINUTE: '1000000' }, { store: { ...store, auditTrail } });
  api = new Api(app.url, 'of-these-tests-alone');
  const visitor = await Visitor.arrive(app.url, {});
  for (const text of ['one', 'two', 'three']) await visitor.write(text);
  sessionId = (await api.sessionsAt(visitor.address))[0]?.id ?? '';
  last = (await api.session(sessionId)).version;
  const { body } = await api.post(`/api/sessions/${sessionId}/share-links`, {});
  guest = new Api(app.url, String(Reflect.get(Object(body), 'token')));
});
afterAll(() => app?.stop());

/** Reads what the pages read, by connections of its own. */
async function watch(nth: number): Promise<void> {
  const seq = 1 + (nth % last);
  const answers = await Promise.all([
    api.get('/api/machines'),
    api.get('/api/machines/session/graph'),
    api.get('/api/machines/session.svg?detail=overview'),
    guest.get(`/api/sessions/${sessionId}/timeline`),
    guest.get(`/api/sessions/${sessionId}/replay?seq=${seq}`),
  ]);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
}

/** What is in use once what nothing refers to is gone. */
async function inUse(): Promise<{ readonly objects: number; readonly bytes: number }> {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new TypeError('V8 has no gc');
  // Connections and finalizers let go of more in later turns of the loop.
  for (let again = 0; again < 20; again += 1) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  const objects = queryObjects(Object, { format: 'count' });
  const { heapUsed, external } = process.memoryUsage();
  // The test keeps the log of the program.
  return { objects, bytes: heapUsed + external - app.log.reduce((sum, line) => sum + line.length + LINE, 0) };
}

async function comeAndGo(): Promise<void> {
  for (let nth = 0; nth < WATCHERS; nth += 1) await watch(nth);
}

test('watchers leave no memory in use', async () => {
  await comeAndGo();
  const before = await inUse();
  await comeAndGo();
  const after = await inUse();
  expect((after.objects - before.objects) / WATCHERS).toBeLessThan(NOTHING.objects);
  expect((after.bytes - before.bytes) / WATCHERS).toBeLessThan(NOTHING.bytes);
});
