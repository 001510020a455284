/**
 * The instance behind a console's connection ends, and another one takes its place. The console
 * shows the journal afterwards, and what its agent did meanwhile is done once.
 */
import { afterEach, expect, test, vi } from 'vitest';
import { createTestDatabase } from '#test/postgres-server.ts';
import { Consoles, type Served } from '#test/src/gateway/consoles.ts';
import { freePort } from './free-port.ts';
import { echoModel } from './models.ts';
import { API_TOKEN, PATIENCE, type RunningApp, runApp } from './running-app.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

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
