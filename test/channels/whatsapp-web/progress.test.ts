import { expect, it } from 'vitest';
import { OwnMessages } from '#channels/whatsapp-web/own-messages.ts';
import { Progress } from '#channels/whatsapp-web/progress.ts';

it('fetches from the first connection on if the page is lost before anything is kept', async () => {
  let now = 1_000_000;
  const clock = { now: () => now, after: () => () => {} };
  const blobs = { get: async () => undefined, put: async () => {}, delete: async () => {} };
  const log = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
  const progress = new Progress({ blobs, name: 'main', own: new OwnMessages(), clock, log });
  expect(await progress.since()).toBe(1_000_000);
  now += 3_000;
  expect(await progress.since()).toBe(1_000_000);
});
