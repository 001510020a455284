/**
 * Hostile customers, colleagues, models and sites, against agents who work in Chromium. What they
 * write is text in every view, and what other sites do changes nothing.
 */
import { createServer, type Server } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { launchBrowser, openPage } from '#test/browser.ts';
import { type BotApi, startBotApi } from '#test/fakes/bot-api.ts';
import { createTestDatabase } from '#test/postgres-server.ts';
import { CLIENT_ID, type Issuer, startIssuer } from '#test/src/http/oidc-issuer.ts';
import { ask } from './api.ts';
import { join, type Opening, openConsole } from './console-page.ts';
import { freePort } from './free-port.ts';
import { DictatedModel, type Writing } from './models.ts';
import { API_TOKEN, PATIENCE, type RunningApp, runApp } from './running-app.ts';
import { TelegramChat } from './telegram-chat.ts';

let browser: Browser;
let telegram: BotApi;
let issuer: Issuer;
let app: RunningApp;
let opening: Opening;
let site: Server;
const model = new DictatedModel();
const pages: Page[] = [];

beforeAll(async () => {
  browser = await launchBrowser();
  telegram = await startBotApi();
  issuer = await startIssuer();
  const { connectionString } = await createTestDatabase();
  const port = await freePort();
  app = await runApp(
    {
      PORT: String(port),
      STATECHAT_PUBLIC_URL: `http://localhost:${port}`,
      DATABASE_URL: connectionString,
      TELEGRAM_BOT_TOKEN: telegram.token,
      TELEGRAM_API_ROOT: telegram.url,
      TELEGRAM_MODE: 'polling',
      OIDC_ISSUER: issuer.url,
      OIDC_CLIENT_ID: CLIENT_ID,
    },
    { provider: model, policy: { debounceMs: 0 } },
  );
  opening = { browser, faults: [], url: app.url };
  site = createServer((_request, response) => response.setHeader('content-type', 'text/html').end('<!doctype html><title>A site</title>'));
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
});
afterEach(async () => {
  for (const page of pages.splice(0)) await page.context().close();
  opening.faults.splice(0);
});
afterAll(async () => {
  site?.close();
  site?.closeAllConnections();
  await app?.stop();
  await telegram?.close();
  await issuer?.close();
  await browser?.close();
});

const siteUrl = (): string => {
  const address = site.address();
  if (address === null || typeof address === 'string') throw new Error('the site has no port');
  return `http://127.0.0.1:${address.port}/`;
};

const kept = (page: Page): Page => {
  pages.push(page);
  return page;
};

/** A script in a field that takes few characters. The field's name tells them apart. */
const script = (field: string): string => `${field}"><img src=x onerror=hacked=1>`;

/** Every way to smuggle a script into a text. */
const TEXT = (field: string): string =>
  [
    script(field),
    '<svg onload=hacked=1><script>hacked=1</script><iframe srcdoc="<script>parent.hacked=1</script>"></iframe>',
    '[a](javascript:hacked=1) [b](data:text/html,<script>hacked=1</script>) <javascript:hacked=1> [c]( java\tscript:hacked=1)',
    '![d](x" onerror="hacked=1) [e](https://example.com "x" onclick="hacked=1") javascript:hacked=1 vbscript:hacked',
    "{{constructor.constructor('hacked=1')()}} #{hacked=1} \u202Egnp.exe\u2069\u2069 &lt;img src=x onerror=hacked=1&gt;",
  ].join('\n\n');

/** Nothing ran, nothing was stopped by the policy, and no markup or address of theirs is there. */
async function expectHarmless(page: Page): Promise<void> {
  const found = await page.evaluate(() => ({
    hacked: 'hacked' in window,
    elements: document.querySelectorAll('iframe, object, embed, script:not([src]), [onerror], [onload], [onclick], img[src="x"]').length,
    links: [...document.querySelectorAll('a[href], form[action]')].flatMap((element) => {
      const { protocol } = new URL(element.getAttribute('href') ?? element.getAttribute('action') ?? '', location.href);
      return ['http:', 'https:', 'blob:', 'mailto:', 'tel:'].includes(protocol) ? [] : [protocol];
    }),
  }));
  expect(found).toEqual({ hacked: false, elements: 0, links: [] });
  expect(opening.faults).toEqual([]);
}

/** Resolves once the page shows the script of each field as text. */
async function expectShown(page: Page, ...fields: readonly string[]): Promise<void> {
  for (const field of fields) {
    // A login has no spaces.
    const texts = [script(field), script(field).replaceAll(' ', '/')];
    const shows = () => page.evaluate((some) => some.some((text) => document.body.textContent.includes(text)), texts);
    await expect.poll(shows, { ...PATIENCE, message: field }).toBe(true);
  }
  await expectHarmless(page);
}

function asked(workflow: string): Promise<Writing> {
  return vi.waitFor(() => {
    const found = model.writings.findLast(({ request }) => request.workflow === workflow);
    if (found === undefined) throw new Error(`no ${workflow}`);
    return found;
  }, PATIENCE);
}

/** The page of an admin, who sees every view. There an opened dialog is a failure. */
async function agent(name: string): Promise<Page> {
  const { body } = await app.api.post('/api/invitations', { role: 'admin' });
  const path = String(Reflect.get(Object(body), 'path'));
  // Lists draw what is in view. Here that is everything.
  const page = kept(await join(opening, path, name.replaceAll(' ', '/'), { viewport: { width: 1_400, height: 6_000 } }));
  page.on('dialog', (dialog) => {
    opening.faults.push(`a dialog opened: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return page;
}

test('scripts of a customer on Telegram, of colleagues and of the model are text in every view', async () => {
  const amira = await agent(script('Amira'));
  const omar = await agent('Omar');
  const chat = new TelegramChat(telegram, app, 4_200);
  telegram.chats.open(chat.id);
  const from = {
    id: chat.id,
    is_bot: false,
    first_name: script('first'),
    last_name: '\u202Egnp\u2069',
    username: script('handle'),
    language_code: '"><svg/onload=hacked=1>',
  };
  let messageId = 100;
  const send = (content: object): number => {
    messageId += 1;
    telegram.push({ message: { message_id: messageId, date: 1_795_000_000, chat: { id: chat.id, type: 'private' }, from, ...content } });
    return messageId;
  };
  telegram.received.set('photo-1', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="hacked=1"/>'));
  send({ text: `/agent ${TEXT('args')}` });
  const edited = send({ text: TEXT('text') });
  send({
    document: { file_id: 'photo-1', file_name: `${script('file')}\u202Egnp.svg`, mime_type: 'image/svg+xml' },
    caption: TEXT('caption'),
  });
  send({ photo: [{ file_id: 'photo-1' }] });
  send({ contact: { phone_number: script('tel').slice(0, 40), first_name: script('contact'), user_id: chat.id } });
  send({ venue: { title: script('venue'), location: { latitude: 1, longitude: 2 } } });
  send({ poll: { question: script('poll'), options: [{ text: script('option') }] } });
  telegram.push({
    edited_message: {
      message_id: edited,
      date: 1_795_000_000,
      edit_date: 1_795_000_001,
      chat: { id: chat.id, type: 'private' },
      from,
      text: TEXT('edit'),
    },
  });
  const { id } = await vi.waitFor(() => chat.session(), PATIENCE);
  await omar.locator('.card').click();
  await expectShown(omar, 'first', 'args', 'edit', 'caption', 'file', 'poll', 'option');

  // What colleagues write.
  const by = { id: 'eve', name: script('Eve') };
  const did = async (event: object): Promise<void> => {
    expect((await app.api.tell(id, { agent: by, ...event })).body).not.toMatchObject({ code: expect.anything() });
  };
  await did({ type: 'agent.claim' });
  await did({ type: 'agent.message', text: TEXT('message') });
  await did({ type: 'note', text: TEXT('note') });
  const entities = { [script('entity')]: { value: script('value') } };
  await did({ type: 'agent.update', tags: { add: [script('tag')] }, intent: script('topic'), entities });
  await did({ type: 'agent.transfer', queue: script('queue') });
  for (const item of [
    { kind: 'canned', name: 'evil', title: script('canned'), texts: [{ locale: 'en', text: TEXT('response') }] },
    { kind: 'macro', name: script('macro'), steps: [{ type: 'note', text: TEXT('step') }] },
    { kind: 'filter', name: script('filter'), filter: { tag: script('tag') } },
  ])
    expect(await app.api.post('/api/library', { shared: true, item })).toMatchObject({ status: 201 });
  const brief = await asked('handover_brief');
  brief.write(TEXT('brief'));
  brief.end();
  await omar.reload();
  await expectShown(omar, 'first', 'message', 'note', 'Eve', 'tag', 'queue', 'topic', 'entity', 'value', 'brief');

  // Every dialog shows what was saved and said.
  const { keyboard } = omar;
  const open = async (key: string, ...fields: readonly string[]): Promise<void> => {
    await omar.locator('.transcript-scroller').focus();
    await keyboard.press(key);
    await expectShown(omar, ...fields);
    await keyboard.press('Escape');
  };
  const field = omar.getByRole('textbox', { name: /Reply/ });
  await keyboard.press('c');
  await field.waitFor();
  await open('t', 'Amira');
  await open('m', 'macro');
  await open('f', 'filter');
  await omar.locator('.transcript-scroller').focus();
  await keyboard.press('f');
  await keyboard.press('/');
  await vi.waitFor(async () => {
    await omar.getByRole('dialog').getByRole('combobox').fill('');
    await omar.getByRole('dialog').getByRole('combobox').fill('onerror');
    await omar.getByRole('dialog').getByRole('option').first().waitFor({ timeout: 2_000 });
  });
  await expectShown(omar, 'first');
  await keyboard.press('Escape');
  await keyboard.press('Control+k');
  await omar.getByRole('dialog').getByRole('combobox').fill('onerror');
  await omar.getByRole('dialog').getByRole('option').first().waitFor();
  await expectHarmless(omar);
  await omar.getByRole('dialog').getByRole('combobox').fill('saved responses');
  await keyboard.press('Enter');
  await expectShown(omar, 'canned', 'macro');
  await keyboard.press('Escape');

  // The composer takes them from the model and from what is saved.
  await field.fill('/ev');
  await expectShown(omar, 'canned');
  await field.press('Escape');
  await field.fill('');
  await field.press('Escape');
  await keyboard.press('d');
  const draft = await asked('reply_draft');
  draft.write(TEXT('draft'));
  draft.end();
  await expect.poll(() => field.inputValue(), PATIENCE).toContain(script('draft'));
  await expectHarmless(omar);

  // The pages of the team.
  await amira.goto(`${app.url}/console#view=floor`);
  await amira.getByRole('button', { name: /Conversations of .*Omar/ }).click();
  await expectShown(amira, 'first');
  await amira.getByRole('link', { name: 'Team' }).click();
  await amira.getByText('Invite somebody').waitFor();
  await expectShown(amira, 'Amira');

  // A mention, and the end with a reason.
  await app.api.tell(id, { type: 'note', agent: by, text: `@Omar ${TEXT('mention')}`, mentions: [await idOf('omar')] });
  await open('a', 'mention');
  await app.api.tell(id, { type: 'close', by: script('closer'), reason: script('reason') });
  await expectShown(omar, 'closer', 'reason');
  await keyboard.press('5');
  await omar.locator('.card').waitFor();
  await expectShown(omar, 'first');
  await amira.goto(`${app.url}/console#view=account`);
  await amira.getByText('You are signed in as').waitFor();
  await expectShown(amira, 'amira');
});

test('scripts of a visitor, of an agent and of an address are text in the web chat and in the console', async () => {
  const view = { viewport: { width: 1_000, height: 3_000 } };
  const chat = kept(await openConsole(opening, '/chat', view));
  await chat.getByRole('textbox').fill(`/agent ${TEXT('visitor')}`);
  await chat.getByRole('textbox').press('Enter');
  await expectShown(chat, 'visitor');
  const session = await vi.waitFor(async () => {
    const [newest] = (await app.api.sessions('?open=true')).filter(({ address }) => address.startsWith('web:'));
    if (newest === undefined) throw new Error('nobody waits');
    return newest;
  }, PATIENCE);
  const by = { id: 'eve', name: script('Eve') };
  const name = `${script('sheet')}.txt`;
  const uploaded = await ask(`${app.url}/api/sessions/${session.id}/files?name=${encodeURIComponent(name)}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${API_TOKEN}`, 'content-type': 'text/plain' },
    body: '<script>hacked=1</script>',
  });
  const files = [String(Reflect.get(Object(uploaded.body), 'id'))];
  await app.api.tell(session.id, { type: 'agent.message', agent: by, text: TEXT('answer'), files });
  await expectShown(chat, 'answer', 'sheet');

  const agentPage = await agent('Lina');
  await agentPage.getByRole('tab', { name: /Open/ }).click();
  await agentPage.locator('.card:has([data-channel="web"])').click();
  await expectShown(agentPage, 'visitor', 'answer', 'sheet');

  // What an address says.
  for (const path of [
    '/chat?assistant=',
    '/chat?lang=',
    '/console?lang=',
    '/console#session=',
    '/console#view=',
    '/console#invitation=',
    '/console#sign-in-error=',
    '/?lang=',
  ]) {
    const page = kept(
      await openPage(browser, `${app.url}${path}${encodeURIComponent(TEXT('address'))}`, view, {
        faults: opening.faults,
        timeoutMs: PATIENCE.timeout,
      }),
    );
    await page.locator('#root > *').first().waitFor();
    if (path === '/chat?assistant=') await expectShown(page, 'address');
    else await expectHarmless(page);
  }
  for (const where of ['session', 'view', 'invitation', '__proto__']) {
    await agentPage.goto(`${app.url}/console#${where}=${encodeURIComponent(TEXT('address'))}`);
    await agentPage.getByRole('main').waitFor();
    await expectHarmless(agentPage);
  }
  const missing = await ask(`${app.url}/${encodeURIComponent(script('path'))}`);
  expect(missing).toMatchObject({ status: 404, contentType: expect.stringContaining('json') });
});

test('a page of another site can neither connect, call, press nor frame the console', async () => {
  const amira = await agent('Nadia');
  const context = amira.context();
  const { port } = new URL(app.url);
  const agentsBefore = (await app.api.get('/api/agents')).text;
  const invited = await app.api.post('/api/invitations', { role: 'admin' });
  const token = String(Reflect.get(Object(invited.body), 'token'));
  const cookies = async (): Promise<unknown> => (await context.cookies()).map(({ name, value }) => [name, value]);

  // One shares the site, so the browser sends the cookie. The other one does not.
  for (const host of ['127.0.0.1', 'localhost']) {
    const page = await context.newPage();
    const before = await cookies();
    expect(before).toHaveLength(1);
    const statuses: string[] = [];
    const visits: string[] = [];
    page.on('request', (request) => {
      if (request.url().startsWith(issuer.url)) visits.push(request.url());
    });
    page.on('response', (response) => {
      const { pathname, port: at } = new URL(response.url());
      if (at === port) statuses.push(`${response.request().method()} ${pathname} ${response.status()}`);
    });
    const home = `http://${host}:${new URL(siteUrl()).port}/`;
    await page.goto(home);
    const tried = await page.evaluate(
      async ([url, invitationToken]) => {
        const socket = await new Promise<string>((resolve) => {
          const opened = new WebSocket(`${url.replace('http', 'ws')}/console/ws`);
          opened.onopen = () => resolve('open');
          opened.onerror = () => resolve('refused');
        });
        const body = JSON.stringify({ token: invitationToken, login: 'mallory', name: 'Mallory', password: 'correct horse battery' });
        const outcomes: string[] = [];
        for (const [method, path] of [
          ['POST', '/console/auth/renew'],
          ['POST', '/console/auth/accept'],
          ['POST', '/console/auth/oidc'],
          ['GET', '/api/sessions'],
        ] as const) {
          for (const mode of ['cors', 'no-cors'] as const) {
            const init = { method, mode, credentials: 'include', ...(method === 'POST' ? { body } : {}) } as const;
            outcomes.push(
              await fetch(url + path, init).then(
                ({ type }) => type,
                () => 'failed',
              ),
            );
          }
          const type = { 'content-type': 'application/json' };
          if (method === 'POST')
            outcomes.push(
              await fetch(url + path, { method, credentials: 'include', headers: type, body }).then(
                () => 'read',
                () => 'failed',
              ),
            );
        }
        return { socket, outcomes };
      },
      [app.url, token] as const,
    );
    expect(tried.socket).toBe('refused');
    expect(new Set(tried.outcomes)).toEqual(new Set(['failed']));
    for (const path of ['sign-out', 'accept', 'renew', 'sign-in']) {
      await page.goto(home);
      await page.evaluate(
        ([action, body]) => {
          const form = document.createElement('form');
          Object.assign(form, { method: 'POST', action, enctype: 'text/plain' });
          const field = document.createElement('input');
          Object.assign(field, { name: body.slice(0, -1), value: '"}' });
          form.append(field);
          document.body.append(form);
          form.submit();
        },
        [`${app.url}/console/auth/${path}`, `{"token":"${token}","login":"mallory","password":"correct horse battery","x":"`] as const,
      );
      await page.waitForURL(`${app.url}/console/auth/${path}`);
      await expect.poll(() => statuses.some((line) => line === `POST /console/auth/${path} 403`), PATIENCE).toBe(true);
    }
    expect(statuses.filter((line) => line.startsWith('POST') && !line.endsWith(' 403'))).toEqual([]);
    expect(statuses.filter((line) => line.includes('/api/') && !line.endsWith(' 401'))).toEqual([]);

    expect(await cookies()).toEqual(before);

    // In a frame there is nothing to press.
    await page.goto(home);
    await page.evaluate(async (url) => {
      const frame = document.createElement('iframe');
      frame.src = `${url}/console`;
      const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
      document.body.append(frame);
      await loaded;
    }, app.url);
    await expect.poll(() => page.frames().map((frame) => frame.url()), PATIENCE).toEqual([home, expect.stringMatching(/^chrome-error:/)]);

    // A link in an e-mail changes nothing before a press.
    const follow = async (path: string): Promise<void> => {
      await page.goto(home);
      await page.evaluate((href) => {
        const link = document.createElement('a');
        link.href = href;
        document.body.append(link);
        link.click();
      }, app.url + path);
      await page.waitForURL(`${app.url}/console**`);
    };
    await follow('/console/auth/oidc');
    await page.getByRole('tab', { name: /Waiting/ }).waitFor();
    expect(visits).toEqual([]);
    await follow(`/console#invitation=${token}`);
    await page.getByRole('button', { name: 'Join', exact: true }).waitFor();
    await page.close();
  }
  expect((await app.api.get('/api/agents')).text).toBe(agentsBefore);
  expect((await app.api.get('/api/invitations')).text).toContain('"role":"admin"');
  await amira.reload();
  await amira.getByRole('tab', { name: /Waiting/ }).waitFor();
});

async function idOf(login: string): Promise<string> {
  const { body } = await app.api.get('/api/agents');
  const { agents }: { readonly agents?: readonly { readonly id: string; readonly login: string }[] } = Object(body);
  return agents?.find((one) => one.login === login)?.id ?? '';
}
