/** Arithmetic of the window, which decides what becomes a summary, and when. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { initialContext, type Message, NO_MEMORY, type SessionContext, type Summary } from '#machines/session/context.ts';
import { dueCut, lastWhole, olderPart, summaryRoom, uncovered, windowTokens } from '#machines/session/window.ts';

const seed = Number(process.env.FC_SEED ?? Date.now() % 2_147_483_647);
console.info(`window properties: replay with FC_SEED=${seed}`);
const run = { seed, numRuns: 500 };

const pair = fc.option(fc.constantFrom('t1', 't2', 't3', 't4'), { nil: undefined, freq: 3 });
const items = fc.array(fc.record({ pair }), { maxLength: 40 });

/** Pairs with one half before a cut and the other behind it. */
function split(list: readonly { pair?: string | undefined }[], cut: number): string[] {
  const behind = new Set(list.slice(cut).flatMap((item) => item.pair ?? []));
  return list.slice(0, cut).flatMap((item) => (item.pair !== undefined && behind.has(item.pair) ? [item.pair] : []));
}

function message(n: number, tokens: number, more: Partial<Message> = {}): Message {
  return { id: `m${n}`, role: 'customer', text: 'x', at: n, tokens, ...more };
}

function context(messages: readonly Message[], more: Partial<SessionContext> = {}): SessionContext {
  const fresh = initialContext({ address: 'web:a:b', assistant: 'companion', now: 0 });
  return { ...fresh, messages: [...messages], memory: NO_MEMORY, ...more, counters: { ...fresh.counters, messages: 1_000 } };
}

const many = (count: number, tokens: number) => Array.from({ length: count }, (_, n) => message(n, tokens));
const summary = (through: string, tokens: number): Summary => ({
  text: 's',
  tokens,
  by: 'model',
  messages: 10,
  from: 0,
  until: 1,
  through,
});

describe('a cut', () => {
  it('splits no pair, takes at least the least, leaves at least one and not more than it must', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 40 }), (list, least, most) => {
        const cut = olderPart(list, least, most);
        expect(split(list, cut)).toEqual([]);
        if (cut === 0) {
          // There was none to be had.
          for (let at = least; at <= Math.min(most, list.length - 1); at += 1) expect(split(list, at)).not.toEqual([]);
          return;
        }
        expect(cut).toBeGreaterThanOrEqual(least);
        expect(cut).toBeLessThanOrEqual(Math.min(most, list.length - 1));
      }),
      run,
    );
  });

  it('is 70 % of what is there, or ten where that is less', () => {
    expect([20, 15, 13, 11, 10].map((length) => olderPart(new Array(length).fill({}), 10))).toEqual([14, 10, 10, 10, 0]);
  });
});

describe('the last messages', () => {
  it('are the most that fit with no half of a pair', () => {
    fc.assert(
      fc.property(items, fc.integer({ min: 0, max: 40 }), (list, most) => {
        const kept = lastWhole(list, most);
        const start = list.length - kept.length;
        expect(kept).toEqual(list.slice(start));
        expect(kept.length).toBeLessThanOrEqual(most);
        expect(split(list, start)).toEqual([]);
        for (let more = Math.max(0, list.length - most); more < start; more += 1) expect(split(list, more)).not.toEqual([]);
      }),
      run,
    );
  });
});

describe('a summary is due', () => {
  it('at 70 % of the limit, not before', () => {
    expect(dueCut(context(many(14, 199)))).toBeUndefined();
    expect(dueCut(context(many(14, 200)))).toEqual({ summaries: 0, messages: 10 });
  });

  it('when the next message would push out one that none covers', () => {
    expect(dueCut(context(many(19, 1)))).toBeUndefined();
    expect(dueCut(context(many(20, 1)))).toEqual({ summaries: 0, messages: 14 });
    expect(dueCut(context(many(20, 1), { memory: { ...NO_MEMORY, summaries: [summary('m0', 10)] } }))).toBeUndefined();
  });

  it('never of fewer than ten, however long they are', () => {
    expect(dueCut(context(many(10, 5_000)))).toBeUndefined();
    expect(dueCut(context(many(11, 5_000)))).toEqual({ summaries: 0, messages: 10 });
  });

  it('by the tokens of the provider, where it counts them', () => {
    expect(dueCut(context(many(14, 150), { memory: { ...NO_MEMORY, ratio: 1.5 } }))).toMatchObject({ messages: 10 });
    expect(dueCut(context(many(14, 200), { memory: { ...NO_MEMORY, ratio: 0.9 } }))).toBeUndefined();
  });

  it('of nothing that stands behind an answer in the making', () => {
    const messages = many(20, 1);
    const answering = (after: string | null) => context(messages, { answering: { taken: 1, after } });
    expect(dueCut(answering('m19'))).toMatchObject({ messages: 14 });
    expect(dueCut(answering('m11'))).toMatchObject({ messages: 12 });
    expect(dueCut(answering('m8'))).toBeUndefined();
    expect(dueCut(answering('gone'))).toBeUndefined();
  });

  it('for no session of before, where the policy wants none, nor at once after a failure', () => {
    const { memory: _, ...before } = context(many(20, 1_000));
    expect(dueCut(before)).toBeUndefined();
    expect(dueCut(context(many(20, 1_000), { policy: { summaries: false } }))).toBeUndefined();
    expect(dueCut(context(many(20, 1_000), { memory: { ...NO_MEMORY, failedAt: 1_000 } }))).toBeUndefined();
    expect(dueCut(context(many(20, 1_000), { memory: { ...NO_MEMORY, failedAt: 999 } }))).toBeDefined();
  });

  it('of the earlier summaries too, when one more would be too much', () => {
    const stack = (...tokens: number[]) => ({ ...NO_MEMORY, summaries: tokens.map((n, index) => summary(`s${index}`, n)) });
    expect(dueCut(context(many(20, 1), { memory: stack(500, 500) }))).toMatchObject({ summaries: 0 });
    expect(dueCut(context(many(20, 1), { memory: stack(500, 500, 200) }))).toMatchObject({ summaries: 3 });
  });

  it('until none is: every summary takes messages that none covered, and the stack stays within its part', () => {
    const list = fc.array(fc.record({ tokens: fc.integer({ min: 0, max: 3_000 }), pair }), { maxLength: 60 });
    const size = fc.record({ tokenLimit: fc.integer({ min: 1_000, max: 20_000 }), maxMessageHistory: fc.integer({ min: 1, max: 60 }) });
    fc.assert(
      fc.property(list, size, (given, policy) => {
        const messages = given.map(({ tokens, pair: id }, n) => message(n, tokens, id === undefined ? {} : { pair: id }));
        let session = context([...lastWhole(messages, policy.maxMessageHistory)], { policy });
        for (let cut = dueCut(session); cut; cut = dueCut(session)) {
          const open = uncovered(session);
          expect(split(open, cut.messages)).toEqual([]);
          const through = open[cut.messages - 1]?.id ?? '';
          const summaries = [...(session.memory?.summaries ?? []).slice(cut.summaries), summary(through, summaryRoom(session))];
          const before = windowTokens(session);
          session = { ...session, memory: { ...NO_MEMORY, summaries } };
          expect(uncovered(session).length).toBe(open.length - cut.messages);
          expect(summaries.reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(policy.tokenLimit * 0.4);
          expect(windowTokens(session)).toBeLessThanOrEqual(before + summaryRoom(session));
        }
      }),
      run,
    );
  });
});
