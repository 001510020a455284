/**
 * Main module of the child process, and the only place where whatsapp-web.js is loaded. The library
 * is optional, and the browser may take the process down with it, so both stay out of the program.
 */
import { mkdir } from 'node:fs/promises';
import process from 'node:process';
import { HostLink, reasonOf } from './host-link.ts';
import { Page } from './page.ts';
import { removeForeignLock } from './profile-lock.ts';
import type { ChildEnd, Outcome } from './protocol.ts';
import { type Library, profileOf } from './session-auth.ts';

/** How long the browser may take to close, in milliseconds. Without this process it ends anyway. */
const CLOSE_MS = 10_000;

let page: Page | undefined;
const host = new HostLink({ process, onOutcome: (seq: number, outcome: Outcome) => page?.deliveries.settle(seq, outcome) });
let ending = false;

/** The program knows the reason before anything else breaks because of it. */
async function end(kind: ChildEnd, reason: string, last?: () => Promise<void>): Promise<void> {
  if (ending) return;
  ending = true;
  await host.send({ type: 'ending', end: kind, reason: reason.slice(0, 1_000) });
  await last?.().catch((error: unknown) => host.log('warn', `the session was not deleted: ${reasonOf(error)}`));
  process.exit(1);
}

async function leave(): Promise<void> {
  ending = true;
  const slow = setTimeout(() => process.exit(1), CLOSE_MS);
  await page?.close().catch(() => undefined);
  clearTimeout(slow);
  process.exit(0);
}

async function load(): Promise<Library | undefined> {
  try {
    return (await import('whatsapp-web.js')).default;
  } catch (error) {
    await end('setup', reasonOf(error));
    return undefined;
  }
}

// The library awaits nothing in some of its listeners. A page that is broken shows in the probes.
process.on('unhandledRejection', (error) => host.log('warn', `the library met an error: ${reasonOf(error)}`));
process.on('uncaughtException', (error) => void end('lost', `the library threw: ${reasonOf(error)}`));
void host.gone.then(leave);

const open = await host.opened;
const library = await load();
if (library !== undefined) {
  await mkdir(open.dataDir, { recursive: true, mode: 0o700 });
  await removeForeignLock(profileOf(open));
  const opened = new Page({ library, open, host, end });
  page = opened;
  host.answerWith(async (call) => {
    if (call.op !== 'close') return await opened.answer(call);
    ending = true;
    return await opened.answer(call);
  });
  await opened.start().catch((error: unknown) => end('lost', `the page did not start: ${reasonOf(error)}`));
}
