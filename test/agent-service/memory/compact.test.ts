/**
 * A conversation that the model found too long is made shorter, whatever the prompt takes of it.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compacted } from '#agent-service/memory/compact.ts';
import { buildContext } from '#agent-service/memory/context.ts';
import { contextSource } from '#agent-service/prompt.ts';
import type { AnswerInput } from '#machines/session/runs.ts';

const WORDS = 'The assistant answers what the customer wants to know. ';

/** A prompt of about `tokens`. */
const promptOf = (tokens: number) => WORDS.repeat(Math.ceil((tokens * 3) / WORDS.length));

function inputOf(messages: number, options: Partial<AnswerInput> = {}): AnswerInput {
  return {
    address: 'web:default:v',
    assistant: 'a',
    customer: {},
    intent: null,
    entities: {},
    preferences: {},
    locale: 'en',
    run: 1,
    messages: Array.from({ length: messages }, (_, n) => ({
      id: `m${n}`,
      role: n % 2 === 0 ? ('customer' as const) : ('assistant' as const),
      text: `${n} ${WORDS.repeat(6)}`,
      at: n,
    })),
    pending: 1,
    analysis: null,
    ...options,
  };
}

const tokens = (input: AnswerInput, prompt: string) => buildContext(contextSource.parse(input), { prompt }).tokens;

describe('a conversation that the model found too long', () => {
  it('is made shorter where the prompt takes nearly half of it', () => {
    const [prompt, input] = [promptOf(1_600), inputOf(21)];
    const sent = tokens(input, prompt);
    expect(sent.prompt).toBeGreaterThan(sent.total / 2 - 260);
    expect(sent.prompt).toBeLessThan(sent.total - 1_000);
    const shorter = compacted(input, prompt);
    if (shorter === undefined) throw new Error('Nothing was left out.');
    expect(tokens(shorter, prompt).total).toBeLessThan(sent.total * 0.6);
    expect(shorter.messages.at(-1)).toEqual(input.messages.at(-1));
  });

  it('is as it was where there is nothing beside the prompt that could go', () => {
    expect(compacted(inputOf(1), promptOf(1_600))).toBeUndefined();
  });

  it('always leaves room for the prompt, and is always shorter', () => {
    const given = fc.record({
      prompt: fc.integer({ min: 1, max: 4_000 }),
      messages: fc.integer({ min: 1, max: 40 }),
      tokenRatio: fc.double({ min: 0.5, max: 2, noNaN: true }),
    });
    fc.assert(
      fc.property(given, ({ prompt: size, messages, tokenRatio }) => {
        const [prompt, input] = [promptOf(size), inputOf(messages, { tokenRatio })];
        const shorter = compacted(input, prompt);
        if (shorter !== undefined) expect(tokens(shorter, prompt).total).toBeLessThan(tokens(input, prompt).total);
      }),
    );
  });
});
