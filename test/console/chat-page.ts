/**
 * Chat page in Chromium over the real web channel, for the tests of a file. One browser, and a
 * server and a context for each test.
 */
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, vi } from 'vitest';
import type { Address } from '#machines/ids.ts';
import { launchBrowser, openChat, openPage, shown } from '#test/browser.ts';
import { PATIENCE_MS } from '#test/patience.ts';
import { type ChatServer, startChatServer } from './chat-server.ts';

export interface ChatPage {
  /** The server of this test. */
  readonly server: ChatServer;
  /** Where the page was opened last. */
  readonly context: BrowserContext;
  open(options?: BrowserContextOptions, path?: string): Promise<Page>;
  /** Opens a page that need not be a chat. */
  visit(options: BrowserContextOptions, path: string): Promise<Page>;
  /** Where a message was taken from. */
  address(): Promise<Address>;
  /** The page has its stream. Later messages arrive live. */
  listening(at: Address): Promise<void>;
}

/**
 * Call it at the top of the file. A test fails if a script of the page threw, or the
 * Content-Security-Policy stopped something.
 */
export function chatPage(): ChatPage {
  // A browser on a busy machine.
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  let server: ChatServer;
  let context: BrowserContext;
  let faults: string[];
  beforeEach(async () => {
    server = await startChatServer();
    faults = [];
  });
  afterEach(async () => {
    await context?.close();
    await server.close();
    expect(faults).toEqual([]);
  });

  return {
    get server() {
      return server;
    },
    get context() {
      return context;
    },
    async visit(options, path) {
      const page = await openPage(browser, server.url + path, options, { faults, timeoutMs: PATIENCE_MS });
      context = page.context();
      await page.getByRole('heading', { level: 1 }).waitFor();
      return page;
    },
    async open(options = {}, path = '/chat') {
      const page = await openChat(
        browser,
        server.url + path,
        { timezoneId: 'Africa/Cairo', ...options },
        { faults, timeoutMs: PATIENCE_MS },
      );
      context = page.context();
      return page;
    },
    address: () =>
      vi.waitFor(() => {
        // A page that only reads has a conversation too. Later messages must follow the customer's
        // message.
        const [only] = [...server.backend.conversations].flatMap(([at, { messages }]) => (messages.length > 0 ? [at] : []));
        if (only === undefined) throw new Error('nobody has written yet');
        return only;
      }),
    listening: (at) => vi.waitFor(() => expect(server.backend.conversation(at).live.size).toBeGreaterThan(0)),
  };
}

export async function expectShown(page: Page, texts: readonly string[]): Promise<void> {
  await vi.waitFor(async () => expect(await shown(page)).toEqual(texts));
}
