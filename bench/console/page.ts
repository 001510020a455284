/**
 * Entry point of `npm run bench:page` (../README.md). It uses the console's page in Chromium with
 * very long lists and a very long transcript, and measures how the page answers meanwhile. The app
 * runs in this process, with its sessions in memory. Prints results to stdout and progress to
 * stderr.
 */
import { availableParallelism, loadavg } from 'node:os';
import type { Page } from 'playwright-core';
import * as z from 'zod';
import { parseSessionId } from '#machines/ids.ts';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { launchBrowser } from '#test/browser.ts';
import { join } from '#test/end-to-end/console-page.ts';
import { Visitor } from '#test/end-to-end/visitor.ts';
import { compose } from '#test/src/compose/app.ts';
import { copySession, lengthenTranscript } from '#test/src/gateway/copied-sessions.ts';
import { count, readArguments } from '../arguments.ts';
import { percentile } from '../load.ts';
import { observe, observed } from '../observed-page.ts';

const HELP = `npm run bench:page -- [options]
  --json          one JSON document instead of a table
  --quick         some seconds, for a first look
  --waiting <n>   sessions that wait for an agent, default 10000
  --entries <n>   of the transcript, default 20000`;

/** Turns a second in the sessions of the list, while the agent types. */
const TURNS = 20;
const TYPED = 'The carrier has it and it will be there on Thursday, between nine and twelve.';
const TIMEOUT_MS = 120_000;

interface Figures {
  readonly what: string;
  readonly ms: number;
  /** Tasks of more than 50 ms, in milliseconds. */
  readonly longTasks: readonly number[];
  /** Milliseconds between the frames of the page. */
  readonly frames: readonly number[];
  /** From each key to its handling, in milliseconds. The browser rounds to 8. */
  readonly inputs: readonly number[];
  /** From each key to the picture that shows it. */
  readonly painted: readonly number[];
}

const options = readArguments(process.argv.slice(2), {
  schema: z.object({ waiting: count, entries: count, json: z.boolean().default(false) }),
  names: ['waiting', 'entries'],
  quick: { waiting: '1000', entries: '2000' },
  full: { waiting: '10000', entries: '20000' },
  help: HELP,
});
if (options === 'help') console.log(HELP);
else {
  const figures = await run(options.waiting, options.entries);
  const environment = {
    date: new Date().toISOString(),
    cpus: availableParallelism(),
    loadAverage: loadavg().map((load) => Number(load.toPrecision(3))),
  };
  console.log(options.json ? JSON.stringify({ environment, options, figures }, null, 2) : table(environment, figures));
}

async function run(waiting: number, entries: number): Promise<readonly Figures[]> {
  const store = createMemoryStore();
  const app = await compose({}, { store });
  const browser = await launchBrowser();
  const visitor = await Visitor.arrive(app.url, {});
  const figures: Figures[] = [];
  try {
    const { sessionId } = await visitor.write('/agent');
    const id = parseSessionId(sessionId);
    await copySession(store.store, id, waiting - 1);
    await lengthenTranscript(store.store, id, entries);
    const faults: string[] = [];
    const invitation = await app.inviteFirstAdmin();
    const page = await join({ browser, faults, url: app.url }, invitation?.path ?? '', 'Amira', {
      viewport: { width: 1_400, height: 900 },
    });
    page.setDefaultTimeout(TIMEOUT_MS);
    await page.addInitScript(observe);
    const measure = async (what: string, act: () => Promise<unknown>): Promise<void> => {
      await page.evaluate(() => {
        const seen: object = Object(Reflect.get(globalThis, 'observed'));
        for (const list of Object.values(seen)) if (Array.isArray(list)) list.length = 0;
      });
      const began = performance.now();
      await act();
      const ms = performance.now() - began;
      // The observers are called when the page has time.
      await page.waitForTimeout(200);
      figures.push({ what, ms, ...observed.parse(await page.evaluate('observed')) });
      console.error(what);
    };

    await measure(`opening the page, until ${waiting} waiting sessions are there`, async () => {
      await page.reload();
      await page.locator(`.count[data-tab="waiting"]:text-is("${waiting}")`).waitFor();
    });
    await measure('scrolling the list to its end', () => scrollToEnd(page, waiting));
    await page.goto(`${app.url}/console#session=${sessionId}`);
    await page.reload();
    await measure('opening the conversation', () => page.locator('.transcript [data-seq]').first().waitFor());
    await page.keyboard.press('c');
    const composer = page.getByRole('textbox', { name: /Reply/ });
    await composer.waitFor();
    await page.locator(`.count[data-tab="waiting"]:text-is("${waiting - 1}")`).waitFor();
    await measure(`typing, with ${TURNS} turns a second in the list`, async () => {
      const turns = play(app.url, app.apiToken.secret.reveal());
      await composer.pressSequentially(TYPED, { delay: 60 });
      await turns.stop();
    });
    await measure(`scrolling ${entries} entries up to the first`, () => scrollToFirst(page));
    await measure('typing, with the whole transcript loaded', () => composer.pressSequentially(TYPED, { delay: 60 }));
    await measure('ten messages that arrive, with the whole transcript loaded', async () => {
      for (let number = 0; number < 10; number += 1) await visitor.write(`message ${number} of the customer`);
      await page.locator('.pill').click();
      await page.getByText('message 9 of the customer').last().waitFor();
    });
    if (faults.length > 0) throw new Error(faults.join('\n'));
    return figures;
  } finally {
    visitor.leave();
    await browser.close();
    await app.stop();
  }
}

/** The last card comes into view, as by a wheel that is turned fast. */
async function scrollToEnd(page: Page, waiting: number): Promise<void> {
  await page.locator('.cards-scroller').hover();
  const last = page.locator(`.cards [aria-posinset="${waiting}"]`);
  while ((await last.count()) === 0) await page.mouse.wheel(0, 12_000);
}

async function scrollToFirst(page: Page): Promise<void> {
  await page.locator('.transcript-scroller').hover();
  const first = page.locator('.rows .line').first();
  while ((await page.locator('.rows [data-index="0"]').count()) === 0 || (await first.count()) === 0) {
    await page.mouse.wheel(0, -12_000);
  }
}

/** Notes in the sessions that wait. */
function play(url: string, token: string) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  let isStopped = false;
  const played = (async () => {
    const { sessions } = await (await fetch(`${url}/api/sessions?state=WAITING_AGENT&limit=200`, { headers })).json();
    for (let turn = 0; !isStopped; turn += 1) {
      const { id } = sessions[turn % sessions.length];
      await fetch(`${url}/api/sessions/${id}/events`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ type: 'note', text: `note ${turn}` }),
      });
      await new Promise((resolve) => setTimeout(resolve, 1_000 / TURNS));
    }
  })();
  return {
    stop: () => {
      isStopped = true;
      return played;
    },
  };
}

function table(environment: Readonly<Record<string, unknown>>, figures: readonly Figures[]): string {
  const short = (value: number): number => (Number.isNaN(value) ? 0 : Math.round(value));
  return [
    `${String(environment.date).slice(0, 10)}: ${environment.cpus} CPUs, load ${String(environment.loadAverage)}.`,
    '',
    '| | s | long tasks | longest ms | frame p50 ms | frame p99 ms | keys over 16 ms | key delay longest ms | key to picture longest ms |',
    '| :-- | --: | --: | --: | --: | --: | --: | --: | --: |',
    ...figures.map(({ what, ms, longTasks, frames, inputs, painted }) => {
      const cells = [
        what,
        Number((ms / 1_000).toPrecision(3)),
        longTasks.length,
        short(Math.max(0, ...longTasks)),
        short(percentile(frames, 50)),
        short(percentile(frames, 99)),
        painted.length,
        short(Math.max(0, ...inputs)),
        short(Math.max(0, ...painted)),
      ];
      return `| ${cells.join(' | ')} |`;
    }),
  ].join('\n');
}
