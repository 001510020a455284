/** Calls of one child process, which settle however the child ends (invariant 2 of child-life.ts). */
import { expect, test } from 'vitest';
import { silent } from '#channels/log.ts';
import { ChildLife } from '#channels/whatsapp-web/child-life.ts';
import { CHILD_LIMITS } from '#channels/whatsapp-web/limits.ts';
import { doneSchema, sentSchema, type ToChild } from '#channels/whatsapp-web/protocol.ts';
import { TestClock } from '../telegram/test-clock.ts';
import { type FakeChild, FakeChildren, MONA } from './fake-child.ts';

const STOPPED = { end: 'stopped', reason: 'the program stops' } as const;
const sendText = { op: 'sendText', chat: MONA, text: 'Hello' } as const;

function life(children: FakeChildren, refuse: (message: ToChild) => void = () => undefined): ChildLife {
  return new ChildLife({
    clock: new TestClock({ automatic: true }),
    log: silent,
    limits: CHILD_LIMITS,
    startChild: (listener) => {
      const child = children.start(listener);
      return {
        send: (message) => {
          refuse(message);
          child.send(message);
        },
        disconnect: () => child.disconnect(),
        kill: () => child.kill(),
      };
    },
    open: { type: 'open', session: 'main', dataDir: '/nowhere', chromium: 'chromium', remote: false, keepLocal: false, browserArgs: [] },
    store: async () => undefined,
    onPairing: () => undefined,
    onReady: () => undefined,
    onEvent: async () => 'taken',
  });
}

test('a call that is under way when the program stops is given back, and one after that', async () => {
  const children = new FakeChildren();
  const called = Promise.withResolvers<FakeChild>();
  children.answer = ({ op }) => {
    if (op !== 'sendText') return undefined;
    called.resolve(children.current);
    return new Promise(() => undefined);
  };
  const one = life(children);
  const sending = one.call(sentSchema, sendText, Number.POSITIVE_INFINITY);
  const failed = expect(sending).rejects.toMatchObject({ code: 'unavailable', message: expect.stringContaining('the program stops') });
  await called.promise;
  await one.close(STOPPED);
  await failed;
  await expect(one.call(sentSchema, sendText, 1_000)).rejects.toMatchObject({ code: 'unavailable' });
});

test('a call that the connection does not take fails at once, and again nowhere when the child ends', async () => {
  const one = life(new FakeChildren(), (message) => {
    if (message.type === 'call' && message.call.op === 'typing') throw new TypeError('it could not be cloned');
  });
  await expect(one.ask(doneSchema, { op: 'typing', chat: MONA }, 1_000)).rejects.toThrow('could not be cloned');
  // A promise that nothing waits for would end this test's process.
  await one.close(STOPPED);
  expect(await one.ended).toEqual(STOPPED);
});
