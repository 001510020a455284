/** The client in Chromium, on a page of the program's own site. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { createClient } from '#src/client/index.ts';
import { launchBrowser } from '#test/browser.ts';
import { type ComposedApp, compose } from '../compose/app.ts';
import { clientChunks } from './client-bundle.ts';

const TOKEN = 'of-these-tests-alone';
/** Leaves the client where the test finds it. */
const PAGE = '<!doctype html><title>Try</title><script type="module">window.client = await import("/try/client.js");</script>';
let app: ComposedApp;
let browser: Awaited<ReturnType<typeof launchBrowser>>;
beforeAll(async () => {
  [app, browser] = await Promise.all([compose({}, { checkResults: true }), launchBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await app?.stop();
});

it('opens a session, writes once, lists in pages, reads a file, and knows a problem', async () => {
  const [chunk] = await clientChunks();
  const page = await browser.newPage();
  await page.route(`${app.url}/try/*`, (route) =>
    route.request().url().endsWith('.js')
      ? route.fulfill({ contentType: 'text/javascript', body: chunk?.code ?? '' })
      : route.fulfill({ contentType: 'text/html', body: PAGE }),
  );
  await page.goto(`${app.url}/try/page`);
  await page.waitForFunction(() => 'client' in window);
  const seen = await page.evaluate(async (token) => {
    const client: { readonly createClient: typeof createClient } = Reflect.get(window, 'client');
    // Without a URL it calls the site of the page.
    const statechat = client.createClient({ token });
    const { id: sessionId } = await statechat.sessions.create({ address: 'api:crm:1', message: 'Hello', idempotencyKey: 'k1' });
    const again = await statechat.sessions.create({ address: 'api:crm:1', message: 'Hello', idempotencyKey: 'k1' });
    await statechat.sessions.addMessage({ sessionId, text: '٣ مليون', messageId: 'm1' });
    const texts: (string | null)[] = [];
    for await (const { kind, text } of statechat.each('sessions.history', { sessionId, limit: 1 }))
      if (kind === 'customer.message') texts.push(text);
    const { name, stream } = await statechat.sessions.export({ sessionId, format: 'csv' });
    const csv = await new Response(stream).text();
    const problem = await statechat.sessions
      .get({ sessionId: 'none' })
      .catch((error: unknown) => String(Reflect.get(Object(error), 'code')));
    return { isSame: again.id === sessionId, texts, named: name.endsWith('.csv'), hasText: csv.includes('٣ مليون'), problem };
  }, TOKEN);
  expect(seen).toEqual({ isSame: true, texts: ['Hello', '٣ مليون'], named: true, hasText: true, problem: 'not_found' });
});
