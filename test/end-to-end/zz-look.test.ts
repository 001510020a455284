import { mkdirSync } from 'node:fs';
import { expect, it, vi } from 'vitest';
import { createMemoryStore } from '#storage/memory/adapter.ts';
import { launchBrowser } from '#test/browser.ts';
import { aYear } from '../fixtures/analytics-year.ts';
import { join, type Opening, violations } from './console-page.ts';
import { runApp } from './running-app.ts';
vi.setConfig({ testTimeout: 900_000, hookTimeout: 120_000 });
it('looks', async () => {
  const store = createMemoryStore();
  const browser = await launchBrowser();
  const app = await runApp({ SESSION_STORAGE_TYPE: 'memory' }, { store, policy: { debounceMs: 0 } });
  const opening: Opening = { browser, faults: [], url: app.url };
  const page = await join(opening, (await app.inviteFirstAdmin())?.path ?? '', 'Amira', { viewport: { width: 1300, height: 900 } });
  const dir = process.env.SHOTS ?? '/tmp/stats/shots';
  mkdirSync(dir, { recursive: true });
  const out: string[] = [];
  const shots = async (name: string, hash: string): Promise<void> => {
    for (const [lang, scheme, width] of (process.env.ALL ? ['en', 'ar'].flatMap((l) => ['light', 'dark'].flatMap((c) => [1300, 390].map((w) => [l, c, w]))) : [['en', 'light', 1300], ['ar', 'dark', 390], ['en', 'light', 390], ['ar', 'light', 1300]]) as [string, 'light' | 'dark', number][]) {
          await page.emulateMedia({ colorScheme: scheme });
          await page.setViewportSize({ width, height: 900 });
          await page.goto('about:blank');
          await page.goto(`${app.url}/console/analytics?lang=${lang}${hash}`);
          await page.locator('.tile').first().waitFor();
          await page.waitForTimeout(300);
          const found = await violations(page);
          const overflow = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
          out.push(`${name} ${lang} ${scheme} ${width}: axe ${JSON.stringify(found)} overflow ${overflow}`);
          await page.screenshot({ path: `${dir}/${name}-${lang}-${scheme}-${width}.png`, fullPage: true });
        }
  };
  await shots('empty', '#range=28');
  for (const text of ['Good morning', '/agent']) await (await app.visitor()).write(text);
  await new Promise((resolve) => setTimeout(resolve, 4000));
  await shots('small', '#range=7');
  await aYear(store.rollups, Date.now());
  await shots('large', '#range=90&measure=duration');
  await shots('behind', '#range=28&of=handovers&key=customer');
  (await import('node:fs')).writeFileSync(dir + '/out.txt', out.join('\n'));
  await browser.close();
  await app.stop();
  expect(opening.faults).toEqual([]);
});
