import type { Page } from 'playwright-core';
import { expect, vi } from 'vitest';
import { shownSeqs, storedSeqs } from './console-page.ts';
import { PATIENCE, type RunningApp } from './running-app.ts';

/** The page shows what the journal has. Either may still change, so both are read each time. */
export async function expectJournal(page: Page, app: RunningApp, sessionId: string): Promise<void> {
  await vi.waitFor(async () => expect(await shownSeqs(page)).toEqual(await storedSeqs(app, sessionId)), PATIENCE);
}
