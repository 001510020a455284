/**
 * Soak of WhatsApp Web, `npm run soak:whatsapp-web -- [minutes]`, 30 by default. Customers write to
 * the stand-in page and are answered, while the page, the browser and the child process are frozen,
 * filled and killed in turn. It fails if a message is lost, taken twice or out of order.
 *
 * What it does not show is in docs/reference/whatsapp-web.md, because the page is not WhatsApp's.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { RateLimited } from '#channels/port.ts';
import { memoryOfTree } from '#channels/whatsapp-web/browser-memory.ts';
import { type Address, addressParts } from '#machines/ids.ts';
import { type BrowserHarness, browserHarness } from './browser-harness.ts';
import { SESSION_ID, sendContext } from './started-adapter.ts';

const CUSTOMERS = 20;
const EVERY_MS = 400;
/** Longer than a fault lasts. */
const FAULT_EVERY_MS = 75_000;
/** Memory that a leak takes, and from which the browser is started anew. */
const LIMIT_BYTES = 600_000_000;
const LEAK_BYTES = 400_000_000;

const minutes = Number(process.argv[2] ?? 30);
const web = await browserHarness({
  perMinute: 600,
  limits: { sendMs: 20_000, probeEveryMs: 5_000, probeMs: 20_000, quietMs: 1_000, recycleMs: 10_000, memoryBytes: LIMIT_BYTES },
});

const written = new Map<string, string[]>();
const writtenAt = new Map<string, number>();
const heard = new Map<string, string[]>();
const repeated: string[] = [];
const latencies: number[] = [];
const answerLatencies: number[] = [];
const lanes = new Map<Address, Promise<void>>();
let echoes = 0;
let wanted = 0;
let retries = 0;
let brokenOff = 0;

const seen = new Set<string>();
await web.adapter.start(async (event) => {
  if (event.type === 'echo') echoes++;
  const duplicate = 'id' in event && seen.has(event.id);
  if ('id' in event) seen.add(event.id);
  if (event.type === 'message') {
    const { peer } = addressParts(event.address);
    if (duplicate) repeated.push(event.id);
    else {
      heard.set(peer, [...(heard.get(peer) ?? []), event.text]);
      latencies.push(Date.now() - (writtenAt.get(event.text) ?? Date.now()));
      answer(event.address, `re: ${event.text}`);
    }
  }
  return { sessionId: SESSION_ID, version: seen.size, duplicate };
});

/** As the outbox does, in order per address, until it is sent. */
function answer(to: Address, text: string): void {
  wanted++;
  const begun = Date.now();
  const before = lanes.get(to) ?? Promise.resolve();
  const sent = before.then(async () => {
    for (let attempt = 1; ; attempt++) {
      try {
        await web.adapter.send(to, { text, author: 'assistant' }, sendContext({ attempt }));
        answerLatencies.push(Date.now() - begun);
        return;
      } catch (error) {
        retries++;
        if (!(error instanceof RateLimited)) brokenOff++;
        await delay(error instanceof RateLimited ? error.retryAfterMs : Math.min(250 * 2 ** attempt, 5_000));
      }
    }
  });
  lanes.set(to, sent);
}

const kill = (pids: readonly number[]): void => {
  for (const pid of pids) process.kill(pid, 'SIGKILL');
};
/** The child is the parent of the browser. */
async function killChild({ processes }: BrowserHarness): Promise<void> {
  const [browser] = processes('browser');
  const status =
    browser === undefined ? '' : await import('node:fs/promises').then(({ readFile }) => readFile(`/proc/${browser}/status`, 'utf8'));
  const parent = Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1] ?? 0);
  if (parent > 1 && parent !== process.pid) process.kill(parent, 'SIGKILL');
}

const FAULTS: readonly { readonly name: string; run(): void | Promise<void> }[] = [
  { name: 'page crashes', run: () => kill(web.processes('renderer')) },
  { name: 'browser killed', run: () => kill(web.processes('browser')) },
  {
    name: 'ready and cannot send',
    run: async () => {
      web.server.sends = false;
      await delay(22_000);
      web.server.sends = true;
    },
  },
  { name: 'page freezes', run: () => web.server.tell({ type: 'freeze' }) },
  { name: 'memory grows', run: () => web.server.tell({ type: 'leak', bytes: LEAK_BYTES }) },
  { name: 'child killed', run: () => killChild(web) },
];

const connected = async (): Promise<boolean> => (await web.connection()).state === 'connected';
const paired = Date.now();
while (!(await connected())) {
  if (web.server.online && !web.server.paired) web.server.pair();
  if (Date.now() - paired > 60_000) throw new Error('the page did not become ready');
  await delay(200);
}

const until = Date.now() + minutes * 60_000;
const memory: number[] = [];
const faults = new Map<string, { times: number; longestMs: number }>();
let count = 0;
let faultAt = Date.now() + FAULT_EVERY_MS / 2;
let round = 0;
let underWay: Promise<void> = Promise.resolve();
let reportedAt = 0;

async function fault({ name, run }: (typeof FAULTS)[number]): Promise<void> {
  const before = web.server.connections;
  const begun = Date.now();
  await run();
  // A recycle waits for its moment.
  while ((web.server.connections === before || !(await connected())) && Date.now() - begun < FAULT_EVERY_MS) await delay(100);
  const { times, longestMs } = faults.get(name) ?? { times: 0, longestMs: 0 };
  faults.set(name, { times: times + 1, longestMs: Math.max(longestMs, Date.now() - begun) });
}

while (Date.now() < until) {
  const chat = `2010000000${String(count % CUSTOMERS).padStart(2, '0')}@c.us`;
  const text = `${chat} ${count}`;
  written.set(chat, [...(written.get(chat) ?? []), text]);
  writtenAt.set(text, Date.now());
  web.server.write(chat, { id: `SOAK${count++}`, body: text });
  const next = FAULTS[round % FAULTS.length];
  if (Date.now() >= faultAt && until - Date.now() > FAULT_EVERY_MS && next !== undefined) {
    faultAt = Date.now() + FAULT_EVERY_MS;
    round++;
    underWay = underWay.then(() => fault(next)).catch((error: unknown) => console.error(String(error)));
  }
  if (Date.now() - reportedAt > 60_000) {
    reportedAt = Date.now();
    const [browser] = web.processes('browser');
    if (browser !== undefined) memory.push(await memoryOfTree(browser));
    console.log(
      `${new Date().toISOString()} written ${count}, answered ${answerLatencies.length}, browser ${mb(memory.at(-1))} MB, program ${mb(process.memoryUsage().rss)} MB`,
    );
  }
  await delay(EVERY_MS * (0.5 + Math.random()));
}
await underWay;
for (const deadline = Date.now() + 120_000; Date.now() < deadline && (answerLatencies.length < wanted || sum(heard) < count); )
  await delay(500);

const lost = [...written].flatMap(([chat, texts]) => texts.filter((text) => !heard.get(chat)?.includes(text)));
const disordered = [...written].filter(
  ([chat, texts]) => heard.get(chat)?.join('\n') !== texts.filter((text) => heard.get(chat)?.includes(text)).join('\n'),
);
const answers = web.server.sent.map(({ message }) => String(message['body']));
const unanswered = [...heard.values()].flat().filter((text) => !answers.includes(`re: ${text}`));
const twice = answers.length - new Set(answers).size;
const reasons = Map.groupBy(
  web.logged.filter((line) => line.startsWith('whatsapp-web') && /"(?:end|reason)"/.test(line)),
  (line) =>
    /"reason":"([^"(]*)/
      .exec(line)?.[1]
      ?.replace(/\d+ MB/, '… MB')
      .trim() ?? '',
);
await web.close();
for (const [chat, texts] of disordered) {
  const order = heard.get(chat) ?? [];
  const from = order.findIndex((text, i) => text !== texts[i]);
  console.log(`out of order: ${order.slice(Math.max(0, from - 1), from + 4).join(', ')}`);
}

console.log(`
${minutes} minutes, ${CUSTOMERS} customers
messages in           ${count}, lost ${lost.length}, out of order ${disordered.length}, offered again and recognised ${repeated.length}
answers out           ${answers.length} of ${wanted}, missing ${unanswered.length}, twice ${twice}, tried again ${retries}
echoes of our own     ${echoes}
latency in            p50 ${percentile(latencies, 50)} ms, p99 ${percentile(latencies, 99)} ms, longest ${percentile(latencies, 100)} ms
latency of answers    p50 ${percentile(answerLatencies, 50)} ms, p99 ${percentile(answerLatencies, 99)} ms, longest ${percentile(answerLatencies, 100)} ms
browser memory        ${mb(Math.min(...memory))} to ${mb(Math.max(...memory))} MB
program memory        ${mb(process.memoryUsage().rss)} MB
pages                 ${web.server.connections}
faults                ${[...faults].map(([name, { times, longestMs }]) => `${name} ${times} times, back after ${longestMs} ms at most`).join('\n                      ')}
ends                  ${[...reasons].map(([reason, lines]) => `${lines.length} × ${reason}`).join('\n                      ')}`);
// What was accepted while the attempt was broken off is sent again. There is no other way to twice.
const good = lost.length === 0 && disordered.length === 0 && unanswered.length === 0 && twice <= brokenOff && echoes === 0;
console.log(good ? `\nnothing lost, nothing out of order, ${twice} twice in ${brokenOff} attempts that were broken off` : '\nFAILED');
process.exit(good ? 0 : 1);

function sum(lists: ReadonlyMap<string, readonly string[]>): number {
  return [...lists.values()].reduce((total, list) => total + list.length, 0);
}

function percentile(values: readonly number[], percent: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Math.round(sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * percent) / 100))] ?? 0);
}

function mb(bytes: number | undefined): number {
  return Math.round((bytes ?? 0) / 1_000_000);
}
