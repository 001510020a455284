/**
 * The program as the fault suite runs it. It is composed as usual, with the probe beside its own
 * assistants, a quicker model, shorter leases, and an end at a named point. It reads orders as one
 * line of standard input and writes its reports as lines of JSON. SIGTERM drains it. It ends by
 * itself when its parent process is gone.
 */

import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { createInterface } from 'node:readline';
import * as z from 'zod';
import { CRASH_POINTS, type CrashPoint } from '#actors/contract/crash-points.ts';
import { createOfflineProvider } from '#agent-service/offline/adapter.ts';
import { telegramPlugin } from '#channels/telegram/plugin.ts';
import { webPlugin } from '#channels/web/plugin.ts';
import { startApp } from '#src/compose.ts';
import { readConfig } from '#src/config/config.ts';
import { createLog } from '#src/telemetry/log.ts';
import { probeAssistant, probeEffects, tellRecorder } from '#test/faults/probe.ts';

const orders = z.object({
  name: z.string(),
  recorder: z.string(),
  leaseMs: z.number(),
  environment: z.record(z.string(), z.string()),
  crash: z.object({ point: z.enum(CRASH_POINTS), occurrence: z.number() }).nullable(),
});
export type Orders = z.infer<typeof orders>;

/** Written before anything else happens, even if the next instruction is the last. */
function report(line: { readonly ready: string } | { readonly crash: CrashPoint } | { readonly failed: string }): void {
  writeSync(1, `${JSON.stringify(line)}\n`);
}

// Node writes it when a process ends by itself, which hardly any of these does.
flushCompileCache();
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const first = await lines.next();
if (first.done) process.exit(0);
const { name, recorder, leaseMs, environment, crash } = orders.parse(JSON.parse(first.value));

let passed = 0;
const tell = tellRecorder(recorder, name);
const app = await startApp(
  readConfig(environment),
  createLog({
    level: 'warn', // Not at once, because a full pipe would throw.
    destination: { write: (line) => void process.stderr.write(`${name} ${line}`) },
    readable: false,
  }),
  {
    crash: (point) => {
      if (point !== crash?.point || ++passed < crash.occurrence) return;
      report({ crash: point });
      process.kill(process.pid, 'SIGKILL');
    },
    provider: (plans) => createOfflineProvider({ delayMs: 4, plans }),
    policy: { debounceMs: 100 },
    bindings: [probeAssistant(tell)],
    effects: probeEffects(tell),
    // Everybody here has one address and writes faster than people do.
    channels: [
      telegramPlugin({ pollSeconds: 2 }),
      webPlugin({
        limits: { visitorsPerHour: 1e6, visitorsAtOnce: 1e6, messagesPerMinute: 1e6, streamOpeningsPerMinute: 1e6, streamsPerAddress: 1e6 },
      }),
    ],
    runtime: { leaseMs },
    checkResults: true,
  },
).catch((error: unknown) => {
  report({ failed: error instanceof Error ? error.message : String(error) });
  process.exit(1);
});
report({ ready: app.url });

process.once('SIGTERM', () => void app.stop().then(() => process.exit(0)));
await lines.next();
process.exit(1);
