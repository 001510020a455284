/**
 * Takes pictures of the chat page of the running app, `node test/end-to-end/screenshots.ts
 * <folder>`. docs/images/chat.png is its light.png.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { createOfflineProvider } from '#agent-service/offline/adapter.ts';
import { launchBrowser, write } from '#test/browser.ts';
import { type RunningApp, runApp } from './running-app.ts';

const [folder = 'screenshots'] = process.argv.slice(2);
const DESKTOP = { width: 860, height: 720 };
const PHONE = { width: 390, height: 844 };

await mkdir(folder, { recursive: true });
// Slow enough to catch a partial answer.
const app = await runApp({ SESSION_STORAGE_TYPE: 'memory' }, { provider: (plans) => createOfflineProvider({ delayMs: 40, plans }) });
const browser = await launchBrowser();
try {
  await take('light', { viewport: DESKTOP, colorScheme: 'light', locale: 'en-GB' }, english);
  await take('dark', { viewport: DESKTOP, colorScheme: 'dark', locale: 'en-GB' }, english);
  await take('phone', { viewport: PHONE, isMobile: true, hasTouch: true, locale: 'en-GB' }, english);
  await take('arabic', { viewport: PHONE, isMobile: true, hasTouch: true, locale: 'ar-EG' }, arabic);
  await take('empty', { viewport: DESKTOP, locale: 'en-GB' }, async () => {});
} finally {
  await browser.close();
  await app.stop();
}

async function take(name: string, options: BrowserContextOptions, talk: (page: Page, app: RunningApp) => Promise<void>): Promise<void> {
  const context = await (browser satisfies Browser).newContext({
    timezoneId: 'Africa/Cairo',
    deviceScaleFactor: name === 'light' ? 1 : 1.5,
    ...options,
  });
  const page = await context.newPage();
  await page.goto(`${app.url}/chat`);
  await page.getByRole('textbox').waitFor();
  await talk(page, app);
  await page.screenshot({ path: join(folder, `${name}.png`), animations: 'disabled' });
  await context.close();
}

/** Until the transcript shows it. */
async function read(page: Page, text: string): Promise<void> {
  await page.locator('.row').getByText(text).last().waitFor();
}

/**
 * The bot answers, a human takes over and gives back, the bot answers again. That last answer is
 * partial.
 */
async function english(page: Page, { api }: RunningApp): Promise<void> {
  await write(page, 'Hi, my name is Sara.');
  await read(page, 'restart Statechat.');
  const [session] = await api.sessions('?limit=1');
  const nadia = { id: 'nadia', name: 'Nadia' };
  await write(page, 'Can a real person look at my order?');
  await read(page, 'kept for them.');
  await api.tell(session?.id ?? '', {
    type: 'agent.message',
    agent: nadia,
    text: 'Hello Sara, this is **Nadia**. Your order left our house this morning; it will be with you on *Thursday*.',
  });
  await read(page, 'on Thursday');
  await write(page, 'Wonderful, thank you!');
  await page.locator('.delivery[data-mark="sent"], .delivery[data-mark="read"]').last().waitFor();
  await api.tell(session?.id ?? '', { type: 'agent.release', agent: nadia });
  await write(page, 'And you, what can you do?');
  await read(page, 'work out small');
}

async function arabic(page: Page): Promise<void> {
  await write(page, 'مرحبا، اسمي سارة');
  await read(page, 'ثم أعد تشغيل');
  await page.locator('[data-draft]').waitFor({ state: 'detached' });
  await write(page, 'كم يساوي ١٢ * ٣ ؟');
  await read(page, '= 36');
  await page.locator('[data-draft]').waitFor({ state: 'detached' });
  await write(page, 'مساعدة');
  await read(page, 'وأن أحسب');
}
