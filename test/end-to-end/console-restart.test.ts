/**
 * The instance behind a console's connection ends, and another one takes its place. The console
 * shows the journal afterwards, and what its agent did meanwhile is done once.
 */
import { afterEach, expect, test } from 'vitest';
import { launchBrowser } from '#test/browser.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { Consoles, type Served } from '#test/src/gateway/consoles.ts';
import { invitation, join } from './console-page.ts';
import { expectJournal } from './expect-journal.ts';
import { freePort } from './free-port.ts';
import { echoModel } from './models.ts';
import { API_TOKEN, PATIENCE, type RunningApp, runApp } from './running-app.ts';

const { connectionString } = await createTestDatabase();
const consoles = new Consoles();
const apps: RunningApp[] = [];
afterEach(async () => {
  consoles.close();
  for (const app of apps.splice(0)) await app.stop();
});

async function start(port: number): Promise<RunningApp> {
  const settings = { DATABASE_URL: connectionString, PORT: String(port) };
  const app = await runApp(settings, { provider: () => echoModel(), policy: { debounceMs: 0 } });
  apps.push(app);
  return app;
}

const served = ({ url }: RunningApp): Served => ({ url, apiToken: API_TOKEN });

test('a console whose instance is replaced twice misses nothing, repeats nothing and does each command once', async () => {
  const port = await freePort();
  const stays = await start(await freePort());
  let goes = await start(port);
  const amira = await consoles.join(served(stays), 'Amira');
  const console = consoles.open(served(goes), amira.token);
  const { visitor, sessionId } = await consoles.customer(served(stays), '/agent');
  await console.client.send({ type: 'subscribe', topic: 'inbox', filter: { open: true } });
  await console.client.send({ type: 'watch', sessionId });
  await console.client.send({ type: 'claim', sessionId });
  for (const round of ['one', 'two']) {
    // One note is under way when the instance stops. The other is written while there is none.
    const early = console.client.send({ type: 'note', sessionId, text: `early ${round}` });
    const [gone] = apps.splice(apps.indexOf(goes), 1);
    await gone?.stop();
    await visitor.write(`While nobody was connected, ${round}`);
    const late = console.client.send({ type: 'note', sessionId, text: `late ${round}` });
    goes = await start(port);
    await Promise.all([early, late]);
  }
  await consoles.expectSame(served(stays), console, sessionId, PATIENCE);
  const notes = (await consoles.journal(served(stays), sessionId)).flatMap(({ kind, text }) => (kind === 'note' ? [text] : []));
  expect(notes).toEqual(['early one', 'late one', 'early two', 'late two']);
  expect(console.of('ready')).toHaveLength(3);
});

test('a page whose instance restarts while its laptop sleeps for an hour shows the journal, and keeps what was not sent', async () => {
  const browser = await launchBrowser();
  try {
    const port = await freePort();
    const stays = await start(await freePort());
    const goes = await start(port);
    const faults: string[] = [];
    const page = await join({ browser, faults, url: goes.url }, await invitation(goes), 'Omar');
    await page.clock.install();
    await page.reload();
    const { visitor, sessionId } = await consoles.customer(served(stays), '/agent');
    await page.locator('.card').click();
    await page.keyboard.press('c');
    const field = page.getByRole('textbox', { name: /Reply/ });
    await field.fill('The third floor then.');
    await expectJournal(page, stays, sessionId);

    apps.splice(apps.indexOf(goes), 1);
    await goes.stop();
    await page.getByText('No connection.').waitFor();
    await visitor.write('It has to be the ground floor.');
    // Timers that were due meanwhile run once, as when the lid is opened.
    await page.clock.fastForward('01:00:00');
    await field.press('Enter');
    await page.locator('[data-sending]').waitFor();
    const again = await start(port);

    // It is not sent over what its writer has not seen.
    await page.locator('[data-problem="unseen"]').waitFor();
    expect(await field.inputValue()).toBe('The third floor then.');
    await expectJournal(page, stays, sessionId);
    await field.fill('The ground floor then.');
    await expect
      .poll(async () => {
        await field.press('Enter');
        return (await again.api.said(sessionId)).filter(({ kind }) => kind === 'agent.message').map(({ text }) => text);
      }, PATIENCE)
      .toEqual(['The ground floor then.']);
    await expectJournal(page, stays, sessionId);
    expect(faults.filter((fault) => !fault.startsWith('WebSocket connection to'))).toEqual([]);
  } finally {
    await browser.close();
  }
});
