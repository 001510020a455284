import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { HeldElsewhere, RateLimited } from '#channels/port.ts';
import type { WhatsAppWebOptions } from '#channels/whatsapp-web/adapter.ts';
import { checkText } from '../check-text.ts';
import { FakeChildren, ME, MONA, messageEvent } from './fake-child.ts';
import { AT_MONA, type Harness, harness, sendContext } from './started-adapter.ts';

const open: Harness[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) {
    await one.adapter.stop();
    const closed = one.adapter.close();
    await pass(one, 60_000);
    await closed;
  }
});

/** An adapter that runs, with a clock that the test moves. */
async function running(children = new FakeChildren(), options: Partial<WhatsAppWebOptions> = {}): Promise<Harness> {
  const one = harness({ children, manual: true, ...options });
  open.push(one);
  await one.adapter.start(one.intake);
  await pass(one, 0);
  return one;
}

/** Lets time pass in steps, so that what a timer began ends before the next one. */
async function pass({ clock }: Pick<Harness, 'clock'>, ms: number): Promise<void> {
  const step = 1_000;
  for (let left = ms; ; left -= step) {
    for (let i = 0; i < 5; i++) await setImmediate();
    if (left <= 0) return;
    clock.advance(Math.min(step, left));
  }
}

const words = (text: string) => ({ text, author: 'assistant' }) as const;
const hangs = new Promise<object>(() => undefined);

describe('pairing', () => {
  test('the QR code is shown, changes, and leads to a connection', async () => {
    const one = await running(new FakeChildren({ ready: false }));
    expect(await one.adapter.connection?.()).toMatchObject({ state: 'starting' });
    one.children.current.say({ type: 'qr', qr: 'first' });
    expect(await one.adapter.connection?.()).toMatchObject({ state: 'pairing', qr: 'first' });
    expect(one.printed[0]).toContain('Linked devices');
    expect(one.printed[0]).toContain('█');
    one.children.current.say({ type: 'qr', qr: 'second' });
    expect(await one.adapter.connection?.()).toMatchObject({ state: 'pairing', qr: 'second' });
    expect(await checkText(one.adapter)).toContain('No phone is paired');
    one.children.current.becomeReady();
    await pass(one, 0);
    expect(await one.adapter.connection?.()).toEqual({ state: 'connected', since: expect.any(Number) });
    expect(await checkText(one.adapter)).toBeNull();
  });

  test('an adapter that never ran knows whether an earlier one was paired', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'statechat-paired-'));
    try {
      const checked = () => checkText(harness({ dataDir }).adapter);
      expect(await checked()).toContain('No phone is paired: start Statechat');
      const one = await running(new FakeChildren({ ready: false }), { dataDir });
      one.children.current.becomeReady();
      await expect.poll(checked).toBeNull();
      one.children.current.say({ type: 'qr', qr: 'again' });
      await expect.poll(checked).toContain('No phone is paired');
    } finally {
      await rm(dataDir, { recursive: true });
    }
  });

  test('a pairing code is asked for and shown in two halves', async () => {
    const one = await running(new FakeChildren({ ready: false }), { pairingPhone: '4915100000001' });
    expect(one.children.opened[0]?.pairingPhone).toBe('4915100000001');
    one.children.current.say({ type: 'code', code: 'ABCDEFGH' });
    expect(await one.adapter.connection?.()).toMatchObject({ state: 'pairing', pairingCode: 'ABCDEFGH' });
    expect(one.printed[0]).toContain('ABCD-EFGH');
  });

  test('a person who pairs has all the time', async () => {
    const one = await running(new FakeChildren({ ready: false }));
    one.children.current.say({ type: 'qr', qr: 'first' });
    await pass(one, 3_600_000);
    expect(one.children.children).toHaveLength(1);
    expect(one.children.running).toBe(1);
  });

  test('a device that was logged out gets a new code at once, and says so', async () => {
    const one = await running();
    one.children.ready = false;
    one.children.current.end('loggedOut', 'LOGOUT');
    await pass(one, 0);
    one.children.current.say({ type: 'qr', qr: 'again' });
    const connection = await one.adapter.connection?.();
    expect(connection).toMatchObject({ state: 'pairing', qr: 'again' });
    expect(connection?.error).toMatchObject({ code: 'whatsapp-web.logged_out' });
    expect(one.children.children).toHaveLength(2);
  });
});

describe('watchdogs', () => {
  test('a child that never becomes ready is ended and started again', async () => {
    const one = await running(new FakeChildren({ ready: false }));
    one.children.current.say({ type: 'authenticated' });
    await pass(one, 119_000);
    expect(one.children.children[0]?.killed).toBe(false);
    await pass(one, 3_000);
    expect(one.children.children[0]?.killed).toBe(true);
    expect(one.children.children).toHaveLength(2);
    expect((await one.adapter.connection?.())?.error).toMatchObject({
      code: 'whatsapp-web.lost',
      text: expect.stringContaining('did not become ready'),
    });
  });

  test('a child that shows nothing after its start is ended', async () => {
    const one = await running(new FakeChildren({ ready: false }));
    await pass(one, 125_000);
    expect(one.children.children.length).toBeGreaterThan(1);
  });

  test('a page that answers no probe is ended', async () => {
    const children = new FakeChildren();
    const one = await running(children);
    children.answer = ({ op }) => (op === 'probe' ? hangs : undefined);
    await pass(one, 30_000 + 20_000);
    expect(children.children[0]?.killed).toBe(true);
    children.answer = () => undefined;
    await pass(one, 2_000);
    expect(await one.adapter.connection?.()).toMatchObject({ state: 'connected' });
    expect(children.children).toHaveLength(2);
  });

  test('a page that is ready and not connected is ended after three minutes, and not before', async () => {
    const children = new FakeChildren();
    let state = 'TIMEOUT';
    children.answer = ({ op }) => (op === 'probe' ? { state, memoryBytes: 1 } : undefined);
    const one = await running(children);
    await pass(one, 150_000);
    state = 'CONNECTED';
    await pass(one, 60_000);
    state = 'OPENING';
    await pass(one, 190_000);
    expect(children.children).toHaveLength(1);
    await pass(one, 40_000);
    expect(children.children[0]?.killed).toBe(true);
  });

  test('a page that is ready and cannot send is ended, and the message is sent by the next', async () => {
    const children = new FakeChildren();
    const one = await running(children);
    children.answer = ({ op }) => (op === 'sendText' ? hangs : undefined);
    const failed = one.adapter.send(AT_MONA, words('Hello'), sendContext()).catch((error: unknown) => error);
    await pass(one, 31_000);
    expect(await failed).toMatchObject({ code: 'unavailable' });
    expect(children.children[0]?.killed).toBe(true);
    children.answer = () => undefined;
    await pass(one, 2_000);
    await one.adapter.send(AT_MONA, words('Hello'), sendContext({ attempt: 2 }));
    expect(children.sent.map(({ text }) => text)).toEqual(['Hello']);
  });

  test('a picture that the page cannot fetch ends nothing', async () => {
    const children = new FakeChildren();
    const one = await running(children);
    children.answer = ({ op }) => (op === 'download' ? hangs : undefined);
    const failed = one.adapter.receivedFile('false_x_1', 1_000).catch((error: unknown) => error);
    await pass(one, 121_000);
    expect(await failed).toMatchObject({ code: 'unavailable' });
    expect(children.children).toHaveLength(1);
  });

  test('a browser that takes too much memory is closed in order in a quiet moment, and nothing is counted as a failure', async () => {
    const children = new FakeChildren();
    const one = await running(children, { limits: { memoryBytes: 1_000 } });
    children.answer = ({ op }) =>
      op === 'probe' && children.children.length === 1 ? { state: 'CONNECTED', memoryBytes: 2_000 } : undefined;
    // Traffic every ten seconds.
    for (let i = 0; i < 10; i++) {
      await pass(one, 10_000);
      await children.current.offer(messageEvent({ id: `m${i}`, body: 'hi' }));
    }
    expect(children.children).toHaveLength(1);
    await pass(one, 20_000);
    expect(children.children).toHaveLength(2);
    expect(children.children[0]?.killed).toBe(false);
    expect(await one.adapter.connection?.()).toEqual({ state: 'connected', since: expect.any(Number) });
    expect(children.opened.map(({ keepLocal }) => keepLocal)).toEqual([false, true]);
  });

  test('without a quiet moment it is closed after ten minutes', async () => {
    const children = new FakeChildren();
    const one = await running(children, { limits: { memoryBytes: 1_000 } });
    children.answer = ({ op }) =>
      op === 'probe' && children.children.length === 1 ? { state: 'CONNECTED', memoryBytes: 2_000 } : undefined;
    for (let i = 0; i < 70 && children.children.length === 1; i++) {
      await pass(one, 10_000);
      if (children.children.length === 1) await children.current.offer(messageEvent({ id: `m${i}`, body: 'hi' }));
    }
    expect(children.children).toHaveLength(2);
  });
});

describe('the process', () => {
  test('one that dies is started again after a pause, which doubles', async () => {
    const one = await running(new FakeChildren({ ready: false }));
    const starts = [1];
    for (const pause of [1_000, 2_000, 4_000, 8_000]) {
      one.children.current.die();
      await pass(one, pause - 1_000);
      starts.push(one.children.children.length);
      await pass(one, 1_000);
      starts.push(one.children.children.length);
    }
    expect(starts).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5]);
    one.children.current.die();
    await pass(one, 0);
    expect(await one.adapter.connection?.()).toMatchObject({
      state: 'failed',
      error: { code: 'whatsapp-web.lost', params: { reason: expect.stringContaining('signal SIGSEGV') } },
    });
    expect(await checkText(one.adapter)).toContain('signal SIGSEGV');
  });

  test('one that was connected for a while is followed soon, however often that happens', async () => {
    const one = await running();
    for (let i = 2; i < 12; i++) {
      await pass(one, 31_000);
      one.children.current.die();
      await pass(one, 1_000);
      expect(one.children.children).toHaveLength(i);
    }
    // One that dies at once each time is not.
    for (const pause of [2_000, 4_000, 8_000, 16_000]) {
      one.children.current.die();
      await pass(one, pause);
    }
    one.children.current.die();
    await pass(one, 31_000);
    expect(one.children.running).toBe(0);
  });

  test('a library or browser that is missing is one clear sentence', async () => {
    const one = await running(new FakeChildren({ ready: false }));
    one.children.current.end('setup', 'Cannot find package');
    await pass(one, 0);
    expect(await one.adapter.connection?.()).toMatchObject({
      state: 'failed',
      error: { code: 'whatsapp-web.no_library', text: expect.stringMatching(/^The package whatsapp-web.js .*Cannot find package/) },
    });
  });

  test('a number that WhatsApp blocked fails at once', async () => {
    const one = await running();
    one.children.current.end('blocked', 'TOS_BLOCK');
    await pass(one, 0);
    expect(await one.adapter.connection?.()).toMatchObject({
      state: 'failed',
      error: { code: 'whatsapp-web.blocked', params: { reason: 'TOS_BLOCK' } },
    });
  });

  test('a closed channel has no child, and may be started again', async () => {
    const one = await running();
    await one.adapter.stop();
    const closed = one.adapter.close();
    await pass(one, 60_000);
    await closed;
    expect(one.children.running).toBe(0);
    await one.adapter.start(one.intake);
    await pass(one, 0);
    expect(one.children.running).toBe(1);
    expect(one.children.children).toHaveLength(2);
  });

  test('what is no message of the protocol is left out', async () => {
    const one = await running();
    one.children.current.babble({ type: 'event' });
    one.children.current.babble('nonsense');
    expect(await one.children.current.offer(messageEvent({ id: 'a', body: 'still here' }))).toBe('taken');
  });
});

describe('while there is no page', () => {
  test('a send waits for it, and is given back without counting as a failure', async () => {
    const children = new FakeChildren({ ready: false });
    const one = await running(children);
    const soon = one.adapter.send(AT_MONA, words('Hello'), sendContext());
    await pass(one, 3_000);
    children.current.becomeReady();
    await pass(one, 1_000);
    expect(await soon).toMatch(/^wa:3EB0/);
    children.current.die();
    children.ready = false;
    await pass(one, 0);
    const late = one.adapter.send(AT_MONA, words('Hello'), sendContext()).catch((error: unknown) => error);
    await pass(one, 16_000);
    const error = await late;
    expect(error).toBeInstanceOf(RateLimited);
    expect(error).toMatchObject({ retryAfterMs: 5_000 });
  });

  test('an instance without the lease leaves the send to another one, and shows how that one stands', async () => {
    const leader = await running(new FakeChildren({ ready: false }));
    leader.children.current.say({ type: 'qr', qr: 'to be scanned anywhere' });
    await pass(leader, 0);
    const other = await running(new FakeChildren(), { blobs: leader.blobs, leaderLease: () => hangsUntilAborted() });
    const error = other.adapter.send(AT_MONA, words('Hello'), sendContext()).catch((caught: unknown) => caught);
    await pass(other, 2_000);
    expect(await error).toBeInstanceOf(HeldElsewhere);
    expect(other.children.children).toHaveLength(0);
    expect(await other.adapter.connection?.()).toMatchObject({ state: 'pairing', qr: 'to be scanned anywhere' });
    open.splice(open.indexOf(other), 1);
  });

  test('messages of another number than the one that is paired are refused', async () => {
    const one = await running(new FakeChildren({ ready: false }));
    one.children.current.becomeReady('201000000000@c.us');
    await pass(one, 0);
    await expect(one.adapter.send(AT_MONA, words('Hello'), sendContext())).rejects.toMatchObject({ code: 'refused' });
    expect(one.children.sent).toEqual([]);
  });
});

describe('what was missed', () => {
  test('is fetched from the time up to which all is durable, a little earlier for late ones', async () => {
    const one = await running();
    expect(one.children.resumed).toEqual([one.clock.now()]);
    await pass(one, 60_000);
    const lastTaken = one.clock.now();
    await one.children.current.offer(messageEvent({ id: 'a', body: 'hi' }));
    await pass(one, 6_000);
    one.children.current.die();
    await pass(one, 2_000);
    const [, second] = one.children.resumed;
    expect(second).toBeGreaterThan(lastTaken - 610_000);
    expect(second).toBeLessThanOrEqual(lastTaken - 590_000);
  });

  test('an event that could not be stored holds it', async () => {
    const one = await running();
    one.store = async () => {
      throw Object.assign(new Error('away'), { code: 'unavailable' });
    };
    const offeredAt = one.clock.now();
    expect(await one.children.current.offer(messageEvent({ id: 'a', body: 'hi' }))).toBe('again');
    one.store = async () => undefined;
    await pass(one, 3_600_000);
    expect(await one.children.current.offer(messageEvent({ id: 'b', body: 'later' }))).toBe('taken');
    await pass(one, 6_000);
    one.children.current.die();
    await pass(one, 2_000);
    expect(one.children.resumed.at(-1)).toBe(offeredAt - 600_000);
    // The next page has offered all since then.
    await pass(one, 6_000);
    one.children.current.die();
    await pass(one, 3_000);
    expect(one.children.resumed.at(-1)).toBeGreaterThan(offeredAt + 2_000_000);
  });

  test('a page that cannot fetch it takes nothing in', async () => {
    const children = new FakeChildren();
    children.answer = ({ op }) => {
      if (op === 'resume' && children.children.length === 1) throw new Error('the page has changed');
      return undefined;
    };
    const one = await running(children);
    await pass(one, 3_000);
    expect(children.children).toHaveLength(2);
    expect(await one.adapter.connection?.()).toMatchObject({ state: 'connected' });
  });
});

test('typing is shown with the message marked as read, and costs nothing when there is no page', async () => {
  const one = await running();
  await one.adapter.typing(AT_MONA);
  expect(one.children.typed).toEqual([MONA]);
  one.children.ready = false;
  one.children.current.die();
  await pass(one, 0);
  await one.adapter.typing(AT_MONA);
  expect(one.children.typed).toEqual([MONA]);
});

test('the number that is paired is logged with its account alone', async () => {
  const info = vi.fn();
  await running(new FakeChildren(), { log: { debug: () => undefined, info, warn: () => undefined, error: () => undefined } });
  expect(info).toHaveBeenCalledWith({ account: ME.split('@')[0] }, 'whatsapp-web connected');
});

function hangsUntilAborted(): Promise<void> {
  return new Promise(() => undefined);
}
