/** The adapter with its real child, the real library, Chromium, and the stand-in page. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '#actors/contract/system-clock.ts';
import type { ChannelEvent, DeadLetter, IgnoredEvent } from '#channels/inbound.ts';
import type { ChannelBlobs } from '#channels/plugin.ts';
import type { ChannelAdapter, ChannelConnection } from '#channels/port.ts';
import { type WhatsAppWebOptions, whatsAppWebAdapter } from '#channels/whatsapp-web/adapter.ts';
import { memoryBlobs } from '#storage/memory/blobs.ts';
import { WhatsAppServer } from '#test/fakes/whatsapp-page/server.ts';

const OWN = '4915100000001@c.us';

/** No name resolves, so nothing of the page or the browser reaches further than this machine. */
const LOOPBACK_ONLY = [
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
  '--disable-gpu',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  // The stand-in page speaks to its server on this machine.
  '--disable-features=LocalNetworkAccessChecks',
];

export interface BrowserHarness {
  readonly adapter: ChannelAdapter;
  readonly server: WhatsAppServer;
  readonly folder: string;
  readonly events: ChannelEvent[];
  readonly deadLetters: DeadLetter[];
  readonly ignored: IgnoredEvent[];
  readonly blobs: ChannelBlobs;
  readonly logged: string[];
  readonly connection: () => Promise<ChannelConnection>;
  /** Ends the adapter, and leaves the account and the folder. */
  stop(): Promise<void>;
  /** Another adapter on the same account and folder, as after a restart of the program. */
  again(options?: Partial<WhatsAppWebOptions>): BrowserHarness;
  /** Ids of the browser's processes, by type. The browser itself is `browser`. */
  processes(type: 'browser' | 'renderer'): readonly number[];
  close(): Promise<void>;
}

export async function browserHarness(options: Partial<WhatsAppWebOptions> = {}): Promise<BrowserHarness> {
  const folder = await mkdtemp(join(tmpdir(), 'whatsapp-web-'));
  const server = await WhatsAppServer.start({ me: OWN, folder: join(folder, 'page') });
  return start({ folder, server, blobs: memoryBlobs(), options });
}

interface Kept {
  readonly folder: string;
  readonly server: WhatsAppServer;
  readonly blobs: ChannelBlobs;
  readonly options: Partial<WhatsAppWebOptions>;
}

function start(kept: Kept): BrowserHarness {
  const { folder, server, options, blobs } = kept;
  const events: ChannelEvent[] = [];
  const deadLetters: DeadLetter[] = [];
  const ignored: IgnoredEvent[] = [];
  const logged: string[] = [];
  const keep = (facts: object, message: string): void => void logged.push(`${message} ${JSON.stringify(facts)}`);
  const dataDir = join(folder, 'data');
  const adapter = whatsAppWebAdapter({
    session: 'main',
    dataDir,
    blobs,
    clock: systemClock,
    random: () => 1,
    page: server.page,
    browserArgs: LOOPBACK_ONLY,
    deadLetter: async (letter) => void deadLetters.push(letter),
    ignored: (event) => void ignored.push(event),
    log: { debug: keep, info: keep, warn: keep, error: keep },
    ...(process.env.CHROMIUM_PATH ? { chromium: process.env.CHROMIUM_PATH } : {}),
    ...options,
  });
  const stop = async (): Promise<void> => {
    await adapter.stop();
    await adapter.close?.();
  };
  return {
    adapter,
    server,
    folder,
    events,
    deadLetters,
    ignored,
    blobs,
    logged,
    connection: async () => (await adapter.connection?.()) ?? { state: 'failed', since: 0 },
    stop,
    again: (more = {}) => start({ ...kept, options: { ...options, ...more } }),
    processes: (type) => processesOf(dataDir, type),
    close: async () => {
      await stop();
      await server.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/**
 * The browser is the one that was started with a folder in ours, and the others are its children.
 */
function processesOf(dataDir: string, type: 'browser' | 'renderer'): readonly number[] {
  const all = commandLines();
  const browsers = all
    .filter(({ command }) => command.includes(`--user-data-dir=${dataDir}`) && !command.includes('--type='))
    .map(({ pid }) => pid);
  if (type === 'browser') return browsers;
  return all.filter(({ command }) => command.includes('--type=renderer') && command.includes(dataDir)).map(({ pid }) => pid);
}

function commandLines(): readonly { readonly pid: number; readonly command: string }[] {
  if (!existsSync('/proc')) {
    const rows = execFileSync('ps', ['-A', '-o', 'pid=,command='], { encoding: 'utf8' }).split('\n');
    return rows.map((row) => ({ pid: Number.parseInt(row, 10), command: row }));
  }
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((pid) => ({ pid: Number(pid), command: commandLine(pid) }));
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}
