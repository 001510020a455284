/**
 * The app in a process of its own, composed as usual, with an echo as its model (a word each
 * `wordMs`) and fast Telegram time. It prints its address.
 */

import { flushCompileCache } from 'node:module';
import { telegramPlugin } from '#channels/telegram/plugin.ts';
import { startApp } from '#src/compose.ts';
import { readConfig } from '#src/config/config.ts';
import { createLog } from '#src/telemetry/log.ts';
import { fastClock } from './fast-clock.ts';
import { echoModel } from './models.ts';

// Node writes it when a process ends by itself, and many of these are killed.
flushCompileCache();
const { settings, start, speed, wordMs = 4 } = JSON.parse(process.argv[2] ?? '{}');
const app = await startApp(readConfig(settings), createLog({ level: 'info', destination: process.stderr }), {
  provider: echoModel(wordMs),
  policy: { debounceMs: 20 },
  checkResults: true,
  // A killed instance's work is taken over that soon.
  runtime: { leaseMs: 1_500, sweepMs: 100 },
  leaderLeaseMs: 3_000,
  channels: [telegramPlugin({ clock: fastClock(start, speed), pollSeconds: 2 })],
});
process.stdout.write(`${JSON.stringify({ url: app.url })}\n`);
process.once('SIGTERM', () => void app.stop());
