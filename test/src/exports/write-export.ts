/**
 * Writes an export in a process of its own, and prints what it held of memory. Run it with
 * `--expose-gc`, a format and a number of entries.
 */
import { parseAddress, parseSessionId } from '#machines/ids.ts';
import { factWords } from '#machines/session/fact-words.ts';
import { exportWriters } from '#src/exports/export-writers.ts';
import { EXPORT_FORMATS } from '#src/operations/export-port.ts';
import type { JournalEntry, SessionRow } from '#storage/port.ts';

const [, , wanted, count] = process.argv;
const format = EXPORT_FORMATS.find((one) => one === wanted) ?? 'json';
const length = Number(count);
/** Times that memory is measured, each after a collection. */
const MEASUREMENTS = 25;

const id = parseSessionId('01890a5d-ac96-774b-bcce-b302099a8001');
const address = parseAddress('web:default:v_1');
const session: SessionRow = {
  ...{ id, address, assistant: 'companion', machineId: 'session', machineVersion: 1, version: length, state: 'ACTIVE', handler: 'bot' },
  ...{ agentId: null, tags: [], queue: null, waitingSince: null, open: true, snapshot: {}, wakeAt: null },
  ...{ openedAt: 1, lastActivityAt: 2, closedAt: null, previousId: null },
};

const facts = factWords({}, {}, 'en');

let made = 0;
async function* entries(): AsyncGenerator<JournalEntry> {
  for (made = 1; made <= length; made += 1) {
    const [at, payload] = [1_763_600_000_000 + made, { filler: 'x'.repeat(500) }];
    const entry = { sessionId: id, seq: made, at, eventId: `m${made}`, payload, delivery: null };
    // As in a real journal, some of the entries say nothing.
    if (made % 5 < 2) yield { ...entry, kind: 'transition', author: null, text: null };
    else yield { ...entry, kind: 'customer.message', author: 'customer', text: made % 2 === 0 ? `message ${made}` : `مرحبا بكم ${made}` };
  }
}

let [bytes, held, nextAt] = [0, 0, 0];
for await (const part of exportWriters[format].write(session, entries(), facts)) {
  bytes += part.length;
  if (made < nextAt) continue;
  nextAt += length / MEASUREMENTS;
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  held = Math.max(held, heapUsed + external);
}
// In kilobytes.
console.log(JSON.stringify({ bytes, held, resident: process.resourceUsage().maxRSS * 1_024 }));
