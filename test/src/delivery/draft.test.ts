/**
 * A draft appears below what was sent before it, and typing is shown while there is nothing else to
 * show (C8).
 */
import { setImmediate as turnOfTheLoop } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ChannelAdapter } from '#channels/port.ts';
import { parseAddress } from '#machines/ids.ts';
import { draftOpener } from '#src/delivery/draft.ts';

const address = parseAddress('telegram:bot:1');

interface Wishes {
  readonly streaming?: 'edits' | 'pulled' | 'none';
  readonly typing?: boolean;
  readonly signal?: AbortSignal;
  readonly pendingWork?: () => Promise<readonly unknown[]>;
}

function open({ streaming = 'edits', typing = true, signal = new AbortController().signal, pendingWork = async () => [] }: Wishes = {}) {
  const calls: string[] = [];
  const waiting: { readonly ms: number; readonly callback: () => void }[] = [];
  const channel: ChannelAdapter = {
    name: 'telegram',
    capabilities: {
      streaming,
      typing,
      edits: true,
      buttons: () => false,
      media: [],
      cards: [],
      reactions: false,
      replies: false,
      maxText: 100,
      receipts: false,
      window: false,
      idempotentSend: false,
    },
    start: async () => {},
    stop: async () => {},
    send: async () => 'ref',
    typing: async () => void calls.push('typing'),
    receivedFile: async () => 'gone',
    draft: () => ({
      update: (text) => void calls.push(text),
      close: async () => {
        calls.push('closed');
        return 'm-1';
      },
    }),
    check: async () => null,
  };
  const clock = {
    after: (ms: number, callback: () => void) => {
      const timer = { ms, callback };
      waiting.push(timer);
      return () => {
        if (waiting.includes(timer)) waiting.splice(waiting.indexOf(timer), 1);
      };
    },
  };
  const draft = draftOpener({ channelOf: (at) => (at === address ? channel : undefined), pendingWork, clock })(address, { signal });
  /** Fires the timers of `ms`. */
  const pass = async (ms: number): Promise<void> => {
    for (const timer of waiting.filter((one) => one.ms === ms)) {
      waiting.splice(waiting.indexOf(timer), 1);
      timer.callback();
    }
    await turnOfTheLoop();
  };
  return { draft, calls, waiting, pass };
}

/** As `open`, where a draft is expected. */
async function opened(wishes: Wishes = {}) {
  const { draft, ...others } = open(wishes);
  if (draft === undefined) throw new Error('there is no draft');
  await turnOfTheLoop();
  return { draft, ...others };
}

const TYPING_MS = 4_500;
const POLL_MS = 100;

it.each([{ streaming: 'pulled' }, { streaming: 'none', typing: false }] as const)('there is none for %j', (wishes) => {
  const { draft, calls } = open(wishes);
  expect(draft).toBeUndefined();
  expect(calls).toEqual([]);
});

it('where streaming is none, typing is shown until the answer is there, and none of its text', async () => {
  const { draft, calls, pass } = await opened({ streaming: 'none' });
  draft.update('Once upon a time');
  await pass(TYPING_MS);
  expect(calls).toEqual(['typing', 'typing']);
  await draft.close();
  await pass(TYPING_MS);
  expect(calls).toEqual(['typing', 'typing', 'closed']);
});

describe('its text', () => {
  it('waits for what was sent before, begins with the latest, and goes on with each', async () => {
    let left = 2;
    const { draft, calls, pass } = await opened({ typing: false, pendingWork: async () => Array.from({ length: left }) });
    draft.update('Once');
    draft.update('Once upon');
    await pass(POLL_MS);
    left = 0;
    expect(calls).toEqual([]);
    await pass(POLL_MS);
    expect(calls).toEqual(['Once upon']);
    draft.update('Once upon a time');
    expect(calls).toEqual(['Once upon', 'Once upon a time']);
    expect(await draft.close()).toBe('m-1');
  });

  it('is not shown while the store is away: nobody knows what is before it', async () => {
    let away = true;
    const { draft, calls, pass } = await opened({
      typing: false,
      pendingWork: () => (away ? Promise.reject(new Error('away')) : Promise.resolve([])),
    });
    draft.update('Once');
    await pass(POLL_MS);
    expect(calls).toEqual([]);
    away = false;
    await pass(POLL_MS);
    expect(calls).toEqual(['Once']);
  });

  it.each(['close', 'signal'])('is never shown when %s comes first', async (which) => {
    const stop = new AbortController();
    const { draft, calls, waiting, pass } = await opened({
      signal: stop.signal,
      typing: false,
      pendingWork: async () => ['an earlier message'],
    });
    draft.update('Once');
    if (which === 'signal') stop.abort();
    expect(await draft.close()).toBe('m-1');
    draft.update('Once upon');
    await pass(POLL_MS);
    expect(waiting).toEqual([]);
    expect(calls).toEqual(['closed']);
  });
});

describe('typing', () => {
  it('is shown again and again until there is text', async () => {
    const { draft, calls, waiting, pass } = await opened();
    await pass(TYPING_MS);
    await pass(TYPING_MS);
    draft.update('Once');
    expect(waiting).toEqual([]);
    expect(calls).toEqual(['typing', 'typing', 'typing', 'Once']);
  });

  it.each([
    ['is stopped', (stop: AbortController) => stop.abort()],
    ['ends without a text', (_: AbortController, close: () => Promise<unknown>) => void close()],
  ])('ends when its run %s', async (_name, end) => {
    const stop = new AbortController();
    const { draft, calls, waiting } = await opened({ signal: stop.signal });
    end(stop, () => draft.close());
    expect(waiting).toEqual([]);
    expect(calls).toEqual(['typing']);
    expect(await draft.close()).toBe('m-1');
  });

  it('ends after a while, though there is nothing else to show', async () => {
    const { calls, pass } = await opened();
    for (let times = 0; times < 1_000; times += 1) await pass(TYPING_MS);
    expect(calls).toHaveLength(27);
  });

  it('is not shown for a run that is stopped already, nor where a channel has no sign of it', async () => {
    expect((await opened({ signal: AbortSignal.abort() })).calls).toEqual([]);
    expect((await opened({ typing: false })).calls).toEqual([]);
  });
});
